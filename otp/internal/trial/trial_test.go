package trial

import (
	"fmt"
	"math"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/otp/otptest"
)

func TestNumber(t *testing.T) {
	for text, want := range map[string]bool{"123456": true, "a123456b": true, "\x00123456\xff": true,
		"0123456": false,
		"1234567": false, "0123456 123456": true, "12345": false, "": false, "123123456": false} {
		assert.Equal(t, want, number([]byte(text), "123456"), text)
	}
}

func TestCause(t *testing.T) {
	assert.Equal(t, otp.Error(""), cause(nil))
	assert.Equal(t, otp.ErrExpired, cause(fmt.Errorf("x: %w", &otp.Refusal{Cause: otp.ErrExpired})))
	assert.Contains(t, string(cause(os.ErrExist)), "not a refusal")
}

type memory struct {
	otp.MemoryStore
	otp.MemoryLimiter
}

// The trials take tokens from every limit and reach none.
func TestGenerous(t *testing.T) {
	b, sent := &memory{}, &byID{}
	g := newChallenges(t, b, sent, nil)
	for i := range 200 {
		c, err := g.Start(t.Context(), person(fmt.Sprint(i)))
		require.NoError(t, err)
		require.Len(t, sent.code(c.ID).Reveal(), 6)
		require.NotEqual(t, sent.code(c.ID).Reveal(), wrong(sent.code(c.ID)).Reveal())
	}
	d, err := b.Take(t.Context(), []otp.Bucket{{Key: "x", Burst: math.MaxInt32, Interval: time.Millisecond}})
	require.NoError(t, err)
	assert.True(t, d.OK)
}

// TestSecretsFinds checks that data written in clear is found.
func TestSecretsFinds(t *testing.T) {
	sent := &otptest.Recorder{}
	g := newChallenges(t, &memory{}, sent, nil)
	_, err := g.Start(t.Context(), person("x"))
	require.NoError(t, err)
	assert.True(t, number([]byte(strings.Repeat("7", 20)+"\n"+sent.Last().Text.Reveal()),
		sent.Last().Code.Reveal()))
}
