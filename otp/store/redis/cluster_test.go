package redisstore_test

import (
	"net"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/internal/servers"
	"github.com/qr-invalidita/attesta/otp"
	redisstore "github.com/qr-invalidita/attesta/otp/store/redis"
)

// cluster is a cluster of one node. Like any other it refuses keys of different slots in one
// call.
func cluster(t *testing.T) *redis.ClusterClient {
	need(t)
	bus, err := servers.FreeAddr()
	require.NoError(t, err)
	_, port, err := net.SplitHostPort(bus)
	require.NoError(t, err)
	r := own(t, "--cluster-enabled", "yes", "--cluster-port", port)
	ctx := t.Context()
	node := client(t, r.Addr)
	require.NoError(t, node.ClusterAddSlotsRange(ctx, 0, 16383).Err())
	require.Eventually(t, func() bool {
		return node.Set(ctx, "x", 1, 0).Err() == nil
	}, time.Minute, 20*time.Millisecond)
	c := redis.NewClusterClient(&redis.ClusterOptions{Addrs: []string{r.Addr}, ContextTimeoutEnabled: true})
	t.Cleanup(func() { c.Close() })
	return c
}

func TestClusterSlots(t *testing.T) {
	c := cluster(t)
	ctx := t.Context()
	a, b := &redisstore.Store{Client: c}, &redisstore.Store{Client: c, Prefix: "b:", Wait: 1,
		WaitFor: 10 * time.Millisecond}
	for i := range 20 {
		_, err := a.Swap(ctx, string(rune('a'+i)), otp.Change{To: 1, Until: time.Now().Add(time.Hour)})
		require.NoError(t, err)
	}
	for _, s := range []*redisstore.Store{a, b} {
		d, err := s.Take(ctx, []otp.Bucket{{Key: "phone:0:x", Burst: 1, Interval: time.Hour},
			{Key: "operator:0:y", Burst: 1, Interval: time.Hour}})
		require.NoError(t, err)
		require.True(t, d.OK)
	}
	slots := map[int64]int{}
	keys, err := c.Keys(ctx, "*").Result()
	require.NoError(t, err)
	for _, k := range keys {
		n, err := c.ClusterKeySlot(ctx, k).Result()
		require.NoError(t, err)
		slots[n]++
	}
	assert.Greater(t, len(slots), 10, "records are spread")
	slot := func(k string) int64 { n, _ := c.ClusterKeySlot(ctx, k).Result(); return n }
	assert.Equal(t, slot("{otp:bucket}:phone:0:x"), slot("{otp:bucket}:operator:0:y"))
	assert.NotEqual(t, slot("{otp:bucket}:phone:0:x"), slot("{b:bucket}:phone:0:x"))
	assert.Contains(t, keys, "{b:bucket}:operator:0:y")

	_, err = b.Swap(ctx, "k", otp.Change{To: 1, Until: time.Now().Add(time.Hour)})
	assert.ErrorIs(t, err, redisstore.ErrReplicas, "WAIT finds the key's master")
}
