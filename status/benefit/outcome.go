package benefit

import (
	"fmt"
	"io"
	"log/slog"

	"github.com/qr-invalidita/attesta/status"
)

// An Outcome says whether a benefit is due as far as it hangs on the status. The zero
// Outcome, and every other that is not listed here, means CannotTell.
type Outcome string

// The outcomes. Their codes are stable and will never be given to something else.
const (
	Satisfied    Outcome = "satisfied"
	NotSatisfied Outcome = "not_satisfied"
	// NeedsSecondLevel: the first level leaves it open and the second level can say more.
	NeedsSecondLevel Outcome = "needs_second_level"
	// NeedsAnnotation: the verbale does not record an annotation of art. 4 DL 5/2012, as is
	// the rule before 2012. It is no "no".
	NeedsAnnotation Outcome = "needs_annotation"
	// NeedsEvidence: what is on file suffices, and a paper that no registry of verbali has
	// is still to be seen.
	NeedsEvidence Outcome = "needs_evidence"
	// CannotTell: this registry cannot say; another title may. Among the causes: the
	// registry is not complete, the verbale is of a class that is not held, the verbale has
	// a band and no percentage.
	CannotTell Outcome = "cannot_tell"
)

// Outcomes returns every Outcome.
func Outcomes() []Outcome {
	return []Outcome{Satisfied, NotSatisfied, NeedsSecondLevel, NeedsAnnotation, NeedsEvidence, CannotTell}
}

// A Decision is an outcome with its reason. It is health data and prints as a constant. The
// zero Decision cannot tell.
type Decision struct {
	Outcome Outcome
	// Clause is the part of the condition that decided, in the form that Condition.String
	// has, or the code of the other title that did. It can say more about the person than the
	// outcome does ("percent >= 80"), so that a body that promised yes or no only must not
	// send it.
	Clause string
	// Needs says what is missing, with NeedsEvidence and NeedsAnnotation: codes of evidence, and
	// "annotation:" and the code of an annotation. Where there are alternatives all are listed.
	// Like Clause it can say more about the person.
	Needs []string
}

// needsAnnotation comes before the code of an annotation in Decision.Needs.
const needsAnnotation = "annotation:"

// never is the condition, and the clause, of a benefit that does not exist.
const never = "never"

const mask = "[health data]"

// Format writes "[health data]", whatever the verb and its flags.
func (Decision) Format(f fmt.State, _ rune) { io.WriteString(f, mask) }

// LogValue returns "[health data]".
func (Decision) LogValue() slog.Value { return slog.StringValue(mask) }

// MarshalText refuses with [status.ErrMarshal].
func (Decision) MarshalText() ([]byte, error) { return nil, status.ErrMarshal }

// An answer is on the way from the value of a condition to a decision.
type answer struct {
	facts           *facts
	benefit         *Benefit
	condition, paid value  // of the condition, before and after a suspension is looked at
	without         *facts // those without the suspended judgements, if these decide; else nil
	clause          string
}

// decide adds the other titles.
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
