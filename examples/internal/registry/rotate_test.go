package registry_test

import (
	"bytes"
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/database/databasetest"
	"github.com/qr-invalidita/attesta/examples/internal/registry"
)

// children are what a child process does.
var children = map[string]func(context.Context, *registry.Registry) error{
	"rewrap": func(ctx context.Context, r *registry.Registry) error {
		return r.Rewrap(ctx, func(done, all int64) { fmt.Println(done, all) })
	},
	"erase": eraseAll,
}

// twoVersions are the keys with which a registry of OneKey(key) rotates.
func twoVersions() registry.Keys {
	keys := registry.OneKey(key)
	second := registry.OneKey(bytes.Repeat([]byte("2"), registry.MinKey))
	return registry.Keys{Names: keys.Names,
		Wrappers: map[int64]registry.Wrapper{1: keys.Wrappers[1], 2: second.Wrappers[1]}}
}

// onlySecond are the keys after the rotation.
func onlySecond() registry.Keys {
	keys := twoVersions()
	return registry.Keys{Names: keys.Names, Wrappers: map[int64]registry.Wrapper{2: keys.Wrappers[2]}}
}

func openWith(t *testing.T, dsn string, keys registry.Keys) *registry.Registry {
	r, err := registry.Open(t.Context(), databasetest.Open(t, dsn), keys)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, r.Close()) })
	return r
}

// A process that wraps the data keys again is killed three times, while others write. Everybody can be
// read at each moment, and in the end nothing needs the old key.
func TestKilledRewrappingGoesOn(t *testing.T) {
	server.Each(t, func(t *testing.T, dsn string) {
		people := people(1200)
		first := open(t, dsn)
		for part := range 4 {
			require.NoError(t, first.Put(t.Context(), people[part*300:][:300]...))
		}
		accesses, err := first.AccessLogKey(t.Context())
		require.NoError(t, err)

		both := openWith(t, dsn, twoVersions())
		versions, err := both.Versions(t.Context())
		require.NoError(t, err)
		assert.Equal(t, []registry.Version{{Version: 1, People: 1201, Current: true},
			{Version: 2, Unused: true}}, versions)
		require.NoError(t, both.Rewrap(t.Context(), nil), "nothing to do")
		for range 2 {
			version, err := both.Rotate(t.Context())
			require.NoError(t, err)
			assert.Equal(t, int64(2), version)
		}
		for i := range 3 {
			killed(t, dsn, "rewrap")
			p := people[400*i+7]
			back, err := both.Person(t.Context(), p.CF)
			require.NoError(t, err)
			assert.Equal(t, p, back)
			require.NoError(t, both.AddVerbale(t.Context(), p.CF,
				judgement(fmt.Sprint("R/", i), 20250101, 80)))
		}
		var wg sync.WaitGroup
		for range 2 { // two processes at once
			wg.Go(func() { assert.NoError(t, both.Rewrap(t.Context(), nil)) })
		}
		wg.Go(func() { assert.NoError(t, both.Put(t.Context(), people[:300]...)) })
		wg.Wait()
		var done, all int64
		require.NoError(t, both.Rewrap(t.Context(), func(d, a int64) { done, all = d, a }))
		assert.Equal(t, all, done)

		versions, err = both.Versions(t.Context())
		require.NoError(t, err)
		assert.Equal(t, []registry.Version{{Version: 1, Unused: true},
			{Version: 2, People: 1201, Current: true}}, versions)
		last := openWith(t, dsn, onlySecond())
		for i, p := range people {
			if i%400 == 7 {
				continue // has another verbale
			}
			back, err := last.Person(t.Context(), p.CF)
			require.NoError(t, err)
			assert.Equal(t, p, back)
		}
		same, err := last.AccessLogKey(t.Context())
		require.NoError(t, err)
		assert.Equal(t, accesses, same)
		_, err = registry.Open(t.Context(), databasetest.Open(t, dsn), registry.OneKey(key))
		assert.ErrorIs(t, err, registry.ErrVersion)
		assert.ErrorIs(t, first.Put(t.Context(), mario()), registry.ErrVersion, "a process that was not told")
	})
}

// A version is dropped while somebody is being stored under it: nobody loses the data key.
func TestVersionInUseIsNotDropped(t *testing.T) {
	dsn := server.Postgres(t)
	old, both, db := open(t, dsn), openWith(t, dsn, twoVersions()), databasetest.Open(t, dsn)
	waiting := func(n int) {
		require.Eventually(t, func() bool {
			var have int
			err := db.QueryRowContext(t.Context(), "SELECT count(*) FROM pg_stat_activity "+
				"WHERE datname = current_database() AND wait_event_type = 'Lock'").Scan(&have)
			return err == nil && have == n
		}, time.Minute, time.Millisecond)
	}
	lock, err := db.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	defer lock.Rollback()
	_, err = lock.ExecContext(t.Context(), "LOCK TABLE event")
	require.NoError(t, err)
	var wg sync.WaitGroup
	wg.Go(func() { assert.NoError(t, old.Put(t.Context(), mario())) })
	waiting(1) // under version 1, before the verbale
	_, err = both.Rotate(t.Context())
	require.NoError(t, err)
	wg.Go(func() { assert.Error(t, both.Rewrap(t.Context(), nil), "the database refuses") })
	waiting(2)
	require.NoError(t, lock.Commit())
	wg.Wait()
	require.NoError(t, both.Rewrap(t.Context(), nil))
	back, err := openWith(t, dsn, onlySecond()).Person(t.Context(), mario().CF)
	require.NoError(t, err)
	assert.Equal(t, mario(), back)
}
