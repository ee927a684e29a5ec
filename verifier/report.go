package verifier

import (
	"fmt"
	"time"

	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/verifier/api"
)

// Authenticity says whether a paper was made by the issuer that it names. An expired paper can be authentic.
type Authenticity int

const (
	AuthenticityUnknown Authenticity = iota // cannot tell; the zero value
	Authentic
	NotAuthentic
)

// String returns "cannot_tell", "authentic" or "not_authentic".
func (a Authenticity) String() string { return name(a, "cannot_tell", "authentic", "not_authentic") }

// MarshalText writes what String returns.
func (a Authenticity) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// Result says how one check ended.
type Result int

const (
	NotChecked Result = iota // not reached, or not possible with what was given; the zero value
	Pass
	Fail
	Error // tried, without an answer
)

// String returns "not_checked", "pass", "fail" or "error".
func (r Result) String() string { return name(r, "not_checked", "pass", "fail", "error") }

// MarshalText writes what String returns.
func (r Result) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

func name[T ~int](v T, names ...string) string {
	if v < 0 || int(v) >= len(names) {
		return fmt.Sprintf("%d", int(v))
	}
	return names[v]
}

// Report is what is known after a check. It encodes to JSON; it holds neither the codice fiscale nor the
// reference to it. The zero Report says "cannot tell" throughout.
type Report struct {
	Authenticity Authenticity `json:"authenticity"`
	// Verdict says whether what was asked about the person is so.
	Verdict api.Outcome `json:"verdict"`
	// Code is the cause of everything that is not a plain yes; empty if the paper is authentic and nothing
	// speaks against the person.
	Code api.Code `json:"code,omitempty"`
	// Paper is what an authentic paper says of itself; nil where the paper was refused.
	Paper *Paper `json:"paper,omitempty"`
	// Checks has one entry for each check, in the order in which they are made.
	Checks []Check `json:"checks"`
	// Disclosed is what the issuer disclosed; nil where it was not asked or gave no answer.
	Disclosed *api.Disclosure `json:"disclosed,omitempty"`
	// Receipt is the issuer's, to prove later that the check was made; it names nobody and may be kept.
	Receipt string `json:"receipt,omitempty"`
	// ReceiptClaims is what the receipt says; nil where there is none.
	ReceiptClaims *api.Receipt `json:"-"`
	// Problem is why the issuer gave no answer; nil if it did or was not asked.
	Problem *api.Problem `json:"problem,omitempty"`
}

// Paper is what a token says, without its reference to the person, which links scans and should not be kept.
type Paper struct {
	IssuerName string    `json:"issuer"`
	IssuedAt   time.Time `json:"issued_at"`
	ExpiresAt  time.Time `json:"expires_at"`
	// Offline says that a codice fiscale can be compared without asking the issuer.
	Offline bool `json:"offline_profile"`
}

// Check is the outcome of one check.
type Check struct {
	Name   string `json:"name"` // one of the Check… constants
	Result Result `json:"result"`
	// Code is the report's cause on the check that failed, else empty.
	Code api.Code `json:"code,omitempty"`
	// AsOf is the time of the evidence: for the key and the signature when the keys were known to be good, else
	// when the check was made. Zero where nothing was checked or the time of the keys is not known.
	AsOf time.Time `json:"as_of,omitzero"`
}

// The names of the checks.
const (
	CheckText          = "text"
	CheckSize          = "size"
	CheckShape         = "shape"
	CheckHeader        = "header"
	CheckKey           = "key"
	CheckSignature     = "signature"
	CheckClaims        = "claims"
	CheckIssuer        = "issuer"
	CheckStart         = "start"
	CheckExpiry        = "expiry"
	CheckCodiceFiscale = "codice_fiscale"
	CheckStatus        = "status"
)

// checkOf returns the check that ends with the code.
func checkOf(c api.Code) string {
	switch c {
	case api.CodeSize:
		return CheckSize
	case api.CodeShape:
		return CheckShape
	case api.CodeHeader:
		return CheckHeader
	case api.CodeUnknownKey:
		return CheckKey
	case api.CodeSignature:
		return CheckSignature
	case api.CodeClaims:
		return CheckClaims
	case api.CodeWrongIssuer:
		return CheckIssuer
	case api.CodeNotYetValid:
		return CheckStart
	case api.CodeExpired:
		return CheckExpiry
	case api.CodeCFMismatch, api.CodeReplaced:
		return CheckCodiceFiscale
	case api.CodeUnreadable, api.CodeNotOurs, api.CodeNewerVersion:
		return CheckText
	case api.CodeKeysStale:
		return CheckKey
	}
	return CheckStatus
}

// refused reports that the checks up to one passed and that one ended with the code.
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
		// The issuer made it: the order of the checks says so.
		r.Authenticity = Authentic
	default:
		if r.Verdict == api.NotConfirmed {
			r.Authenticity = NotAuthentic
		}
	}
	return r
}

// keysUnavailable reports that the keys cannot be read in the issuer's own process: it does not answer.
func keysUnavailable(now time.Time) Report {
	r := refused(api.CodeKeysStale, now, time.Time{})
	r.Code, r.Problem = api.CodeUnavailable, unavailable()
	for n := range r.Checks {
		if r.Checks[n].Code != "" {
			r.Checks[n].Code = r.Code
		}
	}
	return r
}

// authentic reports a token that verified; the status is not asked here.
func authentic(c token.Claims, matched bool, now, keysAsOf time.Time) Report {
	end := CheckCodiceFiscale
	if matched {
		end = CheckStatus
	}
	r := passed(end, now, keysAsOf)
	r.Authenticity, r.Paper = Authentic, paper(c)
	return r
}

// passed lists the checks: those before the named one passed, it and the rest are not checked.
func passed(before string, now, keysAsOf time.Time) Report {
	var r Report
	result := Pass
	for _, name := range []string{CheckText, CheckSize, CheckShape, CheckHeader, CheckKey, CheckSignature, CheckClaims,
		CheckIssuer, CheckStart, CheckExpiry, CheckCodiceFiscale, CheckStatus} {
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
	if check == CheckKey || check == CheckSignature {
		return keysAsOf
	}
	return now
}

func paper(c token.Claims) *Paper {
	return &Paper{c.IssuerName, c.IssuedAt, c.Expires, c.Commitment != ""}
}
