package wallet

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/base64"
	"math/big"
	"slices"
	"strings"
)

// This file reads the compact serialisation of an SD-JWT with key binding (RFC 9901). Nothing in it trusts
// anything: it is a text in parts.

const (
	// MaxPresentation is the maximum length of a presentation in bytes. Most of it is a picture.
	MaxPresentation = 256 << 10
	// maxDisclosures is the maximum number of disclosures. The card of INPS has ten claims to disclose.
	maxDisclosures = 64
	maxHeader      = 16 << 10 // of a header in base64url; most of it is certificates
)

var b64 = base64.RawURLEncoding.Strict()

// decode returns the bytes of canonical base64url. Go's decoder skips CR and LF even in strict mode.
func decode(s string) ([]byte, bool) {
	if strings.ContainsAny(s, "\r\n") {
		return nil, false
	}
	b, err := b64.DecodeString(s)
	return b, err == nil
}

// jws is a JWS in compact serialisation. Nothing is verified.
type jws struct {
	signed          string // what the signature is over
	header, payload []byte
	signature       []byte
}

// splitJWS reads three parts. The signature may be empty or of another algorithm: the header says which.
func splitJWS(text string) (jws, bool) {
	part := strings.SplitN(text, ".", 4)
	if len(part) != 3 || part[0] == "" || part[1] == "" || len(part[0]) > maxHeader {
		return jws{}, false
	}
	header, ok1 := decode(part[0])
	payload, ok2 := decode(part[1])
	signature, ok3 := decode(part[2])
	return jws{text[:len(part[0])+1+len(part[1])], header, payload, signature}, ok1 && ok2 && ok3
}

// signedBy reports whether the key made the ES256 signature.
func (j jws) signedBy(key *ecdsa.PublicKey) bool {
	if len(j.signature) != 64 {
		return false
	}
	sum := sha256.Sum256([]byte(j.signed))
	r, s := new(big.Int).SetBytes(j.signature[:32]), new(big.Int).SetBytes(j.signature[32:])
	return ecdsa.Verify(key, sum[:], r, s)
}

// presentation is an SD-JWT with key binding in parts.
type presentation struct {
	issuer jws
	// disclosures are the texts as they came, since their digests are over these.
	disclosures []string
	holder      jws
	// digest is what sd_hash must be.
	digest string
}

// split applies the rules of size and shape.
func split(text string) (presentation, error) {
	if len(text) > MaxPresentation {
		return presentation{}, ErrSize
	}
	part := strings.SplitN(text, "~", maxDisclosures+3)
	last := len(part) - 1
	issuer, ok := splitJWS(part[0])
	if last < 1 || last-1 > maxDisclosures || !ok {
		return presentation{}, ErrShape
	}
	p := presentation{issuer: issuer, disclosures: part[1:last]}
	if slices.ContainsFunc(p.disclosures, func(d string) bool { _, ok := decode(d); return d == "" || !ok }) {
		return presentation{}, ErrShape
	}
	if part[last] == "" {
		return presentation{}, ErrUnbound
	}
	if p.holder, ok = splitJWS(part[last]); !ok {
		return presentation{}, ErrShape
	}
	p.digest = digest(text[:len(text)-len(part[last])])
	return p, nil
}

// digest returns the SHA-256 of a text in base64url.
func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return b64.EncodeToString(sum[:])
}

// publicKey reads a public JWK of the curve P-256.
func publicKey(v any) (*ecdsa.PublicKey, bool) {
	jwk, ok := v.(object)
	if !ok || jwk.text("kty") != "EC" || jwk.text("crv") != "P-256" || jwk["d"] != nil {
		return nil, false
	}
	x, ok1 := decode(jwk.text("x"))
	y, ok2 := decode(jwk.text("y"))
	if !ok1 || !ok2 || len(x) != 32 || len(y) != 32 {
		return nil, false
	}
	key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), slices.Concat([]byte{4}, x, y))
	return key, err == nil
}
