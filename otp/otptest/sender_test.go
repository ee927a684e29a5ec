package otptest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/otp/otptest"
)

// plain is a correct sender without a provider, except for the fault that it is given.
type plain struct {
	url, fault string
	secret     string
}

func (p plain) Send(ctx context.Context, m otp.Message) (otp.Submission, error) {
	fail := func(class otp.ErrorClass, err error) (otp.Submission, error) {
		if p.fault == "untyped" {
			return otp.Submission{}, err
		}
		return otp.Submission{}, &otp.SendError{Class: class, Provider: "plain", Err: err}
	}
	switch {
	case m.To.IsZero():
		return fail(otp.ClassInvalidRecipient, nil)
	case m.Channel != otp.SMS || m.Text.IsZero() || m.Life <= 0 && p.fault != "sends the dead":
		return fail(otp.ClassRejected, nil)
	case ctx.Err() != nil:
		return fail(otp.ClassUnavailable, ctx.Err())
	}
	if p.fault == "no deadline" {
		ctx = context.WithoutCancel(ctx)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url, strings.NewReader(m.Text.Reveal()))
	if err != nil {
		return fail(otp.ClassRejected, err)
	}
	client := http.Client{Timeout: 4 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error {
			if p.fault == "redirects" {
				return nil
			}
			return http.ErrUseLastResponse
		}}
	defer client.CloseIdleConnections()
	resp, err := client.Do(req)
	if err != nil {
		refused := strings.Contains(err.Error(), "refused") || strings.Contains(err.Error(), "tls") ||
			strings.HasPrefix(p.url, "https:")
		if refused && p.fault != "refused is ambiguous" || p.fault == "all unavailable" {
			return fail(otp.ClassUnavailable, errors.Unwrap(err))
		}
		return fail(otp.ClassAmbiguous, errors.Unwrap(err))
	}
	defer resp.Body.Close()
	limit := int64(1 << 16)
	if p.fault == "reads all" {
		limit = 1 << 40
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, limit))
	switch {
	case p.fault == "keeps the text" && resp.StatusCode == 400:
		return fail(otp.ClassRejected, errors.New(string(body)))
	case resp.StatusCode == 401:
		return fail(otp.ClassAuth, nil)
	case resp.StatusCode == 429:
		wait, _ := time.ParseDuration(resp.Header.Get("Retry-After") + "s")
		return otp.Submission{}, &otp.SendError{Class: otp.ClassThrottled, Provider: "plain",
			RetryAfter: wait}
	case resp.StatusCode >= 500 && p.fault == "5xx is definite",
		resp.StatusCode >= 400 && resp.StatusCode < 500:
		return fail(otp.ClassRejected, nil)
	case resp.StatusCode == 201 && (p.fault == "any body is good" || string(body) == `{"id":"x"}`):
		return otp.Submission{Provider: "plain", ProviderID: "x"}, nil
	}
	if p.fault == "200 is definite" {
		return fail(otp.ClassRejected, nil)
	}
	return fail(otp.ClassAmbiguous, err)
}

func (p plain) ParseReceipts(r *http.Request) ([]otp.Receipt, error) {
	if p.fault == "takes any receipt" {
		return []otp.Receipt{{MessageID: r.FormValue("id")}}, nil
	}
	if p.fault == "reads any receipt" {
		io.Copy(io.Discard, io.LimitReader(r.Body, 1<<24))
	}
	return nil, errors.New("none")
}

func suite(fault string) otptest.SenderSetup {
	s := otptest.HTTPSender(func(baseURL string) otp.Sender {
		p := plain{url: baseURL, fault: fault}
		if fault == "shows its secret" {
			p.secret = "open sesame"
		}
		return p
	}, otptest.HTTPAnswers{Accepted: otptest.HTTPAnswer{Status: 201, Body: `{"id":"x"}`}})
	s.Secrets = []string{"another secret", "open sesame"}
	return s
}

// TestSender runs the suite with the fault that the environment names.
func TestSender(t *testing.T) { otptest.TestSender(t, suite(os.Getenv("OTPTEST_FAULT"))) }

// TestSenderFindsFaults runs the suite on senders with one fault each and checks that it fails
// in the right place, and for a leak that it says which secret leaks where.
func TestSenderFindsFaults(t *testing.T) {
	for fault, want := range map[string]struct{ place, message string }{
		"untyped":              {"TestSender/refusals", "is not a *otp.SendError"},
		"no deadline":          {"TestSender/deadline/silent", ""},
		"redirects":            {"TestSender/refusals/redirects", ""},
		"refused is ambiguous": {"TestSender/breaks/dead", ""},
		"all unavailable":      {"TestSender/breaks/drops_last", ""},
		"reads all":            {"TestSender/breaks/floods", "32 MiB"},
		"keeps the text": {"TestSender/refusals/status_400,_echo",
			"the wrapped error, a *errors.errorString, shows the phone's number when it is printed "},
		"5xx is definite":  {"TestSender/refusals/status_503", ""},
		"any body is good": {"TestSender/refusals/success,_a_page", ""},
		"200 is definite":  {"TestSender/mutilated_answers", ""},
		"sends the dead":   {"TestSender/impossible_messages/no_life_left", ""},
		"shows its secret": {"TestSender/accepts",
			"the sender, a otptest_test.plain, shows Secrets[1] when it is printed with %v"},
		"takes any receipt": {"TestSender/foreign_receipts", "a receipt comes with an error"},
		"reads any receipt": {"TestSender/foreign_receipts", "read too much of a receipt"},
	} {
		t.Run(fault, func(t *testing.T) {
			run := exec.Command(os.Args[0], "-test.run=^"+strings.ReplaceAll(want.place, "/", "$/^")+"$",
				"-test.timeout=60s")
			run.Env = append(os.Environ(), "OTPTEST_FAULT="+fault)
			out, err := run.CombinedOutput()
			var exit *exec.ExitError
			require.ErrorAs(t, err, &exit, "the suite did not fail: %s", out)
			assert.Contains(t, string(out), "--- FAIL: "+want.place)
			assert.Contains(t, string(out), want.message)
			assert.NotContains(t, string(out), "open sesame")
		})
	}
}

func ExampleHTTPSender() {
	setup := otptest.HTTPSender(func(baseURL string) otp.Sender { return plain{url: baseURL} },
		otptest.HTTPAnswers{Accepted: otptest.HTTPAnswer{Status: 201, Body: `{"id":"x"}`}})
	fmt.Println(setup.Refusals["status 429"].RetryAfter)
	// In a test: otptest.TestSender(t, setup)
	// Output: 7s
}
