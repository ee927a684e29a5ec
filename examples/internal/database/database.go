// Package database opens the issuer's database, an SQLite file or a PostgreSQL server, and
// brings its tables up to date. Statements with ? for values run on both; see [DB.Bind].
package database

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// These are the dialects.
const (
	SQLite   = "sqlite"
	Postgres = "postgres"
)

// A DB is an open database.
type DB struct {
	*sql.DB
	Dialect string // SQLite or Postgres
	// KeepTables lets [DB.Migrate] change no table. Set it before the first call.
	KeepTables bool

	path    string          // the path of SQLite's file
	direct  *pgx.ConnConfig // for migrations
	pooled  bool            // statements may run on the connections of other clients
	writing chan struct{}   // holds one token for SQLite, otherwise nil
	made    *connections    // to PostgreSQL
}

// Open opens the server if dsn begins with postgres://, otherwise the SQLite file at the path
// dsn, which it makes if it does not exist. It returns after the database has answered. No
// error contains the password in dsn.
func Open(ctx context.Context, dsn string) (*DB, error) { return OpenBounded(ctx, dsn, Bounds{}) }

// Bounds are those of a pool for PostgreSQL; SQLite has none of them, but uses Pool. A zero field is no
// bound, but Conns is then 16.
//
// The times are set for each connection when it is made. Behind a pooler, which may give a transaction the
// connection of another client, nothing is set: the role needs them, by ALTER ROLE, or the error of
// [OpenBounded] is [ErrUnbounded].
type Bounds struct {
	// Conns is the maximum number of connections. PostgreSQL accepts 100 in all by default.
	Conns int
	// Statement is the time for a statement, and Lock the time that it waits for a lock. Migrations have
	// neither: they use connections of their own.
	Statement, Lock time.Duration
	// Pool makes the connections, which it may watch; nil means [sql.OpenDB]. Migrations do not use it.
	Pool func(driver.Connector) *sql.DB
}

func (b Bounds) pool(c driver.Connector) *sql.DB {
	if b.Pool == nil {
		return sql.OpenDB(c)
	}
	return b.Pool(c)
}

// OpenBounded is [Open] with bounds.
func OpenBounded(ctx context.Context, dsn string, bounds Bounds) (*DB, error) {
	var db *DB
	var err error
	switch {
	case dsn == "":
		return nil, errors.New("database: no file and no address given")
	case strings.HasPrefix(dsn, "postgres://"), strings.HasPrefix(dsn, "postgresql://"):
		db, err = openPostgres(ctx, dsn, bounds)
	case strings.Contains(dsn, "://"):
		return nil, errors.New("database: want a file's path or an address that begins with postgres://")
	default:
		db, err = openSQLite(dsn, bounds)
	}
	if err != nil {
		return nil, err
	}
	if err := db.PingContext(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("database: %w", err), db.Close())
	}
	return db, nil
}

// Bind numbers the ? of a query if the dialect is PostgreSQL. Every ? counts as a value, so a
// query must not contain one in a text or as an operator.
func (db *DB) Bind(query string) string {
	if db.Dialect != Postgres {
		return query
	}
	var b strings.Builder
	for n := 1; ; n++ {
		before, after, found := strings.Cut(query, "?")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		b.WriteByte('$')
		b.WriteString(strconv.Itoa(n))
		query = after
	}
}

// Update runs write in a transaction and undoes it if write fails. SQLite has one writer at a
// time. The writers of this process queue here, so only other processes are waited for with
// the busy timeout. write must use nothing but its transaction.
func (db *DB) Update(ctx context.Context, write func(*sql.Tx) error) (err error) {
	if db.writing != nil {
		select {
		case db.writing <- struct{}{}:
			defer func() { <-db.writing }()
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() {
		if undo := tx.Rollback(); !errors.Is(undo, sql.ErrTxDone) {
			err = errors.Join(err, undo)
		}
	}()
	if err := write(tx); err != nil {
		return err
	}
	return tx.Commit()
}
