package redisstore_test

import (
	"context"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/otp"
	redisstore "github.com/qr-invalidita/attesta/otp/store/redis"
)

// trips counts the round trips of a client, and may call before each of them.
type trips struct {
	n      atomic.Int64
	before func()
}

func (t *trips) DialHook(next redis.DialHook) redis.DialHook {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		return next(ctx, network, addr)
	}
}

func (t *trips) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		t.n.Add(1)
		return next(ctx, cmd)
	}
}

func (t *trips) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		if cmds[0].Name() != "hello" { // of a new connection
			t.n.Add(1)
			if t.before != nil {
				t.before()
			}
		}
		return next(ctx, cmds)
	}
}

// What a check asks is one round trip, also for a server that has lost its scripts by the second call.
func TestTakePeekRoundTrips(t *testing.T) {
	c := client(t, own(t).Addr)
	s := &redisstore.Store{Client: c}
	call := otp.Bucket{Key: "calls:x", Burst: 2, Interval: time.Hour}
	wrong := []otp.Bucket{{Key: "wrong:0", Burst: 1, Interval: time.Hour},
		{Key: "wrong:1", Burst: 5, Interval: time.Hour}}
	_, _, err := s.TakePeek(t.Context(), call, wrong) // asks for the policy and loads the script
	require.NoError(t, err)

	count := &trips{}
	c.AddHook(count)
	taken, peeked, err := s.TakePeek(t.Context(), call, wrong)
	require.NoError(t, err)
	assert.Equal(t, []bool{true, true}, []bool{taken.OK, peeked.OK})
	assert.Equal(t, []int{1, 5}, peeked.Left)
	assert.Equal(t, int64(1), count.n.Load())

	taken, _, err = s.TakePeek(t.Context(), call, wrong)
	require.NoError(t, err)
	assert.False(t, taken.OK)
	assert.Equal(t, int64(2), count.n.Load())

	require.NoError(t, c.ScriptFlush(t.Context()).Err())
	other := otp.Bucket{Key: "calls:y", Burst: 1, Interval: time.Hour}
	taken, peeked, err = s.TakePeek(t.Context(), other, wrong)
	require.NoError(t, err)
	assert.Equal(t, []bool{true, true}, []bool{taken.OK, peeked.OK})
	taken, _, err = s.TakePeek(t.Context(), other, wrong)
	require.NoError(t, err)
	assert.False(t, taken.OK, "the token was taken once")

	last := otp.Bucket{Key: "calls:z", Burst: 1, Interval: time.Hour}
	taken, peeked, err = s.TakePeek(t.Context(), last, []otp.Bucket{last})
	require.NoError(t, err)
	assert.Equal(t, []bool{true, false}, []bool{taken.OK, peeked.OK}, "it looks after it takes")
}

// Callers who ask at the same time share round trips, and each gets the answer to what they asked, also from
// a server that has lost its scripts.
func TestTakePeekTogether(t *testing.T) {
	c := client(t, own(t).Addr)
	s := &redisstore.Store{Client: c}
	count := &trips{}
	c.AddHook(count)
	const callers = 40
	shared := otp.Bucket{Key: "calls:shared", Burst: 25, Interval: time.Hour}
	wrong := func(i int) otp.Bucket {
		return otp.Bucket{Key: "wrong:" + strconv.Itoa(i), Burst: 100, Interval: time.Hour, Tokens: i}
	}
	for i := range callers {
		_, err := s.Take(t.Context(), []otp.Bucket{wrong(i + 1)})
		require.NoError(t, err)
	}
	require.NoError(t, c.ScriptFlush(t.Context()).Err())
	count.n.Store(0)
	var taken atomic.Int64
	var wg sync.WaitGroup
	for i := range callers {
		wg.Go(func() {
			look := wrong(i + 1)
			look.Tokens = 0
			d, peeked, err := s.TakePeek(t.Context(), shared, []otp.Bucket{look})
			if assert.NoError(t, err) && d.OK {
				taken.Add(1)
			}
			assert.Equal(t, []int{100 - (i + 1)}, peeked.Left)
		})
	}
	wg.Wait()
	assert.Equal(t, int64(25), taken.Load())

	var asking atomic.Int64
	var all sync.Once
	c.AddHook(&trips{before: func() { // the first waits for the others
		all.Do(func() {
			for asking.Load() < callers {
				time.Sleep(time.Millisecond)
			}
			time.Sleep(10 * time.Millisecond) // those who say that they ask are about to do so
		})
	}})
	count.n.Store(0)
	for range callers {
		wg.Go(func() {
			asking.Add(1)
			_, _, err := s.TakePeek(t.Context(), wrong(1), []otp.Bucket{wrong(2)})
			assert.NoError(t, err)
		})
	}
	wg.Wait()
	assert.Less(t, count.n.Load(), int64(callers)*3/4)
}
