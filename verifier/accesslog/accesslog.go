// Package accesslog records every disclosure. It is a [service.AccessLog] as a Merkle log (RFC 6962)
// in PostgreSQL or SQLite, through database/sql. A person can read who looked at their data, when and
// for what, and can prove it later.
//
// The caller provides the *sql.DB and with it the driver; the package imports no driver. [Log.Schema]
// returns the tables for the caller's migrations. Pass the [Log] to [service.Config]. [Log.ByPerson]
// returns the records that a person may see. [Log.Proof] returns a file that the person keeps and that
// package proof checks with the log's public key alone. [Log.Checkpoint] returns the signed state of
// the whole log, for publication. [Log.Audit] recomputes the log and compares it with earlier
// checkpoints. [Log.Expire] deletes records that are older than the retention.
//
// # How it works
//
// One transaction writes a record with a random salt, and the hashes of the tree that the record
// completes. A leaf is the hash of salt and record. The transaction begins with the one row that holds
// the tree's size, so the replicas of a service append one after the other. What the callers of one
// replica append meanwhile goes into its next transaction, at most 128 records. No state of a connection
// outlives a transaction, so a pooler in transaction mode is fine if the driver prepares no statements.
//
// Deleting a record deletes its row and with it the salt. The leaf remains: the record's day and a
// digest, which does not reveal the record. So the tree verifies as before, and the audit knows whether
// a record was deleted before its time. Records are deleted in the order of the log, oldest first, so a
// gap among the remaining ones is a sign of tampering. Checkpoints say from which record on, and of which
// day, the log is kept.
//
// A record can be hidden from the person for some time. One member of the staff proposes it with
// [Log.Propose] and another one approves it with [Log.Approve], each with their own key. Both acts are
// records of the log, which the person sees when the time has come; no record is changed.
//
// [Log.Consistency] makes a file with which a witness checks that the log only grows (package proof).
// If [Log.Cosigned] returns what witnesses have signed, the files of the persons carry their signatures.
//
// A challenge is a unique column, so one code discloses once even if the store of package otp was put back
// to an earlier state: the second append gets no number and is refused alone. This holds as long as the
// record is kept.
//
// # Personal data in the tables
//
// The tables do not contain the person's codice fiscale: a row is found by a pseudonym, an HMAC under
// [Log.Key]. The record contains such a pseudonym of the operator too, because an operator's identity
// may be a codice fiscale. Beside the record the identity is encrypted under the same key
// (AES-256-GCM), because the body must be able to name the operator; [Log.Operator] decrypts it and
// checks it against the record. The person's file holds the pseudonyms only.
//
// # What is not checked
//
// A body that controls both the database and the key of [Log.Signer] can keep two logs with different
// histories and show each person the convenient one: a signature says who wrote a history, not that
// there is only one. Only third parties who compare checkpoints can detect this. Publish checkpoints
// where many people keep what they read, or have a witness co-sign them. Without either, the log
// protects against everybody except the body that runs it.
//
// A MAC under [Log.Key] protects each row, and the size and the first kept record. An attacker who can
// write the tables but does not have the key can delete a record, which [Log.Audit] reports, and can put
// back all tables as they were at some moment: against that only a checkpoint that was kept elsewhere
// helps. Who has the keys can write a new log, which only a checkpoint or a witness reveals. A shorter
// retention in Log.Months deletes more and hides nothing from an audit with the longer one.
//
// A suppression tells two keys apart, not two persons: who holds two keys of the staff, or can change
// Log.Staff, needs nobody else.
//
// The space of a deleted row may keep its bytes until the database uses it again: see secure_delete of
// SQLite and VACUUM of PostgreSQL. Backups keep deleted records as long as the body keeps the backups.
//
// # Databases
//
// In PostgreSQL the user needs SELECT, INSERT, UPDATE and DELETE on the three tables. Their schema is
// the first in the connection's search_path that has them. Appends run at read committed, whatever the
// database's default is.
//
// SQLite is for one machine, and each connection of the pool needs a busy_timeout. With
// modernc.org/sqlite:
//
//	file:access.db?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)
//
// Leave synchronous at FULL, the default, so that an acknowledged record survives a loss of power.
package accesslog

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/qr-invalidita/attesta/verifier/accesslog/proof"
	"github.com/qr-invalidita/attesta/verifier/service"
)

// A Log is an access log in a database. It is safe for concurrent use, and several processes may share the
// database. It must not be copied; its fields are not to be changed after the first call.
type Log struct {
	// DB is the pool of connections. Required. The Log never closes it.
	DB *sql.DB
	// Dialect of DB. Required.
	Dialect Dialect
	// Signer signs the checkpoints; its name is the log's name. Required, and the same in all processes.
	// [note.GenerateKey] makes its key, once, and [note.NewSigner] reads it.
	Signer note.Signer
	// Key makes the pseudonyms of persons and operators, and the MACs of the rows: 32 bytes or more, the same
	// in all processes and used for nothing else. Required. It never changes: under another key nobody's
	// records are found.
	Key []byte
	// SealKey encrypts the operators: 32 bytes or more, the same in all processes. It stays the same while
	// there are records. Nil means a key derived from Key. Set it to keep the two in different ways, for
	// example this one wrapped by a key that rotates.
	SealKey []byte
	// Staff are the keys of the staff who may suppress records, at least two. Without them nobody may.
	Staff []note.Verifier
	// Cosigned returns the newest checkpoint that witnesses have co-signed, and the same opened; nil bytes
	// mean none. A file of [Log.Proof] carries it if it covers the record. It may be nil.
	Cosigned func(context.Context) ([]byte, proof.Checkpoint, error)
	// Months is how long records are kept; zero means 24, the least that the Garante asks for.
	Months int
	// Now is the clock for the retention; nil means time.Now.
	Now func() time.Time

	once    sync.Once
	writing chan struct{} // for SQLite: full during a write
	group   group
}

var (
	_ service.AccessLog = (*Log)(nil)
	_ service.ReadyPart = (*Log)(nil)
)

const (
	defaultMonths = 24
	minKey        = 32
)

// ErrNotFound means that there is no such record, or none of this person's, or none that may be seen now.
var ErrNotFound = errors.New("no such access record")

// Append writes the record and its part of the tree, in one transaction with the records of other calls that
// wait at the same moment. It returns after the commit. If the challenge has a record already, the error is
// [service.ErrRecorded], and the log stays as it is. If the commit fails or ctx ends, the record may exist
// nevertheless; it is then a record of a disclosure that did not happen.
func (l *Log) Append(ctx context.Context, a service.Access) error {
	if err := l.ready(); err != nil {
		return err
	}
	if a.Challenge == "" {
		return errors.New("accesslog: no Challenge")
	}
	e, err := newEntry(ctx, l.record(a), a.Operator)
	if err == nil {
		err = l.join(ctx, e)
	}
	if err != nil {
		return fmt.Errorf("append to the access log: %w", err)
	}
	return nil
}

// A Record is one access as the log holds it.
type Record = proof.Record

func (l *Log) record(a service.Access) Record {
	return Record{
		ID: a.ID, At: a.At.UTC().Truncate(time.Second), Person: l.person(a.Person),
		Operator:     l.operator(a.Operator),
		Organisation: a.Organisation, Declared: a.Declared, Purpose: a.Purpose, Scope: a.Scope,
		CaseNumber: a.CaseNumber, Evidence: a.Evidence,
		Channel: string(a.Channel), Challenge: a.Challenge,
	}
}

// Checkpoint returns the signed checkpoint of the present log, in the form of C2SP
// tlog-checkpoint. Publish it as text/plain. It holds no personal data and may be cached for
// some seconds.
func (l *Log) Checkpoint(ctx context.Context) ([]byte, error) {
	if err := l.ready(); err != nil {
		return nil, err
	}
	t := l.tree(ctx, l.DB)
	size, kept, err := t.size()
	if err != nil {
		return nil, err
	}
	return l.checkpoint(t, size, kept)
}

func (l *Log) checkpoint(t tree, size, kept int64) ([]byte, error) {
	c := proof.Checkpoint{Origin: l.Signer.Name(), Size: size, Kept: kept}
	var err error
	if c.Root, err = tlog.TreeHash(size, t); err != nil {
		return nil, fmt.Errorf("root: %w", err)
	}
	if kept < size {
		if c.KeptDay, err = t.day(kept); err != nil {
			return nil, err
		}
	}
	return c.Sign(l.Signer)
}

// Consistency returns a [proof.Consistency] for a witness: the present checkpoint, and the proof that it
// continues the earlier one. If it does not, the error is [ErrTampered].
func (l *Log) Consistency(ctx context.Context, earlier proof.Checkpoint) ([]byte, error) {
	if err := l.ready(); err != nil {
		return nil, err
	}
	t := l.tree(ctx, l.DB)
	size, kept, err := t.size()
	if err != nil {
		return nil, err
	}
	if earlier.Size > size {
		return nil, notContinued(earlier.Size)
	}
	file := proof.Consistency{From: earlier.Size}
	if earlier.Size > 0 {
		if err := l.continues(t, earlier); err != nil {
			return nil, err
		}
		if file.Hashes, err = tlog.ProveTree(size, earlier.Size, t); err != nil {
			return nil, fmt.Errorf("prove: %w", err)
		}
	}
	signed, err := l.checkpoint(t, size, kept)
	if err != nil {
		return nil, err
	}
	file.Checkpoint = string(signed)
	return file.Text()
}

// continues checks that the tree has the root of an earlier checkpoint.
func (l *Log) continues(t tree, earlier proof.Checkpoint) error {
	root, err := tlog.TreeHash(earlier.Size, t)
	if err != nil {
		return fmt.Errorf("root: %w", err)
	}
	if root != earlier.Root {
		return notContinued(earlier.Size)
	}
	return nil
}

func (l *Log) now() time.Time {
	if l.Now == nil {
		return time.Now()
	}
	return l.Now()
}
