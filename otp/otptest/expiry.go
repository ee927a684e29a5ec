package otptest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func testExpiry(t *testing.T, s StoreSetup) {
	st, key := s.Open(t), freshKey()
	const life = 400 * time.Millisecond
	until := load(t, st, key).Now.Add(life)
	require.True(t, swap(t, st, key, 0, 21, "short", until))
	if r := load(t, st, key); r.Now.Before(until) { // on a machine that is not too busy
		require.Equal(t, int64(21), r.Version)
	}
	s.wait(life + 50*time.Millisecond)
	r := load(t, st, key)
	assert.Zero(t, r.Version)
	assert.Empty(t, r.Body)
	assert.False(t, swap(t, st, key, 21, 22, "x", r.Now.Add(time.Hour)), "it has ended")
	require.True(t, swap(t, st, key, 0, 23, "next", r.Now.Add(time.Hour)), "the key is free again")
	assert.False(t, swap(t, st, key, 21, 24, "x", r.Now.Add(time.Hour)), "21 was the record that ended")
	assert.Equal(t, "next", string(load(t, st, key).Body))
}

func testBoundary(t *testing.T, s StoreSetup) {
	if s.Advance == nil {
		t.Skip("needs a clock that can be moved")
	}
	st, key := s.Open(t), freshKey()
	require.True(t, swap(t, st, key, 0, 31, "x", load(t, st, key).Now.Add(time.Second)))
	s.Advance(999 * time.Millisecond)
	assert.Equal(t, int64(31), load(t, st, key).Version, "one millisecond before")
	s.Advance(time.Millisecond)
	assert.Zero(t, load(t, st, key).Version, "at Until")
}

func testUntil(t *testing.T, s StoreSetup) {
	st, shorter := s.Open(t), freshKey()
	const long = time.Hour
	longer, short := s.lengthen(t, long)
	now := load(t, st, shorter).Now
	require.True(t, swap(t, st, shorter, 0, 1, "x", now.Add(long)))
	require.True(t, swap(t, st, shorter, 1, 2, "x", load(t, st, shorter).Now.Add(short)))
	s.wait(short + 50*time.Millisecond)
	assert.Equal(t, int64(2), load(t, st, longer).Version)
	assert.Zero(t, load(t, st, shorter).Version)
}

// lengthen makes a record with a short life and gives it a long one before it ends. On a busy machine it
// tries longer lives.
func (s StoreSetup) lengthen(t *testing.T, long time.Duration) (key string, short time.Duration) {
	t.Helper()
	st := s.Open(t)
	for short = 400 * time.Millisecond; ; short *= 2 {
		key = freshKey()
		until := load(t, st, key).Now.Add(short)
		require.True(t, swap(t, st, key, 0, 1, "x", until))
		if swap(t, st, key, 1, 2, "x", until.Add(long)) {
			return key, short
		}
		require.False(t, load(t, st, key).Now.Before(until), "the record had not ended")
	}
}
