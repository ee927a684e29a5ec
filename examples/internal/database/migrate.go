package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// An Error is a cause.
type Error string

const (
	// ErrNewer means that the tables are of a newer version of the program. This one must not touch them.
	ErrNewer Error = "the tables are of a newer version of this program: start that one, or a newer one"
	// ErrPending means that the tables are of an earlier version of the program, and that this process was
	// told not to change them, has no right to, or reaches the server through a pooler, which would give its
	// lock away.
	ErrPending Error = "the tables are of an earlier version of this program: run \"issuer migrate\" first" +
		", with -migrate-db if another user of the database may change tables or if -db is a pooler"
	// ErrUnbounded means that a pooler is in front of the server, and that the role has no time-outs, or
	// longer ones than asked for.
	ErrUnbounded Error = "a pooler forgets time-outs, so the role needs them: run ALTER ROLE ... SET " +
		"statement_timeout = 15000 and SET lock_timeout = 5000, then RECONNECT in the pooler"
)

func (e Error) Error() string { return string(e) }

// A Set is a set of goose migrations, in the folders sqlite and postgres of Files. Name, in small letters,
// distinguishes sets in one database.
type Set struct {
	Name  string
	Files fs.FS
}

// Version returns the version of the tables after all migrations of the set.
func (s Set) Version(dialect string) (newest int64, err error) {
	files, err := fs.Glob(s.Files, dialect+"/*.sql")
	if err != nil {
		return 0, err
	}
	if len(files) == 0 {
		return 0, goose.ErrNoMigrations
	}
	for _, file := range files {
		version, err := goose.NumericComponent(file)
		if err != nil {
			return 0, err
		}
		newest = max(newest, version)
	}
	return newest, nil
}

// A State is how far a database has a set.
type State struct {
	Have, Want int64 // versions; Have is 0 if there is nothing yet
}

// Migrate applies the migrations that the database does not have yet. If there are none, it changes nothing
// and needs no right to change tables. If processes start together, one migrates and the others wait for it.
// The error is [ErrNewer] if the database has a version that the set does not have, and [ErrPending] if this
// process may not change tables: see [DB.KeepTables].
func (db *DB) Migrate(ctx context.Context, migrations fs.FS, name string) error {
	state, err := db.State(ctx, Set{name, migrations})
	switch {
	case err != nil:
		return err
	case state.Have == state.Want:
		return nil
	}
	if err := db.mayMigrate(ctx, state); err != nil {
		return fmt.Errorf("database: %s: %w", name, err)
	}
	if err := db.migrate(ctx, migrations, name); err != nil {
		return fmt.Errorf("database: migrate %s: %w", name, err)
	}
	return nil
}

// State compares the database with the set. It changes nothing.
func (db *DB) State(ctx context.Context, set Set) (State, error) {
	s, err := db.state(ctx, set)
	if err != nil {
		return s, fmt.Errorf("database: migrate %s: %w", set.Name, err)
	}
	return s, nil
}

func (db *DB) state(ctx context.Context, set Set) (s State, err error) {
	if s.Want, err = set.Version(db.Dialect); err != nil {
		return s, err
	}
	table := set.Name + "_migration"
	query := "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = ?"
	if db.Dialect == Postgres {
		query = "SELECT count(to_regclass($1))"
	}
	var exists int
	if err := db.QueryRowContext(ctx, query, table).Scan(&exists); err != nil || exists == 0 {
		return s, err
	}
	err = db.QueryRowContext(ctx, "SELECT coalesce(max(version_id), 0) FROM "+table).Scan(&s.Have)
	return s, err
}

// mayMigrate returns an error if this process must not change the tables.
func (db *DB) mayMigrate(ctx context.Context, s State) error {
	switch {
	case s.Have > s.Want:
		return ErrNewer
	case db.KeepTables, db.pooled:
		return ErrPending
	case db.Dialect == SQLite:
		return nil
	}
	var may bool
	err := db.QueryRowContext(ctx, "SELECT coalesce(has_schema_privilege(current_schema(), 'CREATE'), true)").
		Scan(&may)
	if err == nil && !may {
		err = ErrPending
	}
	return err
}

// noRight is the SQLSTATE insufficient_privilege: another user owns the table.
const noRight = "42501"

func (db *DB) migrate(ctx context.Context, migrations fs.FS, name string) (err error) {
	folder, err := fs.Sub(migrations, db.Dialect)
	if err != nil {
		return err
	}
	options := []goose.ProviderOption{goose.WithTableName(name + "_migration"),
		goose.WithDisableGlobalRegistry(true)}
	target, dialect := db.DB, goose.DialectSQLite3
	if db.Dialect == Postgres {
		target = stdlib.OpenDB(*db.direct, stdlib.OptionAfterConnect(Bounds{}.set)) // no bound
		dialect = goose.DialectPostgres
		defer func() { err = errors.Join(err, target.Close()) }()
		// It asks every second, for five minutes.
		locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 300))
		if err != nil {
			return err
		}
		options = append(options, goose.WithSessionLocker(locker))
	} else {
		unlock, err := lockFile(ctx, db.path+".migrating")
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, unlock()) }()
	}
	provider, err := goose.NewProvider(dialect, target, folder, options...)
	if err != nil {
		return err
	}
	_, err = provider.Up(ctx)
	var refused *pgconn.PgError
	if errors.As(err, &refused) && refused.Code == noRight {
		return errors.Join(ErrPending, err)
	}
	return err
}

// lockFile locks a separate empty database, which works wherever SQLite does and ends with the
// process. The file stays: if it were removed, two processes could lock two files with the
// same name.
func lockFile(ctx context.Context, path string) (unlock func() error, err error) {
	if err := private(path); err != nil {
		return nil, err
	}
	db, err := sql.Open("sqlite", fileURL(path)+"?_pragma=busy_timeout(60000)&_txlock=exclusive")
	if err != nil {
		return nil, err
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return func() error { return errors.Join(tx.Rollback(), db.Close()) }, nil
}
