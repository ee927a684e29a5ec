package twilio

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"

	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/otp/sms"
	"github.com/qr-invalidita/attesta/otp/sms/httpsend"
)

// receiptURL returns the callback address of a message. Twilio has no client reference, but
// its signature covers the address that it calls, so the address contains the message's ID.
func (s *Sender) receiptURL(id string) string {
	return s.config.ReceiptURL + "?id=" + url.QueryEscape(id)
}

// ParseReceipts reads the status callback of a message or of a call. It first checks
// X-Twilio-Signature over [Config.ReceiptURL] and the request's query. It ignores the
// request's own host and path, so it works behind a proxy. The error is [sms.ErrSignature] or
// [sms.ErrReceipt]. An intermediate status such as "sent" gives [otp.DeliveryAccepted].
//
// An answered call does not mean that the code was heard: "completed" gives
// [otp.DeliveryAccepted], and [Sender.VoiceHandler] reports what was spoken.
func (s *Sender) ParseReceipts(r *http.Request) ([]otp.Receipt, error) {
	form, err := s.signed(r, s.config.ReceiptURL)
	if err != nil {
		return nil, err
	}
	query, err := httpsend.Single(r.URL.RawQuery)
	if err != nil || query["id"] == "" {
		return nil, sms.ErrReceipt
	}
	receipt := otp.Receipt{MessageID: query["id"], Provider: providerName,
		ProviderID: httpsend.ID(form["MessageSid"]), Code: httpsend.Code(form["ErrorCode"])}
	delivery, known := messageStatus[form["MessageStatus"]]
	if status, isCall := form["CallStatus"]; isCall {
		receipt.ProviderID = httpsend.ID(form["CallSid"])
		if delivery, known = callStatus[status]; known && delivery == otp.DeliveryFailed {
			receipt.Class = callClasses[status]
		}
	} else if delivery == otp.DeliveryFailed {
		receipt.Class = deliveryClass(receipt.Code)
	}
	if !known || receipt.ProviderID == "" {
		return nil, sms.ErrReceipt
	}
	if receipt.Delivery = delivery; receipt.Code == expired {
		receipt.Delivery, receipt.Class = otp.DeliveryExpired, 0
	}
	return []otp.Receipt{receipt}, nil
}

var messageStatus = map[string]otp.Delivery{
	"accepted": otp.DeliveryAccepted, "scheduled": otp.DeliveryAccepted, "queued": otp.DeliveryAccepted,
	"sending": otp.DeliveryAccepted, "sent": otp.DeliveryAccepted,
	"delivered": otp.DeliveryDelivered, "read": otp.DeliveryDelivered,
	"undelivered": otp.DeliveryFailed, "failed": otp.DeliveryFailed, "canceled": otp.DeliveryFailed,
}

var callStatus = map[string]otp.Delivery{
	"queued": otp.DeliveryAccepted, "initiated": otp.DeliveryAccepted, "ringing": otp.DeliveryAccepted,
	"in-progress": otp.DeliveryAccepted, "completed": otp.DeliveryAccepted,
	"busy": otp.DeliveryFailed, "no-answer": otp.DeliveryFailed, "failed": otp.DeliveryFailed,
	"canceled": otp.DeliveryFailed,
}

var callClasses = map[string]otp.ErrorClass{
	"busy": otp.ClassUnavailable, "no-answer": otp.ClassUnavailable,
	"failed":   otp.ClassInvalidRecipient, // "most likely the number does not exist"
	"canceled": otp.ClassRejected,
}

// signed returns the form of a request if Twilio signed it for this address.
func (s *Sender) signed(r *http.Request, address string) (map[string]string, error) {
	if address == "" || r.Method != http.MethodPost || len(r.Header["X-Twilio-Signature"]) != 1 {
		return nil, sms.ErrSignature
	}
	form, err := httpsend.ReadForm(r)
	if err != nil {
		return nil, err
	}
	if r.URL.RawQuery != "" {
		address += "?" + r.URL.RawQuery
	}
	if !hmac.Equal([]byte(signature(s.config.AuthToken, address, form)),
		[]byte(r.Header.Get("X-Twilio-Signature"))) {
		return nil, sms.ErrSignature
	}
	return form, nil
}

// signature returns the signature of twilio.com/docs/usage/webhooks/webhooks-security.
func signature(token sms.Secret, address string, form map[string]string) string {
	m := hmac.New(sha1.New, []byte(token.Reveal()))
	io.WriteString(m, address)
	for _, name := range slices.Sorted(maps.Keys(form)) {
		io.WriteString(m, name+form[name])
	}
	return base64.StdEncoding.EncodeToString(m.Sum(nil))
}
