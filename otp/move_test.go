package otp_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/otp/otptest"
)

// newPerson is the person's later identifier.
const newPerson = "RSSMRA80A01H50MM"

func (f *fixture) startFor(subject string) (otp.Challenge, error) {
	r := request(f.t)
	r.Subject = otp.NewSecret(subject)
	return f.Start(f.t.Context(), r)
}

func TestMoveFailures(t *testing.T) {
	move := func(f *fixture, from, to string) {
		t.Helper()
		require.NoError(t, f.MoveFailures(t.Context(), "", otp.NewSecret(from), otp.NewSecret(to)))
	}
	t.Run("a ceiling is the new name's too, and no change back lifts it", func(t *testing.T) {
		f := newFixture(t)
		for range 10 {
			f.fail(10)
			f.clock.Advance(48 * time.Hour)
		}
		_, err := f.startFor(person)
		require.ErrorIs(t, err, otp.ErrBlocked)
		move(f, newPerson, person)
		for range 2 {
			move(f, person, newPerson)
			for _, name := range []string{person, newPerson} {
				_, err = f.startFor(name)
				require.ErrorIs(t, err, otp.ErrBlocked)
			}
		}
		require.NoError(t, f.ClearFailures(t.Context(), "", otp.NewSecret(newPerson)))
		_, err = f.startFor(newPerson)
		assert.NoError(t, err)
	})
	t.Run("rows of a printed list stay used", func(t *testing.T) {
		f := newFixture(t)
		paper := otp.PrintedCodes{ID: "A", Seed: otptest.Pepper('s'), Count: 4}
		ask := func(subject string) int {
			q := request(t)
			q.Subject, q.Contacts = otp.NewSecret(subject), []otp.Contact{{Channel: otp.List, Codes: paper}}
			c, err := f.Start(t.Context(), q)
			require.NoError(t, err)
			return c.ListNumber
		}
		require.Equal(t, []int{1, 2}, []int{ask(person), ask(person)})
		move(f, person, newPerson)
		assert.Equal(t, 3, ask(newPerson))
		move(f, person, newPerson)
		assert.Equal(t, 4, ask(newPerson), "none comes back")
	})
	t.Run("nothing to move", func(t *testing.T) {
		f := newFixture(t)
		move(f, person, newPerson)
		_, err := f.startFor(newPerson)
		assert.NoError(t, err)
	})
	t.Run("what is pending ends", func(t *testing.T) {
		f := newFixture(t)
		c, code := f.start()
		move(f, person, newPerson)
		assert.ErrorIs(t, f.answer(c.ID, code), otp.ErrRevoked)
	})
	t.Run("a name that is none", func(t *testing.T) {
		f := newFixture(t)
		assert.ErrorIs(t, f.MoveFailures(t.Context(), "", otp.Secret{}, otp.NewSecret(person)),
			otp.ErrRequest)
	})
}
