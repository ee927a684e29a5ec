package token_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/asn1"
	"errors"
	"fmt"
	"io"
	"math/big"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/token"
)

// hidden is a signer like an HSM or KMS: its key is not visible.
type hidden struct{ crypto.Signer }

// fake signs with a function.
type fake struct {
	public crypto.PublicKey
	sign   func(random io.Reader, digest []byte) ([]byte, error)
}

func (f fake) Public() crypto.PublicKey { return f.public }
func (f fake) Sign(random io.Reader, digest []byte, _ crypto.SignerOpts) ([]byte, error) {
	return f.sign(random, digest)
}

// messageSigner implements Go's interface for a signer that hashes by itself.
type messageSigner struct {
	*ecdsa.PrivateKey
	asked *crypto.Hash
}

func (m messageSigner) SignMessage(random io.Reader, message []byte, opts crypto.SignerOpts) ([]byte, error) {
	*m.asked = opts.HashFunc()
	digest := sha256.Sum256(message)
	return m.PrivateKey.Sign(random, digest[:], opts)
}

func (m messageSigner) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) {
	return nil, errors.New("this signer takes messages only")
}

func verifies(t *testing.T, issuer *token.Signer) string {
	t.Helper()
	text, _, err := issuer.Issue(t.Context(), code(t, person))
	require.NoError(t, err)
	_, err = token.Verify(text, publicKeys(issuer), issuer.Now())
	require.NoError(t, err)
	return text
}

func TestSigningIsDeterministicInMemory(t *testing.T) {
	for _, signer := range []crypto.Signer{esPrivate(), edPrivate()} {
		issuer := newIssuer(t, signer)
		assert.Equal(t, verifies(t, issuer), verifies(t, issuer))
		k := newTestKey(signer)
		assert.Equal(t, verifies(t, issuer), k.token(k.header(), newWorkshop(t).payload),
			"another implementation's bytes")
	}
}

func TestForeignSigner(t *testing.T) {
	issuer := newIssuer(t, hidden{esPrivate()})
	first := verifies(t, issuer)
	assert.NotEqual(t, first, verifies(t, issuer), "a foreign signer gets a source of randomness")
	for range 100 { // 2^-100 that no s is high by itself
		verifies(t, issuer)
	}
	verifies(t, newIssuer(t, hidden{edPrivate()}))
}

func TestForeignSignerGetsRandomness(t *testing.T) {
	key := esPrivate()
	var sources []io.Reader
	signer := fake{key.Public(), func(random io.Reader, digest []byte) ([]byte, error) {
		sources = append(sources, random)
		return key.Sign(random, digest, crypto.SHA256)
	}}
	verifies(t, newIssuer(t, signer))
	assert.Equal(t, []io.Reader{rand.Reader, rand.Reader}, sources, "the probe and the token")
}

func TestMessageSigner(t *testing.T) {
	var asked crypto.Hash
	verifies(t, newIssuer(t, messageSigner{esPrivate(), &asked}))
	assert.Equal(t, crypto.SHA256, asked)
}

// Every signature has r and s in 32 bytes and s in the lower half, whatever form the signer gave it.
func TestSignatureForm(t *testing.T) {
	key := esPrivate()
	n := key.Params().N
	var short, high, leading int
	signer := fake{key.Public(), func(random io.Reader, digest []byte) ([]byte, error) {
		der, err := key.Sign(random, digest, crypto.SHA256)
		if err != nil {
			return nil, err
		}
		var rs struct{ R, S *big.Int }
		must(asn1.Unmarshal(der, &rs))
		if half := new(big.Int).Rsh(n, 1); rs.S.Cmp(half) <= 0 && high%2 == 0 {
			rs.S.Sub(n, rs.S)
		}
		high++
		if rs.R.BitLen() <= 248 || rs.S.BitLen() <= 248 {
			short++
		}
		if rs.R.BitLen() == 256 {
			leading++ // DER writes a zero byte before it
		}
		return asn1.Marshal(rs)
	}}
	issuer := newIssuer(t, signer)
	for short == 0 || leading == 0 || high < 20 {
		text := verifies(t, issuer)
		_, _, signature := parts(text)
		raw := must(b64.DecodeString(signature))
		require.Len(t, raw, 64)
		assert.LessOrEqual(t, new(big.Int).SetBytes(raw[32:]).Cmp(new(big.Int).Rsh(n, 1)), 0)
	}
}

// The greatest low s is (n-1)/2. The test computes, backwards from such a signature, a key under
// which it is valid.
func TestLowSBoundary(t *testing.T) {
	const message = "any message"
	n := elliptic.P256().Params().N
	digest := sha256.Sum256([]byte(message))
	z := new(big.Int).SetBytes(digest[:])
	k := big.NewInt(12345) // the nonce; R = kG
	point := must(must(ecdsa.ParseRawPrivateKey(elliptic.P256(),
		k.FillBytes(make([]byte, 32)))).PublicKey.Bytes())
	r := new(big.Int).SetBytes(point[1:33])
	for offset, want := range []bool{true, false} {
		s := new(big.Int).Add(new(big.Int).Rsh(n, 1), big.NewInt(int64(offset)))
		d := new(big.Int).Mul(s, k) // d = (sk - z) / r
		d.Sub(d, z).Mul(d, new(big.Int).ModInverse(r, n)).Mod(d, n)
		private := must(ecdsa.ParseRawPrivateKey(elliptic.P256(), d.FillBytes(make([]byte, 32))))
		require.True(t, ecdsa.Verify(&private.PublicKey, digest[:], r, s))
		signature := append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
		key := must(token.NewPublicKey(issuerName, private.Public()))
		assert.Equal(t, want, key.VerifySignature(message, signature))
		assert.Equal(t, !want, key.VerifySignature(message, highS(signature)))
	}
}

func TestNewSigningKeyRefuses(t *testing.T) {
	key := esPrivate()
	broken := errors.New("token was removed from the slot")
	ecdsaOf := func(change func(der []byte) []byte) crypto.Signer {
		return fake{key.Public(), func(random io.Reader, digest []byte) ([]byte, error) {
			der, err := key.Sign(random, digest, crypto.SHA256)
			return change(der), err
		}}
	}
	returns := func(signature []byte) crypto.Signer {
		return ecdsaOf(func([]byte) []byte { return signature })
	}
	sequence := func(r, s *big.Int) []byte { return must(asn1.Marshal(struct{ R, S *big.Int }{r, s})) }
	huge := new(big.Int).Lsh(big.NewInt(1), 256)
	tests := map[string]struct {
		issuer string
		signer crypto.Signer
	}{
		"no signer":               {issuerName, nil},
		"no issuer":               {"", key},
		"issuer with a slash":     {issuerName + "/", key},
		"P-224":                   {issuerName, must(ecdsa.GenerateKey(elliptic.P224(), rand.Reader))},
		"P-384":                   {issuerName, p384Private()},
		"RSA":                     {issuerName, must(rsa.GenerateKey(rand.Reader, 2048))},
		"a public key of no type": {issuerName, fake{public: "key"}},
		"no public key":           {issuerName, fake{}},
		"r‖s instead of ASN.1": {issuerName, ecdsaOf(func(der []byte) []byte {
			var rs struct{ R, S *big.Int }
			must(asn1.Unmarshal(der, &rs))
			return append(rs.R.FillBytes(make([]byte, 32)), rs.S.FillBytes(make([]byte, 32))...)
		})},
		"nothing":           {issuerName, returns(nil)},
		"garbage":           {issuerName, returns(bytes.Repeat([]byte{0x30}, 70))},
		"bytes after ASN.1": {issuerName, ecdsaOf(func(der []byte) []byte { return append(der, 0) })},
		"a third number": {issuerName, ecdsaOf(func(der []byte) []byte {
			var rs struct{ R, S *big.Int }
			must(asn1.Unmarshal(der, &rs))
			return must(asn1.Marshal(struct{ R, S, X *big.Int }{rs.R, rs.S, rs.S}))
		})},
		"one number":           {issuerName, returns(must(asn1.Marshal(struct{ R int }{1})))},
		"negative r":           {issuerName, returns(sequence(big.NewInt(-1), big.NewInt(1)))},
		"r of 33 bytes":        {issuerName, returns(sequence(huge, big.NewInt(1)))},
		"s of 33 bytes":        {issuerName, returns(sequence(big.NewInt(1), huge))},
		"zero":                 {issuerName, returns(sequence(new(big.Int), new(big.Int)))},
		"the signature of one": {issuerName, returns(sequence(big.NewInt(1), big.NewInt(1)))},
		"another key's signature": {issuerName,
			fake{key.Public(), func(random io.Reader, digest []byte) ([]byte, error) {
				return esPrivateOf("another").Sign(random, digest, crypto.SHA256)
			}}},
		"another hash": {issuerName,
			fake{key.Public(), func(random io.Reader, digest []byte) ([]byte, error) {
				return key.Sign(random, append(digest[1:], 0), crypto.SHA256)
			}}},
		"an Ed25519 signature too short": {issuerName,
			fake{edPrivate().Public(), func(io.Reader, []byte) ([]byte, error) {
				return make([]byte, 63), nil
			}}},
		"an Ed25519 signature of the hash": {issuerName,
			fake{edPrivate().Public(), func(_ io.Reader, message []byte) ([]byte, error) {
				digest := sha256.Sum256(message)
				return ed25519.Sign(edPrivate(), digest[:]), nil
			}}},
		"an error": {issuerName, fake{key.Public(),
			func(io.Reader, []byte) ([]byte, error) { return nil, broken }}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := token.NewSigningKey(t.Context(), test.issuer, test.signer)
			assert.Error(t, err)
			assert.Nil(t, got)
			assert.Equal(t, name == "an error", errors.Is(err, broken),
				"the signer's own error stays visible")
		})
	}
}

// If a signer fails later, there is no token.
func TestSignerFailsLater(t *testing.T) {
	key := esPrivate()
	broken := errors.New("the network is down")
	calls := 0
	issuer := newIssuer(t, fake{key.Public(), func(random io.Reader, digest []byte) ([]byte, error) {
		if calls++; calls > 1 {
			return nil, broken
		}
		return key.Sign(random, digest, crypto.SHA256)
	}})
	text, claims, err := issuer.Issue(t.Context(), code(t, person))
	assert.ErrorIs(t, err, broken)
	assert.Empty(t, text)
	assert.Zero(t, claims)
}

func TestDates(t *testing.T) {
	when := func(s int64) time.Time { return time.Unix(s, 0) }
	var free token.Dates
	assert.True(t, free.CanSign(when(0)) && free.IsPublished(when(0)))

	d := token.Dates{Created: when(100), NotBefore: when(200), SignUntil: when(300), PublishUntil: when(400)}
	revoked := d
	revoked.Revoked = when(250)
	for _, test := range []struct {
		at               int64
		signs, published bool
	}{{99, false, true}, {199, false, true}, {200, true, true}, {299, true, true}, {300, false, true},
		{399, false, true}, {400, false, false}} {
		t.Run(fmt.Sprint(test.at), func(t *testing.T) {
			assert.Equal(t, test.signs, d.CanSign(when(test.at)))
			assert.Equal(t, test.published, d.IsPublished(when(test.at)))
			assert.False(t, revoked.CanSign(when(test.at)) || revoked.IsPublished(when(test.at)))
		})
	}
	endless := token.Dates{PublishUntil: when(400)}
	assert.False(t, endless.CanSign(when(400)), "a key that is not published does not sign")
}
