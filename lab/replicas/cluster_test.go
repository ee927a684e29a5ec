package replicas_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

// process is one replica.
type process struct {
	*exec.Cmd
	in      io.WriteCloser
	address string
}

func startReplica(t *testing.T, s setting) *process {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "REPLICAS_CHILD=1")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	p := &process{Cmd: cmd, in: in}
	t.Cleanup(func() {
		in.Close()
		cmd.Process.Kill()
		cmd.Wait()
	})
	require.NoError(t, json.NewEncoder(in).Encode(s))
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	p.address = strings.TrimSpace(strings.TrimPrefix(line, "serving "))
	return p
}

// balancer is the proxy in front of the replicas: each request goes to one of them, whichever it was before.
type balancer struct {
	mu       sync.Mutex
	replicas []*process
	clients  atomic.Uint32
}

func (b *balancer) set(n int, p *process) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.replicas[n] = p
}

// RoundTrip gives each call an address of its own, so that none meets the limit of one.
func (b *balancer) RoundTrip(r *http.Request) (*http.Response, error) {
	b.mu.Lock()
	p := b.replicas[rand.IntN(len(b.replicas))]
	b.mu.Unlock()
	if p == nil {
		return nil, errors.New("no replica runs there")
	}
	n := b.clients.Add(1)
	r = r.Clone(r.Context())
	r.URL.Host = p.address
	r.Header.Set(headerClient, netip.AddrFrom4([4]byte{10, byte(n >> 16), byte(n >> 8), byte(n)}).String())
	return http.DefaultTransport.RoundTrip(r)
}

// gateway takes the messages of all replicas, as a provider does, and keeps the code for each number.
type gateway struct {
	mu    sync.Mutex
	codes map[string]string
}

func (g *gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var m struct{ ID, To, Text string }
	if json.NewDecoder(r.Body).Decode(&m) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	code, _, _ := strings.Cut(m.Text, " ")
	g.mu.Lock()
	g.codes[m.To] = code
	g.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(w, `{"code":"ok","id":%q}`, m.ID)
}

func (g *gateway) code(to string) string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.codes[to]
}
