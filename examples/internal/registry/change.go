package registry

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/qr-invalidita/attesta/examples/internal/database"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

// edit is a change to one person's row.
type edit struct {
	cf    codicefiscale.Code
	look  func(*row) // called first, for both rows; may be nil
	apply func(*row) error
	// previous is a code that cf replaces first; zero means none. It may be a code that the
	// registry does not know.
	previous codicefiscale.Code
	stranger bool
}

// editError is the error of an edit.
type editError struct {
	index int
	err   error
}

func (e *editError) Error() string { return e.err.Error() }
func (e *editError) Unwrap() error { return e.err }

// change is the only way in which a person's row changes. It reads the rows, applies the
// edits, adds the events and writes, in one transaction in which more may do something else.
// Either all of it happens or nothing.
func (r *Registry) change(ctx context.Context, edits []edit, more func(*sql.Tx) error) error {
	return r.db.Update(ctx, func(tx *sql.Tx) error {
		if err := r.edit(ctx, tx, edits); err != nil {
			return err
		}
		return more(tx)
	})
}

func nothingMore(*sql.Tx) error { return nil }

// stored is a row as it was read. It remembers the content of each column, so that an
// unchanged column is neither sealed nor written again; nil means that the column is empty.
type stored struct {
	row
	keys          personKeys
	isNew         bool
	before        int64 // the cut-off
	sealed, plain [4][]byte
}

func columns() [4]column { return [4]column{columnRecord, columnIdentity, columnContacts, columnMoved} }

// values returns the contents of the columns.
func (r *row) values() [4]any { return [4]any{&r.record, &r.identity, &r.contacts, &r.moved} }

func (r *Registry) edit(ctx context.Context, tx *sql.Tx, edits []edit) error {
	people := make(map[subject]*stored, len(edits))
	find := func(cf codicefiscale.Code) subject {
		s := r.keys.subject(cf)
		if people[s] == nil {
			people[s] = &stored{keys: r.keys.person(s), isNew: true}
		}
		return s
	}
	subjects, before := make([]subject, len(edits)), make([]subject, len(edits))
	for i, e := range edits {
		subjects[i] = find(e.cf)
		if !e.previous.IsZero() {
			before[i] = find(e.previous)
		}
	}
	// Use one order, so that concurrent changes of the same people wait for one another without a
	// deadlock.
	order := slices.SortedFunc(maps.Keys(people), func(a, b subject) int { return bytes.Compare(a[:], b[:]) })
	if err := r.lockMissing(ctx, tx, order); err != nil {
		return err
	}
	if err := r.load(ctx, tx, order, people); err != nil {
		return err
	}
	for i, e := range edits {
		p := &people[subjects[i]].row
		if e.look != nil {
			e.look(p)
		}
		if !e.previous.IsZero() {
			if e.look != nil {
				e.look(&people[before[i]].row)
			}
			moved, err := p.succeed(&people[before[i]].row, e)
			if err != nil {
				return &editError{i, err}
			}
			if moved {
				if err := r.moveDelegations(ctx, tx, before[i], subjects[i]); err != nil {
					return err
				}
			}
		}
		if err := e.apply(p); err != nil {
			return &editError{i, err}
		}
	}
	if err := r.addEvents(ctx, tx, order, people); err != nil {
		return err
	}
	return r.store(ctx, tx, order, people)
}

// lockMissing lets one transaction at a time make rows in PostgreSQL. A row that does not
// exist cannot be locked, so a transaction that makes it would hold it against the order. Rows
// are never deleted, so an existing row stays. SQLite has one writer anyway.
func (r *Registry) lockMissing(ctx context.Context, tx *sql.Tx, order []subject) error {
	if r.db.Dialect != database.Postgres {
		return nil
	}
	for part := range parts(order) {
		var n int
		query := r.db.Bind("SELECT count(*) FROM person WHERE subject IN " + tuple(len(part)))
		if err := tx.QueryRowContext(ctx, query, names(part)...).Scan(&n); err != nil {
			return err
		}
		if n < len(part) {
			_, err := tx.ExecContext(ctx, "SELECT pg_advisory_xact_lock($1)", makingLock)
			return err
		}
	}
	return nil
}

// makingLock is "registry" in ASCII, so that it differs from other locks in the same database.
const makingLock = 0x7265676973747279

// load reads and locks the existing rows.
func (r *Registry) load(ctx context.Context, tx *sql.Tx, order []subject, people map[subject]*stored) error {
	lock := ""
	if r.db.Dialect == database.Postgres {
		lock = " ORDER BY subject FOR UPDATE"
	}
	for part := range parts(order) {
		query := "SELECT subject, record, identity, contacts, moved, void_before FROM person " +
			"WHERE subject IN " + tuple(len(part)) + lock
		rows, err := tx.QueryContext(ctx, r.db.Bind(query), names(part)...)
		if err != nil {
			return err
		}
		for rows.Next() {
			var name []byte
			var p stored
			if err := rows.Scan(&name, &p.sealed[0], &p.sealed[1], &p.sealed[2], &p.sealed[3],
				&p.before); err != nil {
				return errors.Join(err, rows.Close())
			}
			s := subject(name)
			p.keys = people[s].keys
			if err := p.open(); err != nil {
				return errors.Join(err, rows.Close())
			}
			*people[s] = p
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			return err
		}
	}
	return nil
}

// names returns the subjects as a driver takes them.
func names(part []subject) []any {
	args := make([]any, len(part))
	for i := range part {
		args[i] = part[i][:]
	}
	return args
}

func (p *stored) open() (err error) {
	p.voidBefore = p.before
	for i, value := range p.values() {
		if p.sealed[i] == nil {
			continue
		}
		if p.plain[i], err = p.keys.open(columns()[i], p.sealed[i]); err != nil {
			return err
		}
		if json.Unmarshal(p.plain[i], value) != nil {
			return errSealed
		}
	}
	return nil
}

// close seals the changed columns and reports whether there are any.
func (p *stored) close() (changed bool, err error) {
	changed = p.isNew || p.voidBefore != p.before
	for i, value := range p.values() {
		plain, err := json.Marshal(value)
		if err != nil {
			return false, err
		}
		nothing := string(plain) == "null" || string(plain) == "{}"
		if bytes.Equal(plain, p.plain[i]) || nothing && p.sealed[i] == nil {
			continue
		}
		p.sealed[i] = p.keys.seal(columns()[i], plain)
		changed = true
	}
	return changed, nil
}

func (r *Registry) addEvents(ctx context.Context, tx *sql.Tx, order []subject,
	people map[subject]*stored) error {
	var args []any
	now := time.Now().UnixMilli()
	for _, s := range order {
		p := people[s]
		for _, v := range p.arrived {
			plain, err := json.Marshal(v)
			if err != nil {
				return err
			}
			args = append(args, s[:], p.keys.digest(plain), p.keys.seal(columnEvent, plain), now)
		}
	}
	return r.insert(ctx, tx, "INSERT INTO event (subject, digest, body, recorded_ms) VALUES ",
		" ON CONFLICT (subject, digest) DO NOTHING", 4, args)
}

func (r *Registry) store(ctx context.Context, tx *sql.Tx, order []subject, people map[subject]*stored) error {
	var args []any
	for _, s := range order {
		p := people[s]
		changed, err := p.close()
		if err != nil {
			return err
		}
		if changed {
			args = append(args, s[:], null(p.sealed[0]), null(p.sealed[1]), null(p.sealed[2]),
				null(p.sealed[3]), p.voidBefore)
		}
	}
	return r.insert(ctx, tx,
		"INSERT INTO person (subject, record, identity, contacts, moved, void_before) VALUES ",
		" ON CONFLICT (subject) DO UPDATE SET record = excluded.record, identity = excluded.identity, "+
			"contacts = excluded.contacts,"+
			" moved = excluded.moved, void_before = excluded.void_before", 6, args)
}
