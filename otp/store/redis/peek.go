package redisstore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/qr-invalidita/attesta/otp"
)

var _ otp.TakePeeker = (*Store)(nil)

// PeekLoad implements otp.Batcher. It is two commands in one round trip, or several scripts in a cluster.
func (s *Store) PeekLoad(ctx context.Context, buckets []otp.Bucket, keys ...string) (d otp.Decision,
	found []otp.Snapshot, err error) {
	if err := s.ready(ctx); err != nil || len(buckets)+len(keys) == 0 {
		return otp.Decision{OK: err == nil}, nil, err
	}
	client, one := s.Client.(*redis.Client)
	if one {
		pipe := client.Pipeline()
		look := s.look(ctx, pipe, buckets, keys)
		pipe.Exec(ctx) // each command holds its error
		return look()
	}
	if d, err = s.Take(ctx, peeks(buckets)); err != nil {
		return d, nil, err
	}
	found = make([]otp.Snapshot, len(keys))
	for i, key := range keys {
		if found[i], err = s.Load(ctx, key); err != nil {
			return d, nil, err
		}
	}
	return d, found, nil
}

// TakePeek implements otp.TakePeeker. Calls that wait at the same time are one round trip.
func (s *Store) TakePeek(ctx context.Context, take otp.Bucket, peek []otp.Bucket) (taken, peeked otp.Decision,
	err error) {
	if _, one := s.Client.(*redis.Client); !one || len(peek) == 0 {
		if taken, err = s.Take(ctx, []otp.Bucket{take}); err == nil && taken.OK {
			peeked, err = s.Take(ctx, peeks(peek))
		}
		return taken, peeked, err
	}
	if err := s.ready(ctx); err != nil {
		return taken, peeked, err
	}
	s.once.Do(func() {
		s.counts.Together = s.takePeeks
		s.counts.Alone = func(ctx context.Context, q counting) (counted, error) {
			a, err := s.takePeeks(ctx, []counting{q})
			return a[0], err
		}
	})
	a, err := s.counts.Do(ctx, counting{take, peek})
	if err != nil {
		return taken, peeked, err
	}
	return a.taken, a.peeked, a.err
}

// counting is a call of TakePeek, and counted its answer.
type (
	counting struct {
		take otp.Bucket
		peek []otp.Bucket
	}
	counted struct {
		taken, peeked otp.Decision
		err           error
	}
)

// takePeeks is TakePeek of several callers in one round trip, with an error for each.
func (s *Store) takePeeks(ctx context.Context, qs []counting) ([]counted, error) {
	pipe := s.Client.Pipeline()
	scripts := make([]*redis.Cmd, len(qs))
	looks := make([]func() (otp.Decision, []otp.Snapshot, error), len(qs))
	for i, q := range qs {
		call, room := q.take.Milliseconds()
		scripts[i] = takeSwap.EvalSha(ctx, pipe, []string{s.bucketKey(q.take.Key)}, 1, call, room, 0)
		looks[i] = s.look(ctx, pipe, q.peek, nil)
	}
	pipe.Exec(ctx) // each command holds its error
	answers := make([]counted, len(qs))
	for i, q := range qs {
		a := &answers[i]
		switch r, err := scripts[i].Int64Slice(); {
		case redis.HasErrorPrefix(err, "NOSCRIPT"): // nothing was taken, and Take loads it
			if a.taken, a.err = s.Take(ctx, []otp.Bucket{q.take}); a.err != nil {
				continue
			}
		case err != nil:
			a.err = fmt.Errorf("take from bucket: %w", err)
			continue
		case len(r) != 2:
			a.err = errAnswer
			continue
		default:
			a.taken, _ = otp.Decide([]otp.Bucket{q.take}, []time.Time{time.UnixMilli(r[1])},
				time.UnixMilli(r[0]))
		}
		a.peeked, _, a.err = looks[i]()
	}
	return answers, nil
}

// look adds the commands that look at buckets as if all had Peek, and at records. The function that it
// returns reads their answers. The nodes of a cluster have clocks of their own, so it needs a single server.
func (s *Store) look(ctx context.Context, pipe redis.Pipeliner, buckets []otp.Bucket,
	records []string) func() (otp.Decision, []otp.Snapshot, error) {
	names := make([]string, 0, len(buckets)+len(records))
	for _, b := range buckets {
		names = append(names, s.bucketKey(b.Key))
	}
	for _, key := range records {
		names = append(names, s.recordKey(key))
	}
	clock, values := pipe.Time(ctx), pipe.MGet(ctx, names...)
	return func() (d otp.Decision, found []otp.Snapshot, err error) {
		if err := errors.Join(clock.Err(), values.Err()); err != nil {
			return d, nil, fmt.Errorf("look into buckets and records: %w", err)
		}
		full := make([]time.Time, len(buckets))
		for i := range full {
			text, ok := values.Val()[i].(string)
			if !ok {
				continue // there is none
			}
			ms, err := strconv.ParseInt(text, 10, 64)
			if err != nil {
				return d, nil, errAnswer
			}
			full[i] = time.UnixMilli(ms)
		}
		d, _ = otp.Decide(peeks(buckets), full, clock.Val())
		found = make([]otp.Snapshot, len(records))
		for i := range found {
			if found[i], err = snapshot(clock.Val(), values.Val()[len(buckets)+i]); err != nil {
				return d, nil, err
			}
		}
		return d, found, nil
	}
}

// peeks returns the buckets with Peek.
func peeks(buckets []otp.Bucket) []otp.Bucket {
	buckets = slices.Clone(buckets)
	for i := range buckets {
		buckets[i].Peek = true
	}
	return buckets
}
