package service_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/verifier/api"
	"github.com/qr-invalidita/attesta/verifier/service"
	"github.com/qr-invalidita/attesta/verifier/service/servicetest"
)

// The next right check that gets an answer tells the person of all wrong codes since the last one, once. It
// does not matter who makes it.
func TestWrongCodesAreTold(t *testing.T) {
	var told []service.WrongCodes
	var fail error
	g := newGuesser(t, func(b *servicetest.Body) {
		b.Config.WrongCodes = func(_ context.Context, w service.WrongCodes) error {
			if fail == nil {
				told = append(told, w)
			}
			return fail
		}
	})
	cf, desk := code(t, person), service.Caller{Operator: service.Operator{ID: "desk"}}
	right := func(c service.Caller) { require.Equal(t, "right", g.try(t, c, person)) }
	right(desk)
	require.Empty(t, told)
	for n := range 40 { // thirty get an answer
		g.try(t, from(fmt.Sprintf("10.0.%d.1", n)), nobody)
	}
	g.try(t, desk, nobody)
	assert.NotEqual(t, "right", g.try(t, from("10.1.0.1"), person))
	require.Empty(t, told, "a right check that is refused tells nobody")
	other := g.with(t, g.Paper(t, code(t, stranger)))
	require.Equal(t, "right", other.try(t, desk, stranger))
	require.Empty(t, told, "another document")

	fail = errors.New("registry is read-only, " + person)
	right(desk)
	assert.Contains(t, g.Log.String(), "part=WrongCodes")
	assert.NotContains(t, g.Log.String(), person)
	fail = nil
	right(desk)
	right(desk)
	assert.Equal(t, []service.WrongCodes{{Person: cf, Count: 31, At: g.Clock.Now()}}, told)

	g.Clock.Advance(100 * 24 * time.Hour)
	g.try(t, from("10.0.0.1"), nobody)
	g.Clock.Advance(29 * 24 * time.Hour)
	right(from("10.0.0.1"))
	assert.Equal(t, service.WrongCodes{Person: cf, Count: 1, At: g.Clock.Now()}, told[len(told)-1])
	for n := range 200 {
		by := service.Caller{Operator: service.Operator{ID: fmt.Sprint(n)}}
		require.Equal(t, "wrong", g.try(t, by, nobody))
	}
	_, err := g.Service.StartSecondLevel(t.Context(), desk, api.ChallengeRequest{Key: "k",
		CheckID: api.NewCheckID(), QR: g.paper, CodiceFiscale: person, Organisation: "MUSEO", Purpose: "p",
		Scope: api.ScopeDetail})
	require.NoError(t, err)
	assert.Equal(t, 100, told[len(told)-1].Count, "the most that is counted")
	assert.Len(t, told, 3)
	assert.Equal(t, "[wrong codes] [wrong codes]", fmt.Sprintf("%v %#v", told[0], told[0]))
}

// slipping is a limiter that fails for the bucket of the count.
type slipping struct{ otp.MemoryLimiter }

func (*slipping) Refill(context.Context, string) error { return errors.New("no answer") }

func (s *slipping) Take(ctx context.Context, buckets []otp.Bucket) (otp.Decision, error) {
	if len(buckets) == 1 && !buckets[0].Peek && buckets[0].Burst == 100 {
		return otp.Decision{}, errors.New("no answer")
	}
	return s.MemoryLimiter.Take(ctx, buckets)
}

// A count that fails changes no answer.
func TestWrongCodesNotCounted(t *testing.T) {
	g := newGuesser(t, func(b *servicetest.Body) {
		b.Config.Mismatches.Limiter = &slipping{}
		b.Config.WrongCodes = func(context.Context, service.WrongCodes) error { return nil }
	})
	assert.Equal(t, "wrong", g.try(t, from("10.0.0.1"), nobody))
	assert.Equal(t, "right", g.try(t, from("10.0.0.1"), person))
	assert.Contains(t, g.Log.String(), "wrong code was not counted")
}

// Done says which codes were wrong, and which limit refused.
func TestDoneNamesTheLimit(t *testing.T) {
	var seen []api.Limit
	var wrong int
	g := newGuesser(t, func(b *servicetest.Body) {
		b.Config.CallsPerMinute = 7
		b.Config.Done = func(_ context.Context, c service.Call) {
			seen = append(seen, c.Limit)
			if c.Mismatch {
				wrong++
			}
		}
	})
	for range 8 {
		g.try(t, from("10.0.0.1"), nobody)
	}
	assert.Equal(t, append(make([]api.Limit, 5), api.LimitDocument, api.LimitDocument, api.LimitCalls), seen)
	assert.Equal(t, 5, wrong)

	start := api.ChallengeRequest{Key: "k", CheckID: api.NewCheckID(), QR: g.paper, CodiceFiscale: nobody,
		Organisation: "MUSEO", Purpose: "p", Scope: api.ScopeDetail}
	ask := func() api.ProblemCode {
		_, err := g.Service.StartSecondLevel(t.Context(), caller(), start)
		return problemOf(t, err)
	}
	assert.Equal(t, api.NoMatch, ask())
	assert.Equal(t, 6, wrong, "at the second level too")
	g.Clock.Advance(10 * 366 * 24 * time.Hour)
	assert.Equal(t, api.NoMatch, ask())
	assert.Equal(t, 6, wrong, "an expired paper is no wrong code")
}
