package token_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/token"
)

// The two JOSE libraries, used as carefully as their interfaces require, see the same vectors.
// They must accept the good ones; the others that they accept are in also_accepted_by. go-jose
// checks the signature and nothing after it.

func TestDifferential(t *testing.T) {
	vectors := readVectors(t)
	require.GreaterOrEqual(t, len(vectors), leastVectors)
	for _, v := range vectors {
		want := v.AlsoAcceptedBy
		if v.Expected == "" {
			want = []string{"go-jose", "golang-jwt"}
		}
		assert.Equal(t, want, acceptedBy(t, v), v.ID)
	}
}

func acceptedBy(t *testing.T, v vector) []string {
	t.Helper()
	keys := libraryKeys(v.JWKS)
	var names []string
	if acceptedByGoJose(v.Token, keys) {
		names = append(names, "go-jose")
	}
	if acceptedByGolangJWT(v.Token, keys, v.Now) {
		names = append(names, "golang-jwt")
	}
	return names
}

// libraryKeys reads the keys with go-jose alone and computes their identifiers with its
// thumbprint.
func libraryKeys(sets []json.RawMessage) map[string][]crypto.PublicKey {
	keys := map[string][]crypto.PublicKey{}
	for _, raw := range sets {
		var set struct {
			Keys []json.RawMessage `json:"keys"`
		}
		if err := json.Unmarshal(raw, &set); err != nil {
			panic(err)
		}
		for _, raw := range set.Keys {
			var k jose.JSONWebKey
			if k.UnmarshalJSON(raw) != nil {
				continue
			}
			k = k.Public()
			sum := must(k.Thumbprint(crypto.SHA256))
			id := b64.EncodeToString(sum[:8])
			keys[id] = append(keys[id], k.Key)
		}
	}
	return keys
}

func acceptedByGoJose(text string, keys map[string][]crypto.PublicKey) bool {
	object, err := jose.ParseSignedCompact(text, []jose.SignatureAlgorithm{jose.ES256, jose.EdDSA})
	if err != nil {
		return false
	}
	for _, key := range keys[object.Signatures[0].Protected.KeyID] {
		if _, err := object.Verify(key); err == nil {
			return true
		}
	}
	return false
}

func acceptedByGolangJWT(text string, keys map[string][]crypto.PublicKey, now int64) bool {
	parser := jwt.NewParser(
		jwt.WithValidMethods([]string{"ES256", "EdDSA"}),
		jwt.WithStrictDecoding(),
		jwt.WithExpirationRequired(),
		jwt.WithIssuedAt(),
		jwt.WithLeeway(token.Leeway),
		jwt.WithTimeFunc(func() time.Time { return time.Unix(now, 0) }),
	)
	var claims struct {
		jwt.RegisteredClaims
		Commitment string `json:"cfc"`
	}
	_, err := parser.ParseWithClaims(text, &claims, func(t *jwt.Token) (any, error) {
		id, _ := t.Header["kid"].(string)
		var set jwt.VerificationKeySet
		for _, key := range keys[id] {
			_, isP256 := key.(*ecdsa.PublicKey)
			_, isEd25519 := key.(ed25519.PublicKey)
			if isP256 && t.Method == jwt.SigningMethodES256 || isEd25519 &&
				t.Method == jwt.SigningMethodEdDSA {
				set.Keys = append(set.Keys, key)
			}
		}
		if len(set.Keys) == 0 {
			return nil, errors.New("no key")
		}
		return set, nil
	})
	return err == nil
}
