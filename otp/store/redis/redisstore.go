// Package redisstore keeps the challenges and the limits of package otp in Redis or Valkey,
// through go-redis.
//
// A [Store] is both an otp.Store and an otp.Limiter. Each call that writes is one Lua script.
// All times are those of the server's clock, never the caller's. Every key has an end. The
// package is tested with Redis 7.0 and needs 6.2 or newer (SET with PXAT).
//
// # What Redis does not promise
//
// A server that drops keys when memory runs short forgets failures and locks. The Store
// refuses such a server; see [Store.Eviction].
//
// Acknowledged writes survive a crash of the server only with appendonly yes and appendfsync
// always. A promoted replica may lack the last writes, and then a consumed code is pending
// again; [Store.Wait] makes that rare, not impossible. If single use must be proven later,
// keep the records in PostgreSQL (package sqlstore) and only the limits here.
//
// # Cluster
//
// Records are spread over all slots. The buckets of one call must be in one slot, because the
// call takes from all or none, so all buckets of one Store are in one slot and one shard
// carries them. That is about ten thousand calls in a second. Stores with different prefixes,
// for example one for each tenant, use different slots. A redis.Ring is refused, because it
// looks for a key elsewhere while a shard is down, and all counts there would be zero.
//
// # The client
//
// go-redis repeats a command whose answer was lost. For Swap that is harmless; Take and TakeSwap may
// take twice. Set ContextTimeoutEnabled in its options; otherwise a call exceeds its context's
// deadline by the client's own timeouts.
package redisstore

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/qr-invalidita/attesta/internal/merge"
	"github.com/qr-invalidita/attesta/otp"
)

// An Error is a cause to compare with errors.Is.
type Error string

// Error returns a text for developers. Its wording may change.
func (e Error) Error() string { return string(e) }

// A [Store] returns these errors and those of the client.
const (
	// ErrEvicts means that the server may drop keys before their time. Set its maxmemory-policy to
	// noeviction.
	ErrEvicts Error = "server may evict keys: maxmemory-policy is not noeviction"
	// ErrPolicyHidden means that the server does not report its maxmemory-policy. Allow INFO, or
	// see [Unchecked].
	ErrPolicyHidden Error = "server does not report its maxmemory-policy"
	// ErrReplicas means that fewer replicas than Store.Wait confirmed in time. The record is
	// written on the master.
	ErrReplicas Error = "too few replicas confirmed"
)

// Eviction says which servers are accepted.
type Eviction uint8

const (
	// Refuse accepts only noeviction. Under it a full server refuses new records instead of
	// dropping old ones.
	Refuse Eviction = iota
	// VolatileTTL also accepts volatile-ttl, which drops the keys that end soonest when memory
	// runs short. People's failure counts may be among them.
	VolatileTTL
	// Unchecked does not ask, for servers that forbid INFO. The caller is responsible for
	// noeviction.
	Unchecked
)

// A Store keeps records and buckets. It is safe for concurrent use and must not be copied. Do
// not change its fields after the first call.
type Store struct {
	// Client is a *redis.Client, also one for Sentinel, or a *redis.ClusterClient.
	// Required. The Store never closes it.
	Client redis.UniversalClient
	// Prefix precedes all keys; empty means "otp:". It has at most 64 characters and no braces.
	Prefix string
	// Eviction is checked in each call until the server has answered once.
	Eviction Eviction
	// Wait is the number of replicas that must have a changed record before Swap returns (WAIT), unless
	// otp.Change.Soon is set; 0 means none.
	Wait int
	// WaitFor limits that wait; 0 means 1 second. A shorter read timeout of the client ends it
	// earlier.
	WaitFor time.Duration

	checked atomic.Bool

	once   sync.Once
	counts merge.Calls[counting, counted]
}

var (
	_ otp.Batcher  = (*Store)(nil)
	_ otp.Refiller = (*Store)(nil)
)

// A record is kept as its version, its end in milliseconds and its body, with spaces between. A key that
// ended a moment ago may still exist, so the end is in it as well.
//
// now is the server's clock in milliseconds. Redis stops it during a script.
const now = `local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
`

// load is for clusters, whose nodes have clocks of their own.
var load = redis.NewScript(now + `return {now, redis.call('GET', KEYS[1])}`)

// takeSwap takes from buckets and, if all have the tokens, changes records. ARGV begins with the number of
// buckets, whose keys come first. For each it has the milliseconds of the call's tokens and of all tokens,
// and 1 for a peek, and for each record from, to, until and its text.
//
// The answer is the time, for each bucket the time at which it was full, and 1 for each record that was
// written. From these otp.Decide reaches the same decision. Milliseconds are exact as Lua numbers, and as
// Redis's text of them. Versions are compared as text, because a Lua number has 53 bits. If the record
// already has the version to, this is the same swap, repeated by the client. It is written again, so that a
// following WAIT has something to wait for.
var takeSwap = redis.NewScript(now + `local call, n, ok = redis.call, tonumber(ARGV[1]), true
local taken, answer = {}, {now}
local found = call('MGET', unpack(KEYS))
for i = 1, n do
  local at = now
  if found[i] then at = math.max(tonumber(found[i]), now) end
  answer[i + 1], taken[i] = at, at + ARGV[3 * i - 1]
  if taken[i] - ARGV[3 * i] > now then ok = false end
end
if not ok then return answer end
for i = 1, n do
  if ARGV[3 * i + 1] == '0' then call('SET', KEYS[i], taken[i], 'PXAT', taken[i]) end
end
for i = n + 1, #KEYS do
  local from, to, till, text = unpack(ARGV, 4 * i - n - 2, 4 * i - n + 1)
  local version = '0'
  if found[i] then
    local v, ends = string.match(found[i], '^(%d+) (%d+) ')
    if tonumber(ends) > now then version = v end
  end
  answer[i + 1] = 0
  if version == from or version == to then
    call('SET', KEYS[i], text, 'PXAT', till)
    answer[i + 1] = 1
  end
end
return answer`)

// Load implements otp.Store.
func (s *Store) Load(ctx context.Context, key string) (otp.Snapshot, error) {
	if _, one := s.Client.(*redis.Client); one {
		_, found, err := s.PeekLoad(ctx, nil, key)
		if err != nil {
			return otp.Snapshot{}, err
		}
		return found[0], nil
	}
	if err := s.ready(ctx); err != nil {
		return otp.Snapshot{}, err
	}
	r, err := load.Run(ctx, s.Client, []string{s.recordKey(key)}).Slice()
	if err != nil {
		return otp.Snapshot{}, fmt.Errorf("load record: %w", err)
	}
	at, ok := moment(r, 0)
	if !ok {
		return otp.Snapshot{}, errAnswer
	}
	return snapshot(at, append(r, nil)[1]) // Lua ends a list at nil
}

// recordText returns the text of a record that ends at the millisecond until.
func recordText(c otp.Change, until int64) []byte {
	text := make([]byte, 0, 40+len(c.Body)) // two numbers have at most 38 digits
	text = append(strconv.AppendInt(text, c.To, 10), ' ')
	text = append(strconv.AppendInt(text, until, 10), ' ')
	return append(text, c.Body...)
}

// snapshot reads the text of a record, or nil for none.
func snapshot(at time.Time, found any) (otp.Snapshot, error) {
	text, ok := found.(string)
	if !ok {
		return otp.Snapshot{Now: at}, nil
	}
	version, rest, _ := strings.Cut(text, " ")
	until, body, ok := strings.Cut(rest, " ")
	n, err := strconv.ParseInt(version, 10, 64)
	ends, wrong := strconv.ParseInt(until, 10, 64)
	switch {
	case !ok || err != nil || wrong != nil:
		return otp.Snapshot{}, errAnswer
	case ends <= at.UnixMilli():
		return otp.Snapshot{Now: at}, nil
	}
	return otp.Snapshot{Version: n, Body: []byte(body), Now: at}, nil
}

// Swap implements otp.Store.
func (s *Store) Swap(ctx context.Context, key string, c otp.Change) (bool, error) {
	_, done, err := s.takeSwap(ctx, nil, []string{key}, []otp.Change{c})
	return err == nil && done[0], err
}

// takeSwap is TakeSwap of keys in one slot.
func (s *Store) takeSwap(ctx context.Context, buckets []otp.Bucket, keys []string,
	changes []otp.Change) (d otp.Decision, done []bool, err error) {
	if err := s.ready(ctx); err != nil || len(buckets)+len(keys) == 0 {
		return otp.Decision{OK: err == nil}, nil, err
	}
	names := make([]string, 0, len(buckets)+len(keys))
	args := make([]any, 1, 1+3*len(buckets)+4*len(keys))
	args[0] = len(buckets)
	for _, b := range buckets {
		names = append(names, s.bucketKey(b.Key))
		call, room := b.Milliseconds()
		peek := 0
		if b.Peek {
			peek = 1
		}
		args = append(args, call, room, peek)
	}
	wait := false
	for i, c := range changes {
		names = append(names, s.recordKey(keys[i]))
		until := c.Until.UnixMilli()
		args = append(args, c.From, c.To, until, recordText(c, until))
		wait = wait || s.Wait > 0 && !c.Soon
	}
	var r []int64
	var replicas error
	if wait {
		r, replicas, err = s.runAndWait(ctx, names, args)
	} else {
		r, err = takeSwap.Run(ctx, s.Client, names, args...).Int64Slice()
	}
	if err != nil {
		return d, nil, fmt.Errorf("take and swap: %w", err)
	}
	if len(r) <= len(buckets) {
		return d, nil, errAnswer
	}
	full := make([]time.Time, len(buckets))
	for i := range full {
		full[i] = time.UnixMilli(r[1+i])
	}
	d, _ = otp.Decide(buckets, full, time.UnixMilli(r[0]))
	if !d.OK {
		return d, nil, nil
	}
	written := r[1+len(buckets):]
	if len(written) != len(keys) {
		return d, nil, errAnswer
	}
	done = make([]bool, len(keys))
	for i := range done {
		if done[i] = written[i] == 1; done[i] && replicas != nil {
			return d, nil, replicas
		}
	}
	return d, done, nil
}

// runAndWait is takeSwap and then WAIT on the same connection, because WAIT concerns that connection's
// writes. replicas is the error of WAIT.
func (s *Store) runAndWait(ctx context.Context, keys []string, args []any) (answer []int64, replicas,
	err error) {
	node, ok := s.Client.(*redis.Client)
	if c, cluster := s.Client.(*redis.ClusterClient); cluster {
		if node, err = c.MasterForKey(ctx, keys[0]); err != nil {
			return nil, nil, err
		}
	} else if !ok {
		return nil, nil, errors.New("store: Wait needs a *redis.Client or a *redis.ClusterClient")
	}
	timeout := s.WaitFor
	if timeout <= 0 {
		timeout = time.Second
	}
	pipe := node.Pipeline()
	script := takeSwap.Eval(ctx, pipe, keys, args...)
	wait := pipe.Do(ctx, "WAIT", s.Wait, timeout.Milliseconds())
	pipe.Exec(ctx) // each command holds its error
	got, replicas := wait.Int()
	if replicas == nil && got < s.Wait {
		replicas = ErrReplicas
	}
	answer, err = script.Int64Slice()
	return answer, replicas, err
}

// Check asks the server, or every master of a cluster, for its maxmemory-policy, as the first
// call does. It is for health checks, because a policy can be changed. The errors are
// [ErrEvicts], [ErrPolicyHidden] and those of the client.
func (s *Store) Check(ctx context.Context) error {
	if err := s.configured(ctx); err != nil || s.Eviction == Unchecked {
		return err
	}
	if c, ok := s.Client.(*redis.ClusterClient); ok {
		return c.ForEachMaster(ctx, func(ctx context.Context, c *redis.Client) error {
			return s.check(ctx, c)
		})
	}
	return s.check(ctx, s.Client)
}

func (s *Store) check(ctx context.Context, c redis.Cmdable) error {
	info, err := c.Info(ctx, "memory").Result()
	var reply redis.Error
	if errors.As(err, &reply) {
		return fmt.Errorf("%w: %w", ErrPolicyHidden, err)
	}
	if err != nil {
		return fmt.Errorf("ask for maxmemory-policy: %w", err)
	}
	_, policy, found := strings.Cut(info, "\nmaxmemory_policy:")
	policy, _, _ = strings.Cut(policy, "\r")
	switch {
	case !found:
		return ErrPolicyHidden
	case policy == "noeviction", policy == "volatile-ttl" && s.Eviction == VolatileTTL:
		return nil
	}
	return ErrEvicts
}

func (s *Store) configured(ctx context.Context) error {
	if s.Client == nil {
		return errors.New("store: Client is nil")
	}
	if _, ring := s.Client.(*redis.Ring); ring {
		return errors.New("store: Client is a redis.Ring, which loses keys")
	}
	if len(s.Prefix) > 64 || strings.ContainsAny(s.Prefix, "{}") {
		return errors.New("store: Prefix is not allowed")
	}
	return ctx.Err()
}

func (s *Store) ready(ctx context.Context) error {
	if s.checked.Load() {
		return ctx.Err()
	}
	if err := s.Check(ctx); err != nil {
		return err
	}
	s.checked.Store(true)
	return nil
}

func (s *Store) prefix() string {
	if s.Prefix == "" {
		return "otp:"
	}
	return s.Prefix
}

func (s *Store) recordKey(key string) string { return s.prefix() + "record:" + key }

// The braces make Redis Cluster put all buckets into one slot.
func (s *Store) bucketKey(key string) string { return "{" + s.prefix() + "bucket}:" + key }

var errAnswer = errors.New("store: unexpected answer of a script")

// moment returns the i-th element of a script's answer as a time in milliseconds.
func moment(answer []any, i int) (time.Time, bool) {
	if i >= len(answer) {
		return time.Time{}, false
	}
	ms, ok := answer[i].(int64)
	return time.UnixMilli(ms), ok
}
