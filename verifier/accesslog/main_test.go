package accesslog_test

import (
	"bytes"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver
	"github.com/stretchr/testify/require"
	_ "modernc.org/sqlite" // the driver

	"github.com/qr-invalidita/attesta/internal/servers"
	"github.com/qr-invalidita/attesta/verifier/accesslog"
)

// All tests of the package share one server.
var (
	server    *servers.Postgres
	serverErr error
)

func TestMain(m *testing.M) {
	server, serverErr = servers.NewPostgres("fsync=off")
	code := m.Run()
	if server != nil {
		if err := server.Close(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

// engine is a database with the tables in it.
type engine struct {
	driver, dsn string
	dialect     accesslog.Dialect
}

// pool opens connections for the time of the test.
func (e engine) pool(t testing.TB) *sql.DB {
	t.Helper()
	db, err := sql.Open(e.driver, e.dsn)
	require.NoError(t, err)
	db.SetMaxOpenConns(8)
	db.SetMaxIdleConns(8)
	t.Cleanup(func() { db.Close() })
	return db
}

// open opens the log, as each replica does.
func (e engine) open(t testing.TB) *accesslog.Log {
	t.Helper()
	signer, _ := keys()
	return &accesslog.Log{DB: e.pool(t), Dialect: e.dialect, Signer: signer, Key: bytes.Repeat([]byte{5}, 32),
		Staff: staffKeys(), Now: func() time.Time { return start }}
}

func (e engine) create(t testing.TB) engine {
	t.Helper()
	require.NoError(t, e.open(t).Create(t.Context()))
	return e
}

var databases atomic.Int32

// newPostgres makes a database on the server. Without PostgreSQL the test skips, or fails where CI=true.
func newPostgres(t testing.TB) engine {
	t.Helper()
	if servers.Skip(serverErr) {
		t.Skip(serverErr)
	}
	require.NoError(t, serverErr)
	e := engine{driver: "pgx", dsn: server.DSN, dialect: accesslog.PostgreSQL}
	name := fmt.Sprintf("log%d", databases.Add(1))
	_, err := e.pool(t).Exec("CREATE DATABASE " + name)
	require.NoError(t, err)
	e.dsn = strings.Replace(e.dsn, "dbname=postgres", "dbname="+name, 1)
	return e.create(t)
}

// newSQLite makes a file, opened as the package comment says.
func newSQLite(t testing.TB) engine {
	t.Helper()
	dsn := "file:" + filepath.Join(t.TempDir(), "access.db") +
		"?_pragma=busy_timeout(60000)&_pragma=journal_mode(WAL)"
	return engine{driver: "sqlite", dsn: dsn, dialect: accesslog.SQLite}.create(t)
}

// engines runs a test on each engine.
func engines(t *testing.T, f func(t *testing.T, e engine)) {
	t.Run("postgres", func(t *testing.T) { f(t, newPostgres(t)) })
	t.Run("sqlite", func(t *testing.T) { f(t, newSQLite(t)) })
}
