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

// peek is Take of buckets that all have Peek: two commands in one round trip, without a script. The nodes of
// a cluster have clocks of their own, so it needs a single server.
func (s *Store) peek(ctx context.Context, client *redis.Client, buckets []otp.Bucket) (otp.Decision, error) {
	pipe := client.Pipeline()
	look := s.look(ctx, pipe, buckets)
	pipe.Exec(ctx) // each command holds its error
	return look()
}

// TakePeek implements otp.TakePeeker.
func (s *Store) TakePeek(ctx context.Context, take otp.Bucket, peek []otp.Bucket) (taken, peeked otp.Decision,
	err error) {
	client, ok := s.Client.(*redis.Client)
	if !ok || len(peek) == 0 {
		if taken, err = s.Take(ctx, []otp.Bucket{take}); err == nil && taken.OK {
			peeked, err = s.Take(ctx, peeks(peek))
		}
		return taken, peeked, err
	}
	if err := s.ready(ctx); err != nil {
		return taken, peeked, err
	}
	pipe := client.Pipeline()
	step := max(take.Interval.Milliseconds(), 1)
	script := takeScript.EvalSha(ctx, pipe, []string{s.bucketKey(take.Key)}, step,
		step*int64(max(take.Burst, 1)), 0)
	look := s.look(ctx, pipe, peeks(peek))
	pipe.Exec(ctx) // each command holds its error
	switch r, err := script.Slice(); {
	case redis.HasErrorPrefix(err, "NOSCRIPT"): // nothing was taken, and Take loads it
		if taken, err = s.Take(ctx, []otp.Bucket{take}); err != nil {
			return taken, peeked, err
		}
	case err != nil:
		return taken, peeked, fmt.Errorf("take from bucket: %w", err)
	default:
		now, known := moment(r, 0)
		full, ok := moment(r, 1)
		if !known || !ok {
			return taken, peeked, errAnswer
		}
		taken, _ = otp.Decide([]otp.Bucket{take}, []time.Time{full}, now)
	}
	peeked, err = look()
	return taken, peeked, err
}

// look adds the commands that look at buckets. The function that it returns reads their answers.
func (s *Store) look(ctx context.Context, pipe redis.Pipeliner,
	of []otp.Bucket) func() (otp.Decision, error) {
	keys := make([]string, len(of))
	for i, b := range of {
		keys[i] = s.bucketKey(b.Key)
	}
	now, found := pipe.Time(ctx), pipe.MGet(ctx, keys...)
	return func() (otp.Decision, error) {
		if err := errors.Join(now.Err(), found.Err()); err != nil {
			return otp.Decision{}, fmt.Errorf("look into buckets: %w", err)
		}
		full := make([]time.Time, len(of))
		for i, value := range found.Val() {
			text, ok := value.(string)
			if !ok {
				continue // there is none
			}
			ms, err := strconv.ParseInt(text, 10, 64)
			if err != nil {
				return otp.Decision{}, errAnswer
			}
			full[i] = time.UnixMilli(ms)
		}
		d, _ := otp.Decide(of, full, now.Val())
		return d, nil
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
