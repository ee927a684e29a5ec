// Package redisstore keeps the challenges and the limits of package otp in Redis or Valkey,
// through go-redis.
//
// A [Store] is both an otp.Store and an otp.Limiter. Each call is one Lua script that reads
// the server's clock, never the caller's. Every key has an end (PEXPIREAT). The package is
// tested with Redis 7.0 and needs 5.0 or newer, where a script may write after TIME.
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
// go-redis repeats a command whose answer was lost. For Swap that is harmless; Take and TakeLoad may
// take twice. Set ContextTimeoutEnabled in its options; otherwise a call exceeds its context's
// deadline by the client's own timeouts.
package redisstore

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

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
}

var (
	_ otp.Store      = (*Store)(nil)
	_ otp.Limiter    = (*Store)(nil)
	_ otp.Refiller   = (*Store)(nil)
	_ otp.TakeLoader = (*Store)(nil)
)

// now is the server's clock in milliseconds. Redis stops it during a script.
const now = `local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
`

// A key that ended a moment ago may still exist, so its end is a field as well.
const load = now + `local r = redis.call('HMGET', KEYS[1], 'version', 'until', 'body')
if not r[1] or tonumber(r[2]) <= now then return {now} end
return {now, r[1], r[3]}`

// ARGV holds from, to, until and body. Versions are compared as text, because a Lua number has
// 53 bits. If the record already has the version to, this is the same swap, repeated by the
// client. It is written again, so that a following WAIT has something to wait for. A key keeps its end
// while its fields change.
const swap = now + `local r = redis.call('HMGET', KEYS[1], 'version', 'until')
local version = '0'
if r[1] and tonumber(r[2]) > now then version = r[1] end
if version ~= ARGV[1] and version ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], 'version', ARGV[2], 'until', ARGV[3], 'body', ARGV[4])
if r[2] ~= ARGV[3] then redis.call('PEXPIREAT', KEYS[1], ARGV[3]) end
return 1`

var loadScript, swapScript = redis.NewScript(load), redis.NewScript(swap)

// Load implements otp.Store.
func (s *Store) Load(ctx context.Context, key string) (otp.Snapshot, error) {
	if err := s.ready(ctx); err != nil {
		return otp.Snapshot{}, err
	}
	r, err := loadScript.Run(ctx, s.Client, []string{s.recordKey(key)}).Slice()
	if err != nil {
		return otp.Snapshot{}, fmt.Errorf("load record: %w", err)
	}
	at, ok := moment(r, 0)
	if !ok {
		return otp.Snapshot{}, errAnswer
	}
	return snapshot(at, r[1:])
}

// snapshot returns the record that a script found: nothing, or version and body.
func snapshot(at time.Time, r []any) (otp.Snapshot, error) {
	if len(r) == 0 {
		return otp.Snapshot{Now: at}, nil
	}
	version, _ := r[0].(string)
	n, err := strconv.ParseInt(version, 10, 64)
	body, ok := r[len(r)-1].(string)
	if err != nil || !ok || len(r) != 2 {
		return otp.Snapshot{}, errAnswer
	}
	return otp.Snapshot{Version: n, Body: []byte(body), Now: at}, nil
}

// Swap implements otp.Store.
func (s *Store) Swap(ctx context.Context, key string, c otp.Change) (bool, error) {
	if err := s.ready(ctx); err != nil {
		return false, err
	}
	keys := []string{s.recordKey(key)}
	args := []any{c.From, c.To, c.Until.UnixMilli(), c.Body}
	var n int
	var err error
	if s.Wait > 0 && !c.Soon {
		n, err = s.swapAndWait(ctx, keys, args)
	} else {
		n, err = swapScript.Run(ctx, s.Client, keys, args...).Int()
	}
	if err != nil {
		return false, fmt.Errorf("swap record: %w", err)
	}
	return n == 1, nil
}

// swapAndWait sends WAIT on the connection of the swap, because WAIT concerns that
// connection's writes.
func (s *Store) swapAndWait(ctx context.Context, keys []string, args []any) (int, error) {
	node, ok := s.Client.(*redis.Client)
	if c, cluster := s.Client.(*redis.ClusterClient); cluster {
		var err error
		if node, err = c.MasterForKey(ctx, keys[0]); err != nil {
			return 0, err
		}
	} else if !ok {
		return 0, errors.New("store: Wait needs a *redis.Client or a *redis.ClusterClient")
	}
	timeout := s.WaitFor
	if timeout <= 0 {
		timeout = time.Second
	}
	pipe := node.Pipeline()
	swapped := pipe.Eval(ctx, swap, keys, args...)
	replicas := pipe.Do(ctx, "WAIT", s.Wait, timeout.Milliseconds())
	pipe.Exec(ctx) // each command holds its error
	n, err := swapped.Int()
	if err != nil || n == 0 {
		return n, err
	}
	if got, err := replicas.Int(); err != nil {
		return 0, err
	} else if got < s.Wait {
		return 0, ErrReplicas
	}
	return n, nil
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
