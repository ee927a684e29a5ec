// Package httpsend makes the HTTP call of an SMS provider's adapter as [otp.Sender] asks: one
// attempt, no redirect, a bounded answer, and an error that says whether the message may have been
// sent and shows neither number, code nor text. All adapters of this project that speak HTTP are
// built on it.
//
// An adapter's New calls [Setup.Open] or [New]. Its Send calls [Client.Check], makes a request with
// [Form] or [JSON], sends it with [Client.Do], and returns a submission, [Client.Refuse] or
// [Client.Unreadable]. The example is a whole adapter. [Callback] makes and checks the addresses for
// delivery receipts of a provider that does not sign them.
//
// The package does not know a provider's codes. If the provider refuses a message in an answer of
// success, the adapter has to find that.
package httpsend

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/qr-invalidita/attesta/otp"
)

// maxBody is the maximum length of an answer or a receipt in bytes.
const maxBody = 64 << 10

// defaultTimeout limits one call. It is longer than what a router allows an attempt (4 s).
const defaultTimeout = 10 * time.Second

// A Client makes the calls of one adapter. It is safe for concurrent use.
type Client struct {
	provider string
	timeout  time.Duration
	http     http.Client
}

// New returns a client that uses c's transport and never its cookies or redirects. If c is
// nil, it makes a transport. A timeout of 0 means 10 seconds.
func New(provider string, c *http.Client, timeout time.Duration) (*Client, error) {
	if timeout < 0 {
		return nil, errors.New(provider + ": Timeout is negative")
	}
	if timeout == 0 {
		timeout = defaultTimeout
	}
	var transport http.RoundTripper
	if c != nil {
		transport = c.Transport
	} else if t, ok := http.DefaultTransport.(*http.Transport); ok {
		t = t.Clone()
		t.MaxResponseHeaderBytes = maxBody
		transport = t
	}
	return &Client{provider, timeout, http.Client{Transport: transport,
		// Return the redirect itself: a message must not be posted elsewhere.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}, nil
}

// An Answer is a provider's answer.
type Answer struct {
	Status     int
	RetryAfter time.Duration // of a 429 or 503; 0 if it names none
	// Body is nil if it was longer than 64 KiB or could not be read to its end. Then Err is the
	// reason.
	Body []byte
	Err  error
}

var errTooLong = errors.New("answer is longer than 64 KiB")

// Do sends req once. If no connection was made, the error is of class unavailable, otherwise
// ambiguous. Do does not consider whether bytes of the body were written, because at a
// deadline net/http may still be about to write them.
func (c *Client) Do(ctx context.Context, req *http.Request) (Answer, error) {
	var connected atomic.Bool
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	if err := ctx.Err(); err != nil {
		return Answer{}, c.Fail(otp.ClassUnavailable, "", err)
	}
	req = req.WithContext(httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { connected.Store(true) },
	}))
	resp, err := c.http.Do(req)
	if err != nil {
		class := otp.ClassUnavailable
		if connected.Load() {
			class = otp.ClassAmbiguous
		}
		return Answer{}, c.Fail(class, "", bare(err))
	}
	defer resp.Body.Close()
	a := Answer{Status: resp.StatusCode, RetryAfter: retryAfter(resp.Header.Get("Retry-After"))}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	switch {
	case err != nil:
		a.Err = bare(err)
	case len(body) > maxBody:
		a.Err = errTooLong
	default:
		a.Body = body
	}
	return a, nil
}

// bare drops the address that [url.Error] quotes, because it names the account.
func bare(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// Fail returns a [*otp.SendError] of the client's provider.
func (c *Client) Fail(class otp.ErrorClass, code string, err error) *otp.SendError {
	return &otp.SendError{Class: class, Provider: c.provider, Code: Code(code), Err: err}
}

// Refuse returns the error for an answer that is not a success. classes maps the documented
// codes. For any other code the status decides: 401 is auth, 429 throttled, another 4xx
// rejected, everything else ambiguous.
func (c *Client) Refuse(a Answer, code string, classes map[string]otp.ErrorClass) *otp.SendError {
	class, known := classes[code]
	if !known {
		switch {
		case a.Status == http.StatusUnauthorized:
			class = otp.ClassAuth
		case a.Status == http.StatusTooManyRequests:
			class = otp.ClassThrottled
		case a.Status >= 400 && a.Status <= 499:
			class = otp.ClassRejected
		default:
			class = otp.ClassAmbiguous
		}
	}
	if code == "" {
		code = strconv.Itoa(a.Status)
	}
	e := c.Fail(class, code, a.Err)
	if class == otp.ClassThrottled {
		e.RetryAfter = a.RetryAfter
	}
	return e
}

// Unreadable returns the error for a successful answer that is not in the documented form.
func (c *Client) Unreadable(a Answer) *otp.SendError {
	return c.Fail(otp.ClassAmbiguous, "unreadable", a.Err)
}

// Code returns code if it is a valid provider's code, otherwise "". A valid code has at most
// 32 letters, digits and . _ -, and no run of digits as long as a one-time code or a number.
func Code(code string) string {
	run := 0
	for _, r := range code {
		switch {
		case r >= '0' && r <= '9':
			if run++; run > 5 {
				return ""
			}
		case r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || strings.ContainsRune("._-", r):
			run = 0
		default:
			return ""
		}
	}
	if len(code) > 32 {
		return ""
	}
	return code
}

// ID returns id if it is a valid provider's ID of a message, otherwise "". A valid ID has at
// most 64 letters, digits and . _ : -.
func ID(id string) string {
	if len(id) > 64 || strings.ContainsFunc(id, func(r rune) bool {
		return !(r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' ||
			strings.ContainsRune("._:-", r))
	}) {
		return ""
	}
	return id
}

// Decode reads exactly one JSON value from b into v and reports whether it succeeded.
func Decode(b []byte, v any) bool {
	d := json.NewDecoder(bytes.NewReader(b))
	if d.Decode(v) != nil {
		return false
	}
	_, err := d.Token()
	return err == io.EOF
}

// retryAfter reads a number of seconds (RFC 9110 10.2.3), at most an hour. It ignores the form
// with a date, which depends on the provider's clock.
func retryAfter(s string) time.Duration {
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 {
		return 0
	}
	return time.Duration(min(n, 3600)) * time.Second
}
