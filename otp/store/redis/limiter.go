package redisstore

import (
	"context"
	"fmt"
	"slices"

	"github.com/redis/go-redis/v9"

	"github.com/qr-invalidita/attesta/otp"
)

// Take implements otp.Limiter.
func (s *Store) Take(ctx context.Context, buckets []otp.Bucket) (otp.Decision, error) {
	_, one := s.Client.(*redis.Client)
	if one && !slices.ContainsFunc(buckets, func(b otp.Bucket) bool { return !b.Peek }) {
		d, _, err := s.PeekLoad(ctx, buckets)
		return d, err
	}
	d, _, err := s.takeSwap(ctx, buckets, nil, nil)
	return d, err
}

// TakeSwap implements otp.Batcher. It is one script, or several in a cluster.
func (s *Store) TakeSwap(ctx context.Context, buckets []otp.Bucket, keys []string,
	changes []otp.Change) (otp.Decision, []bool, error) {
	if _, one := s.Client.(*redis.Client); one {
		return s.takeSwap(ctx, buckets, keys, changes)
	}
	d, err := s.Take(ctx, buckets)
	if err != nil || !d.OK {
		return d, nil, err
	}
	done := make([]bool, len(keys))
	for i, key := range keys {
		if done[i], err = s.Swap(ctx, key, changes[i]); err != nil {
			return d, nil, err
		}
	}
	return d, done, nil
}

// Refill implements otp.Refiller.
func (s *Store) Refill(ctx context.Context, key string) error {
	if err := s.ready(ctx); err != nil {
		return err
	}
	if err := s.Client.Del(ctx, s.bucketKey(key)).Err(); err != nil {
		return fmt.Errorf("refill bucket: %w", err)
	}
	return nil
}
