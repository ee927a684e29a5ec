package database

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"

	"modernc.org/sqlite"

	"github.com/qr-invalidita/attesta/internal/file"
)

// sqliteReaders is the number of concurrent read connections. Each has a page cache of at most
// 2 MiB.
const sqliteReaders = 8

// openSQLite opens the file. SQLite gives the files beside it, -wal and -shm, the database's
// mode.
func openSQLite(path string, bounds Bounds) (*DB, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("database: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("database: %w", err)
	}
	if err := private(path); err != nil {
		return nil, fmt.Errorf("database: %w", err)
	}
	// The timeout comes first, so that it applies while the journal mode is set. A transaction
	// takes the lock at its beginning, because one that reads first and then writes may be refused
	// instead of waiting.
	db := bounds.pool(connector(fileURL(path) + "?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)" +
		"&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)&_txlock=immediate"))
	db.SetMaxOpenConns(sqliteReaders)
	db.SetMaxIdleConns(sqliteReaders)
	return &DB{DB: db, Dialect: SQLite, path: path, writing: make(chan struct{}, 1)}, nil
}

// connector is the address of a file as a driver.Connector.
type connector string

func (c connector) Driver() driver.Driver                        { return new(sqlite.Driver) }
func (c connector) Connect(context.Context) (driver.Conn, error) { return c.Driver().Open(string(c)) }

// private makes the file if it does not exist and keeps others from reading it. It never opens
// the database file itself: by the rules of POSIX, closing it would release the locks that
// SQLite holds on it elsewhere in this process.
func private(path string) error {
	if err := file.Create(path, nil); !errors.Is(err, fs.ErrExist) {
		return err
	}
	return os.Chmod(path, 0o600)
}

// fileURL returns the path as SQLite's drivers take it, for every character in a folder's
// name.
func fileURL(path string) string { return (&url.URL{Scheme: "file", Path: path}).String() }
