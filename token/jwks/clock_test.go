package jwks_test

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/token/jwks"
)

// steppedClock is the bubble's clock, moved forward or back.
type steppedClock struct {
	mu  sync.Mutex
	off time.Duration
}

func (s *steppedClock) step(by time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.off += by
}

func (s *steppedClock) now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return time.Now().Add(s.off)
}

func stepped(t *testing.T, o *origin) (*jwks.Client, *steppedClock) {
	t.Helper()
	clock := new(steppedClock)
	c := client(t, o)
	c.Now = clock.now
	require.NoError(t, c.Refresh(t.Context()))
	return c, clock
}

// A monotonic clock stands still while a machine sleeps, and the keys would not age.
func TestWallClock(t *testing.T) {
	c := client(t, serving(keySet(issuerName, "es-1")))
	require.NoError(t, c.Refresh(t.Context()))
	_, asOf, err := c.Keys()
	require.NoError(t, err)
	assert.True(t, asOf == asOf.Round(0), "%v has a monotonic reading", asOf)
}

func TestClockSetBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := serving(keySet(issuerName, "es-1"))
		c, clock := stepped(t, o)
		fetched := clock.now()
		clock.step(-token.Leeway)
		assertKeys(t, c, fetched, "es-1") // clocks are corrected by as much
		synctest.Wait()
		assert.Equal(t, 1, o.requests())

		o.become(cut())
		clock.step(-time.Nanosecond)
		keys, asOf, err := c.Keys()
		assert.Equal(t, jwks.ErrClock, err)
		assert.Empty(t, keys)
		assert.True(t, fetched.Equal(asOf))
		synctest.Wait()
		assert.Equal(t, 2, o.requests(),
			"a refresh is tried at once, although less than the interval went by")
		for range 100 {
			assertNoKeys(t, c, jwks.ErrClock)
			synctest.Wait()
		}
		assert.Equal(t, 2, o.requests(), "but once only")

		clock.step(time.Hour) // and forward again: they were good all the time
		assertKeys(t, c, fetched, "es-1")
	})
}

func TestClockSetBackIsHealedByARefresh(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := serving(keySet(issuerName, "es-1"))
		c, clock := stepped(t, o)
		clock.step(-10 * 365 * 24 * time.Hour)
		assertNoKeys(t, c, jwks.ErrClock)
		synctest.Wait()
		assertKeys(t, c, clock.now(), "es-1")

		clock.step(10 * 365 * 24 * time.Hour) // now they seem ten years old
		assertNoKeys(t, c, jwks.ErrStale)
		synctest.Wait()
		assertKeys(t, c, clock.now(), "es-1")
		assert.Equal(t, 3, o.requests())
	})
}

// If the clock is set back while the keys cannot be refreshed, a withdrawn key must not stay good
// for ever.
func TestClockHeldBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := serving(keySet(issuerName, "es-1"))
		c, clock := stepped(t, o)
		o.become(cut())
		for range 1000 {
			time.Sleep(time.Hour)
			clock.step(-time.Hour - time.Minute)
			c.Keys()
		}
		assertNoKeys(t, c, jwks.ErrClock)
	})
}

func TestClockSetForward(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := serving(keySet(issuerName, "es-1"))
		c, clock := stepped(t, o)
		fetched := clock.now()
		o.become(cut())
		clock.step(jwks.DefaultMaxAge + jwks.Grace)
		assertKeys(t, c, fetched, "es-1")
		synctest.Wait()
		clock.step(time.Nanosecond)
		assertNoKeys(t, c, jwks.ErrStale)
		clock.step(-jwks.Grace)
		assertKeys(t, c, fetched, "es-1")
		synctest.Wait()
		requests := o.requests()
		for range 100 {
			c.Keys()
			c.Missed()
			synctest.Wait()
		}
		assert.Equal(t, requests, o.requests())
	})
}
