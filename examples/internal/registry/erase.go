package registry

import (
	"context"
	"crypto/subtle"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

// Erase deletes the person's data key, and with it everything that the registry holds under this
// code and the earlier ones. A backup keeps the wrapped key: see docs/operations.md. It deletes the
// events, the acts for the person, what operators asked and the delegations too. A row without data
// stays: nothing is recorded for the codes any more, the error is then [ErrErased].
//
// The list is written before the transaction ends, so that a process that is killed leaves nothing
// done, or all of it after [Registry.Replay]. Erasing an erased person changes nothing. For an
// unknown code the error is [ErrUnknown], for a replaced one [ErrReplaced].
func (r *Registry) Erase(ctx context.Context, cf codicefiscale.Code, list Erasures) error {
	return wrap(r.db.Update(ctx, func(tx *sql.Tx) error {
		// One erasure at a time writes to the list.
		if _, err := tx.ExecContext(ctx, "UPDATE registry_names SET one = one WHERE one = 1"); err != nil {
			return err
		}
		people := map[subject]*stored{}
		present := r.names.subject(cf)
		if err := r.load(ctx, tx, []subject{present}, people); err != nil {
			return err
		}
		p := people[present]
		switch {
		case p == nil:
			return ErrUnknown
		case p.erased != 0:
			return nil
		case p.moved != nil:
			return ErrReplaced
		}
		for _, code := range p.identity.Earlier {
			earlier, err := codicefiscale.ParseAny(code)
			if err != nil {
				return err
			}
			people[r.names.subject(earlier)] = nil
		}
		e := erasure{time.Now().UTC().Truncate(time.Second), slices.Collect(maps.Keys(people))}
		if err := list.add(r.names, e); err != nil {
			return err
		}
		return r.erase(ctx, tx, e)
	}))
}

// Replay erases those on the list who are not erased, for example because the tables come from an
// older backup or because an erasure was interrupted. Call it before the registry is used.
func (r *Registry) Replay(ctx context.Context, list Erasures) error {
	erasures, err := list.read(r.names)
	if err != nil || len(erasures) == 0 {
		return wrap(err)
	}
	done, err := r.erasedSubjects(ctx)
	if err != nil {
		return wrap(err)
	}
	for _, e := range erasures {
		e.subjects = slices.DeleteFunc(e.subjects, func(s subject) bool { return done[s] })
		if len(e.subjects) == 0 {
			continue
		}
		if err := r.db.Update(ctx, func(tx *sql.Tx) error { return r.erase(ctx, tx, e) }); err != nil {
			return wrap(err)
		}
	}
	return nil
}

// erasedSubjects returns those whose rows say so and are what erase wrote.
func (r *Registry) erasedSubjects(ctx context.Context) (map[subject]bool, error) {
	rows, err := r.db.QueryContext(ctx, "SELECT "+personColumns+" FROM person AS p WHERE p.erased > 0")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	done := map[subject]bool{}
	for rows.Next() {
		p, err := r.scan(ctx, rows.Scan)
		if err != nil {
			return nil, err
		}
		done[p.subject] = true
	}
	return done, rows.Err()
}

// eraseRow makes the row of an erased person.
const eraseRow = `INSERT INTO person (subject, revision, events, acts, void_before, erased, mac)
VALUES (?, 0, 0, 0, 0, ?, ?)
ON CONFLICT (subject) DO UPDATE SET key_version = NULL, data_key = NULL, events = 0, acts = 0,
void_before = 0, erased = excluded.erased, mac = excluded.mac, record = NULL, identity = NULL,
contacts = NULL, moved = NULL, reports = NULL
WHERE person.erased = 0`

// erase is the work of an erasure, whether or not the people are known.
func (r *Registry) erase(ctx context.Context, tx *sql.Tx, e erasure) error {
	if err := r.lockMissing(ctx, tx, e.subjects); err != nil {
		return err
	}
	at := e.at.Unix()
	for _, s := range e.subjects {
		for _, step := range []struct {
			query string
			args  []any
		}{
			{eraseRow, []any{s[:], at, r.signErased(s, at)}},
			{"DELETE FROM event WHERE subject = ?", []any{s[:]}},
			{"DELETE FROM act WHERE ward = ?", []any{s[:]}},
			{"DELETE FROM asked WHERE subject = ?", []any{s[:]}},
			{"DELETE FROM delegation WHERE guardian = ? OR ward = ?", []any{s[:], s[:]}},
		} {
			if _, err := tx.ExecContext(ctx, r.db.Bind(step.query), step.args...); err != nil {
				return err
			}
		}
	}
	return nil
}

// signErased returns the MAC of the row of an erased person, which has no data key.
func (r *Registry) signErased(s subject, at int64) []byte {
	return r.names.sign(columnMAC.at(s[:], integer(at)))
}

// checkErased checks the row of an erased person.
func (r *Registry) checkErased(p *stored) error {
	empty := p.wrapped == nil && p.readable == readable{}
	for _, sealed := range p.sealed {
		empty = empty && sealed == nil
	}
	if !empty || subtle.ConstantTimeCompare(r.signErased(p.subject, p.erased), p.mac) != 1 {
		return fmt.Errorf("%s: %w", columnMAC, errSealed)
	}
	return nil
}

// errList means that the list of erasures was changed, or is that of another registry.
var errList = errors.New("the list of erasures is damaged or of another registry")
