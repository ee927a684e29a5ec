package status

import "log/slog"

// An Error is the cause of a failure. It never contains the refused value. The constants are the
// complete set; compare with [errors.Is].
type Error string

// Error returns a sentence for developers. Its wording may change.
func (e Error) Error() string { return string(e) }

// The three results of a lookup without a status. None of them is a "no".
const (
	// ErrNoStatus means that this registry holds no definitive verbale in force for the person,
	// does not know the person, or knows that the person is dead: to an outside party the three
	// look the same. It does not mean that the person is not disabled.
	ErrNoStatus Error = "no status in this registry"
	// ErrClassNotHeld means that the person has verbali, but only of a class that the registry
	// does not hold.
	ErrClassNotHeld Error = "the registry does not hold verbali of this class"
	// ErrUnavailable means that the source did not answer, or that its answer cannot be folded.
	// [UnavailableError] holds the cause.
	ErrUnavailable Error = "status source unavailable"
)

// The faults of a field that [Verbale.Validate] finds.
const (
	// ErrMissing: a field that this kind of event needs is empty.
	ErrMissing Error = "is missing"
	// ErrUnwanted: a field that this kind of event cannot have is set.
	ErrUnwanted Error = "does not belong to this kind of event"
	// ErrUnknown: the code is not in its closed set.
	ErrUnknown Error = "is not a known code"
	// ErrForm: the text is not in the required form.
	ErrForm Error = "does not have the right form"
	// ErrPersonal: the text contains a codice fiscale, or something that could be a diagnosis.
	ErrPersonal Error = "contains a codice fiscale or a diagnosis"
	// ErrDate: the day does not exist, or is outside 1900 to 2199.
	ErrDate Error = "is not a date from 1900 to 2199"
	// ErrTooEarly: the date is before the one that makes the event possible, such as a birth, an
	// effect or the entry into force of a law.
	ErrTooEarly Error = "is too early"
	// ErrTooLate: the date is after the last one on which the event is possible.
	ErrTooLate Error = "is too late"
	// ErrDomain: the degree belongs to another domain, or the kind does not exist in the domain.
	ErrDomain Error = "does not belong to the domain"
	// ErrBand: the percentage is outside the band of its degree, or the degree has none.
	ErrBand Error = "is outside the band of the degree"
	// ErrContradiction: the field contradicts another one.
	ErrContradiction Error = "contradicts another field"
)

// The faults of a history that [Current] finds.
const (
	// ErrHistoryLength: there are more than 320 events or more than [MaxTitles] titles.
	ErrHistoryLength Error = "too many verbali in one history"
	// ErrBirth: the date of birth is not a date, or is after the day asked for.
	ErrBirth Error = "date of birth is missing or after the day asked for"
	// ErrConflict: two different events have the same identifier and version.
	ErrConflict Error = "two different verbali with one identifier and one version"
	// ErrAnnulment: an autotutela annuls a later event, an event of another domain or, through
	// others, itself.
	ErrAnnulment Error = "an autotutela annuls what it cannot annul"
	// ErrReplacement: an act replaces one of another domain, or an event that is not a judgement.
	ErrReplacement Error = "an act replaces what it cannot replace"
)

// ErrMarshal is the error of every attempt to marshal a value derived from a history.
const ErrMarshal Error = "a status is not marshalled by itself: it changes by the day and is health data; " +
	"copy what is to be sent"

// A FieldError says which field of which event is wrong. Its text contains the name of the field
// and the rule, and no value.
type FieldError struct {
	Verbale string // identifier of the event; empty for a Title
	Field   string // name of the field as in JSON
	Err     Error  // the rule
}

// Error returns the field and the rule.
func (e *FieldError) Error() string { return e.Field + " " + e.Err.Error() }

// Unwrap returns the rule.
func (e *FieldError) Unwrap() error { return e.Err }

// LogValue returns the text of Error. The identifier of the event is not part of it.
func (e *FieldError) LogValue() slog.Value { return slog.StringValue(e.Error()) }

// An UnavailableError is [ErrUnavailable] with its cause, for the logs of the operator of the
// source. Its own text does not repeat the cause, which may come from a database driver and quote
// the person's code.
type UnavailableError struct{ Cause error }

// Error returns the text of ErrUnavailable.
func (e *UnavailableError) Error() string { return ErrUnavailable.Error() }

// Is reports whether target is ErrUnavailable.
func (e *UnavailableError) Is(target error) bool { return target == ErrUnavailable }

// Unwrap returns the cause.
func (e *UnavailableError) Unwrap() error { return e.Cause }

// A RecordError is [ErrUnavailable] because the source holds a faulty record about this person. Other people
// are not affected, and asking again does not help: the registry must correct the record.
type RecordError struct {
	// Cause is a [*FieldError], or another error of [Record.Status].
	Cause error
}

// Error returns a text without Cause.
func (e *RecordError) Error() string { return "the record of this person is faulty" }

// Is reports whether target is ErrUnavailable.
func (e *RecordError) Is(target error) bool { return target == ErrUnavailable }

// Unwrap returns the cause.
func (e *RecordError) Unwrap() error { return e.Cause }
