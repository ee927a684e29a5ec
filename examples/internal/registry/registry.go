// Package registry is the issuing body's registry. It holds people's verbali, the cut-off
// before which their papers are void, their contacts, and who may act for whom.
//
// # What the tables show
//
// A person's row is found by a pseudonym that can be computed from the codice fiscale only with
// the key for names. Everything about the person is encrypted under a random data key of the
// person: verbali and dates of birth as well as names, codici fiscali, phone numbers and e-mail
// addresses. The data key stands in the person's row, wrapped under a version of the registry's
// key. A reader of the tables without the keys sees how many pseudonyms there are, how many events
// and acts each has and when they arrived, when its papers were declared lost, which pseudonyms act
// for which, and which were replaced, but not by which, unless a delegation moved with them.
//
// The encryption costs a fraction of the time that a row takes from the database, and the
// tables cannot be searched. Keep the keys apart from their backup, and do not lose them: without
// them the tables are useless.
//
// # What an attacker who writes the tables can do
//
// A sealed value opens in its place only: the table, the column and everything else that identifies
// the row. The columns of a person are sealed for one revision of the row, and a MAC protects what
// is readable in it: the revision, the cut-off, the numbers of events and acts, and which columns
// are empty. An event and an act have a random name and the number that it has among the person's,
// so one that is missing is an error. The state of an import has a MAC. So without the keys nothing
// can be made, moved or changed, and what is taken out of a history is missed.
//
// Not seen is what was true once: an attacker who can write the tables can put back a person's whole
// row, or a delegation, as it was at an earlier moment, and with it an earlier number of events, an
// earlier cut-off, unless [Registry.Voids] has it, or a delegation that has ended since; all tables as they
// were; a row that is deleted as a whole, which makes the person unknown; and rows of what operators asked
// that are deleted, because these end with their time anyway. Triggers keep programs from it, not somebody
// who can drop them.
//
// # Events and what follows from them
//
// Verbali are only added, never removed. Each changes, in its own transaction, the one row
// that a check reads: the verbali of that person that count, each in its highest version.
// Package status derives the status from their content, not from their order of arrival. So
// neither the order nor the number of arrivals matters. What a feed does not say changes
// nothing.
//
// # Erased people
//
// [Registry.Erase] deletes a person's data key and all rows about the person but one without data,
// because of which nothing is recorded for the codes any more. [Erasures] outlives the tables, so
// that [Registry.Replay] erases again who comes back with a backup. [Registry.Export] returns
// everything about a person.
//
// # Replaced codes
//
// When a person's codice fiscale changes, [Registry.ChangeCode] moves everything that is known
// to the new code's pseudonym. The old pseudonym stays as a sealed link and keeps the events
// and acts that were recorded under it, which are never rewritten. It answers for nobody. See
// [Registry.Codes].
package registry

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"time"

	"github.com/qr-invalidita/attesta/examples/internal/database"
	"github.com/qr-invalidita/attesta/internal/merge"
)

// An Error is a cause. It never holds a refused value.
type Error string

const (
	// ErrKey means that a key is not the one that the tables were made with.
	ErrKey Error = "the registry's keys are not those that the database was made with"
	// ErrVersion means that there is no key for a version that the tables use.
	ErrVersion Error = "a version of the registry's key is missing"
	// ErrWrapped means that a data key was not wrapped in that place and by that version.
	ErrWrapped Error = "the data key does not open"
	// ErrOld means that the tables are of an earlier format.
	ErrOld Error = "the registry's tables are of an earlier format: " +
		"start with an empty database and import again"
	// ErrErased means that the person was erased: see [Registry.Erase]. It is an [ErrUnknown].
	ErrErased Error = "the person was erased from this registry"
	// ErrUnknown means that the registry does not know the person.
	ErrUnknown Error = "no such person in this registry"
	// ErrNotDelegated means that the guardian may not act for the ward on that day.
	ErrNotDelegated Error = "no delegation in force"
	// ErrDelegationDays means that a delegation that a person gives has no last day, or one that is over or
	// more than [MaxGiven] years after the first; or that it is one that only the body records.
	ErrDelegationDays Error = "a delegation that a person gives needs a last day, at most three years later"
	// ErrOtherDelegate means that another person has a delegation of that kind already.
	ErrOtherDelegate Error = "another person has such a delegation already"
	// ErrGuarded means that the other person acts already, or will, as the body has recorded.
	ErrGuarded Error = "the other person is the parent or guardian already"
	// ErrReplaced means that another code has replaced this one and nobody has it any more.
	ErrReplaced Error = "the codice fiscale was replaced by another one"
	// ErrSameCode means that a code was to replace itself.
	ErrSameCode Error = "the two codici fiscali are the same"
	// ErrOtherImport means that another import of the same file has recorded progress meanwhile.
	ErrOtherImport Error = "another import of the same file is running"
)

func (e Error) Error() string { return string(e) }

// Is reports that an erased person is an unknown one.
func (e Error) Is(target error) bool { return e == ErrErased && target == ErrUnknown }

//go:embed migrations
var migrations embed.FS

// MinKey is the minimum length of a registry's key in bytes.
const MinKey = 32

// A Registry is a registry in a database. It is safe for concurrent use, also by several
// processes.
type Registry struct {
	// Now is the clock of [Registry.Contacts]; nil means time.Now. Set it before the first use.
	Now func() time.Time
	// Voids keeps the cut-offs outside the tables too; nil means that nobody does. Set it before the first
	// use.
	Voids VoidKeeper

	db       *database.DB
	names    names
	wrappers map[int64]Wrapper

	rows      merge.Calls[subject, *stored] // reads of persons on PostgreSQL
	person    string
	statement *sql.Stmt // person on SQLite. The driver of PostgreSQL keeps statements if no pooler is between
}

// Open brings the tables up to date and checks that they were made with the keys. Close the
// registry, then the database.
func Open(ctx context.Context, db *database.DB, keys Keys) (*Registry, error) {
	r := &Registry{db: db, wrappers: keys.Wrappers}
	r.rows.Alone, r.rows.Together = r.readRow, r.readRows
	var err error
	if r.names, err = newNames(keys.Names); err != nil {
		return nil, fmt.Errorf("registry: %w", err)
	}
	if len(r.wrappers) == 0 {
		return nil, fmt.Errorf("registry: %w", ErrVersion)
	}
	if err := refuseOld(ctx, db); err != nil {
		return nil, fmt.Errorf("registry: %w", err)
	}
	tables, err := Tables()
	if err != nil {
		return nil, fmt.Errorf("registry: %w", err)
	}
	if err := db.Migrate(ctx, tables.Files, tables.Name); err != nil {
		return nil, err
	}
	if err := r.checkKeys(ctx); err != nil {
		return nil, fmt.Errorf("registry: %w", err)
	}
	r.person = db.Bind("SELECT " + personColumns + " FROM person AS p WHERE p.subject = ?")
	if db.Dialect == database.SQLite {
		if r.statement, err = db.PrepareContext(ctx, r.person); err != nil {
			return nil, fmt.Errorf("registry: %w", err)
		}
	}
	return r, nil
}

// row reads the row of a person.
func (r *Registry) row(ctx context.Context, s subject) *sql.Row {
	if r.statement == nil {
		return r.db.QueryRowContext(ctx, r.person, s[:])
	}
	return r.statement.QueryRowContext(ctx, s[:])
}

// Tables returns the migrations, which [Open] applies.
func Tables() (database.Set, error) {
	folder, err := fs.Sub(migrations, "migrations")
	return database.Set{Name: "registry", Files: folder}, err
}

// Made reports whether the tables were made with keys, so that no others will do. The error is [ErrOld] for
// tables of an earlier format.
func Made(ctx context.Context, db *database.DB) (bool, error) {
	if err := refuseOld(ctx, db); err != nil {
		return false, wrap(err)
	}
	tables, err := Tables()
	if err != nil {
		return false, err
	}
	state, err := db.State(ctx, tables)
	if err != nil || state.Have == 0 {
		return false, err
	}
	var n int
	err = db.QueryRowContext(ctx, "SELECT count(*) FROM registry_names").Scan(&n)
	return n > 0, wrap(err)
}

// refuseOld refuses the tables of the time before the people had data keys.
func refuseOld(ctx context.Context, db *database.DB) error {
	var n int
	if db.QueryRowContext(ctx, "SELECT count(*) FROM registry_key").Scan(&n) == nil {
		return ErrOld
	}
	return ctx.Err()
}

// Writable returns an error if the registry cannot be written, for example because the database is
// read-only. It changes nothing.
func (r *Registry) Writable(ctx context.Context) error {
	return r.db.Update(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE registry_names SET one = one WHERE one = 0")
		return err
	})
}

// Close releases the registry's statements. The database stays open.
func (r *Registry) Close() error {
	if r.statement == nil {
		return nil
	}
	return r.statement.Close()
}
