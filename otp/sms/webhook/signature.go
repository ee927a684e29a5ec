package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/otp/sms"
	"github.com/qr-invalidita/attesta/otp/sms/httpsend"
)

// tolerance is the maximum age of a timestamp, as in the libraries of Standard Webhooks.
const tolerance = 5 * time.Minute

// key decodes a secret in the form of Standard Webhooks.
func key(secret sms.Secret) (sms.Secret, error) {
	if encoded, ok := strings.CutPrefix(secret.Reveal(), "whsec_"); ok {
		b, err := base64.StdEncoding.DecodeString(encoded)
		if err != nil {
			return sms.Secret{}, errors.New("is not base64 after whsec_")
		}
		secret = sms.NewSecret(string(b))
	}
	if len(secret.Reveal()) < httpsend.MinKey {
		return sms.Secret{}, errors.New("is shorter than 32 bytes")
	}
	return secret, nil
}

func signature(key sms.Secret, id, timestamp string, body []byte) string {
	m := hmac.New(sha256.New, []byte(key.Reveal()))
	m.Write([]byte(id + "." + timestamp + "."))
	m.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(m.Sum(nil))
}

func sign(h http.Header, key sms.Secret, id string, now time.Time, body []byte) {
	timestamp := strconv.FormatInt(now.Unix(), 10)
	h.Set("Webhook-Id", id)
	h.Set("Webhook-Timestamp", timestamp)
	h.Set("Webhook-Signature", signature(key, id, timestamp, body))
}

// signed reports whether one of the signatures in h is valid under key and its time is within
// tolerance of now.
func signed(h http.Header, key sms.Secret, now time.Time, body []byte) bool {
	id, timestamp := h.Get("Webhook-Id"), h.Get("Webhook-Timestamp")
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil || id == "" || strings.Contains(id, ".") ||
		now.Sub(time.Unix(seconds, 0)).Abs() > tolerance {
		return false
	}
	want := signature(key, id, timestamp, body)
	for _, one := range strings.Fields(h.Get("Webhook-Signature")) {
		if hmac.Equal([]byte(one), []byte(want)) {
			return true
		}
	}
	return false
}

// ParseReceipts reads a receipt. It first checks the signature, whose time may differ from now
// by at most 5 minutes. The error is [sms.ErrSignature] or [sms.ErrReceipt].
func (s *Sender) ParseReceipts(r *http.Request) ([]otp.Receipt, error) {
	if s.receiptKey.IsZero() || r.Method != http.MethodPost {
		return nil, sms.ErrSignature
	}
	body, err := httpsend.Read(r)
	if err != nil {
		return nil, err
	}
	if !signed(r.Header, s.receiptKey, s.config.Now(), body) {
		return nil, sms.ErrSignature
	}
	var got struct {
		MessageID string    `json:"message_id"`
		ID        string    `json:"id"`
		Status    string    `json:"status"`
		Code      string    `json:"code"`
		At        time.Time `json:"at"`
	}
	if !httpsend.Decode(body, &got) || got.MessageID == "" || len(got.MessageID) > 128 {
		return nil, sms.ErrReceipt
	}
	delivery, known := statuses[got.Status]
	if !known {
		return nil, sms.ErrReceipt
	}
	receipt := otp.Receipt{MessageID: got.MessageID, Provider: s.config.Name, ProviderID: httpsend.ID(got.ID),
		Delivery: delivery, At: got.At}
	if delivery == otp.DeliveryFailed {
		receipt.Code, receipt.Class = httpsend.Code(got.Code), otp.ClassRejected
		if class, ok := classes[got.Code]; ok {
			receipt.Class = class
		}
	}
	return []otp.Receipt{receipt}, nil
}

var statuses = map[string]otp.Delivery{
	"accepted": otp.DeliveryAccepted, "delivered": otp.DeliveryDelivered, "failed": otp.DeliveryFailed,
	"expired": otp.DeliveryExpired, "unknown": otp.DeliveryUnknown,
}
