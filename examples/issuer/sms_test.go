package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/cli"
)

const masked = "s&gr=to/0123456789012345678901234567890123456789"

// smsFile writes a file with the settings of every provider, with changes.
func smsFile(t *testing.T, changes ...string) string {
	t.Helper()
	lines := []string{"# a comment", "",
		"SMS_SENDER=ENTE", "SMS_SENDER_REGISTRATION = 12345",
		"TWILIO_ACCOUNT=AC00000000000000000000000000000000", "TWILIO_AUTH_TOKEN=" + masked,
		"VONAGE_API_KEY=abcd1234", "VONAGE_API_SECRET=" + masked,
		"INFOBIP_BASE_URL=https://xx.api.infobip.com", "INFOBIP_API_KEY=" + masked,
		"COMMIFY_BRAND=skebby", "COMMIFY_USER_KEY=u", "COMMIFY_ACCESS_TOKEN=" + masked,
		"SMPP_ADDRESS=centre.example:3550", "SMPP_SYSTEM_ID=ente", "SMPP_PASSWORD=" + masked,
		"WEBHOOK_URL=https://gateway.example/sms", "WEBHOOK_KEY=" + masked,
	}
	path := filepath.Join(t.TempDir(), "sms.env")
	require.NoError(t, os.WriteFile(path, []byte(strings.Join(append(lines, changes...), "\n")), 0o600))
	return path
}

// only keeps the settings of one provider, since unknown ones are refused.
func only(t *testing.T, path, provider string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	lines := slices.DeleteFunc(strings.Split(string(data), "\n"), func(line string) bool {
		return !strings.HasPrefix(line, "SMS_") && !strings.HasPrefix(line, strings.ToUpper(provider)+"_")
	})
	require.NoError(t, os.WriteFile(path, []byte(strings.Join(lines, "\n")), 0o600))
	return path
}

func TestSMSDryRunShowsTheRequest(t *testing.T) {
	hosts := map[string]string{"twilio": "api.twilio.com", "vonage": "rest.nexmo.com",
		"infobip": "xx.api.infobip.com", "commify": "api.skebby.it", "webhook": "gateway.example"}
	for provider, host := range hosts {
		t.Run(provider, func(t *testing.T) {
			out := must(t, "sms", "send", "-provider", provider, "-to", "+393510000067", "-dry-run",
				"-config", only(t, smsFile(t), provider), "-text", "ciao")
			assert.Contains(t, out, "https://"+host+"\nPOST ")
			assert.Contains(t, out, "393510000067")
			assert.Contains(t, out, "ciao")
			assert.Contains(t, out, "ENTE")
			assert.NotContains(t, out, masked)
			assert.NotContains(t, out, "s%26gr")
		})
	}
}

func TestSMSDryRunShowsThePDU(t *testing.T) {
	out := must(t, "sms", "send", "-provider", "smpp", "-to", "+393510000067", "-dry-run", "-config",
		only(t, smsFile(t), "smpp"), "-text", "ciao")
	assert.Contains(t, out, "centre.example:3550\nbind_transceiver")
	assert.Contains(t, out, "submit_sm")
	assert.Contains(t, out, "ciao")
	assert.NotContains(t, out, masked[:8])
}

func TestSMSSends(t *testing.T) {
	var got http.Header
	gateway := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r.Header
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusAccepted)
		w.Write([]byte(`{"code":"ok","id":"abc"}`))
	}))
	defer gateway.Close()
	t.Setenv("WEBHOOK_URL", gateway.URL) // the environment overrides the file
	out := must(t, "sms", "send", "-provider", "webhook", "-to", "+393510000067", "-config",
		only(t, smsFile(t), "webhook"))
	assert.Contains(t, out, "Accepted by webhook")
	assert.NotEmpty(t, got.Get("Webhook-Signature"))

	gateway.Close()
	code, _, errs := run(t, "sms", "send", "-provider", "webhook", "-to", "+393510000067", "-config",
		only(t, smsFile(t), "webhook"))
	assert.Equal(t, cli.Failure, code)
	assert.Contains(t, errs, "unavailable")
	assert.NotContains(t, errs, "393510000067")
}

func TestSMSNamesWhatIsWrong(t *testing.T) {
	good := func(t *testing.T, changes ...string) []string {
		return []string{"-provider", "twilio", "-to", "+393510000067", "-config",
			only(t, smsFile(t, changes...), "twilio")}
	}
	open := only(t, smsFile(t), "twilio")
	require.NoError(t, os.Chmod(open, 0o644))
	tests := []struct {
		name, want string
		args       []string
	}{
		{"no provider", "-provider is one of twilio", []string{"-to", "+393510000067"}},
		{"unknown provider", "-provider is one of", []string{"-provider", "pigeon", "-to", "+393510000067"}},
		{"bad number", "-to: phone number", []string{"-provider", "twilio", "-to", "351 0000067"}},
		{"wrong field", "Account is not AC", good(t, "TWILIO_ACCOUNT=XX")},
		{"no sender", "Senders and MessagingService are both empty", good(t, "SMS_SENDER=")},
		{"unknown setting", ":5: unknown setting TWILIO_TOKEN", good(t, "TWILIO_TOKEN=1")},
		{"no setting", ":5: not a line NAME=value", good(t, "TWILIO_ACCOUNT")},
		{"open file", "chmod 600", []string{"-provider", "twilio", "-to", "+393510000067", "-config", open}},
		{"no file", "no such file", []string{"-provider", "twilio", "-to", "+393510000067", "-config",
			open + "x"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			code, out, errs := run(t, append([]string{"sms", "send", "-dry-run"}, test.args...)...)
			assert.Equal(t, cli.Usage, code)
			assert.Contains(t, errs, test.want)
			assert.Empty(t, out)
			assert.NotContains(t, errs, masked)
		})
	}
	code, out, errs := run(t, append([]string{"sms", "send", "-dry-run"},
		good(t, "SMS_SENDER_REGISTRATION=")...)...)
	assert.Equal(t, cli.Failure, code, "a name that the Italian register does not hold for +39")
	assert.Contains(t, errs, "unregistered")
	assert.Empty(t, out)
	for _, args := range [][]string{{"sms"}, {"sms", "receive"}} {
		code, _, _ := run(t, args...)
		assert.Equal(t, cli.Usage, code)
	}
}
