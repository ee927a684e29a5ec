package verifier_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/token/jwks"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/api"
)

func bundleKey(t *testing.T, seed byte) *token.SigningKey {
	t.Helper()
	private, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), bytes.Repeat([]byte{seed}, 32))
	require.NoError(t, err)
	key, err := token.NewSigningKey("https://bundles.example.it", private)
	require.NoError(t, err)
	return key
}

func TestBundle(t *testing.T) {
	d := newDesk(t, issuerName)
	key := bundleKey(t, 3)
	issuer := verifier.TrustAnchor{Name: issuerName, Address: "https://api.example.it",
		Keys: []token.PublicKey{d.issuer.Keys[0].Public()}, KeysAsOf: keysAsOf}
	text, err := verifier.MakeBundle(key, issuedAt, issuer)
	require.NoError(t, err)
	jws, _, err := d.issuer.Issue(d.person)
	require.NoError(t, err)

	for _, tt := range []struct {
		name string
		now  time.Time
		ages verifier.BundleAges
		old  bool
		want error
	}{
		{"fresh", issuedAt, verifier.BundleAges{}, false, nil},
		{"clock a little behind", issuedAt.Add(-token.Leeway), verifier.BundleAges{}, false, nil},
		{"clock far behind", issuedAt.Add(-token.Leeway - time.Second), verifier.BundleAges{}, false,
			verifier.ErrBundleTime},
		{"just not old", issuedAt.Add(24*time.Hour - 1), verifier.BundleAges{}, false, nil},
		{"old", issuedAt.Add(24 * time.Hour), verifier.BundleAges{}, true, nil},
		{"just not too old", issuedAt.Add(7*24*time.Hour - 1), verifier.BundleAges{}, true, nil},
		{"too old", issuedAt.Add(7 * 24 * time.Hour), verifier.BundleAges{}, false, verifier.ErrBundleTooOld},
		{"set otherwise", issuedAt.Add(2 * time.Hour),
			verifier.BundleAges{Warning: time.Hour, Life: 3 * time.Hour}, true, nil},
		{"too old as set", issuedAt.Add(3 * time.Hour),
			verifier.BundleAges{Warning: time.Hour, Life: 3 * time.Hour}, false, verifier.ErrBundleTooOld},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b, err := verifier.LoadBundle(text, key.Public(), tt.now, tt.ages)
			assert.Equal(t, tt.want, err)
			assert.Equal(t, tt.old, b.Old)
			if err != nil {
				assert.Zero(t, b)
				return
			}
			client, err := verifier.New(b.Anchors...)
			require.NoError(t, err)
			now := issuedAt
			client.Now = func() time.Time { return now }
			r := client.Check(jws, codicefiscale.Code{})
			assert.Equal(t, verifier.Authentic, r.Authenticity)
			assert.True(t, keysAsOf.Equal(r.Checks[4].AsOf),
				"the age of the keys is that of the bundle's evidence")
			now = b.Anchors[0].KeysUntil
			r = client.Check(jws, codicefiscale.Code{})
			assert.Equal(t, api.CodeKeysStale, r.Code)
			assert.Equal(t, verifier.AuthenticityUnknown, r.Authenticity)
			assert.Equal(t, api.CannotTell, r.Verdict)
		})
	}
}

func TestBundleRefused(t *testing.T) {
	d := newDesk(t, issuerName)
	key, other := bundleKey(t, 3), bundleKey(t, 4)
	text, err := verifier.MakeBundle(key, issuedAt,
		verifier.TrustAnchor{Name: issuerName, Keys: []token.PublicKey{d.issuer.Keys[0].Public()}})
	require.NoError(t, err)
	sign := func(payload string) string {
		text, err := key.SignJWS(verifier.BundleType, []byte(payload))
		require.NoError(t, err)
		return text
	}
	receipt, err := key.SignJWS("attesta-receipt+jwt", []byte("{}"))
	require.NoError(t, err)
	for _, tt := range []struct {
		name, text string
		trusted    token.PublicKey
		want       error
	}{
		{"a key that is not trusted", text, other.Public(), token.ErrUnknownKey},
		{"a key inside it", text, d.issuer.Keys[0].Public(), token.ErrUnknownKey},
		{"changed", text[:len(text)-2] + "AA", key.Public(), token.ErrSignature},
		{"a receipt", receipt, key.Public(), token.ErrHeader},
		{"nothing", "", key.Public(), token.ErrShape},
		{"no issuer", sign(`{"iat":1772366400,"issuers":[]}`), key.Public(), token.ErrClaims},
		{"no date", sign(`{"issuers":[]}`), key.Public(), token.ErrClaims},
		{"no keys", sign(`{"iat":1772366400,"issuers":[{"jwks":{"issuer":"https://a.it","keys":[]}}]}`),
			key.Public(), token.ErrClaims},
		{"unknown member", sign(`{"iat":1772366400,"issuers":[],"x":1}`), key.Public(), token.ErrClaims},
		{"not JSON", sign("x"), key.Public(), token.ErrClaims},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b, err := verifier.LoadBundle(tt.text, tt.trusted, issuedAt, verifier.BundleAges{})
			assert.Equal(t, tt.want, err)
			assert.Zero(t, b)
		})
	}
	_, err = verifier.MakeBundle(key, issuedAt)
	assert.Error(t, err, "no issuer")
	keySet := &jwks.Client{IssuerName: issuerName, URL: "http://127.0.0.1:1/"}
	_, err = verifier.MakeBundle(key, issuedAt, verifier.TrustAnchor{Name: issuerName, KeySet: keySet})
	assert.ErrorIs(t, err, jwks.ErrNotFetched)
}
