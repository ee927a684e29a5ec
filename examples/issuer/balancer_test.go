package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/internal/servers"
)

// asProgram makes the test binary run as the program, for tests that need processes of their own.
const asProgram = "ISSUER_TEST_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		return
	}
	os.Exit(postgres.Run(m))
}

// replica is one process of the service.
type replica struct {
	addr, ops string
	args      []string
	cmd       *exec.Cmd
	ended     chan error
	ready     atomic.Bool // in the balancer's view
	logs      *lockedBuffer
}

type lockedBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func freeAddr(t *testing.T) string {
	t.Helper()
	addr, err := servers.FreeAddr()
	require.NoError(t, err)
	return addr
}

func newReplica(t *testing.T, args ...string) *replica {
	t.Helper()
	r := &replica{addr: freeAddr(t), ops: freeAddr(t), logs: &lockedBuffer{}}
	r.args = append([]string{"serve", "-addr", r.addr, "-ops-addr", r.ops}, args...)
	t.Cleanup(func() {
		if r.cmd != nil && r.cmd.Process != nil {
			r.cmd.Process.Kill()
		}
	})
	return r
}

func (r *replica) start(t *testing.T) {
	t.Helper()
	r.cmd = exec.Command(os.Args[0], r.args...)
	r.cmd.Env = append(os.Environ(), asProgram+"=1")
	r.cmd.Stdout, r.cmd.Stderr = r.logs, r.logs
	require.NoError(t, r.cmd.Start())
	r.ended = make(chan error, 1)
	go func(cmd *exec.Cmd, ended chan error) { ended <- cmd.Wait() }(r.cmd, r.ended)
}

func (r *replica) kill(t *testing.T) {
	t.Helper()
	require.NoError(t, r.cmd.Process.Kill())
	<-r.ended
}

// stop ends the replica as an administrator does, and returns when it has ended.
func (r *replica) stop(t *testing.T) {
	t.Helper()
	require.NoError(t, r.cmd.Process.Signal(syscall.SIGTERM))
	require.NoError(t, <-r.ended, r.logs)
}

func (r *replica) answersReady(client *http.Client) bool {
	answer, err := client.Get("http://" + r.addr + "/readyz/deep")
	if err != nil {
		return false
	}
	answer.Body.Close()
	return answer.StatusCode == http.StatusOK
}

// balancer sends each request to the next replica that is ready, as a load balancer does.
type balancer struct {
	*httptest.Server
	replicas []*replica
	turn     atomic.Int64
	only     atomic.Pointer[replica] // if not nil, the replica for all requests
	faults   atomic.Int64            // answers with status 500 or above, and missing answers
}

func newBalancer(t *testing.T) *balancer {
	t.Helper()
	b := &balancer{}
	proxy := &httputil.ReverseProxy{
		Rewrite: func(p *httputil.ProxyRequest) {
			p.Out.Header["X-Forwarded-For"] = p.In.Header["X-Forwarded-For"]
			p.SetXForwarded()
			p.Out.Host = p.In.Host
		},
		Transport: b,
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
			if !errors.Is(err, context.Canceled) { // the caller has cancelled the request
				b.faults.Add(1)
			}
			w.WriteHeader(http.StatusBadGateway)
		},
		ModifyResponse: func(r *http.Response) error {
			if r.StatusCode >= http.StatusInternalServerError && r.Request.Context().Err() == nil {
				b.faults.Add(1)
			}
			return nil
		},
	}
	b.Server = httptest.NewServer(proxy)
	t.Cleanup(b.Close)
	return b
}

// watch keeps asking the replicas whether they are ready.
func (b *balancer) watch(ctx context.Context) {
	client := &http.Client{Timeout: time.Second}
	for _, r := range b.replicas {
		go func() {
			for ctx.Err() == nil {
				r.ready.Store(r.answersReady(client))
				time.Sleep(20 * time.Millisecond)
			}
		}()
	}
}

func (b *balancer) awaitReady(t *testing.T) {
	t.Helper()
	require.Eventually(t, func() bool {
		return !slices.ContainsFunc(b.replicas, func(r *replica) bool { return !r.ready.Load() })
	}, time.Minute, 20*time.Millisecond, "%v", fmt.Stringer(b))
}

// String returns the output of the replicas, for failures.
func (b *balancer) String() string {
	text := ""
	for _, r := range b.replicas {
		text += r.addr + ":\n" + r.logs.String()
	}
	return text
}

// unpooled makes a connection for each request.
var unpooled = &http.Transport{DisableKeepAlives: true}

// RoundTrip tries one replica after the other until one accepts the connection. It prefers those that report
// that they are ready; if none does for a moment, as on a busy machine, it tries the others too.
func (b *balancer) RoundTrip(out *http.Request) (answer *http.Response, err error) {
	err = errors.New("no replica takes the connection")
	first := int(b.turn.Add(1)) // once: other requests take turns at the same time
	transport := http.DefaultTransport
	for _, ready := range []bool{true, false} {
		if !ready { // one that ends has closed its connections, which shows only when a request is lost
			transport = unpooled
		}
		for i := range b.replicas {
			r := b.replicas[(first+i)%len(b.replicas)]
			if only := b.only.Load(); only != nil {
				r = only
			}
			if r.ready.Load() != ready {
				continue
			}
			out.URL = &url.URL{Scheme: "http", Host: r.addr, Path: out.URL.Path, RawPath: out.URL.RawPath,
				RawQuery: out.URL.RawQuery}
			answer, err = transport.RoundTrip(out)
			var network *net.OpError
			// after a connection the request may have arrived
			if !errors.As(err, &network) || network.Op != "dial" {
				return answer, err
			}
		}
	}
	return nil, err
}

// pin sends all requests to one replica; nil sends them to all.
func (b *balancer) pin(r *replica) { b.only.Store(r) }

func assertNoFaults(t *testing.T, b *balancer) {
	t.Helper()
	assert.Zero(t, b.faults.Load(), "%v", fmt.Stringer(b))
}
