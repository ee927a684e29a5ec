// Package sqlstore keeps the challenges and the limits of package otp in PostgreSQL
// or SQLite, through database/sql.
//
// A [Store] is both an otp.Store and an otp.Limiter. The caller brings the *sql.DB,
// and with it the driver; the package imports none. [Store.Schema] returns the two
// tables for the caller's migrations, and [Store.Sweep] wants to be called from time
// to time. Each call is one statement in a transaction of its own. All times are
// those of the database server (of the machine, for SQLite); the caller's clock is
// never read.
//
// # PostgreSQL
//
// Needs SELECT, INSERT, UPDATE and DELETE on the two tables. Tried with PostgreSQL
// 15 and pgx; any driver will do whose errors have a method SQLState() string.
//
// What was acknowledged survives a crash of the server as long as fsync and
// synchronous_commit are on, as they are by default. A replica that is promoted may
// lack the last commits, and a consumed code would be pending there again: set
// synchronous_standby_names where that must not be.
//
// Any isolation level is right. READ COMMITTED, the default, makes waiting calls
// wait; at a higher one they fail with SQLSTATE 40001, and are repeated here a few
// times. So are calls that make the same bucket at the same moment; the server logs
// "a bucket appeared meanwhile, trying again".
//
// # SQLite
//
// For one machine: every process opens the same file, not over a network file
// system. Each connection of the pool needs a busy_timeout, or it fails as soon as
// somebody else writes, and the database needs WAL, so that readers do not wait. With
// modernc.org/sqlite that is
//
//	file:otp.db?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_txlock=immediate
//
// _txlock=immediate is for transactions of the caller's on the same database: one
// that begins with a read cannot wait for the lock when it comes to write, and fails
// at once with SQLITE_BUSY. Leave synchronous at FULL, the default, for what was
// acknowledged to survive a loss of power.
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

// The dialects. The zero Dialect is none.
const (
	_ Dialect = iota
	PostgreSQL
	SQLite
)

// A Store keeps records and buckets in two tables. It is safe for concurrent use and
// must not be copied; its fields are not to be changed after the first call.
type Store struct {
	// DB is the pool of connections. Required. The Store never closes it.
	DB *sql.DB
	// Dialect of DB. Required.
	Dialect Dialect
	// Prefix stands before the tables' names record and bucket; empty: "otp_". At most
	// 40 characters out of a-z 0-9 and _, not beginning with a digit; for PostgreSQL a
	// schema and a dot may come first, as in "consent.otp_".
	Prefix string

	once sync.Once
	sql  statements
	err  error
}

var (
	_ otp.Store   = (*Store)(nil)
	_ otp.Limiter = (*Store)(nil)
)

// statements of one dialect, over the tables otp_record and otp_bucket.
type statements struct {
	schema               string
	load, create, change string
	take, look           string
	sweep                []string
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
	body := c.Body
	if body == nil {
		body = []byte{}
	}
	query, args := s.sql.create, []any{key, c.To, body, c.Until.UnixMilli()}
	if c.From != 0 {
		query, args = s.sql.change, append(args, c.From)
	}
	var n int64
	err := again(ctx, func() error {
		r, err := s.DB.ExecContext(ctx, query, args...)
		if err != nil {
			return err
		}
		n, err = r.RowsAffected()
		return err
	})
	if err != nil {
		return false, fmt.Errorf("swap record: %w", err)
	}
	return n == 1, nil
}

// Sweep deletes rows that count as absent, a thousand at a time, and returns how many
// there were. Nothing depends on it but space: every ten minutes is plenty. Several
// processes may do it at once.
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

// Schema returns the statements that create the tables where they do not exist, for
// the caller's migrations. It needs no DB.
func (s *Store) Schema() (string, error) {
	if err := s.prepare(); err != nil {
		return "", err
	}
	return s.sql.schema, nil
}

// Create runs [Store.Schema], for tests and examples. PostgreSQL refuses one of two
// that do so at the same moment.
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
		return errors.New("store: no DB")
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
			s.err = errors.New("store: no Dialect")
			return
		}
		if s.Prefix != "" {
			s.err = s.rename()
		}
	})
	return s.err
}

// rename puts Prefix into the statements.
func (s *Store) rename() error {
	parts := regexp.MustCompile(`^([a-z_][a-z0-9_]*\.)?([a-z_][a-z0-9_]*)$`).FindStringSubmatch(s.Prefix)
	if parts == nil || len(s.Prefix) > 40 || parts[1] != "" && s.Dialect != PostgreSQL {
		return errors.New("store: Prefix is not allowed")
	}
	bare := parts[2]
	// An index has its table's schema and no other.
	r := strings.NewReplacer("otp_record_until", bare+"record_until", "otp_record", s.Prefix+"record",
		"otp_bucket", s.Prefix+"bucket")
	for _, q := range []*string{&s.sql.schema, &s.sql.load, &s.sql.create, &s.sql.change, &s.sql.take,
		&s.sql.look} {
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

// again repeats f as long as the server says that it undid all of it and that the
// same may succeed now.
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

// undone reports whether err is PostgreSQL's serialization_failure,
// deadlock_detected, or the invalid_text_representation of the statement take.
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
