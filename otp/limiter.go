package otp

import (
	"context"
	"time"
)

// A Limiter takes one token out of every bucket of a call, or none at all.
//
// Implementations must be safe for concurrent use, and use one clock for all
// callers (the server's). An error means that it is not known whether tokens
// were taken; [Challenges] then refuses. The suite otptest.TestLimiter proves an
// implementation.
type Limiter interface {
	// Take decides for all buckets in one atomic step. No bucket key occurs twice
	// in a call. With no buckets it answers OK.
	Take(ctx context.Context, buckets []Bucket) (Decision, error)
}

// A Bucket holds at most Burst tokens and gains one in every Interval (GCRA, the
// leaky bucket of ATM Forum TM 4.0). A bucket never seen is full.
type Bucket struct {
	// Key names the bucket, at most 64 characters out of A-Z a-z 0-9 - _ and : .
	// It holds no phone number, address or code in readable form.
	Key string
	// Burst is the capacity, at least 1.
	Burst int
	// Interval is the time in which one token comes back, at least 1 ms and a
	// whole number of milliseconds. Burst times Interval is at most 31 days.
	Interval time.Duration
	// Peek asks that a token be there and leaves it there. With it, failures can
	// be limited, which are known only after the fact.
	Peek bool
}

// A Decision is the answer of a [Limiter].
type Decision struct {
	// OK: there was a token in every bucket, and those not peeked at were taken.
	// Otherwise nothing was taken anywhere.
	OK bool
	// Bucket is the index of the bucket that decides: among those that refuse the
	// one with the longest wait, else the one with the fewest tokens left. Of
	// equals the first. 0 if there were no buckets.
	Bucket int
	// Remaining is how many tokens that bucket has after the call; 0 on a refusal.
	Remaining int
	// RetryAfter is how long until that bucket has a token, if it refuses; else 0.
	RetryAfter time.Duration
}

// Decide is the arithmetic of a [Limiter], for implementations in Go. full[i] is
// the moment at which buckets[i] is full again; the zero time or the past mean
// that it is. On OK next holds the moments to keep for the buckets that are not
// peeked at, in full's order; those of the others are returned as they were. Once
// its moment has passed, a bucket need not be kept. Times count in whole
// milliseconds.
func Decide(buckets []Bucket, full []time.Time, now time.Time) (d Decision, next []time.Time) {
	nowMS := now.UnixMilli()
	d = Decision{OK: true}
	next = make([]time.Time, len(buckets))
	var longest int64
	for i, b := range buckets {
		step := max(b.Interval.Milliseconds(), 1)
		room := int64(max(b.Burst, 1)) * step
		fullMS := nowMS
		if !full[i].IsZero() {
			fullMS = max(fullMS, full[i].UnixMilli())
		}
		taken := fullMS + step
		next[i] = full[i]
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
		left := int((room - (taken - nowMS)) / step)
		if d.OK && (i == 0 || left < d.Remaining) {
			d.Bucket, d.Remaining = i, left
		}
	}
	if !d.OK {
		copy(next, full)
	}
	return d, next
}
