package seal_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/qr-invalidita/attesta/verifier/page/internal/seal"
)

func TestBox(t *testing.T) {
	now := time.Date(2026, 11, 27, 9, 0, 0, 0, time.UTC)
	box := seal.Box{Key: [32]byte{1}, Now: func() time.Time { return now }}
	text := box.Seal(map[string]string{"cf": "RSSMRA80A01H501U"}, "page", time.Minute)
	assert.NotContains(t, text, "RSSMRA")
	assert.NotEqual(
		t,
		text,
		box.Seal(map[string]string{"cf": "RSSMRA80A01H501U"}, "page", time.Minute),
		"the nonce is random",
	)

	var opened map[string]string
	assert.True(t, box.Open(text, "page", &opened))
	assert.Equal(t, "RSSMRA80A01H501U", opened["cf"])

	other := seal.Box{Key: [32]byte{2}, Now: box.Now}
	assert.False(t, other.Open(text, "page", &opened), "another key")
	assert.False(t, box.Open(text, "cookie", &opened), "another use")
	assert.False(t, box.Open(text, "page", new(int)), "another type")
	for i := range text {
		assert.False(t, box.Open(text[:i], "page", &opened), "cut at %d", i)
	}
	now = now.Add(time.Minute)
	assert.False(t, box.Open(text, "page", &opened), "too old")
	assert.Empty(t, box.Seal(func() {}, "page", time.Minute))
}
