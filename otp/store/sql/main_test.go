package sqlstore_test

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/stretchr/testify/require"
	_ "modernc.org/sqlite"

	"github.com/qr-invalidita/attesta/internal/servers"
	sqlstore "github.com/qr-invalidita/attesta/otp/store/sql"
)

// All tests of the package share one server; tests that stop it start their own.
var (
	server    *servers.Postgres
	serverErr error
)

func TestMain(m *testing.M) {
	if os.Getenv("OTP_CHILD") == "" {
		server, serverErr = servers.NewPostgres("fsync=off")
	}
	code := m.Run()
	if server != nil {
		if err := server.Close(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

// dsn returns the server's DSN, or skips the test.
func dsn(t testing.TB) string {
	t.Helper()
	if servers.Skip(serverErr) {
		t.Skip(serverErr)
	}
	require.NoError(t, serverErr)
	return server.DSN
}

func open(t testing.TB, driver, dsn string) *sql.DB {
	t.Helper()
	db, err := sql.Open(driver, dsn)
	require.NoError(t, err)
	db.SetMaxOpenConns(8)
	db.SetMaxIdleConns(8)
	t.Cleanup(func() { db.Close() })
	return db
}

var databases atomic.Int32

// freshDatabase makes a new database on the server and returns its DSN.
func freshDatabase(t testing.TB) string {
	t.Helper()
	name := fmt.Sprintf("otp%d", databases.Add(1))
	_, err := open(t, "pgx", dsn(t)).Exec("CREATE DATABASE " + name)
	require.NoError(t, err)
	return strings.Replace(dsn(t), "dbname=postgres", "dbname="+name, 1)
}

// sqliteDSN returns the DSN of the package comment for a new file.
func sqliteDSN(t testing.TB) string {
	return "file:" + filepath.Join(t.TempDir(), "otp.db") +
		"?_pragma=busy_timeout(60000)&_pragma=journal_mode(WAL)&_txlock=immediate"
}

// engine is a database with the tables in it.
type engine struct {
	driver, dsn string
	dialect     sqlstore.Dialect
	prefix      string
}

// handle opens separate connections.
func (e engine) handle(t testing.TB) *sqlstore.Store {
	return &sqlstore.Store{DB: open(t, e.driver, e.dsn), Dialect: e.dialect, Prefix: e.prefix}
}

func (e engine) create(t testing.TB) engine {
	require.NoError(t, e.handle(t).Create(t.Context()))
	return e
}

func newPostgres(t testing.TB) engine {
	return engine{driver: "pgx", dsn: freshDatabase(t), dialect: sqlstore.PostgreSQL}.create(t)
}

func newSQLite(t testing.TB) engine {
	return engine{driver: "sqlite", dsn: sqliteDSN(t), dialect: sqlstore.SQLite}.create(t)
}

// engines runs f on each engine, one after the other.
func engines(t *testing.T, f func(t *testing.T, e engine)) {
	t.Run("postgres", func(t *testing.T) { f(t, newPostgres(t)) })
	t.Run("sqlite", func(t *testing.T) { f(t, newSQLite(t)) })
}
