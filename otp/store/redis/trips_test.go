package redisstore_test

import (
	"context"
	"net"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/otp"
	redisstore "github.com/qr-invalidita/attesta/otp/store/redis"
)

// trips counts the round trips of a client.
type trips struct{ n int }

func (t *trips) DialHook(next redis.DialHook) redis.DialHook {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		return next(ctx, network, addr)
	}
}

func (t *trips) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		t.n++
		return next(ctx, cmd)
	}
}

func (t *trips) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		if cmds[0].Name() != "hello" { // of a new connection
			t.n++
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
	assert.Equal(t, 1, count.n)

	taken, _, err = s.TakePeek(t.Context(), call, wrong)
	require.NoError(t, err)
	assert.False(t, taken.OK)
	assert.Equal(t, 2, count.n)

	require.NoError(t, c.ScriptFlush(t.Context()).Err())
	count.n = 0
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
