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
	// Clause is the part of the condition that decided, in the form that
	// Condition.String has. It can say more about the person than the outcome does
	// ("percent >= 80"), so that whoever promised yes or no only must not send it.
	Clause string
}

const mask = "[health data]"

// Format writes "[health data]", whatever the verb and its flags.
func (Decision) Format(f fmt.State, _ rune) { io.WriteString(f, mask) }

// LogValue returns "[health data]".
func (Decision) LogValue() slog.Value { return slog.StringValue(mask) }

// MarshalText refuses with [status.ErrMarshal].
func (Decision) MarshalText() ([]byte, error) { return nil, status.ErrMarshal }
