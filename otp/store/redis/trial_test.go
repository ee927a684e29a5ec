package redisstore_test

import (
	"bytes"
	"context"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/otp/internal/trial"
	redisstore "github.com/qr-invalidita/attesta/otp/store/redis"
)

var setup = trial.Setup{
	New: func(t testing.TB) string { return need(t) },
	Open: func(t testing.TB, where string) trial.Backend {
		return &redisstore.Store{Client: client(t, where), Prefix: t.Name() + ":"}
	},
}

func TestProcesses(t *testing.T) { trial.Processes(t, setup) }

func TestKilled(t *testing.T) {
	t.Parallel()
	trial.Killed(t, setup)
}

// If every write is on disk before it is acknowledged, a crash loses nothing.
func TestOutage(t *testing.T) {
	r := own(t, "--appendonly", "yes", "--appendfsync", "always")
	s := &redisstore.Store{Client: client(t, r.Addr)}
	t.Run("stop", func(t *testing.T) { trial.Outage(t, s, r.Stop, r.Start) })
	t.Run("crash", func(t *testing.T) { trial.Outage(t, s, r.Kill, r.Start) })
}

func TestSecrets(t *testing.T) {
	c := client(t, own(t).Addr)
	trial.Secrets(t, &redisstore.Store{Client: c}, func() []byte { return dump(t, c) })
}

// dump returns all keys and values as they are.
func dump(t *testing.T, c *redis.Client) []byte {
	ctx := t.Context()
	var all bytes.Buffer
	keys, err := c.Keys(ctx, "*").Result()
	require.NoError(t, err)
	for _, k := range keys {
		all.WriteString(k + "\n")
		kind, err := c.Type(ctx, k).Result()
		require.NoError(t, err)
		if kind == "none" { // it has expired meanwhile
			continue
		}
		if kind == "string" {
			all.WriteString(c.Get(ctx, k).Val() + "\n")
			continue
		}
		require.Equal(t, "hash", kind)
		for field, v := range c.HGetAll(ctx, k).Val() {
			all.WriteString(field + "\n" + v + "\n")
		}
	}
	return all.Bytes()
}

func BenchmarkRedis(b *testing.B) {
	bench(b, own(b).Addr, redisstore.Refuse)
}

func BenchmarkRedisAppendFsyncAlways(b *testing.B) {
	bench(b, own(b, "--appendonly", "yes", "--appendfsync", "always").Addr, redisstore.Refuse)
}

func BenchmarkMiniredis(b *testing.B) {
	bench(b, miniredis.RunT(b).Addr(), redisstore.Unchecked)
}

func bench(b *testing.B, addr string, eviction redisstore.Eviction) {
	c := redis.NewClient(&redis.Options{Addr: addr, PoolSize: 16})
	b.Cleanup(func() { c.Close() })
	script := redis.NewScript(`return redis.call('SET', KEYS[1], ARGV[1], 'PX', 60000)`)
	trial.Bench(b, &redisstore.Store{Client: c, Eviction: eviction}, func(ctx context.Context, n int) error {
		return script.Run(ctx, c, []string{"bare:" + strconv.Itoa(n)}, n).Err()
	})
}

// Each step is one round trip.
func TestSteps(t *testing.T) {
	c := client(t, own(t).Addr)
	commands := &counter{}
	s := &redisstore.Store{Client: c}
	warmUp := 1 // a script that the server does not know is sent again, whole
	c.AddHook(commands)
	trial.Steps(t, s, func(steps int) {
		if warmUp--; warmUp < 0 {
			require.Equal(t, int64(steps), commands.Load())
		}
		commands.Store(0)
	})
}

// counter is a hook that counts round trips.
type counter struct{ atomic.Int64 }

func (*counter) DialHook(next redis.DialHook) redis.DialHook { return next }

func (n *counter) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		n.Add(1)
		return next(ctx, cmds)
	}
}

func (n *counter) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		n.Add(1)
		return next(ctx, cmd)
	}
}
