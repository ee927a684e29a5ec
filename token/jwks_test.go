package token_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/token"
)

func TestNewPublicKey(t *testing.T) {
	es, err := token.NewPublicKey(issuerName, esPrivate().Public())
	require.NoError(t, err)
	assert.Equal(t, "oKIywvGUpTU", es.ID())
	assert.Equal(t, "ES256", es.Algorithm())
	assert.Equal(t, issuerName, es.IssuerName())
	assert.True(t, esPrivate().PublicKey.Equal(es.Key()))

	ed, err := token.NewPublicKey(otherIssuer, edPrivate().Public())
	require.NoError(t, err)
	assert.Equal(t, "kPrK_qmxVWY", ed.ID())
	assert.Equal(t, "EdDSA", ed.Algorithm())

	assert.True(t, es.Equal(must(token.NewPublicKey(otherIssuer, esPrivate().Public()))),
		"the owner is irrelevant")
	assert.False(t, es.Equal(ed))
	var zero token.PublicKey
	assert.False(t, es.Equal(zero) || zero.Equal(es) || zero.Equal(zero))
	assert.Empty(t, zero.ID()+zero.Algorithm()+zero.IssuerName())
	assert.Nil(t, zero.Key())
}

func TestNewPublicKeyRefuses(t *testing.T) {
	tests := map[string]struct {
		issuer string
		key    crypto.PublicKey
	}{
		"nil":                  {issuerName, nil},
		"nil P-256":            {issuerName, (*ecdsa.PublicKey)(nil)},
		"no curve":             {issuerName, &ecdsa.PublicKey{}},
		"P-384":                {issuerName, p384Private().Public()},
		"a value":              {issuerName, esPrivate().PublicKey},
		"a private key":        {issuerName, esPrivate()},
		"a private Ed25519":    {issuerName, edPrivate()},
		"Ed25519 of 31 bytes":  {issuerName, ed25519.PublicKey(make([]byte, 31))},
		"Ed25519 of no bytes":  {issuerName, ed25519.PublicKey{}},
		"bytes":                {issuerName, make([]byte, 32)},
		"no issuer":            {"", esPrivate().Public()},
		"issuer with a slash":  {issuerName + "/", esPrivate().Public()},
		"issuer in upper case": {strings.ToUpper(issuerName), edPrivate().Public()},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			key, err := token.NewPublicKey(test.issuer, test.key)
			assert.Error(t, err)
			assert.Zero(t, key)
		})
	}
}

// The points of small order on edwards25519 in every encoding that Go's decoder accepts, little
// endian: each of the seven y coordinates with either sign of x. Each verifies a signature that
// nobody made.
func TestSmallOrderKeys(t *testing.T) {
	for _, digits := range []string{
		"0000000000000000000000000000000000000000000000000000000000000000",
		"0000000000000000000000000000000000000000000000000000000000000080",
		"0100000000000000000000000000000000000000000000000000000000000000",
		"0100000000000000000000000000000000000000000000000000000000000080",
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
		"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
		"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
	} {
		key := ed25519.PublicKey(must(hex.DecodeString(digits)))
		_, err := token.NewPublicKey(issuerName, key)
		assert.ErrorContains(t, err, "ed25519 key of small order", digits)

		// The test only has a point if the key is dangerous: R is the neutral element and S is
		// zero.
		signature := append(identityPoint(), make([]byte, 32)...)
		dangerous := slices.ContainsFunc([]string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l",
			"m", "n", "o", "p"}, func(message string) bool {
			return ed25519.Verify(key, []byte(message),
				signature)
		})
		assert.True(t, dangerous, digits)
	}
}

func TestParseJWKS(t *testing.T) {
	es, ed := newTestKey(esPrivate()).jwk, newTestKey(edPrivate()).jwk
	set := func(issuer string, keys ...jwk) string { return string(must(json.Marshal(keySet{issuer, keys}))) }
	without := func(issuer string, keys ...jwk) string {
		return strings.Replace(set(issuer, keys...), `"issuer":"`+issuer+`",`, "", 1)
	}
	changed := func(k jwk, change func(*jwk)) jwk {
		change(&k)
		return k
	}
	raw := func(key string) string { return `{"issuer":"` + issuerName + `","keys":[` + key + `]}` }
	const x, y = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"
	tests := map[string]struct {
		set, issuer string
		want        []string // identifiers; nil for an error
	}{
		"two keys": {set(issuerName, es, ed), "",
			[]string{"oKIywvGUpTU", "kPrK_qmxVWY"}},
		"the same issuer beside it":      {set(issuerName, es), issuerName, []string{"oKIywvGUpTU"}},
		"issuer only beside it":          {without(issuerName, es), issuerName, []string{"oKIywvGUpTU"}},
		"no issuer at all":               {without(issuerName, es), "", nil},
		"another issuer beside it":       {set(issuerName, es), otherIssuer, nil},
		"not an issuer's name":           {set(issuerName+"/", es), "", nil},
		"not an issuer's name beside it": {without(issuerName, es), "qr.example.it", nil},
		"issuer a number":                {`{"issuer":1,"keys":[]}`, "", nil},
		"no keys":                        {set(issuerName), "", nil},
		"no member keys":                 {`{"issuer":"` + issuerName + `"}`, "", nil},
		"nothing":                        {"", issuerName, nil},
		"null":                           {"null", issuerName, nil},
		"a list":                         {`[]`, issuerName, nil},
		"not JSON":                       {"<html>", issuerName, nil},
		"text after it":                  {set(issuerName, es) + "x", "", nil},
		"one key twice": {set(issuerName, es, es), "",
			[]string{"oKIywvGUpTU", "oKIywvGUpTU"}},
		"bare": {raw(`{"kty":"EC","crv":"P-256","x":"` + x + `","y":"` + y + `"}`),
			"", []string{"oKIywvGUpTU"}},
		"unknown members": {`{"x":1,` +
			strings.TrimPrefix(raw(`{"kty":"EC","crv":"P-256","x":"`+x+`","y":"`+y+`","x-more":{}}`), "{"),
			"", []string{"oKIywvGUpTU"}},
		"key_ops with verify": {set(issuerName,
			changed(es, func(k *jwk) { k.KeyOps = []string{"sign", "verify"} })), "",
			[]string{"oKIywvGUpTU"}},
		"key_ops empty": {raw(`{"kty":"EC","crv":"P-256","x":"` + x + `","y":"` + y +
			`","key_ops":[]}`), "", nil},
		"another kid": {set(issuerName, changed(es, func(k *jwk) { k.Kid = "k" })), "",
			[]string{"oKIywvGUpTU"}},
		"beside a bad one": {set(issuerName, changed(es, func(k *jwk) { k.Use = "enc" }), ed), "",
			[]string{"kPrK_qmxVWY"}},
		"use":               {set(issuerName, changed(es, func(k *jwk) { k.Use = "enc" })), "", nil},
		"use in upper case": {set(issuerName, changed(es, func(k *jwk) { k.Use = "SIG" })), "", nil},
		"key_ops": {set(issuerName,
			changed(es, func(k *jwk) { k.KeyOps = []string{"sign"} })), "", nil},
		"alg": {set(issuerName, changed(es, func(k *jwk) { k.Alg = "ES384" })), "",
			nil},
		"alg of the other": {set(issuerName, changed(ed, func(k *jwk) { k.Alg = "ES256" })), "",
			nil},
		"alg Ed25519": {set(issuerName, changed(ed, func(k *jwk) { k.Alg = "Ed25519" })), "",
			nil},
		"private P-256": {set(issuerName,
			changed(es, func(k *jwk) { k.D = "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI" })), "", nil},
		"private Ed25519": {set(issuerName,
			changed(ed, func(k *jwk) { k.D = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A" })), "", nil},
		"d of another type": {raw(`{"kty":"EC","crv":"P-256","x":"` + x + `","y":"` + y +
			`","d":{}}`), "", nil},
		"d empty": {raw(`{"kty":"EC","crv":"P-256","x":"` + x + `","y":"` + y +
			`","d":""}`), "", nil},
		"symmetric": {raw(`{"kty":"oct","k":"c2VjcmV0"}`), "", nil},
		"EC with k": {raw(`{"kty":"EC","crv":"P-256","x":"` + x + `","y":"` + y +
			`","k":"c2VjcmV0"}`), "", nil},
		"P-384": {set(issuerName, newTestKey(p384Private()).jwk), "", nil},
		"P-256 called P-384": {set(issuerName,
			changed(es, func(k *jwk) { k.Crv, k.Alg = "P-384", "" })), "", nil},
		"kty missing":        {set(issuerName, changed(es, func(k *jwk) { k.Kty = "" })), "", nil},
		"kty OKP with P-256": {set(issuerName, changed(es, func(k *jwk) { k.Kty = "OKP" })), "", nil},
		"X25519": {set(issuerName,
			changed(ed, func(k *jwk) { k.Crv, k.Alg = "X25519", "" })), "", nil},
		"no y":          {set(issuerName, changed(es, func(k *jwk) { k.Y = "" })), "", nil},
		"off the curve": {set(issuerName, changed(es, func(k *jwk) { k.Y = k.X })), "", nil},
		"x of 31 bytes": {set(issuerName, changed(ed, func(k *jwk) { k.X = k.X[:41] + "Q" })), "",
			nil},
		"x of 33 bytes": {set(issuerName, changed(ed, func(k *jwk) { k.X += "A" })), "", nil},
		"small order": {set(issuerName,
			changed(ed, func(k *jwk) { k.X = b64.EncodeToString(identityPoint()) })), "", nil},
		"key not an object": {raw(`"key"`), "", nil},
		"member twice": {raw(`{"kty":"EC","crv":"P-256","x":"` + x + `","y":"` + y +
			`","use":"enc","use":"sig"}`), "", nil},
		"another use in upper case": {raw(`{"kty":"EC","crv":"P-256","x":"` + x + `","y":"` + y +
			`","use":"enc","USE":"sig"}`), "", nil},
		"other key_ops in upper case": {raw(`{"kty":"EC","crv":"P-256","x":"` + x + `","y":"` + y +
			`","key_ops":["sign"],"KEY_OPS":["verify"]}`), "", nil},
		"members in upper case": {raw(`{"KTY":"EC","CRV":"P-256","X":"` + x + `","Y":"` + y + `"}`), "", nil},
		"d and D null": {raw(`{"kty":"EC","crv":"P-256","x":"` + x + `","y":"` + y +
			`","d":"AA","D":null}`), "", nil},
		"unknown in upper case": {raw(`{"kty":"EC","crv":"P-256","x":"` + x + `","y":"` + y +
			`","USE":"enc"}`), "", []string{"oKIywvGUpTU"}},
		"use a number": {raw(`{"kty":"EC","crv":"P-256","x":"` + x + `","y":"` + y + `","use":1}`),
			"", nil},
		"key_ops a text": {raw(`{"kty":"EC","crv":"P-256","x":"` + x + `","y":"` + y +
			`","key_ops":"verify"}`), "", nil},
		"as long as allowed": {set(issuerName, es) + strings.Repeat(" ", 1<<20-len(set(issuerName, es))),
			"", []string{"oKIywvGUpTU"}},
		"too long": {set(issuerName, es) + strings.Repeat(" ", 1<<20+1-len(set(issuerName, es))),
			"", nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			keys, err := token.ParseJWKS([]byte(test.set), test.issuer)
			if test.want == nil {
				assert.Error(t, err)
				assert.Nil(t, keys)
				return
			}
			require.NoError(t, err)
			var ids []string
			for _, k := range keys {
				ids = append(ids, k.ID())
				assert.Equal(t, issuerName, k.IssuerName())
			}
			assert.Equal(t, test.want, ids)
		})
	}
}

func TestMarshalJWKS(t *testing.T) {
	keys := []token.PublicKey{
		must(token.NewPublicKey(issuerName, esPrivate().Public())),
		must(token.NewPublicKey(issuerName, edPrivate().Public())),
	}
	data, err := token.MarshalJWKS(keys)
	require.NoError(t, err)
	assert.JSONEq(t, `{"issuer":"https://qr.example.it","keys":[
		{"kty":"EC","crv":"P-256","alg":"ES256","use":"sig","kid":"oKIywvGUpTU",
		 "x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"},
		{"kty":"OKP","crv":"Ed25519","alg":"EdDSA","use":"sig","kid":"kPrK_qmxVWY",
		 "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}`, string(data))
	again, err := token.ParseJWKS(data, issuerName)
	require.NoError(t, err)
	assert.Equal(t, keys, again)

	for name, bad := range map[string][]token.PublicKey{
		"none":        nil,
		"two issuers": {keys[0], must(token.NewPublicKey(otherIssuer, edPrivate().Public()))},
		"a zero key":  {keys[0], {}},
		"only a zero": {{}},
	} {
		data, err := token.MarshalJWKS(bad)
		assert.Error(t, err, name)
		assert.Nil(t, data, name)
	}
}

// A coordinate that begins with a zero byte keeps it, in the key set and in the thumbprint.
func TestShortCoordinate(t *testing.T) {
	for i := 0; ; i++ {
		require.Less(t, i, 10_000)
		private := esPrivateOf(strings.Repeat("x", i))
		point := must(private.PublicKey.Bytes())
		if point[1] != 0 {
			continue
		}
		key := must(token.NewPublicKey(issuerName, private.Public()))
		assert.Equal(t, newTestKey(private).Kid, key.ID())
		again, err := token.ParseJWKS(must(token.MarshalJWKS([]token.PublicKey{key})), "")
		require.NoError(t, err)
		assert.True(t, again[0].Equal(key))
		assert.Equal(t, elliptic.P256(), again[0].Key().(*ecdsa.PublicKey).Curve)
		return
	}
}
