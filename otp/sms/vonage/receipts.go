package vonage

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"encoding/json"
	"hash"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/otp/sms"
	"github.com/qr-invalidita/attesta/otp/sms/httpsend"
)

// A Method is an algorithm with which Vonage signs webhooks.
type Method string

// These are the methods.
const (
	SHA256 Method = "sha256"
	SHA512 Method = "sha512"
)

// ParseReceipts reads a delivery receipt in any of the three forms that an account can be set
// to: GET with a query, POST with a form, POST with JSON. It checks the address, which is
// specific to the message, and, if [Config.SignatureSecret] is set, the signature. The error
// is [sms.ErrSignature] or [sms.ErrReceipt].
func (s *Sender) ParseReceipts(r *http.Request) ([]otp.Receipt, error) {
	id, err := s.callback.MessageID(providerName, r)
	if err != nil {
		return nil, err
	}
	fields, err := read(r)
	if err != nil {
		return nil, err
	}
	if !s.config.SignatureSecret.IsZero() && !hmac.Equal([]byte(s.signature(fields)),
		[]byte(strings.ToLower(fields["sig"]))) {
		return nil, sms.ErrSignature
	}
	if ref, sent := fields["client-ref"]; sent && ref != id {
		return nil, sms.ErrReceipt
	}
	receipt := otp.Receipt{MessageID: id, Provider: providerName,
		ProviderID: httpsend.ID(fields["messageId"])}
	if code := fields["err-code"]; code != "0" {
		receipt.Code = httpsend.Code(code)
	}
	if at, err := time.Parse(time.DateTime, fields["message-timestamp"]); err == nil {
		receipt.At = at
	}
	delivery, known := statuses[fields["status"]]
	if !known || receipt.ProviderID == "" {
		return nil, sms.ErrReceipt
	}
	if receipt.Delivery = delivery; delivery == otp.DeliveryFailed {
		receipt.Class = otp.ClassRejected
		if class, ok := deliveryClasses[receipt.Code]; ok {
			receipt.Class = class
		}
	}
	return []otp.Receipt{receipt}, nil
}

var statuses = map[string]otp.Delivery{
	"accepted": otp.DeliveryAccepted, "buffered": otp.DeliveryAccepted, "delivered": otp.DeliveryDelivered,
	"expired": otp.DeliveryExpired, "failed": otp.DeliveryFailed, "rejected": otp.DeliveryFailed,
	"unknown": otp.DeliveryUnknown,
}

// read returns Vonage's own parameters. In a GET they are in the query with ours.
func read(r *http.Request) (map[string]string, error) {
	switch r.Method {
	case http.MethodGet:
		fields, err := httpsend.Single(r.URL.RawQuery)
		delete(fields, "t")
		return fields, err
	case http.MethodPost:
	default:
		return nil, sms.ErrReceipt
	}
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "application/json" {
		return httpsend.ReadForm(r)
	}
	b, err := httpsend.Read(r)
	if err != nil {
		return nil, err
	}
	fields := map[string]string{}
	if json.Unmarshal(b, &fields) != nil {
		return nil, sms.ErrReceipt
	}
	return fields, nil
}

// signature returns the signature of Vonage's "Signing messages": HMAC in hexadecimal over the
// sorted parameters as &name=value, with & and = in values replaced by _.
func (s *Sender) signature(fields map[string]string) string {
	h := map[Method]func() hash.Hash{SHA256: sha256.New, SHA512: sha512.New}[s.config.SignatureMethod]
	m := hmac.New(h, []byte(s.config.SignatureSecret.Reveal()))
	clean := strings.NewReplacer("&", "_", "=", "_")
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if name != "sig" {
			m.Write([]byte("&" + name + "=" + clean.Replace(fields[name])))
		}
	}
	return hex.EncodeToString(m.Sum(nil))
}
