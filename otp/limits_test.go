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

// batching is a limiter and a store in one.
type batching struct {
	*otp.MemoryStore
	*overtaken
}

func (b *batching) PeekLoad(ctx context.Context, buckets []otp.Bucket, keys ...string) (d otp.Decision,
	found []otp.Snapshot, err error) {
	looks := append([]otp.Bucket{}, buckets...)
	for i := range looks {
		looks[i].Peek = true
	}
	d, err = b.Take(ctx, looks)
	for _, key := range keys {
		s, _ := b.Load(ctx, key)
		found = append(found, s)
	}
	return d, found, err
}

func (b *batching) TakeSwap(ctx context.Context, buckets []otp.Bucket, keys []string,
	changes []otp.Change) (d otp.Decision, done []bool, err error) {
	if d, err = b.Take(ctx, buckets); err != nil || !d.OK {
		return d, nil, err
	}
	for i, key := range keys {
		ok, _ := b.Swap(ctx, key, changes[i])
		done = append(done, ok)
	}
	return d, done, nil
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
				both := &batching{c.Store.(*otp.MemoryStore), l}
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
