// Package answer turns a report of package verifier into words: a headline with the answer, the reason, the
// next step, and what the issuer disclosed. The template "report" of package web shows them.
//
// Each code has a headline, a sentence and a next step in five languages. They are in the folder words, which
// has a JSON file for each language and in it a line for each code, so a translator needs no other file. If a
// code could be mistaken for a no, its sentence says that it means nothing about the person. The texts
// contain no personal data, and no placeholders but the names of issuers.
package answer

import (
	"strings"
	"time"

	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/benefit"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/api"
)

// An Answer is a report in one language. If the issuer disclosed data concerning health, the Answer contains
// it: show it, but do not store it.
type Answer struct {
	// Tone and Icon are for the template "answer". They express the same answer as the words.
	Tone, Icon string
	// Sign is the headline to read from afar: one word for the outcome, or the headline of Words if it is
	// about the paper alone. Cause is the headline of Words if Sign is another; otherwise empty. In
	// Sign, no line can break between a negation and what it denies.
	Sign, Cause string
	Words
	// Authentic reports that the paper is authentic. It says nothing about the person.
	Authentic bool
	// Benefit is the title of the requested benefit, or its ID if the catalogue does not contain
	// it.
	Benefit string
	// Confirmed reports that the issuer confirmed what was asked.
	Confirmed bool
	// Beside is what goes with the benefit. [Of] leaves it zero; see [BesideOf].
	Beside Beside
	// Categories are those of the first level and Judgements those of the second, in words.
	Categories []Term
	Judgements []Judgement
	// Complete reports that the person is in no category that is not listed.
	Complete bool
	Paper    *verifier.Paper
	// CheckedAt is the time of the issuer's check; zero if it was not asked. KeysAsOf is the age
	// of the keys.
	CheckedAt, KeysAsOf time.Time
	// Declared reports that the answer rests on what the desk declared to have seen.
	Declared bool
	// Receipt is the issuer's receipt, unchanged.
	Receipt string
	// SecondLevel reports that the second level can answer what the first left open.
	SecondLevel bool
	// Minutes is the time until the next attempt, rounded up; 0 means that none is known, or that it is in
	// Hours.
	Minutes int
	// Hours is that time if it is more than two hours, rounded up; otherwise 0.
	Hours int
	// AttemptsLeft is the number of attempts left for a challenge; negative means that it is unknown.
	AttemptsLeft int
	// Channels are the other channels of a person without a phone in the registry.
	Channels []string
	// UsableFrom is when a new number of the person can get codes; zero if there is none.
	UsableFrom time.Time
}

// A Term is a code in words: the legal name, a plain explanation and the law.
type Term struct{ Legal, Plain, Law string }

// A Judgement is one domain of the second level.
type Judgement struct {
	Domain, State, Degree string
	// Percent is the percentage of civil invalidity; 0 means that the verbale states none.
	Percent int
	// Law is the law of the degree, or of the domain if there is no degree.
	Law         string
	Annotations []Annotation
	// NotHeld is the class of verbali that are kept elsewhere; empty if the judgement is held
	// here.
	NotHeld string
	// Doubt is the reason why the held verbali decide nothing; zero if they decide.
	Doubt Term
	// AdultRights is what a person who has turned 18 may claim; zero for anybody else.
	AdultRights Term
	Act         Act
}

// An Act is the verbale behind a judgement, as the ISEE form requires it (DSU, frame FC7). The
// zero Act means that there is none.
type Act struct {
	Body, Number string
	// Decision is its day. Since is the day from which it counts.
	Decision, Since time.Time
}

// An Annotation is an annotation of art. 4 DL 5/2012 and its value (yes, no or not recorded), in
// words.
type Annotation struct{ Name, Value string }

// Of returns the Answer for a report. The catalogue gives the title of a benefit.
func Of(lang status.Language, r verifier.Report, c benefit.Catalogue) Answer {
	a := Answer{
		Words:        ForReport(lang, r),
		Authentic:    r.Authenticity == verifier.Authentic,
		Paper:        r.Paper,
		Receipt:      r.Receipt,
		AttemptsLeft: -1,
	}
	switch {
	case r.Verdict == api.Confirmed:
		a.Tone, a.Icon = "yes", "it-check-circle"
	case r.Verdict == api.NotConfirmed:
		a.Tone, a.Icon = "no", "it-close-circle"
	default:
		a.Tone, a.Icon = "unknown", "it-help-circle"
	}
	a.Confirmed = r.Verdict == api.Confirmed
	a.Sign, a.Cause = sign(lang, r, a.Headline)
	a.SecondLevel = r.Code == api.CodeNeedsSecondLevel
	a.KeysAsOf = r.KeysAsOf()
	if p := r.Problem; p != nil {
		if a.Minutes = (p.RetryAfter + 59) / 60; a.Minutes > 120 {
			a.Minutes, a.Hours = 0, (a.Minutes+59)/60
		}
		a.Channels, a.UsableFrom = p.Channels, p.UsableFrom
		if p.AttemptsLeft != nil {
			a.AttemptsLeft = *p.AttemptsLeft
		}
	}
	a.Declared = r.ReceiptClaims != nil && r.ReceiptClaims.Declared
	if d := r.Disclosed; d != nil {
		a.disclose(lang, d, c)
	}
	return a
}

// OfCard returns the Answer for a report about a card in a wallet.
func OfCard(lang status.Language, r verifier.Report, c benefit.Catalogue) Answer {
	a := Of(lang, r, c)
	a.Words = ForCard(lang, r)
	a.Sign, a.Cause = sign(lang, r, a.Headline)
	return a
}

func (a *Answer) disclose(lang status.Language, d *api.Disclosure, c benefit.Catalogue) {
	a.CheckedAt, a.Complete = d.CheckedAt, d.Complete
	a.Benefit = Title(lang, c, d.Benefit)
	for _, code := range d.Categories {
		a.Categories = append(a.Categories, term(lang, status.Category(code)))
	}
	for _, code := range d.SubKinds {
		a.Categories = append(a.Categories, term(lang, status.SubKind(code)))
	}
	for _, detail := range d.Details {
		a.Judgements = append(a.Judgements, judgement(lang, detail))
	}
}

// Title returns a benefit's title, or its ID if the catalogue does not contain it. For an
// empty ID it returns nothing.
func Title(lang status.Language, c benefit.Catalogue, id string) string {
	if b, ok := c.Latest(strings.TrimPrefix(id, api.ScopeBenefit)); ok {
		return b.Title.In(lang)
	}
	return id
}

// Domain returns the legal name of a domain.
func Domain(lang status.Language, d status.Domain) string { return term(lang, d).Legal }

// Scope returns the words for a second-level scope; empty for the full scope.
func Scope(lang status.Language, c benefit.Catalogue, scope string) string {
	if scope == api.ScopeDetail {
		return ""
	}
	if d, ok := strings.CutPrefix(scope, api.ScopeDomain); ok {
		return Domain(lang, status.Domain(d))
	}
	return Title(lang, c, scope)
}

func judgement(lang status.Language, d api.Detail) Judgement {
	domain := term(lang, status.Domain(d.Domain))
	j := Judgement{
		Domain:  domain.Legal,
		State:   term(lang, status.State(d.State)).Legal,
		Percent: d.Percent,
		Law:     domain.Law,
		Act:     Act{Body: d.Body, Number: d.Number, Decision: noon(d.Decision), Since: noon(d.Since)},
	}
	if d.Doubt != "" {
		j.Doubt = term(lang, status.Doubt(d.Doubt))
	}
	if d.AdultRights != "" {
		j.AdultRights = term(lang, status.AdultRights(d.AdultRights))
	}
	if d.Degree != "" {
		degree := term(lang, status.Degree(d.Degree))
		j.Degree, j.Law = degree.Legal, degree.Law
	}
	if d.NotHeld != "" {
		j.NotHeld = term(lang, status.Class(d.NotHeld)).Legal
	}
	for _, code := range status.AnnotationCodes() {
		value, ok := d.Annotations[string(code)]
		if !ok {
			continue
		}
		tri := status.Tri(value)
		if value == "not_recorded" {
			tri = status.NotRecorded
		}
		j.Annotations = append(j.Annotations, Annotation{term(lang, code).Legal, term(lang, tri).Legal})
	}
	return j
}

// noon returns noon in UTC on the day of a date in API form, for date in the templates. It returns the zero
// time for an invalid date.
func noon(date string) time.Time {
	t, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return time.Time{}
	}
	return t.Add(12 * time.Hour)
}

// code is a type that package status describes in words.
type code interface {
	status.Domain | status.Category | status.SubKind | status.Degree | status.State | status.Annotation |
		status.Tri | status.Class | status.Doubt | status.AdultRights
}

// term returns a code in words. If this release does not know the code, the words are the code itself.
func term[C code](lang status.Language, code C) Term {
	w, ok := status.Describe(code, lang)
	if !ok {
		return Term{Legal: string(code)}
	}
	legal := w.Legal
	if w.Reform != w.Legal && w.Reform != "" {
		legal += " (" + w.Reform + ")"
	}
	return Term{Legal: legal, Plain: w.Plain, Law: w.Law}
}
