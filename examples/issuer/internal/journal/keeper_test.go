package journal_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/issuer/internal/journal"
	"github.com/qr-invalidita/attesta/internal/servers"
)

// eachKeeper runs a test for both keepers. Each call of open is another process with the same journal; away
// makes it unreachable.
func eachKeeper(t *testing.T, test func(t *testing.T, open func(issuer string) journal.Keeper, away func())) {
	t.Helper()
	t.Run("folder", func(t *testing.T) {
		path := t.TempDir()
		test(t, func(issuer string) journal.Keeper {
			k := journal.NewFolder(path, issuer)
			t.Cleanup(func() { assert.NoError(t, k.Close()) })
			return k
		}, func() { require.NoError(t, os.Rename(path, filepath.Join(t.TempDir(), "away"))) })
	})
	t.Run("redis", func(t *testing.T) {
		server, err := servers.NewRedis()
		if servers.Skip(err) {
			t.Skip(err)
		}
		require.NoError(t, err)
		t.Cleanup(func() { assert.NoError(t, server.Close()) })
		test(t, func(issuer string) journal.Keeper {
			k := journal.NewRedis(redis.NewClient(&redis.Options{Addr: server.Addr, MaxRetries: -1}), issuer)
			t.Cleanup(func() { assert.NoError(t, k.Close()) })
			return k
		}, func() { require.NoError(t, server.Kill()) })
	})
}

// lines returns what is kept but empty lines.
func lines(t *testing.T, k journal.Keeper) (list []string) {
	t.Helper()
	all, err := k.Read(t.Context())
	require.NoError(t, err)
	for _, line := range all {
		if line != "" {
			list = append(list, line)
		}
	}
	return list
}

// What one process keeps, another one reads; nobody damages what others keep; the checkpoint of the largest
// log is always there, and the only one after a reset.
func TestKeeper(t *testing.T) {
	eachKeeper(t, func(t *testing.T, open func(string) journal.Keeper, away func()) {
		ctx, one, two := t.Context(), open("a"), open("a")
		assert.Empty(t, lines(t, one))
		require.NoError(t, one.Add(ctx, []string{"void 1", "void 2"}))
		require.NoError(t, two.Add(ctx, []string{"void 3"}))
		require.NoError(t, one.Add(ctx, []string{"void 4"}))
		require.NoError(t, one.Put(ctx, 10, "log 10"))
		require.NoError(t, two.Put(ctx, 9, "log 9"))
		voids := []string{"void 1", "void 2", "void 3", "void 4"}
		assert.Subset(t, lines(t, two), append(voids, "log 10"))
		require.NoError(t, one.Add(ctx, []string{"void 1"}), "again")
		require.NoError(t, open("b").Put(ctx, 20, "log 20"), "another issuer")
		assert.NotContains(t, lines(t, open("a")), "log 20")

		require.NoError(t, two.Reset(ctx, "log 5"))
		assert.Subset(t, lines(t, open("a")), append(voids, "log 5"))
		assert.NotContains(t, lines(t, one), "log 10")
		require.NoError(t, one.Put(ctx, 6, "log 6"), "after the reset of another process")
		assert.Contains(t, lines(t, two), "log 6")
		before := lines(t, one)
		require.NoError(t, one.Writable(ctx))
		assert.ElementsMatch(t, before, lines(t, one))

		away()
		_, err := one.Read(ctx)
		assert.Error(t, err)
		assert.Error(t, one.Put(ctx, 11, "log 11"))
		assert.Error(t, open("a").Add(ctx, []string{"void 5"}))
		assert.Error(t, one.Writable(ctx))
	})
}

// A Redis without memory keeps nothing, and the question whether it would leaves nothing.
func TestFullRedis(t *testing.T) {
	server, err := servers.NewRedis("--maxmemory", "1")
	if servers.Skip(err) {
		t.Skip(err)
	}
	require.NoError(t, err)
	defer server.Close()
	client, ctx := redis.NewClient(&redis.Options{Addr: server.Addr}), t.Context()
	k := journal.NewRedis(client, "a")
	defer k.Close()
	require.ErrorContains(t, k.Put(ctx, 1, "log 1"), "OOM")
	assert.ErrorContains(t, k.Writable(ctx), "OOM")
	require.NoError(t, client.ConfigSet(ctx, "maxmemory", "0").Err())
	require.NoError(t, k.Writable(ctx))
	assert.Zero(t, client.DBSize(ctx).Val())
}

// A process that restarts every day does not fill the folder, and a torn line spoils no other one.
func TestFolder(t *testing.T) {
	path, ctx := t.TempDir(), t.Context()
	old := filepath.Join(path, "a-0000.checkpoint")
	require.NoError(t, os.WriteFile(old, []byte("log 1\n"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(path, "a-0000.voids"), []byte("void 1\nvoi"), 0o600))
	yesterday := time.Now().Add(-25 * time.Hour)
	require.NoError(t, os.Chtimes(old, yesterday, yesterday))
	f := journal.NewFolder(path, "a")
	defer f.Close()
	require.NoError(t, f.Put(ctx, 2, "log 2"))
	require.NoError(t, f.Add(ctx, []string{"void 2"}))
	assert.ElementsMatch(t, []string{"log 2", "void 1", "voi", "void 2"}, lines(t, f), "the MAC refuses it")
	info, err := os.ReadDir(path)
	require.NoError(t, err)
	assert.Len(t, info, 3)
}
