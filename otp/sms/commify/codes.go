package commify

import (
	"time"

	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/otp/sms/httpsend"
)

// statusClasses maps a message's status to a class: "Get SMS message state" of the brands'
// documentation. The answer to a send may contain the same words.
var statusClasses = map[string]otp.ErrorClass{
	"TOOM4USER":       otp.ClassThrottled,        // too many messages of this account
	"TOOM4NUM":        otp.ClassThrottled,        // too many messages to this number
	"UNKNRCPT":        otp.ClassInvalidRecipient, // number not understood
	"UNKNPFX":         otp.ClassInvalidRecipient, // unknown prefix
	"INVALIDDST":      otp.ClassInvalidRecipient, // not a destination
	"BLACKLISTED":     otp.ClassNotAllowed,       // number blocked
	"KO":              otp.ClassRejected,         // refused by the message centre
	"INVALIDCONTENTS": otp.ClassRejected,         // text not valid
	"ERROR":           otp.ClassRejected,
	"DEMO":            otp.ClassRejected, // demo account: never sent
}

var deliveries = map[string]otp.Delivery{
	"SCHEDULED": otp.DeliveryAccepted, "WAITING": otp.DeliveryAccepted, "SENT": otp.DeliveryAccepted,
	"WAIT4DLVR": otp.DeliveryAccepted, "DLVRD": otp.DeliveryDelivered, "TIMEOUT": otp.DeliveryExpired,
}

// readReceipt reads the answer to GET /sms/{order_id}, which has one recipient.
func readReceipt(body []byte) (otp.Receipt, bool) {
	var state struct {
		Recipients []struct {
			Status string `json:"status"`
			Date   string `json:"delivery_date"`
		} `json:"recipients"`
	}
	if !httpsend.Decode(body, &state) || len(state.Recipients) != 1 {
		return otp.Receipt{}, false
	}
	one := state.Recipients[0]
	var receipt otp.Receipt
	if delivery, ok := deliveries[one.Status]; ok {
		receipt.Delivery = delivery
	} else if class, ok := statusClasses[one.Status]; ok {
		receipt.Delivery, receipt.Class, receipt.Code = otp.DeliveryFailed, class, one.Status
	} else {
		return otp.Receipt{}, false
	}
	// The time is the brand's local time. All brands are in Italy.
	if rome, err := time.LoadLocation("Europe/Rome"); err == nil {
		if at, err := time.ParseInLocation("20060102150405", one.Date, rome); err == nil {
			receipt.At = at.UTC()
		}
	}
	return receipt, true
}
