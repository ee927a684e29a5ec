package otp_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/otp/otptest"
)

func TestMemoryStore(t *testing.T) {
	clock := &otptest.Clock{}
	store := &otp.MemoryStore{Clock: clock.Now}
	otptest.TestStore(t, otptest.StoreSetup{Open: func(*testing.T) otp.Store { return store },
		Advance: clock.Advance})
}

// The suite must also pass with a clock that the test does not control, as on a server.
func TestMemoryStoreRealClock(t *testing.T) {
	store := &otp.MemoryStore{}
	otptest.TestStore(t, otptest.StoreSetup{Open: func(*testing.T) otp.Store { return store }})
}

func TestMemoryLimiter(t *testing.T) {
	clock := &otptest.Clock{}
	limiter := &otp.MemoryLimiter{Clock: clock.Now}
	otptest.TestLimiter(t, otptest.LimiterSetup{Open: func(*testing.T) otp.Limiter { return limiter },
		Advance: clock.Advance})
}

func TestMemoryLimiterRealClock(t *testing.T) {
	limiter := &otp.MemoryLimiter{}
	otptest.TestLimiter(t, otptest.LimiterSetup{Open: func(*testing.T) otp.Limiter { return limiter }})
}

func TestMemoryStoreRefusesAndKeeps(t *testing.T) {
	clock := &otptest.Clock{}
	store := &otp.MemoryStore{Clock: clock.Now, Max: 64}
	until := clock.Now().Add(time.Hour)
	var kept []string
	for i := range 1000 {
		key := strconv.Itoa(i)
		ok, err := store.Swap(t.Context(), key, otp.Change{To: 1, Body: []byte("x"), Until: until})
		if err == nil && ok {
			kept = append(kept, key)
		} else {
			require.ErrorIs(t, err, otp.ErrFull)
			require.False(t, ok)
		}
	}
	require.Len(t, kept, 64, "every part is full")
	for _, key := range kept {
		s, err := store.Load(t.Context(), key)
		require.NoError(t, err)
		assert.Equal(t, int64(1), s.Version, "nothing was dropped to make room")
		ok, err := store.Swap(t.Context(), key, otp.Change{From: 1, To: 2, Body: []byte("y"), Until: until})
		require.NoError(t, err)
		assert.True(t, ok, "a record that is there can change though the store is full")
	}
	clock.Advance(time.Hour)
	ok, err := store.Swap(t.Context(), "new", otp.Change{To: 1, Body: []byte("x"),
		Until: until.Add(time.Hour)})
	require.NoError(t, err)
	assert.True(t, ok, "what has ended makes room")
}

func TestMemoryLimiterRefusesWhenFull(t *testing.T) {
	clock := &otptest.Clock{}
	limiter := &otp.MemoryLimiter{Clock: clock.Now, Max: 10}
	take := func(key string) (otp.Decision, error) {
		return limiter.Take(t.Context(), []otp.Bucket{{Key: key, Burst: 2, Interval: time.Minute}})
	}
	for i := range 10 {
		_, err := take(strconv.Itoa(i))
		require.NoError(t, err)
	}
	_, err := take("one more")
	require.ErrorIs(t, err, otp.ErrFull)
	d, err := take("3")
	require.NoError(t, err)
	assert.Equal(t, 0, d.Remaining, "a bucket that is there still counts")
	clock.Advance(time.Minute)
	_, err = take("one more")
	require.NoError(t, err, "full buckets make room")
}
