package secret_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/secret"
)

var one = filled("Q")

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func TestKeysDiffer(t *testing.T) {
	two := filled("R")
	seen := make(map[string]bool)
	for _, key := range [][]byte{must(one.Key("a", nil)), must(one.Key("b", nil)),
		must(one.Key("a", []byte("salt"))), must(two.Key("a", nil)),
		must(must(one.Signer("a")).Bytes()), must(must(one.Signer("b")).Bytes())} {
		assert.Len(t, key, 32)
		seen[string(key)] = true
	}
	assert.Len(t, seen, 6)
	assert.Equal(t, must(one.Signer("a")), must(filled("Q").Signer("a")), "in another process")
	_, err := secret.Secret("short").Key("a", nil)
	assert.ErrorIs(t, err, secret.ErrShort)
	_, err = secret.Secret("short").Signer("a")
	assert.ErrorIs(t, err, secret.ErrShort)
	_, err = secret.Secret("short").Box("a", nil)
	assert.ErrorIs(t, err, secret.ErrShort)
}

// filled returns the secret that another process has.
func filled(s string) secret.Secret { return secret.Secret(bytes.Repeat([]byte(s), 32)) }

func TestBox(t *testing.T) {
	box, other := must(one.Box("a", nil)), must(one.Box("b", nil))
	text := must(box.Seal(map[string]int{"x": 1}))
	assert.NotEqual(t, text, must(box.Seal(map[string]int{"x": 1})))
	assert.Regexp(t, `^[A-Za-z0-9_-]+$`, text)
	var got map[string]int
	require.NoError(t, must(one.Box("a", nil)).Open(text, &got))
	assert.Equal(t, map[string]int{"x": 1}, got)
	assert.ErrorIs(t, other.Open(text, &got), secret.ErrSealed)
	// Every shorter text and every changed letter is refused.
	for i := range text {
		assert.ErrorIs(t, box.Open(text[:i], &got), secret.ErrSealed)
		changed := []byte(text)
		changed[i] ^= 1
		assert.ErrorIs(t, box.Open(string(changed), &got), secret.ErrSealed)
		assert.ErrorIs(t, box.Open(text[:i]+"\n"+text[i:], &got), secret.ErrSealed, "a line break")
	}
	plain, err := box.OpenBytes(box.SealBytes([]byte("plain"), []byte("here")), []byte("here"))
	require.NoError(t, err)
	assert.Equal(t, "plain", string(plain))
	_, err = other.OpenBytes(box.SealBytes([]byte("plain"), nil), nil)
	assert.ErrorIs(t, err, secret.ErrSealed)
	_, err = box.OpenBytes(box.SealBytes([]byte("plain"), []byte("here")), []byte("there"))
	assert.ErrorIs(t, err, secret.ErrSealed)
}

func TestPrintsNothing(t *testing.T) {
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "s", one)
	text := fmt.Sprintf("%s %v %x %q %d %#v", one, one, one, one, one, one) + log.String()
	for _, shown := range []string{"QQ", "5151", "51 51", "81 81"} {
		assert.NotContains(t, text, shown)
	}
}
