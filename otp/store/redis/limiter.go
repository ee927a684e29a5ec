package redisstore

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/qr-invalidita/attesta/otp"
)

// ARGV holds for each bucket the milliseconds of one token and of all tokens, and 1 for a peek.
// The answer is the time, and for each bucket the time at which it was full. From these
// otp.Decide reaches the same decision. Milliseconds are exact as Lua numbers, but not as
// Lua's text of them. A key after those of the buckets is a record, whose version and body follow if
// the decision is OK and it exists.
const take = now + `local full, ok, n = redis.call('MGET', unpack(KEYS, 1, #ARGV / 3)), true, #ARGV / 3
for i = 1, n do
  full[i] = math.max(tonumber(full[i] or 0), now)
  if full[i] + ARGV[3 * i - 2] - ARGV[3 * i - 1] > now then ok = false end
end
for i = 1, n do
  if ok and ARGV[3 * i] == '0' then
    local taken = full[i] + ARGV[3 * i - 2]
    redis.call('SET', KEYS[i], string.format('%.0f', taken), 'PX', string.format('%.0f', taken - now))
  end
end
if ok and KEYS[n + 1] then
  local r = redis.call('HMGET', KEYS[n + 1], 'version', 'until', 'body')
  if r[1] and tonumber(r[2]) > now then full[n + 1], full[n + 2] = r[1], r[3] end
end
table.insert(full, 1, now)
return full`

var takeScript = redis.NewScript(take)

// Take implements otp.Limiter.
func (s *Store) Take(ctx context.Context, buckets []otp.Bucket) (otp.Decision, error) {
	d, _, err := s.takeLoad(ctx, buckets, "")
	return d, err
}

// TakeLoad implements otp.TakeLoader. It is one script, or two in a cluster.
func (s *Store) TakeLoad(ctx context.Context, buckets []otp.Bucket, key string) (otp.Decision, otp.Snapshot,
	error) {
	if _, one := s.Client.(*redis.Client); one && len(buckets) > 0 || key == "" {
		return s.takeLoad(ctx, buckets, key)
	}
	d, err := s.Take(ctx, buckets)
	if err != nil || !d.OK {
		return d, otp.Snapshot{}, err
	}
	found, err := s.Load(ctx, key)
	return d, found, err
}

func (s *Store) takeLoad(ctx context.Context, buckets []otp.Bucket, key string) (d otp.Decision,
	found otp.Snapshot, err error) {
	if err := s.ready(ctx); err != nil || len(buckets) == 0 {
		return otp.Decision{OK: err == nil}, found, err
	}
	takes := slices.ContainsFunc(buckets, func(b otp.Bucket) bool { return !b.Peek })
	if client, one := s.Client.(*redis.Client); one && !takes && key == "" {
		d, err = s.peek(ctx, client, buckets)
		return d, found, err
	}
	keys := make([]string, len(buckets), len(buckets)+1)
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
	if key != "" {
		keys = append(keys, s.recordKey(key))
	}
	r, err := takeScript.Run(ctx, s.Client, keys, args...).Slice()
	if err != nil {
		return d, found, fmt.Errorf("take from buckets: %w", err)
	}
	now, ok := moment(r, 0)
	full := make([]time.Time, len(buckets))
	for i := range full {
		var known bool
		full[i], known = moment(r, i+1)
		ok = ok && known
	}
	if !ok {
		return d, found, errAnswer
	}
	if d, _ = otp.Decide(buckets, full, now); d.OK && key != "" {
		found, err = snapshot(now, r[1+len(buckets):])
	}
	return d, found, err
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
