package twilio_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/otp/otptest"
	"github.com/qr-invalidita/attesta/otp/sms/internal/contract"
)

// TestContract sends our requests to Twilio's own document. It covers messages only, not
// calls.
func TestContract(t *testing.T) {
	base := contract.Prism(t, "twilio-messages.json")
	form := func(change func(url.Values)) func(*http.Request) { return contract.Form(t, change) }
	for name, c := range map[string]struct {
		change func(*http.Request)
		status int
		wrong  []string
		class  otp.ErrorClass
	}{
		"as we send it": {nil, 201, nil, 0},
		"no recipient": {form(func(v url.Values) { v.Del("To") }), 422, []string{"body"},
			otp.ClassRejected},
		"wrong validity": {form(func(v url.Values) { v.Set("ValidityPeriod", "10m") }), 422,
			[]string{"ValidityPeriod"}, otp.ClassRejected},
		"wrong retention": {form(func(v url.Values) { v.Set("ContentRetention", "forget") }), 422,
			[]string{"ContentRetention"}, otp.ClassRejected},
		"wrong retention2": {form(func(v url.Values) { v.Set("AddressRetention", "discard") }), 422,
			[]string{"AddressRetention"}, otp.ClassRejected},
		"wrong callback": {form(func(v url.Values) { v.Set("StatusCallback", "no url") }), 422,
			[]string{"StatusCallback"}, otp.ClassRejected},
		"wrong account": {func(r *http.Request) {
			r.URL.Path = "/2010-04-01/Accounts/ABaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/Messages.json"
		}, 422, []string{"accountsid"}, otp.ClassRejected},
		"no credentials": {func(r *http.Request) { r.Header.Del("Authorization") }, 401, nil,
			otp.ClassAuth},
		"plain text": {func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") }, 415, nil,
			otp.ClassRejected},
		"no such resource": {func(r *http.Request) {
			r.URL.Path = "/2010-04-01/Accounts/" + accountSID +
				"/Message.json"
		}, 404, nil, otp.ClassRejected},
	} {
		t.Run(name, func(t *testing.T) {
			recorder := &contract.Recorder{Change: c.change}
			cfg := config(base)
			cfg.Client = &http.Client{Transport: recorder}
			cfg.Timeout = time.Minute
			_, err := sender(t, cfg).Send(t.Context(), otptest.Message())
			assert.Equal(t, c.status, recorder.Status)
			assert.Equal(t, c.wrong, recorder.Violations)
			if c.status == 201 {
				require.NoError(t, err)
			} else {
				require.Error(t, err)
				assert.Equal(t, c.class.String(), otp.ClassOf(err).String())
			}
		})
	}
}
