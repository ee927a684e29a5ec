package benefit

import (
	"fmt"
	"io"
	"log/slog"

	"github.com/qr-invalidita/attesta/status"
)

// An Outcome says whether a benefit is due as far as it depends on the status. The zero Outcome
// and every value not listed here mean CannotTell.
type Outcome string

// The outcomes. Their codes are stable and are never reused.
const (
	Satisfied    Outcome = "satisfied"
	NotSatisfied Outcome = "not_satisfied"
	// NeedsSecondLevel: the first level leaves the question open, and the second level can say
	// more.
	NeedsSecondLevel Outcome = "needs_second_level"
	// NeedsAnnotation: the verbale does not record an annotation of art. 4 DL 5/2012, as is usual
	// before 2012. It is not a "no".
	NeedsAnnotation Outcome = "needs_annotation"
	// NeedsEvidence: the status suffices, but the desk still has to see a paper that no registry
	// of verbali has.
	NeedsEvidence Outcome = "needs_evidence"
	// CannotTell: this registry cannot say, but another title may decide. Possible causes: the
	// registry is not complete, the verbale is of a class that is not held, the verbale has a
	// band and no percentage.
	CannotTell Outcome = "cannot_tell"
)

// Outcomes returns every Outcome.
func Outcomes() []Outcome {
	return []Outcome{Satisfied, NotSatisfied, NeedsSecondLevel, NeedsAnnotation, NeedsEvidence, CannotTell}
}

// A Decision is an outcome with its reason. It is health data and prints as a constant. The zero
// Decision means CannotTell.
type Decision struct {
	Outcome Outcome
	// Clause is the part of the condition that decided, in the form of Condition.String, or the
	// code of the other title that decided. It can reveal more about the person than the outcome
	// ("percent >= 80"), so a body that promised only yes or no must not send it.
	Clause string
	// Needs lists what is missing with NeedsEvidence and NeedsAnnotation: codes of evidence, and
	// AnnotationPrefix followed by the code of an annotation. All alternatives are listed. Like
	// Clause it can reveal more about the person.
	Needs []string
}

// AnnotationPrefix precedes the code of an annotation in [Decision.Needs] and in [Evidence].
const AnnotationPrefix = "annotation:"

// never is the condition, and the clause, of a benefit that does not exist.
const never = "never"

const mask = "[health data]"

// Format writes "[health data]", whatever the verb and its flags.
func (Decision) Format(f fmt.State, _ rune) { io.WriteString(f, mask) }

// LogValue returns "[health data]".
func (Decision) LogValue() slog.Value { return slog.StringValue(mask) }

// MarshalText refuses with [status.ErrMarshal].
func (Decision) MarshalText() ([]byte, error) { return nil, status.ErrMarshal }

// An answer is the step between the value of a condition and a decision.
type answer struct {
	facts           *facts
	benefit         *Benefit
	condition, paid value  // of the condition, before and after a suspension is looked at
	without         *facts // those without the suspended judgements, if these decide; else nil
	clause          string
}

// decide takes the other titles into account.
func (a answer) decide() Decision {
	result, clause := a.paid, a.clause
	var titles []string // those that are not seen
	if len(a.benefit.titles) > 0 {
		all := no
		for _, t := range a.benefit.titles {
			if len(t.clauses) == 0 {
				t = a.benefit.terms.title(t.Code)
			}
			v := a.facts.shown(t)
			if v == yes && a.paid != yes {
				clause = t.Code
			}
			if v&unseen != 0 {
				titles = append(titles, t.Code)
			}
			all = or(all, v)
		}
		result = besides(a.paid, all)
	}
	d := Decision{Outcome: outcomeOf(result), Clause: clause}
	if d.Outcome != NeedsEvidence && d.Outcome != NeedsAnnotation {
		return d
	}
	if a.paid&^(no|unsaid) == 0 {
		d.Needs = titles
		return d
	}
	root := a.benefit.Condition.root
	d.Needs = a.facts.missing(root, nil)
	if a.without == nil {
		return d
	}
	d.Needs = a.without.missing(root, d.Needs)
	if a.facts.seen.value(PaymentResumed) == unseen {
		d.Needs = append(d.Needs, PaymentResumed)
	}
	return d
}

func outcomeOf(v value) Outcome {
	switch v {
	case yes:
		return Satisfied
	case no:
		return NotSatisfied
	case unrecorded:
		return NeedsAnnotation
	case unseen:
		return NeedsEvidence
	}
	if v&^(no|unsaid) != 0 {
		return NeedsSecondLevel
	}
	return CannotTell
}
