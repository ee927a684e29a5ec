package otptest

import (
	"math/rand/v2"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/otp"
)

// A LimiterSetup tells [TestLimiter] how to reach the limiter under test.
type LimiterSetup struct {
	// Open is as in [StoreSetup]; all handles see the same buckets.
	Open func(t *testing.T) otp.Limiter
	// Advance is as in [StoreSetup].
	Advance func(d time.Duration)
}

func (s LimiterSetup) wait(d time.Duration) { StoreSetup{Advance: s.Advance}.wait(d) }

// TestLimiter runs the conformance suite of otp.Limiter.
func TestLimiter(t *testing.T, s LimiterSetup) {
	for _, c := range []struct {
		name string
		run  func(*testing.T, LimiterSetup)
	}{
		{"burst", testBurst}, {"tokens come back", testComeBack}, {"all or none", testAllOrNone},
		{"peek", testPeek}, {"several tokens", testTokens}, {"left", testLeft},
		{"which bucket", testWhich}, {"slow buckets", testSlow}, {"refill", testRefill},
		{"races", testTakeRace}, {"races in opposite order", testOppositeRace},
		{"arithmetic", testArithmetic},
	} {
		t.Run(c.name, func(t *testing.T) { c.run(t, s) })
	}
}

func bucket(burst int, interval time.Duration) otp.Bucket {
	return otp.Bucket{Key: "test:0:" + freshKey(), Burst: burst, Interval: interval}
}

func take(t *testing.T, l otp.Limiter, b ...otp.Bucket) otp.Decision {
	t.Helper()
	d, err := l.Take(t.Context(), b)
	require.NoError(t, err)
	if d.OK {
		require.Zero(t, d.RetryAfter)
	} else {
		require.Positive(t, d.RetryAfter)
		require.Zero(t, d.Remaining)
	}
	return d
}

func testBurst(t *testing.T, s LimiterSetup) {
	a, b, k := s.Open(t), s.Open(t), bucket(3, time.Hour)
	assert.True(t, take(t, a).OK, "no buckets")
	for left := 2; left >= 0; left-- {
		d := take(t, a, k)
		require.True(t, d.OK)
		assert.Equal(t, left, d.Remaining)
		a, b = b, a
	}
	d := take(t, a, k)
	assert.False(t, d.OK)
	assert.InDelta(t, time.Hour, d.RetryAfter, float64(time.Minute))
	assert.True(t, take(t, a, bucket(3, time.Hour)).OK, "another key")
}

func testComeBack(t *testing.T, s LimiterSetup) {
	l := s.Open(t)
	k, d := s.emptied(t, l)
	require.False(t, d.OK)
	require.LessOrEqual(t, d.RetryAfter, k.Interval)
	s.wait(d.RetryAfter)
	require.True(t, take(t, l, k).OK, "after RetryAfter there is a token")
	s.wait(3*k.Interval + 100*time.Millisecond)
	assert.Equal(t, 1, take(t, l, k).Remaining, "full again, and not more than full")
}

// emptied takes the two tokens of a bucket, and returns the answer to the next call. If the machine is so
// busy that a token comes back before that call, it tries a slower bucket.
func (s LimiterSetup) emptied(t *testing.T, l otp.Limiter) (otp.Bucket, otp.Decision) {
	t.Helper()
	for interval := 500 * time.Millisecond; ; interval *= 2 {
		k, begun := bucket(2, interval), time.Now()
		require.True(t, take(t, l, k).OK)
		require.True(t, take(t, l, k).OK)
		d := take(t, l, k)
		if late := s.Advance == nil && time.Since(begun) > interval*9/10; !d.OK || !late {
			return k, d
		}
	}
}

func testAllOrNone(t *testing.T, s LimiterSetup) {
	l, full, empty := s.Open(t), bucket(5, time.Hour), bucket(1, time.Hour)
	require.True(t, take(t, l, empty).OK)
	for _, order := range [][]otp.Bucket{{full, empty}, {empty, full}} {
		d := take(t, l, order...)
		assert.False(t, d.OK)
		assert.Equal(t, empty.Key, order[d.Bucket].Key)
	}
	assert.Equal(t, 4, take(t, l, full).Remaining, "nothing was taken by the refused calls")
}

func testPeek(t *testing.T, s LimiterSetup) {
	l, k := s.Open(t), bucket(2, time.Hour)
	look := k
	look.Peek = true
	for range 3 {
		d := take(t, l, look)
		require.True(t, d.OK)
		require.Equal(t, 2, d.Remaining)
	}
	require.True(t, take(t, l, k).OK)
	require.Equal(t, 1, take(t, l, look).Remaining)
	require.True(t, take(t, l, k).OK)
	require.False(t, take(t, l, look).OK)
	other := bucket(2, time.Hour)
	require.False(t, take(t, l, other, look).OK, "a bucket peeked at refuses for all")
	require.Equal(t, 1, take(t, l, other).Remaining)
}

// A call may take several tokens of a bucket.
func testTokens(t *testing.T, s LimiterSetup) {
	l, k, other := s.Open(t), bucket(5, time.Hour), bucket(9, time.Hour)
	k.Tokens = 3
	d := take(t, l, k, other)
	require.True(t, d.OK)
	assert.Equal(t, []int{2, 8}, d.Left)
	d = take(t, l, other, k)
	assert.False(t, d.OK)
	assert.Equal(t, []int{8, 2}, d.Left)
	assert.InDelta(t, time.Hour, d.RetryAfter, float64(time.Minute), "one token is missing")
	k.Tokens = 2
	look := k
	look.Peek = true
	assert.Equal(t, []int{2}, take(t, l, look).Left)
	assert.Equal(t, []int{0}, take(t, l, k).Left)
	more := bucket(5, time.Hour)
	more.Tokens = 6
	assert.False(t, take(t, l, more).OK, "more than it holds")
}

// Left has the tokens of every bucket, in the order of the call.
func testLeft(t *testing.T, s LimiterSetup) {
	l, few, many := s.Open(t), bucket(2, time.Hour), bucket(5, time.Hour)
	look := many
	look.Peek = true
	assert.Equal(t, []int{1, 5}, take(t, l, few, look).Left)
	assert.Equal(t, []int{4, 0}, take(t, l, many, few).Left)
	assert.Equal(t, []int{0, 4}, take(t, l, few, look).Left, "refused, so nothing was taken")
	var looks []otp.Bucket
	var left []int
	for range 10 {
		looks, left = append(looks, look), append(left, 4)
		assert.Equal(t, left, take(t, l, looks...).Left)
		look = bucket(4, time.Hour)
		look.Peek = true
	}
	assert.Empty(t, take(t, l).Left)
}

// If the limiter is an [otp.Refiller], a bucket is full afterwards, and its tokens can be taken again.
func testRefill(t *testing.T, s LimiterSetup) {
	a, b, k, other := s.Open(t), s.Open(t), bucket(2, 24*time.Hour), bucket(2, time.Hour)
	r, ok := a.(otp.Refiller)
	if !ok {
		return
	}
	require.NoError(t, r.Refill(t.Context(), k.Key), "a bucket that was never used")
	require.True(t, take(t, a, k, other).OK)
	require.True(t, take(t, a, k).OK)
	require.False(t, take(t, b, k).OK)
	require.NoError(t, r.Refill(t.Context(), k.Key))
	d := take(t, b, k, other)
	assert.True(t, d.OK)
	assert.Equal(t, []int{1, 0}, d.Left, "another bucket stays as it is")
	var taken atomic.Int32
	together(callers, func(i int) {
		if i%4 == 0 {
			assert.NoError(t, r.Refill(t.Context(), k.Key))
			return
		}
		d, err := b.Take(t.Context(), []otp.Bucket{k})
		if assert.NoError(t, err, "no deadlock") && d.OK {
			taken.Add(1)
		}
	})
	assert.LessOrEqual(t, int(taken.Load()), 1+2*(callers+3)/4, "a refill gives no more than a full bucket")
	require.NoError(t, r.Refill(t.Context(), k.Key))
	assert.Equal(t, 1, take(t, a, k).Remaining)
}

func testWhich(t *testing.T, s LimiterSetup) {
	l, short, long, more := s.Open(t), bucket(1, time.Minute), bucket(1, time.Hour), bucket(9, time.Hour)
	d := take(t, l, more, short, long)
	require.True(t, d.OK)
	assert.Equal(t, 1, d.Bucket, "the fewest left, and of equals the first")
	d = take(t, l, more, short, long)
	require.False(t, d.OK)
	assert.Equal(t, 2, d.Bucket, "the longest wait")
	assert.Greater(t, d.RetryAfter, 50*time.Minute)
}

// A bucket of a month detects every confusion of seconds and milliseconds, one of ten years every time that
// is too short.
func testSlow(t *testing.T, s LimiterSetup) {
	l, k, decade := s.Open(t), bucket(31, 24*time.Hour), bucket(10, 366*24*time.Hour)
	for left := 9; left >= 0; left-- {
		require.Equal(t, left, take(t, l, decade).Remaining)
	}
	assert.InDelta(t, 366*24*time.Hour, take(t, l, decade).RetryAfter, float64(time.Minute))
	for range 31 {
		require.True(t, take(t, l, k).OK)
	}
	assert.InDelta(t, 24*time.Hour, take(t, l, k).RetryAfter, float64(time.Minute))
}

func testTakeRace(t *testing.T, s LimiterSetup) {
	ls := []otp.Limiter{s.Open(t), s.Open(t)}
	k := bucket(10, time.Hour)
	var ok atomic.Int32
	together(callers, func(i int) {
		d, err := ls[i%2].Take(t.Context(), []otp.Bucket{k})
		if assert.NoError(t, err) && d.OK {
			ok.Add(1)
		}
	})
	assert.Equal(t, int32(10), ok.Load())
}

func testOppositeRace(t *testing.T, s LimiterSetup) {
	ls := []otp.Limiter{s.Open(t), s.Open(t)}
	a, b := bucket(20, time.Hour), bucket(7, time.Hour)
	var ok atomic.Int32
	together(callers, func(i int) {
		order := []otp.Bucket{a, b}
		if i%2 == 1 {
			order = []otp.Bucket{b, a}
		}
		d, err := ls[i%2].Take(t.Context(), order)
		if assert.NoError(t, err, "no deadlock") && d.OK {
			ok.Add(1)
		}
	})
	assert.Equal(t, int32(7), ok.Load())
	assert.Equal(t, 12, take(t, ls[0], a).Remaining, "the refused calls took nothing")
}

// If the clock can be moved, every decision must be that of otp.Decide.
func testArithmetic(t *testing.T, s LimiterSetup) {
	if s.Advance == nil {
		t.Skip("needs a clock that can be moved")
	}
	l, rnd := s.Open(t), rand.New(rand.NewPCG(1, 2))
	now := time.UnixMilli(1_000_000_000_000)
	full := map[string]time.Time{}
	buckets := make([]otp.Bucket, 6)
	for i := range buckets {
		buckets[i] = bucket(1+rnd.IntN(5), time.Duration(1+rnd.IntN(5000))*time.Millisecond)
	}
	for step := range 2000 {
		var call []otp.Bucket
		var moments []time.Time
		for _, i := range rnd.Perm(len(buckets))[:1+rnd.IntN(4)] {
			b := buckets[i]
			b.Peek, b.Tokens = rnd.IntN(4) == 0, rnd.IntN(4)
			call, moments = append(call, b), append(moments, full[b.Key])
		}
		want, next := otp.Decide(call, moments, now)
		got, err := l.Take(t.Context(), call)
		require.NoError(t, err)
		require.Equal(t, want, got, "step %s", strconv.Itoa(step))
		for i, b := range call {
			full[b.Key] = next[i]
		}
		d := time.Duration(rnd.IntN(3000)) * time.Millisecond
		s.Advance(d)
		now = now.Add(d)
	}
}
