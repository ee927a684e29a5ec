package status

import (
	"encoding/json"
	"slices"
	"strings"
)

// A Kind is what sort of event a verbale is.
type Kind string

// The kinds. Their codes are stable and will never be given to something else. The last
// five, and an autotutela that only annuls, carry no judgement. All others carry one, which
// takes the place of the earlier one of their domain, whatever their kind.
const (
	KindFirst         Kind = "first_assessment"    // prima istanza
	KindWorsening     Kind = "worsening"           // aggravamento
	KindRevision      Kind = "revision"            // revisione, at the date that the verbale set
	KindExtraordinary Kind = "extraordinary_check" // verifica straordinaria
	// verification by a plan of law, such as DL 112/2008 art. 80
	KindPlan       Kind = "extraordinary_plan"
	KindAutotutela Kind = "autotutela" // INPS corrects its own act; see Verbale.Annuls
	// art. 445-bis c.p.c. with decreto di omologa, or a sentence
	KindCourt       Kind = "court"
	KindPapers      Kind = "papers_only"   // without a visit: DL 76/2020 art. 29-ter
	KindOncology    Kind = "oncology"      // fast track of L. 80/2006
	KindComingOfAge Kind = "coming_of_age" // first judgement as an adult: DL 90/2014 art. 25
	// D.Lgs. 62/2024, one event for each domain that it speaks of
	KindReform     Kind = "reform_certificate"
	KindProvincial Kind = "provincial" // commissions of Valle d'Aosta, Trento, Bolzano
	KindSuspension Kind = "suspension" // not seen at a visit
	// the absence was justified, after a revocation too (ripristino)
	KindLifting     Kind = "suspension_lifted"
	KindRevocation  Kind = "revocation"       // it was not, within 90 days
	KindApplication Kind = "application"      // an application was filed, on the day of Decision
	KindWithdrawn   Kind = "entered_in_error" // a correction: there never was such an event
)

// Kinds returns every Kind, in the order of the constants.
func Kinds() []Kind {
	return []Kind{KindFirst, KindWorsening, KindRevision, KindExtraordinary, KindPlan, KindAutotutela,
		KindCourt, KindPapers, KindOncology, KindComingOfAge, KindReform, KindProvincial, KindSuspension,
		KindLifting, KindRevocation, KindApplication, KindWithdrawn}
}

func (k Kind) known() bool { return slices.Contains(Kinds(), k) }

func (k Kind) judges() bool {
	switch k {
	case KindSuspension, KindLifting, KindRevocation, KindApplication, KindWithdrawn:
		return false
	}
	return true
}

// rank tells which of two acts of one day and one effect decides: a ruling and the
// correction of an act come after the act.
func (k Kind) rank() int {
	if k == KindCourt || k == KindAutotutela {
		return 1
	}
	return 0
}

// A Class is a sort of verbali whose content a registry may not hold although it knows
// that they exist. The zero Class is that of a verbale that is held.
type Class string

// The classes. Their codes are stable and will never be given to something else.
const (
	ClassBefore2010 Class = "before_2010" // issued before 1 January 2010
	ClassCourt      Class = "court"       // recognised by a court
	ClassProvincial Class = "provincial"  // of the commissions of Valle d'Aosta, Trento, Bolzano
	ClassOtherBody  Class = "other_body"  // a title that is not held: see Title, which says more
)

// Classes returns every Class but the zero one.
func Classes() []Class {
	return []Class{ClassBefore2010, ClassCourt, ClassProvincial, ClassOtherBody}
}

// A Verbale is one event in the history of one person, without the person and without
// a diagnosis. It may be marshalled; see the package comment on why it does not print.
type Verbale struct {
	// ID is the registry's own name of the event, unique within a history: 1 to 64
	// ASCII letters, digits and . _ / - characters. It must not contain a codice fiscale.
	// Nothing depends on its text.
	ID string `json:"id"`
	// Version tells a correction of the registry's own entry from what it corrects: of
	// the events with one ID the highest Version counts, 1 to 999. Zero is the same as 1.
	Version int    `json:"version,omitempty"`
	Domain  Domain `json:"domain"`
	Kind    Kind   `json:"kind"`
	// Decision is the day of the act. Effect is the day from which it counts, often
	// that of the application, which came before. The event is part of a status from
	// the later of the two.
	Decision Date `json:"decision"`
	Effect   Date `json:"effect"`
	// Definitive: validated by INPS, or final in court. What is not definitive, as
	// the zero value says, is left out of every status, but for EffectiveNow and
	// KindApplication.
	Definitive bool `json:"definitive"`
	// EffectiveNow: the law gives the rights before the act is definitive, to
	// oncological patients (L. 80/2006 art. 6 c. 3-bis) and to holders of a provisional
	// certificate of L. 104 (DL 324/1993 art. 2 c. 3-quater). Until is the last day on
	// which such an act counts, zero if none is set.
	EffectiveNow bool `json:"effective_now,omitempty"`
	Until        Date `json:"until,omitzero"`
	// Number and Body are the number of the act and the body that issued it, as they
	// stand on the paper: up to 64 characters each. They decide nothing.
	Number string `json:"number,omitempty"`
	Body   string `json:"body,omitempty"`
	// NotHeld marks an event that the registry knows of without its content. It has
	// no Outcome, and if it is the last of its domain the domain cannot be told.
	// Where only the year is known, use the last day it may be.
	NotHeld Class   `json:"not_held,omitempty"`
	Outcome Outcome `json:"outcome,omitzero"`
	// Revision is the day from which the person may be called again, zero if none is
	// set. RevisionExempt: DM 2 Aug 2007, never again.
	Revision       Date `json:"revision,omitzero"`
	RevisionExempt bool `json:"revision_exempt,omitempty"`
	// NoAdultVisit goes with a judgement for minors: at 18 the benefits for adults are
	// due without a further assessment (DL 90/2014 art. 25 c. 6; DL 69/2013 art. 42-ter).
	// It says so without saying which condition is the cause.
	NoAdultVisit bool `json:"no_adult_visit,omitempty"`
	// Replaces names the events of the same domain whose place this one takes, such as
	// the verbale that a court overturned (art. 445-bis c.p.c.). They decide nothing any
	// more, whatever their dates. An event that is not there is no error.
	Replaces IDs `json:"replaces,omitempty"`
	// Annuls is the ID of an earlier event of the same domain that an autotutela takes
	// away as if it had never been; what was in force before it is in force again.
	// With an Outcome, the autotutela judges anew as well.
	Annuls string `json:"annuls,omitempty"`
}

// IDs is a list of identifiers. In JSON it is an array; a single string is read too.
type IDs []string

// UnmarshalJSON reads an array of strings, or one string.
func (i *IDs) UnmarshalJSON(text []byte) error {
	if len(text) > 0 && text[0] == '"' {
		var one string
		if err := json.Unmarshal(text, &one); err != nil {
			return err
		}
		*i = IDs{one}
		return nil
	}
	return json.Unmarshal(text, (*[]string)(i))
}

// Equal reports whether the two events say the same. The order of Replaces says nothing, nor
// does a Version of 0 in place of 1.
func (v Verbale) Equal(w Verbale) bool {
	return slices.Equal(v.key(), w.key())
}

func (v Verbale) version() int { return max(v.Version, 1) }

// key has every field of the event.
func (v Verbale) key() []any {
	links := slices.Clone(v.Replaces)
	slices.Sort(links)
	return []any{v.ID, v.version(), v.Domain, v.Kind, v.Decision, v.Effect, v.Definitive, v.EffectiveNow,
		v.Until, v.Number, v.Body, v.NotHeld, v.Outcome, v.Revision, v.RevisionExempt, v.NoAdultVisit,
		strings.Join(links, " "), v.Annuls}
}

// Days on which something became possible.
const (
	// annotationsSince: DL 5/2012 of 9 February 2012, in force the day after.
	annotationsSince Date = 20120210
	// supportSince: entry into force of D.Lgs. 62/2024.
	supportSince Date = 20240630
	// reformSince: start of the trial in the first provinces, DL 71/2024 art. 9.
	reformSince Date = 20250101
	// newDeafblindSince: entry into force of L. 182/2025, whose art. 63 changes L. 107/2010.
	newDeafblindSince Date = 20251218
	// lastBefore2010: end of the class of verbali left out of the INPS service.
	lastBefore2010 Date = 20091231
)

// Validate checks one event on its own. It returns nil or a [*FieldError] for the first
// rule broken, going through the fields in the order of the struct; within the Outcome
// degree, percent, formula, annotations.
//
// It does not check a judgement against the age of the person, and it does not know
// whether what Annuls names exists.
func (v Verbale) Validate() error {
	for _, check := range [...]struct {
		field string
		rule  func(Verbale) Error
	}{
		{"id", Verbale.checkID},
		{"version", Verbale.checkVersion},
		{"domain", Verbale.checkDomain},
		{"kind", Verbale.checkKind},
		{"decision", Verbale.checkDecision},
		{"effect", Verbale.checkEffect},
		{"effective_now", Verbale.checkEffectiveNow},
		{"until", Verbale.checkUntil},
		{"number", func(v Verbale) Error { return checkText(v.Number) }},
		{"body", func(v Verbale) Error { return checkText(v.Body) }},
		{"not_held", Verbale.checkNotHeld},
		{"outcome.degree", Verbale.checkDegree},
		{"outcome.percent", Verbale.checkPercent},
		{"outcome.formula", Verbale.checkFormula},
		{"outcome.annotations", Verbale.checkAnnotations},
		{"revision", Verbale.checkRevision},
		{"revision_exempt", Verbale.checkExempt},
		{"no_adult_visit", Verbale.checkNoAdultVisit},
		{"replaces", Verbale.checkReplaces},
		{"annuls", Verbale.checkAnnuls},
	} {
		if err := check.rule(v); err != "" {
			return &FieldError{Verbale: v.ID, Field: check.field, Err: err}
		}
	}
	return nil
}
