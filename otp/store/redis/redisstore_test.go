package redisstore_test

import (
	"context"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/otp"
	redisstore "github.com/qr-invalidita/attesta/otp/store/redis"
)

func change(from, to int64, until time.Time) otp.Change {
	return otp.Change{From: from, To: to, Body: []byte("body"), Until: until}
}

// Every key has an end in milliseconds. With EXPIREAT, which takes seconds, a key would stay
// for about 56,000 years.
func TestEveryKeyEnds(t *testing.T) {
	c := client(t, need(t))
	ctx := t.Context()
	s := &redisstore.Store{Client: c, Prefix: "ends:"}
	r, err := s.Load(ctx, "k")
	require.NoError(t, err)
	until := r.Now.Add(90 * time.Minute)
	ok, err := s.Swap(ctx, "k", change(0, 7, until))
	require.NoError(t, err)
	require.True(t, ok)
	buckets := []otp.Bucket{{Key: "a", Burst: 5, Interval: time.Minute},
		{Key: "b", Burst: 31, Interval: 24 * time.Hour},
		{Key: "c", Burst: 1, Interval: time.Second, Peek: true}}
	for range 3 {
		d, err := s.Take(ctx, buckets)
		require.NoError(t, err)
		require.True(t, d.OK)
	}
	ends := map[string]time.Duration{}
	keys, err := c.Keys(ctx, "*ends:*").Result()
	require.NoError(t, err)
	for _, k := range keys {
		at, err := c.PExpireTime(ctx, k).Result()
		require.NoError(t, err)
		ends[k] = (at - time.Duration(r.Now.UnixMilli())*time.Millisecond).Round(time.Minute)
	}
	assert.Equal(t, map[string]time.Duration{"ends:record:k": 90 * time.Minute,
		"{ends:bucket}:a": 3 * time.Minute, "{ends:bucket}:b": 3 * 24 * time.Hour}, ends,
		"a peek leaves nothing")
	at, err := c.PExpireTime(ctx, "ends:record:k").Result()
	require.NoError(t, err)
	assert.Equal(t, until.UnixMilli(), at.Milliseconds(), "to the millisecond")

	ok, err = s.Swap(ctx, "k", change(7, 9, until.Add(time.Millisecond)))
	require.NoError(t, err)
	require.True(t, ok)
	at, err = c.PExpireTime(ctx, "ends:record:k").Result()
	require.NoError(t, err)
	assert.Equal(t, until.UnixMilli()+1, at.Milliseconds(), "a later end is that of the key too")
	ok, err = s.Swap(ctx, "k", change(9, 8, r.Now.Add(-time.Second)))
	require.NoError(t, err)
	assert.True(t, ok)
	n, err := c.Exists(ctx, "ends:record:k").Result()
	require.NoError(t, err)
	assert.Zero(t, n, "a record that ended already is dropped")
}

func TestEviction(t *testing.T) {
	c := client(t, own(t).Addr)
	ctx := t.Context()
	for _, k := range []struct {
		policy   string
		eviction redisstore.Eviction
		want     error
	}{
		{"noeviction", redisstore.Refuse, nil},
		{"noeviction", redisstore.VolatileTTL, nil},
		{"volatile-ttl", redisstore.Refuse, redisstore.ErrEvicts},
		{"volatile-ttl", redisstore.VolatileTTL, nil},
		{"volatile-lru", redisstore.VolatileTTL, redisstore.ErrEvicts},
		{"allkeys-lru", redisstore.Refuse, redisstore.ErrEvicts},
		{"allkeys-random", redisstore.VolatileTTL, redisstore.ErrEvicts},
		{"allkeys-lru", redisstore.Unchecked, nil},
	} {
		require.NoError(t, c.ConfigSet(ctx, "maxmemory-policy", k.policy).Err())
		s := &redisstore.Store{Client: c, Eviction: k.eviction}
		_, err := s.Load(ctx, "k")
		assert.ErrorIs(t, err, k.want, k.policy)
		_, err = s.Swap(ctx, "k", change(0, 1, time.Now()))
		assert.ErrorIs(t, err, k.want, k.policy)
		_, err = s.Take(ctx, []otp.Bucket{{Key: "a", Burst: 1, Interval: time.Second}})
		assert.ErrorIs(t, err, k.want, k.policy)
		assert.ErrorIs(t, s.Check(ctx), k.want, k.policy)
	}
	t.Run("mended while we run", func(t *testing.T) {
		s := &redisstore.Store{Client: c}
		_, err := s.Load(ctx, "k")
		require.ErrorIs(t, err, redisstore.ErrEvicts)
		require.NoError(t, c.ConfigSet(ctx, "maxmemory-policy", "noeviction").Err())
		_, err = s.Load(ctx, "k")
		require.NoError(t, err)
		require.NoError(t, c.ConfigSet(ctx, "maxmemory-policy", "allkeys-lru").Err())
		assert.ErrorIs(t, s.Check(ctx), redisstore.ErrEvicts, "Check asks each time")
		require.NoError(t, c.ConfigSet(ctx, "maxmemory-policy", "noeviction").Err())
	})
	t.Run("no right to ask", func(t *testing.T) {
		require.NoError(t, c.ACLSetUser(ctx, "app", "on", "nopass", "~*", "+@all", "-@dangerous",
			"-@admin").Err())
		app := redis.NewClient(&redis.Options{Addr: c.Options().Addr, Username: "app", Password: "x"})
		t.Cleanup(func() { app.Close() })
		s := &redisstore.Store{Client: app}
		_, err := s.Load(ctx, "k")
		assert.ErrorIs(t, err, redisstore.ErrPolicyHidden)
		s = &redisstore.Store{Client: app, Eviction: redisstore.Unchecked}
		_, err = s.Load(ctx, "k")
		assert.NoError(t, err)
	})
	t.Run("no such section", func(t *testing.T) {
		_, s := mini(t)
		s.Eviction = redisstore.Refuse
		_, err := s.Load(ctx, "k")
		assert.ErrorIs(t, err, redisstore.ErrPolicyHidden)
	})
}

// A full server refuses new records and keeps those that it holds.
func TestFullServer(t *testing.T) {
	c := client(t, own(t).Addr)
	ctx := t.Context()
	s := &redisstore.Store{Client: c}
	until := time.Now().Add(time.Hour)
	ok, err := s.Swap(ctx, "k", change(0, 1, until))
	require.NoError(t, err)
	require.True(t, ok)
	require.NoError(t, c.ConfigSet(ctx, "maxmemory", "1").Err())
	_, err = s.Swap(ctx, "k", change(1, 2, until))
	assert.Error(t, err)
	_, err = s.Take(ctx, []otp.Bucket{{Key: "a", Burst: 1, Interval: time.Second}})
	assert.Error(t, err)
	r, err := s.Load(ctx, "k")
	require.NoError(t, err)
	assert.Equal(t, int64(1), r.Version)
}

func TestConfiguration(t *testing.T) {
	c := client(t, "127.0.0.1:1")
	ring := redis.NewRing(&redis.RingOptions{Addrs: map[string]string{"a": "127.0.0.1:1"}})
	t.Cleanup(func() { ring.Close() })
	for name, s := range map[string]*redisstore.Store{
		"no client": {},
		"ring":      {Client: ring},
		"braces":    {Client: c, Prefix: "{x}"},
		"length":    {Client: c, Prefix: strings.Repeat("x", 65)},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := s.Load(t.Context(), "k")
			assert.ErrorContains(t, err, "store: ")
			_, err = s.Take(t.Context(), nil)
			assert.ErrorContains(t, err, "store: ")
		})
	}
	_, s := mini(t)
	d, err := s.Take(t.Context(), nil)
	require.NoError(t, err)
	assert.Equal(t, otp.Decision{OK: true}, d)
}

// A client that lost the answer sends the script again. The second run must not report that
// another writer was faster.
func TestSwapTwice(t *testing.T) {
	s := &redisstore.Store{Client: client(t, need(t)), Prefix: "twice:"}
	until := time.Now().Add(time.Hour)
	for _, from := range []int64{0, 5} {
		for range 2 {
			ok, err := s.Swap(t.Context(), "k", change(from, from+5, until))
			require.NoError(t, err)
			assert.True(t, ok)
		}
	}
	ok, err := s.Swap(t.Context(), "k", change(5, 11, until))
	require.NoError(t, err)
	assert.False(t, ok)
}

// The scripts are loaded again if the server forgot them.
func TestScriptFlush(t *testing.T) {
	c := client(t, own(t).Addr)
	s := &redisstore.Store{Client: c}
	for n := range int64(2) {
		ok, err := s.Swap(t.Context(), "k", change(n, n+1, time.Now().Add(time.Hour)))
		require.NoError(t, err)
		assert.True(t, ok)
		require.NoError(t, c.ScriptFlush(t.Context()).Err())
	}
}

func TestWait(t *testing.T) {
	master := own(t, "--repl-diskless-sync-delay", "0")
	host, port, err := net.SplitHostPort(master.Addr)
	require.NoError(t, err)
	replica := own(t, "--replicaof", host+" "+port)
	ctx := t.Context()
	c := client(t, master.Addr)
	copied := client(t, replica.Addr)
	require.Eventually(t, func() bool {
		return strings.Contains(copied.Info(ctx, "replication").Val(), "master_link_status:up")
	}, 20*time.Second, 20*time.Millisecond)
	s := &redisstore.Store{Client: c, Wait: 1, WaitFor: 30 * time.Second}
	until := time.Now().Add(time.Hour)
	ok, err := s.Swap(ctx, "k", change(0, 1, until))
	require.NoError(t, err)
	require.True(t, ok)
	record, err := copied.Get(ctx, "otp:record:k").Result()
	require.NoError(t, err)
	assert.Regexp(t, `^1 \d+ `, record, "the replica has it at once")
	ok, err = s.Swap(ctx, "k", change(3, 4, until))
	require.NoError(t, err)
	assert.False(t, ok, "nothing to wait for")

	require.NoError(t, replica.Stop())
	s = &redisstore.Store{Client: c, Wait: 1, WaitFor: 100 * time.Millisecond}
	ok, err = s.Swap(ctx, "k", change(1, 2, until))
	assert.ErrorIs(t, err, redisstore.ErrReplicas)
	assert.False(t, ok)
	r, err := s.Load(ctx, "k")
	require.NoError(t, err)
	assert.Equal(t, int64(2), r.Version, "the master has it, and the next Load tells")
}

func TestErrorsAreQuiet(t *testing.T) {
	c := client(t, need(t))
	ctx := t.Context()
	s := &redisstore.Store{Client: c, Prefix: "quiet:"}
	require.NoError(t, c.Set(ctx, "quiet:record:SECRETKEY", "SECRETBODY", time.Minute).Err())
	require.NoError(t, c.Set(ctx, "{quiet:bucket}:SECRETKEY", "SECRETBODY", time.Minute).Err())
	_, load := s.Load(ctx, "SECRETKEY")
	_, swap := s.Swap(ctx, "SECRETKEY", otp.Change{To: 1, Body: []byte("SECRETBODY"),
		Until: time.Now().Add(time.Hour)})
	_, take := s.Take(ctx, []otp.Bucket{{Key: "SECRETKEY", Burst: 1, Interval: time.Second}})
	for _, err := range []error{load, swap, take} {
		require.Error(t, err)
		assert.NotContains(t, err.Error(), "SECRET")
	}
}

// A server that does not answer does not hold the caller beyond its deadline.
func TestDeadline(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	s := &redisstore.Store{Client: client(t, l.Addr().String()), Eviction: redisstore.Unchecked}
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	start := time.Now()
	_, err = s.Load(ctx, "k")
	assert.Error(t, err)
	assert.Less(t, time.Since(start), 30*time.Second) // the client alone would wait for a minute
}
