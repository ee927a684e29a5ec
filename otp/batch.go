package otp

import (
	"context"

	"github.com/qr-invalidita/attesta/internal/merge"
)

// batches merges the calls of a [Batcher]: callers share most limits, and the server reads and writes each of
// them once.
type batches struct {
	reads  merge.Calls[reading, read]
	writes merge.Calls[writing, written]
}

// reading is a call of PeekLoad.
type reading struct {
	buckets []Bucket
	key     string
}

// read is its answer. If it was merged with others, its decision has only OK.
type read struct {
	Decision
	Snapshot
}

// writing is a call of TakeSwap.
type writing struct {
	buckets []Bucket
	key     string
	Change
}

// written is its answer. If it was merged with others, its decision has only OK.
type written struct {
	Decision
	done bool
}

func newBatches(b Batcher) *batches {
	return &batches{
		reads: merge.Calls[reading, read]{
			Alone: func(ctx context.Context, q reading) (read, error) {
				d, found, err := b.PeekLoad(ctx, q.buckets, q.key)
				if err != nil {
					return read{}, err
				}
				return read{d, found[0]}, nil
			},
			Together: func(ctx context.Context, qs []reading) ([]read, error) {
				return readTogether(ctx, b, qs)
			},
		},
		writes: merge.Calls[writing, written]{
			Alone: func(ctx context.Context, q writing) (written, error) { return writeAlone(ctx, b, q) },
			Together: func(ctx context.Context, qs []writing) ([]written, error) {
				return writeTogether(ctx, b, qs)
			},
		},
	}
}

// readTogether returns no answers if a bucket refuses: it may refuse one of the calls only.
func readTogether(ctx context.Context, b Batcher, qs []reading) ([]read, error) {
	var all union
	keys := make([]string, len(qs))
	for i, q := range qs {
		keys[i] = q.key
		all.add(q.buckets)
	}
	if all.differ {
		return nil, nil
	}
	d, found, err := b.PeekLoad(ctx, all.buckets, keys...)
	if err != nil || !d.OK {
		return nil, err
	}
	answers := make([]read, len(qs))
	for i := range answers {
		answers[i] = read{Decision{OK: true}, found[i]}
	}
	return answers, nil
}

func writeAlone(ctx context.Context, b Batcher, q writing) (a written, err error) {
	if len(q.buckets) == 0 {
		a.OK = true
		a.done, err = b.Swap(ctx, q.key, q.Change)
		return a, err
	}
	d, done, err := b.TakeSwap(ctx, q.buckets, []string{q.key}, []Change{q.Change})
	return written{d, d.OK && err == nil && done[0]}, err
}

// writeTogether returns no answers if a bucket refuses, as readTogether, or if two changes are of one record:
// the second depends on the first.
func writeTogether(ctx context.Context, b Batcher, qs []writing) ([]written, error) {
	var all union
	seen := make(map[string]bool, len(qs))
	keys, changes := make([]string, len(qs)), make([]Change, len(qs))
	for i, q := range qs {
		keys[i], changes[i] = q.key, q.Change
		seen[q.key] = true
		all.add(q.buckets)
	}
	if all.differ || len(seen) < len(qs) {
		return nil, nil
	}
	d, done, err := b.TakeSwap(ctx, all.buckets, keys, changes)
	if err != nil || !d.OK {
		return nil, err
	}
	answers := make([]written, len(qs))
	for i := range answers {
		answers[i] = written{Decision{OK: true}, done[i]}
	}
	return answers, nil
}

// union holds the buckets of several calls, each key once with the tokens of all.
type union struct {
	buckets []Bucket
	at      map[string]int
	differ  bool // a key stands for two different buckets
}

func (u *union) add(buckets []Bucket) {
	if u.at == nil {
		few := 4 * len(buckets) // callers share most of them
		u.at, u.buckets = make(map[string]int, few), make([]Bucket, 0, few)
	}
	for _, b := range buckets {
		b.Tokens = max(b.Tokens, 1)
		i, known := u.at[b.Key]
		if !known {
			u.at[b.Key] = len(u.buckets)
			u.buckets = append(u.buckets, b)
			continue
		}
		tokens := u.buckets[i].Tokens
		if u.buckets[i].Tokens = b.Tokens; u.buckets[i] != b {
			u.differ = true
		}
		if b.Peek {
			tokens = 0
		}
		u.buckets[i].Tokens += tokens
	}
}
