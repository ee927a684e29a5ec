package token

import (
	"context"
	"errors"
)

// This file signs and verifies receipts and bundles with the keys of tokens. Each kind has a typ
// of its own, so that it is never mistaken for another kind or for a token.

const (
	maxTypeLength = 64
	// receiptType is the typ of a receipt, the only one that keys for receipts sign and verify.
	receiptType = "attesta-receipt+jwt"
)

var errType = errors.New("typ is not one of [a-z0-9+-], at most 64 long, other than a token's")

// SignJWS signs the payload as a JWS in compact form with the given typ: at most 64 lower-case
// letters, digits, + and -, and not the typ of a token, because only [Signer.Issue] makes tokens.
// It ignores the key's dates. It fails if the typ is not allowed, the signer fails or the context
// ends.
func (k *SigningKey) SignJWS(ctx context.Context, typ string, payload []byte) (string, error) {
	if !isForeignType(typ) {
		return "", errType
	}
	return k.compact(ctx, typ, payload)
}

// SignJWS is like [SigningKey.SignJWS] with the key that signs tokens now. The error may also be
// [ErrNoSigningKey] or [ErrClock].
func (s *Signer) SignJWS(ctx context.Context, typ string, payload []byte) (string, error) {
	key, err := s.signing(s.now())
	if err != nil {
		return "", err
	}
	return key.SignJWS(ctx, typ, payload)
}

// VerifyJWS checks a JWS from SignJWS, at most limit bytes long, against keys that the caller
// trusts, by the rules of [Verify] for size, shape, header and signature. It returns the payload
// or exactly one [Cause] out of [ErrSize], [ErrShape], [ErrHeader], [ErrUnknownKey] and
// [ErrSignature], or [ErrNoKeys] if there are no keys. If SignJWS would refuse the typ, the error
// is ErrHeader.
//
// The caller has to check the payload and, if the keys belong to several issuers, whose key
// signed it.
func VerifyJWS(typ, text string, keys []PublicKey, limit int) ([]byte, error) {
	if len(keys) == 0 {
		return nil, ErrNoKeys
	}
	if len(text) > limit {
		return nil, ErrSize
	}
	j, ok := splitJWS(text)
	if !ok {
		return nil, ErrShape
	}
	h, ok := parseHeader(j.header, typ)
	if !ok || !isForeignType(typ) {
		return nil, ErrHeader
	}
	if _, err := findSigner(keys, typ, h, j); err != nil {
		return nil, err
	}
	return []byte(j.payload), nil
}

func isForeignType(typ string) bool {
	return typ != tokenType && len(typ) <= maxTypeLength &&
		isWord(typ, func(c byte) bool { return isHostByte(c) || c == '+' })
}

// compact signs the payload under the header for the typ.
func (k *SigningKey) compact(ctx context.Context, typ string, payload []byte) (string, error) {
	if k == nil || k.signer == nil {
		return "", errors.New("signing key is the zero SigningKey")
	}
	if !k.public.verifies(typ) {
		return "", errors.New("key signs receipts only")
	}
	b := make([]byte, 0, 512)
	b = b64.AppendEncode(b, header{alg: k.public.Algorithm(), kid: k.public.id}.appendTo(nil, typ))
	b = append(b, '.')
	b = b64.AppendEncode(b, payload)
	signature, err := k.sign(ctx, string(b))
	if err != nil {
		return "", err
	}
	b = append(b, '.')
	return string(b64.AppendEncode(b, signature)), nil
}
