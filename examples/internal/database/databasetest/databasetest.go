// Package databasetest makes new databases of both dialects for tests; PostgreSQL is a real
// server.
package databasetest

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/database"
	"github.com/qr-invalidita/attesta/internal/servers"
)

// A Server is one PostgreSQL for all tests of a package. It starts when the first test needs
// it. In the package:
//
//	var server databasetest.Server
//
//	func TestMain(m *testing.M) { os.Exit(server.Run(m)) }
type Server struct {
	start     sync.Once
	err       error
	postgres  *servers.Postgres
	mu        sync.Mutex
	databases int
}

// Run runs the tests, stops the server if it was started, and returns the exit code.
func (s *Server) Run(m *testing.M) int {
	code := m.Run()
	if s.postgres != nil {
		if err := s.postgres.Close(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	return code
}

// Postgres returns the DSN of a new database. Without PostgreSQL the test skips, or fails if
// CI=true.
func (s *Server) Postgres(t testing.TB) string {
	t.Helper()
	s.start.Do(func() { s.postgres, s.err = servers.NewPostgres("fsync=off") })
	if servers.Skip(s.err) {
		t.Skip(s.err)
	}
	require.NoError(t, s.err)
	s.mu.Lock()
	s.databases++
	name := fmt.Sprintf("test%d", s.databases)
	s.mu.Unlock()
	folder, _, _ := strings.Cut(strings.TrimPrefix(s.postgres.DSN, "host="), " ")
	db, err := database.Open(t.Context(), postgresURL(folder, "postgres"))
	require.NoError(t, err)
	defer db.Close()
	_, err = db.ExecContext(t.Context(), "CREATE DATABASE "+name)
	require.NoError(t, err)
	return postgresURL(folder, name)
}

func postgresURL(folder, name string) string {
	return "postgres://postgres@/" + name + "?host=" + url.QueryEscape(folder)
}

// SQLite returns the path of a file that does not exist yet.
func SQLite(t testing.TB) string { return filepath.Join(t.TempDir(), "data", "test.db") }

// Each runs test once for each dialect, with the DSN of a new and empty database.
func (s *Server) Each(t *testing.T, test func(t *testing.T, dsn string)) {
	t.Run(database.SQLite, func(t *testing.T) { test(t, SQLite(t)) })
	t.Run(database.Postgres, func(t *testing.T) { test(t, s.Postgres(t)) })
}

// Open opens a database until the end of the test.
func Open(t testing.TB, dsn string) *database.DB {
	t.Helper()
	db, err := database.Open(t.Context(), dsn)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db
}
