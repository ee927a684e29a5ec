package sqlstore_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/internal/servers"
	"github.com/qr-invalidita/attesta/otp/internal/trial"
	sqlstore "github.com/qr-invalidita/attesta/otp/store/sql"
)

var setups = map[string]trial.Setup{
	"postgres": {
		New: func(t testing.TB) string { return newPostgres(t).dsn },
		Open: func(t testing.TB, where string) trial.Backend {
			return engine{driver: "pgx", dsn: where, dialect: sqlstore.PostgreSQL}.handle(t)
		},
	},
	"sqlite": {
		New: func(t testing.TB) string { return newSQLite(t).dsn },
		Open: func(t testing.TB, where string) trial.Backend {
			return engine{driver: "sqlite", dsn: where, dialect: sqlstore.SQLite}.handle(t)
		},
	},
}

func TestProcesses(t *testing.T) {
	for name, s := range setups {
		t.Run(name, func(t *testing.T) { trial.Processes(t, s) })
	}
}

func TestKilled(t *testing.T) {
	for name, s := range setups {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			trial.Killed(t, s)
		})
	}
}

func TestSteps(t *testing.T) {
	engines(t, func(t *testing.T, e engine) { trial.Steps(t, e.handle(t), nil) })
}

func TestOutage(t *testing.T) {
	p, err := servers.NewPostgres()
	if servers.Skip(err) {
		t.Skip(err)
	}
	require.NoError(t, err)
	t.Cleanup(func() { p.Close() })
	e := engine{driver: "pgx", dsn: p.DSN, dialect: sqlstore.PostgreSQL}.create(t)
	t.Run("stop", func(t *testing.T) { trial.Outage(t, e.handle(t), p.Stop, p.Start) })
	t.Run("crash", func(t *testing.T) { trial.Outage(t, e.handle(t), p.Kill, p.Start) })
}

func TestSecrets(t *testing.T) {
	t.Run("postgres", func(t *testing.T) {
		e := newPostgres(t)
		trial.Secrets(t, e.handle(t), func() []byte { return dump(t, e) })
	})
	t.Run("sqlite", func(t *testing.T) {
		e := newSQLite(t)
		trial.Secrets(t, e.handle(t), func() []byte {
			file, _, _ := strings.Cut(strings.TrimPrefix(e.dsn, "file:"), "?")
			var all []byte
			for _, name := range []string{file, file + "-wal"} {
				b, err := os.ReadFile(name)
				require.NoError(t, err)
				all = append(all, b...)
			}
			return all
		})
	})
}

// dump returns both tables with their values as they are.
func dump(t *testing.T, e engine) []byte {
	var all bytes.Buffer
	for _, table := range []string{"otp_record", "otp_bucket"} {
		rows, err := open(t, e.driver, e.dsn).Query("SELECT * FROM " + table)
		require.NoError(t, err)
		defer rows.Close()
		columns, err := rows.Columns()
		require.NoError(t, err)
		for rows.Next() {
			values := make([]any, len(columns))
			for i := range values {
				values[i] = new(any)
			}
			require.NoError(t, rows.Scan(values...))
			for _, v := range values {
				switch v := (*v.(*any)).(type) {
				case []byte:
					all.Write(v)
				default:
					fmt.Fprint(&all, v)
				}
				all.WriteByte('\n')
			}
		}
		require.NoError(t, rows.Err())
	}
	return all.Bytes()
}

func BenchmarkPostgres(b *testing.B) {
	p, err := servers.NewPostgres() // with fsync
	if servers.Skip(err) {
		b.Skip(err)
	}
	require.NoError(b, err)
	b.Cleanup(func() { p.Close() })
	bench(b, engine{driver: "pgx", dsn: p.DSN, dialect: sqlstore.PostgreSQL}.create(b))
}

func BenchmarkSQLite(b *testing.B) { bench(b, newSQLite(b)) }

func bench(b *testing.B, e engine) {
	db := open(b, e.driver, e.dsn)
	db.SetMaxOpenConns(16)
	db.SetMaxIdleConns(16)
	_, err := db.Exec("CREATE TABLE bare (n bigint PRIMARY KEY, count bigint NOT NULL)")
	require.NoError(b, err)
	trial.Bench(b, &sqlstore.Store{DB: db, Dialect: e.dialect}, func(ctx context.Context, n int) error {
		_, err := db.ExecContext(ctx,
			"INSERT INTO bare AS b (n, count) VALUES ($1, 1) ON CONFLICT (n) DO UPDATE SET count = "+
				"b.count + 1", n)
		return err
	})
}
