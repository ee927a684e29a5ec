package infobip_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/otp/otptest"
	"github.com/qr-invalidita/attesta/otp/sms"
	"github.com/qr-invalidita/attesta/otp/sms/infobip"
)

const (
	apiKey     = "the-api-key-of-the-account"
	receiptKey = "a key for receipts, 32 bytes long"
)

func config(baseURL string) infobip.Config {
	return infobip.Config{
		BaseURL: baseURL, APIKey: sms.NewSecret(apiKey),
		Senders:    sms.SenderIDs{{Value: "INPS", Prefix: "+39", Registration: "AGCOM-1"}},
		ReceiptURL: "https://otp.example.it/infobip", ReceiptKey: sms.NewSecret(receiptKey),
	}
}

func sender(t testing.TB, c infobip.Config) *infobip.Sender {
	t.Helper()
	s, err := infobip.New(c)
	require.NoError(t, err)
	return s
}

func answer(group, id int) string {
	return fmt.Sprintf(
		`{"bulkId":"2034","messages":[{"messageId":"our-id.1","status":{"groupId":%d,`+
			`"groupName":"X","id":%d,"name":"X",`+
			`"description":"to 393331234567"},"destination":"39333XXXXXXX"}]}`, group, id)
}

// documented repeats the provider's table, independently of the package.
var documented = map[int]otp.ErrorClass{
	4: otp.ClassRejected, 6: otp.ClassNotAllowed, 8: otp.ClassInvalidRecipient, 9: otp.ClassUnavailable,
	10: otp.ClassNotAllowed, 11: otp.ClassSenderID, 12: otp.ClassBalance, 13: otp.ClassSenderID,
	14: otp.ClassNotAllowed, 17: otp.ClassBalance, 18: otp.ClassNotAllowed, 19: otp.ClassRejected,
	20: otp.ClassThrottled, 21: otp.ClassUnavailable, 24: otp.ClassRejected,
	25: otp.ClassRejected, 51: otp.ClassInvalidRecipient, 52: otp.ClassInvalidRecipient,
	87: otp.ClassRejected, // not in the table
}

func problem(code string) string {
	return `{"errorCode":"` + code +
		`","description":"to 393331234567","action":"","violations":[],"resources":[]}`
}

func TestSender(t *testing.T) {
	answers := otptest.HTTPAnswers{
		Accepted: otptest.HTTPAnswer{Status: 200, Body: answer(1, 26)},
		Check: func(t *testing.T, r *http.Request, body []byte) {
			assert.Equal(t, "/sms/3/messages", r.URL.String())
			assert.Equal(t, "App "+apiKey, r.Header.Get("Authorization"))
			assert.Equal(t, "application/json", r.Header.Get("Content-Type"))
			var got struct {
				Messages []map[string]any `json:"messages"`
			}
			assert.NoError(t, json.Unmarshal(body, &got))
			if !assert.Len(t, got.Messages, 1) {
				return
			}
			m := otptest.Message()
			url := got.Messages[0]["webhooks"].(map[string]any)["delivery"].(map[string]any)["url"]
			assert.Regexp(t, `^https://otp\.example\.it/infobip\?t=`+m.ID+`\.[A-Za-z0-9_-]{22}$`, url)
			delete(got.Messages[0], "webhooks")
			assert.Equal(t, map[string]any{"sender": "INPS",
				"content": map[string]any{"text": m.Text.Reveal()},
				"destinations": []any{map[string]any{"to": strings.TrimPrefix(m.To.Reveal(), "+"),
					"messageId": m.ID}},
				"options": map[string]any{"validityPeriod": map[string]any{"amount": 600.0,
					"timeUnit": "SECONDS"}},
			}, got.Messages[0])
		},
		Refused: map[string]otptest.HTTPAnswer{
			"E400": {Status: 400, Body: problem("E400"), Class: otp.ClassRejected,
				Code: "E400"},
			"E401": {Status: 401, Body: problem("E401"), Class: otp.ClassAuth, Code: "E401"},
			"E403": {Status: 403, Body: problem("E403"), Class: otp.ClassAuth, Code: "E403"},
			"E500": {Status: 500, Body: problem("E500"), Code: "E500"},
			"429": {Status: 429, RetryAfter: "3", Body: problem("E429"),
				Class: otp.ClassThrottled, Code: "E429"},
			"too many": {Status: 429, RetryAfter: "3", Body: problem("TOO_MANY_REQUESTS"),
				Class: otp.ClassThrottled, Code: "TOO_MANY_REQUESTS"},
			"code is a number": {Status: 400, Body: `{"errorCode":400}`, Class: otp.ClassRejected,
				Code: "400"},
			"two messages": {Status: 200,
				Body: `{"messages":[{"messageId":"a","status":{"groupId":1,"id":7}},` +
					`{"messageId":"b","status":{"groupId":1,"id":7}}]}`},
			"group is a text": {Status: 200,
				Body: `{"messages":[{"messageId":"a","status":{"groupId":"1","id":7}}]}`},
			"group is missing":   {Status: 200, Body: `{"messages":[{"messageId":"a","status":{"id":7}}]}`},
			"no id":              {Status: 200, Body: `{"messages":[{"status":{"groupId":1,"id":7}}]}`},
			"unknown group":      {Status: 200, Body: answer(9, 7)},
			"undeliverable":      {Status: 200, Body: answer(2, 9), Class: otp.ClassUnavailable, Code: "9"},
			"expired":            {Status: 200, Body: answer(4, 15), Class: otp.ClassRejected, Code: "15"},
			"status of 7 digits": {Status: 200, Body: answer(5, 1234567), Class: otp.ClassRejected},
		},
	}
	for id, class := range documented {
		answers.Refused[fmt.Sprint("status ", id)] = otptest.HTTPAnswer{Status: 200, Body: answer(5, id),
			Class: class, Code: fmt.Sprint(id)}
	}
	setup := otptest.HTTPSender(func(baseURL string) otp.Sender { return sender(t, config(baseURL)) },
		answers)
	setup.Secrets = []string{apiKey, receiptKey}
	otptest.TestSender(t, setup)
}

func send(t *testing.T, body string, change func(*otp.Message, *infobip.Config),
	look func([]byte)) (otp.Submission, error) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b := make([]byte, r.ContentLength)
		_, _ = r.Body.Read(b)
		look(b)
		fmt.Fprint(w, body)
	}))
	defer server.Close()
	m, c := otptest.Message(), config(server.URL)
	change(&m, &c)
	return sender(t, c).Send(t.Context(), m)
}

// TestDuplicate checks that a known ID means that the first attempt arrived.
func TestDuplicate(t *testing.T) {
	got, err := send(t, answer(5, 23), func(*otp.Message, *infobip.Config) {}, func([]byte) {})
	require.NoError(t, err)
	assert.Equal(t, otp.Submission{Provider: "infobip", ProviderID: otptest.Message().ID}, got)
}

func TestBody(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*otp.Message, *infobip.Config)
		want   string
	}{
		"nearly over": {func(m *otp.Message, _ *infobip.Config) { m.Life = time.Millisecond },
			`"amount":1,`},
		"rounded down": {func(m *otp.Message, _ *infobip.Config) { m.Life = 61999 * time.Millisecond },
			`"amount":61,`},
		"for ever": {func(m *otp.Message, _ *infobip.Config) { m.Life = 1000 * time.Hour },
			`"amount":172800,`},
		"number sender": {func(_ *otp.Message, c *infobip.Config) { c.Senders[0].Value = "+3943900012345" },
			`"sender":"3943900012345"`},
		"no receipts": {func(_ *otp.Message, c *infobip.Config) { c.ReceiptURL = "" },
			`"timeUnit":"SECONDS"}}}]}`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := send(t, answer(1, 26), c.change,
				func(b []byte) { assert.Contains(t, string(b), c.want) })
			require.NoError(t, err)
		})
	}
}

func TestNew(t *testing.T) {
	for field, change := range map[string]func(*infobip.Config){
		"BaseURL is empty": func(c *infobip.Config) { c.BaseURL = "" },
		"BaseURL is not":   func(c *infobip.Config) { c.BaseURL = "xxxxx.api.infobip.com" },
		"APIKey":           func(c *infobip.Config) { c.APIKey = sms.Secret{} },
		"Senders is empty": func(c *infobip.Config) { c.Senders = nil },
		"no registration":  func(c *infobip.Config) { c.Senders[0].Registration = "" },
		"ReceiptURL":       func(c *infobip.Config) { c.ReceiptURL = "x" },
		"ReceiptKey":       func(c *infobip.Config) { c.ReceiptKey = sms.Secret{} },
		"Timeout":          func(c *infobip.Config) { c.Timeout = -1 },
	} {
		t.Run(field, func(t *testing.T) {
			c := config("https://xxxxx.api.infobip.com")
			change(&c)
			_, err := infobip.New(c)
			require.ErrorContains(t, err, field)
		})
	}
}

func TestReady(t *testing.T) {
	status := http.StatusOK
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		assert.Equal(t, "/account/1/balance", r.URL.String())
		assert.Equal(t, "App "+apiKey, r.Header.Get("Authorization"))
		w.WriteHeader(status)
		fmt.Fprint(w, `{"balance":47.8,"currency":"EUR"}`)
	}))
	defer server.Close()
	assert.NoError(t, sender(t, config(server.URL)).Ready(t.Context()))
	status = http.StatusForbidden
	assert.EqualError(t, sender(t, config(server.URL)).Ready(t.Context()),
		"send failed: rejected, infobip 403")
}

func TestSenderIDRefused(t *testing.T) {
	m := otptest.Message()
	m.To, _ = otp.ParsePhone("+41791234567")
	_, err := sender(t, config("http://127.0.0.1:1")).Send(t.Context(), m)
	require.EqualError(t, err, "send failed: sender id, infobip none")
}

func TestConfigIsSilent(t *testing.T) {
	var log strings.Builder
	c := config("https://xxxxx.api.infobip.com")
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "config", c, "sender", sender(t, c))
	shown := fmt.Sprintf("%v %+v %#v", c, c, c) + log.String()
	assert.NotContains(t, shown, apiKey)
	assert.NotContains(t, shown, receiptKey)
}
