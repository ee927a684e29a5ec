package verifier_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/json"
	"errors"
	"io/fs"
	"strings"
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
	key, err := token.NewSigningKey(t.Context(), "https://bundles.example.it", private)
	require.NoError(t, err)
	return key
}

func TestBundle(t *testing.T) {
	d := newDesk(t, issuerName)
	key := bundleKey(t, 3)
	issuer := verifier.TrustAnchor{Name: issuerName, Address: "https://api.example.it",
		Keys: []token.PublicKey{d.issuer.Keys[0].Public()}, KeysAsOf: keysAsOf}
	text, err := verifier.MakeBundle(t.Context(), key, issuedAt, issuer)
	require.NoError(t, err)
	jws, _, err := d.issuer.Issue(t.Context(), d.person)
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
			r := client.Check(t.Context(), jws, codicefiscale.Code{})
			assert.Equal(t, verifier.Authentic, r.Authenticity)
			assert.True(t, keysAsOf.Equal(r.Checks[4].AsOf),
				"the age of the keys is that of the bundle's evidence")
			now = b.Anchors[0].KeysUntil
			r = client.Check(t.Context(), jws, codicefiscale.Code{})
			assert.Equal(t, api.CodeKeysStale, r.Code)
			assert.Equal(t, verifier.AuthenticityUnknown, r.Authenticity)
			assert.Equal(t, api.CannotTell, r.Verdict)
		})
	}
}

func TestBundleRefused(t *testing.T) {
	d := newDesk(t, issuerName)
	key, other := bundleKey(t, 3), bundleKey(t, 4)
	text, err := verifier.MakeBundle(t.Context(), key, issuedAt,
		verifier.TrustAnchor{Name: issuerName, Keys: []token.PublicKey{d.issuer.Keys[0].Public()}})
	require.NoError(t, err)
	sign := func(payload string) string {
		text, err := key.SignJWS(t.Context(), "attesta-bundle+jwt", []byte(payload))
		require.NoError(t, err)
		return text
	}
	receipt, err := key.SignJWS(t.Context(), "attesta-receipt+jwt", []byte("{}"))
	require.NoError(t, err)
	signature, changed := strings.LastIndexByte(text, '.')+1, "A"
	if text[signature] == 'A' {
		changed = "B"
	}
	for _, tt := range []struct {
		name, text string
		trusted    token.PublicKey
		want       error
	}{
		{"a key that is not trusted", text, other.Public(), token.ErrUnknownKey},
		{"a key inside it", text, d.issuer.Keys[0].Public(), token.ErrUnknownKey},
		{"changed", text[:signature] + changed + text[signature+1:], key.Public(), token.ErrSignature},
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
	_, err = verifier.MakeBundle(t.Context(), key, issuedAt)
	assert.Error(t, err, "no issuer")
	keySet := &jwks.Client{IssuerName: issuerName, URL: "http://127.0.0.1:1/"}
	_, err = verifier.MakeBundle(t.Context(), key, issuedAt,
		verifier.TrustAnchor{Name: issuerName, KeySet: keySet})
	assert.ErrorIs(t, err, jwks.ErrNotFetched)
}

// bundleVector is a case of the group bundle; token/testdata/vectors/README.md describes it.
type bundleVector struct {
	ID       string          `json:"id"`
	Comment  string          `json:"comment"`
	Bundle   string          `json:"bundle"`
	Pad      int             `json:"pad"`
	Trusted  json.RawMessage `json:"trusted"`
	Now      int64           `json:"now"`
	Expected string          `json:"expected"`
	Content  *bundleContent  `json:"content"`
}

type bundleContent struct {
	MadeAt  int64          `json:"iat"`
	Old     bool           `json:"old"`
	Issuers []bundleIssuer `json:"issuers"`
}

type bundleIssuer struct {
	Name    string   `json:"name"`
	Address string   `json:"address"`
	AsOf    int64    `json:"keys_as_of"`
	Keys    []string `json:"keys"`
}

func TestBundleVectors(t *testing.T) {
	data, err := fs.ReadFile(token.Vectors(), "bundle.json")
	require.NoError(t, err)
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	var vectors []bundleVector
	require.NoError(t, d.Decode(&vectors))
	require.GreaterOrEqual(t, len(vectors), 100)
	codes := map[error]string{
		nil: "", verifier.ErrBundleTime: "from_the_future", verifier.ErrBundleTooOld: "too_old",
	}
	for _, v := range vectors {
		t.Run(v.ID, func(t *testing.T) {
			maker, err := token.ParseJWKS([]byte(`{"keys":[`+string(v.Trusted)+`]}`),
				"https://maker.example.it")
			require.NoError(t, err)
			text := v.Bundle + strings.Repeat("A", v.Pad)
			b, err := verifier.LoadBundle(text, maker[0], time.Unix(v.Now, 0), verifier.BundleAges{})
			code, known := codes[err]
			if cause := token.Cause(""); errors.As(err, &cause) {
				code, known = string(cause), true
			}
			require.True(t, known, "%v", err)
			assert.Equal(t, v.Expected, code, v.Comment)
			if err != nil {
				assert.Zero(t, b)
				return
			}
			require.NotNil(t, v.Content)
			got := bundleContent{MadeAt: b.MadeAt.Unix(), Old: b.Old}
			for _, i := range b.Anchors {
				issuer := bundleIssuer{Name: i.Name, Address: i.Address}
				if !i.KeysAsOf.IsZero() {
					issuer.AsOf = i.KeysAsOf.Unix()
				}
				for _, k := range i.Keys {
					issuer.Keys = append(issuer.Keys, k.ID())
				}
				got.Issuers = append(got.Issuers, issuer)
				assert.Equal(t, b.MadeAt.Add(verifier.BundleLife), i.KeysUntil)
			}
			assert.Equal(t, *v.Content, got)
		})
	}
}

// A maker writes nothing that a reader refuses.
func TestMakeBundleRefuses(t *testing.T) {
	d := newDesk(t, issuerName)
	key := bundleKey(t, 3)
	issuer := verifier.TrustAnchor{Name: issuerName, Keys: []token.PublicKey{d.issuer.Keys[0].Public()}}
	for name, change := range map[string]func(i *verifier.TrustAnchor){
		"an address outside ASCII": func(i *verifier.TrustAnchor) { i.Address = "https://api.example.it/à" },
		"an address in IPv6":       func(i *verifier.TrustAnchor) { i.Address = "https://[2001:db8::1]" },
		"keys before 1970":         func(i *verifier.TrustAnchor) { i.KeysAsOf = time.Unix(0, 0) },
		"keys beyond 10^11":        func(i *verifier.TrustAnchor) { i.KeysAsOf = time.Unix(1e11, 0) },
	} {
		bad := issuer
		change(&bad)
		_, err := verifier.MakeBundle(t.Context(), key, issuedAt, bad)
		assert.Error(t, err, name)
	}
	_, err := verifier.MakeBundle(t.Context(), key, time.Time{}, issuer)
	assert.Error(t, err, "a date before 1970")
}

// A desk without a network verifies receipts with the keys of a bundle, and takes no document under a key for
// receipts.
func TestBundleWithReceiptKey(t *testing.T) {
	d := newDesk(t, issuerName)
	private, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), bytes.Repeat([]byte{5}, 32))
	require.NoError(t, err)
	receipts, err := token.NewReceiptKey(t.Context(), issuerName, private)
	require.NoError(t, err)
	keys := []token.PublicKey{d.issuer.Keys[0].Public(), receipts.Public()}
	maker := bundleKey(t, 3)
	text, err := verifier.MakeBundle(t.Context(), maker, issuedAt,
		verifier.TrustAnchor{Name: issuerName, Keys: keys})
	require.NoError(t, err)
	bundle, err := verifier.LoadBundle(text, maker.Public(), issuedAt, verifier.BundleAges{})
	require.NoError(t, err)
	assert.Equal(t, keys, bundle.Anchors[0].Keys)
	client, err := verifier.New(bundle.Anchors...)
	require.NoError(t, err)
	client.Now = func() time.Time { return issuedAt }

	payload, err := api.Receipt{IssuerName: issuerName, IssuedAt: issuedAt.Unix(), Level: 1,
		Outcome: api.Confirmed, ID: digest, Check: digest, Answer: digest}.Payload()
	require.NoError(t, err)
	receipt, err := receipts.SignJWS(t.Context(), api.ReceiptType, payload)
	require.NoError(t, err)
	got, err := client.VerifyReceipt(t.Context(), receipt)
	require.NoError(t, err)
	assert.Equal(t, api.Confirmed, got.Outcome)

	forger := *d.issuer // somebody who stole the key for receipts
	stolen, err := token.NewSigningKey(t.Context(), issuerName, private)
	require.NoError(t, err)
	forger.Keys = []*token.SigningKey{stolen}
	forged, _, err := forger.Issue(t.Context(), d.person)
	require.NoError(t, err)
	r := client.Check(t.Context(), forged, codicefiscale.Code{})
	assert.Equal(t, api.CodeUnknownKey, r.Code)
	assert.Equal(t, verifier.AuthenticityUnknown, r.Authenticity)

	both := verifier.TrustAnchor{Name: issuerName, Keys: []token.PublicKey{keys[0], keys[0].ForReceipts()}}
	_, err = verifier.MakeBundle(t.Context(), maker, issuedAt, both)
	assert.Error(t, err, "one key of both uses")
	_, err = verifier.LoadBundle(text, maker.Public().ForReceipts(), issuedAt, verifier.BundleAges{})
	assert.Equal(t, token.ErrUnknownKey, err, "the maker's key is one for receipts")
}
