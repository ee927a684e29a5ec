package twilio

import (
	"strconv"

	"github.com/qr-invalidita/attesta/otp"
)

// sendClasses maps the numbers of Twilio's error dictionary, twilio.com/docs/api/errors (read
// in 2026), to classes. Any other 4xx is ClassRejected.
var sendClasses = map[string]otp.ErrorClass{
	"14107": otp.ClassThrottled,        // message rate exceeded
	"20003": otp.ClassAuth,             // credentials
	"20008": otp.ClassAuth,             // test credentials cannot do this
	"20429": otp.ClassThrottled,        // too many requests
	"20500": otp.ClassAmbiguous,        // internal error; a retry may send twice
	"21210": otp.ClassSenderID,         // caller id not verified
	"21211": otp.ClassInvalidRecipient, // To is not a number
	"21212": otp.ClassSenderID,         // From is not a number
	"21214": otp.ClassInvalidRecipient, // To cannot be called
	"21215": otp.ClassNotAllowed,       // calls to this country are switched off
	"21216": otp.ClassNotAllowed,       // calls to this number are blocked
	"21217": otp.ClassInvalidRecipient, // number not valid
	"21265": otp.ClassInvalidRecipient, // To is a short code
	"21408": otp.ClassNotAllowed,       // SMS to this country are switched off
	"21603": otp.ClassSenderID,         // From is missing
	"21604": otp.ClassInvalidRecipient, // To is missing
	"21606": otp.ClassSenderID,         // From is not a sender of this account
	"21608": otp.ClassNotAllowed,       // trial account, To is not verified
	"21610": otp.ClassNotAllowed,       // the person has opted out
	"21611": otp.ClassThrottled,        // queue of From is full
	"21612": otp.ClassSenderID,         // no route from this sender to this number
	"21614": otp.ClassInvalidRecipient, // not a mobile number
	"21635": otp.ClassInvalidRecipient, // landline
	"21659": otp.ClassSenderID,         // From is not a Twilio number
	"21660": otp.ClassSenderID,         // From belongs to another account
	"21661": otp.ClassSenderID,         // From cannot send SMS
	"60410": otp.ClassNotAllowed,       // blocked as fraud (Verify)
	"63038": otp.ClassBalance,          // daily limit of the account
}

// deliveryClasses maps them in a receipt and in a message's error_code.
var deliveryClasses = map[string]otp.ErrorClass{
	"30001": otp.ClassThrottled,        // queue overflow
	"30002": otp.ClassAuth,             // account suspended
	"30003": otp.ClassUnavailable,      // handset off or out of reach
	"30004": otp.ClassNotAllowed,       // blocked
	"30005": otp.ClassInvalidRecipient, // unknown handset
	"30006": otp.ClassInvalidRecipient, // landline or unreachable carrier
	"30007": otp.ClassNotAllowed,       // filtered
	"30008": otp.ClassRejected,         // unknown error
	"30034": otp.ClassSenderID,         // sender is not registered
	"30036": otp.ClassRejected,         // validity period expired; see expired
	"30410": otp.ClassUnavailable,      // the provider behind timed out
}

// expired is the code of a message that was not delivered within its validity.
const expired = "30036"

func code(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

func deliveryClass(code string) otp.ErrorClass {
	if class, ok := deliveryClasses[code]; ok {
		return class
	}
	if class, ok := sendClasses[code]; ok {
		return class
	}
	return otp.ClassRejected
}
