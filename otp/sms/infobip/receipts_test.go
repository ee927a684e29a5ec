package infobip_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/otp/sms"
	"github.com/qr-invalidita/attesta/otp/sms/infobip"
)

// token returns our own part of the address.
func token(key, id string) string {
	m := hmac.New(sha256.New, []byte(key))
	m.Write([]byte("otp/receipt/v1\x00infobip\x00" + id))
	return id + "." + base64.RawURLEncoding.EncodeToString(m.Sum(nil)[:16])
}

func report(query, body string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "http://10.0.0.7/", strings.NewReader(body))
	r.URL.RawQuery = query
	r.Header.Set("Content-Type", "application/json")
	return r
}

func result(id string, group, status int) string {
	return fmt.Sprintf(
		`{"bulkId":"b","messageId":%q,"to":"393331234567","sender":"INPS",`+
			`"sentAt":"2026-01-15T10:00:00.000+0100",`+
			`"doneAt":"2026-01-15T10:00:07.000+0100","messageCount":1,"status":{"groupId":%d,`+
			`"groupName":"X","id":%d,"name":"X"},`+
			`"error":{"groupId":0,"groupName":"OK","id":0,"name":"NO_ERROR","permanent":false}}`, id, group,
		status)
}

func results(r ...string) string { return `{"results":[` + strings.Join(r, ",") + `]}` }

var good = "t=" + token(receiptKey, "a.1")

func TestParseReceipts(t *testing.T) {
	type row struct {
		group, status int
		want          otp.Receipt
	}
	rows := []row{
		{0, 0, otp.Receipt{Delivery: otp.DeliveryAccepted}},
		{1, 7, otp.Receipt{Delivery: otp.DeliveryAccepted}},
		{3, 2, otp.Receipt{Delivery: otp.DeliveryAccepted}},
		{3, 5, otp.Receipt{Delivery: otp.DeliveryDelivered}},
		{4, 15, otp.Receipt{Delivery: otp.DeliveryExpired, Code: "15"}},
		{2, 9, otp.Receipt{Delivery: otp.DeliveryFailed, Class: otp.ClassUnavailable, Code: "9"}},
		{5, 23, otp.Receipt{Delivery: otp.DeliveryAccepted, Code: "23"}},
	}
	for id, class := range documented {
		rows = append(rows, row{5, id, otp.Receipt{Delivery: otp.DeliveryFailed, Class: class,
			Code: fmt.Sprint(id)}})
	}
	for _, c := range rows {
		t.Run(fmt.Sprint(c.group, " ", c.status), func(t *testing.T) {
			c.want.MessageID, c.want.Provider, c.want.ProviderID = "a.1", "infobip", "a.1"
			c.want.At = time.Date(2026, 1, 15, 9, 0, 7, 0, time.UTC)
			got, err := sender(t, config("https://x.example")).ParseReceipts(
				report(good, results(result("a.1", c.group, c.status))))
			require.NoError(t, err)
			assert.Equal(t, []otp.Receipt{c.want}, got)
		})
	}
	got, err := sender(t, config("https://x.example")).ParseReceipts(
		report(good, results(result("a.1", 1, 7), result("a.1", 3, 5))))
	require.NoError(t, err)
	require.Len(t, got, 2)
	assert.Equal(t, otp.DeliveryDelivered, got[1].Delivery)
}

func TestParseReceiptsRefuses(t *testing.T) {
	delivered := results(result("a.1", 3, 5))
	put := report(good, delivered)
	put.Method = http.MethodPut
	for name, c := range map[string]struct {
		r     *http.Request
		cause error
	}{
		"no token": {report("", delivered), sms.ErrSignature},
		"other key": {report("t="+token("another key, which is 32 bytes..", "a.1"), delivered),
			sms.ErrSignature},
		"twice":           {report(good+"&"+good, delivered), sms.ErrSignature},
		"PUT":             {put, sms.ErrReceipt},
		"another message": {report(good, results(result("b.1", 3, 5))), sms.ErrReceipt},
		"one of another":  {report(good, results(result("a.1", 3, 5), result("b.1", 3, 5))), sms.ErrReceipt},
		"no results":      {report(good, results()), sms.ErrReceipt},
		"unknown group":   {report(good, results(result("a.1", 6, 5))), sms.ErrReceipt},
		"no status":       {report(good, `{"results":[{"messageId":"a.1"}]}`), sms.ErrReceipt},
		"group is text": {report(good, `{"results":[{"messageId":"a.1","status":{"groupId":"3","id":5}}]}`),
			sms.ErrReceipt},
		"two documents": {report(good, delivered+delivered), sms.ErrReceipt},
		"too long":      {report(good, delivered+strings.Repeat(" ", 1<<16)), sms.ErrReceipt},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := sender(t, config("https://x.example")).ParseReceipts(c.r)
			require.ErrorIs(t, err, c.cause)
			assert.Nil(t, got)
		})
	}
	c := config("https://x.example")
	c.ReceiptURL = ""
	_, err := sender(t, c).ParseReceipts(report(good, delivered))
	assert.ErrorIs(t, err, sms.ErrSignature, "receipts are off")
}

// FuzzParseReceipts checks that the result is either receipts, all of the message in the
// address and with a known delivery, or an error, never both, and that nothing passes without
// our part of the address.
func FuzzParseReceipts(f *testing.F) {
	f.Add(results(result("a.1", 3, 5)))
	f.Add(results(result("a.1", 5, 12), result("a.1", 4, 15)))
	f.Add(results(result("b.1", 3, 5)))
	f.Add(`{"results":[{"messageId":"a.1","status":{"groupId":null,"id":-1}}]}`)
	s, err := infobip.New(config("https://x.example"))
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, body string) {
		if got, err := s.ParseReceipts(report("t=a.1.AAAAAAAAAAAAAAAAAAAAAA", body)); err == nil ||
			got != nil {
			t.Fatal("a receipt without our part of the address was taken")
		}
		got, err := s.ParseReceipts(report(good, body))
		if (err == nil) != (len(got) > 0) {
			t.Fatalf("%d receipts and error %v", len(got), err)
		}
		for _, r := range got {
			if r.MessageID != "a.1" || r.Delivery < otp.DeliveryAccepted ||
				r.Delivery > otp.DeliveryUnknown || len(r.Code) > 32 {
				t.Fatalf("%+v", r)
			}
		}
	})
}
