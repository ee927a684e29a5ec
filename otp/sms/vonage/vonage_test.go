package vonage_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
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

const (
	secret     = "the-api-secret"
	receiptKey = "a key for receipts, 32 bytes long"
)

func config(baseURL string) vonage.Config {
	return vonage.Config{
		APIKey: "abcd1234", APISecret: sms.NewSecret(secret),
		Senders:    sms.SenderIDs{{Value: "INPS", Prefix: "+39", Registration: "AGCOM-1"}},
		ReceiptURL: "https://otp.example.it/vonage", ReceiptKey: sms.NewSecret(receiptKey),
		BaseURL: baseURL,
	}
}

func sender(t testing.TB, c vonage.Config) *vonage.Sender {
	t.Helper()
	s, err := vonage.New(c)
	require.NoError(t, err)
	return s
}

func part(status string) string {
	return `{"to":"39333XXXXXXX","message-id":"0A0000000123ABCD1","status":"` + status +
		`","remaining-balance":"3.14","network":"22201"}`
}

func parts(p ...string) string {
	return fmt.Sprintf(`{"message-count":"%d","messages":[%s]}`, len(p), strings.Join(p, ","))
}

// documented repeats the provider's table, independently of the package.
var documented = map[string]otp.ErrorClass{
	"1": otp.ClassThrottled, "2": otp.ClassRejected, "3": otp.ClassRejected, "4": otp.ClassAuth,
	"5": otp.ClassAmbiguous, "6": otp.ClassInvalidRecipient, "7": otp.ClassNotAllowed, "8": otp.ClassBalance,
	"9": otp.ClassBalance, "10": otp.ClassThrottled, "11": otp.ClassAuth, "12": otp.ClassRejected,
	"14": otp.ClassAuth, "15": otp.ClassSenderID, "22": otp.ClassRejected,
	"23": otp.ClassRejected, "29": otp.ClassNotAllowed, "32": otp.ClassAuth, "33": otp.ClassInvalidRecipient,
	"99": otp.ClassRejected, // not in the table
}

func TestSender(t *testing.T) {
	answers := otptest.HTTPAnswers{
		Accepted: otptest.HTTPAnswer{Status: 200, Body: parts(part("0"))},
		Check: func(t *testing.T, r *http.Request, body []byte) {
			assert.Equal(t, "/sms/json", r.URL.String())
			m := otptest.Message()
			got, err := url.ParseQuery(string(body))
			assert.NoError(t, err)
			assert.Regexp(t, `^https://otp\.example\.it/vonage\?t=`+m.ID+`\.[A-Za-z0-9_-]{22}$`,
				got.Get("callback"))
			got.Del("callback")
			assert.Equal(t, url.Values{"api_key": {"abcd1234"}, "api_secret": {secret}, "from": {"INPS"},
				"to": {strings.TrimPrefix(m.To.Reveal(), "+")}, "text": {m.Text.Reveal()}, "type": {"text"},
				"ttl": {"600000"}, "client-ref": {m.ID}, "status-report-req": {"true"}}, got)
		},
		Refused: map[string]otptest.HTTPAnswer{
			"no messages":        {Status: 200, Body: parts()},
			"status is a number": {Status: 200, Body: `{"messages":[{"status":0,"message-id":"A"}]}`},
			"status is a word":   {Status: 200, Body: parts(part("ok"))},
			"status is negative": {Status: 200, Body: parts(part("-1"))},
			"no id":              {Status: 200, Body: `{"messages":[{"status":"0"}]}`},
			"second part barred": {Status: 200, Body: parts(part("0"), part("7")), Code: "7"},
			"echo in status":     {Status: 200, Body: parts(part("393331234567 482913"))},
		},
	}
	for status, class := range documented {
		answers.Refused["part "+status] = otptest.HTTPAnswer{Status: 200, Class: class, Code: status,
			Body: parts(`{"status":"` + status + `","error-text":"to 393331234567"}`)}
	}
	setup := otptest.HTTPSender(func(baseURL string) otp.Sender { return sender(t, config(baseURL)) },
		answers)
	setup.Secrets = []string{secret, receiptKey}
	otptest.TestSender(t, setup)
}

// TestCodesAreComplete compares our list with the provider's own document.
func TestCodesAreComplete(t *testing.T) {
	folder := os.Getenv("ATTESTA_CONTRACTS")
	if folder == "" {
		t.Skip("ATTESTA_CONTRACTS is not set")
	}
	b, err := os.ReadFile(filepath.Join(folder, "vonage-sms.json"))
	require.NoError(t, err)
	var doc struct {
		Errors map[string]any `json:"x-errors"`
	}
	require.NoError(t, json.Unmarshal(b, &doc))
	require.Greater(t, len(doc.Errors), 15)
	for code := range doc.Errors {
		assert.Contains(t, documented, code)
	}
}

func TestNew(t *testing.T) {
	for field, change := range map[string]func(*vonage.Config){
		"APIKey":           func(c *vonage.Config) { c.APIKey = "abc" },
		"APISecret":        func(c *vonage.Config) { c.APISecret = sms.Secret{} },
		"Senders is empty": func(c *vonage.Config) { c.Senders = nil },
		"no registration":  func(c *vonage.Config) { c.Senders[0].Registration = "" },
		"ReceiptURL":       func(c *vonage.Config) { c.ReceiptURL = "https://otp.example.it/?a=b" },
		"ReceiptKey":       func(c *vonage.Config) { c.ReceiptKey = sms.NewSecret("short") },
		"SignatureMethod":  func(c *vonage.Config) { c.SignatureSecret = sms.NewSecret("x") },
		"BaseURL":          func(c *vonage.Config) { c.BaseURL = "ftp://rest.nexmo.com" },
		"Timeout":          func(c *vonage.Config) { c.Timeout = -1 },
		"neither sha256 nor": func(c *vonage.Config) {
			c.SignatureSecret,
				c.SignatureMethod = sms.NewSecret("x"), "md5hash"
		},
	} {
		t.Run(field, func(t *testing.T) {
			c := config("")
			change(&c)
			_, err := vonage.New(c)
			require.ErrorContains(t, err, field)
		})
	}
}

func TestForm(t *testing.T) {
	for name, c := range map[string]struct {
		config  func(*vonage.Config)
		message func(*otp.Message)
		want    map[string]string
	}{
		"nearly over": {nil, func(m *otp.Message) { m.Life = time.Millisecond },
			map[string]string{"ttl": "20000"}},
		"rounded down": {nil, func(m *otp.Message) { m.Life = 61999 * time.Millisecond },
			map[string]string{"ttl": "61000"}},
		"for ever": {nil, func(m *otp.Message) { m.Life = 1000 * time.Hour },
			map[string]string{"ttl": "604800000"}},
		"not GSM-7": {nil, func(m *otp.Message) { m.Text = otp.NewText("482913 č") },
			map[string]string{"type": "unicode"}},
		"no receipts": {func(c *vonage.Config) { c.ReceiptURL = "" }, nil,
			map[string]string{"callback": "", "status-report-req": "false"}},
		"number sender": {func(c *vonage.Config) { c.Senders[0].Value = "+3943900012345" }, nil,
			map[string]string{"from": "3943900012345"}},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				assert.NoError(t, r.ParseForm())
				for field, want := range c.want {
					assert.Equal(t, want, r.PostForm.Get(field), field)
				}
				w.Write([]byte(parts(part("0"))))
			}))
			defer server.Close()
			cfg, m := config(server.URL), otptest.Message()
			if c.config != nil {
				c.config(&cfg)
			}
			if c.message != nil {
				c.message(&m)
			}
			got, err := sender(t, cfg).Send(t.Context(), m)
			require.NoError(t, err)
			assert.Equal(t, otp.Submission{Provider: "vonage", ProviderID: "0A0000000123ABCD1"}, got)
		})
	}
}

func TestReady(t *testing.T) {
	status := http.StatusOK
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		assert.Equal(t, "/account/get-balance", r.URL.String(), "no secret in the address")
		user, password, _ := r.BasicAuth()
		assert.Equal(t, "abcd1234:"+secret, user+":"+password)
		w.WriteHeader(status)
		w.Write([]byte(`{"value":10.28,"autoReload":false}`))
	}))
	defer server.Close()
	assert.NoError(t, sender(t, config(server.URL)).Ready(t.Context()))
	status = http.StatusUnauthorized
	assert.Equal(t, otp.ClassAuth, otp.ClassOf(sender(t, config(server.URL)).Ready(t.Context())))
}

func TestSenderIDRefused(t *testing.T) {
	m := otptest.Message()
	m.To, _ = otp.ParsePhone("+41791234567")
	_, err := sender(t, config("http://127.0.0.1:1")).Send(t.Context(), m)
	require.EqualError(t, err, "send failed: sender id, vonage none")
}

func TestConfigIsSilent(t *testing.T) {
	var log strings.Builder
	c := config("")
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "config", c, "sender", sender(t, c))
	shown := fmt.Sprintf("%v %+v %#v", c, c, c) + log.String()
	assert.NotContains(t, shown, secret)
	assert.NotContains(t, shown, receiptKey)
}
