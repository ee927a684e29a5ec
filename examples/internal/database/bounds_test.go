package database_test

import (
	"errors"
	"testing"
	"testing/fstest"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/database"
)

// A statement and a lock have their time, and a migration has more.
func TestBounds(t *testing.T) {
	dsn := server.Postgres(t)
	free, err := database.Open(t.Context(), dsn)
	require.NoError(t, err)
	defer free.Close()
	_, err = free.Exec(`CREATE TABLE held (n INT); INSERT INTO held VALUES (1)`)
	require.NoError(t, err)
	open := func(statement, lock time.Duration) *database.DB { // one is long, or a slow server ends by it
		db, err := database.OpenBounded(t.Context(), dsn,
			database.Bounds{Conns: 2, Statement: statement, Lock: lock})
		require.NoError(t, err)
		t.Cleanup(func() { db.Close() })
		return db
	}
	db, waits := open(300*time.Millisecond, time.Minute), open(time.Minute, 100*time.Millisecond)
	assert.Equal(t, 2, db.Stats().MaxOpenConnections)

	code := func(err error) string {
		var e *pgconn.PgError
		require.True(t, errors.As(err, &e), err)
		return e.Code
	}
	_, err = db.Exec(`SELECT pg_sleep(60)`)
	assert.Equal(t, "57014", code(err), "query_canceled")
	tx, err := free.Begin()
	require.NoError(t, err)
	defer tx.Rollback()
	_, err = tx.Exec(`LOCK TABLE held`)
	require.NoError(t, err)
	_, err = waits.Exec(`UPDATE held SET n = 2`)
	assert.Equal(t, "55P03", code(err), "lock_not_available")

	slow := fstest.MapFS{"postgres/00001_slow.sql": {Data: []byte("-- +goose Up\nSELECT pg_sleep(0.5);\n")}}
	require.NoError(t, db.Migrate(t.Context(), slow, "slow"))
}
