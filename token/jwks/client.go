package jwks

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/qr-invalidita/attesta/token"
)

// The reasons why [Client.Keys] has no keys to give. None says anything about a token: read each as "cannot tell".
var (
	// ErrNotFetched: no key set has been fetched or loaded yet.
	ErrNotFetched = errors.New("no key set has been fetched yet")
	// ErrStale: the last refresh that succeeded is longer ago than the set's freshness and [Grace].
	ErrStale = errors.New("key set is too old to be used")
	// ErrClock: the clock is more than [token.Leeway] earlier than the time when the keys were fetched. So either that
	// time or this one is wrong and the age of the keys is unknown: set back far enough, a clock would make a withdrawn
	// key good for ever.
	ErrClock = errors.New("clock is earlier than the time when the key set was fetched")
)

// ErrClosed is returned by [Client.Refresh] after [Client.Close].
var ErrClosed = errors.New("client of the key set is closed")

// Client holds the key set of one issuer, fetched over HTTP and cached. Issuer must be set; the other fields have
// defaults. Its methods are safe for concurrent use as long as nobody changes the fields; it must not be copied.
//
// A client has a goroutine and a connection only while it fetches, which takes at most 10 seconds. There is at most one
// fetch at a time and one in [Interval], and it belongs to all who wait for it: the end of a caller's context does not
// end it, [Client.Close] does.
//
// A fetch takes the status codes 200 and 304 only, follows no redirect and reads at most 1 MiB. Its errors say nothing of
// what stood in the answer. The set is judged by [token.ParseJWKS]; one without any usable key does not replace a good one.
type Client struct {
	// Issuer is the name that the set must belong to.
	Issuer string
	// URL is where the set is; empty means Path below the issuer's name. It must be https; http is taken only for
	// localhost and loopback addresses.
	URL string
	// File is a copy of the set on disk, written after each refresh, for starts without a network: see Load. Its folder
	// must exist. Whoever can write the file can choose the keys that are trusted. Empty means none.
	File string
	// AllowPrivate permits the address behind the URL's name to be any. Otherwise it must be a public one, or a
	// loopback address where the URL says so: a name must not lead into the verifier's own network.
	AllowPrivate bool
	// Transport makes the requests, where a proxy, a client certificate or other roots are needed. Which addresses it
	// connects to and which connections it keeps is then its own concern, and AllowPrivate has no effect. It must obey a
	// request's context. Nil means one that connects directly, whatever the environment says of proxies.
	Transport http.RoundTripper
	// Log takes every refresh that failed: most run with nobody waiting for the error. Nil means silence.
	Log *slog.Logger
	// Now is the clock; nil means time.Now.
	Now func() time.Time

	resolver *net.Resolver // nil but in tests

	mu      sync.Mutex
	current set
	started time.Time // the last fetch
	last    error     // how the last finished fetch ended
	running *fetch
	closed  bool
}

// set is an issuer's key set as of a time. The zero set has no keys. It is never changed.
type set struct {
	keys   []token.PublicKey
	body   []byte // as fetched: a later release may find more keys in it, and the issuer still say 304
	asOf   time.Time
	maxAge time.Duration
	etag   string
}

type fetch struct {
	cancel context.CancelFunc
	done   chan struct{}
	err    error // to be read when done
}

// Keys returns the issuer's keys and when they were last known to be its own. It waits neither for the network nor for
// the disk, and allocates nothing. Where the keys are no longer fresh, or there are none, it starts a refresh and
// answers from what there is. The slice is shared and must not be changed.
//
// The error is nil, [ErrNotFetched], [ErrStale] or [ErrClock], and no keys come with one; the time does with the last two.
func (c *Client) Keys() (keys []token.PublicKey, asOf time.Time, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now()
	s := c.current
	age := now.Sub(s.asOf)
	switch {
	case len(s.keys) == 0:
		err = ErrNotFetched
	case age < -token.Leeway:
		err = ErrClock
	case age > s.maxAge+Grace:
		err = ErrStale
	}
	if err != nil || age > s.maxAge {
		c.start(now)
	}
	if err != nil {
		return nil, s.asOf, err
	}
	return s.keys, s.asOf, nil
}

// Missed says that a token had a key identifier that is not among the keys. It starts a refresh and does not wait for
// it; within [Interval] of the last one it does nothing, so tokens with invented identifiers may come in any number.
func (c *Client) Missed() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.start(c.now())
}

// Refresh fetches the set now, or joins the fetch that runs, and waits for the end of it or of the context. Within
// [Interval] of the last fetch it makes none and returns how that one ended.
//
// It is an error too if the set was fetched but not saved to File. Whether there are keys to work with, [Client.Keys]
// tells, not this error.
func (c *Client) Refresh(ctx context.Context) error {
	c.mu.Lock()
	f, last, closed := c.start(c.now()), c.last, c.closed
	c.mu.Unlock()
	switch {
	case f != nil:
	case closed:
		return ErrClosed
	default:
		return last
	}
	select {
	case <-f.done:
		return f.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Close ends a fetch that runs and waits until its goroutine is gone. Afterwards Keys goes on giving what is cached as
// long as that is good, and nothing is fetched any more.
func (c *Client) Close() {
	c.mu.Lock()
	c.closed = true
	f := c.running
	c.mu.Unlock()
	if f != nil {
		f.cancel()
		<-f.done
	}
}

// start returns the fetch that runs, beginning one unless the client is closed or it is too early; then nil. The caller
// holds the lock, and read the clock under it: times out of order would look like a clock set back.
func (c *Client) start(now time.Time) *fetch {
	if c.running != nil || c.closed {
		return c.running
	}
	// A clock that was set back must not stop the fetches until it has caught up.
	if since := now.Sub(c.started); since >= 0 && since < Interval {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	f := &fetch{cancel: cancel, done: make(chan struct{})}
	c.started, c.running = now, f
	go c.run(ctx, f, c.current, now)
	return f
}

func (c *Client) run(ctx context.Context, f *fetch, old set, now time.Time) {
	defer close(f.done)
	defer f.cancel()
	next, err := c.fetch(ctx, old, now)
	if err == nil {
		c.mu.Lock()
		c.current = next // before the disk, which may be slow
		c.mu.Unlock()
		err = c.save(next)
	}

	c.mu.Lock()
	if err != nil && c.closed {
		err = ErrClosed
	}
	f.err, c.last, c.running = err, err, nil
	c.mu.Unlock()
	if err != nil && err != ErrClosed {
		logger(c.Log).Warn("key set not refreshed", "issuer", c.Issuer, "error", err)
	}
}

// now returns the wall clock's time only: a monotonic clock stands still while the machine sleeps.
func (c *Client) now() time.Time {
	if c.Now == nil {
		return time.Now().Round(0)
	}
	return c.Now().Round(0)
}
