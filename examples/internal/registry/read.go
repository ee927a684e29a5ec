package registry

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

// Lookup implements [status.Source] by reading one row. It returns the verbali that count,
// each in its highest version. A replaced code is unknown here: see [Registry.Codes].
func (r *Registry) Lookup(ctx context.Context, cf codicefiscale.Code) (status.Record, error) {
	if cf.IsZero() {
		return status.Record{}, status.ErrNoStatus
	}
	var rec *record
	if err := r.read(ctx, r.record, cf, columnRecord, &rec); err != nil {
		return status.Record{}, err
	}
	return rec.answer()
}

// VoidBefore returns the person's cut-off: papers issued before it are void. It is the zero
// time if none is set or the person is unknown.
func (r *Registry) VoidBefore(ctx context.Context, cf codicefiscale.Code) (time.Time, error) {
	s := r.keys.subject(cf)
	var seconds int64
	err := r.voidBefore.QueryRowContext(ctx, s[:]).Scan(&seconds)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, fmt.Errorf("registry: %w", err)
	}
	return cutOff(seconds), nil
}

// Contacts returns the person's phones in the form and order that [otp.Challenges] needs, except
// one that may not be used yet: see [Registry.UsableFrom]. An empty list is no error.
func (r *Registry) Contacts(ctx context.Context, cf codicefiscale.Code) ([]otp.Contact, error) {
	c, err := r.contactsOf(ctx, cf)
	if err != nil {
		return nil, err
	}
	if len(c.Phones) > 0 && r.now().Before(c.UsableFrom) {
		c.Phones = c.Phones[1:]
	}
	var out []otp.Contact
	for _, p := range c.Phones {
		out = append(out, otp.Contact{Channel: p.Channel, Phone: p.Number, VerifiedAt: c.Verified})
	}
	return out, nil
}

// read opens one column of the person's row into v. If the column is empty, v stays as it is.
func (r *Registry) read(ctx context.Context, query *sql.Stmt, cf codicefiscale.Code, c column, v any) error {
	s := r.keys.subject(cf)
	var sealed []byte
	err := query.QueryRowContext(ctx, s[:]).Scan(&sealed)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("registry: %w", err)
	}
	if err := r.keys.person(s).openJSON(c, sealed, v); err != nil {
		return fmt.Errorf("registry: %w", err)
	}
	return nil
}

// Person returns everything about the person, also after death. The error is [ErrUnknown], or
// [ErrReplaced] if another code has replaced this one.
func (r *Registry) Person(ctx context.Context, cf codicefiscale.Code) (Person, error) {
	s := r.keys.subject(cf)
	query := r.db.Bind("SELECT record, identity, contacts, moved, void_before FROM person WHERE subject = ?")
	p := stored{keys: r.keys.person(s)}
	err := r.db.QueryRowContext(ctx, query, s[:]).Scan(&p.sealed[0], &p.sealed[1], &p.sealed[2], &p.sealed[3],
		&p.before)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return Person{}, ErrUnknown
	case err != nil:
		return Person{}, fmt.Errorf("registry: %w", err)
	}
	if err := p.open(); err != nil {
		return Person{}, fmt.Errorf("registry: %w", err)
	}
	return p.person(cf)
}

// An Event is a verbale or a title, with the time at which the registry learned of it.
type Event struct {
	status.Verbale
	// Title is nil if the event is a verbale.
	Title    *status.Title
	Recorded time.Time
}

// Events returns everything that was ever recorded about the person, under this code and the
// earlier ones, in order of arrival. It includes events that are not definitive and those that
// a higher version has corrected.
func (r *Registry) Events(ctx context.Context, cf codicefiscale.Code) ([]Event, error) {
	subjects, err := r.subjects(ctx, cf)
	if err != nil || len(subjects) == 0 {
		return nil, err
	}
	query := "SELECT subject, body, recorded_ms FROM event WHERE subject IN " + tuple(len(subjects)) +
		" ORDER BY seq"
	rows, err := r.db.QueryContext(ctx, r.db.Bind(query), names(subjects)...)
	if err != nil {
		return nil, fmt.Errorf("registry: %w", err)
	}
	defer rows.Close()
	var events []Event
	for rows.Next() {
		var name, body []byte
		var ms int64
		if err := rows.Scan(&name, &body, &ms); err != nil {
			return nil, fmt.Errorf("registry: %w", err)
		}
		var e event
		if err := r.keys.person(subject(name)).openJSON(columnEvent, body, &e); err != nil {
			return nil, fmt.Errorf("registry: %w", err)
		}
		events = append(events, Event{e.Verbale, e.Title, time.UnixMilli(ms).UTC()})
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("registry: %w", err)
	}
	return events, nil
}
