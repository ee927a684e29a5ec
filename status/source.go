package status

import (
	"context"
	"errors"
	"slices"

	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

// A Source is a registry of verbali. Package statustest has the tests that every
// implementation should pass.
type Source interface {
	// Lookup returns the history of the person whose code it is. The Record belongs to
	// the caller. The error is ErrNoStatus for a person who is not known or is dead,
	// ErrClassNotHeld for one who is known to have verbali only of a class that the
	// registry does not hold, and anything else if there is no answer; the Record is
	// then zero. An omocode is another person's code.
	//
	// Lookup is called concurrently. It must not put the code into its errors.
	Lookup(ctx context.Context, code codicefiscale.Code) (Record, error)
}

// A Record is what a registry holds about one person.
type Record struct {
	Birth   Date      `json:"birth"`
	Verbali []Verbale `json:"verbali"` // in any order, at most MaxVerbali
	// Titles are what other laws recognised, in any order, at most MaxTitles.
	Titles []Title `json:"titles,omitempty"`
	// Complete says that no definitive verbale of this person can be missing here,
	// whoever issued it and when. See [Status.Complete]; if in doubt, leave it false.
	Complete bool `json:"complete,omitempty"`
}

// MaxTitles is how many titles a Record may have.
const MaxTitles = 32

// Status folds the record into the status on the day at: the verbali by [Current], whose
// errors it returns, and the titles in force. A title that is not valid is a
// [*FieldError].
func (r Record) Status(at Date) (Status, error) {
	s, err := Current(r.Verbali, r.Birth, at)
	if err != nil {
		return Status{}, err
	}
	if len(r.Titles) > MaxTitles {
		return Status{}, ErrHistoryLength
	}
	for _, t := range r.Titles {
		if err := t.Validate(); err != nil {
			return Status{}, err
		}
		if t.counts(at) {
			s.Titles = append(s.Titles, t)
		}
	}
	s.Complete = r.Complete
	return s, nil
}

// Lookup asks the source for the history behind the code and folds it into the status on
// the day at. The Status comes with a nil error only. The errors:
//
//   - [ErrNoStatus] as returned by the source, and if no event and no title counts on that
//     day;
//   - [ErrClassNotHeld] as returned by the source, and if all that counts is of a class
//     that is not held;
//   - else an [*UnavailableError], which is [ErrUnavailable] and unwraps to what the
//     source or [Current] said, context.Canceled among it.
//
// None of them is "not disabled". The zero Code is ErrNoStatus, without asking.
func Lookup(ctx context.Context, source Source, code codicefiscale.Code, at Date) (Status, error) {
	if code.IsZero() {
		return Status{}, ErrNoStatus
	}
	if source == nil {
		return Status{}, &UnavailableError{Cause: errors.New("no source")}
	}
	record, err := source.Lookup(ctx, code)
	switch {
	case err == nil:
	case errors.Is(err, ErrNoStatus):
		return Status{}, ErrNoStatus
	case errors.Is(err, ErrClassNotHeld):
		return Status{}, ErrClassNotHeld
	default:
		return Status{}, &UnavailableError{Cause: err}
	}
	s, err := record.Status(at)
	if err != nil {
		return Status{}, &UnavailableError{Cause: err}
	}
	held, notHeld := len(s.Titles) > 0, false
	for _, d := range s.domains {
		notHeld = notHeld || d.State == StateNotHeld
		held = held || d.State != StateNotHeld && d.State != StateAbsent
	}
	switch {
	case held:
		return s, nil
	case notHeld:
		return Status{}, ErrClassNotHeld
	}
	return Status{}, ErrNoStatus
}

// Static is a Source in memory, for tests, examples and small registries. Its fields
// must not be changed while it is used. The zero Static knows nobody.
type Static struct {
	Records map[codicefiscale.Code]Record
	// Elsewhere holds the people known to have verbali only of a class that is not
	// held here, where not even the domain is known.
	Elsewhere map[codicefiscale.Code]bool
	// Err, if not nil, is what every lookup ends with: a source that is down.
	Err error
}

// Lookup implements [Source].
func (s Static) Lookup(ctx context.Context, code codicefiscale.Code) (Record, error) {
	if err := ctx.Err(); err != nil {
		return Record{}, err
	}
	if s.Err != nil {
		return Record{}, s.Err
	}
	record, ok := s.Records[code]
	switch {
	case ok:
		record.Verbali, record.Titles = slices.Clone(record.Verbali), slices.Clone(record.Titles)
		return record, nil
	case s.Elsewhere[code]:
		return Record{}, ErrClassNotHeld
	}
	return Record{}, ErrNoStatus
}
