package otp

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"time"
)

// MemoryBatcher is a [Batcher] of a store and a limiter. It takes its time, and counts its calls.
type MemoryBatcher struct {
	Store
	Limiter
	Slow          time.Duration
	Reads, Writes atomic.Int64
}

func (b *MemoryBatcher) PeekLoad(ctx context.Context, buckets []Bucket, keys ...string) (d Decision,
	found []Snapshot, err error) {
	b.Reads.Add(1)
	time.Sleep(b.Slow)
	d, err = b.Take(ctx, peek(buckets))
	for _, key := range keys {
		s, _ := b.Load(ctx, key)
		found = append(found, s)
	}
	return d, found, err
}

func (b *MemoryBatcher) TakeSwap(ctx context.Context, buckets []Bucket, keys []string,
	changes []Change) (d Decision, done []bool, err error) {
	b.Writes.Add(1)
	time.Sleep(b.Slow)
	if sorted := slices.Sorted(slices.Values(keys)); len(slices.Compact(sorted)) < len(keys) {
		return d, nil, errors.New("a key occurs twice")
	}
	if d, err = b.Take(ctx, buckets); err != nil || !d.OK {
		return d, nil, err
	}
	for i, key := range keys {
		ok, _ := b.Swap(ctx, key, changes[i])
		done = append(done, ok)
	}
	return d, done, nil
}
