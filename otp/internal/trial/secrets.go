package trial

import (
	"bytes"
	"fmt"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/otp/otptest"
)

// Secrets uses the store, then searches the stored data, as returned by dump, and all logs for
// codes, numbers, persons, operators and organisations. dump must return bytes as they are,
// because hexadecimal digits would soon match a code.
func Secrets(t *testing.T, b Backend, dump func() []byte) {
	var log bytes.Buffer
	sent := &otptest.Recorder{}
	g := newChallenges(t, b, sent, func(c *otp.Config) {
		c.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	var codes []otp.Code
	for i := range 20 {
		q := person(fmt.Sprint("secrets", i))
		c, err := g.Start(t.Context(), q)
		require.NoError(t, err)
		code := sent.Last().Code
		codes = append(codes, code, wrong(code))
		if i%2 == 0 {
			_, err = g.Verify(t.Context(), answer(q, c.ID, wrong(code)))
			require.ErrorIs(t, err, otp.ErrWrongCode)
		}
		if i%3 == 0 {
			_, err = g.Verify(t.Context(), answer(q, c.ID, code))
			require.NoError(t, err)
		}
	}
	stored := dump()
	require.Greater(t, len(stored), 20*300, "the dump holds the records")
	require.Contains(t, log.String(), "otp verified")
	for where, text := range map[string][]byte{"stored": stored, "logged": log.Bytes()} {
		for _, secret := range []string{phone[1:], phone[4:], subject, "operator secrets", org,
			"start secrets", "parking"} {
			assert.False(t, bytes.Contains(text, []byte(secret)), "%s: %s", where, secret)
		}
		for _, code := range codes {
			assert.False(t, number(text, code.Reveal()), "%s: a code", where)
		}
	}
}

// number reports whether text contains digits and not as part of a longer number, such as a
// time or a version.
func number(text []byte, digits string) bool {
	digit := func(i int) bool { return i >= 0 && i < len(text) && text[i] >= '0' && text[i] <= '9' }
	for from := 0; ; {
		i := bytes.Index(text[from:], []byte(digits))
		if i < 0 {
			return false
		}
		if from += i; !digit(from-1) && !digit(from+len(digits)) {
			return true
		}
		from++
	}
}
