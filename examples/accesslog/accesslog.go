// Package accesslog is the reference implementation of [service.AccessLog]: a Merkle log (RFC 6962) on SQL, from which a
// person can see who looked, when and for what, and can prove later that it was so.
//
// Make a [Log] on a database that [Migrate] prepared and give it to [service.Config]. [Log.ByPerson] is what the person
// may see; [Log.Proof] is a file for the person to keep; package accessproof checks it with nothing but the log's public
// key. [Log.Checkpoint] is the signed state of the whole log, to be published; [Log.Audit] recomputes the log and holds it
// against checkpoints of earlier days. [Log.Expire] ends what is older than the retention.
//
// # How it works
//
// One transaction writes the record with a random salt, and those hashes of the tree that it completes. A leaf is the
// hash of salt and record. The transaction begins with the one row that holds the tree's size, so that the replicas of a
// service append one after the other.
//
// To delete a record is to delete its row and with it the salt: what stays is a hash that nobody can guess the record
// from, and a tree that is verified as before. Records are deleted from the oldest on and never out of their order, so a
// hole in what is there is a sign of tampering.
//
// # Who is in the table
//
// The codice fiscale of the person is not: rows are found by a pseudonym, an HMAC under [Log.Key]. The operator's
// identity, which may be a codice fiscale too, stands in the record as such a pseudonym, and beside it encrypted under
// the same key (AES-256-GCM), for the body must be able to say who it was; [Log.Operator] decrypts it and checks it
// against the record. The person's file holds the pseudonyms only.
//
// # What is not checked
//
// Whoever has the database, the key of [Log.Signer] and nobody who watches can make a second log with another history,
// and show each person the one that suits: a signature says who wrote a history, not that there is only one. What keeps
// the body honest is that others hold its checkpoints. Publish them where many keep what they read, or have a witness
// co-sign them; without either, the log protects against everybody but the body that runs it.
//
// How long a record is suppressed and how early records are deleted stand in the tables, not in the tree: whoever can write
// them can hide a record from its person, and can delete, but only together with all that is older.
//
// Space that a deleted row took may keep its bytes until the database uses it again: see secure_delete of SQLite and
// VACUUM of PostgreSQL; backups are the body's own affair.
package accesslog

import (
	"context"
	"crypto/rand"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/qr-invalidita/attesta/examples/accesslog/accessproof"
	"github.com/qr-invalidita/attesta/examples/internal/database"
	"github.com/qr-invalidita/attesta/verifier/service"
)

// Log is an access log in a database. Its methods are safe for concurrent use, by several processes too.
type Log struct {
	// DB was prepared by [Migrate]. PostgreSQL is at its default isolation, read committed: at a stricter one appends that
	// meet are refused instead of waiting.
	DB *database.DB
	// Signer signs the checkpoints; its name is the log's name. The same in all processes.
	Signer note.Signer
	// Key hides persons and operators: 32 bytes or more, the same in all processes, used for nothing else and never
	// changed. With another one nobody's records are found.
	Key []byte
	// Months is how long records are kept; zero means 24, the least that the Garante asks for.
	Months int
	// Now is the clock for the retention; nil means time.Now.
	Now func() time.Time
}

var _ service.AccessLog = (*Log)(nil)

const (
	defaultMonths = 24
	minKey        = 32
)

// ErrNotFound means that there is no such record, or none of this person's, or none that may be seen now.
var ErrNotFound = errors.New("no such access record")

//go:embed migrations
var migrations embed.FS

// Migrate makes the tables, or brings them up to date.
func Migrate(ctx context.Context, db *database.DB) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	return db.Migrate(ctx, files, "accesslog")
}

// Append writes the record and its part of the tree in one transaction. After an error that came with the commit the
// record may be there: it then speaks of a disclosure that did not happen.
func (l *Log) Append(ctx context.Context, a service.Access) error {
	if len(l.Key) < minKey {
		return errors.New("accesslog: Key is shorter than 32 bytes")
	}
	record := l.record(a)
	text, err := record.Text()
	if err != nil {
		return err
	}
	sealed, err := l.seal(a.ID, a.Operator)
	if err != nil {
		return err
	}
	salt := make([]byte, accessproof.SaltSize)
	rand.Read(salt) // never fails since Go 1.24

	err = l.DB.Update(ctx, func(tx *sql.Tx) error {
		t := tree{ctx, tx, l.DB.Bind}
		number, err := t.next()
		if err != nil {
			return err
		}
		if err := t.add(number, accessproof.Leaf(salt, text)); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, l.DB.Bind(`INSERT INTO access_record
(number, id, person, at_s, record, salt, operator, hidden_until_s) VALUES (?, ?, ?, ?, ?, ?, ?, 0)`),
			number, record.ID, record.Person, record.At.Unix(), string(text), salt, sealed)
		return err
	})
	if err != nil {
		return fmt.Errorf("append to the access log: %w", err)
	}
	return nil
}

// Record is one access as it stands in the log.
type Record = accessproof.Record

func (l *Log) record(a service.Access) Record {
	return Record{
		ID: a.ID, At: a.At.UTC().Truncate(time.Second), Person: l.person(a.Person), Operator: l.operator(a.Operator),
		Organisation: a.Organisation, Declared: a.Declared, Purpose: a.Purpose, Scope: a.Scope, CaseNumber: a.CaseNumber,
		Channel: string(a.Channel), Challenge: a.Challenge,
	}
}

// Checkpoint returns the signed checkpoint of now, in the form of C2SP tlog-checkpoint: what `GET /audit/checkpoint`
// answers, as text/plain. It holds no personal data and may be cached for some seconds.
func (l *Log) Checkpoint(ctx context.Context) ([]byte, error) {
	t := tree{ctx, l.DB, l.DB.Bind}
	size, _, err := t.size()
	if err != nil {
		return nil, err
	}
	return l.checkpoint(t, size)
}

func (l *Log) checkpoint(t tree, size int64) ([]byte, error) {
	root, err := tlog.TreeHash(size, t)
	if err != nil {
		return nil, fmt.Errorf("root: %w", err)
	}
	return accessproof.Checkpoint{Origin: l.Signer.Name(), Size: size, Root: root}.Sign(l.Signer)
}

func (l *Log) now() time.Time {
	if l.Now == nil {
		return time.Now()
	}
	return l.Now()
}
