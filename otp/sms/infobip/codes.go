package infobip

import "github.com/qr-invalidita/attesta/otp"

// These are the groups of a status: "Response status and error codes" of Infobip's
// documentation.
const (
	groupAccepted      = 0
	groupPending       = 1
	groupUndeliverable = 2
	groupDelivered     = 3
	groupExpired       = 4
	groupRejected      = 5
)

// duplicate is the status of a message whose ID Infobip already knows.
const duplicate = "23"

// statusClasses maps the ID of a status, in answers and in receipts, to a class; the same
// page. Any other ID of the groups undeliverable and rejected is ClassRejected.
var statusClasses = map[string]otp.ErrorClass{
	"4":  otp.ClassRejected,         // rejected by the operator
	"6":  otp.ClassNotAllowed,       // network not covered or not set up
	"8":  otp.ClassInvalidRecipient, // prefix or length of the number
	"9":  otp.ClassUnavailable,      // not delivered by the operator
	"10": otp.ClassNotAllowed,       // the person refuses messages
	"11": otp.ClassSenderID,         // sender not registered
	"12": otp.ClassBalance,          // no credit
	"13": otp.ClassSenderID,         // sender blocked
	"14": otp.ClassNotAllowed,       // number blocked
	"17": otp.ClassBalance,          // prepaid package expired
	"18": otp.ClassNotAllowed,       // trial account, another number than the registered one
	"19": otp.ClassRejected,         // no route
	"20": otp.ClassThrottled,        // flooding filter
	"21": otp.ClassUnavailable,      // system error
	"24": otp.ClassRejected,         // user data header
	"25": otp.ClassRejected,         // too long
	"51": otp.ClassInvalidRecipient, // no number
	"52": otp.ClassInvalidRecipient, // number not valid
}

func statusClass(code string) otp.ErrorClass {
	if class, ok := statusClasses[code]; ok {
		return class
	}
	return otp.ClassRejected
}

// errorCodes maps errorCode to a class: the provider's OpenAPI document 3.210.0. For any other
// code the HTTP status decides.
var errorCodes = map[string]otp.ErrorClass{
	"E400": otp.ClassRejected,
	"E401": otp.ClassAuth,
	"E403": otp.ClassAuth,
	"E429": otp.ClassThrottled,

	"TOO_MANY_REQUESTS": otp.ClassThrottled,
}
