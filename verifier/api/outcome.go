package api

import (
	"errors"
	"fmt"
)

// Outcome is the answer to a question about a person. There are three outcomes. The zero value is
// [CannotTell], so a missing outcome is never taken for a yes or a no. In JSON it is the text of String.
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

// MarshalText returns the text of String.
func (o Outcome) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

var errOutcome = errors.New("api: unknown outcome")

// UnmarshalText accepts the texts of String and no other text.
func (o *Outcome) UnmarshalText(text []byte) error {
	for _, known := range []Outcome{CannotTell, Confirmed, NotConfirmed} {
		if string(text) == known.String() {
			*o = known
			return nil
		}
	}
	return errOutcome
}

// Code is the reason of an answer that is not a plain yes. The set is closed and stable, so programs may
// branch on a code. Package verifier/page/answer has the sentences for people.
type Code string

// The codes of [NotConfirmed]. The first nine are causes of package token.
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
	CodeNotEntitled Code = "not_entitled" // the person's status does not give a right to the benefit
)

// The codes of [CannotTell].
const (
	CodeUnreadable       Code = "unreadable"         // the picture contains no text
	CodeNotOurs          Code = "not_ours"           // the text is not a token
	CodeNewerVersion     Code = "newer_version"      // the version of the token is unknown
	CodeWrongKeyboard    Code = "wrong_keyboard"     // typed by a scanner that is set to another keyboard
	CodeUnknownKey       Code = "unknown_key"        // no trusted issuer has the key that the token names
	CodeKeysStale        Code = "keys_stale"         // the issuer's keys are missing or too old
	CodeUnavailable      Code = "unavailable"        // the issuer did not answer
	CodeReplaced         Code = "replaced"           // the codice fiscale has changed: a new paper is needed
	CodeNoStatusHere     Code = "no_status_here"     // this registry has no status; others may
	CodeClassNotHeld     Code = "class_not_held"     // the registry does not hold verbali of this class
	CodeUndecided        Code = "undecided"          // the verbali held do not decide, or are faulty
	CodeNeedsSecondLevel Code = "needs_second_level" // only the second level can answer
	CodeNeedsEvidence    Code = "needs_evidence"     // the desk has not yet seen a paper that decides
	CodeNeedsAnnotation  Code = "needs_annotation"   // the verbale does not record an annotation
	CodeNotApproved      Code = "not_approved"       // the second level was asked for, without an approval
	CodeRateLimited      Code = "rate_limited"       // too many requests: try again later
	CodeUsage            Code = "usage"              // the request is wrong: a fault of the caller
	CodeMalformedCF      Code = "malformed_cf"       // what was typed cannot be a codice fiscale
)

// Codes returns all codes, in the order of the constants.
func Codes() []Code {
	return []Code{CodeSize, CodeShape, CodeHeader, CodeSignature, CodeClaims, CodeWrongIssuer,
		CodeNotYetValid, CodeExpired, CodeCFMismatch, CodeVoid, CodeNotEntitled, CodeUnreadable, CodeNotOurs,
		CodeNewerVersion, CodeWrongKeyboard, CodeUnknownKey, CodeKeysStale, CodeUnavailable, CodeReplaced,
		CodeNoStatusHere, CodeClassNotHeld, CodeUndecided, CodeNeedsSecondLevel, CodeNeedsEvidence,
		CodeNeedsAnnotation, CodeNotApproved, CodeRateLimited, CodeUsage, CodeMalformedCF}
}

// Outcome returns the outcome of an answer with the code: [NotConfirmed] for the codes of the first group,
// and [CannotTell] for all others, including unknown ones.
func (c Code) Outcome() Outcome {
	switch c {
	case CodeSize, CodeShape, CodeHeader, CodeSignature, CodeClaims, CodeWrongIssuer, CodeNotYetValid,
		CodeExpired, CodeCFMismatch, CodeVoid, CodeNotEntitled:
		return NotConfirmed
	}
	return CannotTell
}

// FromIssuer reports whether an issuer may answer with the code. The other codes arise at the desk.
func (c Code) FromIssuer() bool {
	switch c {
	case CodeNotOurs, CodeNewerVersion, CodeUnknownKey, CodeReplaced, CodeNoStatusHere, CodeClassNotHeld,
		CodeUndecided, CodeNeedsSecondLevel, CodeNeedsEvidence, CodeNeedsAnnotation:
		return true
	}
	return c.Outcome() == NotConfirmed
}
