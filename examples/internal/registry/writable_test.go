package registry_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/database"
	"github.com/qr-invalidita/attesta/examples/internal/database/databasetest"
	"github.com/qr-invalidita/attesta/examples/internal/registry"
)

// A registry whose database is read-only still answers, and says that it cannot be written.
func TestWritable(t *testing.T) {
	server.Each(t, func(t *testing.T, dsn string) {
		db := databasetest.Open(t, dsn)
		db.SetMaxOpenConns(1)
		r, err := registry.Open(t.Context(), db, registry.OneKey(key))
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, r.Close()) })
		require.NoError(t, r.Put(t.Context(), mario()))
		require.NoError(t, r.Writable(t.Context()))

		readOnly := "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY"
		if db.Dialect == database.SQLite {
			readOnly = "PRAGMA query_only = 1"
		}
		_, err = db.ExecContext(t.Context(), readOnly)
		require.NoError(t, err)
		assert.Error(t, r.Writable(t.Context()))
		_, err = r.Lookup(t.Context(), mario().CF)
		assert.NoError(t, err)
	})
}
