package api

import (
	"errors"
	"fmt"
)

// Outcome is the answer to what was asked about a person. There are three, never two; the zero value is
// [CannotTell], so that nothing that was left out reads as a yes or as a no. On the wire it is what String
// returns.
type Outcome int

const (
	CannotTell   Outcome = iota // neither a yes nor a no
	Confirmed                   // yes
	NotConfirmed                // no
)

// String returns "cannot_tell", "confirmed" or "not_confirmed".
func (o Outcome) String() string {
	switch o {
	case CannotTell:
		return "cannot_tell"
	case Confirmed:
		return "confirmed"
	case NotConfirmed:
		return "not_confirmed"
	}
	return fmt.Sprintf("%d", int(o))
}

// MarshalText writes what String returns.
func (o Outcome) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

var errOutcome = errors.New("api: outcome is none of the three")

// UnmarshalText reads what String returns and refuses any other text.
func (o *Outcome) UnmarshalText(text []byte) error {
	for _, known := range []Outcome{CannotTell, Confirmed, NotConfirmed} {
		if string(text) == known.String() {
			*o = known
			return nil
		}
	}
	return errOutcome
}

// Code is the one stable cause of an answer that is not a plain yes. The set is closed and part of the
// promise: programs may branch on it, other languages may rely on it. Sentences for people are made from it
// elsewhere.
type Code string

// Not confirmed: something is known, and it is not a yes. The first eight are the causes of package token.
const (
	CodeSize        Code = "size"
	CodeShape       Code = "shape"
	CodeHeader      Code = "header"
	CodeSignature   Code = "signature"
	CodeClaims      Code = "claims"
	CodeWrongIssuer Code = "issuer"
	CodeNotYetValid Code = "not_yet_valid"
	CodeExpired     Code = "expired"
	CodeCFMismatch  Code = "cf_mismatch"
	CodeVoid        Code = "void"         // the issuer has voided this paper: a newer one exists
	CodeNotEntitled Code = "not_entitled" // the person's status does not give the benefit asked for
)

// Cannot tell: neither a yes nor a no.
const (
	CodeUnreadable       Code = "unreadable"         // no text in the picture
	CodeNotOurs          Code = "not_ours"           // a text, but not of this system
	CodeNewerVersion     Code = "newer_version"      // a document of a later version than this program knows
	CodeUnknownKey       Code = "unknown_key"        // a cause of package token: no such key is known
	CodeKeysStale        Code = "keys_stale"         // the keys at hand are too old to judge by
	CodeUnavailable      Code = "unavailable"        // the issuer did not answer
	CodeReplaced         Code = "replaced"           // the codice fiscale changed: a new document is needed
	CodeNoStatusHere     Code = "no_status_here"     // nothing in this registry, which is not "not disabled"
	CodeClassNotHeld     Code = "class_not_held"     // the registry does not hold verbali of this class
	CodeUndecided        Code = "undecided"          // the registry holds something that does not decide
	CodeNeedsSecondLevel Code = "needs_second_level" // only the second level answers this
	CodeRateLimited      Code = "rate_limited"       // asked too often: later
)

// Codes returns every Code, in the order of the constants.
func Codes() []Code {
	return []Code{CodeSize, CodeShape, CodeHeader, CodeSignature, CodeClaims, CodeWrongIssuer,
		CodeNotYetValid, CodeExpired, CodeCFMismatch, CodeVoid, CodeNotEntitled, CodeUnreadable, CodeNotOurs,
		CodeNewerVersion, CodeUnknownKey, CodeKeysStale, CodeUnavailable, CodeReplaced, CodeNoStatusHere,
		CodeClassNotHeld, CodeUndecided, CodeNeedsSecondLevel, CodeRateLimited}
}

// Outcome returns the answer that the code stands for: [NotConfirmed] for the first group, [CannotTell] for
// the second and for anything unforeseen.
func (c Code) Outcome() Outcome {
	switch c {
	case CodeSize, CodeShape, CodeHeader, CodeSignature, CodeClaims, CodeWrongIssuer, CodeNotYetValid,
		CodeExpired, CodeCFMismatch, CodeVoid, CodeNotEntitled:
		return NotConfirmed
	}
	return CannotTell
}

// FromIssuer says whether an issuer may answer with the code; the others are a desk's own.
func (c Code) FromIssuer() bool {
	switch c {
	case CodeNotOurs, CodeNewerVersion, CodeUnknownKey, CodeReplaced, CodeNoStatusHere, CodeClassNotHeld,
		CodeUndecided, CodeNeedsSecondLevel:
		return true
	}
	return c.Outcome() == NotConfirmed
}
