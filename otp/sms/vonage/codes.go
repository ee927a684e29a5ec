package vonage

import "github.com/qr-invalidita/attesta/otp"

// sendClasses maps the status of a part to a class: the table "SMS" of
// developer.vonage.com/api-errors. Any other number is ClassRejected.
var sendClasses = map[string]otp.ErrorClass{
	"1":  otp.ClassThrottled,        // faster than the account's limit
	"2":  otp.ClassRejected,         // parameter missing
	"3":  otp.ClassRejected,         // parameter not valid
	"4":  otp.ClassAuth,             // credentials
	"5":  otp.ClassAmbiguous,        // internal error
	"6":  otp.ClassInvalidRecipient, // not understood, such as an unknown prefix
	"7":  otp.ClassNotAllowed,       // number barred
	"8":  otp.ClassBalance,          // account barred
	"9":  otp.ClassBalance,          // no credit
	"10": otp.ClassThrottled,        // too many connections
	"11": otp.ClassAuth,             // account not enabled for HTTP
	"12": otp.ClassRejected,         // too long
	"14": otp.ClassAuth,             // signature
	"15": otp.ClassSenderID,         // sender not permitted
	"22": otp.ClassRejected,         // network code
	"23": otp.ClassRejected,         // callback URL
	"29": otp.ClassNotAllowed,       // demo account, number not listed
	"32": otp.ClassAuth,             // signature and secret together
	"33": otp.ClassInvalidRecipient, // number deactivated
}

// deliveryClasses maps err-code in a receipt to a class: "SMS Delivery Error Codes" of
// Vonage's support.
var deliveryClasses = map[string]otp.ErrorClass{
	"1":  otp.ClassRejected,         // cause unknown
	"2":  otp.ClassUnavailable,      // handset off or out of reach
	"3":  otp.ClassInvalidRecipient, // number no longer active
	"4":  otp.ClassNotAllowed,       // barred by the user
	"5":  otp.ClassRejected,         // number porting
	"6":  otp.ClassNotAllowed,       // spam filter
	"7":  otp.ClassUnavailable,      // handset busy
	"8":  otp.ClassUnavailable,      // network error
	"9":  otp.ClassNotAllowed,       // the person refuses these messages
	"10": otp.ClassRejected,         // message not valid
	"11": otp.ClassRejected,         // no route
	"12": otp.ClassInvalidRecipient, // destination cannot be reached
	"13": otp.ClassNotAllowed,       // age restriction
	"14": otp.ClassNotAllowed,       // blocked by the carrier
	"15": otp.ClassRejected,         // the person's prepaid card is empty
	"16": otp.ClassThrottled,        // quota of the gateway
	"99": otp.ClassRejected,         // general error
}
