package otp_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/otp"
)

// strict is a fixture with the default policy.
func strict(t *testing.T) *fixture {
	return newFixture(t, func(c *otp.Config) { c.Policy = otp.Policy{Limits: c.Policy.Limits} })
}

// wrongs gives wrong codes until the operator is refused, and returns how many were compared.
func (f *fixture) wrongs(p otp.Parties) (n int, cause otp.Error) {
	f.t.Helper()
	for range 5 {
		q := request(f.t)
		q.Parties = p
		c, err := f.Start(f.t.Context(), q)
		if err != nil {
			return n, refusal(err).Cause
		}
		code := f.sent.Last().Code
		for range 10 {
			err := f.answerBy(p, c.ID, wrong(code))
			switch {
			case errors.Is(err, otp.ErrWrongCode):
				n++
			case errors.Is(err, otp.ErrWait):
				f.clock.Advance(refusal(err).RetryAfter)
			}
		}
	}
	require.FailNow(f.t, "never refused")
	return n, ""
}

func (f *fixture) works(p otp.Parties) {
	f.t.Helper()
	q := request(f.t)
	q.Parties = p
	c, err := f.Start(f.t.Context(), q)
	require.NoError(f.t, err)
	require.NoError(f.t, f.answerBy(p, c.ID, f.sent.Last().Code))
}

// One operator with paper and codice fiscale tries everything on each day of nearly a year. The
// person loses nothing: another operator works at any time.
func TestOneOperatorBlocksNobody(t *testing.T) {
	f := strict(t)
	guesser, total := by("guesser"), 0
	for day := range 364 {
		n, _ := f.wrongs(guesser)
		total += n
		if day%7 == 0 {
			f.works(by("museum"))
		}
		f.clock.Advance(24 * time.Hour)
		require.LessOrEqual(t, total, 10)
	}
	assert.Equal(t, 10, total, "five, then after a day five, and no more for a year")
	assert.Len(t, f.sent.Messages(), 2+52, "the guesser's two messages are all that they sent")
}

// With three purposes one operator took all pending places and all starts of a day.
func TestOneOperatorTakesNoPlaceOfOthers(t *testing.T) {
	f := strict(t)
	for i := range 30 {
		q := request(t)
		q.Parties, q.Purpose = by("greedy"), fmt.Sprint("p", i%3)
		_, err := f.Start(t.Context(), q)
		if i < 3 {
			require.NoError(t, err)
			continue
		}
		require.ErrorIs(t, err, otp.ErrRateLimited)
		assert.Equal(t, otp.LimitStarts, refusal(err).Limit)
		assert.Equal(t, 24*time.Hour, refusal(err).RetryAfter)
	}
	for _, name := range []string{"museum", "bus", "school"} {
		f.works(by(name))
	}
	f.clock.Advance(24 * time.Hour)
	f.works(by("greedy"))
}

func TestBars(t *testing.T) {
	f := strict(t)
	guesser := by("guesser")
	waiting, code := f.startBy(by("museum"))
	n, cause := f.wrongs(guesser)
	assert.Equal(t, 5, n)
	assert.Equal(t, otp.ErrBarred, cause)
	assert.Contains(t, f.events.kinds(), otp.EventLocked)
	require.NoError(t, f.answerBy(by("museum"), waiting.ID, code), "what another operator has pending stays")

	q := request(t)
	q.Parties = guesser
	_, err := f.Start(t.Context(), q)
	require.ErrorIs(t, err, otp.ErrBarred, "the success of another lifts no bar")
	assert.Equal(t, 24*time.Hour, refusal(err).RetryAfter)
	f.clock.Advance(24*time.Hour - time.Millisecond)
	_, err = f.Start(t.Context(), q)
	require.ErrorIs(t, err, otp.ErrBarred)

	f.clock.Advance(time.Millisecond)
	n, cause = f.wrongs(guesser)
	assert.Equal(t, 5, n)
	assert.Equal(t, otp.ErrBarred, cause)
	f.works(by("museum"))
	f.clock.Advance(364 * 24 * time.Hour)
	_, err = f.Start(t.Context(), q)
	require.ErrorIs(t, err, otp.ErrBarred, "ten, so only the staff lifts it")
	assert.Zero(t, refusal(err).RetryAfter)

	q.Subject = otp.NewSecret("VRDLGI75C02F205X")
	_, err = f.Start(t.Context(), q)
	require.NoError(t, err, "the bar is for one person")
	require.NoError(t, f.ClearFailures(t.Context(), "", otp.NewSecret(person)))
	f.works(guesser)
}

// A bar also holds for what was pending when it began, and for a resend.
func TestBarOfPending(t *testing.T) {
	f := newFixture(t, func(c *otp.Config) { c.Policy.BarAt, c.Policy.WaitFrom = 1, 1 })
	c, code := f.start()
	require.ErrorIs(t, f.answer(c.ID, wrong(code)), otp.ErrWrongCode)
	assert.Equal(t, otp.Locked, f.status(c.ID).State)
	assert.ErrorIs(t, f.answer(c.ID, code), otp.ErrAttemptsUsed)
	f.clock.Advance(time.Minute)
	_, err := f.resend(c.ID)
	assert.ErrorIs(t, err, otp.ErrAttemptsUsed)
}

// An operator's own right answer ends the series, and nobody else's.
func TestInARow(t *testing.T) {
	f := newFixture(t)
	for range 4 {
		c, code := f.start()
		for range 4 {
			require.ErrorIs(t, f.answer(c.ID, wrong(code)), otp.ErrWrongCode)
		}
		require.NoError(t, f.answer(c.ID, code))
	}
	c, code := f.start()
	for range 4 {
		require.ErrorIs(t, f.answer(c.ID, wrong(code)), otp.ErrWrongCode)
	}
	f.works(by("museum"))
	require.ErrorIs(t, f.answer(c.ID, wrong(code)), otp.ErrWrongCode)
	_, err := f.Start(t.Context(), request(t))
	assert.ErrorIs(t, err, otp.ErrBarred)
}

// Waits and locks for others begin when three operators have failed.
func TestWaitsNeedThreeOperators(t *testing.T) {
	f := strict(t)
	for i := range 3 {
		p := by(fmt.Sprint("guesser ", i))
		c, code := f.startBy(p)
		for range []int{5, 5, 1}[i] {
			require.ErrorIs(t, f.answerBy(p, c.ID, wrong(code)), otp.ErrWrongCode)
		}
		q := request(t)
		q.Parties = by(fmt.Sprint("museum ", i))
		c, err := f.Start(t.Context(), q)
		if i < 2 {
			require.NoError(t, err)
			require.NoError(t, f.Cancel(t.Context(), otp.Ref{Parties: q.Parties, ID: c.ID}))
			continue
		}
		require.ErrorIs(t, err, otp.ErrWait)
		assert.Equal(t, time.Hour, refusal(err).RetryAfter, "the eleventh in a row")
	}
}

// All failures count in the person's total. It never passes 100, and then nobody is answered.
func TestTotal(t *testing.T) {
	f := strict(t)
	total := 0
	for i := 0; total < 100; i++ {
		require.Less(t, i, 100)
		p := by(fmt.Sprint("guesser ", i%25))
		c, code := f.startBy(p)
		for range 10 {
			err := f.answerBy(p, c.ID, wrong(code))
			if errors.Is(err, otp.ErrWrongCode) {
				total++
			} else {
				f.clock.Advance(refusal(err).RetryAfter)
			}
		}
		f.clock.Advance(3 * time.Hour)
	}
	assert.Equal(t, 100, total)
	for _, p := range []otp.Parties{by("museum"), by("guesser 1")} {
		q := request(t)
		q.Parties = p
		_, err := f.Start(t.Context(), q)
		assert.ErrorIs(t, err, otp.ErrBlocked)
	}
}

// 32 operators are kept. The one that failed longest ago goes first, a barred one never. If all are
// barred, nobody else can start: a failure that cannot be kept must not happen.
func TestEviction(t *testing.T) {
	f := strict(t)
	once := func(p otp.Parties) {
		t.Helper()
		c, code := f.startBy(p)
		f.clock.Advance(refusal(f.answerBy(p, c.ID, otp.NewCode("x"))).RetryAfter)
		require.ErrorIs(t, f.answerBy(p, c.ID, wrong(code)), otp.ErrWrongCode)
		f.clock.Advance(3 * time.Hour)
	}
	shut := by("shut")
	for range 2 {
		f.wrongs(shut)
		f.clock.Advance(24 * time.Hour)
	}
	for i := range 80 {
		once(by(fmt.Sprint("operator ", i)))
		f.works(by(fmt.Sprint("museum ", i))) // so that the person's total stays low
	}
	_, cause := f.wrongs(shut)
	assert.Equal(t, otp.ErrBarred, cause, "80 others have failed since")

	f.clock.Advance(24 * time.Hour)
	for i := range 31 {
		p := by(fmt.Sprint("barred ", i))
		for range 2 {
			n, _ := f.wrongs(p)
			require.Equal(t, 5, n)
			if i < 30 {
				f.works(by("museum"))
			}
			f.clock.Advance(24 * time.Hour)
		}
	}
	q := request(t)
	q.Parties = by("museum")
	_, err := f.Start(t.Context(), q)
	assert.ErrorIs(t, err, otp.ErrBlocked, "no bar ends by itself, and there is no room to count")
	require.NoError(t, f.ClearFailures(t.Context(), "", otp.NewSecret(person)))
	f.works(by("museum"))
}

// What is full of barred operators opens when the first bar ends.
func TestFullOfBarred(t *testing.T) {
	f := newFixture(t, func(c *otp.Config) { c.Policy.BarFor, c.Policy.PerPerson = 30*24*time.Hour, 30 })
	first := f.clock.Now()
	for i := range 32 {
		n, _ := f.wrongs(by(fmt.Sprint("barred ", i)))
		require.Equal(t, 5, n)
		if i < 31 {
			f.works(by("museum"))
		}
		f.clock.Advance(3 * time.Hour)
	}
	_, err := f.Start(t.Context(), request(t))
	require.ErrorIs(t, err, otp.ErrLocked)
	left := first.Add(30 * 24 * time.Hour).Sub(f.clock.Now())
	assert.Equal(t, left, refusal(err).RetryAfter)
	f.clock.Advance(left)
	f.works(parties())
}

// A bar goes to the person's later identifier.
func TestBarMoves(t *testing.T) {
	f := strict(t)
	f.wrongs(by("guesser"))
	require.NoError(t, f.MoveFailures(t.Context(), "", otp.NewSecret(person), otp.NewSecret(newPerson)))
	q := request(t)
	q.Subject = otp.NewSecret(newPerson)
	_, err := f.Start(t.Context(), q)
	require.NoError(t, err)
	q.Operator = by("guesser").Operator
	_, err = f.Start(t.Context(), q)
	assert.ErrorIs(t, err, otp.ErrBarred)
}

// A claimed number has limits of its own: those of the owner stay full, and so does the person's
// day.
func TestClaimedNumbers(t *testing.T) {
	f := newFixture(t, func(c *otp.Config) { c.Policy.Limits, c.Policy.AllowUnverified = otp.Limits{}, true })
	claim := func(subject, number string) error {
		q := request(t)
		q.Subject, q.Operator.ID = otp.NewSecret(subject), otp.NewSecret(subject)
		q.Contacts = []otp.Contact{{Channel: otp.SMS, Phone: mustPhone(t, number)}}
		_, err := f.Start(t.Context(), q)
		return err
	}
	require.NoError(t, claim("a", phone))
	require.NoError(t, claim("b", phone))
	for _, stranger := range []string{"a", "b", "c", "d", "e"} {
		err := claim(stranger, phone)
		require.ErrorIs(t, err, otp.ErrRateLimited)
		assert.Equal(t, otp.LimitClaimed, refusal(err).Limit)
	}
	for i := range 5 {
		f.works(by(fmt.Sprint("desk ", i)))
	}

	f.clock.Advance(time.Hour)
	require.NoError(t, claim("f", phone), "the third of the day")
	f.clock.Advance(time.Hour)
	require.ErrorIs(t, claim("g", phone), otp.ErrRateLimited)

	for i := range 4 {
		err := claim("busy", fmt.Sprint(otherPhone[:len(otherPhone)-1], i))
		if i < 3 {
			require.NoError(t, err)
			continue
		}
		require.ErrorIs(t, err, otp.ErrRateLimited)
	}
}

// Risk may name an operator of whom the person said that it was not them.
func TestRiskBars(t *testing.T) {
	f := newFixture(t, func(c *otp.Config) {
		c.Risk = func(context.Context, otp.StartRequest, otp.Contact) error { return otp.ErrBarred }
	})
	_, err := f.Start(t.Context(), request(t))
	assert.Equal(t, otp.ErrBarred, refusal(err).Cause)
	assert.Empty(t, f.sent.Messages())
}
