package httpsend_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/otp/otptest"
	"github.com/qr-invalidita/attesta/otp/sms"
	"github.com/qr-invalidita/attesta/otp/sms/httpsend"
)

func client(t *testing.T, c *http.Client, timeout time.Duration) *httpsend.Client {
	t.Helper()
	out, err := httpsend.New("p", c, timeout)
	require.NoError(t, err)
	return out
}

func TestCode(t *testing.T) {
	for code, want := range map[string]string{
		"": "", "21610": "21610", "E401": "E401", "invalid_phone_number": "invalid_phone_number",
		"a.b-c": "a.b-c", "482913": "", "E482913": "", "393331234567": "", "+39": "", "a b": "", "è": "",
		"a\n": "", "12345.12345": "12345.12345", strings.Repeat("a", 32): strings.Repeat("a", 32),
		strings.Repeat("a", 33): "",
	} {
		assert.Equal(t, want, httpsend.Code(code), "%q", code)
	}
}

func TestID(t *testing.T) {
	for id, want := range map[string]string{
		"": "", "SM0123": "SM0123", "a:b.c_d-e": "a:b.c_d-e", "a b": "", "+39": "", "è": "", "a\n": "",
		strings.Repeat("1", 64): strings.Repeat("1", 64), strings.Repeat("1", 65): "",
	} {
		assert.Equal(t, want, httpsend.ID(id), "%q", id)
	}
}

func TestDecode(t *testing.T) {
	for body, want := range map[string]bool{`{"a":"x"}`: true, " {} \n": true, "null": true, "": false,
		"{}{}": false, "{} x": false, "{": false, `{"a":1}`: false, "[]": false} {
		var v struct{ A string }
		assert.Equal(t, want, httpsend.Decode([]byte(body), &v), "%q", body)
	}
}

func TestBaseURL(t *testing.T) {
	for base, want := range map[string]string{
		"": "https://fallback.example", "https://a.example": "https://a.example",
		"http://127.0.0.1:80/": "http://127.0.0.1:80", "http://a.example": "", "http://10.0.0.7": "",
		"https://a.example/b/": "https://a.example/b",
		"a.example":            "", "ftp://a.example": "", "https://": "", "https://u:secret@a.example": "",
		"https://a.example?q": "", "https://a.example#f": "", "https://a.example?": "",
		"https://a.example/#": "", "%": "", "https://a b": "",
	} {
		got, err := httpsend.BaseURL(base, "https://fallback.example")
		assert.Equal(t, want, got, "%q", base)
		assert.Equal(t, want == "", err != nil, "%q", base)
		if err != nil {
			assert.NotContains(t, err.Error(), "secret")
		}
	}
}

func TestSeconds(t *testing.T) {
	assert.Equal(t, 599, httpsend.Seconds(10*time.Minute-1, 1, 1000))
	assert.Equal(t, 6, httpsend.Seconds(0, 6, 1000))
	assert.Equal(t, 1000, httpsend.Seconds(time.Hour, 6, 1000))
}

func TestCheck(t *testing.T) {
	c := client(t, nil, 0)
	m := otptest.Message()
	assert.NoError(t, c.Check(m, otp.SMS))
	assert.NoError(t, c.Check(m, otp.Voice, otp.SMS))
	assert.Equal(t, otp.ClassRejected, otp.ClassOf(c.Check(m, otp.Voice)))
	assert.Equal(t, otp.ClassRejected, otp.ClassOf(c.Check(m)))
	m.Channel, m.Text = otp.Voice, otp.Text{}
	assert.NoError(t, c.Check(m, otp.Voice), "a voice needs no text")
	m.Code = otp.Code{}
	assert.Equal(t, otp.ClassRejected, otp.ClassOf(c.Check(m, otp.Voice)))
}

func TestRefuse(t *testing.T) {
	classes := map[string]otp.ErrorClass{"busy": otp.ClassThrottled, "late": otp.ClassAmbiguous}
	c := client(t, nil, 0)
	for _, row := range []struct {
		status int
		code   string
		want   otp.SendError
	}{
		{400, "busy", otp.SendError{Class: otp.ClassThrottled, Code: "busy", RetryAfter: time.Second}},
		{400, "late", otp.SendError{Class: otp.ClassAmbiguous, Code: "late"}},
		{400, "other", otp.SendError{Class: otp.ClassRejected, Code: "other"}},
		{400, "", otp.SendError{Class: otp.ClassRejected, Code: "400"}},
		{400, "482913 is your code", otp.SendError{Class: otp.ClassRejected}},
		{401, "", otp.SendError{Class: otp.ClassAuth, Code: "401"}},
		{403, "", otp.SendError{Class: otp.ClassRejected, Code: "403"}},
		{429, "", otp.SendError{Class: otp.ClassThrottled, Code: "429", RetryAfter: time.Second}},
		{499, "", otp.SendError{Class: otp.ClassRejected, Code: "499"}},
		{500, "", otp.SendError{Class: otp.ClassAmbiguous, Code: "500"}},
		{302, "", otp.SendError{Class: otp.ClassAmbiguous, Code: "302"}},
		{200, "", otp.SendError{Class: otp.ClassAmbiguous, Code: "200"}},
	} {
		row.want.Provider = "p"
		assert.Equal(t, row.want, *c.Refuse(httpsend.Answer{Status: row.status, RetryAfter: time.Second},
			row.code, classes))
	}
}

func TestAnswer(t *testing.T) {
	for name, c := range map[string]struct {
		header string
		body   string
		wait   time.Duration
		ok     bool
	}{
		"as it is":   {"7", "x", 7 * time.Second, true},
		"longest":    {"", strings.Repeat("x", 64<<10), 0, true},
		"too long":   {"", strings.Repeat("x", 64<<10+1), 0, false},
		"negative":   {"-7", "x", 0, true},
		"a date":     {"Thu, 15 Jan 2026 09:00:00 GMT", "x", 0, true},
		"a century":  {"3153600000", "x", time.Hour, true},
		"beyond int": {"99999999999999999999", "x", 0, true},
		"fraction":   {"1.5", "x", 0, true},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Retry-After", c.header)
				io.WriteString(w, c.body)
			}))
			defer server.Close()
			req, err := http.NewRequest(http.MethodGet, server.URL, nil)
			require.NoError(t, err)
			a, err := client(t, nil, 0).Do(t.Context(), req)
			require.NoError(t, err)
			assert.Equal(t, c.wait, a.RetryAfter)
			if c.ok {
				assert.Equal(t, c.body, string(a.Body))
				assert.NoError(t, a.Err)
			} else {
				assert.Nil(t, a.Body)
				assert.Error(t, a.Err)
			}
		})
	}
}

// TestOwnTimeout checks that a caller without a deadline does not wait for ever. It runs in a
// synctest bubble, so a slow machine cannot use up the time before a connection is made.
func TestOwnTimeout(t *testing.T) {
	tests := map[string]struct {
		dial func(ctx context.Context, network, address string) (net.Conn, error)
		want otp.ErrorClass
	}{
		"no connection": {func(context.Context, string, string) (net.Conn, error) {
			time.Sleep(time.Minute) // net/http does not cancel it together with the request
			return nil, errors.New("refused")
		}, otp.ClassUnavailable},
		"no answer": {func(context.Context, string, string) (net.Conn, error) {
			ours, theirs := net.Pipe()
			go io.Copy(io.Discard, theirs)
			return ours, nil
		}, otp.ClassAmbiguous},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := client(t, &http.Client{Transport: &http.Transport{DialContext: test.dial}},
					50*time.Millisecond)
				req, err := http.NewRequest(http.MethodGet, "http://provider.example", nil)
				require.NoError(t, err)
				start := time.Now()
				_, err = c.Do(context.Background(), req)
				assert.ErrorIs(t, err, context.DeadlineExceeded)
				assert.Equal(t, test.want, otp.ClassOf(err))
				assert.Equal(t, 50*time.Millisecond, time.Since(start))
				time.Sleep(time.Minute) // until the dial ends: time stops with this goroutine
			})
		})
	}
	_, err := httpsend.New("p", nil, -1)
	assert.EqualError(t, err, "p: Timeout is negative")
}

// TestAddressIsHidden checks that errors do not quote the address, which names the account, as
// those of net/http do.
func TestAddressIsHidden(t *testing.T) {
	for name, address := range map[string]string{"refused": "http://127.0.0.1:1/account",
		"no such host": "http://account.invalid/account", "no scheme": "x://h/account"} {
		req, err := http.NewRequest(http.MethodGet, address, nil)
		require.NoError(t, err)
		_, err = client(t, nil, 0).Do(t.Context(), req)
		require.Error(t, err, name)
		assert.Equal(t, otp.ClassUnavailable, otp.ClassOf(err), name)
		assert.NotContains(t, errors.Unwrap(err).Error(), "/account", name)
	}
}

// TestForeignClient checks that a client's transport is used, and its cookies and redirects
// are not.
func TestForeignClient(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		assert.Empty(t, r.Cookies())
		assert.Equal(t, "yes", r.Header.Get("Seen"))
		http.SetCookie(w, &http.Cookie{Name: "a", Value: "b"})
		http.Redirect(w, r, "/elsewhere", http.StatusFound)
	}))
	defer server.Close()
	c := client(t, &http.Client{Timeout: time.Nanosecond,
		Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
			r.Header.Set("Seen", "yes")
			return http.DefaultTransport.RoundTrip(r)
		})}, 0)
	for range 2 {
		req, err := http.NewRequest(http.MethodGet, server.URL, nil)
		require.NoError(t, err)
		a, err := c.Do(t.Context(), req)
		require.NoError(t, err)
		assert.Equal(t, http.StatusFound, a.Status)
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestCallback(t *testing.T) {
	cb := httpsend.Callback{URL: "https://otp.example.it/r", Key: sms.NewSecret(strings.Repeat("k", 32))}
	require.NoError(t, cb.Check())
	address := cb.For("p", "a.1")
	ask := func(cb httpsend.Callback, provider, address string) (string, error) {
		return cb.MessageID(provider, httptest.NewRequest(http.MethodPost, address, nil))
	}
	id, err := ask(cb, "p", address)
	require.NoError(t, err)
	assert.Equal(t, "a.1", id)
	for name, try := range map[string]func() (string, error){
		"another provider": func() (string, error) { return ask(cb, "q", address) },
		"another key": func() (string, error) {
			return ask(httpsend.Callback{URL: cb.URL, Key: sms.NewSecret(strings.Repeat("x", 32))}, "p",
				address)
		},
		"no key": func() (string, error) {
			return ask(httpsend.Callback{URL: cb.URL}, "p", httpsend.Callback{URL: cb.URL}.For("p", "a.1"))
		},
		"shortened": func() (string, error) { return ask(cb, "p", address[:len(address)-1]) },
		"no id":     func() (string, error) { return ask(cb, "p", cb.For("p", "")) },
		"no dot":    func() (string, error) { return ask(cb, "p", cb.URL+"?t=a") },
		"too long":  func() (string, error) { return ask(cb, "p", cb.For("p", strings.Repeat("a", 300))) },
	} {
		id, err := try()
		assert.ErrorIs(t, err, sms.ErrSignature, name)
		assert.Empty(t, id, name)
	}
	assert.ErrorContains(t, httpsend.Callback{URL: "x"}.Check(), "ReceiptURL")
	assert.ErrorContains(t, httpsend.Callback{URL: cb.URL, Key: sms.NewSecret("short")}.Check(), "ReceiptKey")
	assert.NoError(t, httpsend.Callback{}.Check(), "off")
}

func TestSingle(t *testing.T) {
	got, err := httpsend.Single("a=1&b=%C3%A8&c")
	require.NoError(t, err)
	assert.Equal(t, map[string]string{"a": "1", "b": "è", "c": ""}, got)
	for _, bad := range []string{"a=1&a=2", "%", "a=%zz", "a;b"} {
		_, err := httpsend.Single(bad)
		assert.ErrorIs(t, err, sms.ErrReceipt, bad)
	}
}
