package service_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httputil"
	"net/netip"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/benefit"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/api"
	"github.com/qr-invalidita/attesta/verifier/service"
	"github.com/qr-invalidita/attesta/verifier/service/servicetest"
)

// withoutIDs blanks what differs between any two answers: IDs, times, and the receipt, which contains both.
func withoutIDs(answer *http.Response, text string) string {
	header := answer.Header.Clone()
	for _, name := range []string{"Date", "RateLimit-Remaining", "RateLimit-Reset"} {
		header.Del(name)
	}
	text = regexp.MustCompile(`urn:attesta:answer:[A-Za-z0-9_-]+`).ReplaceAllString(text, "id")
	return fmt.Sprint(answer.StatusCode, header, withoutReceipt(text))
}

func withoutReceipt(text string) string {
	return regexp.MustCompile(`"receipt":"[^"]+"`).ReplaceAllString(text, `"receipt"`)
}

// A wrong codice fiscale and an unknown one get the same answer at every step, below the limit and above it.
// The service asks no part of the issuer about either.
func TestWrongIsLikeUnknown(t *testing.T) {
	answers := map[string][]string{}
	for _, cf := range []string{stranger, nobody} {
		asked := 0
		w := newWorld(t, func(w *world) {
			w.Config.VoidBefore = func(context.Context, codicefiscale.Code) (time.Time, error) {
				asked++
				return time.Time{}, nil
			}
		})
		for range 12 {
			answer, text := w.post(t, api.PathFirstLevel,
				body("qr", w.paper(t, person), "codice_fiscale", cf))
			answers[cf] = append(answers[cf], withoutIDs(answer, text), fmt.Sprint(len(text)))
			answer, text = w.post(t, api.PathSecondLevel,
				body("qr", w.paper(t, person), "codice_fiscale", cf, "organisation", "MUSEO", "purpose", "p",
					"scope", "detail"),
				"Authorization", "Bearer good", api.HeaderIdempotencyKey, "k")
			answers[cf] = append(answers[cf], withoutIDs(answer, text), fmt.Sprint(len(text)))
		}
		assert.Zero(t, asked)
		assert.Zero(t, w.Registry.Lookups())
		assert.Empty(t, w.Messages.Messages())
	}
	assert.Equal(t, answers[stranger], answers[nobody])
	assert.Contains(t, answers[nobody][0], `"cf_mismatch"`)
	assert.Contains(t, answers[nobody][2], `no_match`)
	assert.Contains(t, answers[nobody][20], `"rate_limited"`)
}

// Right answers count towards the limit of the address only.
func TestMatchesAreNotLimited(t *testing.T) {
	w := newWorld(t, nil)
	qr := w.paper(t, person)
	for range 30 {
		answer, text := w.post(t, api.PathFirstLevel, body("qr", qr, "codice_fiscale", person))
		require.Equal(t, http.StatusOK, answer.StatusCode, text)
	}
}

// An address may make 60 calls in a minute. A /64 counts as one address.
func TestCallLimit(t *testing.T) {
	var address netip.Addr
	w := newWorld(t, func(w *world) { w.Config.Address = func(*http.Request) netip.Addr { return address } })
	call := func(from string) (*http.Response, string) {
		address = netip.MustParseAddr(from)
		return w.post(t, api.PathFirstLevel, "{}")
	}
	for n := range 60 {
		answer, _ := call(fmt.Sprintf("2001:db8::%x", n))
		require.Equal(t, http.StatusBadRequest, answer.StatusCode)
		assert.Equal(t, fmt.Sprint(59-n), answer.Header.Get("RateLimit-Remaining"))
		assert.Equal(t, fmt.Sprint(n+1), answer.Header.Get("RateLimit-Reset"))
	}
	answer, _ := call("2001:db8::ffff")
	assert.Equal(t, http.StatusTooManyRequests, answer.StatusCode)
	assert.Equal(t, "1", answer.Header.Get("Retry-After"))
	answer, _ = call("2001:db8:0:1::1")
	assert.Equal(t, http.StatusBadRequest, answer.StatusCode)
}

// A caller that authenticates has the budget that the issuer grants, wherever it calls from, and leaves the
// limit of its address to others.
func TestCallBudget(t *testing.T) {
	const chain = "museums"
	w := newWorld(t, func(w *world) {
		w.Config.CallsPerMinute = 3
		w.Config.Address = func(r *http.Request) netip.Addr {
			return netip.MustParseAddr(r.Header.Get("Test-From"))
		}
		w.Config.Budget = func(r *http.Request) service.Budget {
			switch r.Header.Get("Test-Key") {
			case "chain":
				return service.Budget{Name: chain, CallsPerMinute: 5}
			case "small":
				return service.Budget{Name: "small"}
			case "faulty":
				return service.Budget{Name: "faulty", CallsPerMinute: -1}
			}
			return service.Budget{}
		}
	})
	call := func(n int, key string) *http.Response {
		from := fmt.Sprintf("192.0.2.%d", n)
		answer, text := w.post(t, api.PathFirstLevel, "{}", "Test-Key", key, "Test-From", from)
		assert.NotContains(t, text, chain)
		return answer
	}
	for _, test := range []struct {
		key   string
		limit int
		from  func(int) int
	}{
		{"", 3, func(int) int { return 1 }},
		{"chain", 5, func(int) int { return 1 }},
		{"small", 3, func(n int) int { return n }},
		{"wrong", 3, func(int) int { return 7 }},
	} {
		for n := range test.limit {
			answer := call(test.from(n), test.key)
			assert.Equal(t, http.StatusBadRequest, answer.StatusCode)
			assert.Equal(t, fmt.Sprint(test.limit), answer.Header.Get("RateLimit-Limit"))
			assert.Equal(t, fmt.Sprint(test.limit-1-n), answer.Header.Get("RateLimit-Remaining"))
		}
		assert.Equal(t, http.StatusTooManyRequests, call(test.from(99), test.key).StatusCode, test.key)
	}
	assert.Equal(t, http.StatusServiceUnavailable, call(1, "faulty").StatusCode)
	budget := service.Budget{Name: chain}
	assert.NotContains(t, fmt.Sprintf("%v %+v %#v %s", budget, budget, budget, budget), chain)

	direct := service.Caller{Budget: service.Budget{Name: "own pages"}}
	for range 3 {
		_, err := w.Service.FirstLevel(t.Context(), direct, api.FirstLevelRequest{})
		assert.Equal(t, api.MalformedRequest, problemOf(t, err))
	}
	_, err := w.Service.FirstLevel(t.Context(), direct, api.FirstLevelRequest{})
	assert.Equal(t, api.RateLimited, problemOf(t, err))
}

// At the first level, people who differ only in a percentage above 34 get the same answers to all requests.
func TestFirstLevelHidesPercentage(t *testing.T) {
	for _, policy := range []status.Policy{status.PolicyAny, status.PolicyCategories, status.PolicySubKinds} {
		var first []string
		for _, percent := range []int{34, 46, 66, 67, 74, 99} {
			degree := status.DegreeOverThird
			if percent > 66 {
				degree = status.DegreeOverTwoThirds
			}
			w := newWorld(t, func(w *world) {
				w.Config.Policy = policy
				w.Config.Limiter = unlimited{}
				record := servicetest.Invalid(percent, degree)
				w.Registry.Static.Records[must(codicefiscale.Parse(person))] = record
			})
			var answers []string
			ask := []string{"", "cinema"}
			for _, b := range benefit.Default().All() {
				ask = append(ask, b.ID)
			}
			for _, id := range ask {
				answer, text := w.post(t, api.PathFirstLevel,
					body("qr", w.paper(t, person), "codice_fiscale", person, "benefit", id))
				answers = append(answers, withoutIDs(answer, text))
			}
			if first == nil {
				first = answers
			}
			assert.Equal(t, first, answers, "%d %%", percent)
			assert.NotContains(t, fmt.Sprint(answers), "percent")
		}
	}
}

// recording records all that a desk receives.
type recording struct{ text strings.Builder }

func (r *recording) RoundTrip(q *http.Request) (*http.Response, error) {
	answer, err := http.DefaultTransport.RoundTrip(q)
	if err == nil {
		head, _ := httputil.DumpResponse(answer, true)
		r.text.Write(head)
	}
	return answer, err
}

// Calls with errors in every part leave no personal data in a log, an answer's header or a problem.
func TestFullRunLeaksNothing(t *testing.T) {
	w := newWorld(t, nil)
	received := &recording{}
	w.Client.Transport = received
	ctx, cf, qr := context.Background(), code(t, person), w.paper(t, person)
	w.Client.FirstLevel(ctx, qr, cf, verifier.FirstLevelOptions{})
	w.Client.FirstLevel(ctx, qr, code(t, nobody), verifier.FirstLevelOptions{})
	challenge, _ := w.Client.RequestSecondLevel(ctx, qr, cf, approve("benefit:ticket_c03"))
	require.NotNil(t, challenge)
	w.Client.Answer(ctx, qr, cf, reply(challenge, wrong(w)))
	w.Clock.Advance(time.Minute)
	w.Client.Resend(ctx, challenge.ID, qr, cf)
	w.Accesses.Fail = io.ErrUnexpectedEOF
	w.Client.Answer(ctx, qr, cf, reply(challenge, w.LastCode()))
	w.Accesses.Fail = nil
	challenge, _ = w.Client.RequestSecondLevel(ctx, qr, cf, approve("benefit:ticket_c03"))
	require.NotNil(t, challenge)
	r := w.Client.Answer(ctx, qr, cf, reply(challenge, w.LastCode()))
	assert.Equal(t, api.Confirmed, r.Verdict)
	text := withoutReceipt(received.text.String())
	w.noPersonalData(t, text, nil)
	assert.NotContains(t, text, "percent", "a benefit is yes or no")
	for _, verb := range []string{"%v", "%+v", "%#v"} {
		assert.NotContains(t, fmt.Sprintf(verb, w.Accesses.Records()), operator)
	}
}
