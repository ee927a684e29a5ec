package vonage_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/otp/otptest"
	"github.com/qr-invalidita/attesta/otp/sms"
	"github.com/qr-invalidita/attesta/otp/sms/vonage"
)

// token returns our own part of the address.
func token(key, id string) string {
	m := hmac.New(sha256.New, []byte(key))
	m.Write([]byte("otp/receipt/v1\x00vonage\x00" + id))
	return id + "." + base64.RawURLEncoding.EncodeToString(m.Sum(nil)[:16])
}

// forms returns the same receipt in the three forms that Vonage can be set to.
func forms(t testing.TB, address string, fields map[string]string) map[string]*http.Request {
	t.Helper()
	values := url.Values{}
	for name, v := range fields {
		values.Set(name, v)
	}
	document, err := json.Marshal(fields)
	require.NoError(t, err)
	form := httptest.NewRequest(http.MethodPost, address, strings.NewReader(values.Encode()))
	form.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	body := httptest.NewRequest(http.MethodPost, address, strings.NewReader(string(document)))
	body.Header.Set("Content-Type", "application/json; charset=utf-8")
	return map[string]*http.Request{"GET": httptest.NewRequest(http.MethodGet, address+"&"+values.Encode(),
		nil), "form": form, "JSON": body}
}

func receipt(status, code string) map[string]string {
	return map[string]string{"msisdn": "393331234567", "to": "INPS", "network-code": "22201",
		"messageId": "0A0000001234567B", "price": "0.03", "status": status, "scts": "2001011400",
		"err-code": code, "api-key": "abcd1234",
		"client-ref": otptest.Message().ID, "message-timestamp": "2026-01-15 09:00:07"}
}

var address = "http://10.0.0.7/vonage?t=" + token(receiptKey, otptest.Message().ID)

func TestParseReceipts(t *testing.T) {
	type row struct {
		status, code string
		want         otp.Receipt
	}
	rows := []row{
		{"accepted", "0", otp.Receipt{Delivery: otp.DeliveryAccepted}},
		{"buffered", "0", otp.Receipt{Delivery: otp.DeliveryAccepted}},
		{"delivered", "0", otp.Receipt{Delivery: otp.DeliveryDelivered}},
		{"expired", "1", otp.Receipt{Delivery: otp.DeliveryExpired, Code: "1"}},
		{"unknown", "1", otp.Receipt{Delivery: otp.DeliveryUnknown, Code: "1"}},
		{"rejected", "6", otp.Receipt{Delivery: otp.DeliveryFailed, Class: otp.ClassNotAllowed, Code: "6"}},
		{"failed", "50", otp.Receipt{Delivery: otp.DeliveryFailed, Class: otp.ClassRejected, Code: "50"}},
		{"failed", "393331234567", otp.Receipt{Delivery: otp.DeliveryFailed, Class: otp.ClassRejected}},
	}
	for code, class := range map[string]otp.ErrorClass{"1": otp.ClassRejected, "2": otp.ClassUnavailable,
		"3": otp.ClassInvalidRecipient, "4": otp.ClassNotAllowed, "5": otp.ClassRejected,
		"6": otp.ClassNotAllowed, "7": otp.ClassUnavailable, "8": otp.ClassUnavailable,
		"9": otp.ClassNotAllowed, "10": otp.ClassRejected, "11": otp.ClassRejected,
		"12": otp.ClassInvalidRecipient, "13": otp.ClassNotAllowed,
		"14": otp.ClassNotAllowed, "15": otp.ClassRejected, "16": otp.ClassThrottled,
		"99": otp.ClassRejected} {
		rows = append(rows, row{"failed", code, otp.Receipt{Delivery: otp.DeliveryFailed, Class: class,
			Code: code}})
	}
	for _, c := range rows {
		c.want.MessageID, c.want.Provider, c.want.ProviderID = otptest.Message().ID, "vonage",
			"0A0000001234567B"
		c.want.At = time.Date(2026, 1, 15, 9, 0, 7, 0, time.UTC)
		for form, r := range forms(t, address, receipt(c.status, c.code)) {
			t.Run(c.status+" "+c.code+" "+form, func(t *testing.T) {
				got, err := sender(t, config("")).ParseReceipts(r)
				require.NoError(t, err)
				assert.Equal(t, []otp.Receipt{c.want}, got)
			})
		}
	}
}

func TestParseReceiptsRefuses(t *testing.T) {
	id := otptest.Message().ID
	good := receipt("delivered", "0")
	without := func(change func(map[string]string)) map[string]string {
		c := maps.Clone(good)
		change(c)
		return c
	}
	for name, c := range map[string]struct {
		address string
		fields  map[string]string
		cause   error
	}{
		"foreign address": {"http://10.0.0.7/vonage?x=y", good, sms.ErrSignature},
		"other key": {"http://10.0.0.7/vonage?t=" + token("another key, which is 32 bytes..", id),
			good, sms.ErrSignature},
		"other message": {"http://10.0.0.7/vonage?t=other" + token(receiptKey, id), good,
			sms.ErrSignature},
		"address twice": {address + "&t=" + token(receiptKey, id), good, sms.ErrSignature},
		"of another message": {"http://10.0.0.7/vonage?t=" + token(receiptKey, "other.1"), good,
			sms.ErrReceipt},
		"unknown status": {address, without(func(m map[string]string) { m["status"] = "x" }), sms.ErrReceipt},
		"no status": {address, without(func(m map[string]string) { delete(m, "status") }),
			sms.ErrReceipt},
		"no id": {address, without(func(m map[string]string) { delete(m, "messageId") }),
			sms.ErrReceipt},
		"id is a text": {address, without(func(m map[string]string) { m["messageId"] = "a b" }),
			sms.ErrReceipt},
	} {
		for form, r := range forms(t, c.address, c.fields) {
			t.Run(name+" "+form, func(t *testing.T) {
				got, err := sender(t, config("")).ParseReceipts(r)
				require.ErrorIs(t, err, c.cause)
				assert.Nil(t, got)
			})
		}
	}
	for _, body := range []string{`{"status":1}`, `[]`, `null`, ``,
		`{"status":"delivered","messageId":null}`} {
		r := httptest.NewRequest(http.MethodPost, address, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		_, err := sender(t, config("")).ParseReceipts(r)
		assert.ErrorIs(t, err, sms.ErrReceipt, body)
	}
	c := config("")
	c.ReceiptURL = ""
	_, err := sender(t, c).ParseReceipts(forms(t, address, good)["form"])
	assert.ErrorIs(t, err, sms.ErrSignature, "receipts are off")
}

// TestSignature uses the vectors of Vonage's own Python library.
func TestSignature(t *testing.T) {
	for method, want := range map[vonage.Method]string{
		vonage.SHA256: "a321e824b9b816be7c3f28859a31749a098713d39f613c80d455bbaffae1cd24",
		vonage.SHA512: "812a18f76680fa0fe1b8bd9ee1625466ceb1bd96242e4d050d2cfd9a7b40166c63ed26ec9702" +
			"168781b6edcf1633db8ff95af9341701004eec3fcf9550572ee8",
	} {
		c := config("")
		c.SignatureSecret, c.SignatureMethod = sms.NewSecret("secret"), method
		fields := map[string]string{"a": "1", "b": "2", "timestamp": "1461605396",
			"sig": strings.ToUpper(want)}
		for form, r := range forms(t, address, fields) {
			_, err := sender(t, c).ParseReceipts(r)
			assert.ErrorIs(t, err, sms.ErrReceipt, "%s %s: signed, but no receipt", method, form)
		}
		fields["a"] = "3"
		for form, r := range forms(t, address, fields) {
			_, err := sender(t, c).ParseReceipts(r)
			assert.ErrorIs(t, err, sms.ErrSignature, "%s %s", method, form)
		}
	}
}

func TestSignedReceipt(t *testing.T) {
	c := config("")
	c.SignatureSecret, c.SignatureMethod = sms.NewSecret("s"), vonage.SHA256
	fields := receipt("delivered", "0")
	fields["to"] = "A&B=C"
	text := ""
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		text += "&" + name + "=" + strings.NewReplacer("&", "_", "=", "_").Replace(fields[name])
	}
	m := hmac.New(sha256.New, []byte("s"))
	m.Write([]byte(text))
	fields["sig"] = hex.EncodeToString(m.Sum(nil))
	for form, r := range forms(t, address, fields) {
		got, err := sender(t, c).ParseReceipts(r)
		require.NoError(t, err, form)
		require.Len(t, got, 1)
	}
	delete(fields, "sig")
	for form, r := range forms(t, address, fields) {
		_, err := sender(t, c).ParseReceipts(r)
		require.ErrorIs(t, err, sms.ErrSignature, form)
	}
}

// FuzzParseReceipts checks that the result is either one receipt, of the message in the
// address and with a known delivery, or an error, never both, and that nothing passes without
// our part of the address.
func FuzzParseReceipts(f *testing.F) {
	f.Add(true, "application/json", `{"messageId":"A","status":"failed","err-code":"9"}`)
	f.Add(true, "", "messageId=A&status=delivered&err-code=0&message-timestamp=2026-01-15 09:00:07")
	f.Add(false, "", "messageId=A&status=expired")
	f.Add(true, "application/json", `{"status":7}`)
	s, err := vonage.New(config(""))
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, post bool, kind, body string) {
		request := func(tok string) *http.Request {
			r := httptest.NewRequest(http.MethodPost, "http://localhost/", strings.NewReader(body))
			r.Header["Content-Type"] = []string{kind}
			r.URL.RawQuery = "t=" + tok
			if !post {
				r.Method, r.Body = http.MethodGet, nil
				r.URL.RawQuery += "&" + body
			}
			return r
		}
		if got, err := s.ParseReceipts(request("a.AAAAAAAAAAAAAAAAAAAAAA")); err == nil || got != nil {
			t.Fatal("a receipt without our part of the address was taken")
		}
		got, err := s.ParseReceipts(request(token(receiptKey, "a.1")))
		if (err == nil) != (len(got) == 1) {
			t.Fatalf("%d receipts and error %v", len(got), err)
		}
		if err == nil && (got[0].MessageID != "a.1" || got[0].ProviderID == "" || len(got[0].Code) > 32 ||
			got[0].Delivery < otp.DeliveryAccepted || got[0].Delivery > otp.DeliveryUnknown) {
			t.Fatalf("%+v", got[0])
		}
	})
}
