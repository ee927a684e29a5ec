package httpsend

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/qr-invalidita/attesta/otp/sms"
)

// A Callback makes the address for the receipts of one message: URL?t=ID.MAC. A holder of the
// address can report on that message only. The key itself stays here.
type Callback struct {
	URL string
	Key sms.Secret
}

// MinKey is the minimum length of a callback's key in bytes.
const MinKey = 32

// Check returns an error that says what is wrong with the two fields.
func (c Callback) Check() error {
	if c.URL == "" {
		return nil
	}
	if _, err := BaseURL(c.URL, ""); err != nil {
		return errors.New("ReceiptURL " + err.Error())
	}
	if len(c.Key.Reveal()) < MinKey {
		return errors.New("ReceiptKey is shorter than 32 bytes")
	}
	return nil
}

// For returns the address for a message.
func (c Callback) For(provider, id string) string {
	return c.URL + "?t=" + url.QueryEscape(id+"."+c.mac(provider, id))
}

// MessageID returns the ID of the message that r reports on.
func (c Callback) MessageID(provider string, r *http.Request) (string, error) {
	t := r.URL.Query()["t"]
	if len(t) != 1 || len(t[0]) > 256 || c.URL == "" || len(c.Key.Reveal()) < MinKey {
		return "", sms.ErrSignature
	}
	i := strings.LastIndexByte(t[0], '.')
	if i < 1 || !hmac.Equal([]byte(t[0][i+1:]), []byte(c.mac(provider, t[0][:i]))) {
		return "", sms.ErrSignature
	}
	return t[0][:i], nil
}

func (c Callback) mac(provider, id string) string {
	m := hmac.New(sha256.New, []byte(c.Key.Reveal()))
	io.WriteString(m, "otp/receipt/v1\x00"+provider+"\x00"+id)
	return base64.RawURLEncoding.EncodeToString(m.Sum(nil)[:16])
}

// Read returns the body of a receipt, at most 64 KiB.
func Read(r *http.Request) ([]byte, error) {
	if r.Body == nil {
		return nil, nil
	}
	b, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err != nil || len(b) > maxBody {
		return nil, sms.ErrReceipt
	}
	return b, nil
}

// ReadForm returns the form in the body of a receipt. It refuses a name that occurs twice,
// because it would be unclear which value is signed.
func ReadForm(r *http.Request) (map[string]string, error) {
	b, err := Read(r)
	if err != nil {
		return nil, err
	}
	return Single(string(b))
}

// Single parses a query or form in which no name occurs twice.
func Single(query string) (map[string]string, error) {
	values, err := url.ParseQuery(query)
	if err != nil {
		return nil, sms.ErrReceipt
	}
	out := make(map[string]string, len(values))
	for name, v := range values {
		if len(v) != 1 {
			return nil, sms.ErrReceipt
		}
		out[name] = v[0]
	}
	return out, nil
}
