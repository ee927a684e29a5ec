package webhook_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/otp/sms"
	"github.com/qr-invalidita/attesta/otp/sms/webhook"
)

func receipt(key string, at time.Time, body string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "http://10.0.0.7/", strings.NewReader(body))
	timestamp := strconv.FormatInt(at.Unix(), 10)
	r.Header.Set("Webhook-Id", "r1")
	r.Header.Set("Webhook-Timestamp", timestamp)
	r.Header.Set("Webhook-Signature", sign(key, "r1", timestamp, body))
	return r
}

func status(status, code string) string {
	return fmt.Sprintf(`{"message_id":"a.1","id":"gw-1","status":%q,"code":%q,"at":"2026-01-15T09:00:07Z"}`,
		status, code)
}

// TestVector checks the example of Standard Webhooks' own libraries.
func TestVector(t *testing.T) {
	secret, err := base64.StdEncoding.DecodeString("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	require.NoError(t, err)
	assert.Equal(t, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
		sign(string(secret), "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", `{"test": 2432232314}`))
}

func TestParseReceipts(t *testing.T) {
	rows := map[string]otp.Receipt{
		status("accepted", ""):       {Delivery: otp.DeliveryAccepted},
		status("delivered", ""):      {Delivery: otp.DeliveryDelivered},
		status("expired", ""):        {Delivery: otp.DeliveryExpired},
		status("unknown", "timeout"): {Delivery: otp.DeliveryUnknown},
		status("failed", "other"):    {Delivery: otp.DeliveryFailed, Class: otp.ClassRejected, Code: "other"},
		status("failed", "to +39 3"): {Delivery: otp.DeliveryFailed, Class: otp.ClassRejected},
	}
	for code, class := range documented {
		rows[status("failed", code)] = otp.Receipt{Delivery: otp.DeliveryFailed, Class: class, Code: code}
	}
	for body, want := range rows {
		t.Run(body, func(t *testing.T) {
			want.MessageID, want.Provider, want.ProviderID, want.At = "a.1", "webhook", "gw-1",
				time.Date(2026, 1, 15, 9, 0, 7, 0, time.UTC)
			got, err := sender(t, config("https://g.example")).ParseReceipts(receipt(receiptKey, now, body))
			require.NoError(t, err)
			assert.Equal(t, []otp.Receipt{want}, got)
		})
	}
}

func TestParseReceiptsRefuses(t *testing.T) {
	good := status("delivered", "")
	change := func(change func(*http.Request)) *http.Request {
		r := receipt(receiptKey, now, good)
		change(r)
		return r
	}
	for name, c := range map[string]struct {
		r     *http.Request
		cause error
	}{
		"key of requests": {receipt(key, now, good), sms.ErrSignature},
		"too old":         {receipt(receiptKey, now.Add(-5*time.Minute-time.Second), good), sms.ErrSignature},
		"too new":         {receipt(receiptKey, now.Add(5*time.Minute+time.Second), good), sms.ErrSignature},
		"PUT":             {change(func(r *http.Request) { r.Method = http.MethodPut }), sms.ErrSignature},
		"no id":           {change(func(r *http.Request) { r.Header.Del("Webhook-Id") }), sms.ErrSignature},
		"other id": {change(func(r *http.Request) { r.Header.Set("Webhook-Id", "r2") }),
			sms.ErrSignature},
		"id with a dot": {change(func(r *http.Request) { r.Header.Set("Webhook-Id", "r.1") }),
			sms.ErrSignature},
		"no time": {change(func(r *http.Request) { r.Header.Del("Webhook-Timestamp") }),
			sms.ErrSignature},
		"other time": {change(func(r *http.Request) { r.Header.Set("Webhook-Timestamp", "1768467601") }),
			sms.ErrSignature},
		"no signature": {change(func(r *http.Request) { r.Header.Del("Webhook-Signature") }),
			sms.ErrSignature},
		"wrong version": {change(func(r *http.Request) {
			r.Header.Set("Webhook-Signature", "v2"+r.Header.Get("Webhook-Signature")[2:])
		}), sms.ErrSignature},
		"other body":     {change(func(r *http.Request) { r.Body = http.NoBody }), sms.ErrSignature},
		"too long":       {receipt(receiptKey, now, good+strings.Repeat(" ", 1<<16)), sms.ErrReceipt},
		"no message":     {receipt(receiptKey, now, `{"status":"delivered"}`), sms.ErrReceipt},
		"unknown status": {receipt(receiptKey, now, status("read", "")), sms.ErrReceipt},
		"wrong type":     {receipt(receiptKey, now, `{"message_id":1,"status":"delivered"}`), sms.ErrReceipt},
		"wrong time": {receipt(receiptKey, now, `{"message_id":"a.1","status":"delivered","at":"today"}`),
			sms.ErrReceipt},
		"two": {receipt(receiptKey, now, good+good), sms.ErrReceipt},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := sender(t, config("https://g.example")).ParseReceipts(c.r)
			require.ErrorIs(t, err, c.cause)
			assert.Nil(t, got)
		})
	}
	rotated := change(func(r *http.Request) {
		r.Header.Set("Webhook-Signature",
			"v1,AAAA "+r.Header.Get("Webhook-Signature"))
	})
	_, err := sender(t, config("https://g.example")).ParseReceipts(rotated)
	assert.NoError(t, err, "one of several signatures is enough")

	c := config("https://g.example")
	c.ReceiptKey = sms.Secret{}
	_, err = sender(t, c).ParseReceipts(receipt("", now, good))
	assert.ErrorIs(t, err, sms.ErrSignature, "receipts are off")
}

// FuzzParseReceipts checks that an unsigned request is refused, and that a signed one gives
// either one receipt with a known delivery or an error, never both.
func FuzzParseReceipts(f *testing.F) {
	f.Add(status("delivered", ""))
	f.Add(status("failed", "no_credit"))
	f.Add(`{"message_id":"a.1","status":null}`)
	s, err := webhook.New(config("https://g.example"))
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, body string) {
		if got, err := s.ParseReceipts(receipt(key, now, body)); err == nil || got != nil {
			t.Fatal("a receipt under another key was taken")
		}
		got, err := s.ParseReceipts(receipt(receiptKey, now, body))
		if (err == nil) != (len(got) == 1) {
			t.Fatalf("%d receipts and error %v", len(got), err)
		}
		if err == nil && (got[0].MessageID == "" || got[0].Delivery < otp.DeliveryAccepted ||
			got[0].Delivery > otp.DeliveryUnknown ||
			len(got[0].Code) > 32 || len(got[0].ProviderID) > 64) {
			t.Fatalf("%+v", got[0])
		}
	})
}
