package token

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/go-jose/go-jose/v4"
)

// maxJWKS is the greatest length of a key set, in bytes; a published set of ten keys has about 2
// KB.
const maxJWKS = 1 << 20

type jwks struct {
	Issuer string            `json:"issuer,omitempty"`
	Keys   []json.RawMessage `json:"keys"`
}

// ParseJWKS reads a JSON Web Key Set (RFC 7517) as the keys of one issuer: the one in the member
// "issuer" of the set or, if the set has none, the given one. If both are present, they must be
// equal, so that a set cannot pass for that of another issuer. Pass "" to accept the issuer that
// the set names.
//
// Keys that cannot verify a token are skipped: keys of other types and curves, with a use other
// than "sig" and "attesta-receipt", with key_ops that lack "verify", with an alg that does not fit
// the key, or published with a private member. If no usable key is left, the error says why the
// first key was skipped. The kid members of the set are ignored: the identifier follows from the
// key.
func ParseJWKS(data []byte, issuer string) ([]PublicKey, error) {
	if len(data) > maxJWKS {
		return nil, fmt.Errorf("key set is longer than %d bytes", maxJWKS)
	}
	var set jwks
	if err := json.Unmarshal(data, &set); err != nil {
		return nil, errors.New("key set is not a JSON Web Key Set")
	}
	switch {
	case set.Issuer == "" && issuer == "":
		return nil, errors.New("key set names no issuer, and none was given")
	case issuer == "":
		issuer = set.Issuer
	case set.Issuer != "" && set.Issuer != issuer:
		return nil, errors.New("key set belongs to another issuer than the one given")
	}
	if !isIssuerName(issuer) {
		return nil, errIssuerName
	}
	var keys []PublicKey
	var first error
	for _, raw := range set.Keys {
		key, err := parseJWK(raw, issuer)
		switch {
		case err == nil:
			keys = append(keys, key)
		case first == nil:
			first = err
		}
	}
	switch {
	case len(keys) > 0:
		return keys, nil
	case first != nil:
		return nil, fmt.Errorf("key set has no usable key: %w", first)
	}
	return nil, errors.New("key set is empty")
}

// parseJWK checks the members of RFC 7517 and RFC 7518 that decide whether a key may verify.
// go-jose does not check them.
func parseJWK(raw []byte, issuer string) (PublicKey, error) {
	// looked up by exact name: into a struct, encoding/json would read "USE" as "use"
	var members map[string]json.RawMessage
	if err := json.Unmarshal(raw, &members); err != nil {
		return PublicKey{}, errors.New("a key is not a JSON Web Key")
	}
	var kty, crv, alg, use string
	var ops []string
	for name, value := range map[string]any{"kty": &kty, "crv": &crv, "alg": &alg, "use": &use,
		"key_ops": &ops} {
		if member, ok := members[name]; ok && json.Unmarshal(member, value) != nil {
			return PublicKey{}, fmt.Errorf("a key's %s has the wrong JSON type", name)
		}
	}
	want := ""
	switch {
	case kty == "EC" && crv == "P-256":
		want = algES256
	case kty == "OKP" && crv == "Ed25519":
		want = algEdDSA
	default:
		return PublicKey{}, errors.New("a key is neither P-256 nor Ed25519")
	}
	switch {
	case members["d"] != nil || members["k"] != nil:
		return PublicKey{}, errors.New("a key is published with its private half: it is compromised")
	case members["alg"] != nil && alg != want:
		return PublicKey{}, fmt.Errorf("a key's alg is not %s, which its type requires", want)
	case members["use"] != nil && use != useSignature && use != useReceipts:
		return PublicKey{}, errors.New("a key's use is neither sig nor attesta-receipt")
	case ops != nil && !slices.Contains(ops, "verify"):
		return PublicKey{}, errors.New("a key's key_ops do not allow verify")
	}
	var key jose.JSONWebKey
	if err := key.UnmarshalJSON(raw); err != nil {
		return PublicKey{}, errors.New("a key is damaged")
	}
	public, err := NewPublicKey(issuer, key.Key)
	if err == nil && use == useReceipts {
		public = public.ForReceipts()
	}
	return public, err
}

// MarshalJWKS returns the keys, all of one issuer, as an indented JSON Web Key Set with the extra
// member "issuer". It fails if there is no key, because verifiers refuse an empty set.
func MarshalJWKS(keys []PublicKey) ([]byte, error) {
	if len(keys) == 0 {
		return nil, ErrNoKeys
	}
	set := jwks{Issuer: keys[0].issuer}
	for _, k := range keys {
		if k.issuer != set.Issuer {
			return nil, errors.New("keys of several issuers cannot share one key set")
		}
		raw, err := jose.JSONWebKey{Key: k.key, KeyID: k.id, Algorithm: k.Algorithm(),
			Use: k.use()}.MarshalJSON()
		if err != nil {
			return nil, fmt.Errorf("key %s: %w", k.id, err)
		}
		set.Keys = append(set.Keys, raw)
	}
	return json.MarshalIndent(set, "", "  ")
}
