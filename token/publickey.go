package token

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"github.com/go-jose/go-jose/v4"
	"github.com/golang-jwt/jwt/v5"
)

// The two algorithms of version 1. The second does not use its name in RFC 9864, Ed25519, because
// existing JOSE libraries do not know that name yet.
const (
	algES256 = "ES256"
	algEdDSA = "EdDSA"
)

// PublicKey is a key that verifies the tokens of one issuer: P-256 or Ed25519. Only
// [NewPublicKey], [ParseJWKS] and [SigningKey.Public] make one; the zero PublicKey verifies
// nothing. It is immutable and safe for concurrent use.
type PublicKey struct {
	issuer string
	id     string
	key    crypto.PublicKey  // *ecdsa.PublicKey or ed25519.PublicKey
	method jwt.SigningMethod // follows from the key
	// receipts means that the key verifies receipts and no tokens.
	receipts bool
}

// The uses of a published key: documents and everything else, or receipts only (FORMAT.md, "Keys").
const (
	useSignature = "sig"
	useReceipts  = "attesta-receipt"
)

// ForReceipts returns the key as one that verifies receipts only: a token under it has an unknown key. It
// is published with the use "attesta-receipt". An issuer that signs documents in an HSM can use such a
// key in software for the receipts, of which there is one for each check. A thief who steals it cannot
// forge a document.
func (k PublicKey) ForReceipts() PublicKey {
	k.receipts = true
	return k
}

// IsForReceipts reports whether the key verifies receipts only.
func (k PublicKey) IsForReceipts() bool { return k.receipts }

func (k PublicKey) use() string {
	if k.receipts {
		return useReceipts
	}
	return useSignature
}

// verifies reports whether the key may verify a JWS of that typ.
func (k PublicKey) verifies(typ string) bool { return !k.receipts || typ == receiptType }

// NewPublicKey returns an *ecdsa.PublicKey on P-256 or an ed25519.PublicKey as a key of the named
// issuer. It fails if the issuer name does not have the form of [Claims], if the type or the
// curve is another one, if the point is not on the curve, or if an Ed25519 point has small order
// (it would verify one signature for every message) or is not encoded as RFC 8032 says.
func NewPublicKey(issuer string, key crypto.PublicKey) (_ PublicKey, err error) {
	defer emptyKey(&err)
	if !isIssuerName(issuer) {
		return PublicKey{}, errIssuerName
	}
	k := PublicKey{issuer: issuer, key: key}
	switch key := key.(type) {
	case *ecdsa.PublicKey:
		if key == nil || key.Curve != elliptic.P256() {
			return PublicKey{}, errors.New("key is not on the curve P-256")
		}
		if _, err := key.ECDH(); err != nil {
			return PublicKey{}, errors.New("point of the key is not on P-256")
		}
		k.method = es256{}
	case ed25519.PublicKey:
		if len(key) != ed25519.PublicKeySize {
			return PublicKey{}, fmt.Errorf("ed25519 key of %d bytes instead of %d", len(key),
				ed25519.PublicKeySize)
		}
		if hasSmallOrder(key) {
			return PublicKey{}, errors.New("ed25519 key of small order")
		}
		if !isReduced(key) {
			return PublicKey{}, errors.New("ed25519 key is not the canonical encoding of a point")
		}
		k.method = jwt.SigningMethodEdDSA
	default:
		return PublicKey{}, fmt.Errorf("key of type %T instead of P-256 or Ed25519", key)
	}
	thumbprint, err := (&jose.JSONWebKey{Key: key}).Thumbprint(crypto.SHA256)
	if err != nil {
		return PublicKey{}, fmt.Errorf("thumbprint of the key: %w", err)
	}
	k.id = b64.EncodeToString(thumbprint[:8])
	return k, nil
}

// emptyKey turns a panic into an error. A key that is a nil pointer or has no numbers panics in the methods
// of its own type, and so it is with the drivers of devices.
func emptyKey(err *error) {
	if recover() != nil {
		*err = errors.New("key is empty, or its driver panicked")
	}
}

var errIssuerName = errors.New("issuer's name is not an https URL of the allowed form (FORMAT.md, iss)")

// ID returns the key identifier in tokens: base64url of the first 8 bytes of the RFC 7638 SHA-256
// thumbprint, 11 characters. Two keys may have the same identifier.
func (k PublicKey) ID() string { return k.id }

// IssuerName returns the name of the issuer to which the key belongs.
func (k PublicKey) IssuerName() string { return k.issuer }

// Algorithm returns "ES256" or "EdDSA", depending on the key's type, and "" for the zero key.
func (k PublicKey) Algorithm() string {
	if k.method == nil {
		return ""
	}
	return k.method.Alg()
}

// Key returns the *ecdsa.PublicKey or ed25519.PublicKey. The caller must not change it.
func (k PublicKey) Key() crypto.PublicKey { return k.key }

// Equal reports whether both are the same public key, even if they belong to different issuers.
func (k PublicKey) Equal(other PublicKey) bool {
	key, ok := k.key.(interface{ Equal(crypto.PublicKey) bool })
	return ok && key.Equal(other.key)
}

func (k PublicKey) verify(signingInput string, signature []byte) bool {
	return k.method != nil && k.method.Verify(signingInput, signature, k.key) == nil
}

// es256 is golang-jwt's ES256 with two differences: it signs through any crypto.Signer, and it
// makes and accepts only signatures in low-S form. It is a plain value and never registered with
// that library.
type es256 struct{}

func (es256) Alg() string { return algES256 }

func (es256) Verify(signingInput string, signature []byte, key any) error {
	if len(signature) != 64 || bytes.Compare(signature[32:], halfOrder()) > 0 {
		return ErrSignature
	}
	return jwt.SigningMethodES256.Verify(signingInput, signature, key)
}

// halfOrder returns (n-1)/2 in 32 bytes, where n is the group order of P-256. It is the largest s
// of a low-S signature.
func halfOrder() []byte {
	return []byte("\x7f\xff\xff\xff\x80\x00\x00\x00\x7f\xff\xff\xff\xff\xff\xff\xff" +
		"\xde\x73\x7d\x56\xd3\x8b\xcf\x42\x79\xdc\xe5\x61\x7e\x31\x92\xa8")
}

// lowS returns the smaller of s and n-s.
func lowS(s []byte) []byte {
	if bytes.Compare(s, halfOrder()) <= 0 {
		return s
	}
	n := new(big.Int).Sub(elliptic.P256().Params().N, new(big.Int).SetBytes(s))
	return n.FillBytes(make([]byte, 32))
}

// smallOrder lists the y coordinates (little endian, without the sign bit of x) of the points of
// order 1, 2, 4 and 8 on edwards25519, including the two unreduced encodings of 0 and 1: the same
// list as in libsodium's ge25519_has_small_order.
const smallOrder = `
0000000000000000000000000000000000000000000000000000000000000000
0100000000000000000000000000000000000000000000000000000000000000
26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05
c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a
ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f
edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f
eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f
`

func hasSmallOrder(key ed25519.PublicKey) bool {
	y := bytes.Clone(key)
	y[31] &= 0x7f
	return strings.Contains(smallOrder, hex.EncodeToString(y))
}

// isReduced reports whether the y coordinate of the point is less than p = 2^255 - 19 (RFC 8032,
// section 5.1.3). Libraries differ on the 19 encodings that are not.
func isReduced(key ed25519.PublicKey) bool {
	return key[0] < 0xed || key[31]&0x7f != 0x7f ||
		slices.ContainsFunc(key[1:31], func(c byte) bool { return c != 0xff })
}
