// Package registry is the issuing body's registry. It holds people's verbali, the cut-off
// before which their papers are void, their contacts, and who may act for whom.
//
// # What the tables show
//
// A person's row is found by a pseudonym that can be computed from the codice fiscale only
// with the key. Everything about the person is encrypted under the same key: verbali and dates
// of birth as well as names, codici fiscali, phone numbers and e-mail addresses. A reader of
// the tables without the key sees how many pseudonyms there are, how many events each has and
// when they arrived, when its papers were declared lost, which pseudonyms act for which, and
// which were replaced, but not by which, unless a delegation moved with them.
//
// The encryption costs a fraction of the time that a row takes from the database, and the
// tables cannot be searched. Keep the key apart from their backup, and do not lose it: without
// it the tables are useless. Data sealed for one person does not open for another, nor does a
// delegation open for another guardian or ward. An attacker who can write to the tables can
// still restore an older row of the same person.
//
// # Events and what follows from them
//
// Verbali are only added, never removed. Each changes, in its own transaction, the one row
// that a check reads: the verbali of that person that count, each in its highest version.
// Package status derives the status from their content, not from their order of arrival. So
// neither the order nor the number of arrivals matters. What a feed does not say changes
// nothing.
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
	"crypto/subtle"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/qr-invalidita/attesta/examples/internal/database"
	"github.com/qr-invalidita/attesta/examples/internal/secret"
)

// An Error is a cause. It never holds a refused value.
type Error string

const (
	// ErrKey means that the key is not the one that the tables were made with.
	ErrKey Error = "the registry's key is not the one that the database was made with"
	// ErrUnknown means that the registry does not know the person.
	ErrUnknown Error = "no such person in this registry"
	// ErrNotDelegated means that the guardian may not act for the ward on that day.
	ErrNotDelegated Error = "no delegation in force"
	// ErrReplaced means that another code has replaced this one and nobody has it any more.
	ErrReplaced Error = "the codice fiscale was replaced by another one"
	// ErrSameCode means that a code was to replace itself.
	ErrSameCode Error = "the two codici fiscali are the same"
	// ErrOtherImport means that another import of the same file has recorded progress meanwhile.
	ErrOtherImport Error = "another import of the same file is running"
)

func (e Error) Error() string { return string(e) }

//go:embed migrations
var migrations embed.FS

// MinKey is the minimum length of a registry's key in bytes.
const MinKey = 32

// A Registry is a registry in a database. It is safe for concurrent use, also by several
// processes.
type Registry struct {
	// Now is the clock of [Registry.Contacts]; nil means time.Now. Set it before the first use.
	Now func() time.Time

	db   *database.DB
	keys keys

	record, voidBefore, contacts, codes *sql.Stmt
}

// Open brings the tables up to date and checks that they were made with the key. The key must
// be random and at least [MinKey] bytes long. Close the registry, then the database.
func Open(ctx context.Context, db *database.DB, key secret.Secret) (*Registry, error) {
	r := &Registry{db: db}
	var err error
	if r.keys, err = deriveKeys(key); err != nil {
		return nil, fmt.Errorf("registry: %w", err)
	}
	folder, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, fmt.Errorf("registry: %w", err)
	}
	if err := db.Migrate(ctx, folder, "registry"); err != nil {
		return nil, err
	}
	if err := r.checkKey(ctx); err != nil {
		return nil, fmt.Errorf("registry: %w", err)
	}
	for columns, stmt := range map[string]**sql.Stmt{
		"record": &r.record, "void_before": &r.voidBefore, "contacts": &r.contacts,
		"identity, moved": &r.codes,
	} {
		if *stmt, err = db.PrepareContext(ctx, db.Bind("SELECT "+columns+
			" FROM person WHERE subject = ?")); err != nil {
			return nil, errors.Join(fmt.Errorf("registry: %w", err), r.Close())
		}
	}
	return r, nil
}

// checkKey compares the key with that of the first start. With another key everybody would
// seem unknown.
func (r *Registry) checkKey(ctx context.Context) error {
	proof := r.keys.proof()
	_, err := r.db.ExecContext(ctx,
		r.db.Bind(
			"INSERT INTO registry_key (one, proof) VALUES (1, ?) ON CONFLICT (one) DO NOTHING"), proof)
	if err != nil {
		return err
	}
	var kept []byte
	if err := r.db.QueryRowContext(ctx, "SELECT proof FROM registry_key").Scan(&kept); err != nil {
		return err
	}
	if subtle.ConstantTimeCompare(proof, kept) != 1 {
		return ErrKey
	}
	return nil
}

// Writable returns an error if the registry cannot be written, for example because the database is
// read-only. It changes nothing.
func (r *Registry) Writable(ctx context.Context) error {
	return r.db.Update(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE registry_key SET one = one WHERE one = 0")
		return err
	})
}

// Close releases the registry's statements. The database stays open.
func (r *Registry) Close() error {
	var errs []error
	for _, stmt := range []*sql.Stmt{r.record, r.voidBefore, r.contacts, r.codes} {
		if stmt != nil {
			errs = append(errs, stmt.Close())
		}
	}
	return errors.Join(errs...)
}
