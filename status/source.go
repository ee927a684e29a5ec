package status

import (
	"context"
	"errors"
	"slices"

	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

// A Source is a registry of verbali. Every implementation should pass the tests of package
// statustest.
type Source interface {
	// Lookup returns the history of the person with this code. The Record belongs to the caller.
	// The error is ErrNoStatus if the person is unknown or dead, ErrClassNotHeld if the person is
	// known to have verbali only of a class that the registry does not hold, and any other error
	// if there is no answer. With an error the Record is zero. An omocode is another person's
	// code.
	//
	// Lookup is called concurrently. Its errors must not contain the code.
	Lookup(ctx context.Context, code codicefiscale.Code) (Record, error)
}

// A Record is what a registry holds about one person.
type Record struct {
	Birth   Date      `json:"birth"`
	Verbali []Verbale `json:"verbali"` // in any order, at most 320
	// Titles are the titles under other laws, in any order, at most MaxTitles.
	Titles []Title `json:"titles,omitempty"`
	// Complete says that no definitive verbale of this person can be missing here, from whatever
	// body or year. See [Status.Complete]. If in doubt, leave it false.
	Complete bool `json:"complete,omitempty"`
}

// MaxTitles is the largest number of titles in a Record.
const MaxTitles = 32

// Status returns the status on the day at. It folds the verbali with [Current], whose errors it
// returns, and adds the titles in force. If a title is not valid, the error is a [*FieldError].
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

// Lookup asks the source for the history of the person and folds it into the status on the day
// at. With an error the Status is zero. The error is
//
//   - [ErrNoStatus] if the source returns it, or if no event and no title counts on that day;
//   - [ErrClassNotHeld] if the source returns it, or if everything that counts is of a class that
//     is not held;
//   - a [*RecordError], if the record is faulty, or if the error of the source contains a
//     [*FieldError];
//   - otherwise an [*UnavailableError], which unwraps to the error of the source,
//     context.Canceled included.
//
// The last two match [ErrUnavailable].
//
// None of them means "not disabled". For the zero Code, Lookup returns ErrNoStatus without asking
// the source.
func Lookup(ctx context.Context, source Source, code codicefiscale.Code, at Date) (Status, error) {
	if code.IsZero() {
		return Status{}, ErrNoStatus
	}
	if source == nil {
		return Status{}, &UnavailableError{Cause: errors.New("no source")}
	}
	if !at.Valid() {
		return Status{}, &UnavailableError{Cause: ErrDate}
	}
	record, err := source.Lookup(ctx, code)
	var field *FieldError
	switch {
	case err == nil:
	case errors.Is(err, ErrNoStatus):
		return Status{}, ErrNoStatus
	case errors.Is(err, ErrClassNotHeld):
		return Status{}, ErrClassNotHeld
	case errors.As(err, &field):
		return Status{}, &RecordError{Cause: err}
	default:
		return Status{}, &UnavailableError{Cause: err}
	}
	s, err := record.Status(at)
	if err != nil {
		return Status{}, &RecordError{Cause: err}
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

// Static is a Source in memory, for tests, examples and small registries. Its fields must not be
// changed while it is in use. The zero Static knows nobody.
type Static struct {
	Records map[codicefiscale.Code]Record
	// Elsewhere holds the people known to have verbali only of a class that is not held here, if
	// not even the domain is known.
	Elsewhere map[codicefiscale.Code]bool
	// Err, if not nil, is the error of every lookup, as from a source that is down.
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
