package jwks_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/sha256"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/token/jwks"
)

const (
	issuerName  = "https://qr.example.it"
	otherIssuer = "https://qr.example.org"
	home        = "http://localhost" // where the in-memory servers seem to be
)

// publicKey returns the same key for a seed each time. Names that begin with "es" give P-256
// keys, the others Ed25519.
func publicKey(issuer, seed string) token.PublicKey {
	sum := sha256.Sum256([]byte(seed))
	if strings.HasPrefix(seed, "es") {
		private, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), sum[:])
		if err != nil {
			panic(err)
		}
		return must(token.NewPublicKey(issuer, private.Public()))
	}
	return must(token.NewPublicKey(issuer, ed25519.NewKeyFromSeed(sum[:]).Public()))
}

func keySet(issuer string, seeds ...string) string {
	var keys []token.PublicKey
	for _, seed := range seeds {
		keys = append(keys, publicKey(issuer, seed))
	}
	return string(must(token.MarshalJWKS(keys)))
}

func ids(seeds ...string) []string {
	var names []string
	for _, seed := range seeds {
		names = append(names, publicKey(issuerName, seed).ID())
	}
	return names
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// origin answers requests in memory and records when they came.
type origin struct {
	mu     sync.Mutex
	times  []time.Time
	tags   []string // If-None-Match of each
	status int
	header http.Header
	body   string
	fail   error         // instead of an answer
	hang   bool          // until the request's context ends
	delay  time.Duration // before any answer
}

// serving answers 200 with the body; header fields are given as "Name: value".
func serving(body string, fields ...string) *origin {
	o := &origin{status: http.StatusOK, body: body, header: make(http.Header)}
	for _, field := range fields {
		name, value, _ := strings.Cut(field, ": ")
		o.header.Add(name, value)
	}
	return o
}

func (o *origin) RoundTrip(r *http.Request) (*http.Response, error) {
	o.mu.Lock()
	o.times = append(o.times, time.Now())
	o.tags = append(o.tags, r.Header.Get("If-None-Match"))
	status, header, body, fail, hang, delay := o.status, o.header, o.body, o.fail, o.hang, o.delay
	o.mu.Unlock()
	if delay > 0 {
		time.Sleep(delay)
	}
	switch {
	case hang:
		<-r.Context().Done()
		return nil, r.Context().Err()
	case fail != nil:
		return nil, fail
	case status == http.StatusOK && header.Get("ETag") != "" &&
		r.Header.Get("If-None-Match") == header.Get("ETag"):
		status, body = http.StatusNotModified, ""
	}
	return &http.Response{
		StatusCode: status, Header: header.Clone(), Body: io.NopCloser(strings.NewReader(body)), Request: r,
	}, nil
}

// become changes the answers from now on.
func (o *origin) become(next *origin) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.status, o.header, o.body, o.fail, o.hang, o.delay =
		next.status, next.header, next.body, next.fail, next.hang, next.delay
}

func (o *origin) requests() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.times)
}

func (o *origin) shortestGap() time.Duration {
	o.mu.Lock()
	defer o.mu.Unlock()
	gap := time.Duration(1<<63 - 1)
	for i := 1; i < len(o.times); i++ {
		gap = min(gap, o.times[i].Sub(o.times[i-1]))
	}
	return gap
}

var errCut = errors.New("network is cut")

func cut() *origin { return &origin{fail: errCut} }

// client returns a client of the in-memory origin. The end of the test closes it.
func client(t testing.TB, o http.RoundTripper) *jwks.Client {
	t.Helper()
	c := &jwks.Client{IssuerName: issuerName, Transport: o}
	t.Cleanup(c.Close)
	return c
}

// assertKeys requires these keys, as of a time.
func assertKeys(t *testing.T, c *jwks.Client, asOf time.Time, seeds ...string) {
	t.Helper()
	keys, at, err := c.Keys()
	require.NoError(t, err)
	assert.True(t, asOf.Equal(at), "as of %v instead of %v", at, asOf)
	assert.ElementsMatch(t, ids(seeds...), keyIDs(keys))
	for _, k := range keys {
		assert.Equal(t, issuerName, k.IssuerName())
	}
}

func keyIDs(keys []token.PublicKey) []string {
	var names []string
	for _, k := range keys {
		names = append(names, k.ID())
	}
	return names
}

func assertNoKeys(t *testing.T, c *jwks.Client, want error) {
	t.Helper()
	keys, _, err := c.Keys()
	assert.Empty(t, keys)
	assert.Equal(t, want, err)
}

// pipes is a network in memory, so that real HTTP runs on the clock of a synctest bubble.
type pipes struct {
	conns chan net.Conn
	once  sync.Once
	done  chan struct{}
}

func newPipes() *pipes { return &pipes{conns: make(chan net.Conn), done: make(chan struct{})} }

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { p.once.Do(func() { close(p.done) }); return nil }
func (p *pipes) Addr() net.Addr { return &net.UnixAddr{} }

func (p *pipes) transport() *http.Transport {
	return &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			here, there := net.Pipe()
			select {
			case p.conns <- there:
				return here, nil
			case <-p.done:
				return nil, net.ErrClosed
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		},
	}
}

// answerOnce accepts one request and lets answer write to its connection. The end of the test
// waits for it.
func (p *pipes) answerOnce(t *testing.T, answer func(net.Conn)) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		conn, err := p.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		if _, err := conn.Read(make([]byte, 4096)); err == nil {
			answer(conn)
		}
	}()
	t.Cleanup(func() { p.Close(); <-done })
}

// overPipes runs the handler behind a client with real HTTP between them.
func overPipes(t *testing.T, handler http.Handler) *jwks.Client {
	t.Helper()
	network := newPipes()
	server := &http.Server{Handler: handler}
	served := make(chan struct{})
	go func() { defer close(served); server.Serve(network) }()
	c := client(t, network.transport())
	c.URL = home + jwks.Path
	t.Cleanup(func() { server.Close(); <-served })
	return c
}

// published is an issuer's set that tests change.
type published struct {
	mu    sync.Mutex
	seeds []string
}

func (p *published) set(seeds ...string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seeds = slices.Clone(seeds)
}

func (p *published) keys(context.Context) ([]token.PublicKey, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var keys []token.PublicKey
	for _, seed := range p.seeds {
		keys = append(keys, publicKey(issuerName, seed))
	}
	return keys, nil
}
