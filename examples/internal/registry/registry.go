// Package registry is the issuing body's registry: who has which verbali, since when earlier papers are void, how the
// person is reached and who may act for whom.
//
// # What the tables show
//
// People stand in the tables under a pseudonym that only the key's holder can compute from a codice fiscale, and whatever
// says something about them is encrypted under the same key: verbali and dates of birth as well as names, codici fiscali,
// phone numbers and e-mail addresses. Whoever has the tables without the key sees how many pseudonyms there are, how many
// events each has and when they arrived, when its papers were declared lost, which pseudonyms act for which, and which were
// replaced, but not by which, unless a delegation moved with it. The price
// is a fraction of what the row's way from the database costs, and that nobody searches in the tables: keep the key in
// another place than their backup, and keep it, for without it they are noise. What is sealed for one person opens for no
// other; whoever can write to the tables can still put an older row of the same person back.
//
// # Events and what follows from them
//
// Verbali are only ever added. Each changes, in its own transaction, the one row that a check reads: the verbali of that
// person that count, each in its highest version, which package status folds by their content and not by their arrival. So it
// does not matter in which order events come, nor how often. What a feed does not say changes nothing that is known.
//
// # A code that takes the place of another
//
// When a person's codice fiscale changes, [Registry.ChangeCode] moves all that is known to the pseudonym of the new one. The
// old pseudonym stays as a sealed link, and as the place of what was recorded under it and is never rewritten: events and acts.
// It answers for nobody any more. See [Registry.Codes].
package registry

import (
	"context"
	"crypto/subtle"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"github.com/qr-invalidita/attesta/examples/internal/database"
	"github.com/qr-invalidita/attesta/examples/internal/secret"
)

// An Error names a cause. It never holds a value that was refused.
type Error string

const (
	// ErrKey: the key is not the one that the tables were made with.
	ErrKey Error = "the registry's key is not the one that the database was made with"
	// ErrUnknown: the registry does not know the person.
	ErrUnknown Error = "no such person in this registry"
	// ErrNotDelegated: the one may not act for the other on that day.
	ErrNotDelegated Error = "no delegation in force"
	// ErrReplaced: another code has taken the place of this one, which stands for nobody any more.
	ErrReplaced Error = "the codice fiscale was replaced by another one"
	// ErrSameCode: a code cannot take its own place.
	ErrSameCode Error = "the two codici fiscali are the same"
	// ErrOtherImport: another import of the same file has gone on in the meantime.
	ErrOtherImport Error = "another import of the same file is running"
)

func (e Error) Error() string { return string(e) }

//go:embed migrations
var migrations embed.FS

// MinKey is how long a registry's key must be, in bytes.
const MinKey = 32

// Registry is a registry in a database. It is safe for concurrent use, also by several processes.
type Registry struct {
	db   *database.DB
	keys keys

	record, voidBefore, contacts, codes *sql.Stmt
}

// Open brings the tables up to date and checks that the key is theirs. The key must be random. Close the registry, then
// the database.
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
		if *stmt, err = db.PrepareContext(ctx, db.Bind("SELECT "+columns+" FROM person WHERE subject = ?")); err != nil {
			return nil, errors.Join(fmt.Errorf("registry: %w", err), r.Close())
		}
	}
	return r, nil
}

// checkKey compares the key with the one of the first start. With another one everybody would look unknown.
func (r *Registry) checkKey(ctx context.Context) error {
	proof := r.keys.proof()
	_, err := r.db.ExecContext(ctx, r.db.Bind("INSERT INTO registry_key (one, proof) VALUES (1, ?) ON CONFLICT (one) DO NOTHING"), proof)
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

// Close lets go of what the registry holds in the database, which stays open.
func (r *Registry) Close() error {
	var errs []error
	for _, stmt := range []*sql.Stmt{r.record, r.voidBefore, r.contacts, r.codes} {
		if stmt != nil {
			errs = append(errs, stmt.Close())
		}
	}
	return errors.Join(errs...)
}
