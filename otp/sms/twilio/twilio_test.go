package twilio_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/otp/otptest"
	"github.com/qr-invalidita/attesta/otp/sms"
	"github.com/qr-invalidita/attesta/otp/sms/twilio"
)

const (
	accountSID = "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	authToken  = "the-auth-token-of-the-account"
	voiceKey   = "a key for sealing, 32 bytes long."
)

func config(baseURL string) twilio.Config {
	return twilio.Config{
		Account: accountSID, AuthToken: sms.NewSecret(authToken),
		Senders:    sms.SenderIDs{{Value: "INPS", Prefix: "+39", Registration: "AGCOM-1"}},
		ReceiptURL: "https://otp.example.it/receipts",
		Voice: &twilio.Voice{From: "+390612345678", URL: "https://otp.example.it/voice",
			Key: sms.NewSecret(voiceKey)},
		BaseURL: baseURL,
	}
}

func sender(t testing.TB, c twilio.Config) *twilio.Sender {
	t.Helper()
	s, err := twilio.New(c)
	require.NoError(t, err)
	return s
}

const created = `{"account_sid":"` + accountSID +
	`","body":"","error_code":null,"error_message":null,"num_segments":"1",` +
	`"sid":"SM0123456789abcdef0123456789abcdef","status":"queued","to":"+39333XXXXXXX"}`

func TestSender(t *testing.T) {
	answers := otptest.HTTPAnswers{
		Accepted: otptest.HTTPAnswer{Status: 201, Body: created},
		Check: func(t *testing.T, r *http.Request, body []byte) {
			assert.Equal(t, "/2010-04-01/Accounts/"+accountSID+"/Messages.json", r.URL.Path)
			user, password, _ := r.BasicAuth()
			assert.Equal(t, accountSID+":"+authToken, user+":"+password)
			m := otptest.Message()
			want := url.Values{"To": {m.To.Reveal()}, "From": {"INPS"}, "Body": {m.Text.Reveal()},
				"ValidityPeriod": {"600"}, "SmartEncoded": {"true"}, "ContentRetention": {"discard"},
				"AddressRetention": {"obfuscate"},
				"StatusCallback":   {"https://otp.example.it/receipts?id=" + m.ID}}
			got, err := url.ParseQuery(string(body))
			assert.NoError(t, err)
			assert.Equal(t, want, got)
		},
		Refused: map[string]otptest.HTTPAnswer{
			"wrong type of code": {Status: 400, Body: `{"code":"21610"}`, Class: otp.ClassRejected,
				Code: "400"},
			"no sid":             {Status: 201, Body: `{"status":"queued","error_code":null}`},
			"sid is a number":    {Status: 201, Body: `{"sid":5,"status":"queued"}`},
			"error_code is text": {Status: 201, Body: strings.Replace(created, "null", `"30007"`, 1)},
			"failed at once": {Status: 201, Body: strings.Replace(created, "null", "30007", 1),
				Class: otp.ClassNotAllowed, Code: "30007"},
			"throttled": {Status: 429, RetryAfter: "2",
				Body:  `{"code":20429,"message":"","more_info":"","status":429}`,
				Class: otp.ClassThrottled, Code: "20429"},
		},
	}
	for code, class := range documented {
		status := http.StatusBadRequest
		if class == otp.ClassAmbiguous {
			status = http.StatusInternalServerError
		}
		answers.Refused[fmt.Sprint("code ", code)] = otptest.HTTPAnswer{Status: status, Class: class,
			Code: fmt.Sprint(code),
			Body: fmt.Sprintf(
				`{"code":%d,"message":"To +393331234567",`+
					`"more_info":"https://www.twilio.com/docs/errors/%d","status":%d}`, code, code, status)}
	}
	setup := otptest.HTTPSender(func(baseURL string) otp.Sender { return sender(t, config(baseURL)) },
		answers)
	setup.Secrets = []string{authToken, voiceKey}
	otptest.TestSender(t, setup)
}

// documented is the table of reference and dictionary, written down a second time.
var documented = map[int]otp.ErrorClass{
	14107: otp.ClassThrottled, 20429: otp.ClassThrottled, 21611: otp.ClassThrottled,
	20003: otp.ClassAuth, 20008: otp.ClassAuth,
	20500: otp.ClassAmbiguous,
	21211: otp.ClassInvalidRecipient, 21214: otp.ClassInvalidRecipient, 21217: otp.ClassInvalidRecipient,
	21265: otp.ClassInvalidRecipient, 21604: otp.ClassInvalidRecipient, 21614: otp.ClassInvalidRecipient,
	21635: otp.ClassInvalidRecipient,
	21215: otp.ClassNotAllowed, 21216: otp.ClassNotAllowed, 21408: otp.ClassNotAllowed,
	21608: otp.ClassNotAllowed, 21610: otp.ClassNotAllowed, 60410: otp.ClassNotAllowed,
	21210: otp.ClassSenderID, 21212: otp.ClassSenderID, 21603: otp.ClassSenderID, 21606: otp.ClassSenderID,
	21612: otp.ClassSenderID, 21659: otp.ClassSenderID, 21660: otp.ClassSenderID, 21661: otp.ClassSenderID,
	63038: otp.ClassBalance,
	21602: otp.ClassRejected, 21617: otp.ClassRejected, 21624: otp.ClassRejected, // not in our table
}

func TestNew(t *testing.T) {
	for field, change := range map[string]func(*twilio.Config){
		"Account":          func(c *twilio.Config) { c.Account = "AC1" },
		"AuthToken":        func(c *twilio.Config) { c.AuthToken = sms.Secret{} },
		"APIKey":           func(c *twilio.Config) { c.APIKey, c.APISecret = "x", sms.NewSecret("y") },
		"APISecret":        func(c *twilio.Config) { c.APIKey = "SKaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" },
		"MessagingService": func(c *twilio.Config) { c.MessagingService = "MG1" },
		"Senders and Mess": func(c *twilio.Config) { c.Senders = nil },
		"no registration":  func(c *twilio.Config) { c.Senders[0].Registration = "" },
		"ReceiptURL":       func(c *twilio.Config) { c.ReceiptURL = "otp.example.it" },
		"BaseURL":          func(c *twilio.Config) { c.BaseURL = "https://user:secret@api.example" },
		"Timeout":          func(c *twilio.Config) { c.Timeout = -1 },
		"Voice.From":       func(c *twilio.Config) { c.Voice.From = "INPS" },
		"Voice.URL":        func(c *twilio.Config) { c.Voice.URL = "https://otp.example.it/voice?a=b" },
		"Voice.Key":        func(c *twilio.Config) { c.Voice.Key = sms.NewSecret("short") },
		"Voice.Languages": func(c *twilio.Config) {
			c.Voice.Languages = map[string]twilio.Language{"xx": {Code: "xx-XX"}}
		},
		"Languages has an unk": func(c *twilio.Config) {
			c.Voice.Languages = map[string]twilio.Language{"it": {}}
		},
	} {
		t.Run(field, func(t *testing.T) {
			c := config("")
			change(&c)
			_, err := twilio.New(c)
			require.ErrorContains(t, err, field)
			assert.NotContains(t, err.Error(), "secret")
		})
	}
}

func TestCapabilities(t *testing.T) {
	assert.Equal(t, otp.Capabilities{Channels: []otp.Channel{otp.SMS, otp.Voice}, Life: true, Receipts: true,
		Alphanumeric: true},
		sender(t, config("")).Capabilities())
	c := config("")
	c.Voice, c.ReceiptURL, c.Senders[0].Value = nil, "", "+393399957500"
	assert.Equal(t, otp.Capabilities{Channels: []otp.Channel{otp.SMS}, Life: true},
		sender(t, c).Capabilities())
}

func TestForm(t *testing.T) {
	service := "MGaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	for name, c := range map[string]struct {
		config func(*twilio.Config)
		life   time.Duration
		want   map[string]string
	}{
		"service alone": {func(c *twilio.Config) { c.MessagingService, c.Senders = service, nil },
			time.Minute, map[string]string{"MessagingServiceSid": service, "From": "",
				"ValidityPeriod": "60"}},
		"service and sender": {func(c *twilio.Config) { c.MessagingService = service }, time.Minute,
			map[string]string{"MessagingServiceSid": service, "From": "INPS"}},
		"no receipts": {func(c *twilio.Config) { c.ReceiptURL = "" }, time.Minute,
			map[string]string{"StatusCallback": ""}},
		"content kept": {func(c *twilio.Config) { c.KeepContent = true }, time.Minute,
			map[string]string{"ContentRetention": "", "AddressRetention": ""}},
		"nearly over": {func(*twilio.Config) {}, time.Millisecond,
			map[string]string{"ValidityPeriod": "6"}},
		"rounded down": {func(*twilio.Config) {}, 61*time.Second + 999*time.Millisecond,
			map[string]string{"ValidityPeriod": "61"}},
		"longer than allowed": {func(*twilio.Config) {}, 24 * time.Hour,
			map[string]string{"ValidityPeriod": "36000"}},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				assert.NoError(t, r.ParseForm())
				for field, want := range c.want {
					assert.Equal(t, want, r.PostForm.Get(field), field)
				}
				w.WriteHeader(http.StatusCreated)
				w.Write([]byte(created))
			}))
			defer server.Close()
			cfg := config(server.URL)
			c.config(&cfg)
			m := otptest.Message()
			m.Life = c.life
			got, err := sender(t, cfg).Send(t.Context(), m)
			require.NoError(t, err)
			assert.Equal(t, otp.Submission{Provider: "twilio",
				ProviderID: "SM0123456789abcdef0123456789abcdef"}, got)
		})
	}
}

func TestAPIKey(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		assert.Equal(t, "SKaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa:the-secret", user+":"+password)
		assert.Equal(t, "/2010-04-01/Accounts/"+accountSID+"/Balance.json", r.URL.Path)
		w.Write([]byte(`{"balance":"0.00"}`))
	}))
	defer server.Close()
	c := config(server.URL)
	c.APIKey, c.APISecret = "SKaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", sms.NewSecret("the-secret")
	assert.NoError(t, sender(t, c).Ready(t.Context()))
}

func TestReadyRefused(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(
		func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(401) }))
	defer server.Close()
	assert.Equal(t, otp.ClassAuth, otp.ClassOf(sender(t, config(server.URL)).Ready(t.Context())))
}

func TestSenderIDRefused(t *testing.T) {
	c := config("http://127.0.0.1:1")
	c.Senders[0].ValidUntil = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	c.Now = func() time.Time { return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC) }
	_, err := sender(t, c).Send(t.Context(), otptest.Message())
	require.EqualError(t, err, "send failed: sender id, twilio ended")
}

func TestConfigIsSilent(t *testing.T) {
	var log strings.Builder
	c := config("")
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "config", c, "sender", sender(t, c))
	shown := fmt.Sprintf("%v %+v %#v", c, c, c) + log.String()
	assert.NotContains(t, shown, authToken)
	assert.NotContains(t, shown, voiceKey)
	_, err := json.Marshal(c.AuthToken)
	assert.ErrorIs(t, err, otp.ErrMarshal)
}
