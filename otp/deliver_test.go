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

func TestResend(t *testing.T) {
	f := newFixture(t, func(c *otp.Config) {
		it := otp.DefaultTemplates()["it"]
		it.Text = "{code} {display_name} {organisation} {number} {scope}. Vale {minutes} min"
		c.Templates = map[string]otp.Template{"it": it}
	})
	c, code := f.start()
	for i, cooldown := range []time.Duration{30 * time.Second, time.Minute, 2 * time.Minute} {
		f.clock.Advance(cooldown - time.Millisecond)
		_, err := f.resend(c.ID)
		require.ErrorIs(t, err, otp.ErrTooSoon)
		require.Equal(t, time.Millisecond, refusal(err).RetryAfter)
		f.clock.Advance(time.Millisecond)
		again, err := f.resend(c.ID)
		require.NoError(t, err)
		assert.Equal(t, c.ID, again.ID)
		assert.Equal(t, c.Comparison, again.Comparison)
		assert.Equal(t, c.ExpiresAt, again.ExpiresAt, "a resend does not prolong")
		assert.Equal(t, 2-i, again.ResendsLeft)
		m := f.sent.Last()
		assert.Equal(t, code.Reveal(), m.Code.Reveal(), "the same code")
		assert.Equal(t, i+2, m.Send)
		assert.Equal(t, c.ID+"."+string(rune('2'+i)), m.ID)
		assert.Equal(t, c.ExpiresAt.Sub(f.clock.Now()), m.Life, "the provider is told the life that is left")
	}
	assert.Contains(t, f.sent.Last().Text.Reveal(), "Vale 6 min")
	assert.True(t, f.status(c.ID).ResendAt.IsZero())
	f.clock.Advance(5 * time.Minute)
	_, err := f.resend(c.ID)
	require.ErrorIs(t, err, otp.ErrNoResends)
	require.NoError(t, f.answer(c.ID, code))
	_, err = f.resend(c.ID)
	require.ErrorIs(t, err, otp.ErrAlreadyUsed)
}

func TestResendInTheLastMinute(t *testing.T) {
	f := newFixture(t)
	c, _ := f.start()
	f.clock.Advance(9 * time.Minute)
	assert.False(t, f.status(c.ID).ResendAt.IsZero())
	f.clock.Advance(time.Millisecond)
	assert.True(t, f.status(c.ID).ResendAt.IsZero())
	_, err := f.resend(c.ID)
	require.ErrorIs(t, err, otp.ErrNoResends)
}

func TestResendInALocaleThatIsGone(t *testing.T) {
	f := newFixture(t)
	c, code := f.start(func(q *otp.StartRequest) { q.Locale = "de" })
	cfg := f.config
	cfg.Templates = map[string]otp.Template{"it": otp.DefaultTemplates()["it"]}
	g, err := otp.New(cfg)
	require.NoError(t, err)
	f.Challenges = g
	f.clock.Advance(time.Minute)
	_, err = f.resend(c.ID)
	require.NoError(t, err)
	assert.Contains(t, f.sent.Last().Text.Reveal(), code.Reveal()+" codice INPS")
	require.NoError(t, f.answer(c.ID, code))
}

func TestResendNone(t *testing.T) {
	f := newFixture(t, func(c *otp.Config) { c.Policy.Resends = -1 })
	c, _ := f.start()
	assert.True(t, c.ResendAt.IsZero())
	assert.Zero(t, c.ResendsLeft)
	f.clock.Advance(time.Minute)
	_, err := f.resend(c.ID)
	require.ErrorIs(t, err, otp.ErrNoResends)
}

func TestResendToAChangedNumber(t *testing.T) {
	f := newFixture(t)
	c, code := f.start()
	f.clock.Advance(time.Minute)
	_, err := f.resend(c.ID, sms(t, otherPhone))
	require.ErrorIs(t, err, otp.ErrContactChanged)
	assert.Len(t, f.sent.Messages(), 1, "the code does not go to another number")
	assert.ErrorIs(t, f.answer(c.ID, code), otp.ErrSuperseded, "nor does it verify any more")

	c, _ = f.start()
	f.clock.Advance(time.Minute)
	_, err = f.resend(c.ID, sms(t, otherPhone), sms(t, phone))
	require.NoError(t, err, "a further number changes nothing")
	assert.Equal(t, phone, f.sent.Last().To.Reveal())
}

func TestResendOfOthers(t *testing.T) {
	f := newFixture(t)
	c, _ := f.start()
	f.clock.Advance(time.Minute)
	for name, change := range map[string]func(*otp.Parties){
		"operator": func(p *otp.Parties) { p.Operator.ID = otp.NewSecret("x") },
		"citizen":  func(p *otp.Parties) { p.Subject = otp.NewSecret("x") },
		"tenant":   func(p *otp.Parties) { p.Tenant = "x" },
	} {
		p := parties()
		change(&p)
		_, err := f.Resend(t.Context(), otp.ResendRequest{Parties: p, ID: c.ID,
			Contacts: []otp.Contact{sms(t, phone)}})
		assert.ErrorIs(t, err, otp.ErrNotFound, name)
		_, err = f.Status(t.Context(), otp.Ref{Parties: p, ID: c.ID})
		assert.ErrorIs(t, err, otp.ErrNotFound, name)
		assert.ErrorIs(t, f.Cancel(t.Context(), otp.Ref{Parties: p, ID: c.ID}), otp.ErrNotFound, name)
	}
	assert.Len(t, f.sent.Messages(), 1)
}

func TestResendCountsAgainstThePhone(t *testing.T) {
	f := newFixture(t, func(c *otp.Config) { c.Policy.Limits.Phone = []otp.Rate{{Count: 2, Per: time.Hour}} })
	c, _ := f.start()
	f.clock.Advance(time.Minute)
	_, err := f.resend(c.ID)
	require.NoError(t, err)
	f.clock.Advance(time.Minute)
	_, err = f.resend(c.ID)
	require.ErrorIs(t, err, otp.ErrRateLimited)
}

func TestSendFailures(t *testing.T) {
	definite := &otp.SendError{Class: otp.ClassUnavailable, Provider: "p", Code: "E1"}
	throttled := &otp.SendError{Class: otp.ClassThrottled, RetryAfter: 5 * time.Second}
	for name, c := range map[string]struct {
		err      error
		delivery otp.Delivery
		class    otp.ErrorClass
		again    time.Duration
	}{
		"definite":  {definite, otp.DeliveryFailed, otp.ClassUnavailable, 0},
		"throttled": {throttled, otp.DeliveryFailed, otp.ClassThrottled, 5 * time.Second},
		"ambiguous": {&otp.SendError{}, otp.DeliveryUnknown, otp.ClassAmbiguous, 30 * time.Second},
		"foreign":   {errors.New("what"), otp.DeliveryUnknown, otp.ClassAmbiguous, 30 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			f.sent.Fail = []error{c.err}
			ch, _ := f.start()
			assert.Equal(t, otp.Pending, ch.State, "delivery decides nothing")
			assert.Equal(t, c.delivery, ch.Delivery)
			assert.Equal(t, c.class, ch.Failure)
			assert.Equal(t, c.again, ch.ResendAt.Sub(ch.StartedAt))
			assert.Contains(t, f.events.kinds(), otp.EventSendFail)
			assert.Equal(t, ch, f.status(ch.ID))
			f.clock.Advance(c.again)
			again, err := f.resend(ch.ID)
			require.NoError(t, err)
			assert.Equal(t, otp.DeliveryAccepted, again.Delivery)
			require.NoError(t, f.answer(ch.ID, f.sent.Last().Code))
		})
	}
}

func TestSendTimeout(t *testing.T) {
	var deadline time.Duration
	f := newFixture(t, func(c *otp.Config) {
		c.SendTimeout = 50 * time.Millisecond
		c.Sender = senderFunc(func(ctx context.Context, m otp.Message) (otp.Submission, error) {
			d, _ := ctx.Deadline()
			deadline = time.Until(d)
			<-ctx.Done()
			return otp.Submission{}, &otp.SendError{Err: ctx.Err()}
		})
	})
	c, _ := f.start()
	assert.LessOrEqual(t, deadline, 50*time.Millisecond)
	assert.Equal(t, otp.DeliveryUnknown, c.Delivery)
}

type senderFunc func(context.Context, otp.Message) (otp.Submission, error)

func (f senderFunc) Send(ctx context.Context, m otp.Message) (otp.Submission, error) {
	return f(ctx, m)
}

// The result of a send is recorded even if the operator has closed the page.
func TestCallerGoesAwayWhileSending(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	f := newFixture(t, func(c *otp.Config) {
		next := c.Sender
		c.Sender = senderFunc(func(sending context.Context, m otp.Message) (otp.Submission, error) {
			s, err := next.Send(sending, m)
			cancel()
			return s, err
		})
	})
	c, err := f.Start(ctx, request(t))
	require.NoError(t, err)
	assert.Equal(t, otp.DeliveryAccepted, f.status(c.ID).Delivery)
}

func TestReceipts(t *testing.T) {
	receive := func(f *fixture, id string, d otp.Delivery, class otp.ErrorClass) {
		f.t.Helper()
		require.NoError(f.t, f.Receive(f.t.Context(),
			otp.Receipt{MessageID: id, Provider: "p", Delivery: d, Class: class}))
	}
	f := newFixture(t)
	c, code := f.start()
	receive(f, c.ID+".1", otp.DeliveryFailed, otp.ClassInvalidRecipient)
	s := f.status(c.ID)
	assert.Equal(t, otp.DeliveryFailed, s.Delivery)
	assert.Equal(t, otp.ClassInvalidRecipient, s.Failure)
	assert.True(t, s.ResendAt.Equal(f.clock.Now()), "the cool-down is pointless now")
	receive(f, c.ID+".1", otp.DeliveryAccepted, 0)
	assert.Equal(t, otp.DeliveryFailed, f.status(c.ID).Delivery, "out of order")
	_, err := f.resend(c.ID)
	require.NoError(t, err)
	receive(f, c.ID+".1", otp.DeliveryFailed, otp.ClassInvalidRecipient)
	assert.Equal(t, otp.DeliveryAccepted, f.status(c.ID).Delivery, "of the send before")
	receive(f, c.ID+".3", otp.DeliveryDelivered, 0)
	assert.Equal(t, otp.DeliveryAccepted, f.status(c.ID).Delivery, "of a send that never was")
	receive(f, c.ID+".1", otp.DeliveryDelivered, 0)
	assert.Equal(t, otp.DeliveryDelivered, f.status(c.ID).Delivery, "any send that arrives will do")
	events := len(f.events.kinds())
	receive(f, c.ID+".2", otp.DeliveryExpired, 0)
	receive(f, c.ID+".1", otp.DeliveryDelivered, 0)
	assert.Equal(t, otp.DeliveryDelivered, f.status(c.ID).Delivery, "it stays delivered")
	assert.Len(t, f.events.kinds(), events, "what changes nothing tells nothing")
	for _, id := range []string{"", "x", c.ID, c.ID + ".", c.ID + ".0", c.ID + ".12", c.ID[:35] + "A.1"} {
		receive(f, id, otp.DeliveryFailed, 0)
	}
	receive(f, c.ID+".1", otp.DeliveryNone, 0)
	receive(f, c.ID+".1", otp.Delivery(99), 0)
	require.NoError(t, f.answer(c.ID, code))
}

func TestDesk(t *testing.T) {
	f := newFixture(t)
	a, codeA := f.start()
	other := by("another")
	b, _ := f.startBy(other)
	ref := otp.Ref{Parties: parties(), ID: a.ID}
	require.NoError(t, f.Cancel(t.Context(), ref))
	require.NoError(t, f.Cancel(t.Context(), ref), "twice is no error")
	assert.Equal(t, otp.Revoked, f.status(a.ID).State)
	assert.ErrorIs(t, f.answer(a.ID, codeA), otp.ErrRevoked)
	n, err := f.CancelAll(t.Context(), "", otp.NewSecret(person))
	require.NoError(t, err)
	assert.Equal(t, 1, n)
	s, err := f.Status(t.Context(), otp.Ref{Parties: other, ID: b.ID})
	require.NoError(t, err)
	assert.Equal(t, otp.Revoked, s.State)
	n, err = f.CancelAll(t.Context(), "other tenant", otp.NewSecret(person))
	require.NoError(t, err)
	assert.Zero(t, n)
	_, err = f.CancelAll(t.Context(), "", otp.Secret{})
	assert.ErrorIs(t, err, otp.ErrRequest)
	assert.ErrorIs(t, f.ClearFailures(t.Context(), "", otp.Secret{}), otp.ErrRequest)

	c, code := f.start()
	require.NoError(t, f.answer(c.ID, code))
	assert.ErrorIs(t, f.Cancel(t.Context(), otp.Ref{Parties: parties(), ID: c.ID}), otp.ErrAlreadyUsed)
	_, err = f.Status(t.Context(), otp.Ref{Parties: parties(), ID: "x"})
	assert.ErrorIs(t, err, otp.ErrNotFound)
	assert.ErrorIs(t, f.Cancel(t.Context(), otp.Ref{Parties: parties(), ID: "x"}), otp.ErrNotFound)
	_, err = f.resend("x")
	assert.ErrorIs(t, err, otp.ErrNotFound)
	f.clock.Advance(10 * time.Minute)
	c, _ = f.start()
	f.clock.Advance(10 * time.Minute)
	assert.Equal(t, otp.Expired, f.status(c.ID).State)
	assert.Zero(t, f.status(c.ID).AttemptsLeft)
}
