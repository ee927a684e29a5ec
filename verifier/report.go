package verifier

import (
	"fmt"
	"slices"
	"time"

	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/verifier/api"
)

// Authenticity says whether the issuer that a paper names has made it. An expired paper can be authentic.
type Authenticity int

const (
	AuthenticityUnknown Authenticity = iota // cannot tell
	Authentic
	NotAuthentic
)

var authenticities = []string{"cannot_tell", "authentic", "not_authentic"}

// String returns "cannot_tell", "authentic" or "not_authentic".
func (a Authenticity) String() string { return name(a, authenticities) }

// MarshalText returns the text of String.
func (a Authenticity) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText reads a text of String. Another text is an error.
func (a *Authenticity) UnmarshalText(text []byte) error { return named(a, text, authenticities) }

// Result is the result of one check.
type Result int

const (
	NotChecked Result = iota // not reached, or something that it needs was missing
	Pass
	Fail
	Error // made, without an answer
)

var results = []string{"not_checked", "pass", "fail", "error"}

// String returns "not_checked", "pass", "fail" or "error".
func (r Result) String() string { return name(r, results) }

// MarshalText returns the text of String.
func (r Result) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads a text of String. Another text is an error.
func (r *Result) UnmarshalText(text []byte) error { return named(r, text, results) }

func name[T ~int](v T, names []string) string {
	if v < 0 || int(v) >= len(names) {
		return fmt.Sprintf("%d", int(v))
	}
	return names[v]
}

func named[T ~int](v *T, text []byte, names []string) error {
	n := slices.Index(names, string(text))
	if n < 0 {
		return fmt.Errorf("verifier: unknown value %q", text)
	}
	*v = T(n)
	return nil
}

// A Report is the result of checking a paper. It encodes to JSON and contains neither the codice fiscale nor
// the token's reference to it. The zero Report says "cannot tell" throughout.
type Report struct {
	Authenticity Authenticity `json:"authenticity"`
	// Verdict answers the question about the person.
	Verdict api.Outcome `json:"verdict"`
	// Code is the reason if the answer is not a plain yes. It is empty if the paper is authentic and nothing
	// was found against the person.
	Code api.Code `json:"code,omitempty"`
	// Paper is the content of an authentic paper. It is nil if the paper was refused.
	Paper *Paper `json:"paper,omitempty"`
	// Foreign is set if the key is unknown and the paper names an issuer that the client does not trust.
	Foreign *Foreign `json:"foreign,omitempty"`
	// Checks are the checks in their order, including those that were not reached.
	Checks []Check `json:"checks"`
	// Disclosed is what the issuer disclosed. It is nil if the issuer was not asked or gave no answer.
	Disclosed *api.Disclosure `json:"disclosed,omitempty"`
	// Receipt is the issuer's signed statement that the check was made. It names nobody and may be stored.
	Receipt string `json:"receipt,omitempty"`
	// ReceiptClaims is the content of Receipt, or nil if there is none.
	ReceiptClaims *api.Receipt `json:"-"`
	// Problem says why the issuer gave no answer. It is nil if the issuer answered or was not asked. If the
	// client has made it, because no answer of the contract came, its Status is 0 and its type begins with
	// "urn:attesta:client:".
	Problem *api.Problem `json:"problem,omitempty"`
	// Err is the error behind Problem, or the reason why the issuer's keys cannot be used. It is a
	// [*CallError], or the *api.Problem that the issuer sent. Its text contains no personal data. It is nil
	// if there is neither.
	Err error `json:"-"`
}

// Paper is the content of a token without its reference to the person. The reference is the same at each
// scan, so it is not part of a report.
type Paper struct {
	IssuerName string    `json:"issuer"`
	IssuedAt   time.Time `json:"issued_at"`
	ExpiresAt  time.Time `json:"expires_at"`
	// Offline reports that the paper can be compared with a codice fiscale without asking the issuer.
	Offline bool `json:"offline_profile"`
}

// Foreign says that a paper names an issuer that the client does not trust.
type Foreign struct {
	// Named is the issuer's name in the paper. The signature was not verified, so it may be
	// false.
	Named string `json:"names"`
	// Trusted are the issuers that the client trusts, as people call them.
	Trusted []string `json:"trusted"`
}

// KeysAsOf returns the time at which the keys that judged the paper were known to be the issuer's. It is zero
// if no key was looked for or the time is unknown.
func (r Report) KeysAsOf() time.Time { return r.check(checkKey).AsOf }

// Matched reports whether the paper was compared with the codice fiscale, by the issuer or with the offline
// profile, and belongs to it. If not, they may differ or may not have been compared: the code says which.
func (r Report) Matched() bool { return r.check(checkCodiceFiscale).Result == Pass }

// check returns the check of the name, or the zero Check, which was not made.
func (r Report) check(name string) Check {
	for _, c := range r.Checks {
		if c.Name == name {
			return c
		}
	}
	return Check{}
}

// Check is the result of one check.
type Check struct {
	// Name is text, size, shape, header, key, signature, claims, issuer, start, expiry, codice_fiscale or
	// status.
	Name   string `json:"name"`
	Result Result `json:"result"`
	// Code is the report's code if this check led to it, or empty.
	Code api.Code `json:"code,omitempty"`
	// AsOf is the time for which the result holds. For the key and the signature it is the time at which
	// the keys were known to be valid, for the other checks the time of the check. It is zero if the check
	// was not made or the time of the keys is unknown.
	AsOf time.Time `json:"as_of,omitzero"`
}

// The names of the checks.
const (
	checkText          = "text"
	checkSize          = "size"
	checkShape         = "shape"
	checkHeader        = "header"
	checkKey           = "key"
	checkSignature     = "signature"
	checkClaims        = "claims"
	checkIssuer        = "issuer"
	checkStart         = "start"
	checkExpiry        = "expiry"
	checkCodiceFiscale = "codice_fiscale"
	checkStatus        = "status"
)

// checkOf returns the name of the check that can lead to the code.
func checkOf(c api.Code) string {
	switch c {
	case api.CodeSize:
		return checkSize
	case api.CodeShape:
		return checkShape
	case api.CodeHeader:
		return checkHeader
	case api.CodeUnknownKey:
		return checkKey
	case api.CodeSignature:
		return checkSignature
	case api.CodeClaims:
		return checkClaims
	case api.CodeWrongIssuer:
		return checkIssuer
	case api.CodeNotYetValid:
		return checkStart
	case api.CodeExpired:
		return checkExpiry
	case api.CodeCFMismatch, api.CodeReplaced:
		return checkCodiceFiscale
	case api.CodeUnreadable, api.CodeNotOurs, api.CodeNewerVersion, api.CodeWrongKeyboard:
		return checkText
	case api.CodeKeysStale:
		return checkKey
	}
	return checkStatus
}

// refused returns the report of a check that led to the code, after those before it have passed.
func refused(code api.Code, now, keysAsOf time.Time) Report {
	r := passed(checkOf(code), now, keysAsOf)
	r.Code, r.Verdict = code, code.Outcome()
	for n := range r.Checks {
		c := &r.Checks[n]
		if c.Name != checkOf(code) {
			continue
		}
		c.Code, c.Result, c.AsOf = code, resultOf(r.Verdict), evidence(c.Name, now, keysAsOf)
	}
	switch code {
	case api.CodeNotYetValid, api.CodeExpired, api.CodeCFMismatch, api.CodeReplaced:
		// The signature was verified before.
		r.Authenticity = Authentic
	default:
		if r.Verdict == api.NotConfirmed {
			r.Authenticity = NotAuthentic
		}
	}
	return r
}

// keysUnavailable returns the report if a Published returns an error: the issuer does not answer.
func keysUnavailable(err error, now time.Time) Report {
	r := refused(api.CodeKeysStale, now, time.Time{})
	own := &CallError{Reason: ErrKeys, Cause: err}
	r.Code, r.Problem, r.Err = api.CodeUnavailable, own.problem(), own
	for n := range r.Checks {
		if r.Checks[n].Code != "" {
			r.Checks[n].Code = r.Code
		}
	}
	return r
}

// authentic returns the report of a token that verified. matched says whether it was compared with the
// codice fiscale; the status is not checked.
func authentic(c token.Claims, matched bool, now, keysAsOf time.Time) Report {
	end := checkCodiceFiscale
	if matched {
		end = checkStatus
	}
	r := passed(end, now, keysAsOf)
	r.Authenticity, r.Paper = Authentic, paper(c)
	return r
}

// passed returns a report in which the checks before the named one have passed and the others were not made.
func passed(before string, now, keysAsOf time.Time) Report {
	var r Report
	result := Pass
	for _, name := range []string{
		checkText, checkSize, checkShape, checkHeader, checkKey, checkSignature, checkClaims, checkIssuer,
		checkStart, checkExpiry, checkCodiceFiscale, checkStatus,
	} {
		if name == before {
			result = NotChecked
		}
		c := Check{Name: name, Result: result}
		if result == Pass {
			c.AsOf = evidence(name, now, keysAsOf)
		}
		r.Checks = append(r.Checks, c)
	}
	return r
}

func evidence(check string, now, keysAsOf time.Time) time.Time {
	if check == checkKey || check == checkSignature {
		return keysAsOf
	}
	return now
}

func paper(c token.Claims) *Paper {
	return &Paper{c.IssuerName, c.IssuedAt, c.Expires, c.Commitment != ""}
}
