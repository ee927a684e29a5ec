package token

import "context"

// This file exposes the internals of the package to its tests.

// SplitJWS is the step "shape".
func SplitJWS(text string) (signingInput, header, payload string, signature []byte, ok bool) {
	j, ok := splitJWS(text)
	return j.signingInput, j.header, j.payload, j.signature[:], ok
}

// ParseClaims is the step "claims".
func ParseClaims(text string) (Claims, bool) { return parseClaims(text) }

// Text is the canonical JSON of the claims.
func (c Claims) Text() string { return string(c.appendTo(nil)) }

// IsIssuerName is the check of iss.
func IsIssuerName(s string) bool { return isIssuerName(s) }

// VerifySignature is the step "signature" for one key.
func (k PublicKey) VerifySignature(signingInput string, signature []byte) bool {
	return k.verify(signingInput, signature)
}

// WithID gives the key another identifier. Finding two keys that really share one takes 2^32
// attempts.
func (k PublicKey) WithID(id string) PublicKey {
	k.id = id
	return k
}

// Slots returns the channel that limits the evaluations, created at the first use. Each running
// evaluation holds an element.
func (m *Commitments) Slots() chan struct{} { return m.slots }

// Hold keeps a place among those that wait or run until the context ends.
func (m *Commitments) Hold(ctx context.Context) error {
	m.queue <- struct{}{}
	<-ctx.Done()
	<-m.queue
	return ctx.Err()
}
