package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/verifier/api"
)

// relay passes connections on to a server until it is cut.
type relay struct {
	net.Listener
	to    string
	mu    sync.Mutex
	cut   bool
	conns []net.Conn
}

func newRelay(t *testing.T, to string) *relay {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	r := &relay{Listener: listener, to: to}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			in, err := listener.Accept()
			if err != nil {
				return
			}
			r.join(in)
		}
	}()
	return r
}

func (r *relay) join(in net.Conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	out, err := net.Dial("tcp", r.to)
	if err != nil || r.cut {
		in.Close()
		return
	}
	r.conns = append(r.conns, in, out)
	go func() { io.Copy(out, in); out.Close() }()
	go func() { io.Copy(in, out); in.Close() }()
}

// set cuts the relay, or lets connections pass again.
func (r *relay) set(cut bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.cut = cut
	for _, c := range r.conns {
		c.Close()
	}
	r.conns = nil
}

// haproxy is HAProxy in front of the replicas.
type haproxy struct {
	url  string
	said *lockedBuffer
}

func (h *haproxy) falls(server string) int {
	return strings.Count(h.said.String(), "Server able/"+server+" is DOWN")
}

// await waits until HAProxy sends to the one replica, as far as it is able to, and not to the other.
func (h *haproxy) await(t *testing.T, one, two bool) {
	t.Helper()
	able := func(server string) bool {
		return h.falls(server) == strings.Count(h.said.String(), "Server able/"+server+" is UP")
	}
	require.Eventually(t, func() bool { return able("one") == one && able("two") == two }, time.Minute,
		20*time.Millisecond, "%s", h.said)
}

// haproxy starts HAProxy with docs/haproxy.cfg in front of the replicas.
func (c *cluster) haproxy(t *testing.T) *haproxy {
	t.Helper()
	program, err := exec.LookPath("haproxy")
	if err != nil && os.Getenv("CI") != "true" {
		t.Skip(err)
	}
	require.NoError(t, err)
	text, err := os.ReadFile("../../docs/haproxy.cfg")
	require.NoError(t, err)
	errorFile, err := filepath.Abs("../../docs/attesta-503.http")
	require.NoError(t, err)
	address := freeAddr(t)
	config := strings.NewReplacer("10.0.0.11:8080", c.one.addr, "10.0.0.12:8080", c.two.addr,
		":443 ssl crt /etc/haproxy/qr.example.it.pem alpn h2,http/1.1", address,
		"/etc/haproxy/attesta-503.http", errorFile).Replace(string(text))
	file := filepath.Join(t.TempDir(), "haproxy.cfg")
	require.NoError(t, os.WriteFile(file, []byte(config), 0o600))
	said := &lockedBuffer{}
	cmd := exec.Command(program, "-db", "-f", file)
	cmd.Stdout, cmd.Stderr = said, said
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	require.Eventually(t, func() bool {
		answer, err := http.Get("http://" + address + "/readyz/deep")
		if err == nil {
			answer.Body.Close()
		}
		return err == nil && answer.StatusCode == http.StatusOK
	}, time.Minute, 20*time.Millisecond, "%s", said)
	return &haproxy{"http://" + address, said}
}

// check asks at the first level and returns the status, the media type and the code or outcome.
func (c *cluster) check(t *testing.T, base string) (status int, media, said string) {
	t.Helper()
	body, err := json.Marshal(api.FirstLevelRequest{CheckID: api.NewCheckID(), QR: c.paper,
		CodiceFiscale: c.cf.Reveal()})
	require.NoError(t, err)
	r, err := http.NewRequest(http.MethodPost, base+api.PathFirstLevel, bytes.NewReader(body))
	require.NoError(t, err)
	r.Header.Set("Content-Type", "application/json")
	answer, err := c.elsewhere().RoundTrip(r)
	require.NoError(t, err)
	defer answer.Body.Close()
	var text struct{ Code, Outcome string }
	require.NoError(t, json.NewDecoder(answer.Body).Decode(&text))
	return answer.StatusCode, answer.Header.Get("Content-Type"), text.Outcome + text.Code
}

// What HAProxy answers if no process runs is what the issuer answers.
func TestHAProxyErrorFile(t *testing.T) {
	text, err := os.ReadFile("../../docs/attesta-503.http")
	require.NoError(t, err)
	answer, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(text)), nil)
	require.NoError(t, err)
	defer answer.Body.Close()
	assert.Equal(t, api.ContentTypeProblem, answer.Header.Get("Content-Type"))
	var problem api.Problem
	require.NoError(t, json.NewDecoder(answer.Body).Decode(&problem))
	assert.Equal(t, api.NewProblem(api.Unavailable), problem)
}
