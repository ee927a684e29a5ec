package registry_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/database/databasetest"
	"github.com/qr-invalidita/attesta/examples/internal/registry"
)

// unwraps counts the data keys that are opened, one for each row that is read.
type unwraps struct {
	registry.Wrapper
	n atomic.Int32
}

func (u *unwraps) Unwrap(ctx context.Context, wrapped, place []byte) ([]byte, error) {
	u.n.Add(1)
	return u.Wrapper.Unwrap(ctx, wrapped, place)
}

// A check reads the row once, whatever it asks of it, and another check reads it again.
func TestOnce(t *testing.T) {
	server.Each(t, func(t *testing.T, dsn string) {
		keys := registry.OneKey(key)
		count := &unwraps{Wrapper: keys.Wrappers[1]}
		keys.Wrappers[1] = count
		r, err := registry.Open(t.Context(), databasetest.Open(t, dsn), keys)
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, r.Close()) })
		p, other := mario(), persona("giulia").CF
		require.NoError(t, r.Put(t.Context(), p))

		ask := func(ctx context.Context) (cutOff time.Time) {
			_, _, err := r.Codes(ctx, p.CF)
			require.NoError(t, err)
			cutOff, err = r.VoidBefore(ctx, p.CF)
			require.NoError(t, err)
			for range 2 { // what a caller does to its record is not seen by others
				record, err := r.Lookup(ctx, p.CF)
				require.NoError(t, err)
				require.Equal(t, p.Verbali, record.Verbali)
				record.Verbali[0].ID = "changed"
			}
			_, err = r.Contacts(ctx, p.CF)
			require.NoError(t, err)
			operator := registry.Operator{ID: "anna"}
			_, err = r.OperatorBarred(ctx, p.CF, operator)
			require.NoError(t, err)
			require.NoError(t, r.TraceAsked(ctx, p.CF, registry.Request{Challenge: "c", Operator: operator},
				registry.StepStarted, true, time.Now()))
			return cutOff
		}
		count.n.Store(0)
		assert.Zero(t, ask(r.Once(t.Context())))
		assert.EqualValues(t, 1, count.n.Load())

		at := time.Date(2026, time.May, 4, 3, 2, 1, 0, time.UTC)
		once := r.Once(t.Context())
		assert.Zero(t, ask(once))
		_, err = r.Void(t.Context(), p.CF, at)
		require.NoError(t, err)
		assert.Zero(t, ask(once), "of the same moment as the rest")
		assert.Equal(t, at, ask(r.Once(t.Context())))

		// Another person within the same check is another row, also if there is none.
		_, err = r.Lookup(once, other)
		assert.Error(t, err)
		cutOff, err := r.VoidBefore(once, other)
		require.NoError(t, err)
		assert.Zero(t, cutOff)
		assert.Equal(t, at, ask(once))
	})
}
