package database_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/database"
	"github.com/qr-invalidita/attesta/examples/internal/database/databasetest"
)

// A connection that replaces a lost one is counted, and that it leads to another database of the same name.
func TestConnections(t *testing.T) {
	dsn := server.Postgres(t)
	db, err := database.OpenBounded(t.Context(), dsn, database.Bounds{Conns: 1})
	require.NoError(t, err)
	defer db.Close()
	admin := databasetest.Open(t, server.Postgres(t))
	lose := func(statements ...string) (made, changes int64) {
		t.Helper()
		for _, s := range statements {
			_, err := admin.Exec(s)
			require.NoError(t, err)
		}
		for db.Ping() != nil || db.QueryRow("SELECT 1").Scan(new(int)) != nil { // the lost one is noticed
			require.NoError(t, t.Context().Err())
		}
		return db.Connections()
	}
	made, changes := lose()
	assert.Equal(t, [2]int64{1, 0}, [2]int64{made, changes})
	name := strings.TrimPrefix(strings.Split(dsn, "?")[0], "postgres://postgres@/")
	made, changes = lose("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '" +
		name + "'")
	assert.Equal(t, [2]int64{2, 0}, [2]int64{made, changes})
	made, changes = lose("DROP DATABASE "+name+" WITH (FORCE)", "CREATE DATABASE "+name)
	assert.Equal(t, [2]int64{3, 1}, [2]int64{made, changes})

	sqlite := databasetest.Open(t, databasetest.SQLite(t))
	made, changes = sqlite.Connections()
	assert.Zero(t, made+changes)
}
