package sqlstore_test

import (
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/otp"
	sqlstore "github.com/qr-invalidita/attesta/otp/store/sql"
)

func load(t *testing.T, s *sqlstore.Store, key string) otp.Snapshot {
	t.Helper()
	r, err := s.Load(t.Context(), key)
	require.NoError(t, err)
	return r
}

func put(t *testing.T, s *sqlstore.Store, key string, life time.Duration) {
	t.Helper()
	ok, err := s.Swap(t.Context(), key, otp.Change{To: 1, Body: []byte("x"),
		Until: load(t, s, key).Now.Add(life)})
	require.NoError(t, err)
	require.True(t, ok)
}

func TestSweep(t *testing.T) {
	engines(t, func(t *testing.T, e engine) {
		s, ctx := e.handle(t), t.Context()
		put(t, s, "stays", time.Hour)
		n, err := s.Sweep(ctx)
		require.NoError(t, err)
		assert.Zero(t, n)
		_, err = s.DB.Exec(`INSERT INTO otp_record (key, version, body, until_ms)
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2345)
SELECT 'old' || i, 1, $1, i FROM n`, []byte("x"))
		require.NoError(t, err)
		_, err = s.DB.Exec(`INSERT INTO otp_bucket (key, full_ms) VALUES ('old', 1), ('older', 0)`)
		require.NoError(t, err)
		d, err := s.Take(ctx, []otp.Bucket{{Key: "stays", Burst: 2, Interval: time.Hour}})
		require.NoError(t, err)
		require.Equal(t, 1, d.Remaining)
		n, err = s.Sweep(ctx)
		require.NoError(t, err)
		assert.Equal(t, 2347, n)
		assert.Equal(t, int64(1), load(t, s, "stays").Version)
		d, err = s.Take(ctx, []otp.Bucket{{Key: "stays", Burst: 2, Interval: time.Hour}})
		require.NoError(t, err)
		assert.Zero(t, d.Remaining, "the bucket was kept")
	})
}

// A sweep during work deletes nothing of value and blocks no call.
func TestSweepRace(t *testing.T) {
	engines(t, func(t *testing.T, e engine) {
		s, ctx := e.handle(t), t.Context()
		var wins, taken, swept atomic.Int64
		var all sync.WaitGroup
		for worker := range 8 {
			all.Go(func() {
				for i := range 40 {
					now := load(t, s, "k").Now
					ok, err := s.Swap(ctx, "k", otp.Change{To: int64(worker*100 + i + 1),
						Until: now.Add(2 * time.Millisecond)})
					assert.NoError(t, err)
					if ok {
						wins.Add(1)
					}
					d, err := s.Take(ctx, []otp.Bucket{
						{Key: fmt.Sprint(i % 3), Burst: 1, Interval: time.Millisecond},
						{Key: "all", Burst: 1000, Interval: time.Hour}})
					assert.NoError(t, err)
					if d.OK {
						taken.Add(1)
					}
					if i%4 == 0 {
						n, err := s.Sweep(ctx)
						assert.NoError(t, err)
						swept.Add(int64(n))
					}
				}
			})
		}
		all.Wait()
		assert.Positive(t, wins.Load())
		assert.Positive(t, swept.Load())
		d, err := s.Take(ctx, []otp.Bucket{{Key: "all", Burst: 1000, Interval: time.Hour}})
		require.NoError(t, err)
		assert.Equal(t, int(999-taken.Load()), d.Remaining, "every token taken is counted, and no other")
		if e.dialect == sqlstore.PostgreSQL {
			var deadlocks int
			require.NoError(t,
				s.DB.QueryRow(
					"SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()").Scan(
					&deadlocks))
			assert.Zero(t, deadlocks, "each costs a second")
		}
	})
}

func TestPrefix(t *testing.T) {
	for _, c := range []struct {
		prefix string
		sqlite bool
	}{{"consent_", true}, {"_x1_", true}, {"consent.otp_", false}, {"otp_record_", true}} {
		t.Run(c.prefix, func(t *testing.T) {
			engines(t, func(t *testing.T, e engine) {
				other := e
				other.prefix = c.prefix
				s := other.handle(t)
				if !c.sqlite && e.dialect == sqlstore.SQLite {
					assert.ErrorContains(t, s.Create(t.Context()), "Prefix")
					return
				}
				if schema, _, found := strings.Cut(c.prefix, "."); found {
					_, err := s.DB.Exec("CREATE SCHEMA " + schema)
					require.NoError(t, err)
				}
				require.NoError(t, s.Create(t.Context()))
				require.NoError(t, s.Create(t.Context()), "twice")
				put(t, s, "k", time.Hour)
				assert.Equal(t, int64(1), load(t, s, "k").Version)
				d, err := s.Take(t.Context(), []otp.Bucket{{Key: "b", Burst: 1, Interval: time.Hour}})
				require.NoError(t, err)
				assert.True(t, d.OK)
				require.NoError(t, s.Refill(t.Context(), "b"))
				d, err = sqlstore.Calls{Store: s}.Take(t.Context(),
					[]otp.Bucket{{Key: "b", Burst: 1, Interval: time.Hour}})
				require.NoError(t, err)
				assert.True(t, d.OK, "filled in the table with the prefix")
				n, err := s.Sweep(t.Context())
				require.NoError(t, err)
				assert.Zero(t, n)
				var rows int
				require.NoError(t, s.DB.QueryRow("SELECT (SELECT count(*) FROM "+c.prefix+
					"record) + (SELECT count(*) FROM "+c.prefix+"bucket)").Scan(&rows))
				assert.Equal(t, 2, rows)
				assert.Zero(t, load(t, e.handle(t), "k").Version, "the tables without a prefix are others")
			})
		})
	}
}

func TestConfiguration(t *testing.T) {
	db := open(t, "sqlite", sqliteDSN(t))
	for name, c := range map[string]struct {
		store *sqlstore.Store
		want  string
	}{
		"DB is nil":       {&sqlstore.Store{Dialect: sqlstore.SQLite}, "DB is nil"},
		"no dialect":      {&sqlstore.Store{DB: db}, "Dialect is not set"},
		"unknown dialect": {&sqlstore.Store{DB: db, Dialect: 3}, "Dialect is not set"},
		"quote":           {&sqlstore.Store{DB: db, Dialect: sqlstore.SQLite, Prefix: `x" `}, "Prefix"},
		"digit first":     {&sqlstore.Store{DB: db, Dialect: sqlstore.SQLite, Prefix: "1x"}, "Prefix"},
		"capital":         {&sqlstore.Store{DB: db, Dialect: sqlstore.PostgreSQL, Prefix: "Otp_"}, "Prefix"},
		"two schemas": {&sqlstore.Store{DB: db, Dialect: sqlstore.PostgreSQL, Prefix: "a.b.c_"},
			"Prefix"},
		"nothing but dots": {&sqlstore.Store{DB: db, Dialect: sqlstore.PostgreSQL, Prefix: "."}, "Prefix"},
		"line break":       {&sqlstore.Store{DB: db, Dialect: sqlstore.SQLite, Prefix: "otp_\n"}, "Prefix"},
		"too long": {&sqlstore.Store{DB: db, Dialect: sqlstore.SQLite,
			Prefix: strings.Repeat("x", 41)}, "Prefix"},
	} {
		t.Run(name, func(t *testing.T) {
			ctx := t.Context()
			for range 2 {
				_, load := c.store.Load(ctx, "k")
				_, swap := c.store.Swap(ctx, "k", otp.Change{})
				_, take := c.store.Take(ctx, nil)
				_, sweep := c.store.Sweep(ctx)
				for _, err := range []error{load, swap, take, sweep, c.store.Create(ctx)} {
					assert.ErrorContains(t, err, c.want)
				}
			}
		})
	}
}

func TestSchema(t *testing.T) {
	for _, d := range []sqlstore.Dialect{sqlstore.PostgreSQL, sqlstore.SQLite} {
		plain, err := (&sqlstore.Store{Dialect: d}).Schema()
		require.NoError(t, err)
		named, err := (&sqlstore.Store{Dialect: d, Prefix: "consent_"}).Schema()
		require.NoError(t, err)
		assert.Equal(t, strings.ReplaceAll(plain, "otp_", "consent_"), named)
	}
	_, err := (&sqlstore.Store{}).Schema()
	assert.Error(t, err)
}

// A database's errors may quote rows; the package's errors do not.
func TestErrorsAreQuiet(t *testing.T) {
	engines(t, func(t *testing.T, e engine) {
		s, ctx := e.handle(t), t.Context()
		for _, q := range []string{"DROP TABLE otp_record", "DROP TABLE otp_bucket",
			"CREATE TABLE otp_record (key text PRIMARY KEY CHECK (key = ''), version bigint, body " +
				"text NOT NULL, until_ms bigint)",
			"CREATE TABLE otp_bucket (key text PRIMARY KEY CHECK (key = ''), full_ms bigint)"} {
			_, err := s.DB.Exec(q)
			require.NoError(t, err)
		}
		_, swap := s.Swap(ctx, "SECRETKEY", otp.Change{To: 1, Body: []byte("SECRETBODY"), Until: time.Now()})
		_, take := s.Take(ctx, []otp.Bucket{{Key: "SECRETKEY", Burst: 1, Interval: time.Second}})
		require.NoError(t, s.DB.Close())
		_, load := s.Load(ctx, "SECRETKEY")
		for _, err := range []error{swap, take, load} {
			require.Error(t, err)
			assert.NotContains(t, err.Error(), "SECRET")
		}
	})
}

// Each of the 32 callers has its own connection. One in four works in its own transaction on
// the same database, which with BEGIN IMMEDIATE waits for its turn.
func TestSQLiteRace(t *testing.T) {
	e := newSQLite(t)
	s, ctx := e.handle(t), t.Context()
	s.DB.SetMaxOpenConns(32)
	_, err := s.DB.Exec("CREATE TABLE work (n INTEGER)")
	require.NoError(t, err)
	_, err = s.DB.Exec("INSERT INTO work VALUES (0)")
	require.NoError(t, err)
	until := load(t, s, "k").Now.Add(time.Hour)
	var wins, taken, versions atomic.Int64
	var all sync.WaitGroup
	for worker := range 32 {
		all.Go(func() {
			for range 5 {
				if worker%4 == 0 {
					assert.NoError(t, count(s.DB))
				}
				ok, err := s.Swap(ctx, "k", otp.Change{To: versions.Add(1), Body: []byte("x"), Until: until})
				assert.NoError(t, err, "nobody hears of a lock")
				if ok {
					wins.Add(1)
				}
				d, err := s.Take(ctx, []otp.Bucket{{Key: "a", Burst: 7, Interval: time.Hour},
					{Key: "b", Burst: 100, Interval: time.Hour}})
				assert.NoError(t, err)
				if d.OK {
					taken.Add(1)
				}
			}
		})
	}
	all.Wait()
	assert.Equal(t, int64(1), wins.Load())
	assert.Equal(t, int64(7), taken.Load())
	var n int
	require.NoError(t, s.DB.QueryRow("SELECT n FROM work").Scan(&n))
	assert.Equal(t, 8*5, n)
	var mode string
	require.NoError(t, s.DB.QueryRow("PRAGMA journal_mode").Scan(&mode))
	assert.Equal(t, "wal", mode)
}

// count reads, then writes.
func count(db *sql.DB) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	var n int
	if err = tx.QueryRow("SELECT n FROM work").Scan(&n); err == nil {
		_, err = tx.Exec("UPDATE work SET n = ?", n+1)
	}
	if err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}
