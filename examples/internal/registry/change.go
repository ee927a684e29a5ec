package registry

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"slices"

	"github.com/qr-invalidita/attesta/examples/internal/database"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

// edit is a change to one person's row.
type edit struct {
	cf    codicefiscale.Code
	look  func(*row) // called first, for both rows; may be nil
	apply func(*row) error
	last  func(*stored) error // called after apply; may be nil
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
	var cuts CutOffs
	err := r.db.Update(ctx, func(tx *sql.Tx) (err error) {
		if cuts, err = r.edit(ctx, tx, edits); err != nil {
			return err
		}
		return more(tx)
	})
	if err == nil && r.Voids != nil && len(cuts) > 0 {
		r.Voids.Add(cuts)
	}
	return err
}

func nothingMore(*sql.Tx) error { return nil }

// edit returns the cut-offs that moved.
func (r *Registry) edit(ctx context.Context, tx *sql.Tx, edits []edit) (CutOffs, error) {
	people := make(map[subject]*stored, len(edits))
	order := make([]subject, 0, len(edits))
	find := func(cf codicefiscale.Code) subject {
		s := r.names.subject(cf)
		if people[s] == nil {
			people[s] = &stored{subject: s, isNew: true}
			order = append(order, s)
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
	slices.SortFunc(order, func(a, b subject) int { return bytes.Compare(a[:], b[:]) })
	if err := r.loadOrAdd(ctx, tx, order, people); err != nil {
		return nil, err
	}
	for i, e := range edits {
		if people[subjects[i]].erased != 0 || !e.previous.IsZero() && people[before[i]].erased != 0 {
			return nil, &editError{i, ErrErased}
		}
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
				return nil, &editError{i, err}
			}
			if moved {
				if err := r.moveDelegations(ctx, tx, before[i], subjects[i], people); err != nil {
					return nil, err
				}
			}
		}
		if err := e.apply(p); err != nil {
			return nil, &editError{i, err}
		}
		if e.last != nil {
			if err := e.last(people[subjects[i]]); err != nil {
				return nil, err
			}
		}
	}
	if err := r.addEvents(ctx, tx, order, people); err != nil {
		return nil, err
	}
	cuts := CutOffs{}
	for s, p := range people {
		if p.voidBefore > p.before.voidBefore {
			cuts[Pseudonym(s)] = p.voidBefore
		}
	}
	return cuts, r.store(ctx, tx, order, people)
}

// loadOrAdd reads and locks the existing rows, and makes data keys for the others.
func (r *Registry) loadOrAdd(ctx context.Context, tx *sql.Tx, order []subject,
	people map[subject]*stored) error {
	if err := r.lockMissing(ctx, tx, order); err != nil {
		return err
	}
	if err := r.load(ctx, tx, order, people); err != nil {
		return err
	}
	return r.addKeys(ctx, tx, order, people)
}

// lockMissing lets one transaction at a time make rows in PostgreSQL. A row that does not
// exist cannot be locked, so a transaction that makes it would hold it against the order. Rows
// are never deleted, so an existing row stays. SQLite has one writer anyway.
func (r *Registry) lockMissing(ctx context.Context, tx *sql.Tx, order []subject) error {
	if r.db.Dialect != database.Postgres {
		return nil
	}
	// Otherwise PostgreSQL keeps a plan that it made for a small table, or prefers one for it, and each batch
	// of a first import reads the whole table.
	if _, err := tx.ExecContext(ctx,
		"SET LOCAL plan_cache_mode = force_custom_plan; SET LOCAL enable_seqscan = off"); err != nil {
		return err
	}
	have := 0
	for these, args := range r.among(order) {
		var n int
		query := r.db.Bind("SELECT count(*) FROM person WHERE subject " + these)
		if err := tx.QueryRowContext(ctx, query, args...).Scan(&n); err != nil {
			return err
		}
		have += n
	}
	if have == len(order) {
		return nil
	}
	_, err := tx.ExecContext(ctx, "SELECT pg_advisory_xact_lock($1)", makingLock)
	return err
}

// makingLock is "registry" in ASCII, so that it differs from other locks in the same database.
const makingLock = 0x7265676973747279

// load reads and locks the existing rows.
func (r *Registry) load(ctx context.Context, tx *sql.Tx, order []subject, people map[subject]*stored) error {
	lock := ""
	if r.db.Dialect == database.Postgres {
		lock = " ORDER BY p.subject FOR UPDATE"
	}
	for these, args := range r.among(order) {
		query := "SELECT " + personColumns + " FROM person AS p WHERE p.subject " + these + lock
		rows, err := tx.QueryContext(ctx, r.db.Bind(query), args...)
		if err != nil {
			return err
		}
		for rows.Next() {
			p, err := r.scan(ctx, rows.Scan)
			if err == nil {
				err = p.openAll()
			}
			if err != nil {
				return errors.Join(err, rows.Close())
			}
			people[p.subject] = p
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			return err
		}
	}
	return nil
}

// addKeys makes the data keys of those who have no row yet.
func (r *Registry) addKeys(ctx context.Context, tx *sql.Tx, order []subject,
	people map[subject]*stored) error {
	var added []*stored
	for _, s := range order {
		if people[s].isNew {
			added = append(added, people[s])
		}
	}
	if len(added) == 0 {
		return nil
	}
	version, err := r.lockedVersion(ctx, tx)
	if err != nil {
		return err
	}
	return inParallel(len(added), func(i int) (err error) {
		p := added[i]
		p.version = version
		p.vault, p.wrapped, err = r.newVault(ctx, p.subject, version)
		return err
	})
}

// args returns the subjects as a driver takes them.
func args(part []subject) []any {
	list := make([]any, len(part))
	for i := range part {
		list[i] = part[i][:]
	}
	return list
}

func (r *Registry) store(ctx context.Context, tx *sql.Tx, order []subject, people map[subject]*stored) error {
	changed := make([]bool, len(order))
	err := inParallel(len(order), func(i int) (err error) {
		changed[i], err = people[order[i]].close()
		return err
	})
	if err != nil {
		return err
	}
	var args []any
	for i, s := range order {
		if p := people[s]; changed[i] {
			args = append(args, s[:], p.version, p.wrapped, p.revision, p.events, p.acts, p.voidBefore, p.mac,
				null(p.sealed[inRecord]), null(p.sealed[inIdentity]), null(p.sealed[inContacts]),
				null(p.sealed[inMoved]), null(p.sealed[inReports]))
		}
	}
	return r.insert(ctx, tx, "INSERT INTO person (subject, key_version, data_key, revision, events, acts, "+
		"void_before, mac, record, identity, contacts, moved, reports) ",
		" ON CONFLICT (subject) DO UPDATE SET revision = excluded.revision, events = excluded.events, "+
			"acts = excluded.acts, void_before = excluded.void_before, mac = excluded.mac, "+
			"record = excluded.record, identity = excluded.identity, contacts = excluded.contacts, "+
			"moved = excluded.moved, reports = excluded.reports", 13, args)
}
