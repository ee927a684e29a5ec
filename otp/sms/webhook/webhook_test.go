package webhook_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/otp/otptest"
	"github.com/qr-invalidita/attesta/otp/sms"
	"github.com/qr-invalidita/attesta/otp/sms/webhook"
)

const (
	key        = "a key for requests, 32 bytes long"
	receiptKey = "a key for receipts, 32 bytes long"
)

var now = time.Date(2026, 1, 15, 9, 0, 0, 0, time.UTC)

func config(baseURL string) webhook.Config {
	return webhook.Config{
		URL: baseURL + "/send", Key: sms.NewSecret(key), ReceiptKey: sms.NewSecret(receiptKey),
		Senders: sms.SenderIDs{{Value: "INPS", Prefix: "+39", Registration: "AGCOM-1"}},
		Now:     func() time.Time { return now },
	}
}

func sender(t testing.TB, c webhook.Config) *webhook.Sender {
	t.Helper()
	s, err := webhook.New(c)
	require.NoError(t, err)
	return s
}

// sign is the gateway's half of the signature.
func sign(key, id, timestamp, body string) string {
	m := hmac.New(sha256.New, []byte(key))
	m.Write([]byte(id + "." + timestamp + "." + body))
	return "v1," + base64.StdEncoding.EncodeToString(m.Sum(nil))
}

// documented repeats the list of the package comment.
var documented = map[string]otp.ErrorClass{
	"invalid_phone_number": otp.ClassInvalidRecipient, "rate_limited": otp.ClassThrottled,
	"unsupported_request": otp.ClassRejected, "authentication_failed": otp.ClassAuth,
	"delivery_rejected": otp.ClassNotAllowed, "no_credit": otp.ClassBalance,
	"sender_not_permitted": otp.ClassSenderID, "unavailable": otp.ClassUnavailable,
	"timeout": otp.ClassAmbiguous,
}

func TestSender(t *testing.T) {
	answers := otptest.HTTPAnswers{
		Accepted: otptest.HTTPAnswer{Status: 200, Body: `{"code":"ok","id":"gw-1"}`},
		Check: func(t *testing.T, r *http.Request, body []byte) {
			m := otptest.Message()
			assert.Equal(t, "/send", r.URL.String())
			assert.Equal(t, m.ID, r.Header.Get("Idempotency-Key"))
			id := r.Header.Get("Webhook-Id")
			assert.Equal(t, strings.Replace(m.ID, ".", ":", 1), id)
			assert.Equal(t, strconv.FormatInt(now.Unix(), 10), r.Header.Get("Webhook-Timestamp"))
			assert.Equal(t, sign(key, id, r.Header.Get("Webhook-Timestamp"), string(body)),
				r.Header.Get("Webhook-Signature"))
			assert.JSONEq(t,
				fmt.Sprintf(
					`{"id":%q,"channel":"sms","to":%q,"text":%q,"sender":"INPS","locale":"it",`+
						`"expires_at":"2026-01-15T09:10:00Z"}`,
					m.ID, m.To.Reveal(), m.Text.Reveal()), string(body))
		},
		Refused: map[string]otptest.HTTPAnswer{
			"no id":            {Status: 200, Body: `{"code":"ok"}`},
			"id is a sentence": {Status: 200, Body: `{"code":"ok","id":"sent to +393331234567"}`},
			"no code":          {Status: 200, Body: `{"id":"gw-1"}`},
			"unknown code":     {Status: 200, Body: `{"code":"fine","id":"gw-1"}`},
			"ok with an error": {Status: 400, Body: `{"code":"ok","id":"gw-1"}`, Class: otp.ClassRejected,
				Code: "400"},
			"ok with a failure": {Status: 500, Body: `{"code":"ok","id":"gw-1"}`},
			"limit with time": {Status: 429, RetryAfter: "9", Body: `{"code":"rate_limited"}`,
				Class: otp.ClassThrottled, Code: "rate_limited"},
		},
	}
	for code, class := range documented {
		for _, status := range []int{200, 400, 500} {
			answers.Refused[fmt.Sprint(code, " with ", status)] = otptest.HTTPAnswer{Status: status,
				Class: class, Code: code, Body: `{"code":"` + code + `"}`}
		}
	}
	setup := otptest.HTTPSender(func(baseURL string) otp.Sender { return sender(t, config(baseURL)) },
		answers)
	setup.Secrets = []string{key, receiptKey}
	otptest.TestSender(t, setup)
}

// TestIdempotent checks that a gateway that closes a kept connection gets the message again,
// with the same id and signature.
func TestIdempotent(t *testing.T) {
	var seen []string
	var calls atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		seen = append(seen, r.Header.Get("Idempotency-Key")+r.Header.Get("Webhook-Signature")+string(body))
		if calls.Add(1) == 2 {
			c, _, err := http.NewResponseController(w).Hijack()
			assert.NoError(t, err)
			c.Close()
			return
		}
		io.WriteString(w, `{"code":"ok","id":"gw-1"}`)
	}))
	defer server.Close()
	s := sender(t, config(server.URL))
	for range 2 {
		_, err := s.Send(t.Context(), otptest.Message())
		require.NoError(t, err)
	}
	require.Len(t, seen, 3)
	assert.Equal(t, seen[1], seen[2])
}

func TestVoice(t *testing.T) {
	var body []byte
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ = io.ReadAll(r.Body)
		io.WriteString(w, `{"code":"ok","id":"gw-1"}`)
	}))
	defer server.Close()
	c := config(server.URL)
	c.Channels, c.Senders, c.Name = []otp.Channel{otp.Voice}, nil, "our-gateway"
	m := otptest.Message()
	m.Channel, m.Text = otp.Voice, otp.Text{}
	for private, want := range map[bool]string{false: `"extent":"yes_no"`, true: `"private":true`} {
		m.Private = private
		got, err := sender(t, c).Send(t.Context(), m)
		require.NoError(t, err)
		assert.Equal(t, otp.Submission{Provider: "our-gateway", ProviderID: "gw-1"}, got)
		assert.JSONEq(t, fmt.Sprintf(`{"id":%q,"channel":"voice","to":%q,"code":"482913",`+
			`"comparison":"47",%s,"locale":"it","expires_at":"2026-01-15T09:10:00Z"}`,
			m.ID, m.To.Reveal(), want), string(body))
	}
	assert.Equal(t, otp.Capabilities{Channels: []otp.Channel{otp.Voice}, Life: true, Receipts: true},
		sender(t, c).Capabilities())
}

func TestNew(t *testing.T) {
	for field, change := range map[string]func(*webhook.Config){
		"Name":            func(c *webhook.Config) { c.Name = "our gateway" },
		"URL":             func(c *webhook.Config) { c.URL = "gateway.example/send" },
		"Key is shorter":  func(c *webhook.Config) { c.Key = sms.NewSecret("short") },
		"Key is not base": func(c *webhook.Config) { c.Key = sms.NewSecret("whsec_%") },
		"ReceiptKey is s": func(c *webhook.Config) {
			c.ReceiptKey = sms.NewSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
		},
		"ReceiptKey equals K": func(c *webhook.Config) { c.ReceiptKey = c.Key },
		"Channels":            func(c *webhook.Config) { c.Channels = []otp.Channel{otp.List} },
		"no registration":     func(c *webhook.Config) { c.Senders[0].Registration = "" },
		"Timeout":             func(c *webhook.Config) { c.Timeout = -1 },
	} {
		t.Run(field, func(t *testing.T) {
			c := config("https://gateway.example")
			change(&c)
			_, err := webhook.New(c)
			require.ErrorContains(t, err, field)
		})
	}
}

func TestSenderIDRefused(t *testing.T) {
	m := otptest.Message()
	m.To, _ = otp.ParsePhone("+41791234567")
	_, err := sender(t, config("http://127.0.0.1:1")).Send(t.Context(), m)
	require.EqualError(t, err, "send failed: sender id, webhook none")
}

func TestConfigIsSilent(t *testing.T) {
	var log strings.Builder
	c := config("https://gateway.example")
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "config", c, "sender", sender(t, c))
	shown := fmt.Sprintf("%v %+v %#v", c, c, c) + log.String()
	assert.NotContains(t, shown, key)
	assert.NotContains(t, shown, receiptKey)
}

func Example() {
	gateway := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Println(r.Header.Get("Idempotency-Key"))
		fmt.Fprint(w, `{"code":"ok","id":"gw-1"}`)
	}))
	defer gateway.Close()
	sender, err := webhook.New(webhook.Config{
		Name: "our-gateway",
		URL:  gateway.URL,
		Key:  sms.NewSecret("whsec_" + base64.StdEncoding.EncodeToString(make([]byte, 32))), // from a vault
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	sent, err := sender.Send(context.Background(), otptest.Message())
	fmt.Println(sent, err)
	// Output:
	// Qm9yc2FMdW5nYUFiY2RlZmdoaWprbG1ub3Bx.1
	// {our-gateway gw-1} <nil>
}
