package citizen

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

// TestRefusal covers what the page says when package otp refuses. A fault has no text here.
func TestRefusal(t *testing.T) {
	const wait, blocked, foreign = "contacts.wait", "contacts.blocked", "contacts.number_foreign"
	for _, test := range []struct {
		cause   otp.Error
		after   time.Duration
		key     string
		minutes int
	}{
		{otp.ErrRateLimited, 20 * time.Minute, wait, 20},
		{otp.ErrRateLimited, 20*time.Minute + 1, wait, 21},
		{otp.ErrTooSoon, time.Second, wait, 1},
		{otp.ErrWait, 0, wait, 1},
		{otp.ErrLocked, time.Hour, wait, 60},
		{otp.ErrBarred, time.Hour, wait, 60},
		{otp.ErrBarred, 0, blocked, 0},
		{otp.ErrBlocked, 0, blocked, 0},
		{otp.ErrRefused, 0, blocked, 0},
		{otp.ErrContact, 0, foreign, 0},
		{otp.ErrUnavailable, 0, "", 0},
		{otp.ErrRequest, 0, "", 0},
	} {
		key, minutes := refusal(fmt.Errorf("x: %w", &otp.Refusal{Cause: test.cause, RetryAfter: test.after}))
		assert.Equal(t, test.key, key, test.cause)
		assert.Equal(t, test.minutes, minutes, test.cause)
		if key != "" {
			_, said := Texts().Say("it", key)
			assert.True(t, said, key)
		}
	}
	key, minutes := refusal(errors.New("no answer"))
	assert.Empty(t, key)
	assert.Zero(t, minutes)
}

// TestLetterCode covers for whom, to which address and for how long a code is valid: from one hour to two.
func TestLetterCode(t *testing.T) {
	now := time.Date(2026, 11, 2, 10, 0, 0, 0, time.UTC)
	p := &Pages{Key: [32]byte{1}, Now: func() time.Time { return now }}
	mario, _ := codicefiscale.Parse("RSSMRA80A01H501U")
	other, _ := codicefiscale.Parse("RSSMRA80A01H50MM")
	const address = "mario@posta.example"
	code := p.letterCode(mario, address, now)
	assert.Regexp(t, `^[A-HJ-NP-Z2-9]{4}-[A-HJ-NP-Z2-9]{4}-[A-HJ-NP-Z2-9]{4}$`, code)
	assert.Equal(t, code, p.letterCode(mario, address, now.Add(59*time.Minute)))
	assert.NotEqual(t, code, p.letterCode(mario, address, now.Add(time.Hour)))

	for typed, want := range map[string]bool{
		code: true, strings.ToLower(code): true, strings.ReplaceAll(code, "-", " – "): true,
		"\u00a0" + code + "\r\n": true, code[:13]: false, code + "A": false, "": false, "--": false,
	} {
		assert.Equal(t, want, p.letterCodeIs(typed, mario, address), "%q", typed)
	}
	assert.True(t, p.letterCodeIs(code, mario, "Mario@Posta.Example"), "case makes no difference")
	assert.False(t, p.letterCodeIs(code, other, address))
	assert.False(t, p.letterCodeIs(code, mario, "x"+address))
	assert.False(t, (&Pages{Key: [32]byte{2}, Now: p.Now}).letterCodeIs(code, mario, address), "another key")
	for wait, want := range map[time.Duration]bool{2*time.Hour - 1: true, 2 * time.Hour: false, -1: false} {
		begin := now
		now = now.Add(wait)
		assert.Equal(t, want, p.letterCodeIs(code, mario, address), wait)
		now = begin
	}
}
