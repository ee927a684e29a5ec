package otp_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/otp"
)

func TestTrace(t *testing.T) {
	var steps []otp.Step
	var broken error
	hangUp := func() {}
	f := newFixture(t, func(c *otp.Config) {
		c.Trace = func(ctx context.Context, s otp.Step) error {
			require.NoError(t, ctx.Err())
			steps = append(steps, s)
			return broken
		}
		events := c.Events
		c.Events = func(ctx context.Context, e otp.Event) {
			if events(ctx, e); e.Kind == otp.EventWrong {
				hangUp()
			}
		}
	})
	kinds := func() (kinds []otp.EventKind) {
		for _, s := range steps {
			kinds = append(kinds, s.Kind)
		}
		return kinds
	}
	c, code := f.start(func(q *otp.StartRequest) { q.IdempotencyKey = "k" })
	f.start(func(q *otp.StartRequest) { q.IdempotencyKey = "k" })
	f.clock.Advance(time.Minute)
	_, err := f.resend(c.ID)
	require.NoError(t, err)
	gone, cancel := context.WithCancel(t.Context())
	hangUp = cancel
	f.Verify(gone, otp.VerifyRequest{Parties: parties(), ID: c.ID, Code: wrong(code)})
	require.NoError(t, f.answer(c.ID, code))
	want := []otp.EventKind{otp.EventStarted, otp.EventSent, otp.EventWrong, otp.EventVerified}
	require.Equal(t, want, kinds(),
		"a repeated start is no step, and who hangs up is recorded too")
	for i, s := range steps {
		assert.Equal(t, c.ID, s.ChallengeID)
		assert.Equal(t, operatorID, s.Parties.Operator.ID.Reveal())
		assert.Equal(t, person, s.Parties.Subject.Reveal())
		assert.Equal(t, request(t).Terms, s.Terms)
		assert.Equal(t, []int{1, 2, 2, 2}[i], s.Sends)
	}
	assert.True(t, steps[0].At.Equal(c.StartedAt))

	c, code = f.start()
	f.clock.Advance(time.Minute)
	sent := len(f.sent.Messages())
	broken = errors.New("registry does not answer")
	_, err = f.resend(c.ID)
	require.ErrorIs(t, err, otp.ErrUnavailable)
	q := request(t)
	q.Parties, q.IdempotencyKey = by("another"), "again"
	_, err = f.Start(t.Context(), q)
	require.ErrorIs(t, err, otp.ErrUnavailable)
	require.Len(t, f.sent.Messages(), sent, "what cannot be recorded is not sent")
	require.ErrorIs(t, f.answer(c.ID, wrong(code)), otp.ErrWrongCode)
	assert.Contains(t, f.events.kinds(), otp.EventFault)
	require.NoError(t, f.answer(c.ID, code), "the access log decides about disclosure")
	broken = nil
	again, err := f.Start(t.Context(), q)
	require.NoError(t, err)
	assert.False(t, again.Repeated, "the failed start left nothing")
}
