package commify_test

import (
	"context"
	"fmt"
	"io"
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
	"github.com/qr-invalidita/attesta/otp/sms/commify"
)

const token = "the-access-token-of-the-account"

func config(baseURL string) commify.Config {
	return commify.Config{
		Brand: commify.Skebby, UserKey: "user-key", AccessToken: sms.NewSecret(token),
		Senders: sms.SenderIDs{{Value: "INPS", Prefix: "+39", Registration: "AGCOM-1"}},
		BaseURL: baseURL,
	}
}

func sender(t testing.TB, c commify.Config) *commify.Sender {
	t.Helper()
	s, err := commify.New(c)
	require.NoError(t, err)
	return s
}

// documented repeats the provider's table, independently of the package.
var documented = map[string]otp.ErrorClass{
	"TOOM4USER": otp.ClassThrottled, "TOOM4NUM": otp.ClassThrottled,
	"UNKNRCPT": otp.ClassInvalidRecipient, "UNKNPFX": otp.ClassInvalidRecipient,
	"INVALIDDST": otp.ClassInvalidRecipient, "BLACKLISTED": otp.ClassNotAllowed,
	"KO": otp.ClassRejected, "INVALIDCONTENTS": otp.ClassRejected, "ERROR": otp.ClassRejected,
	"DEMO": otp.ClassRejected,
}

func TestSender(t *testing.T) {
	id := otptest.Message().ID
	answers := otptest.HTTPAnswers{
		Accepted: otptest.HTTPAnswer{Status: 201, Body: `{"result":"OK","order_id":"` + id +
			`","total_sent":1}`},
		Check: func(t *testing.T, r *http.Request, body []byte) {
			assert.Equal(t, "/API/v1.0/REST/sms", r.URL.String())
			assert.Equal(t, "user-key", r.Header.Get("user_key"))
			assert.Equal(t, token, r.Header.Get("Access_token"))
			m := otptest.Message()
			assert.JSONEq(t,
				fmt.Sprintf(
					`{"message_type":"GP","message":%q,"recipient":[%q],"sender":"INPS",`+
						`"order_id":%q,"encoding":"gsm"}`,
					m.Text.Reveal(), m.To.Reveal(), m.ID), string(body))
		},
		Refused: map[string]otptest.HTTPAnswer{
			"no order": {Status: 201, Body: `{"result":"OK","total_sent":0}`,
				Class: otp.ClassRejected, Code: "total_sent.0"},
			"another order": {Status: 201, Body: `{"result":"OK","order_id":"x","total_sent":1}`},
			"nothing sent": {Status: 201, Body: `{"result":"OK","order_id":"` + id +
				`","total_sent":0}`, Class: otp.ClassRejected, Code: "total_sent.0"},
			"less than nothing": {Status: 201, Body: `{"result":"OK","total_sent":-1}`,
				Class: otp.ClassRejected},
			"count missing":   {Status: 201, Body: `{"result":"OK"}`},
			"count is a text": {Status: 201, Body: `{"result":"OK","total_sent":"1"}`},
			"unknown result":  {Status: 201, Body: `{"result":"+393331234567"}`},
			"400 with reason": {Status: 400, Body: `{"result":"INVALIDDST"}`,
				Class: otp.ClassInvalidRecipient, Code: "INVALIDDST"},
			"400 with text": {Status: 400, Body: `{"result":"recipient +393331234567 invalid"}`,
				Class: otp.ClassRejected},
			"401":                 {Status: 401, Body: `{"result":"KO"}`, Class: otp.ClassAuth},
			"404 unknown user":    {Status: 404, Body: ``, Class: otp.ClassAuth},
			"200 is no success":   {Status: 200, Body: `{"result":"OK","total_sent":1}`},
			"status 404, a page":  {Status: 404, Body: "<html>not found</html>", Class: otp.ClassAuth},
			"status 500 with KO ": {Status: 500, Body: `{"result":"KO"}`},
		},
	}
	for code, class := range documented {
		answers.Refused["result "+code] = otptest.HTTPAnswer{Status: 201, Body: `{"result":"` + code + `"}`,
			Class: class, Code: code}
	}
	setup := otptest.HTTPSender(func(baseURL string) otp.Sender { return sender(t, config(baseURL)) },
		answers)
	setup.Secrets = []string{token}
	otptest.TestSender(t, setup)
}

// transport answers every request and keeps the last one.
type transport struct {
	status int
	body   string
	last   *http.Request
	sent   string
}

func (f *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	f.last = r
	if r.Body != nil {
		b, _ := io.ReadAll(r.Body)
		f.sent = string(b)
	}
	return &http.Response{StatusCode: f.status, Header: http.Header{},
		Body: io.NopCloser(strings.NewReader(f.body)), Request: r}, nil
}

func TestBrands(t *testing.T) {
	for brand, want := range map[commify.Brand]struct{ host, kind string }{
		commify.Skebby: {"api.skebby.it", "GP"}, commify.Aruba: {"smspanel.aruba.it", "N"},
		commify.Mobyt: {"app.mobyt.it", "N"}, commify.Trendoo: {"api.trendoo.net", "N"},
		commify.SMSend: {"app.gateway.smsend.it", "N"},
	} {
		t.Run(string(brand), func(t *testing.T) {
			f := &transport{status: 201, body: `{"result":"OK","total_sent":1}`}
			c := config("")
			c.Brand, c.Client = brand, &http.Client{Transport: f}
			m := otptest.Message()
			m.Text = otp.NewText("482913 č")
			got, err := sender(t, c).Send(t.Context(), m)
			require.NoError(t, err)
			assert.Equal(t, otp.Submission{Provider: string(brand), ProviderID: m.ID}, got)
			assert.Equal(t, "https://"+want.host+"/API/v1.0/REST/sms", f.last.URL.String())
			assert.Contains(t, f.sent, `"message_type":"`+want.kind+`"`)
			assert.Contains(t, f.sent, `"encoding":"ucs2"`)

			c.MessageType = "TI"
			_, err = sender(t, c).Send(t.Context(), m)
			require.NoError(t, err)
			assert.Contains(t, f.sent, `"message_type":"TI"`)
		})
	}
}

func TestReceipt(t *testing.T) {
	state := func(status string) string {
		return `{"recipient_number":1,"result":"OK","recipients":[{"status":"` + status +
			`","destination":"+393331234567","delivery_date":"20260715110007"}]}`
	}
	for _, c := range []struct {
		status string
		want   otp.Receipt
	}{
		{"SCHEDULED", otp.Receipt{Delivery: otp.DeliveryAccepted}},
		{"WAITING", otp.Receipt{Delivery: otp.DeliveryAccepted}},
		{"SENT", otp.Receipt{Delivery: otp.DeliveryAccepted}},
		{"WAIT4DLVR", otp.Receipt{Delivery: otp.DeliveryAccepted}},
		{"DLVRD", otp.Receipt{Delivery: otp.DeliveryDelivered}},
		{"TIMEOUT", otp.Receipt{Delivery: otp.DeliveryExpired}},
		{"ERROR", otp.Receipt{Delivery: otp.DeliveryFailed, Class: otp.ClassRejected}},
		{"TOOM4USER", otp.Receipt{Delivery: otp.DeliveryFailed, Class: otp.ClassThrottled}},
		{"TOOM4NUM", otp.Receipt{Delivery: otp.DeliveryFailed, Class: otp.ClassThrottled}},
		{"UNKNRCPT", otp.Receipt{Delivery: otp.DeliveryFailed, Class: otp.ClassInvalidRecipient}},
		{"UNKNPFX", otp.Receipt{Delivery: otp.DeliveryFailed, Class: otp.ClassInvalidRecipient}},
		{"INVALIDDST", otp.Receipt{Delivery: otp.DeliveryFailed, Class: otp.ClassInvalidRecipient}},
		{"BLACKLISTED", otp.Receipt{Delivery: otp.DeliveryFailed, Class: otp.ClassNotAllowed}},
		{"KO", otp.Receipt{Delivery: otp.DeliveryFailed, Class: otp.ClassRejected}},
		{"INVALIDCONTENTS", otp.Receipt{Delivery: otp.DeliveryFailed, Class: otp.ClassRejected}},
		{"DEMO", otp.Receipt{Delivery: otp.DeliveryFailed, Class: otp.ClassRejected}},
	} {
		t.Run(c.status, func(t *testing.T) {
			f := &transport{status: 200, body: state(c.status)}
			cfg := config("")
			cfg.Client = &http.Client{Transport: f}
			c.want.MessageID, c.want.Provider, c.want.ProviderID = "a/b.1", "skebby", "a/b.1"
			c.want.At = time.Date(2026, 7, 15, 9, 0, 7, 0, time.UTC)
			if c.want.Delivery == otp.DeliveryFailed {
				c.want.Code = c.status
			}
			got, err := sender(t, cfg).Receipt(t.Context(), "a/b.1")
			require.NoError(t, err)
			assert.Equal(t, c.want, got)
			assert.Equal(t, "https://api.skebby.it/API/v1.0/REST/sms/a%2Fb.1", f.last.URL.String())
			assert.Equal(t, []string{token}, f.last.Header["Access_token"])
		})
	}
	for body, class := range map[string]otp.ErrorClass{
		"": 0, "{}": 0, "null": 0, `{"recipients":[]}`: 0, `{"recipients":[{"status":"+393331234567"}]}`: 0,
		`{"recipients":[{"status":1}]}`: 0, `{"recipients":[{"status":"DLVRD"},{"status":"KO"}]}`: 0,
	} {
		cfg := config("")
		cfg.Client = &http.Client{Transport: &transport{status: 200, body: body}}
		got, err := sender(t, cfg).Receipt(t.Context(), "a.1")
		require.Error(t, err)
		assert.Zero(t, got)
		assert.Equal(t, class, otp.ClassOf(err), body)
		assert.NotContains(t, err.Error(), "393331234567")
	}
	cfg := config("")
	cfg.Client = &http.Client{Transport: &transport{status: 401}}
	_, err := sender(t, cfg).Receipt(t.Context(), "a.1")
	assert.Equal(t, otp.ClassAuth, otp.ClassOf(err))
}

// FuzzReceipt checks that the result is either a receipt of the requested message with a known
// delivery or an error, never both.
func FuzzReceipt(f *testing.F) {
	f.Add(`{"recipients":[{"status":"DLVRD","delivery_date":"20260715110007"}]}`)
	f.Add(`{"recipients":[{"status":"BLACKLISTED"}]}`)
	f.Add(`{"recipients":[{"status":null,"delivery_date":7}]}`)
	answer := &transport{status: 200}
	c := config("")
	c.Client = &http.Client{Transport: answer}
	s, err := commify.New(c)
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, body string) {
		answer.body = body
		got, err := s.Receipt(t.Context(), "a.1")
		if err != nil && got != (otp.Receipt{}) {
			t.Fatal("a receipt comes with an error")
		}
		if err == nil && (got.MessageID != "a.1" || got.Delivery < otp.DeliveryAccepted ||
			got.Delivery > otp.DeliveryExpired || len(got.Code) > 32) {
			t.Fatalf("%+v", got)
		}
	})
}

func TestNew(t *testing.T) {
	for field, change := range map[string]func(*commify.Config){
		"Brand":            func(c *commify.Config) { c.Brand = "Skebby" },
		"UserKey":          func(c *commify.Config) { c.UserKey = "" },
		"AccessToken":      func(c *commify.Config) { c.AccessToken = sms.Secret{} },
		"Senders is empty": func(c *commify.Config) { c.Senders = nil },
		"no registration":  func(c *commify.Config) { c.Senders[0].Registration = "" },
		"BaseURL":          func(c *commify.Config) { c.BaseURL = "x" },
		"Timeout":          func(c *commify.Config) { c.Timeout = -1 },
	} {
		t.Run(field, func(t *testing.T) {
			c := config("")
			change(&c)
			_, err := commify.New(c)
			require.ErrorContains(t, err, field)
		})
	}
}

func TestReady(t *testing.T) {
	f := &transport{status: 200, body: "{}"}
	c := config("")
	c.Client = &http.Client{Transport: f}
	assert.NoError(t, sender(t, c).Ready(t.Context()))
	assert.Equal(t, "https://api.skebby.it/API/v1.0/REST/status", f.last.URL.String())
	f.status = http.StatusNotFound
	assert.EqualError(t, sender(t, c).Ready(t.Context()), "send failed: auth, skebby 404")
}

func TestSenderIDRefused(t *testing.T) {
	m := otptest.Message()
	m.To, _ = otp.ParsePhone("+41791234567")
	_, err := sender(t, config("http://127.0.0.1:1")).Send(t.Context(), m)
	require.EqualError(t, err, "send failed: sender id, skebby none")
}

func TestConfigIsSilent(t *testing.T) {
	var log strings.Builder
	c := config("")
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "config", c, "sender", sender(t, c))
	assert.NotContains(t, fmt.Sprintf("%v %+v %#v", c, c, c)+log.String(), token)
}

func Example() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusCreated)
		fmt.Fprint(w, `{"result":"OK","order_id":"`+otptest.Message().ID+`","total_sent":1}`)
	}))
	defer server.Close()
	sender, err := commify.New(commify.Config{
		Brand:       commify.Aruba,
		UserKey:     "the user key",
		AccessToken: sms.NewSecret("from a vault"),
		Senders:     sms.SenderIDs{{Value: "INPS", Prefix: "+39", Registration: "alias.agcom.it 12345"}},
		BaseURL:     server.URL,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	sent, err := sender.Send(context.Background(), otptest.Message())
	fmt.Println(sent.Provider, err)
	// Output: aruba <nil>
}
