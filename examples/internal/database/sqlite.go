package database

import (
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"

	_ "modernc.org/sqlite" // the driver

	"github.com/qr-invalidita/attesta/internal/file"
)

// sqliteReaders is how many connections read at once. The page cache of each is 2 MiB at most.
const sqliteReaders = 8

// openSQLite leaves it to SQLite to give the files beside the database, -wal and -shm, the database's mode.
func openSQLite(path string) (*DB, error) {
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
	// The timeout comes first, so that it holds already while the journal's mode is being set. A transaction takes the lock
	// as it begins: one that reads first and then wants to write may be refused instead of waiting.
	db, err := sql.Open("sqlite", fileURL(path)+"?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)"+
		"&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)&_txlock=immediate")
	if err != nil {
		return nil, fmt.Errorf("database: %w", err)
	}
	db.SetMaxOpenConns(sqliteReaders)
	db.SetMaxIdleConns(sqliteReaders)
	return &DB{DB: db, Dialect: SQLite, path: path, writing: make(chan struct{}, 1)}, nil
}

// private makes the file where there is none and keeps others from reading it. It never has the file itself open: to close
// it would end, by the rules of POSIX, the locks that SQLite holds on it anywhere else in this process.
func private(path string) error {
	if err := file.Create(path, nil); !errors.Is(err, fs.ErrExist) {
		return err
	}
	return os.Chmod(path, 0o600)
}

// fileURL is the path as SQLite's drivers want it, safe for any character in a folder's name.
func fileURL(path string) string { return (&url.URL{Scheme: "file", Path: path}).String() }
