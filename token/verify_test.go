package token_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/token"
)

func TestVerifyWithoutKeys(t *testing.T) {
	for _, text := range []string{"", "x", newWorkshop(t).good} {
		c, err := token.Verify(text, nil, time.Unix(issuedAt, 0))
		assert.Equal(t, token.ErrNoKeys, err)
		assert.Zero(t, c)
		var cause token.Cause
		assert.False(t, errors.As(err, &cause), "a fault of the configuration says nothing of the paper")
	}
}

func TestVerifyZeroKey(t *testing.T) {
	good := newWorkshop(t).good
	keys := []token.PublicKey{{}, token.PublicKey{}.WithID("oKIywvGUpTU")}
	_, err := token.Verify(good, keys[:1], time.Unix(issuedAt, 0))
	assert.Equal(t, token.ErrUnknownKey, err)
	_, err = token.Verify(good, keys, time.Unix(issuedAt, 0))
	assert.Equal(t, token.ErrSignature, err)
}

// Two keys with one identifier: Verify tries all, whatever their type and order.
func TestVerifySharedIdentifier(t *testing.T) {
	w := newWorkshop(t)
	public := func(issuer string, k testKey) token.PublicKey {
		return must(token.NewPublicKey(issuer, k.signer.Public())).WithID(w.es.Kid)
	}
	right, ed, other := public(issuerName, w.es), public(issuerName, w.ed), public(otherIssuer, w.other)
	for _, keys := range [][]token.PublicKey{{right, ed, other}, {ed, other, right}, {other, right, ed}} {
		_, err := token.Verify(w.good, keys, time.Unix(issuedAt, 0))
		assert.NoError(t, err)
	}
	_, err := token.Verify(w.good, []token.PublicKey{ed, other}, time.Unix(issuedAt, 0))
	assert.Equal(t, token.ErrSignature, err)

	// It is not enough that the named issuer has a key with this identifier: that key must have
	// signed.
	foreign := public(otherIssuer, w.es)
	_, err = token.Verify(w.good, []token.PublicKey{foreign, ed}, time.Unix(issuedAt, 0))
	assert.Equal(t, token.ErrIssuer, err)
}

func TestVerifyFractionsOfASecond(t *testing.T) {
	w := newWorkshop(t)
	keys := []token.PublicKey{must(token.NewPublicKey(issuerName, w.es.signer.Public()))}
	for _, test := range []struct {
		now  time.Time
		want error
	}{
		{time.Unix(issuedAt-300, -1), token.ErrNotYetValid},
		{time.Unix(issuedAt-300, 0), nil},
		{time.Unix(expires, -1), nil},
		{time.Unix(expires, 0), token.ErrExpired},
		{time.Time{}, token.ErrNotYetValid},
		{time.Unix(1<<40, 0), token.ErrExpired},
	} {
		_, err := token.Verify(w.good, keys, test.now)
		assert.Equal(t, test.want, err, test.now)
	}
}

func TestVerifyOfPieces(t *testing.T) {
	w := newWorkshop(t)
	keys := []token.PublicKey{must(token.NewPublicKey(issuerName, w.es.signer.Public()))}
	pieces := []string{"", ".", "..", "...", strings.Repeat(".", 90), strings.Repeat("A", 87), "." +
		strings.Repeat("A", 86), "..." + strings.Repeat("A", 86), "A.A." + strings.Repeat("A", 86),
		strings.Repeat("A", token.MaxSize), "\xff", "é.é.é"}
	for _, text := range pieces {
		c, err := token.Verify(text, keys, time.Unix(issuedAt, 0))
		assert.Equal(t, token.ErrShape, err, "%q", text)
		assert.Zero(t, c)
	}
}

func TestCause(t *testing.T) {
	seen := map[token.Cause]bool{}
	for _, cause := range allCauses {
		assert.False(t, seen[cause])
		seen[cause] = true
		var err error = cause
		wrapped := fmt.Errorf("at the desk: %w", err)
		assert.ErrorIs(t, wrapped, cause)
		var got token.Cause
		require.ErrorAs(t, wrapped, &got)
		assert.Equal(t, cause, got)
		assert.Equal(t, "token refused: "+string(cause), err.Error())
		for _, other := range allCauses {
			assert.Equal(t, other == cause, errors.Is(err, other))
		}
	}
}
