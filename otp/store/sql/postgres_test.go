package sqlstore_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/internal/servers"
	"github.com/qr-invalidita/attesta/otp"
	sqlstore "github.com/qr-invalidita/attesta/otp/store/sql"
)

// Races end the same way at every isolation level.
func TestIsolation(t *testing.T) {
	for _, level := range []string{"repeatable read", "serializable"} {
		t.Run(level, func(t *testing.T) {
			e := newPostgres(t)
			e.dsn += " default_transaction_isolation='" + level + "'"
			s := e.handle(t)
			var is string
			require.NoError(t, s.DB.QueryRow("SHOW transaction_isolation").Scan(&is))
			require.Equal(t, level, is)
			var wins, taken, unsure atomic.Int64
			var all sync.WaitGroup
			until := load(t, s, "k").Now.Add(time.Hour)
			for i := range 64 {
				all.Go(func() {
					ok, err := s.Swap(t.Context(), "k",
						otp.Change{To: int64(i + 1), Body: []byte("x"), Until: until})
					if ok {
						wins.Add(1)
					}
					transient(t, err, &unsure)
					d, err := s.Take(t.Context(), []otp.Bucket{{Key: "a", Burst: 5, Interval: time.Hour}})
					if d.OK {
						taken.Add(1)
					}
					transient(t, err, &unsure)
				})
			}
			all.Wait()
			assert.Equal(t, int64(1), wins.Load())
			assert.LessOrEqual(t, taken.Load(), int64(5))
			left := 0
			for {
				d, err := s.Take(t.Context(), []otp.Bucket{{Key: "a", Burst: 5, Interval: time.Hour}})
				require.NoError(t, err)
				if !d.OK {
					break
				}
				left++
			}
			assert.Equal(t, int64(5), taken.Load()+int64(left), "who was given up on took nothing")
			t.Logf("%d of 128 calls were given up", unsure.Load())
		})
	}
}

// transient counts an error that says that the server undid everything.
func transient(t *testing.T, err error, n *atomic.Int64) {
	var e *pgconn.PgError
	if errors.As(err, &e) && e.Code == "40001" {
		n.Add(1)
	} else {
		assert.NoError(t, err)
	}
}

// A call that waits for a lock ends with its context and takes nothing.
func TestLockedRow(t *testing.T) {
	e := newPostgres(t)
	s := e.handle(t)
	b := []otp.Bucket{{Key: "a", Burst: 2, Interval: time.Hour}}
	_, err := s.Take(t.Context(), b)
	require.NoError(t, err)
	tx, err := s.DB.Begin()
	require.NoError(t, err)
	_, err = tx.Exec("SELECT FROM otp_bucket FOR UPDATE")
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	_, err = s.Take(ctx, b)
	assert.ErrorIs(t, err, context.DeadlineExceeded)
	_, err = s.Sweep(t.Context())
	assert.NoError(t, err, "a sweep steps over it")
	awaitLocks(t, s.DB, false) // the server may hear later that the caller has left
	require.NoError(t, tx.Rollback())
	d, err := s.Take(t.Context(), b)
	require.NoError(t, err)
	assert.True(t, d.OK)
	assert.Zero(t, d.Remaining)
}

// awaitLocks returns when a call waits for a lock in this database, or none does.
func awaitLocks(t *testing.T, db *sql.DB, want bool) {
	t.Helper()
	require.Eventually(t, func() bool {
		var waits bool
		err := db.QueryRow("SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND " +
			"datname = current_database())").Scan(&waits)
		return assert.NoError(t, err) && waits == want
	}, time.Minute, 5*time.Millisecond)
}

// A call that waits for a row, whose last token others take meanwhile, takes nothing from any bucket.
func TestLastToken(t *testing.T) {
	e := newPostgres(t)
	s := e.handle(t)
	last := otp.Bucket{Key: "b", Burst: 2, Interval: time.Hour}
	b := []otp.Bucket{last, last, last}
	b[0].Key, b[2].Key = "a", "c"
	_, err := s.Take(t.Context(), b)
	require.NoError(t, err)
	tx, err := s.DB.Begin()
	require.NoError(t, err)
	_, err = tx.Exec("UPDATE otp_bucket SET full_ms = full_ms + $1 WHERE key = 'b'", time.Hour.Milliseconds())
	require.NoError(t, err)
	answer := make(chan otp.Decision, 1)
	go func() {
		d, err := s.Take(t.Context(), b)
		assert.NoError(t, err)
		answer <- d
	}()
	awaitLocks(t, s.DB, true)
	require.NoError(t, tx.Commit())
	d := <-answer
	assert.False(t, d.OK)
	assert.Equal(t, 1, d.Bucket)
	assert.Equal(t, []int{1, 0, 1}, d.Left)
}

// Drivers keep plans. Plans made while the tables were empty must be good for full tables too.
func TestPlans(t *testing.T) {
	e := newPostgres(t)
	s := e.handle(t)
	s.DB.SetMaxOpenConns(1)
	all := func() {
		put(t, s, fmt.Sprint("new", time.Now().UnixNano()), time.Hour)
		for _, soon := range []bool{false, true} {
			ok, err := s.Swap(t.Context(), "k9",
				otp.Change{From: 1, To: 1, Until: time.UnixMilli(2e15), Soon: soon})
			require.NoError(t, err)
			require.Equal(t, load(t, s, "k9").Version == 1, ok)
		}
		b := []otp.Bucket{{Key: "k7", Burst: 1000, Interval: time.Hour},
			{Key: "k8", Burst: 1, Interval: time.Hour, Peek: true}}
		_, err := s.Take(t.Context(), b)
		require.NoError(t, err)
		_, err = s.Take(t.Context(), b[1:])
		require.NoError(t, err)
	}
	for range 10 {
		all()
	}
	before := scans(t, s)
	for _, q := range []string{
		"INSERT INTO otp_record SELECT 'k' || i, 1, 'x', 1e15::bigint + i FROM generate_series(1, " +
			"20000) AS i",
		"INSERT INTO otp_bucket SELECT 'k' || i, i FROM generate_series(1, 20000) AS i ON CONFLICT " +
			"DO NOTHING"} {
		_, err := s.DB.Exec(q)
		require.NoError(t, err)
	}
	for range 10 {
		all()
	}
	assert.Equal(t, before, scans(t, s), "no table is read from end to end")
}

// scans counts sequential scans of the tables, with those of the store's only connection until now: the
// server would count them later.
func scans(t *testing.T, s *sqlstore.Store) string {
	_, err := s.DB.Exec("SELECT pg_stat_force_next_flush()")
	require.NoError(t, err)
	var all []string
	rows, err := s.DB.Query(
		"SELECT relname || ' ' || seq_scan FROM pg_stat_user_tables WHERE relname LIKE 'otp%' ORDER BY 1")
	require.NoError(t, err)
	defer rows.Close()
	for rows.Next() {
		var count string
		require.NoError(t, rows.Scan(&count))
		all = append(all, count)
	}
	return strings.Join(all, ", ")
}

// meanwhile runs statements in a transaction, starts call, which waits for them, commits, and
// returns after call.
func meanwhile(t *testing.T, e engine, call func(), statements ...string) {
	t.Helper()
	db := open(t, e.driver, e.dsn)
	tx, err := db.Begin()
	require.NoError(t, err)
	for _, q := range statements {
		_, err = tx.Exec(q)
		require.NoError(t, err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		call()
	}()
	awaitLocks(t, db, true)
	require.NoError(t, tx.Commit())
	<-done
}

// A bucket that another call made first is seen, although it did not exist when the statement
// began. The other buckets of the call are taken once.
func TestBucketAppears(t *testing.T) {
	e := newPostgres(t)
	s := e.handle(t)
	now := load(t, s, "k").Now.UnixMilli()
	call := []otp.Bucket{{Key: "a", Burst: 2, Interval: time.Hour}, {Key: "b", Burst: 3, Interval: time.Hour}}
	meanwhile(t, e, func() {
		d, err := s.Take(t.Context(), call)
		assert.NoError(t, err)
		assert.Equal(t, otp.Decision{OK: true, Left: []int{0, 2}}, d)
	}, fmt.Sprintf("INSERT INTO otp_bucket VALUES ('a', %d)", now+time.Hour.Milliseconds()-1))
	d, err := s.Take(t.Context(), call)
	require.NoError(t, err)
	assert.False(t, d.OK)
	assert.Zero(t, d.Bucket)
	d, err = s.Take(t.Context(), call[1:])
	require.NoError(t, err)
	assert.Equal(t, 1, d.Remaining)
}

// Above READ COMMITTED the server undoes a call that waited for a change. The call is repeated
// and sees the change.
func TestSerializationFailure(t *testing.T) {
	e := newPostgres(t)
	e.dsn += " default_transaction_isolation='repeatable read'"
	s := e.handle(t)
	put(t, s, "k", time.Hour)
	meanwhile(t, e, func() {
		ok, err := s.Swap(t.Context(), "k", otp.Change{From: 1, To: 3, Until: time.Now().Add(time.Hour)})
		assert.NoError(t, err)
		assert.False(t, ok)
	}, "UPDATE otp_record SET version = 2")
	b := []otp.Bucket{{Key: "a", Burst: 2, Interval: time.Hour}}
	_, err := s.Take(t.Context(), b)
	require.NoError(t, err)
	meanwhile(t, e, func() {
		d, err := s.Take(t.Context(), b)
		assert.NoError(t, err)
		assert.False(t, d.OK)
	}, fmt.Sprintf("UPDATE otp_bucket SET full_ms = full_ms + %d", time.Hour.Milliseconds()))
}

// On a server whose commits wait for a standby that never comes, only what is written Soon returns. The
// others are as durable as the server can make them.
func TestCommits(t *testing.T) {
	p, err := servers.NewPostgres("fsync=off", "synchronous_standby_names=nobody")
	if servers.Skip(err) {
		t.Skip(err)
	}
	require.NoError(t, err)
	t.Cleanup(func() { p.Close() })
	e := engine{driver: "pgx", dsn: p.DSN + " synchronous_commit=local", dialect: sqlstore.PostgreSQL}
	e.create(t)
	e.dsn = p.DSN
	s, b := e.handle(t), []otp.Bucket{{Key: "a", Burst: 3, Interval: time.Hour}}
	d, found, err := s.PeekLoad(t.Context(), b, "k")
	require.NoError(t, err)
	assert.Equal(t, 3, d.Remaining)
	until := found[0].Now.Add(time.Hour)
	short := func() context.Context {
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		t.Cleanup(cancel)
		return ctx
	}
	_, err = s.Take(short(), b)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	_, err = s.Swap(short(), "k", otp.Change{To: 1, Until: until})
	require.ErrorIs(t, err, context.DeadlineExceeded)
	_, _, err = s.TakeSwap(short(), b, []string{"k"}, []otp.Change{{To: 1, Until: until, Soon: true}})
	require.ErrorIs(t, err, context.DeadlineExceeded, "limits are to be kept")
	_, err = open(t, "pgx", e.dsn+" synchronous_commit=local").Exec(
		"INSERT INTO otp_record VALUES ('l', 1, '', 1e15::bigint)")
	require.NoError(t, err)
	ok, err := s.Swap(t.Context(), "l", otp.Change{From: 1, To: 2, Until: until, Soon: true})
	require.NoError(t, err)
	assert.True(t, ok)
	_, done, err := s.TakeSwap(t.Context(), nil, []string{"l"}, []otp.Change{{From: 2, To: 3, Until: until,
		Soon: true}})
	require.NoError(t, err)
	assert.Equal(t, []bool{true}, done)
}
