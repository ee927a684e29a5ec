package otp

import (
	"context"
	"time"
)

// A Limiter takes one token out of every bucket of a call, or none at all.
//
// Implementations must be safe for concurrent use and use one clock for all callers: the
// server's. If Take returns an error, it is unknown whether tokens were taken, and
// [Challenges] refuses. The suite otptest.TestLimiter tests an implementation.
type Limiter interface {
	// Take decides for all buckets in one atomic step. No bucket key occurs twice in a call.
	// Without buckets Take returns OK.
	Take(ctx context.Context, buckets []Bucket) (Decision, error)
}

// A Refiller is a [Limiter] that can also fill a bucket, for a caller that counts with a bucket
// and has dealt with the count. All limiters of this module are refillers.
type Refiller interface {
	// Refill fills the bucket with that key, whatever was taken from it. A bucket that was never
	// used is no error. If Refill returns an error, it is unknown whether the bucket is full.
	Refill(ctx context.Context, key string) error
}

// A Batcher is a [Limiter] and [Store] in one that does in one step what several callers ask. It is optional:
// [Challenges] uses it if Config.Store and Config.Limiter are the same value.
type Batcher interface {
	Store
	Limiter

	// PeekLoad is Take of the buckets as if all had Peek, and Load of each key, in the order of keys, whether
	// or not a bucket refuses. A key may occur twice.
	PeekLoad(ctx context.Context, buckets []Bucket, keys ...string) (Decision, []Snapshot, error)
	// TakeSwap is Take and, if the decision is OK, Swap of each change under the key at the same place. No
	// key occurs twice. It reports for each change whether it was written: one may be and another not. If it
	// returns an error, the result is unknown for each.
	TakeSwap(ctx context.Context, buckets []Bucket, keys []string, changes []Change) (Decision, []bool,
		error)
}

// A Bucket holds at most Burst tokens and gains one in every Interval (GCRA, the leaky bucket
// of ATM Forum TM 4.0). A bucket that was never used is full.
type Bucket struct {
	// Key names the bucket, in at most 64 characters out of A-Z a-z 0-9 - _ and : . It holds no
	// phone number, address or code in readable form.
	Key string
	// Burst is the capacity, at least 1.
	Burst int
	// Interval is the time in which one token comes back: a whole number of milliseconds, at least
	// 1. Burst times Interval is at most ten years of 366 days.
	Interval time.Duration
	// Tokens is how many tokens the call takes; 0 means 1. More than Burst are never there.
	Tokens int
	// Peek requires the tokens without taking them. It serves to limit failures, which are known only
	// after the fact. So it may be looked at a moment before the tokens of the other buckets are taken.
	Peek bool
}

// Milliseconds returns how long the tokens of the call, and how long those of the full bucket, take to come
// back. More tokens than Burst count as one more than Burst.
func (b Bucket) Milliseconds() (call, full int64) {
	step, burst := max(b.Interval.Milliseconds(), 1), max(b.Burst, 1)
	return step * int64(min(max(b.Tokens, 1), burst+1)), step * int64(burst)
}

// A Decision is the answer of a [Limiter].
type Decision struct {
	// OK reports that there were enough tokens in every bucket. Then the tokens of all buckets without
	// Peek were taken. Otherwise none was taken.
	OK bool
	// Bucket is the index of the deciding bucket. If buckets refuse, it is the one with the
	// longest wait, otherwise the one with the fewest tokens left. The first of equals wins. It is
	// 0 if there were no buckets.
	Bucket int
	// Remaining is the number of tokens in that bucket after the call; 0 if it refuses.
	Remaining int
	// Left is the number of tokens in each bucket after the call, in the order of the call. What a
	// bucket with Peek lacks to its Burst is what was taken and did not come back yet.
	Left []int
	// RetryAfter is the time until that bucket has enough tokens if it refuses; otherwise 0.
	RetryAfter time.Duration
}

// Decide is the arithmetic of a [Limiter], for implementations in Go. full[i] is the time at
// which buckets[i] is full again; the zero time or a past time means that it is full. If the
// decision is OK, next holds the times to store for the buckets without Peek, in the order of
// full, and the unchanged times of the others. A bucket need not be stored after its time has
// passed. Times are rounded to milliseconds.
func Decide(buckets []Bucket, full []time.Time, now time.Time) (d Decision, next []time.Time) {
	nowMS := now.UnixMilli()
	d = Decision{OK: true}
	next = make([]time.Time, len(buckets))
	left, before := make([]int, len(buckets)), make([]int, len(buckets))
	var longest int64
	for i, b := range buckets {
		call, room := b.Milliseconds()
		step := max(b.Interval.Milliseconds(), 1)
		fullMS := nowMS
		if !full[i].IsZero() {
			fullMS = max(fullMS, full[i].UnixMilli())
		}
		taken := fullMS + call
		next[i] = full[i]
		before[i] = int(max(room-(fullMS-nowMS), 0) / step)
		if wait := taken - room - nowMS; wait > 0 {
			if d.OK || wait > longest {
				d, longest = Decision{Bucket: i, RetryAfter: time.Duration(wait) * time.Millisecond}, wait
			}
			continue
		}
		if b.Peek {
			taken = fullMS
		} else {
			next[i] = time.UnixMilli(taken)
		}
		left[i] = int((room - (taken - nowMS)) / step)
		if d.OK && (i == 0 || left[i] < d.Remaining) {
			d.Bucket, d.Remaining = i, left[i]
		}
	}
	d.Left = left
	if !d.OK {
		copy(next, full)
		d.Left = before
	}
	return d, next
}

// A TakePeeker is a [Limiter] that takes from a bucket and looks at others in one round trip.
type TakePeeker interface {
	// TakePeek is Take of one bucket, and then Take of the others as if all had Peek, whose decision counts
	// only if the first is OK. The two are not one atomic step.
	TakePeek(ctx context.Context, take Bucket, peek []Bucket) (taken, peeked Decision, err error)
}
