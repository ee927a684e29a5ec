// Package keybook keeps in the database which keys are in use, so that a process with another key, or without
// one, notices before it answers. The database has a digest of each key, by kind and name, and for how long
// every process needs it. The digests are keyed, or are those of public keys, so they help nobody to guess a
// key. Who can write the table can stop processes, and can keep a wrong key from being noticed; nothing else
// follows from it.
package keybook

import (
	"context"
	"crypto/subtle"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/qr-invalidita/attesta/examples/internal/database"
	"github.com/qr-invalidita/attesta/examples/internal/words"
)

// A Kind is a kind of key. A name belongs to one key of its kind.
type Kind string

const (
	// Reference is a reference key. Its name is its identifier, four hexadecimal digits.
	Reference Kind = "reference"
	// Signing is a signing key. Its name is its key ID.
	Signing Kind = "signing"
	// Pepper is a pepper of codes.
	Pepper Kind = "pepper"
	// File is a secret in the data folder. Its name is that of the file.
	File Kind = "file"
)

// Forever is an end that never comes.
var Forever = time.Unix(math.MaxInt64/int64(time.Second), 0)

// A Key is a key that a process has, without the key itself.
type Key struct {
	Kind Kind
	ID   string
	// Proof is 32 bytes that follow from the key and from which it does not follow.
	Proof []byte
	// From and Until are between when every process must have the key. The zero From is at once. The zero
	// Until says nothing: another process may need it.
	From, Until time.Time
	// Revoked says that the key is compromised. No process may use it any more.
	Revoked bool
}

func (k Key) name() string { return string(k.Kind) + ":" + k.ID }

// A Fault is what is wrong with the keys of this process. It names the key.
type Fault struct{ error }

// Unwrap returns the sentence.
func (f *Fault) Unwrap() error { return f.error }

// Another returns the fault of a process whose key is not the one that the others have.
func Another(kind Kind, id string) error {
	return &Fault{words.Errorf("another key than %s:%s, which the database knows: bring the right one here; "+
		"docs/operations.md has how a key is replaced", string(kind), id)}
}

// Missing returns the fault of a process without a key that is needed. A File is never forgotten: it is
// brought here, or replaced everywhere.
func Missing(kind Kind, id string) error {
	if kind == File {
		return &Fault{words.Errorf("the key %s:%s is missing here, and the database knows that it is "+
			"needed: bring it here; docs/operations.md has how a key is replaced", string(kind), id)}
	}
	return &Fault{words.Errorf("the key %s:%s is missing here, and the database knows that it is needed: "+
		"bring it here, or if it is lost for good: issuer keys forget %s:%s", string(kind), id, string(kind),
		id)}
}

func revoked(kind Kind, id string) error {
	return &Fault{words.Errorf("the key %s:%s was revoked elsewhere: revoke it here too, or bring the "+
		"folder of the others", string(kind), id)}
}

// ErrUnknown means that the database knows no such key.
var ErrUnknown = errors.New("the database knows no such key")

// ErrAmbiguous means that several kinds have a key of that name.
var ErrAmbiguous = errors.New("several kinds have a key of that name: write it as KIND:ID")

// A Book is the table in a database. It is safe for concurrent use, also by several processes.
type Book struct {
	// DB has the table of [Tables]. Required.
	DB *database.DB
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

//go:embed migrations
var migrations embed.FS

// Tables returns the migrations.
func Tables() (database.Set, error) {
	folder, err := fs.Sub(migrations, "migrations")
	return database.Set{Name: "keybook", Files: folder}, err
}

// Clock returns the time.
func (b *Book) Clock() time.Time {
	if b.Now == nil {
		return time.Now()
	}
	return b.Now()
}

// Knows reports whether the database knows a key of one of the kinds.
func (b *Book) Knows(ctx context.Context, kinds ...Kind) (bool, error) {
	known, err := b.list(ctx)
	for _, k := range known {
		if slices.Contains(kinds, k.Kind) {
			return true, wrap(err)
		}
	}
	return false, wrap(err)
}

// KnowsFile reports whether the database knows the secret in the file of that name.
func (b *Book) KnowsFile(ctx context.Context, name string) (bool, error) {
	known, err := b.list(ctx)
	_, ok := known[Key{Kind: File, ID: name}.name()]
	return ok, wrap(err)
}

// Check compares the keys that read returns with those that the database knows, enters those that it does not
// know, and returns them. The error is a [*Fault] if a key is another one or was revoked elsewhere, or if one
// of these kinds is needed and missing; then nothing is entered. read runs after the database was read: what
// another process has put into a common folder before it entered it is there.
func (b *Book) Check(ctx context.Context, kinds []Kind, read func(context.Context) ([]Key, error)) (
	entered []Key, err error,
) {
	known, err := b.list(ctx)
	if err != nil {
		return nil, wrap(err)
	}
	keys, err := read(ctx)
	if err != nil {
		return nil, err
	}
	if err := compare(known, keys, kinds, b.Clock()); err != nil {
		return nil, err
	}
	for _, k := range keys {
		row, ok := known[k.name()]
		switch {
		case !ok:
			entered = append(entered, k)
		case k.news(row):
			err = errors.Join(err, b.update(ctx, k))
		}
	}
	if err != nil || len(entered) == 0 {
		return nil, wrap(err)
	}
	if err := b.enter(ctx, entered); err != nil {
		return nil, wrap(err)
	}
	if known, err = b.list(ctx); err != nil { // another process may have been faster
		return nil, wrap(err)
	}
	// Nothing is missing that was entered since: see read.
	return entered, compare(known, keys, nil, b.Clock())
}

// Compare is like [Book.Check] for keys that were read before, but enters and changes nothing.
func (b *Book) Compare(ctx context.Context, kinds []Kind, keys []Key) error {
	known, err := b.list(ctx)
	if err != nil {
		return wrap(err)
	}
	return compare(known, keys, kinds, b.Clock())
}

// compare returns the first fault.
func compare(known map[string]Key, keys []Key, kinds []Kind, now time.Time) error {
	have := make(map[string]bool)
	for _, k := range keys {
		have[k.name()] = true
		row, ok := known[k.name()]
		switch {
		case ok && subtle.ConstantTimeCompare(row.Proof, k.Proof) != 1:
			return Another(k.Kind, k.ID)
		case ok && row.Revoked && !k.Revoked:
			return revoked(k.Kind, k.ID)
		}
	}
	var missing []Key
	for name, row := range known {
		needed := !row.Revoked && !now.Before(row.From) && now.Before(row.Until)
		if needed && !have[name] && slices.Contains(kinds, row.Kind) {
			missing = append(missing, row)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	k := slices.MinFunc(missing, func(a, b Key) int { return strings.Compare(a.name(), b.name()) })
	return Missing(k.Kind, k.ID)
}

// news reports whether the key says something that the row does not.
func (k Key) news(row Key) bool {
	if k.Revoked || row.Revoked {
		return k.Revoked && !row.Revoked
	}
	return !k.Until.IsZero() &&
		(seconds(k.From) != seconds(row.From) || seconds(k.Until) != seconds(row.Until))
}

func (b *Book) update(ctx context.Context, k Key) error {
	return b.DB.Update(ctx, func(tx *sql.Tx) error {
		if k.Revoked {
			query := b.DB.Bind("UPDATE known_key SET revoked = 1 WHERE kind = ? AND id = ?")
			_, err := tx.ExecContext(ctx, query, string(k.Kind), k.ID)
			return err
		}
		_, err := tx.ExecContext(ctx, b.DB.Bind("UPDATE known_key SET needed_from_s = ?, needed_until_s = ? "+
			"WHERE kind = ? AND id = ? AND revoked = 0"), seconds(k.From), seconds(k.Until), string(k.Kind),
			k.ID)
		return err
	})
}

func (b *Book) enter(ctx context.Context, keys []Key) error {
	query := b.DB.Bind("INSERT INTO known_key (kind, id, proof, entered_s, needed_from_s, needed_until_s, " +
		"revoked) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (kind, id) DO NOTHING")
	return b.DB.Update(ctx, func(tx *sql.Tx) error {
		for _, k := range keys {
			gone := 0
			if k.Revoked {
				gone = 1
			}
			_, err := tx.ExecContext(ctx, query, string(k.Kind), k.ID, k.Proof, b.Clock().Unix(),
				seconds(k.From), seconds(k.Until), gone)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// Forget removes the key of that name, or KIND:ID if several kinds have one. A process that has it enters it
// again, so all of them must be without it. The errors are [ErrUnknown] and [ErrAmbiguous].
func (b *Book) Forget(ctx context.Context, id string) error {
	known, err := b.list(ctx)
	if err != nil {
		return wrap(err)
	}
	var found []Key
	for name, k := range known {
		if name == id {
			found = []Key{k}
			break
		}
		if k.ID == id {
			found = append(found, k)
		}
	}
	switch {
	case len(found) == 0:
		return ErrUnknown
	case len(found) > 1:
		return ErrAmbiguous
	}
	_, err = b.DB.ExecContext(ctx, b.DB.Bind("DELETE FROM known_key WHERE kind = ? AND id = ?"),
		string(found[0].Kind), found[0].ID)
	return wrap(err)
}

// Replace enters the key in the place of the one that the database knows under its name, and forgets those
// that follow from it, if it knows them. put, which puts the key in place, runs before the change is kept.
func (b *Book) Replace(ctx context.Context, k Key, put func() error, following ...Key) error {
	return wrap(b.DB.Update(ctx, func(tx *sql.Tx) error {
		query := b.DB.Bind("DELETE FROM known_key WHERE kind = ? AND id = ?")
		for _, old := range append([]Key{k}, following...) {
			if _, err := tx.ExecContext(ctx, query, string(old.Kind), old.ID); err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(ctx, b.DB.Bind("INSERT INTO known_key (kind, id, proof, entered_s, "+
			"needed_from_s, needed_until_s, revoked) VALUES (?, ?, ?, ?, ?, ?, 0)"), string(k.Kind), k.ID,
			k.Proof, b.Clock().Unix(), seconds(k.From), seconds(k.Until))
		if err != nil {
			return err
		}
		return put()
	}))
}

// list returns the keys by kind and name.
func (b *Book) list(ctx context.Context) (_ map[string]Key, err error) {
	rows, err := b.DB.QueryContext(ctx,
		"SELECT kind, id, proof, needed_from_s, needed_until_s, revoked FROM known_key")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	known := make(map[string]Key)
	for rows.Next() {
		var k Key
		var from, until int64
		var gone int
		if err := rows.Scan(&k.Kind, &k.ID, &k.Proof, &from, &until, &gone); err != nil {
			return nil, err
		}
		k.From, k.Until, k.Revoked = time.Unix(from, 0), time.Unix(until, 0), gone == 1
		known[k.name()] = k
	}
	return known, rows.Err()
}

func seconds(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

func wrap(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("keybook: %w", err)
}
