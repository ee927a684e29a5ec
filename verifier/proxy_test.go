package verifier_test

import (
	"encoding/pem"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/token/jwks"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/api"
	"github.com/qr-invalidita/attesta/verifier/service/servicetest"
)

// A tunnel is an HTTP proxy that takes CONNECT only and leads every host to one address.
type tunnel struct {
	mu    sync.Mutex
	hosts []string
	to    string
}

func (p *tunnel) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.hosts = append(p.hosts, r.Method+" "+r.Host)
	p.mu.Unlock()
	there, err := net.Dial("tcp", p.to)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	defer there.Close()
	here, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer here.Close()
	io.WriteString(here, "HTTP/1.1 200 OK\r\n\r\n")
	go io.Copy(there, buffered)
	io.Copy(here, there)
}

// asked returns the hosts that were asked for since the last call, each once.
func (p *tunnel) asked() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	hosts := p.hosts
	p.hosts = nil
	slices.Sort(hosts)
	return slices.Compact(hosts)
}

// A desk behind a proxy gets the issuer's keys and its answers through it, and a desk without one the
// same. The environment is read once in a process, so the test runs in one of its own.
func TestBehindAProxy(t *testing.T) {
	const inside = "ATTESTA_TEST_PROXY"
	if os.Getenv(inside) == "" {
		run := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestBehindAProxy$", "-test.v")
		run.Env = append(os.Environ(), inside+"=1")
		out, err := run.CombinedOutput()
		require.NoError(t, err, "%s", out)
		assert.Contains(t, string(out), "--- PASS: TestBehindAProxy")
		return
	}
	body := servicetest.New(t)
	mux := http.NewServeMux()
	mux.Handle(jwks.Path, jwks.Publisher{Keys: body.Config.Keys})
	mux.Handle("/", body.Service.Handler())
	issuer := httptest.NewTLSServer(mux) // its certificate is for example.com and 127.0.0.1
	t.Cleanup(issuer.Close)
	proxy := &tunnel{to: issuer.Listener.Addr().String()}
	server := httptest.NewServer(proxy)
	t.Cleanup(server.Close)
	roots := filepath.Join(t.TempDir(), "roots.pem")
	require.NoError(t, os.WriteFile(roots, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE",
		Bytes: issuer.Certificate().Raw}), 0o600))
	for name, value := range map[string]string{"SSL_CERT_FILE": roots, "HTTPS_PROXY": server.URL,
		"HTTP_PROXY": "", "NO_PROXY": "", "https_proxy": "", "http_proxy": "", "no_proxy": "",
		"REQUEST_METHOD": ""} {
		t.Setenv(name, value)
	}
	cf, err := codicefiscale.ParseAny(servicetest.Person)
	require.NoError(t, err)
	paper := body.Paper(t, cf)

	for _, c := range []struct {
		name, address string
		private       bool
		asked         []string
		keys          string // what the error of the keys says
		verdict       api.Outcome
	}{
		{"a public name", "https://example.com", false, []string{"CONNECT example.com:443"}, "",
			api.Confirmed},
		{"this machine", issuer.URL, false, nil, "", api.Confirmed},
		{"a private address", "https://10.0.0.1", false, nil, "address is not a public one", api.CannotTell},
		{"a private address that is allowed, with another's certificate", "https://10.0.0.1", true,
			[]string{"CONNECT 10.0.0.1:443"}, "certificate", api.CannotTell},
	} {
		t.Run(c.name, func(t *testing.T) {
			set := &jwks.Client{IssuerName: servicetest.Name, URL: c.address + jwks.Path, Now: body.Clock.Now,
				AllowPrivate: c.private}
			t.Cleanup(set.Close)
			if err := set.Refresh(t.Context()); c.keys == "" {
				assert.NoError(t, err)
			} else {
				assert.ErrorContains(t, err, c.keys)
			}
			assert.Equal(t, c.asked, proxy.asked(), "for the keys")

			keys, err := body.Config.Keys(t.Context())
			require.NoError(t, err)
			client, err := verifier.New(verifier.TrustAnchor{Name: servicetest.Name, Address: c.address,
				AllowPrivate: c.private, Keys: keys})
			require.NoError(t, err)
			client.Now = body.Clock.Now
			r := client.FirstLevel(t.Context(), paper, cf, verifier.FirstLevelOptions{})
			assert.Equal(t, c.verdict, r.Verdict, "%+v", r.Problem)
			assert.Equal(t, c.asked, proxy.asked(), "for the answer")
		})
	}
}
