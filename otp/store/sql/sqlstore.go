// Package sqlstore keeps the challenges and the limits of package otp in PostgreSQL or SQLite,
// through database/sql.
//
// A [Store] is both an otp.Store and an otp.Limiter. The caller provides the *sql.DB and with
// it the driver; the package imports no driver. [Store.Schema] returns the two tables for the
// caller's migrations. Call [Store.Sweep] from time to time. Each call is one statement or
// transaction. All times are those of the database server (for SQLite, of the machine);
// the caller's clock is never read.
//
// # PostgreSQL
//
// The user needs SELECT, INSERT, UPDATE and DELETE on the two tables. The package is tested
// with PostgreSQL 15 and pgx. It works with any driver whose errors have a method SQLState()
// string.
//
// Acknowledged writes survive a crash of the server if fsync and synchronous_commit are on, as
// they are by default. Only a Swap with otp.Change.Soon does not wait for the disk: the next
// acknowledged Swap, of whatever record, makes durable what it did. A promoted replica may lack
// the last commits, and then a consumed code is pending again. If that must not happen, set
// synchronous_standby_names.
//
// Every isolation level is correct. At READ COMMITTED, the default, conflicting calls wait. At
// a higher level they fail with SQLSTATE 40001, and the package repeats them a few times. It
// also repeats calls that come too late for a last token; the server logs "others took the last token
// meanwhile, trying again" for them.
//
// A pooler in transaction mode may be in front of the server, if the driver prepares no statements:
// for pgx default_query_exec_mode=cache_describe in the address.
//
// # SQLite
//
// SQLite is for one machine: every process opens the same file, not over a network file
// system. Each connection of the pool needs a busy_timeout; otherwise it fails as soon as
// another connection writes. The database needs WAL, so that readers do not wait. With
// modernc.org/sqlite that is
//
//	file:otp.db?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_txlock=immediate
//
// _txlock=immediate is for the caller's own transactions on the same database. A transaction
// that begins with a read cannot wait for the lock when it writes and fails at once with
// SQLITE_BUSY. Leave synchronous at FULL, the default, so that acknowledged writes survive a
// loss of power.
package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/qr-invalidita/attesta/otp"
)

// A Dialect is a database engine.
type Dialect uint8

// These are the dialects. The zero Dialect is invalid.
const (
	_ Dialect = iota
	PostgreSQL
	SQLite
)

// A Store keeps records and buckets in two tables. It is safe for concurrent use and must not
// be copied. Do not change its fields after the first call.
type Store struct {
	// DB is the pool of connections. Required. The Store never closes it.
	DB *sql.DB
	// Dialect is the dialect of DB. Required.
	Dialect Dialect
	// Prefix precedes the table names record and bucket; empty means "otp_". It has at most 40
	// characters out of a-z 0-9 and _ and does not begin with a digit. For PostgreSQL a schema and
	// a dot may precede it, as in "consent.otp_".
	Prefix string

	once sync.Once
	sql  statements
	err  error

	peeking sync.Mutex
	peeked  *sql.Stmt // the statement peek for SQLite
}

var (
	_ otp.Batcher  = (*Store)(nil)
	_ otp.Refiller = (*Store)(nil)
)

// statements are those of one dialect, over the tables otp_record and otp_bucket.
type statements struct {
	schema               string
	load, create, change string
	soon                 string // change that does not wait for the disk; empty: there is none
	take, refill         string
	sweep                []string
	call                 string // empty: there is none
	peek, peekLoad       string
}

// Load implements otp.Store.
func (s *Store) Load(ctx context.Context, key string) (otp.Snapshot, error) {
	if err := s.ready(); err != nil {
		return otp.Snapshot{}, err
	}
	var ms int64
	var version sql.NullInt64
	var body []byte
	err := again(ctx, func() error {
		return s.DB.QueryRowContext(ctx, s.sql.load, key).Scan(&ms, &version, &body)
	})
	if err != nil {
		return otp.Snapshot{}, fmt.Errorf("load record: %w", err)
	}
	return otp.Snapshot{Version: version.Int64, Body: body, Now: time.UnixMilli(ms)}, nil
}

// Swap implements otp.Store.
func (s *Store) Swap(ctx context.Context, key string, c otp.Change) (bool, error) {
	if err := s.ready(); err != nil {
		return false, err
	}
	var done bool
	err := again(ctx, func() (err error) {
		done, err = s.swap(ctx, s.DB, key, c)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("swap record: %w", err)
	}
	return done, nil
}

// execer is the database or a transaction.
type execer interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

func (s *Store) swap(ctx context.Context, in execer, key string, c otp.Change) (bool, error) {
	query, args := s.sql.create, []any{key, c.To, body(c), c.Until.UnixMilli()}
	if c.From != 0 {
		query, args = s.sql.change, append(args, c.From)
		if c.Soon && s.sql.soon != "" {
			query = s.sql.soon
		}
	}
	r, err := in.ExecContext(ctx, query, args...)
	if err != nil {
		return false, err
	}
	n, err := r.RowsAffected()
	return n == 1, err
}

// body is never nil, which would be NULL.
func body(c otp.Change) []byte {
	if c.Body == nil {
		return []byte{}
	}
	return c.Body
}

// swapEach changes the records in one transaction.
func (s *Store) swapEach(ctx context.Context, keys []string, changes []otp.Change) ([]bool, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	tx, err := s.DB.BeginTx(ctx, nil)
	if err != nil {
		return nil, fmt.Errorf("swap records: %w", err)
	}
	defer tx.Rollback()
	done := make([]bool, len(keys))
	for i, key := range keys {
		if done[i], err = s.swap(ctx, tx, key, changes[i]); err != nil {
			return nil, fmt.Errorf("swap records: %w", err)
		}
	}
	if err := tx.Commit(); err != nil {
		return nil, fmt.Errorf("swap records: %w", err)
	}
	return done, nil
}

// Sweep deletes rows that count as absent, a thousand at a time, and returns their number. It
// only frees space; every ten minutes is enough. Several processes may call it at once.
func (s *Store) Sweep(ctx context.Context) (int, error) {
	if err := s.ready(); err != nil {
		return 0, err
	}
	const batch = 1000
	total := 0
	for _, query := range s.sql.sweep {
		for more := true; more; {
			err := again(ctx, func() error {
				r, err := s.DB.ExecContext(ctx, query, batch)
				if err != nil {
					return err
				}
				n, err := r.RowsAffected()
				total, more = total+int(n), n == batch
				return err
			})
			if err != nil {
				return total, fmt.Errorf("sweep: %w", err)
			}
		}
	}
	return total, nil
}

// Schema returns the statements that create the tables if they do not exist, for the caller's
// migrations. It needs no DB.
func (s *Store) Schema() (string, error) {
	if err := s.prepare(); err != nil {
		return "", err
	}
	return s.sql.schema, nil
}

// Create runs [Store.Schema], for tests and examples. If two calls run at the same moment,
// PostgreSQL refuses one.
func (s *Store) Create(ctx context.Context) error {
	if err := s.ready(); err != nil {
		return err
	}
	if _, err := s.DB.ExecContext(ctx, s.sql.schema); err != nil {
		return fmt.Errorf("create tables: %w", err)
	}
	return nil
}

func (s *Store) ready() error {
	if s.DB == nil {
		return errors.New("store: DB is nil")
	}
	return s.prepare()
}

func (s *Store) prepare() error {
	s.once.Do(func() {
		switch s.Dialect {
		case PostgreSQL:
			s.sql = postgres
		case SQLite:
			s.sql = sqlite
		default:
			s.err = errors.New("store: Dialect is not set")
			return
		}
		if s.Prefix != "" {
			s.err = s.rename()
		}
	})
	return s.err
}

// rename applies Prefix to the statements.
func (s *Store) rename() error {
	parts := regexp.MustCompile(`^([a-z_][a-z0-9_]*\.)?([a-z_][a-z0-9_]*)$`).FindStringSubmatch(s.Prefix)
	if parts == nil || len(s.Prefix) > 40 || parts[1] != "" && s.Dialect != PostgreSQL {
		return errors.New("store: Prefix is not allowed")
	}
	bare := parts[2]
	// An index always has its table's schema.
	r := strings.NewReplacer("otp_record_until", bare+"record_until", "otp_record", s.Prefix+"record",
		"otp_bucket", s.Prefix+"bucket")
	for _, q := range []*string{&s.sql.schema, &s.sql.load, &s.sql.create, &s.sql.change, &s.sql.soon,
		&s.sql.take, &s.sql.refill, &s.sql.call, &s.sql.peek, &s.sql.peekLoad} {
		*q = r.Replace(*q)
	}
	sweep := make([]string, len(s.sql.sweep))
	for i, q := range s.sql.sweep {
		sweep[i] = r.Replace(q)
	}
	s.sql.sweep = sweep
	return nil
}

const maxRounds = 10

// again repeats f if the server undid all of it and the repetition may succeed.
func again(ctx context.Context, f func() error) error {
	for round := 1; ; round++ {
		err := f()
		if err == nil || round == maxRounds || !undone(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(rand.N(time.Duration(round) * time.Millisecond)):
		}
	}
}

// undone reports whether err is PostgreSQL's serialization_failure, deadlock_detected, or the
// invalid_text_representation of the statement take.
func undone(err error) bool {
	var e interface{ SQLState() string }
	if !errors.As(err, &e) {
		return false
	}
	switch e.SQLState() {
	case "40001", "40P01", "22P02":
		return true
	}
	return false
}
