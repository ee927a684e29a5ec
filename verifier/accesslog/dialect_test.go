package accesslog_test

import (
	"bytes"
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/verifier/accesslog"
	"github.com/qr-invalidita/attesta/verifier/accesslog/proof"
)

// Every call names what is missing, before it reads or writes anything.
func TestConfiguration(t *testing.T) {
	good := newSQLite(t)
	for want, change := range map[string]func(*accesslog.Log){
		"no DB":                         func(l *accesslog.Log) { l.DB = nil },
		"no Dialect":                    func(l *accesslog.Log) { l.Dialect = 0 },
		"no Signer":                     func(l *accesslog.Log) { l.Signer = nil },
		"Key is shorter than 32":        func(l *accesslog.Log) { l.Key = bytes.Repeat([]byte{5}, 31) },
		"accesslog: Months is negative": func(l *accesslog.Log) { l.Months = -1 },
	} {
		t.Run(want, func(t *testing.T) {
			l, ctx := good.open(t), t.Context()
			change(l)
			_, checkpoint := l.Checkpoint(ctx)
			_, list := l.ByPerson(ctx, code(person))
			_, file := l.Proof(ctx, code(person), "id")
			_, operator := l.Operator(ctx, "id")
			_, audit := l.Audit(ctx, verifier())
			_, expire := l.Expire(ctx)
			_, approve := l.Approve(ctx, "id", accesslog.Staff{})
			_, consistency := l.Consistency(ctx, proof.Checkpoint{})
			for _, err := range []error{
				l.Append(ctx, access(person, start)), l.Propose(ctx, "id", start, accesslog.Staff{}),
				checkpoint, approve, consistency, list, file, operator, audit, expire,
			} {
				assert.ErrorContains(t, err, want)
			}
		})
	}
}

func TestSchema(t *testing.T) {
	postgres, err := (&accesslog.Log{Dialect: accesslog.PostgreSQL}).Schema()
	require.NoError(t, err)
	sqlite, err := (&accesslog.Log{Dialect: accesslog.SQLite}).Schema()
	require.NoError(t, err)
	assert.NotEqual(t, postgres, sqlite)
	for _, dialect := range []accesslog.Dialect{0, 3} {
		_, err = (&accesslog.Log{Dialect: dialect}).Schema()
		assert.EqualError(t, err, "accesslog: no Dialect")
		assert.EqualError(t, (&accesslog.Log{Dialect: dialect}).Create(t.Context()), "accesslog: no Dialect")
	}
	assert.EqualError(t, (&accesslog.Log{Dialect: accesslog.SQLite}).Create(t.Context()), "accesslog: no DB")
}

// Create may run again, on tables that hold records.
func TestCreateAgain(t *testing.T) {
	engines(t, func(t *testing.T, e engine) {
		l := e.open(t)
		add(t, l, person, start)
		require.NoError(t, l.Create(t.Context()))
		c, err := l.Audit(t.Context(), verifier())
		require.NoError(t, err)
		assert.Equal(t, int64(1), c.Size)
	})
}

// Appends that meet wait for one another, though the server's default would refuse all but one.
func TestStricterIsolation(t *testing.T) {
	e := newPostgres(t)
	e.dsn += " default_transaction_isolation=serializable"
	var group sync.WaitGroup
	for range 3 {
		l := e.open(t)
		for range 20 {
			group.Go(func() { assert.NoError(t, l.Append(t.Context(), access(person, start))) })
		}
	}
	group.Wait()
	_, err := e.open(t).Audit(t.Context(), verifier())
	require.NoError(t, err)
}

// On SQLite an append that waits for another one gives up with its context.
func TestWaitsNoLonger(t *testing.T) {
	e := newSQLite(t)
	l := e.open(t)
	other, err := e.pool(t).Begin()
	require.NoError(t, err)
	_, err = other.Exec(`UPDATE access_tree SET size = size`)
	require.NoError(t, err)
	first := make(chan error)
	go func() { first <- l.Append(t.Context(), access(person, start)) }()
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	time.Sleep(50 * time.Millisecond)
	assert.ErrorIs(t, l.Append(ctx, access(person, start)), context.DeadlineExceeded)
	require.NoError(t, other.Rollback())
	assert.NoError(t, <-first)
}
