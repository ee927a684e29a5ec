package token

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

// Dates limit the use of a signing key. A zero time is no limit.
type Dates struct {
	// Created is when the key was made, and so first published.
	Created time.Time
	// NotBefore is when the key may begin to sign: [PublicationLead] after its publication, so
	// that verifiers know it.
	NotBefore time.Time
	// SignUntil is when the key stops signing.
	SignUntil time.Time
	// PublishUntil is when its last token has expired: SignUntil plus the longest validity.
	PublishUntil time.Time
	// Revoked is when the key was marked as compromised. From then on it neither signs nor is
	// published.
	Revoked time.Time
}

// PublicationLead is how long a key is published before it signs: the longest time for which a
// verifier caches a key set.
const PublicationLead = 24 * time.Hour

// CanSign reports whether the key may sign at the given time.
func (d Dates) CanSign(at time.Time) bool {
	return d.IsPublished(at) && !at.Before(d.NotBefore) && (d.SignUntil.IsZero() || at.Before(d.SignUntil))
}

// IsPublished reports whether the public half belongs in the key set at the given time.
func (d Dates) IsPublished(at time.Time) bool {
	return d.Revoked.IsZero() && (d.PublishUntil.IsZero() || at.Before(d.PublishUntil))
}

// SigningKey signs the tokens of one issuer. Make one with [NewSigningKey] or read it from a
// [Folder]. It is safe for concurrent use if its signer is.
type SigningKey struct {
	Dates  // all zero: signs without bound
	public PublicKey
	signer *crypto.Signer // behind a pointer, so that a struct around it prints an address
	slots  chan struct{}  // of signatures that are being made elsewhere; nil for a key in memory
}

// maxSigning is the greatest number of signatures that a signer outside the process makes at the
// same time. A signer that hangs holds as many goroutines.
const maxSigning = 64

// NewSigningKey returns a signing key for any signer whose public key is P-256 (for ES256 tokens)
// or Ed25519 (for EdDSA): a key in memory, an HSM, a KMS. It signs and verifies a probe, so that
// a faulty driver shows here and not on paper. A signer that hangs holds the call until the
// context ends. The error is that of the signer, of [NewPublicKey], of the probe or of the
// context.
func NewSigningKey(ctx context.Context, issuer string, signer crypto.Signer) (_ *SigningKey, err error) {
	defer emptyKey(&err)
	if signer == nil {
		return nil, errors.New("no signer")
	}
	public, err := NewPublicKey(issuer, signer.Public())
	if err != nil {
		return nil, err
	}
	k := &SigningKey{public: public, signer: &signer}
	switch signer.(type) {
	case *ecdsa.PrivateKey, ed25519.PrivateKey:
	default:
		k.slots = make(chan struct{}, maxSigning)
	}
	const probe = "attesta/probe/1"
	signature, err := k.sign(ctx, probe)
	if err != nil {
		return nil, fmt.Errorf("signer does not sign: %w", err)
	}
	if !public.verify(probe, signature) {
		return nil, errors.New("signer's signature does not verify with its public key")
	}
	return k, nil
}

// NewReceiptKey is like [NewSigningKey] for a key that signs receipts and nothing else.
func NewReceiptKey(ctx context.Context, issuer string, signer crypto.Signer) (*SigningKey, error) {
	k, err := NewSigningKey(ctx, issuer, signer)
	if err != nil {
		return nil, err
	}
	k.public = k.public.ForReceipts()
	return k, nil
}

// Public returns the public half, which verifiers need.
func (k *SigningKey) Public() PublicKey { return k.public }

// Format writes only the key's identifier, whatever the verb.
func (k SigningKey) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "signing key %s", k.public.id) }

// sign signs until the context ends. A crypto.Signer cannot be cancelled, so one outside the process
// goes on in a goroutine of its own and keeps its slot until it returns.
func (k *SigningKey) sign(ctx context.Context, signingInput string) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if k.slots == nil {
		return k.public.method.Sign(signingInput, *k.signer)
	}
	select {
	case k.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	done := make(chan signed, 1)
	go func() {
		var s signed
		defer func() {
			s.panicked = recover()
			<-k.slots
			done <- s
		}()
		s.signature, s.err = k.public.method.Sign(signingInput, *k.signer)
	}()
	select {
	case s := <-done:
		if s.panicked != nil {
			panic(s.panicked) // where the caller can recover
		}
		return s.signature, s.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// signed is what came of a signature.
type signed struct {
	signature []byte
	err       error
	panicked  any
}

// Sign implements golang-jwt's SigningMethod over any crypto.Signer: ES256 as r‖s, 32 bytes each,
// s in the lower half. Keys in memory sign deterministically (RFC 6979), which Go does since 1.24
// if the source of randomness is nil. Other signers get a real source, because their drivers may
// not accept nil.
func (es256) Sign(signingInput string, key any) ([]byte, error) {
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("key of type %T is not a signer", key)
	}
	random := rand.Reader
	if _, ok := signer.(*ecdsa.PrivateKey); ok {
		random = nil
	}
	der, err := crypto.SignMessage(signer, random, []byte(signingInput), crypto.SHA256)
	if err != nil {
		return nil, err
	}
	input := cryptobyte.String(der)
	var inner cryptobyte.String
	var r, s []byte
	if !input.ReadASN1(&inner, asn1.SEQUENCE) || !input.Empty() ||
		!inner.ReadASN1Integer(&r) || !inner.ReadASN1Integer(&s) || !inner.Empty() || len(r) > 32 ||
		len(s) > 32 {
		return nil, errors.New("signer did not return an ASN.1 signature on P-256")
	}
	signature := make([]byte, 64)
	copy(signature[32-len(r):], r)
	copy(signature[64-len(s):], s)
	copy(signature[32:], lowS(signature[32:]))
	return signature, nil
}
