package token_test

import (
	"crypto/elliptic"
	"encoding/hex"
	"encoding/json"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/token"
)

// The vectors of Wycheproof and of the RFCs, from the folder that ATTESTA_VECTORS names. They are
// not part of this module. Each test knows how many cases it must find.

func readJSON(t *testing.T, name string, into any) {
	t.Helper()
	folder := os.Getenv("ATTESTA_VECTORS")
	if folder == "" {
		t.Skip("ATTESTA_VECTORS is not set")
	}
	data, err := os.ReadFile(filepath.Join(folder, name))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(data, into))
}

type wycheproof struct {
	TestGroups []struct {
		Comment      string          `json:"comment"`
		Public       json.RawMessage `json:"public"`
		Private      json.RawMessage `json:"private"`
		PublicKeyJWK json.RawMessage `json:"publicKeyJwk"`
		Tests        []struct {
			ID     int    `json:"tcId"`
			JWS    string `json:"jws"`
			Msg    string `json:"msg"`
			Sig    string `json:"sig"`
			Result string `json:"result"`
		} `json:"tests"`
	} `json:"testGroups"`
}

// asSet wraps one JWK as the key set of an issuer.
func asSet(key json.RawMessage) []byte {
	return must(json.Marshal(map[string]any{"issuer": issuerName, "keys": []json.RawMessage{key}}))
}

// signatureLayer does the same as Verify up to the signature, except for the low-S rule if
// normalise is set, and accepts other headers: only alg and an optional kid.
func signatureLayer(text string, keys []token.PublicKey, normalise bool) (cause string) {
	input, header, _, signature, ok := token.SplitJWS(text)
	if !ok {
		return "shape"
	}
	var members map[string]any
	if json.Unmarshal([]byte(header), &members) != nil {
		return "header"
	}
	for name := range members {
		if name != "alg" && name != "kid" {
			return "header"
		}
	}
	if alg := members["alg"]; alg != "ES256" && alg != "EdDSA" {
		return "header"
	}
	if len(keys) == 0 {
		return "key"
	}
	for _, k := range keys {
		if k.Algorithm() != members["alg"] {
			continue
		}
		s := signature
		if normalise && k.Algorithm() == "ES256" {
			s = lowered(signature)
		}
		if k.VerifySignature(input, s) {
			return ""
		}
	}
	return "signature"
}

// lowered replaces a high s below the group's order by n - s.
func lowered(signature []byte) []byte {
	n := elliptic.P256().Params().N
	s := new(big.Int).SetBytes(signature[32:])
	if s.Cmp(n) < 0 && s.Cmp(new(big.Int).Rsh(n, 1)) > 0 {
		return highS(signature) // it is its own inverse
	}
	return signature
}

func TestWycheproofJWS(t *testing.T) {
	var file wycheproof
	readJSON(t, "wycheproof/json_web_signature_test.json", &file)
	accepted := []int{18, 378}
	byCause := map[string][]int{
		"signature": append([]int{19, 22, 25}, sequence(386, 401)...),
		"header":    {32},
		"key":       {354, 356},
	}
	highS := []int{18, 354, 356}
	total := 0
	for _, group := range file.TestGroups {
		var keys []token.PublicKey
		for _, raw := range []json.RawMessage{group.Public, group.Private} {
			set, err := token.ParseJWKS(asSet(raw), "")
			if err == nil {
				keys = append(keys, set...)
			}
		}
		for _, test := range group.Tests {
			total++
			want := "shape"
			for cause, ids := range byCause {
				if slices.Contains(ids, test.ID) {
					want = cause
				}
			}
			if slices.Contains(accepted, test.ID) {
				want = ""
				assert.Equal(t, "valid", test.Result, test.ID)
			}
			assert.Equal(t, want, signatureLayer(test.JWS, keys, true), "%s %d", group.Comment, test.ID)

			// Unchanged, the high ones fail by the low-S rule.
			raw := signatureLayer(test.JWS, keys, false)
			if want == "" && slices.Contains(highS, test.ID) {
				assert.Equal(t, "signature", raw, test.ID)
			} else {
				assert.Equal(t, want, raw, test.ID)
			}

			c, err := token.Verify(test.JWS, append(keys, newIssuerKey(t)), time.Unix(issuedAt, 0))
			assert.Contains(t, []error{token.ErrShape, token.ErrHeader}, err, test.ID)
			assert.Equal(t, want == "shape", err == token.ErrShape, test.ID)
			assert.Zero(t, c)
		}
	}
	assert.Equal(t, 401, total)
}

// newIssuerKey returns a key that lets Verify run if a group has no key that it may use.
func newIssuerKey(t *testing.T) token.PublicKey {
	return must(token.NewPublicKey(issuerName, esPrivate().Public()))
}

func sequence(from, to int) []int {
	var s []int
	for i := from; i <= to; i++ {
		s = append(s, i)
	}
	return s
}

// The encryption keys of 354 and 356 are refused as keys, not because of a high s: their
// signatures are good.
func TestWycheproofEncryptionKeys(t *testing.T) {
	var file wycheproof
	readJSON(t, "wycheproof/json_web_signature_test.json", &file)
	found := 0
	for _, group := range file.TestGroups {
		for _, test := range group.Tests {
			if test.ID != 354 && test.ID != 356 {
				continue
			}
			found++
			_, err := token.ParseJWKS(asSet(group.Public), "")
			assert.Error(t, err)
			var members map[string]any
			require.NoError(t, json.Unmarshal(group.Public, &members))
			delete(members, "use")
			delete(members, "key_ops")
			keys, err := token.ParseJWKS(asSet(must(json.Marshal(members))), "")
			require.NoError(t, err)
			assert.Empty(t, signatureLayer(test.JWS, keys, true))
			assert.Equal(t, "signature", signatureLayer(test.JWS, keys, false), "the low-S rule")
		}
	}
	assert.Equal(t, 2, found)
}

func TestWycheproofJWK(t *testing.T) {
	var file wycheproof
	readJSON(t, "wycheproof/json_web_key_test.json", &file)
	noKey := sequence(19, 24)
	header := []int{12, 15, 18} // HS512, whose signature has 86 characters too
	good := must(token.ParseJWKS([]byte(`{"issuer":"https://qr.example.it","keys":[{"kty":"EC","crv":"P-256",
		"x":"04N0xi21hshyvBp7I167sbE_bXqyqkAPfefdklMO7wY","y":"UI8exy-C06a7DUnjIdENkxeFtH`+
		`M4-l_41LqEw9nVgmw"}]}`), ""))
	total := 0
	for _, group := range file.TestGroups {
		set := group.Public
		if set == nil {
			set = group.Private
		}
		keys, err := token.ParseJWKS(set, issuerName)
		for _, test := range group.Tests {
			total++
			want := "shape"
			switch {
			case slices.Contains(noKey, test.ID):
				want = "key"
				assert.Error(t, err, test.ID)
				assert.Empty(t, signatureLayer(test.JWS, good, true),
					"the signature of %d is good under the undamaged key", test.ID)
				assert.Equal(t, "signature", signatureLayer(test.JWS, good, false), "the low-S rule")
			case slices.Contains(header, test.ID):
				want = "header"
			}
			assert.Equal(t, want, signatureLayer(test.JWS, keys, true), "%s %d", group.Comment, test.ID)
			for _, k := range keys {
				assert.NotEmpty(t, k.Algorithm(), "no symmetric key is ever loaded")
			}
			_, err := token.Verify(test.JWS, append(keys, newIssuerKey(t)), time.Unix(issuedAt, 0))
			assert.Contains(t, []error{token.ErrShape, token.ErrHeader}, err, test.ID)
		}
	}
	assert.Equal(t, 26, total)
}

func TestWycheproofEd25519(t *testing.T) {
	var file wycheproof
	readJSON(t, "wycheproof/ed25519_test.json", &file)
	valid, invalid := 0, 0
	for _, group := range file.TestGroups {
		keys, err := token.ParseJWKS(asSet(group.PublicKeyJWK), "")
		require.NoError(t, err)
		require.Len(t, keys, 1)
		for _, test := range group.Tests {
			got := keys[0].VerifySignature(string(must(hex.DecodeString(test.Msg))),
				must(hex.DecodeString(test.Sig)))
			assert.Equal(t, test.Result == "valid", got, test.ID)
			if test.Result == "valid" {
				valid++
			} else {
				invalid++
			}
		}
	}
	assert.Equal(t, [2]int{88, 63}, [2]int{valid, invalid})
}

func TestRFCVectors(t *testing.T) {
	var file map[string]struct {
		JWK        json.RawMessage `json:"jwk"`
		Thumbprint string          `json:"thumbprint_sha256"`
		JWS        string          `json:"jws"`
	}
	readJSON(t, "rfc/vectors.json", &file)
	require.Len(t, file, 2)
	for name, v := range file {
		path := keyFile(t, v.JWK)
		signer, err := token.ReadKeyFile(path)
		require.NoError(t, err)
		key := signingKey(t, signer).Public()
		_, err = token.ParseJWKS(asSet(v.JWK), "")
		assert.ErrorContains(t, err, "private half", "this set would give the key away")

		assert.Empty(t, signatureLayer(v.JWS, []token.PublicKey{key}, true), name)
		c, err := token.Verify(v.JWS, []token.PublicKey{key}, time.Unix(issuedAt, 0))
		assert.Equal(t, token.ErrHeader, err)
		assert.Zero(t, c)
		if key.Algorithm() == "ES256" {
			assert.Equal(t, "oKIywvGUpTU", key.ID())
			assert.Equal(t, "signature", signatureLayer(v.JWS, []token.PublicKey{key}, false),
				"its s is high")
			continue
		}
		assert.Equal(t, "kPrK_qmxVWY", key.ID())
		assert.Equal(t, b64.EncodeToString(must(b64.DecodeString(v.Thumbprint))[:8]), key.ID())
		header, payload, signature := parts(v.JWS)
		assert.Equal(t, signature, b64.EncodeToString(newTestKey(signer).sign(header+"."+payload)),
			"Ed25519 is deterministic")
	}
}
