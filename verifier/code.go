package verifier

import "github.com/qr-invalidita/attesta/token"

// Code is the one stable cause of an answer that is not a plain yes. The set is closed and part of the promise: programs
// may branch on it, other languages may rely on it. Sentences for people are made from it elsewhere.
type Code string

// Not confirmed: something is known, and it is not a yes.
const (
	Size        = Code(token.ErrSize)
	Shape       = Code(token.ErrShape)
	Header      = Code(token.ErrHeader)
	Signature   = Code(token.ErrSignature)
	Claims      = Code(token.ErrClaims)
	WrongIssuer = Code(token.ErrIssuer)
	NotYetValid = Code(token.ErrNotYetValid)
	Expired     = Code(token.ErrExpired)
	CFMismatch  = Code(token.ErrCFMismatch)
	Void        = Code("void")         // the issuer has voided this paper: a newer one exists
	NotEntitled = Code("not_entitled") // the person's status does not give the benefit asked for
)

// Cannot tell: neither a yes nor a no.
const (
	Unreadable       = Code("unreadable")          // no text in the picture
	NotOurs          = Code(token.ErrNotOurs)      // a text, but not of this system
	NewerVersion     = Code(token.ErrNewerVersion) // a document of a later version than this program knows
	UnknownKey       = Code(token.ErrUnknownKey)
	KeysStale        = Code("keys_stale")         // the keys at hand are too old to judge by
	Unavailable      = Code("unavailable")        // the issuer did not answer
	Replaced         = Code("replaced")           // the codice fiscale changed: a new document is needed
	NoStatusHere     = Code("no_status_here")     // nothing in this registry, which is not "not disabled"
	ClassNotHeld     = Code("class_not_held")     // the registry does not hold verbali of this class
	Undecided        = Code("undecided")          // the registry holds something that does not decide the question
	NeedsSecondLevel = Code("needs_second_level") // only the second level answers this
	RateLimited      = Code("rate_limited")       // asked too often: later
)

// Codes returns every Code, in the order of the constants.
func Codes() []Code {
	return []Code{Size, Shape, Header, Signature, Claims, WrongIssuer, NotYetValid, Expired, CFMismatch, Void, NotEntitled,
		Unreadable, NotOurs, NewerVersion, UnknownKey, KeysStale, Unavailable, Replaced, NoStatusHere, ClassNotHeld, Undecided,
		NeedsSecondLevel, RateLimited}
}

// Verdict returns the answer that the code stands for: [NotConfirmed] for the first group, [CannotTell] for the second
// and for anything unforeseen.
func (c Code) Verdict() Verdict {
	switch c {
	case Size, Shape, Header, Signature, Claims, WrongIssuer, NotYetValid, Expired, CFMismatch, Void, NotEntitled:
		return NotConfirmed
	}
	return CannotTell
}

// fromIssuer says whether the code is one that an issuer may answer with.
func (c Code) fromIssuer() bool {
	switch c {
	case NotOurs, NewerVersion, Size, Shape, Header, UnknownKey, Signature, Claims, WrongIssuer, NotYetValid, Expired, CFMismatch,
		Void, NotEntitled, Replaced, NoStatusHere, ClassNotHeld, Undecided, NeedsSecondLevel:
		return true
	}
	return false
}
