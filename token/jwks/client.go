package jwks

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/qr-invalidita/attesta/internal/cause"
	"github.com/qr-invalidita/attesta/internal/outbound"
	"github.com/qr-invalidita/attesta/token"
)

// The errors of [Client.Keys]. None says anything about a token: read each as "cannot tell".
var (
	// ErrNotFetched: no key set has been fetched or loaded yet.
	ErrNotFetched = cause.New("no key set has been fetched yet")
	// ErrStale: the last successful refresh is longer ago than the set's freshness plus 72 hours.
	ErrStale = cause.New("key set is too old to be used")
	// ErrClock: the clock is more than [token.Leeway] earlier than the time when the keys were
	// fetched. One of the two times is wrong, so the age of the keys is unknown. If a clock that
	// is set back far enough were accepted, a withdrawn key would stay good for ever.
	ErrClock = cause.New("clock is earlier than the time when the key set was fetched")
)

// ErrPrivateAddress means that the name of a key set's server resolves to an address that is not
// public, and that nothing was sent there: see Client.AllowPrivate.
var ErrPrivateAddress = outbound.ErrPrivateAddress

// ErrClosed is returned by [Client.Refresh] after [Client.Close].
var ErrClosed = cause.New("client of the key set is closed")

// Client holds the key set of one issuer, fetched over HTTP and cached. IssuerName must be set;
// the other fields have defaults. Its methods are safe for concurrent use as long as nobody
// changes the fields. It must not be copied.
//
// A client has a goroutine and a connection only while it fetches, for at most 10 seconds. At
// most one fetch runs at a time, and at most one starts in 30 seconds. All callers share it:
// [Client.Close] ends a fetch, the end of a caller's context does not.
//
// A fetch accepts only the status codes 200 and 304, follows no redirect and reads at most 1 MiB.
// Its errors reveal nothing of the content of the answer. [token.ParseJWKS] reads the set; a set
// without any usable key does not replace a good one.
type Client struct {
	// IssuerName is the name of the issuer to which the set must belong.
	IssuerName string
	// URL is the address of the set; empty means Path below the issuer's name. It must be https;
	// http is accepted only for localhost and loopback addresses.
	URL string
	// File is a copy of the set on disk, written after each refresh, for starts without a
	// network: see Load. Its folder must exist. Anybody who can write the file can choose the
	// trusted keys. Empty means no copy.
	File string
	// AllowPrivate allows the URL's name to resolve to any address. Otherwise the address must be
	// public, or loopback if the URL says so, because a name must not lead into the verifier's
	// own network.
	AllowPrivate bool
	// Transport makes the requests, for a client certificate or other roots. It then decides which
	// addresses to connect to, through which proxy and which connections to keep, and AllowPrivate
	// has no effect. It must obey a request's context. Nil means a transport that uses the proxy of
	// the environment (HTTPS_PROXY, HTTP_PROXY, NO_PROXY), as [verifier.Client] does. A proxy
	// resolves names itself: behind one, only an address in the URL is checked.
	//
	// [verifier.Client]: https://pkg.go.dev/github.com/qr-invalidita/attesta/verifier#Client
	Transport http.RoundTripper
	// Log receives every failed refresh, because usually nobody waits for the error. Nil means no
	// log.
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

// set is an issuer's key set at a time. The zero set has no keys. A set is never changed.
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

// Keys returns the issuer's keys and the time when they were last confirmed. It waits neither for
// the network nor for the disk, and allocates nothing. If the keys are no longer fresh, or there
// are none, it starts a refresh and answers from the cache. The slice is shared and must not be
// changed.
//
// The error is nil, [ErrNotFetched], [ErrStale] or [ErrClock]. With an error there are no keys;
// with the last two the time is still returned.
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
	case age > s.maxAge+grace:
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

// Missed tells the client that a token names a key that is not among the keys. It starts a
// refresh and does not wait for it. Within 30 seconds of the last fetch it does nothing, so
// tokens with invented identifiers cause no flood of requests.
func (c *Client) Missed() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.start(c.now())
}

// Refresh fetches the set now, or joins the running fetch, and waits until the fetch or the
// context ends. Within 30 seconds of the last fetch it starts none and returns the result of that
// one.
//
// If the set was fetched but not saved to File, that is an error too. [Client.Keys] says whether
// there are usable keys; this error does not.
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

// Close ends the running fetch and waits until its goroutine is gone. Afterwards Keys still
// returns the cached keys as long as they are good, and nothing more is fetched.
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

// start returns the running fetch or begins one. It returns nil if the client is closed or it is
// too early. The caller holds the lock and has read the clock under it: times out of order would
// look like a clock set back.
func (c *Client) start(now time.Time) *fetch {
	if c.running != nil || c.closed {
		return c.running
	}
	// A clock that is set back must not stop the fetches until it has caught up.
	if since := now.Sub(c.started); since >= 0 && since < interval {
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
		logger(c.Log).Warn("key set not refreshed", "issuer", c.IssuerName, "error", err)
	}
}

// now returns only the wall clock time, because a monotonic clock stands still while the machine
// sleeps.
func (c *Client) now() time.Time {
	if c.Now == nil {
		return time.Now().Round(0)
	}
	return c.Now().Round(0)
}
