package token_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/verifier/api"
)

// A key for receipts signs and verifies receipts, and nothing else.
func TestReceiptKey(t *testing.T) {
	key, err := token.NewReceiptKey(t.Context(), issuerName, edPrivate())
	require.NoError(t, err)
	assert.True(t, key.Public().IsForReceipts())
	set, err := token.MarshalJWKS([]token.PublicKey{newIssuer(t, esPrivate()).Keys[0].Public(), key.Public()})
	require.NoError(t, err)
	assert.Contains(t, string(set), `"use": "attesta-receipt"`)
	keys, err := token.ParseJWKS(set, issuerName)
	require.NoError(t, err)
	require.Len(t, keys, 2)
	assert.Equal(t, []bool{false, true}, []bool{keys[0].IsForReceipts(), keys[1].IsForReceipts()})

	receipt, err := key.SignJWS(t.Context(), api.ReceiptType, []byte("{}"))
	require.NoError(t, err)
	_, err = token.VerifyJWS(api.ReceiptType, receipt, keys, token.MaxSize)
	assert.NoError(t, err)
	_, err = key.SignJWS(t.Context(), noteType, []byte("{}"))
	assert.Error(t, err)
	signer := newIssuer(t, esPrivate())
	signer.Keys = []*token.SigningKey{key}
	_, _, err = signer.Issue(t.Context(), code(t, person))
	assert.ErrorIs(t, err, token.ErrNoSigningKey)

	// Somebody who stole the key makes a token and a bundle with it.
	thief := newIssuer(t, edPrivate())
	forged, _, err := thief.Issue(t.Context(), code(t, person))
	require.NoError(t, err)
	note, err := thief.SignJWS(t.Context(), noteType, []byte("{}"))
	require.NoError(t, err)
	for _, keys := range [][]token.PublicKey{keys, keys[1:]} {
		_, err = token.Verify(forged, keys, thief.Now())
		assert.Equal(t, token.ErrUnknownKey, err)
		_, err = token.VerifyJWS(noteType, note, keys, token.MaxSize)
		assert.Equal(t, token.ErrUnknownKey, err)
	}
}

// An issuer that publishes a stranger's key for receipts does not take over the stranger's documents, nor do
// documents under the stranger's key count as its own.
func TestReceiptKeyOfAnotherIssuer(t *testing.T) {
	const other = "https://other.example.it"
	stranger := newIssuer(t, esPrivate())
	copied, err := token.NewPublicKey(other, esPrivate().Public())
	require.NoError(t, err)
	inOtherName, err := token.NewSigningKey(t.Context(), other, esPrivate())
	require.NoError(t, err)
	forger := *stranger
	forger.Keys = []*token.SigningKey{inOtherName}
	forged, _, err := forger.Issue(t.Context(), code(t, person))
	require.NoError(t, err)
	keys := []token.PublicKey{stranger.Keys[0].Public(), copied.ForReceipts()}
	_, err = token.Verify(forged, keys, stranger.Now())
	assert.Equal(t, token.ErrIssuer, err)
	good, _, err := stranger.Issue(t.Context(), code(t, person))
	require.NoError(t, err)
	_, err = token.Verify(good, keys, stranger.Now())
	assert.NoError(t, err)
}
