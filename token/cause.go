package token

// Cause is the one reason why a token is refused. It is an error and a stable code at once: the values below are a
// closed set, compared with == or errors.Is, and their texts are part of the format (FORMAT.md, "Order of checks").
// A Cause says nothing of the token, the codice fiscale or the keys.
type Cause string

// The causes in the order in which the checks are made; the first that applies is the one returned.
const (
	// ErrSize: longer than MaxSize bytes.
	ErrSize Cause = "size"
	// ErrShape: not three parts of base64url with a signature of 86 characters, or a part that is not in the one
	// canonical encoding of its bytes.
	ErrShape Cause = "shape"
	// ErrHeader: the header is not the canonical JSON of version 1.
	ErrHeader Cause = "header"
	// ErrUnknownKey: no key has that identifier. It does not say that the token is false: the key may be newer than
	// the key set. Read it as "cannot tell".
	ErrUnknownKey Cause = "unknown_key"
	// ErrSignature: no key with that identifier made the signature, or an ES256 signature is not in low-S form.
	ErrSignature Cause = "signature"
	// ErrClaims: signed, but the payload is not the canonical JSON of version 1 or a claim is outside its bounds.
	ErrClaims Cause = "claims"
	// ErrIssuer: signed by a key that belongs to another issuer than the one the token names.
	ErrIssuer Cause = "issuer"
	// ErrNotYetValid: authentic, issued more than Leeway in the future.
	ErrNotYetValid Cause = "not_yet_valid"
	// ErrExpired: authentic, but its time is over.
	ErrExpired Cause = "expired"
	// ErrCFMismatch: authentic and in time, but for another codice fiscale than the one compared with.
	ErrCFMismatch Cause = "cf_mismatch"
)

// Error returns a short English text for developers; sentences for people are made from the code elsewhere.
func (c Cause) Error() string { return "token refused: " + string(c) }
