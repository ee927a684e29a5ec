package registry

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

// An Event is a verbale or a title, with the time at which the registry learned of it.
type Event struct {
	status.Verbale
	// Title is nil if the event is a verbale.
	Title    *status.Title
	Recorded time.Time
}

// eventRow is a row of the table event.
type eventRow struct {
	subject    subject
	digest, id []byte
	number     int64 // from 1, in order of arrival
	ms         int64
	body       []byte
}

func (e eventRow) at() place {
	return columnEvent.at(e.subject[:], e.digest, e.id, integer(e.number), integer(e.ms))
}

// newID returns a random name for an event or an act.
func newID() []byte {
	id := make([]byte, 16)
	rand.Read(id) // never fails since Go 1.24
	return id
}

// addEvents adds what arrived and is not recorded yet.
func (r *Registry) addEvents(ctx context.Context, tx *sql.Tx, order []subject,
	people map[subject]*stored) error {
	var rows, known []eventRow
	var arrived []event
	for _, s := range order {
		for _, e := range people[s].arrived {
			rows, arrived = append(rows, eventRow{subject: s}), append(arrived, e)
		}
	}
	plain := make([][]byte, len(rows))
	err := inParallel(len(rows), func(i int) (err error) {
		plain[i], err = json.Marshal(arrived[i])
		rows[i].digest = r.names.digest(rows[i].subject, plain[i])
		return err
	})
	if err != nil {
		return err
	}
	for _, e := range rows {
		if !people[e.subject].isNew {
			known = append(known, e)
		}
	}
	have, err := r.recorded(ctx, tx, known)
	if err != nil {
		return err
	}
	now, fresh := time.Now().UnixMilli(), rows[:0]
	for i, e := range rows {
		if have[string(e.digest)] {
			continue
		}
		have[string(e.digest)] = true
		p := people[e.subject]
		p.events++
		e.id, e.number, e.ms, e.body = newID(), p.events, now, plain[i]
		fresh = append(fresh, e)
	}
	args := make([]any, 0, 6*len(fresh))
	inParallel(len(fresh), func(i int) error {
		e := &fresh[i]
		e.body = people[e.subject].vault.seal(e.at(), e.body)
		return nil
	})
	for i := range fresh {
		e := &fresh[i]
		args = append(args, e.subject[:], e.digest, e.id, e.number, e.ms, e.body)
	}
	return r.insert(ctx, tx, "INSERT INTO event (subject, digest, id, number, recorded_ms, body) ",
		"", 6, args)
}

// recorded returns the digests that the tables have.
func (r *Registry) recorded(ctx context.Context, tx *sql.Tx, events []eventRow) (map[string]bool, error) {
	have := map[string]bool{}
	for part := range parts(events) {
		var args []any
		for _, e := range part {
			args = append(args, e.subject[:], e.digest)
		}
		// The digest is keyed for its person, so no other person has it.
		same := strings.Repeat("subject = ? AND digest = ? OR ", len(part)-1) + "subject = ? AND digest = ?"
		rows, err := tx.QueryContext(ctx, r.db.Bind("SELECT digest FROM event WHERE "+same), args...)
		if err != nil {
			return nil, err
		}
		for rows.Next() {
			var digest []byte
			if err := rows.Scan(&digest); err != nil {
				return nil, errors.Join(err, rows.Close())
			}
			have[string(digest)] = true
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			return nil, err
		}
	}
	return have, nil
}

// Events returns everything that was ever recorded about the person, under this code and the
// earlier ones, in order of arrival. It includes events that are not definitive and those that
// a higher version has corrected. If one is missing, Events returns an error.
func (r *Registry) Events(ctx context.Context, cf codicefiscale.Code) ([]Event, error) {
	people, err := r.history(ctx, cf)
	if err != nil {
		return nil, wrap(err)
	}
	var all []Event
	for _, p := range people {
		events, err := r.eventsOf(ctx, p)
		if err != nil {
			return nil, wrap(err)
		}
		all = append(all, events...)
	}
	slices.SortStableFunc(all, func(a, b Event) int { return a.Recorded.Compare(b.Recorded) })
	return all, nil
}

func (r *Registry) eventsOf(ctx context.Context, p *stored) ([]Event, error) {
	// More may have arrived since the row was read.
	rows, err := r.db.QueryContext(ctx, r.db.Bind("SELECT digest, id, number, recorded_ms, body FROM event "+
		"WHERE subject = ? AND number <= ? ORDER BY number"), p.subject[:], p.events)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var events []Event
	for rows.Next() {
		row := eventRow{subject: p.subject}
		if err := rows.Scan(&row.digest, &row.id, &row.number, &row.ms, &row.body); err != nil {
			return nil, err
		}
		var e event
		if err := p.vault.openJSON(row.at(), row.body, &e); err != nil {
			return nil, fmt.Errorf("%s: %w", columnEvent, err)
		}
		if row.number != int64(len(events))+1 {
			return nil, fmt.Errorf("%s: %w", columnEvent, errMissing)
		}
		events = append(events, Event{e.Verbale, e.Title, time.UnixMilli(row.ms).UTC()})
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	if int64(len(events)) != p.events {
		return nil, fmt.Errorf("%s: %w", columnEvent, errMissing)
	}
	return events, nil
}
