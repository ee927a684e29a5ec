package otp_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/otp/otptest"
)

func TestPrintedCodes(t *testing.T) {
	paper := otp.PrintedCodes{ID: "A", Seed: otptest.Pepper('s'), Count: 4}
	f := newFixture(t)
	onPaper := func(q *otp.StartRequest) { q.Contacts = []otp.Contact{{Channel: otp.List, Codes: paper}} }
	c, _ := f.start(onPaper)
	assert.Equal(t, 1, c.ListNumber)
	assert.Equal(t, "A", c.ListID)
	assert.Empty(t, c.Comparison)
	assert.Empty(t, c.MaskedPhone)
	assert.True(t, c.ResendAt.IsZero())
	assert.Equal(t, otp.DeliveryNone, c.Delivery)
	assert.Empty(t, f.sent.Messages())
	first, ok := paper.Code(1, otp.ExtentYesNo)
	require.True(t, ok)
	assert.Regexp(t, `^[0-9]{8}$`, first.Reveal())
	second, _ := paper.Code(2, otp.ExtentYesNo)
	require.ErrorIs(t, f.answer(c.ID, second), otp.ErrWrongCode, "not the number that was asked for")
	v, err := f.Verify(t.Context(), otp.VerifyRequest{Parties: parties(), ID: c.ID, Code: first})
	require.NoError(t, err)
	assert.Equal(t, []string{"otp"}, v.AMR)

	c, _ = f.start(onPaper)
	assert.Equal(t, 2, c.ListNumber)
	_, err = f.resend(c.ID)
	require.ErrorIs(t, err, otp.ErrNoResends)
	f.clock.Advance(3 * 365 * 24 * time.Hour)
	c, _ = f.start(onPaper)
	assert.Equal(t, 3, c.ListNumber, "asked once, even unanswered, even years ago, is asked for ever")
	require.ErrorIs(t, f.answer(c.ID, first), otp.ErrWrongCode)
	require.ErrorIs(t, f.answer(c.ID, second), otp.ErrWrongCode)
	c, _ = f.start(onPaper)
	fourth, _ := paper.Code(4, otp.ExtentYesNo)
	require.NoError(t, f.answer(c.ID, fourth))

	q := request(t)
	q.Contacts = []otp.Contact{{Channel: otp.List, Codes: paper}, sms(t, phone)}
	_, err = f.Start(t.Context(), q)
	require.ErrorIs(t, err, otp.ErrNoChannel, "the list is used up")
	assert.Equal(t, []otp.Channel{otp.SMS}, refusal(err).Channels)
	paper.ID = "B"
	c, _ = f.start(onPaper)
	assert.Equal(t, 1, c.ListNumber, "a new list starts at its beginning")
	code, _ := paper.Code(1, otp.ExtentYesNo)
	assert.NotEqual(t, first.Reveal(), code.Reveal())
	for _, n := range []int{0, -1, 5} {
		_, ok := paper.Code(n, otp.ExtentYesNo)
		assert.False(t, ok)
	}
}

// Printed codes follow the same attempts, waits and binding as all codes.
func TestPrintedCodesShareTheEngine(t *testing.T) {
	paper := otp.PrintedCodes{ID: "A", Seed: otptest.Pepper('s'), Count: 40}
	f := newFixture(t)
	f.fail(4)
	c, _ := f.start(func(q *otp.StartRequest) {
		q.Contacts = []otp.Contact{
			{Channel: otp.List, Codes: paper}}
	})
	code, _ := paper.Code(1, otp.ExtentYesNo)
	require.ErrorIs(t, f.answerBy(by("other"), c.ID, code), otp.ErrNotFound,
		"another operator with the right code")
	require.ErrorIs(t, f.answer(c.ID, wrong(code)), otp.ErrWrongCode)
	require.ErrorIs(t, f.answer(c.ID, code), otp.ErrWait, "it was the fifth failure in a row")
	f.clock.Advance(30 * time.Second)
	require.NoError(t, f.answer(c.ID, code))
}

// The column that the person reads from says how much they approve. Of the nine pairs of what was asked and
// what was read, three are right.
func TestPrintedCodesSayTheExtent(t *testing.T) {
	paper := otp.PrintedCodes{ID: "A", Seed: otptest.Pepper('s'), Count: 9}
	for scope, asked := range map[string]otp.Extent{"benefit:parking": otp.ExtentYesNo,
		"domain:deafness": otp.ExtentOneEntry, "detail": otp.ExtentEverything} {
		for _, read := range []otp.Extent{otp.ExtentYesNo, otp.ExtentOneEntry, otp.ExtentEverything} {
			f := newFixture(t)
			c, _ := f.start(func(q *otp.StartRequest) {
				q.Scope, q.Contacts = scope, []otp.Contact{{Channel: otp.List, Codes: paper}}
			})
			code, ok := paper.Code(c.ListNumber, read)
			require.True(t, ok)
			if read == asked {
				require.NoError(t, f.answer(c.ID, code), scope)
			} else {
				require.ErrorIs(t, f.answer(c.ID, code), otp.ErrWrongCode, "%s: %s", scope, read)
			}
		}
	}
	_, ok := paper.Code(1, otp.ExtentYesNo+1)
	assert.False(t, ok)
}

// The record remembers the lists that were asked last, and how far each was used.
func TestAsked(t *testing.T) {
	f := newFixture(t)
	used := func(id string) int {
		n, err := f.Asked(t.Context(), "", otp.NewSecret(person), id)
		require.NoError(t, err)
		return n
	}
	for i := range 9 {
		f.clock.Advance(25 * time.Hour)
		f.start(func(q *otp.StartRequest) {
			q.Contacts = []otp.Contact{{Channel: otp.List,
				Codes: otp.PrintedCodes{ID: fmt.Sprint("L", i), Seed: otptest.Pepper('s'), Count: 9}}}
		})
	}
	assert.Equal(t, 1, used("L8"))
	assert.Equal(t, 1, used("L1"))
	assert.Zero(t, used("L0"), "the ninth list took its place")
	assert.Zero(t, used("other"))
	_, err := f.Asked(t.Context(), "", otp.Secret{}, "L1")
	assert.ErrorIs(t, err, otp.ErrRequest)
	assert.Equal(t, []otp.Channel{otp.SMS}, f.Usable([]otp.Contact{sms(t, phone), {Channel: otp.List}}))
}
