package status

// An Error names a cause. It never holds a value that was refused. The constants are
// all the values there are; compare with [errors.Is].
type Error string

// Error returns a sentence for developers, whose wording may change.
func (e Error) Error() string { return string(e) }

// The three ends of a lookup that found nothing to tell. None of them is a "no".
const (
	// ErrNoStatus: this registry holds no definitive verbale in force for the person,
	// or does not know the person, or knows that the person is dead: to an outside
	// party they look the same. It does not mean that the person is not disabled.
	ErrNoStatus Error = "no status in this registry"
	// ErrClassNotHeld: the person has verbali, but only of a class that the registry
	// does not hold.
	ErrClassNotHeld Error = "the registry does not hold verbali of this class"
	// ErrUnavailable: the source did not answer, or what it answered cannot be
	// folded. What lies behind it is in [UnavailableError].
	ErrUnavailable Error = "status source unavailable"
)

// What [Verbale.Validate] finds wrong with a field.
const (
	// ErrMissing: a field that this kind of event needs is empty.
	ErrMissing Error = "is missing"
	// ErrUnwanted: a field that this kind of event cannot have is set.
	ErrUnwanted Error = "does not belong to this kind of event"
	// ErrUnknown: a code outside its closed set.
	ErrUnknown Error = "is not a known code"
	// ErrForm: a text that does not have the form asked for.
	ErrForm Error = "does not have the right form"
	// ErrPersonal: a text that contains a codice fiscale, or what could be a diagnosis.
	ErrPersonal Error = "contains a codice fiscale or a diagnosis"
	// ErrDate: a day that does not exist, or outside 1900 to 2199.
	ErrDate Error = "is not a date from 1900 to 2199"
	// ErrTooEarly: a date before the one that makes the event possible: a birth, an
	// effect, the entry into force of a law.
	ErrTooEarly Error = "is too early"
	// ErrTooLate: a date after the one up to which the event is possible.
	ErrTooLate Error = "is too late"
	// ErrDomain: a degree of another domain, or a kind that does not exist in the
	// domain.
	ErrDomain Error = "does not belong to the domain"
	// ErrBand: a percentage outside the band of its degree, or where there is none.
	ErrBand Error = "is outside the band of the degree"
	// ErrContradiction: the field contradicts another one.
	ErrContradiction Error = "contradicts another field"
)

// What [Current] finds wrong with a history.
const (
	// ErrHistoryLength: more than [MaxVerbali] events.
	ErrHistoryLength Error = "too many verbali in one history"
	// ErrBirth: the date of birth is not a date, or comes after the day asked for.
	ErrBirth Error = "date of birth is missing or after the day asked for"
	// ErrConflict: two different events with one identifier and one version.
	ErrConflict Error = "two different verbali with one identifier and one version"
	// ErrAnnulment: an autotutela annuls a later event, one of another domain, or,
	// through others, itself.
	ErrAnnulment Error = "an autotutela annuls what it cannot annul"
	// ErrReplacement: an act replaces one of another domain, or an event that is no
	// judgement.
	ErrReplacement Error = "an act replaces what it cannot replace"
)

// ErrMarshal is the answer to every attempt to marshal what is derived from a history.
const ErrMarshal Error = "a status is not marshalled by itself: it changes by the day and is health data; " +
	"copy what is to be sent"

// A FieldError says which field of which event is wrong. Its text has the name of the
// field and the rule, and no value.
type FieldError struct {
	Verbale string // identifier of the event; empty for a Title
	Field   string // name of the field as in JSON
	Err     Error  // the rule
}

// Error returns the field and the rule.
func (e *FieldError) Error() string { return e.Field + " " + e.Err.Error() }

// Unwrap returns the rule.
func (e *FieldError) Unwrap() error { return e.Err }

// An UnavailableError is [ErrUnavailable] with what lies behind it, for the logs of
// whoever runs the source. Its own text does not repeat the cause, which may come from
// a database driver and quote what was looked up.
type UnavailableError struct{ Cause error }

// Error returns the text of ErrUnavailable.
func (e *UnavailableError) Error() string { return ErrUnavailable.Error() }

// Is reports whether target is ErrUnavailable.
func (e *UnavailableError) Is(target error) bool { return target == ErrUnavailable }

// Unwrap returns the cause.
func (e *UnavailableError) Unwrap() error { return e.Cause }
