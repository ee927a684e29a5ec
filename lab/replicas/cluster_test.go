package replicas_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/lab/outside"
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
	r = r.Clone(r.Context())
	r.URL.Host = p.address
	r.Header.Set(headerClient, outside.Address(int(b.clients.Add(1))))
	return http.DefaultTransport.RoundTrip(r)
}
