package registry_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/database"
	"github.com/qr-invalidita/attesta/examples/internal/database/databasetest"
	"github.com/qr-invalidita/attesta/examples/internal/registry"
	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/statustest"
)

func TestSourceOnSQLite(t *testing.T)     { testSource(t, databasetest.SQLite) }
func TestSourceOnPostgreSQL(t *testing.T) { testSource(t, server.Postgres) }

func testSource(t *testing.T, dsn func(testing.TB) string) {
	databases := map[status.Source]*database.DB{}
	statustest.TestSource(t, statustest.Harness{
		New: func(t testing.TB, wanted statustest.Registry) status.Source {
			db, err := database.Open(t.Context(), dsn(t))
			require.NoError(t, err)
			r, err := registry.Open(t.Context(), db, registry.OneKey(key))
			require.NoError(t, err)
			t.Cleanup(func() {
				r.Close()
				db.Close()
			})
			for cf, record := range wanted.Records {
				require.NoError(t, r.Put(t.Context(), registry.Person{
					CF: cf, Birth: record.Birth, Verbali: record.Verbali, Titles: record.Titles,
					Complete: record.Complete,
				}))
			}
			for _, cf := range wanted.Elsewhere {
				require.NoError(t, r.Put(t.Context(),
					registry.Person{CF: cf, Birth: 19800101, Elsewhere: true}))
			}
			databases[r] = db
			return r
		},
		Break: func(t testing.TB, s status.Source) { require.NoError(t, databases[s].Close()) },
	})
}

func TestTheDeadAreUnknown(t *testing.T) {
	each(t, func(t *testing.T, r *registry.Registry) {
		p := mario()
		p.Died = 20260101
		require.NoError(t, r.Put(t.Context(), p))
		_, err := r.Lookup(t.Context(), p.CF)
		assert.ErrorIs(t, err, status.ErrNoStatus)
		back, err := r.Person(t.Context(), p.CF)
		require.NoError(t, err)
		assert.Equal(t, p, back)
	})
}

// A person without verbali and titles has no status here, like an unknown one.
func TestKnownWithoutStatus(t *testing.T) {
	each(t, func(t *testing.T, r *registry.Registry) {
		p := registry.Person{CF: mario().CF, Birth: mario().Birth}
		require.NoError(t, r.Put(t.Context(), p))
		_, err := r.Lookup(t.Context(), p.CF)
		assert.ErrorIs(t, err, status.ErrNoStatus)
		_, err = r.Person(t.Context(), p.CF)
		assert.NoError(t, err)
	})
}
