package token

// Cause is the one reason why a token is refused. It is both an error and a stable code: the
// values below are a closed set, compared with == or errors.Is, and their texts are part of the
// format (FORMAT.md, "Order of checks"). A Cause reveals nothing about the token, the codice
// fiscale or the keys.
type Cause string

// The causes of a text that is no token of this version. [FromQRText] returns them before there is
// anything to verify; both mean "cannot tell".
const (
	// ErrNotOurs: there is no token in the text, which is of another system.
	ErrNotOurs Cause = "not_ours"
	// ErrNewerVersion: the token is of a later version than this program knows. A program that says
	// "no" here would deny a right: say that it has to be updated.
	ErrNewerVersion Cause = "newer_version"
)

// The causes, in the order of the checks. The first one that applies is returned.
const (
	// ErrSize: the token is longer than MaxSize bytes.
	ErrSize Cause = "size"
	// ErrShape: the token does not have three parts of base64url and a signature of 86
	// characters, or a part is not the canonical encoding of its bytes.
	ErrShape Cause = "shape"
	// ErrHeader: the header is not the canonical JSON of version 1.
	ErrHeader Cause = "header"
	// ErrUnknownKey: no key has that identifier. It does not mean that the token is false,
	// because the key may be newer than the key set. Read it as "cannot tell".
	ErrUnknownKey Cause = "unknown_key"
	// ErrSignature: no key with that identifier made the signature, or an ES256 signature is not in
	// low-S form.
	ErrSignature Cause = "signature"
	// ErrClaims: the token is signed, but the payload is not the canonical JSON of version 1 or a
	// claim is out of bounds.
	ErrClaims Cause = "claims"
	// ErrIssuer: the key that signed the token does not belong to the issuer that the token
	// names.
	ErrIssuer Cause = "issuer"
	// ErrNotYetValid: the token is authentic, but issued more than Leeway in the future.
	ErrNotYetValid Cause = "not_yet_valid"
	// ErrExpired: the token is authentic, but it has expired.
	ErrExpired Cause = "expired"
	// ErrCFMismatch: the token is authentic and in time, but belongs to another codice fiscale
	// than the given one.
	ErrCFMismatch Cause = "cf_mismatch"
)

// Error returns a short English text for developers. Programs make sentences for people from the
// code.
func (c Cause) Error() string { return "token refused: " + string(c) }
