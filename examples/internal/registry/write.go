package registry

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

// AddVerbale records an event. An event that is already recorded and an older version of one
// change nothing. A correction has the same ID and a higher version. AddVerbale refuses an
// event that would leave the person without an answer: one that breaks a rule itself, or one
// that contradicts the others, such as a different verbale with the same ID and version. If
// the error is [ErrUnknown], call [Registry.Put] for the person first.
func (r *Registry) AddVerbale(ctx context.Context, cf codicefiscale.Code, v status.Verbale) error {
	return r.changeOne(ctx, cf, func(p *row) error {
		if p.record == nil {
			return ErrUnknown
		}
		if err := v.Validate(); err != nil {
			return err
		}
		if err := p.add(v); err != nil {
			return err
		}
		return checkHistory(p.record.Verbali, p.record.Birth)
	})
}

// AddTitle records a title that another law recognised. It replaces the title of the same
// kind, decision and effect. If the error is [ErrUnknown], call [Registry.Put] for the person
// first.
func (r *Registry) AddTitle(ctx context.Context, cf codicefiscale.Code, t status.Title) error {
	return r.changeOne(ctx, cf, func(p *row) error {
		if p.record == nil {
			return ErrUnknown
		}
		if err := t.Validate(); err != nil {
			return err
		}
		return p.addTitle(t)
	})
}

// A PutError identifies the person who could not be stored.
type PutError struct {
	Index int
	Err   error
}

// Error returns the cause, which contains no value.
func (e *PutError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *PutError) Unwrap() error { return e.Err }

// Put stores new and known people, all or none. It updates what is known: verbali are added,
// an empty field changes nothing, contacts are replaced by contacts verified at the same time
// or later, and a cut-off only moves forward. Putting the same people again changes nothing.
// If a person cannot be stored, the error is a [PutError]. Put some hundreds at a time.
func (r *Registry) Put(ctx context.Context, people ...Person) error {
	for i, p := range people {
		if err := p.Validate(); err != nil {
			return &PutError{i, err}
		}
	}
	return r.put(ctx, people, nil, nothingMore)
}

// SetContacts replaces the contacts of the person, who may be unknown otherwise. Printed lists stay.
func (r *Registry) SetContacts(ctx context.Context, cf codicefiscale.Code, c Contacts) error {
	if err := c.Validate(); err != nil {
		return fmt.Errorf("registry: %w", err)
	}
	return r.changeOne(ctx, cf, func(p *row) error {
		lists := p.contacts.Lists
		p.contacts = c.row()
		p.contacts.Lists = lists
		return nil
	})
}

// Void makes the papers void that were issued before the second of that instant, and returns
// the cut-off. If the cut-off was already later, it stays, because it never moves back. Issue
// a new paper as of the returned time or later.
func (r *Registry) Void(ctx context.Context, cf codicefiscale.Code, at time.Time) (time.Time, error) {
	var cut time.Time
	err := r.changeOne(ctx, cf, func(p *row) error {
		p.void(at)
		cut = cutOff(p.voidBefore)
		return nil
	})
	if err != nil {
		return time.Time{}, err
	}
	return cut, nil
}

func (r *Registry) changeOne(ctx context.Context, cf codicefiscale.Code, apply func(*row) error) error {
	if cf.IsZero() {
		return fmt.Errorf("registry: %w", ErrUnknown)
	}
	err := r.change(ctx, []edit{{cf: cf, apply: func(p *row) error {
		if err := notReplaced(p); err != nil {
			return err
		}
		return apply(p)
	}}}, nothingMore)
	if err != nil {
		return fmt.Errorf("registry: %w", err)
	}
	return nil
}

// put stores valid people, and passes a remark for each to remark.
func (r *Registry) put(ctx context.Context, people []Person, remark func(int, Remark),
	more func(*sql.Tx) error) error {
	edits, today := make([]edit, len(people)), status.DateOf(time.Now())
	for i, p := range people {
		var before []status.DomainStatus
		edits[i] = edit{cf: p.CF, previous: p.Previous, stranger: true, apply: func(row *row) error {
			if err := row.merge(p); err != nil {
				return err
			}
			if remark != nil {
				remark(i, row.remark(p, before, today))
			}
			return nil
		}}
		if remark != nil {
			edits[i].look = func(row *row) { before = append(before, row.open(today)...) }
		}
	}
	err := r.change(ctx, edits, more)
	var refused *editError
	switch {
	case errors.As(err, &refused):
		return &PutError{refused.index, refused.err}
	case err != nil:
		return fmt.Errorf("registry: %w", err)
	}
	return nil
}
