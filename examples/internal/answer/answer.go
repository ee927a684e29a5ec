// Package answer turns a report of package verifier into what a page shows: one big answer, the reason, what to do next, and
// whatever was disclosed in words. The template "report" of package web draws it, for the issuer's page and for the desk's.
package answer

import (
	"strings"
	"time"

	"github.com/qr-invalidita/attesta/examples/internal/words"
	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/benefit"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/api"
)

// Answer is a report in one language. It holds data concerning health where the issuer disclosed some: show it, do not keep it.
type Answer struct {
	// Tone and Icon are for the template "answer": colour, frame and picture say the same as the words.
	Tone, Icon string
	words.Words
	// Authentic says that the paper is, whatever the answer about the person.
	Authentic bool
	// Benefit is the title of the one that was asked for, or its id where the catalogue does not have it.
	Benefit string
	// Categories of the first level and judgements of the second, in words.
	Categories []Term
	Judgements []Judgement
	// Complete says that a category that is not listed is one that the person is not in.
	Complete bool
	Paper    *verifier.Paper
	// CheckedAt is when the issuer looked; zero if it was not asked. KeysAsOf is the age of the keys.
	CheckedAt, KeysAsOf time.Time
	// Receipt is the issuer's, as it came.
	Receipt string
	// SecondLevel says that the second level can answer what the first left open.
	SecondLevel bool
	// Minutes to wait before the next try, rounded up; 0 where nothing is said. AttemptsLeft of a challenge; negative where nothing
	// is said.
	Minutes, AttemptsLeft int
	// Channels that a person without a phone on file has.
	Channels []string
}

// Term is a code in words: in those of the laws, and what they mean.
type Term struct{ Legal, Plain, Law string }

// Judgement is one domain of the second level.
type Judgement struct {
	Domain, State, Degree string
	// Percent is the percentage of civil invalidity; 0: the verbale states none.
	Percent int
	// Law is that of the degree, else that of the domain.
	Law         string
	Annotations []Annotation
	// NotHeld says which sort of verbale is kept elsewhere; empty if the judgement is held.
	NotHeld string
	// Doubt says why what is held does not decide; zero if it does.
	Doubt Term
	Act   Act
}

// Act is what a judgement stands on, as the ISEE form asks for it (DSU, frame FC7). The zero Act is that of
// a judgement without one.
type Act struct {
	Body, Number string
	// Decision is its day, Since the one from which it counts.
	Decision, Since time.Time
}

// Annotation is one of art. 4 DL 5/2012, with yes, no or not recorded in words.
type Annotation struct{ Name, Value string }

// Of explains a report. The catalogue gives the title of a benefit.
func Of(lang status.Language, r verifier.Report, c benefit.Catalogue) Answer {
	a := Answer{Words: words.ForReport(lang, r), Authentic: r.Authenticity == verifier.Authentic,
		Paper: r.Paper, Receipt: r.Receipt, AttemptsLeft: -1}
	switch {
	case r.Verdict == verifier.Confirmed:
		a.Tone, a.Icon = "yes", "it-check-circle"
	case r.Verdict == verifier.NotConfirmed:
		a.Tone, a.Icon = "no", "it-close-circle"
	default:
		a.Tone, a.Icon = "unknown", "it-help-circle"
	}
	a.SecondLevel = r.Code == verifier.NeedsSecondLevel
	for _, check := range r.Checks {
		if check.Name == verifier.CheckKey {
			a.KeysAsOf = check.AsOf
		}
	}
	if p := r.Problem; p != nil {
		a.Minutes = (p.RetryAfter + 59) / 60
		a.Channels = p.Channels
		if p.AttemptsLeft != nil {
			a.AttemptsLeft = *p.AttemptsLeft
		}
	}
	if d := r.Disclosed; d != nil {
		a.disclose(lang, d, c)
	}
	return a
}

func (a *Answer) disclose(lang status.Language, d *verifier.Disclosure, c benefit.Catalogue) {
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

// Title returns a benefit's title; its id where the catalogue lacks it, nothing for nothing.
func Title(lang status.Language, c benefit.Catalogue, id string) string {
	if b, ok := c.Latest(strings.TrimPrefix(id, api.ScopeBenefit)); ok {
		return b.Title.In(lang)
	}
	return id
}

// Domain returns the name of a domain, as the laws have it.
func Domain(lang status.Language, d status.Domain) string { return term(lang, d).Legal }

// Scope says what the second level is asked for; nothing where that is everything.
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
	j := Judgement{Domain: domain.Legal, State: term(lang, status.State(d.State)).Legal, Percent: d.Percent,
		Law: domain.Law,
		Act: Act{Body: d.Body, Number: d.Number, Decision: noon(d.Decision), Since: noon(d.Since)}}
	if d.Doubt != "" {
		j.Doubt = term(lang, status.Doubt(d.Doubt))
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

// noon is a time on the day of a date on the wire; the zero time for what is none.
func noon(date string) time.Time {
	t, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return time.Time{}
	}
	return t.Add(12 * time.Hour)
}

// term says a code; one that this release does not know stands for itself.
func term[C status.Domain | status.Category | status.SubKind | status.Degree | status.State |
	status.Annotation | status.Tri | status.Class |
	status.Doubt](lang status.Language, code C) Term {
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
