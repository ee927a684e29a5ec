package otp_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/otp"
)

// overtaken is a limiter whose last tokens others take after each look, while taken is true.
type overtaken struct {
	otp.MemoryLimiter
	taken bool
}

func (l *overtaken) Take(ctx context.Context, buckets []otp.Bucket) (otp.Decision, error) {
	for i, b := range buckets {
		if l.taken && !b.Peek {
			return otp.Decision{Bucket: i, RetryAfter: time.Second}, nil
		}
	}
	return l.MemoryLimiter.Take(ctx, buckets)
}

// If others take the last token between the look at the limits and the write, nothing is sent, compared or
// counted.
func TestOvertaken(t *testing.T) {
	for _, together := range []bool{false, true} {
		l := &overtaken{}
		var traced []otp.EventKind
		f := newFixture(t, func(c *otp.Config) {
			c.Policy.Limits = otp.Limits{}
			l.Clock = c.Limiter.(*otp.MemoryLimiter).Clock
			if c.Limiter = l; together {
				both := &otp.MemoryBatcher{Store: c.Store, Limiter: l}
				c.Store, c.Limiter = both, both
			}
			c.Trace = func(_ context.Context, s otp.Step) error {
				traced = append(traced, s.Kind)
				return nil
			}
		})
		c, code := f.start()
		f.clock.Advance(time.Minute)

		l.taken = true
		for _, typed := range []otp.Code{code, wrong(code), otp.NewCode("1")} {
			err := f.answer(c.ID, typed)
			require.ErrorIs(t, err, otp.ErrRateLimited)
			assert.Equal(t, otp.LimitChecks, refusal(err).Limit, "whether it was right is not said")
		}
		_, err := f.resend(c.ID)
		require.ErrorIs(t, err, otp.ErrRateLimited)
		assert.Equal(t, otp.LimitPhone, refusal(err).Limit)
		q := request(t)
		q.Parties = by("another")
		_, err = f.Start(t.Context(), q)
		require.ErrorIs(t, err, otp.ErrRateLimited)
		assert.Len(t, f.sent.Messages(), 1)
		assert.NotContains(t, f.events.kinds(), otp.EventVerified)
		assert.Contains(t, f.events.kinds(), otp.EventLimited)

		l.taken = false
		assert.Equal(t, 5, f.status(c.ID).AttemptsLeft)
		_, err = f.resend(c.ID)
		require.NoError(t, err, "the refused one counts for nothing")
		require.NoError(t, f.answer(c.ID, code))
		require.ErrorIs(t, f.answer(c.ID, code), otp.ErrAlreadyUsed)
	}
}

// What the limits refuse is not traced.
func TestTraceBeyondLimits(t *testing.T) {
	traced := 0
	f := newFixture(t, func(c *otp.Config) {
		c.Policy.Limits.Tenant = []otp.Rate{{Count: 2, Per: time.Hour}}
		c.Trace = func(context.Context, otp.Step) error { traced++; return nil }
	})
	c, _ := f.start()
	f.clock.Advance(time.Minute)
	_, err := f.resend(c.ID)
	require.NoError(t, err)
	f.clock.Advance(5 * time.Minute)
	_, err = f.resend(c.ID)
	require.ErrorIs(t, err, otp.ErrRateLimited)
	_, err = f.Start(t.Context(), request(t))
	require.ErrorIs(t, err, otp.ErrRateLimited)
	assert.Equal(t, 2, traced)
}

// An answer takes one token of LimitChecks, whatever it was.
func TestChecksCountOnce(t *testing.T) {
	for _, together := range []bool{false, true} {
		f := newFixture(t, func(c *otp.Config) {
			if c.Policy.Limits.Checks = nil; together { // five at once
				both := &otp.MemoryBatcher{Store: c.Store, Limiter: c.Limiter}
				c.Store, c.Limiter = both, both
			}
		})
		c, code := f.start()
		for range 3 {
			require.ErrorIs(t, f.answer(c.ID, wrong(code)), otp.ErrWrongCode)
		}
		require.ErrorIs(t, f.answer(c.ID, otp.NewCode("1")), otp.ErrMalformedCode)
		require.NoError(t, f.answer(c.ID, code))
		require.ErrorIs(t, f.answer(c.ID, code), otp.ErrRateLimited, "the sixth")
	}
}
