package service_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/internal/race"
	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/api"
	"github.com/qr-invalidita/attesta/verifier/service"
	"github.com/qr-invalidita/attesta/verifier/service/servicetest"
)

// guesser tries codici fiscali on one document from many addresses. It has verified the document, so that
// many guesses take little time.
type guesser struct {
	*servicetest.Body
	paper  string
	claims token.Claims
}

func newGuesser(t testing.TB, change ...func(*servicetest.Body)) *guesser {
	b := servicetest.New(t, append([]func(*servicetest.Body){func(b *servicetest.Body) {
		b.Config.CallsPerMinute = 100_000
	}}, change...)...)
	return (&guesser{Body: b}).with(t, b.Paper(t, code(t, person)))
}

// with returns a guesser of another document of the same body.
func (g *guesser) with(t testing.TB, paper string) *guesser {
	jws, err := token.FromQRText(paper)
	require.NoError(t, err)
	claims, err := token.Verify(jws, must(g.Config.Keys(t.Context())), g.Clock.Now())
	require.NoError(t, err)
	return &guesser{g.Body, paper, claims}
}

// try returns the code of the answer or problem, and what tells two answers apart.
func (g *guesser) try(t testing.TB, c service.Caller, cf string) (answer string) {
	l := service.Local{Service: g.Service, Caller: c}
	text, err := l.Call(t.Context(), g.claims,
		api.FirstLevelRequest{CheckID: api.NewCheckID(), QR: g.paper, CodiceFiscale: cf})
	switch {
	case strings.Contains(string(text), `"cf_mismatch"`):
		return "wrong"
	case strings.Contains(string(text), `"confirmed"`):
		return "right"
	}
	require.Error(t, err)
	return strings.ReplaceAll(string(text), must(problemIn(err)).Instance, "")
}

func problemIn(err error) (*api.Problem, error) {
	var p *api.Problem
	if !errors.As(err, &p) {
		return nil, err
	}
	return p, nil
}

// from returns a caller without a login.
func from(address string) service.Caller {
	return service.Caller{Address: netip.MustParseAddr(address)}
}

// refusedFor is the text of a refusal by the limit, without the ID of the answer.
func refusedFor(limit api.Limit, wait time.Duration) string {
	return fmt.Sprintf(`{"type":"urn:attesta:problem:rate_limited","title":"too many requests","status":429,`+
		`"instance":"","code":"rate_limited","retry_after":%d,"limit":%q}`, int(wait.Seconds()), limit)
}

// Above each limit, a right codice fiscale gets the answer of a wrong one, byte for byte. Tokens come back.
func TestMismatchLimits(t *testing.T) {
	desk := service.Caller{Operator: service.Operator{ID: "desk"}}
	chain := service.Caller{Budget: service.Budget{Name: "museums"}}
	for name, test := range map[string]struct {
		limit   api.Limit
		callers []service.Caller // each tries in turn
		allowed int
		wait    time.Duration
	}{
		"network": {api.LimitDocument, []service.Caller{from("192.0.2.1"), from("::ffff:192.0.2.200")}, 5,
			12 * time.Minute},
		"IPv6 network": {api.LimitDocument, []service.Caller{from("2001:db8:1::1"), from("2001:db8:1:f::1")},
			5, 12 * time.Minute},
		"no address": {api.LimitDocument, []service.Caller{{}}, 5, 12 * time.Minute},
		"operator":   {api.LimitCaller, []service.Caller{desk}, 5, 12 * time.Minute},
		"budget":     {api.LimitCaller, []service.Caller{chain}, 5, 12 * time.Minute},
		"document": {api.LimitDocument, []service.Caller{from("192.0.2.1"), from("198.51.100.1"),
			from("203.0.113.1"), from("2001:db8:1::1"), from("2001:db8:2::1"), from("2001:db8:3::1"),
			from("2001:db8:4::1")}, 30, 48 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			g := newGuesser(t)
			for n := range test.allowed {
				require.Equal(t, "wrong", g.try(t, test.callers[n%len(test.callers)], nobody), n)
			}
			c := test.callers[test.allowed%len(test.callers)]
			refusal := refusedFor(test.limit, test.wait)
			for range 3 {
				for _, cf := range []string{stranger, person, nobody} {
					require.Equal(t, refusal, g.try(t, c, cf))
				}
			}
			g.Clock.Advance(test.wait - time.Second)
			for _, cf := range []string{person, nobody} {
				require.Equal(t, refusedFor(test.limit, time.Second), g.try(t, c, cf))
			}
			g.Clock.Advance(time.Second)
			assert.Equal(t, "right", g.try(t, c, person), "one came back")
			assert.Equal(t, "wrong", g.try(t, c, nobody), "a right one takes none")
			assert.NotEqual(t, "right", g.try(t, c, person))
		})
	}
}

// 65,536 guesses from one /48 get five answers. Meanwhile an authenticated desk is answered, and so is
// everybody else, and everybody for a new document of the person.
func TestGuessesFromOneNetwork(t *testing.T) {
	g := newGuesser(t)
	refusal, answered := refusedFor(api.LimitDocument, 12*time.Minute), 0
	guesses := 1 << 16
	if race.Enabled {
		guesses >>= 4
	}
	for n := range guesses {
		cf := nobody
		if n >= 5 && n%2 == 0 {
			cf = person // the attacker's lucky guess
		}
		switch answer := g.try(t, from(fmt.Sprintf("2001:db8:1:%x::1", n)), cf); answer {
		case "wrong":
			answered++
		default:
			require.Equal(t, refusal, answer, n)
		}
	}
	assert.Equal(t, 5, answered)
	assert.Equal(t, "right", g.try(t, service.Caller{Operator: service.Operator{ID: "desk"}}, person))
	assert.Equal(t, "right", g.try(t, from("2001:db8:2::1"), person), "another network")
	g.Clock.Advance(time.Second)
	other := g.with(t, g.Paper(t, code(t, person)))
	assert.Equal(t, "right", other.try(t, from("2001:db8:1::1"), person), "a new document, from there")
}

// 1,000 guesses from 1,000 networks get thirty answers.
func TestGuessesFromManyNetworks(t *testing.T) {
	g := newGuesser(t)
	refusal, answered := refusedFor(api.LimitDocument, 48*time.Minute), 0
	for n := range 1000 {
		cf := nobody
		if n >= 30 && n%2 == 0 {
			cf = person
		}
		switch answer := g.try(t, from(fmt.Sprintf("10.%d.%d.1", n/256, n%256)), cf); answer {
		case "wrong":
			answered++
		default:
			require.Equal(t, refusal, answer, n)
		}
	}
	assert.Equal(t, 30, answered)
	for n := range 3 {
		desk := service.Caller{Address: netip.MustParseAddr("10.0.0.1"),
			Operator: service.Operator{ID: fmt.Sprint("desk ", n)}}
		assert.Equal(t, "right", g.try(t, desk, person))
	}
	g.Clock.Advance(time.Second)
	other := g.with(t, g.Paper(t, code(t, person)))
	assert.Equal(t, "right", other.try(t, from("10.0.0.1"), person))
}

// Guesses that are refused need no memory: the limiter has room for the thirty that got an answer, in two
// buckets for each network, two for the document and the count for the person.
func TestGuessesNeedLittleMemory(t *testing.T) {
	g := newGuesser(t, func(b *servicetest.Body) {
		b.Config.Mismatches.Limiter = &otp.MemoryLimiter{Clock: b.Clock.Now, Max: 2*30 + 2 + 1}
		b.Config.WrongCodes = func(context.Context, service.WrongCodes) error { return nil }
	})
	for n := range 1000 {
		answer := g.try(t, from(fmt.Sprintf("10.%d.%d.1", n/256, n%256)), nobody)
		require.Equal(t, n < 30, answer == "wrong", answer)
		require.NotContains(t, answer, string(api.Unavailable))
	}
}

// Who guesses from a new network every hour gets at most 200 answers in the first year, and 100 in the next.
// That is the bound of the limiter.
func TestGuessesForTwoYears(t *testing.T) {
	g := newGuesser(t)
	var answered [2]int
	for hour := range 2 * 365 * 24 {
		if g.try(t, from(fmt.Sprintf("10.%d.%d.1", hour/256, hour%256)), nobody) == "wrong" {
			answered[hour/(365*24)]++
		}
		g.Clock.Advance(time.Hour)
	}
	assert.LessOrEqual(t, answered[0], 200)
	assert.LessOrEqual(t, answered[1], 100)
}

// A caller that authenticates takes nothing from the others.
func TestMismatchesOfADesk(t *testing.T) {
	g := newGuesser(t)
	for n := range 10 {
		desk := service.Caller{Operator: service.Operator{ID: fmt.Sprint("desk ", n)}}
		for range 5 {
			require.Equal(t, "wrong", g.try(t, desk, nobody))
		}
	}
	assert.Equal(t, "right", g.try(t, from("192.0.2.1"), person))
	same := service.Operator{Tenant: "a", IdentityProvider: "b", ID: "desk 0"}
	assert.Equal(t, "right", g.try(t, service.Caller{Operator: same}, person), "another provider's desk 0")
}

// Over HTTP, the operator's credential counts at the first level too, but nothing depends on it.
func TestMismatchesOverHTTP(t *testing.T) {
	w := newWorld(t, nil)
	qr := w.paper(t, person)
	check := func(cf string, header ...string) string {
		_, text := w.post(t, api.PathFirstLevel, body("qr", qr, "codice_fiscale", cf), header...)
		return text
	}
	for range 5 {
		require.Contains(t, check(nobody), `"cf_mismatch"`)
	}
	assert.Contains(t, check(person), `"limit":"document"`)
	assert.Contains(t, check(person, "Authorization", "Bearer "+servicetest.Broken), `"limit":"document"`)
	good := []string{"Authorization", "Bearer " + servicetest.Bearer}
	assert.Contains(t, check(person, good...), `"confirmed"`)
	assert.Equal(t, api.Confirmed, w.Client.FirstLevel(t.Context(), qr, code(t, person),
		verifier.FirstLevelOptions{}).Verdict, "the client asks again with the credential")
	for range 5 {
		require.Contains(t, check(nobody, good...), `"cf_mismatch"`)
	}
	assert.Contains(t, check(person, good...), `"limit":"caller"`)
	desk := *w.Client
	desk.Authorize = nil
	r := desk.FirstLevel(t.Context(), qr, code(t, person), verifier.FirstLevelOptions{})
	assert.Equal(t, api.LimitDocument, r.Problem.Limit)
	desk.Authorize = func(*http.Request) error { return errors.New("nobody is logged in") }
	r = desk.FirstLevel(t.Context(), qr, code(t, person), verifier.FirstLevelOptions{})
	assert.Equal(t, api.LimitDocument, r.Problem.Limit)
	r = w.Client.FirstLevel(t.Context(), qr, code(t, person), verifier.FirstLevelOptions{})
	assert.Equal(t, api.CodeRateLimited, r.Code)
	assert.Equal(t, api.CannotTell, r.Verdict)
	assert.Equal(t, api.LimitCaller, r.Problem.Limit)
	answer, _ := w.post(t, api.PathFirstLevel, body("qr", qr, "codice_fiscale", person))
	assert.Equal(t, http.StatusTooManyRequests, answer.StatusCode)
	assert.Equal(t, "720", answer.Header.Get("Retry-After"))
	w.noPersonalData(t, "", nil)
}

// Guesses at the same time gain nothing.
func TestMismatchLimitAtOnce(t *testing.T) {
	w := newWorld(t, nil)
	qr := w.paper(t, person)
	var wg sync.WaitGroup
	answered := make(chan string, 50)
	for range 50 {
		wg.Go(func() {
			_, text := w.post(t, api.PathFirstLevel, body("qr", qr, "codice_fiscale", nobody))
			answered <- text
		})
	}
	wg.Wait()
	close(answered)
	n := 0
	for text := range answered {
		if strings.Contains(text, "cf_mismatch") {
			n++
		}
	}
	assert.Equal(t, 5, n)
}

func TestMismatchesConfigured(t *testing.T) {
	own := &otp.MemoryLimiter{}
	g := newGuesser(t, func(b *servicetest.Body) {
		b.Config.Mismatches = service.Mismatches{Network: []otp.Rate{},
			Document: []otp.Rate{{Count: 2, Per: time.Hour}}, Limiter: own}
		b.Config.Limiter = unlimited{}
	})
	for range 2 {
		require.Equal(t, "wrong", g.try(t, from("192.0.2.1"), nobody))
	}
	assert.NotEqual(t, "right", g.try(t, from("192.0.2.1"), person))

	none := newGuesser(t, func(b *servicetest.Body) {
		b.Config.Mismatches = service.Mismatches{Network: []otp.Rate{}, Document: []otp.Rate{}}
	})
	for range 200 {
		require.Equal(t, "wrong", none.try(t, from("192.0.2.1"), nobody))
	}
	for _, rate := range []otp.Rate{{}, {Count: 1}, {Count: -1, Per: time.Hour},
		{Count: 1, Per: 367 * 24 * time.Hour},
		{Count: 1, Per: time.Hour, Burst: -1}, {Count: 1, Per: 366 * 24 * time.Hour, Burst: 11},
		{Count: 2000, Per: time.Second}} {
		for _, m := range []service.Mismatches{{Network: []otp.Rate{rate}}, {Document: []otp.Rate{rate}},
			{Caller: []otp.Rate{rate}}} {
			c := g.Config
			c.Mismatches = m
			_, err := service.New(c)
			assert.EqualError(t, err, "service: Mismatches has a rate that is out of bounds", "%v", rate)
		}
	}
	c := g.Config
	c.Mismatches.Limiter = unlimited{}
	c.WrongCodes = func(context.Context, service.WrongCodes) error { return nil }
	_, err := service.New(c)
	assert.EqualError(t, err, "service: WrongCodes needs a Limiter that is an otp.Refiller")
}
