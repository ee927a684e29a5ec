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

// AddVerbale records an event. One that is there already changes nothing, nor does an older version of one. A correction is
// the same ID with a higher version. What would leave the person without an answer is refused: an event that breaks a rule of
// its own, or that together with the others does, such as a different verbale with an ID and a version that are taken.
// [ErrUnknown] means that the person has to be [Registry.Put] first.
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

// AddTitle records what another law recognised. It takes the place of the title of the same kind, decision and effect.
// [ErrUnknown] means that the person has to be [Registry.Put] first.
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

// A PutError says which of the people could not be stored.
type PutError struct {
	Index int
	Err   error
}

// Error returns the cause, which has no value in it.
func (e *PutError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *PutError) Unwrap() error { return e.Err }

// Put stores people, new ones and known ones, all or none. What is known is brought up to date: verbali are added to those
// that are there, an empty field leaves what is known as it is, contacts give way to those verified at the same time or later,
// a cut-off only moves forward. To put the same people again changes nothing. A person who cannot be stored is a
// [PutError]. Put some hundreds at a time.
func (r *Registry) Put(ctx context.Context, people ...Person) error {
	return r.put(ctx, people, nil, nothingMore)
}

// SetContacts replaces the contacts of the person, who need not be known otherwise.
func (r *Registry) SetContacts(ctx context.Context, cf codicefiscale.Code, c Contacts) error {
	if err := c.Validate(); err != nil {
		return fmt.Errorf("registry: %w", err)
	}
	return r.changeOne(ctx, cf, func(p *row) error {
		p.contacts = c.row()
		return nil
	})
}

// Void makes void the papers issued before that instant, or rather before the second in which it lies, and returns the
// cut-off, which is later if it was later already: it never goes back. A new paper has to be issued as of the time that is
// returned, or after it.
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

// put hands over a remark for each person.
func (r *Registry) put(ctx context.Context, people []Person, remark func(int, Remark),
	more func(*sql.Tx) error) error {
	edits, today := make([]edit, len(people)), status.DateOf(time.Now())
	for i, p := range people {
		if err := p.Validate(); err != nil {
			return &PutError{i, err}
		}
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
