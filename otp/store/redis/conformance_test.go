package redisstore_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/otp/otptest"
	redisstore "github.com/qr-invalidita/attesta/otp/store/redis"
)

// pairing takes by TakePeek.
type pairing struct{ *redisstore.Store }

func (p pairing) Take(ctx context.Context, buckets []otp.Bucket) (otp.Decision, error) {
	if len(buckets) != 1 || buckets[0].Peek {
		return p.Store.Take(ctx, buckets)
	}
	taken, _, err := p.TakePeek(ctx, buckets[0], buckets)
	return taken, err
}

func conformance(t *testing.T, open func(t *testing.T) *redisstore.Store, advance func(time.Duration)) {
	t.Run("store", func(t *testing.T) {
		otptest.TestStore(t, otptest.StoreSetup{Open: func(t *testing.T) otp.Store { return open(t) },
			Advance: advance})
	})
	t.Run("limiter", func(t *testing.T) {
		otptest.TestLimiter(t, otptest.LimiterSetup{Open: func(t *testing.T) otp.Limiter { return open(t) },
			Advance: advance})
	})
	t.Run("take and peek", func(t *testing.T) {
		otptest.TestLimiter(t, otptest.LimiterSetup{
			Open: func(t *testing.T) otp.Limiter { return pairing{open(t)} }, Advance: advance})
	})
}

func TestConformance(t *testing.T) {
	addr := need(t)
	conformance(t, func(t *testing.T) *redisstore.Store { return &redisstore.Store{Client: client(t, addr)} },
		nil)
}

func TestConformanceCluster(t *testing.T) {
	c := cluster(t)
	conformance(t, func(t *testing.T) *redisstore.Store { return &redisstore.Store{Client: c} }, nil)
}

// miniredis has a clock that can be set. It is decades away here, so any use of the caller's
// clock shows.
func TestConformanceOtherClock(t *testing.T) {
	for _, c := range []struct {
		name  string
		sweep bool // whether expired keys are removed at once
	}{{"gone", true}, {"still there", false}} {
		t.Run(c.name, func(t *testing.T) {
			m, s := mini(t)
			clock := time.Date(2001, 2, 3, 4, 5, 6, 789e6, time.UTC)
			m.SetTime(clock)
			r, err := s.Load(t.Context(), "k")
			require.NoError(t, err)
			require.Equal(t, clock, r.Now.UTC())
			conformance(t, func(t *testing.T) *redisstore.Store {
				return &redisstore.Store{Client: client(t, m.Addr()), Eviction: redisstore.Unchecked}
			}, func(d time.Duration) {
				clock = clock.Add(d)
				m.SetTime(clock)
				if c.sweep {
					m.FastForward(d)
				}
			})
		})
	}
}
