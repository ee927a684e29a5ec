package redisstore

import (
	"context"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/qr-invalidita/attesta/otp"
)

// ARGV holds for each key the milliseconds of one token and of all tokens, and 1 for a peek.
// The answer is the time, and for each bucket the time at which it was full. From these
// otp.Decide reaches the same decision. Milliseconds are exact as Lua numbers, but not as
// Lua's text of them.
const take = now + `local full, ok = {}, true
for i, key in ipairs(KEYS) do
  full[i] = math.max(tonumber(redis.call('GET', key) or 0), now)
  if full[i] + ARGV[3 * i - 2] - ARGV[3 * i - 1] > now then ok = false end
end
for i, key in ipairs(KEYS) do
  if ok and ARGV[3 * i] == '0' then
    local taken = string.format('%.0f', full[i] + ARGV[3 * i - 2])
    redis.call('SET', key, taken)
    redis.call('PEXPIREAT', key, taken)
  end
end
table.insert(full, 1, now)
return full`

var takeScript = redis.NewScript(take)

// Take implements otp.Limiter.
func (s *Store) Take(ctx context.Context, buckets []otp.Bucket) (otp.Decision, error) {
	if err := s.ready(ctx); err != nil || len(buckets) == 0 {
		return otp.Decision{OK: err == nil}, err
	}
	keys := make([]string, len(buckets))
	args := make([]any, 0, 3*len(buckets))
	for i, b := range buckets {
		keys[i] = s.bucketKey(b.Key)
		step := max(b.Interval.Milliseconds(), 1)
		peek := 0
		if b.Peek {
			peek = 1
		}
		args = append(args, step, step*int64(max(b.Burst, 1)), peek)
	}
	r, err := takeScript.Run(ctx, s.Client, keys, args...).Slice()
	if err != nil {
		return otp.Decision{}, fmt.Errorf("take from buckets: %w", err)
	}
	now, ok := moment(r, 0)
	full := make([]time.Time, len(buckets))
	for i := range full {
		var known bool
		full[i], known = moment(r, i+1)
		ok = ok && known
	}
	if !ok {
		return otp.Decision{}, errAnswer
	}
	d, _ := otp.Decide(buckets, full, now)
	return d, nil
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
