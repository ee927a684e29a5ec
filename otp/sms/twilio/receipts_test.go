package twilio_test

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/otp/sms"
	"github.com/qr-invalidita/attesta/otp/sms/twilio"
)

// sign is Twilio's half of the signature.
func sign(token, address string, form url.Values) string {
	text := address
	for _, name := range slices.Sorted(maps.Keys(form)) {
		text += name + form.Get(name)
	}
	m := hmac.New(sha1.New, []byte(token))
	m.Write([]byte(text))
	return base64.StdEncoding.EncodeToString(m.Sum(nil))
}

// callback returns a request as it arrives behind a proxy: only its query is that of the
// address that Twilio called.
func callback(token, address string, form url.Values) *http.Request {
	_, query, _ := strings.Cut(address, "?")
	r := httptest.NewRequest(http.MethodPost, "http://10.0.0.7:8080/internal?"+query,
		strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("X-Twilio-Signature", sign(token, address, form))
	return r
}

// TestSignature checks the example of Twilio's documentation on webhook security.
func TestSignature(t *testing.T) {
	form := url.Values{"CallSid": {"CA1234567890ABCDE"}, "Caller": {"+12349013030"}, "Digits": {"1234"},
		"From": {"+12349013030"}, "To": {"+18005551212"}}
	const want = "0/KCTR6DLpKmkAf8muzZqo1nDgQ="
	require.Equal(t, want, sign("12345", "https://mycompany.com/myapp.php?foo=1&bar=2", form))

	c := config("")
	c.AuthToken, c.ReceiptURL = sms.NewSecret("12345"), "https://mycompany.com/myapp.php"
	r := callback("12345", "https://mycompany.com/myapp.php?foo=1&bar=2", form)
	require.Equal(t, want, r.Header.Get("X-Twilio-Signature"))
	_, err := sender(t, c).ParseReceipts(r)
	assert.ErrorIs(t, err, sms.ErrReceipt, "the signature is good, but this is no receipt")
}

const address = "https://otp.example.it/receipts?id=the-challenge.2"

func TestParseReceipts(t *testing.T) {
	sms := func(status, code string) url.Values {
		v := url.Values{"MessageSid": {"SM1"}, "MessageStatus": {status}, "To": {"+393331234567"},
			"AccountSid": {accountSID}}
		if code != "" {
			v.Set("ErrorCode", code)
		}
		return v
	}
	call := func(status string) url.Values { return url.Values{"CallSid": {"CA1"}, "CallStatus": {status}} }
	for name, c := range map[string]struct {
		form url.Values
		want otp.Receipt
	}{
		"queued":    {sms("queued", ""), otp.Receipt{Delivery: otp.DeliveryAccepted}},
		"sent":      {sms("sent", ""), otp.Receipt{Delivery: otp.DeliveryAccepted}},
		"delivered": {sms("delivered", ""), otp.Receipt{Delivery: otp.DeliveryDelivered}},
		"expired": {sms("undelivered", "30036"),
			otp.Receipt{Delivery: otp.DeliveryExpired, Code: "30036"}},
		"overflow": {sms("failed", "30001"), otp.Receipt{Delivery: otp.DeliveryFailed, Code: "30001",
			Class: otp.ClassThrottled}},
		"suspended": {sms("failed", "30002"), otp.Receipt{Delivery: otp.DeliveryFailed, Code: "30002",
			Class: otp.ClassAuth}},
		"unreachable": {sms("undelivered", "30003"),
			otp.Receipt{Delivery: otp.DeliveryFailed, Code: "30003", Class: otp.ClassUnavailable}},
		"blocked": {sms("undelivered", "30004"),
			otp.Receipt{Delivery: otp.DeliveryFailed, Code: "30004", Class: otp.ClassNotAllowed}},
		"unknown": {sms("undelivered", "30005"),
			otp.Receipt{Delivery: otp.DeliveryFailed, Code: "30005", Class: otp.ClassInvalidRecipient}},
		"landline": {sms("undelivered", "30006"),
			otp.Receipt{Delivery: otp.DeliveryFailed, Code: "30006", Class: otp.ClassInvalidRecipient}},
		"filtered": {sms("undelivered", "30007"),
			otp.Receipt{Delivery: otp.DeliveryFailed, Code: "30007", Class: otp.ClassNotAllowed}},
		"no cause": {sms("undelivered", "30008"),
			otp.Receipt{Delivery: otp.DeliveryFailed, Code: "30008", Class: otp.ClassRejected}},
		"sender": {sms("undelivered", "30034"),
			otp.Receipt{Delivery: otp.DeliveryFailed, Code: "30034", Class: otp.ClassSenderID}},
		"behind": {sms("undelivered", "30410"),
			otp.Receipt{Delivery: otp.DeliveryFailed, Code: "30410", Class: otp.ClassUnavailable}},
		"opted out": {sms("failed", "21610"), otp.Receipt{Delivery: otp.DeliveryFailed, Code: "21610",
			Class: otp.ClassNotAllowed}},
		"code unread": {sms("failed", "+393331234567"),
			otp.Receipt{Delivery: otp.DeliveryFailed, Class: otp.ClassRejected}},
		"call rings": {call("ringing"), otp.Receipt{Delivery: otp.DeliveryAccepted}},
		"call over":  {call("completed"), otp.Receipt{Delivery: otp.DeliveryAccepted}},
		"call busy":  {call("busy"), otp.Receipt{Delivery: otp.DeliveryFailed, Class: otp.ClassUnavailable}},
		"no answer": {call("no-answer"), otp.Receipt{Delivery: otp.DeliveryFailed,
			Class: otp.ClassUnavailable}},
		"call failed": {call("failed"), otp.Receipt{Delivery: otp.DeliveryFailed,
			Class: otp.ClassInvalidRecipient}},
		"call ended": {call("canceled"), otp.Receipt{Delivery: otp.DeliveryFailed, Class: otp.ClassRejected}},
	} {
		t.Run(name, func(t *testing.T) {
			c.want.MessageID, c.want.Provider, c.want.ProviderID = "the-challenge.2", "twilio", "SM1"
			if c.form.Has("CallSid") {
				c.want.ProviderID = "CA1"
			}
			got, err := sender(t, config("")).ParseReceipts(callback(authToken, address, c.form))
			require.NoError(t, err)
			assert.Equal(t, []otp.Receipt{c.want}, got)
		})
	}
}

func TestParseReceiptsRefuses(t *testing.T) {
	good := url.Values{"MessageSid": {"SM1"}, "MessageStatus": {"delivered"}}
	for name, c := range map[string]struct {
		request func() *http.Request
		cause   error
	}{
		"other token": {func() *http.Request { return callback("other", address, good) }, sms.ErrSignature},
		"other address": {func() *http.Request {
			return callback(authToken,
				"https://evil.example/?id=the-challenge.2", good)
		}, sms.ErrSignature},
		"changed id": {func() *http.Request {
			r := callback(authToken, address, good)
			r.URL.RawQuery = "id=another.1"
			return r
		}, sms.ErrSignature},
		"no signature": {func() *http.Request {
			r := callback(authToken, address, good)
			r.Header.Del("X-Twilio-Signature")
			return r
		}, sms.ErrSignature},
		"two signatures": {func() *http.Request {
			r := callback(authToken, address, good)
			r.Header.Add("X-Twilio-Signature", "x")
			return r
		}, sms.ErrSignature},
		"GET": {func() *http.Request { r := callback(authToken, address, good); r.Method = "GET"; return r },
			sms.ErrSignature},
		"changed field": {func() *http.Request {
			r := callback(authToken, address, good)
			r.Body = http.NoBody
			return r
		}, sms.ErrSignature},
		"field twice": {func() *http.Request {
			return callback(authToken, address, url.Values{"MessageSid": {"SM1", "SM2"},
				"MessageStatus": {"delivered"}})
		}, sms.ErrReceipt},
		"no id": {func() *http.Request {
			return callback(authToken, "https://otp.example.it/receipts",
				good)
		}, sms.ErrReceipt},
		"id twice": {func() *http.Request { return callback(authToken, address+"&id=b.1", good) },
			sms.ErrReceipt},
		"unknown status": {func() *http.Request {
			return callback(authToken, address, url.Values{"MessageSid": {"SM1"}, "MessageStatus": {"x"}})
		}, sms.ErrReceipt},
		"unknown call": {func() *http.Request {
			return callback(authToken, address, url.Values{"CallSid": {"CA1"}, "CallStatus": {"x"}})
		}, sms.ErrReceipt},
		"no sid": {func() *http.Request {
			return callback(authToken, address,
				url.Values{"MessageStatus": {"sent"}})
		}, sms.ErrReceipt},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := sender(t, config("")).ParseReceipts(c.request())
			require.ErrorIs(t, err, c.cause)
			assert.Nil(t, got)
		})
	}
	c := config("")
	c.ReceiptURL = ""
	_, err := sender(t, c).ParseReceipts(callback(authToken, "?id=a.1", good))
	assert.ErrorIs(t, err, sms.ErrSignature, "receipts are off")
}

// FuzzParseReceipts checks that an unsigned request is refused, and that a signed one gives
// either exactly one receipt with a known delivery or an error, never both.
func FuzzParseReceipts(f *testing.F) {
	f.Add("id=a.1", "MessageSid=SM1&MessageStatus=delivered")
	f.Add("id=a.1", "MessageSid=SM1&MessageStatus=undelivered&ErrorCode=30036")
	f.Add("id=a.1&id=b.2", "CallSid=CA1&CallStatus=busy")
	f.Add("%", "a=%zz&;")
	s, err := twilio.New(config(""))
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, query, body string) {
		request := func(signature string) *http.Request {
			r := httptest.NewRequest(http.MethodPost, "http://localhost/", strings.NewReader(body))
			r.URL.RawQuery = query
			r.Header["X-Twilio-Signature"] = []string{signature}
			return r
		}
		got, err := s.ParseReceipts(request("0/KCTR6DLpKmkAf8muzZqo1nDgQ="))
		if err == nil || got != nil {
			t.Fatal("unsigned receipt was taken")
		}
		form, err := url.ParseQuery(body)
		if err != nil {
			return
		}
		target := "https://otp.example.it/receipts"
		if query != "" {
			target += "?" + query
		}
		got, err = s.ParseReceipts(request(sign(authToken, target, form)))
		if (err == nil) != (len(got) == 1) {
			t.Fatalf("%d receipts and error %v", len(got), err)
		}
		if err == nil && (got[0].MessageID == "" || got[0].ProviderID == "" ||
			got[0].Delivery < otp.DeliveryAccepted ||
			got[0].Delivery > otp.DeliveryUnknown || len(got[0].Code) > 32) {
			t.Fatalf("%+v", got[0])
		}
	})
}
