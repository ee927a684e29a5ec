package registry_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/database/databasetest"
	"github.com/qr-invalidita/attesta/examples/internal/registry"
	"github.com/qr-invalidita/attesta/status"
)

// Those who read at the same time get their own persons, several may read one, and a row that somebody has
// changed is the error of those who read that person only.
func TestReadTogether(t *testing.T) {
	server.Each(t, func(t *testing.T, dsn string) {
		db := databasetest.Open(t, dsn)
		r, err := registry.Open(t.Context(), db, registry.OneKey(key))
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, r.Close()) })
		everybody := people(12)
		require.NoError(t, r.Put(t.Context(), everybody[1:]...)) // the first is unknown
		_, err = db.ExecContext(t.Context(), db.Bind("UPDATE person SET mac = record WHERE subject = ?"),
			pseudonym(t, db, r, everybody[1].CF))
		require.NoError(t, err)

		var wg sync.WaitGroup
		for n := range 20 * len(everybody) {
			wg.Go(func() {
				i := n % len(everybody)
				record, err := r.Lookup(t.Context(), everybody[i].CF)
				switch i {
				case 0:
					assert.ErrorIs(t, err, status.ErrNoStatus)
				case 1:
					assert.Error(t, err)
					assert.NotErrorIs(t, err, status.ErrNoStatus)
				default:
					if assert.NoError(t, err) {
						assert.Equal(t, everybody[i].Verbali, record.Verbali)
						record.Verbali[0].ID = "changed" // is not seen by others
					}
				}
			})
		}
		wg.Wait()
	})
}
