package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// Migrate applies the goose migrations that the database does not have yet. They are in the
// folders sqlite and postgres of the file system. name, in small letters, distinguishes sets
// of migrations in one database. If processes start together, one migrates and the others wait
// for it.
func (db *DB) Migrate(ctx context.Context, migrations fs.FS, name string) error {
	if err := db.migrate(ctx, migrations, name); err != nil {
		return fmt.Errorf("database: migrate %s: %w", name, err)
	}
	return nil
}

func (db *DB) migrate(ctx context.Context, migrations fs.FS, name string) (err error) {
	folder, err := fs.Sub(migrations, db.Dialect)
	if err != nil {
		return err
	}
	options := []goose.ProviderOption{goose.WithTableName(name + "_migration"),
		goose.WithDisableGlobalRegistry(true)}
	dialect := goose.DialectSQLite3
	if db.Dialect == Postgres {
		dialect = goose.DialectPostgres
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
	provider, err := goose.NewProvider(dialect, db.DB, folder, options...)
	if err != nil {
		return err
	}
	_, err = provider.Up(ctx)
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
