package vonage_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/otp/otptest"
	"github.com/qr-invalidita/attesta/otp/sms/internal/contract"
)

// TestContract sends our requests to Vonage's own document, which begins below /sms.
func TestContract(t *testing.T) {
	base := contract.Prism(t, "vonage-sms.json")
	form := func(change func(url.Values)) func(*http.Request) { return contract.Form(t, change) }
	for name, c := range map[string]struct {
		change func(*http.Request)
		status int
		wrong  []string
	}{
		"as we send it":  {func(*http.Request) {}, 200, nil},
		"no recipient":   {form(func(v url.Values) { v.Del("to") }), 422, []string{"body"}},
		"no key":         {form(func(v url.Values) { v.Del("api_key") }), 422, []string{"body"}},
		"short number":   {form(func(v url.Values) { v.Set("to", "39333") }), 422, []string{"to", "to"}},
		"ttl in seconds": {form(func(v url.Values) { v.Set("ttl", "600") }), 422, []string{"ttl"}},
		"ttl as text":    {form(func(v url.Values) { v.Set("ttl", "10m") }), 422, []string{"ttl"}},
		"wrong type":     {form(func(v url.Values) { v.Set("type", "gsm") }), 422, []string{"type"}},
		"wrong report": {form(func(v url.Values) { v.Set("status-report-req", "1") }), 422,
			[]string{"status-report-req"}},
		"plain text":      {func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") }, 415, nil},
		"XML":             {func(r *http.Request) { r.URL.Path = "/sms/xml" }, 422, []string{"format"}},
		"wrong verb":      {func(r *http.Request) { r.Method = http.MethodPut }, 405, nil},
		"no such address": {func(r *http.Request) { r.URL.Path = "/sms/json/x" }, 404, nil},
	} {
		t.Run(name, func(t *testing.T) {
			recorder := &contract.Recorder{Change: func(r *http.Request) {
				c.change(r)
				r.URL.Path = strings.TrimPrefix(r.URL.Path, "/sms")
			}}
			cfg := config(base)
			cfg.Client, cfg.Timeout = &http.Client{Transport: recorder}, time.Minute
			_, err := sender(t, cfg).Send(t.Context(), otptest.Message())
			assert.Equal(t, c.status, recorder.Status)
			assert.Equal(t, c.wrong, recorder.Violations)
			if c.status == 200 {
				require.NoError(t, err)
			} else {
				require.Error(t, err)
				assert.Equal(t, otp.ClassRejected.String(), otp.ClassOf(err).String())
			}
		})
	}
}
