package otp_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/qr-invalidita/attesta/otp"
)

// TestDecide follows the arithmetic by hand: 3 tokens at once, one back in every 10 seconds.
func TestDecide(t *testing.T) {
	b := []otp.Bucket{{Key: "k", Burst: 3, Interval: 10 * time.Second}}
	now := time.UnixMilli(1_000_000)
	full := []time.Time{{}}
	for _, step := range []struct {
		after time.Duration
		want  otp.Decision
	}{
		{0, otp.Decision{OK: true, Remaining: 2, Left: []int{2}}},
		{0, otp.Decision{OK: true, Remaining: 1, Left: []int{1}}},
		{0, otp.Decision{OK: true, Remaining: 0, Left: []int{0}}},
		{0, otp.Decision{RetryAfter: 10 * time.Second, Left: []int{0}}},
		{4 * time.Second, otp.Decision{RetryAfter: 6 * time.Second, Left: []int{0}}},
		{5999 * time.Millisecond, otp.Decision{RetryAfter: time.Millisecond, Left: []int{0}}},
		{time.Millisecond, otp.Decision{OK: true, Remaining: 0, Left: []int{0}}},
		{25 * time.Second, otp.Decision{OK: true, Remaining: 1, Left: []int{1}}},
		{time.Hour, otp.Decision{OK: true, Remaining: 2, Left: []int{2}}},
	} {
		now = now.Add(step.after)
		d, next := otp.Decide(b, full, now)
		assert.Equal(t, step.want, d)
		full = next
	}
}

// In any hour of constant demand a bucket gives no more than its burst and the tokens that
// came back.
func TestDecideBound(t *testing.T) {
	b := []otp.Bucket{{Key: "k", Burst: 5, Interval: 2 * time.Minute}}
	now, full, given := time.UnixMilli(0), []time.Time{{}}, 0
	for range 3600 {
		d, next := otp.Decide(b, full, now)
		if d.OK {
			given++
		}
		full, now = next, now.Add(time.Second)
	}
	assert.Equal(t, 5+29, given)
}

func TestDecideChangesNothingOnRefusal(t *testing.T) {
	now := time.UnixMilli(1_000_000)
	buckets := []otp.Bucket{{Key: "a", Burst: 2, Interval: time.Second},
		{Key: "b", Burst: 1, Interval: time.Minute}}
	full := []time.Time{{}, now.Add(time.Minute)}
	d, next := otp.Decide(buckets, full, now)
	assert.Equal(t, otp.Decision{Bucket: 1, RetryAfter: time.Minute, Left: []int{2, 0}}, d)
	assert.Equal(t, full, next)
	d, next = otp.Decide(nil, nil, now)
	assert.Equal(t, otp.Decision{OK: true, Left: []int{}}, d)
	assert.Empty(t, next)
}
