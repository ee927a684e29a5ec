package token_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/asn1"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/token"
)

// The fixed data of the tests. All its secrets are public knowledge.
const (
	issuerName  = "https://qr.example.it"
	otherIssuer = "https://carta.example.org:8443/regione/tessera"

	issuedAt = 1795305600 // 2026-11-22T00:00:00Z
	expires  = 1953154800 // 2031-11-23T00:00:00+01:00: the end of 22 November in Italy

	person      = "RSSMRA80A01H501U"
	omocode     = "RSSMRA80A01H50MM" // another person, whose code differs from the first by omocodia
	somebody    = "BNCLRA92E64L219S"
	provisional = "12345671510"
)

var b64 = base64.RawURLEncoding

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

// code reads a codice fiscale of either kind, as a verifier reads typed text.
func code(t testing.TB, typed string) codicefiscale.Code {
	t.Helper()
	cf, err := codicefiscale.Parse(typed)
	if err != nil {
		cf, err = codicefiscale.ParseProvisional(typed)
	}
	require.NoError(t, err)
	return cf
}

func at(seconds int64) func() time.Time {
	return func() time.Time { return time.Unix(seconds, 0) }
}

// esPrivate is the key of RFC 7515, appendix A.3.
func esPrivate() *ecdsa.PrivateKey {
	return must(ecdsa.ParseRawPrivateKey(elliptic.P256(),
		must(b64.DecodeString("jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"))))
}

// edPrivate is the key of RFC 8037, appendix A.1.
func edPrivate() ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(must(b64.DecodeString("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A")))
}

// esPrivateOf derives a P-256 key from a text.
func esPrivateOf(text string) *ecdsa.PrivateKey {
	d := sha256.Sum256([]byte(text))
	return must(ecdsa.ParseRawPrivateKey(elliptic.P256(), d[:]))
}

// referenceSecret is the bytes 00 to 1f.
func referenceSecret() []byte {
	secret := make([]byte, 32)
	for i := range secret {
		secret[i] = byte(i)
	}
	return secret
}

func signingKey(t testing.TB, signer crypto.Signer) *token.SigningKey {
	t.Helper()
	key, err := token.NewSigningKey(t.Context(), issuerName, signer)
	require.NoError(t, err)
	return key
}

// newIssuer issues with the fixed keys at the fixed time.
func newIssuer(t testing.TB, signer crypto.Signer) *token.Signer {
	t.Helper()
	return &token.Signer{
		Keys:       []*token.SigningKey{signingKey(t, signer)},
		References: []token.ReferenceKey{must(token.NewReferenceKey(1, referenceSecret()))},
		Now:        at(issuedAt),
	}
}

func publicKeys(issuer *token.Signer) []token.PublicKey {
	var keys []token.PublicKey
	for _, k := range issuer.Keys {
		keys = append(keys, k.Public())
	}
	return keys
}

// jwk returns a public key as published, with its members in the order of RFC 7638.
type jwk struct {
	Crv    string   `json:"crv"`
	Kty    string   `json:"kty"`
	X      string   `json:"x"`
	Y      string   `json:"y,omitempty"`
	Kid    string   `json:"kid,omitempty"`
	Alg    string   `json:"alg,omitempty"`
	Use    string   `json:"use,omitempty"`
	KeyOps []string `json:"key_ops,omitempty"`
	D      string   `json:"d,omitempty"`
}

type keySet struct {
	Issuer string `json:"issuer"`
	Keys   []jwk  `json:"keys"`
}

// thumbprintInput returns the input of the hash of RFC 7638.
func (k jwk) thumbprintInput() string {
	return string(must(json.Marshal(jwk{Crv: k.Crv, Kty: k.Kty, X: k.X, Y: k.Y})))
}

func (k jwk) id() string {
	sum := sha256.Sum256([]byte(k.thumbprintInput()))
	return b64.EncodeToString(sum[:8])
}

// testKey forges tokens without using the package.
type testKey struct {
	jwk
	signer crypto.Signer
}

func newTestKey(signer crypto.Signer) testKey {
	k := testKey{signer: signer}
	switch public := signer.Public().(type) {
	case *ecdsa.PublicKey:
		point := must(public.Bytes()) // 04 ‖ x ‖ y
		k.jwk = jwk{Kty: "EC", Crv: public.Params().Name, Alg: "ES256", Use: "sig"}
		half := len(point) / 2
		k.X, k.Y = b64.EncodeToString(point[1:1+half]), b64.EncodeToString(point[1+half:])
	case ed25519.PublicKey:
		k.jwk = jwk{Kty: "OKP", Crv: "Ed25519", Alg: "EdDSA", Use: "sig", X: b64.EncodeToString(public)}
	}
	k.Kid = k.id()
	return k
}

// header is the canonical one.
func (k testKey) header() string {
	return `{"alg":"` + k.Alg + `","kid":"` + k.Kid + `","typ":"attesta+jwt"}`
}

// sign returns r ‖ s with s in the lower half, deterministic, or an Ed25519 signature.
func (k testKey) sign(input string) []byte {
	ec, ok := k.signer.(*ecdsa.PrivateKey)
	if !ok {
		return must(k.signer.Sign(nil, []byte(input), crypto.Hash(0)))
	}
	digest := sha256.Sum256([]byte(input))
	var rs struct{ R, S *big.Int }
	must(asn1.Unmarshal(must(ec.Sign(nil, digest[:], crypto.SHA256)), &rs))
	n := ec.Params().N
	if half := new(big.Int).Rsh(n, 1); rs.S.Cmp(half) > 0 {
		rs.S.Sub(n, rs.S)
	}
	signature := make([]byte, 64)
	rs.R.FillBytes(signature[:32])
	rs.S.FillBytes(signature[32:])
	return signature
}

// token signs any header and payload.
func (k testKey) token(header, payload string) string {
	return k.tokenOf(b64.EncodeToString([]byte(header)), b64.EncodeToString([]byte(payload)))
}

// tokenOf signs two parts that are already encoded, correctly or not.
func (k testKey) tokenOf(header, payload string) string {
	return header + "." + payload + "." + b64.EncodeToString(k.sign(header+"."+payload))
}

func highS(signature []byte) []byte {
	n := elliptic.P256().Params().N
	s := new(big.Int).Sub(n, new(big.Int).SetBytes(signature[32:]))
	return append(signature[:32:32], s.FillBytes(make([]byte, 32))...)
}

func unhex(digits string) []byte { return must(hex.DecodeString(strings.ReplaceAll(digits, " ", ""))) }

func p384Private() *ecdsa.PrivateKey {
	return must(ecdsa.ParseRawPrivateKey(elliptic.P384(), append(make([]byte, 47), 7)))
}
