package otp

import (
	"context"
	"hash/maphash"
	"sync"
	"time"
)

const shards = 16

// A MemoryStore is a [Store] in the memory of one process. Several replicas would each count
// for themselves, and a restart loses failures, locks and pending challenges. Use it for
// tests, demonstrations and a single server for which that is acceptable. The zero value is
// ready. It is safe for concurrent use and must not be copied.
type MemoryStore struct {
	// Max is the maximum number of records, about 2 KiB each; 0 means 100,000. A new record beyond
	// it is refused with [ErrFull]; no record is dropped before its time. The records are spread
	// over 16 parts with a sixteenth of Max each, so the first refusals come a little earlier.
	Max int
	// Clock; nil: time.Now.
	Clock func() time.Time

	once  sync.Once
	seed  maphash.Seed
	parts [shards]struct {
		sync.Mutex
		records expiring[memoryRecord]
	}
}

type memoryRecord struct {
	version int64
	body    []byte
}

func (s *MemoryStore) part(key string) int {
	s.once.Do(func() { s.seed = maphash.MakeSeed() })
	return int(maphash.String(s.seed, key) % shards)
}

// Load implements [Store].
func (s *MemoryStore) Load(ctx context.Context, key string) (Snapshot, error) {
	if err := ctx.Err(); err != nil {
		return Snapshot{}, err
	}
	p := &s.parts[s.part(key)]
	p.Lock()
	defer p.Unlock()
	now := clock(s.Clock)
	r, _ := p.records.get(key, now.UnixMilli())
	return Snapshot{Version: r.version, Body: r.body, Now: now}, nil
}

// Swap implements [Store]. It keeps c.Body without copying it.
func (s *MemoryStore) Swap(ctx context.Context, key string, c Change) (bool, error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	most := max(s.Max, 0)
	set(&most, 100_000)
	p := &s.parts[s.part(key)]
	p.Lock()
	defer p.Unlock()
	now := clock(s.Clock).UnixMilli()
	r, _ := p.records.get(key, now)
	if r.version != c.From {
		return false, nil
	}
	if !p.records.has(key) && !p.records.room(1, (most+shards-1)/shards, now) {
		return false, ErrFull
	}
	p.records.put(key, memoryRecord{c.To, c.Body}, c.Until.UnixMilli())
	return true, nil
}

// A MemoryLimiter is a [Limiter] in the memory of one process. The zero value is
// ready. It is safe for concurrent use and must not be copied.
type MemoryLimiter struct {
	// Max is the maximum number of buckets that are not full, about 200 bytes each; 0 means
	// 1,000,000. A call that needs a new bucket beyond it fails with [ErrFull].
	Max int
	// Clock; nil: time.Now.
	Clock func() time.Time

	mu      sync.Mutex
	buckets expiring[struct{}]
}

var _ Refiller = (*MemoryLimiter)(nil)

// Take implements [Limiter].
func (l *MemoryLimiter) Take(ctx context.Context, buckets []Bucket) (Decision, error) {
	if err := ctx.Err(); err != nil {
		return Decision{}, err
	}
	most := max(l.Max, 0)
	set(&most, 1_000_000)
	l.mu.Lock()
	defer l.mu.Unlock()
	now := clock(l.Clock)
	full := make([]time.Time, len(buckets))
	fresh := 0
	for i, b := range buckets {
		if e := l.buckets.entries[b.Key]; e != nil {
			full[i] = time.UnixMilli(e.until)
		} else if !b.Peek {
			fresh++
		}
	}
	d, next := Decide(buckets, full, now)
	if !d.OK {
		return d, nil
	}
	if fresh > 0 && !l.buckets.room(fresh, most, now.UnixMilli()) {
		return Decision{}, ErrFull
	}
	for i, b := range buckets {
		if !b.Peek {
			l.buckets.put(b.Key, struct{}{}, next[i].UnixMilli())
		}
	}
	return d, nil
}

// Refill implements [Refiller].
func (l *MemoryLimiter) Refill(ctx context.Context, key string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.buckets.drop(key)
	return nil
}

func clock(f func() time.Time) time.Time {
	if f != nil {
		return f()
	}
	return time.Now()
}
