package status

import (
	"strings"

	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

const (
	maxIDLen     = 64
	maxSchemeLen = 32
	maxCodeLen   = 2
	cfLen        = 16
)

// The rules of Validate, one for each field; "" means that it is kept.

func (v Verbale) checkID() Error { return checkID(v.ID) }

func checkID(id string) Error {
	switch {
	case id == "":
		return ErrMissing
	case !fits(id, maxIDLen, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._/-"):
		return ErrForm
	}
	for i := 0; i+cfLen <= len(id); i++ {
		if _, err := codicefiscale.Parse(id[i : i+cfLen]); err == nil {
			return ErrPersonal
		}
	}
	return ""
}

func (v Verbale) checkDomain() Error {
	switch {
	case v.Domain == "":
		return ErrMissing
	case v.Domain.index() < 0:
		return ErrUnknown
	}
	return ""
}

func (v Verbale) checkKind() Error {
	switch {
	case v.Kind == "":
		return ErrMissing
	case !v.Kind.known():
		return ErrUnknown
	case v.Kind == KindComingOfAge && v.Domain != CivilInvalidity:
		return ErrDomain
	}
	return ""
}

func (v Verbale) checkDecision() Error {
	switch {
	case v.Decision == 0:
		return ErrMissing
	case !v.Decision.Valid():
		return ErrDate
	case v.Kind == KindReform && v.Decision < reformSince:
		return ErrTooEarly
	case v.NotHeld == ClassBefore2010 && v.Decision > lastBefore2010:
		return ErrTooLate
	}
	return ""
}

func (v Verbale) checkEffect() Error {
	switch {
	case v.Effect == 0:
		return ErrMissing
	case !v.Effect.Valid():
		return ErrDate
	}
	return ""
}

func (v Verbale) checkNotHeld() Error {
	switch v.NotHeld {
	case "":
		return ""
	case ClassBefore2010, ClassCourt, ClassProvincial, ClassOtherBody:
		if !v.Kind.judges() {
			return ErrUnwanted
		}
		return ""
	}
	return ErrUnknown
}

func (v Verbale) checkDegree() Error {
	degree := v.Outcome.Degree
	if degree == "" {
		if v.Kind.judges() && v.NotHeld == "" && v.Annuls == "" {
			return ErrMissing
		}
		return ""
	}
	facts, known := degrees[degree]
	switch {
	case !v.Kind.judges() || v.NotHeld != "":
		return ErrUnwanted
	case !known:
		return ErrUnknown
	case degree != DegreeNone && facts.Domain != v.Domain:
		return ErrDomain
	case v.Kind == KindComingOfAge && facts.Minor:
		return ErrContradiction
	case degree == DegreeDeafblindLate && v.Decision < lateDeafblindSince:
		return ErrTooEarly
	case isSupport(degree) && v.Decision < supportSince:
		return ErrTooEarly
	}
	return ""
}

func isSupport(d Degree) bool {
	return d == DegreeSupportMild || d == DegreeSupportMedium || d == DegreeSupportHigh || d == DegreeSupportVeryHigh
}

func (v Verbale) checkPercent() Error {
	percent := v.Outcome.Percent
	if percent == 0 {
		return ""
	}
	if v.Outcome.Degree == "" {
		return ErrUnwanted
	}
	facts := v.Outcome.Degree.Facts()
	low, high := facts.Low, facts.High
	if facts.Over65 && high < 100 {
		low-- // the sources disagree on the lower ends: see Facts
	}
	if v.Domain != CivilInvalidity || percent < max(low, 1) || percent > high {
		return ErrBand
	}
	return ""
}

func (v Verbale) checkFormula() Error {
	f := v.Outcome.Formula
	switch {
	case f == Formula{}:
		return ""
	case v.Outcome.Degree == "":
		return ErrUnwanted
	case f.Scheme == "" || f.Code == "":
		return ErrMissing
	case !fits(f.Scheme, maxSchemeLen, "abcdefghijklmnopqrstuvwxyz0123456789-"), !fits(f.Code, maxCodeLen, "0123456789"):
		return ErrForm
	case f.Scheme == SchemeVerbale && !f.agrees(v.Domain, v.Outcome.Degree):
		return ErrContradiction
	}
	return ""
}

func (v Verbale) checkAnnotations() Error {
	a := v.Outcome.Annotations
	if a == (Annotations{}) {
		return ""
	}
	if v.Outcome.Degree == "" {
		return ErrUnwanted
	}
	for _, name := range AnnotationCodes() {
		switch a.Value(name) {
		case NotRecorded, Yes:
		case No:
			// Silence meant nothing before the law that made them state it.
			if v.Decision < annotationsSince {
				return ErrTooEarly
			}
		default:
			return ErrUnknown
		}
	}
	return ""
}

func (v Verbale) checkRevision() Error {
	switch {
	case v.Revision == 0:
		return ""
	case v.Outcome.Degree == "":
		return ErrUnwanted
	case !v.Revision.Valid():
		return ErrDate
	case v.Revision < v.Decision:
		return ErrTooEarly
	}
	return ""
}

func (v Verbale) checkExempt() Error {
	switch {
	case !v.RevisionExempt:
		return ""
	case v.Outcome.Degree == "":
		return ErrUnwanted
	case v.Revision != 0:
		return ErrContradiction
	}
	return ""
}

func (v Verbale) checkAnnuls() Error {
	switch {
	case v.Annuls == "":
		return ""
	case v.Kind != KindAutotutela:
		return ErrUnwanted
	case v.Annuls == v.ID:
		return ErrContradiction
	}
	return checkID(v.Annuls)
}

// fits reports whether s has at most n characters, all of them of the alphabet.
func fits(s string, n int, alphabet string) bool {
	return len(s) <= n && strings.Trim(s, alphabet) == ""
}
