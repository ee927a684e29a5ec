package token

// This file opens the inside of the package to its tests.

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

// WithID gives the key another identifier: two keys whose identifiers agree by nature cost 2^32 attempts to find.
func (k PublicKey) WithID(id string) PublicKey {
	k.id = id
	return k
}

// Slots returns the channel that bounds the evaluations, made at the first use: each running one holds an element.
func (m *Commitments) Slots() chan struct{} { return m.slots }
