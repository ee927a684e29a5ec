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

var _ otp.Peeker = (*Store)(nil)

// Peek implements otp.Peeker. It is two commands in one round trip, without a script. The nodes of a cluster
// have clocks of their own, so there it is Take.
func (s *Store) Peek(ctx context.Context, buckets []otp.Bucket) (otp.Decision, error) {
	asked, keys := slices.Clone(buckets), make([]string, len(buckets))
	for i := range asked {
		asked[i].Peek, keys[i] = true, s.bucketKey(asked[i].Key)
	}
	client, ok := s.Client.(*redis.Client)
	if !ok || len(asked) == 0 {
		return s.Take(ctx, asked)
	}
	if err := s.ready(ctx); err != nil {
		return otp.Decision{}, err
	}
	pipe := client.Pipeline()
	now, found := pipe.Time(ctx), pipe.MGet(ctx, keys...)
	if _, err := pipe.Exec(ctx); err != nil {
		return otp.Decision{}, fmt.Errorf("look into buckets: %w", err)
	}
	full := make([]time.Time, len(asked))
	for i, value := range found.Val() {
		text, ok := value.(string)
		if !ok {
			continue // there is none
		}
		ms, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return otp.Decision{}, errors.Join(errAnswer, err)
		}
		full[i] = time.UnixMilli(ms)
	}
	d, _ := otp.Decide(asked, full, now.Val())
	return d, nil
}
