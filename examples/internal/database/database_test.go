package database_test

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/database"
	"github.com/qr-invalidita/attesta/examples/internal/database/databasetest"
)

var server databasetest.Server

// childDSN makes the test program a second process that migrates.
const childDSN = "DATABASE_TEST_MIGRATE"

func TestMain(m *testing.M) {
	if dsn := os.Getenv(childDSN); dsn != "" {
		os.Exit(child(dsn))
	}
	os.Exit(server.Run(m))
}

func child(dsn string) int {
	ctx := context.Background()
	db, err := database.Open(ctx, dsn)
	if err == nil {
		err = db.Migrate(ctx, migrations("one"), "one")
	}
	if err != nil {
		os.Stderr.WriteString(err.Error())
		return 1
	}
	return 0
}

func migrations(name string) fs.FS { return os.DirFS(filepath.Join("testdata", name)) }

func TestMigrateKeepsSetsApart(t *testing.T) {
	server.Each(t, func(t *testing.T, dsn string) {
		db := databasetest.Open(t, dsn)
		for range 2 { // the second time there is nothing to do
			require.NoError(t, db.Migrate(t.Context(), migrations("one"), "one"))
			require.NoError(t, db.Migrate(t.Context(), migrations("two"), "two"))
		}
		query := db.Bind("SELECT text FROM note WHERE id = ? AND text <> ?")
		var text string
		require.NoError(t, db.QueryRowContext(t.Context(), query, 1, "").Scan(&text))
		assert.Equal(t, "made by the migration", text)
		_, err := db.ExecContext(t.Context(), db.Bind("INSERT INTO reply (note) VALUES (?)"), 99)
		assert.Error(t, err, "a foreign key that points nowhere")
	})
}

func TestMigrateTogether(t *testing.T) {
	server.Each(t, func(t *testing.T, dsn string) {
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				cmd := exec.CommandContext(t.Context(), os.Args[0])
				cmd.Env = append(os.Environ(), childDSN+"="+dsn)
				out, err := cmd.CombinedOutput()
				assert.NoError(t, err, "%s", out)
			})
			wg.Go(func() {
				db, err := database.Open(t.Context(), dsn)
				if assert.NoError(t, err) {
					assert.NoError(t, db.Migrate(t.Context(), migrations("one"), "one"))
					assert.NoError(t, db.Close())
				}
			})
		}
		wg.Wait()
		var n int
		require.NoError(t, databasetest.Open(t, dsn).QueryRowContext(t.Context(),
			"SELECT count(*) FROM note").Scan(&n))
		assert.Equal(t, 1, n)
	})
}

func TestUpdate(t *testing.T) {
	server.Each(t, func(t *testing.T, dsn string) {
		db := databasetest.Open(t, dsn)
		require.NoError(t, db.Migrate(t.Context(), migrations("one"), "one"))

		insert := db.Bind("INSERT INTO note (id, text) VALUES (?, ?)")
		refused := errors.New("refused")
		err := db.Update(t.Context(), func(tx *sql.Tx) error {
			_, err := tx.ExecContext(t.Context(), insert, 2, "not to stay")
			return errors.Join(err, refused)
		})
		require.ErrorIs(t, err, refused)
		require.EqualError(t, err, refused.Error())

		var wg sync.WaitGroup
		const writers = 40
		for i := range writers {
			wg.Go(func() {
				assert.NoError(t, db.Update(t.Context(), func(tx *sql.Tx) error {
					_, err := tx.ExecContext(t.Context(), insert, 10+i, "stays")
					return err
				}))
			})
		}
		wg.Wait()
		var n int
		require.NoError(t, db.QueryRowContext(t.Context(), "SELECT count(*) FROM note").Scan(&n))
		assert.Equal(t, 1+writers, n)

		over, cancel := context.WithCancel(t.Context())
		cancel()
		assert.ErrorIs(t, db.Update(over, func(*sql.Tx) error { return nil }), context.Canceled)
	})
}

// A writer that panics or fails leaves nothing behind and does not keep the others out.
func TestUpdateAfterAPanic(t *testing.T) {
	server.Each(t, func(t *testing.T, dsn string) {
		db := databasetest.Open(t, dsn)
		require.NoError(t, db.Migrate(t.Context(), migrations("one"), "one"))
		insert := db.Bind("INSERT INTO note (id, text) VALUES (?, ?)")
		add := func(id int) error {
			return db.Update(t.Context(), func(tx *sql.Tx) error {
				_, err := tx.ExecContext(t.Context(), insert, id, "x")
				return err
			})
		}
		assert.PanicsWithValue(t, "a fault", func() {
			db.Update(t.Context(), func(tx *sql.Tx) error {
				_, err := tx.ExecContext(t.Context(), insert, 2, "not to stay")
				assert.NoError(t, err)
				panic("a fault")
			})
		})
		assert.Error(t, add(1), "the migration made it")
		assert.NoError(t, add(2))

		// A context that ends within a transaction undoes it.
		ctx, cancel := context.WithCancel(t.Context())
		assert.Error(t, db.Update(ctx, func(tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, insert, 3, "not to stay")
			assert.NoError(t, err)
			cancel()
			return ctx.Err()
		}))
		assert.NoError(t, add(3))
		require.NoError(t, db.Close())
		assert.Error(t, add(4))
	})
}

// A writer waits its turn for as long as its context lasts.
func TestUpdateWaitsItsTurn(t *testing.T) {
	db := databasetest.Open(t, databasetest.SQLite(t))
	require.NoError(t, db.Migrate(t.Context(), migrations("one"), "one"))
	err := db.Update(t.Context(), func(*sql.Tx) error {
		short, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		err := db.Update(short, func(*sql.Tx) error {
			assert.Fail(t, "two writers at once")
			return nil
		})
		assert.ErrorIs(t, err, context.DeadlineExceeded)
		return nil
	})
	assert.NoError(t, err)
}

// Migrations that are missing or that fail are an error, and the set is named.
func TestMigrateFails(t *testing.T) {
	server.Each(t, func(t *testing.T, dsn string) {
		db := databasetest.Open(t, dsn)
		assert.ErrorContains(t, db.Migrate(t.Context(), fstest.MapFS{}, "none"), "migrate none")
		broken := fstest.MapFS{db.Dialect + "/00001_x.sql": {Data: []byte(
			"-- +goose Up\nCREATE TABLE half (id INTEGER);\nCREATE TABLE half (id INTEGER);\n")}}
		assert.ErrorContains(t, db.Migrate(t.Context(), broken, "broken"), "migrate broken")
		_, err := db.ExecContext(t.Context(), "SELECT * FROM half")
		assert.Error(t, err, "half of a migration")
		over, cancel := context.WithCancel(t.Context())
		cancel()
		assert.Error(t, db.Migrate(over, migrations("one"), "one"))
		assert.NoError(t, db.Migrate(t.Context(), migrations("one"), "one"))
	})
}

func TestSQLiteFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a folder? of #1 100%", "b", "x.db")
	db := databasetest.Open(t, path)
	require.NoError(t, db.Migrate(t.Context(), migrations("one"), "one"))

	for _, name := range []string{path, path + "-wal", path + "-shm"} {
		info, err := os.Stat(name)
		require.NoError(t, err)
		assert.Equal(t, fs.FileMode(0o600), info.Mode().Perm(), name)
	}
	for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2",
		"foreign_keys": "1", "busy_timeout": "10000"} {
		var got string
		require.NoError(t, db.QueryRowContext(t.Context(), "PRAGMA "+pragma).Scan(&got))
		assert.Equal(t, want, got, pragma)
	}

	open := filepath.Join(t.TempDir(), "open.db")
	require.NoError(t, os.WriteFile(open, nil, 0o644))
	databasetest.Open(t, open)
	info, err := os.Stat(open)
	require.NoError(t, err)
	assert.Equal(t, fs.FileMode(0o600), info.Mode().Perm(), "a file that others could read")
}

func TestOpenRefuses(t *testing.T) {
	const password = "pa55/w%rd"
	for name, dsn := range map[string]string{
		"nothing":          "",
		"another scheme":   "mysql://someone:" + password + "@localhost/db",
		"a bad escape":     "postgres://someone:" + password + "@localhost/db",
		"a bad port":       "postgres://someone:pa55word@localhost:port/db",
		"a bad option":     "postgres://someone:pa55word@localhost/db?connect_timeout=soon",
		"password as port": "postgres://localhost:pa55word/db",
		"nobody listening": "postgres://someone:pa55word@127.0.0.1:1/db",
		"no socket":        "postgresql://someone:pa55word@/db?host=/nowhere",
		"a folder":         t.TempDir(),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := database.Open(t.Context(), dsn)
			require.Error(t, err)
			assert.NotContains(t, err.Error(), "pa55")
		})
	}
}

func TestBind(t *testing.T) {
	const query = "INSERT INTO note (id, text) VALUES (?, ?)"
	assert.Equal(t, query, (&database.DB{Dialect: database.SQLite}).Bind(query))
	assert.Equal(t, "INSERT INTO note (id, text) VALUES ($1, $2)",
		(&database.DB{Dialect: database.Postgres}).Bind(query))
	assert.Equal(t, "SELECT 1", (&database.DB{Dialect: database.Postgres}).Bind("SELECT 1"))
}
