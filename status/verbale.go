package status

import (
	"encoding/json"
	"slices"
	"strings"
)

// A Kind is the type of an event.
type Kind string

// The kinds. Their codes are stable and are never reused. The last five, and an autotutela that
// only annuls, carry no judgement. Each of the others carries one, which takes the place of the
// earlier judgement of its domain, whatever the kinds.
const (
	KindFirst         Kind = "first_assessment"    // prima istanza
	KindWorsening     Kind = "worsening"           // aggravamento
	KindRevision      Kind = "revision"            // revisione, at the date that the verbale set
	KindExtraordinary Kind = "extraordinary_check" // verifica straordinaria
	// verification under a plan set by law, such as DL 112/2008 art. 80
	KindPlan       Kind = "extraordinary_plan"
	KindAutotutela Kind = "autotutela" // INPS corrects its own act; see Verbale.Annuls
	// art. 445-bis c.p.c. with decreto di omologa, or a sentence
	KindCourt       Kind = "court"
	KindPapers      Kind = "papers_only"   // without a visit: DL 76/2020 art. 29-ter
	KindOncology    Kind = "oncology"      // fast track of L. 80/2006
	KindComingOfAge Kind = "coming_of_age" // first judgement as an adult: DL 90/2014 art. 25
	// D.Lgs. 62/2024, one event for each domain in the certificate
	KindReform     Kind = "reform_certificate"
	KindProvincial Kind = "provincial" // commissions of Valle d'Aosta, Trento, Bolzano
	KindSuspension Kind = "suspension" // the person did not appear at a visit
	// the absence was justified, even after a revocation (ripristino)
	KindLifting     Kind = "suspension_lifted"
	KindRevocation  Kind = "revocation"       // the absence was not justified within 90 days
	KindApplication Kind = "application"      // an application was filed on the day of Decision
	KindWithdrawn   Kind = "entered_in_error" // a correction: the event never existed
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

// rank orders acts of one decision and one effect: a ruling and the correction of an act come
// after the act.
func (k Kind) rank() int {
	if k == KindCourt || k == KindAutotutela {
		return 1
	}
	return 0
}

// A Class is a group of verbali that a registry may know of without holding their content. The
// zero Class means that the content is held.
type Class string

// The classes. Their codes are stable and are never reused.
const (
	ClassBefore2010 Class = "before_2010" // issued before 1 January 2010
	ClassCourt      Class = "court"       // recognised by a court
	ClassProvincial Class = "provincial"  // issued by the commissions of Valle d'Aosta, Trento, Bolzano
	ClassOtherBody  Class = "other_body"  // a title that is not held; a Title says more
)

// Classes returns every Class except the zero one.
func Classes() []Class {
	return []Class{ClassBefore2010, ClassCourt, ClassProvincial, ClassOtherBody}
}

// A Verbale is one event in the history of one person, without the person's identity and without
// a diagnosis. It may be marshalled; the package comment says why it does not print.
type Verbale struct {
	// ID is the registry's own name for the event, unique within a history: 1 to 64 ASCII
	// letters, digits and . _ / - characters. It must not contain a codice fiscale. Its text has
	// no effect.
	ID string `json:"id"`
	// Version distinguishes a correction of the registry's own entry from the original: of the
	// events with one ID, the highest Version counts. It is 1 to 999; zero means 1.
	Version int    `json:"version,omitempty"`
	Domain  Domain `json:"domain"`
	Kind    Kind   `json:"kind"`
	// Decision is the day of the act. Effect is the day from which it counts, often the earlier
	// day of the application. The event is part of a status from the later of the two.
	Decision Date `json:"decision"`
	Effect   Date `json:"effect"`
	// Definitive means validated by INPS, or final in court. An event that is not definitive, the
	// zero value, is left out of every status unless it is EffectiveNow or a KindApplication.
	Definitive bool `json:"definitive"`
	// EffectiveNow means that the law gives the rights before the act is definitive: to
	// oncological patients (L. 80/2006 art. 6 c. 3-bis) and to holders of a provisional
	// certificate of L. 104 (DL 324/1993 art. 2 c. 3-quater). Until is the last day on which such
	// an act counts, zero if none is set.
	EffectiveNow bool `json:"effective_now,omitempty"`
	Until        Date `json:"until,omitzero"`
	// Number and Body are the number of the act and the body that issued it, as printed on the
	// paper: up to 64 characters each. They have no effect.
	Number string `json:"number,omitempty"`
	Body   string `json:"body,omitempty"`
	// NotHeld marks an event that the registry knows of without its content. It has no Outcome,
	// and if it is the last event of its domain, the state is StateNotHeld. If only the year is
	// known, use the last possible day.
	NotHeld Class   `json:"not_held,omitempty"`
	Outcome Outcome `json:"outcome,omitzero"`
	// Revision is the day from which the person may be called again, zero if none is set.
	// RevisionExempt says that the person is never called again (DM 2 Aug 2007).
	Revision       Date `json:"revision,omitzero"`
	RevisionExempt bool `json:"revision_exempt,omitempty"`
	// NoAdultVisit, on a judgement for minors, says that the benefits for adults are due at 18
	// without a further assessment (DL 90/2014 art. 25 c. 6; DL 69/2013 art. 42-ter). It does not
	// say which condition is the cause.
	NoAdultVisit bool `json:"no_adult_visit,omitempty"`
	// Replaces lists the events of the same domain whose place this one takes, such as the
	// verbale that a court overturned (art. 445-bis c.p.c.). They no longer decide anything,
	// whatever their dates. A missing event is no error.
	Replaces IDs `json:"replaces,omitempty"`
	// Annuls is the ID of an earlier event of the same domain that an autotutela removes as if it
	// had never existed; what was in force before it is in force again. If the autotutela has an
	// Outcome, it is a new judgement as well.
	Annuls string `json:"annuls,omitempty"`
}

// IDs is a list of identifiers. In JSON it is an array; a single string is accepted too.
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

// Equal reports whether the two events have the same content. The order of Replaces makes no
// difference, and a Version of 0 equals 1.
func (v Verbale) Equal(w Verbale) bool {
	return slices.Equal(v.key(), w.key())
}

func (v Verbale) version() int { return max(v.Version, 1) }

// key returns every field of the event.
func (v Verbale) key() []any {
	links := slices.Clone(v.Replaces)
	slices.Sort(links)
	return []any{v.ID, v.version(), v.Domain, v.Kind, v.Decision, v.Effect, v.Definitive, v.EffectiveNow,
		v.Until, v.Number, v.Body, v.NotHeld, v.Outcome, v.Revision, v.RevisionExempt, v.NoAdultVisit,
		strings.Join(links, " "), v.Annuls}
}

// The days from which something is possible.
const (
	// DL 5/2012 of 9 February 2012, in force from the day after
	annotationsSince Date = 20120210
	// entry into force of D.Lgs. 62/2024
	supportSince Date = 20240630
	// start of the trial in the first provinces: DL 71/2024 art. 9
	reformSince Date = 20250101
	// entry into force of L. 182/2025, whose art. 63 changes L. 107/2010
	newDeafblindSince Date = 20251218
	// last day of the verbali that the INPS service leaves out
	lastBefore2010 Date = 20091231
)

// Validate checks one event on its own. It returns nil or a [*FieldError] for the first broken
// rule, in the order of the fields of the struct; within the Outcome the order is degree,
// percent, formula, annotations.
//
// It does not check a judgement against the age of the person, nor whether the event named in
// Annuls exists.
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
