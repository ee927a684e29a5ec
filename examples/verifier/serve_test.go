package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/cards/cardstest"
	"github.com/qr-invalidita/attesta/examples/internal/cli"
	"github.com/qr-invalidita/attesta/examples/internal/issuertest"
	"github.com/qr-invalidita/attesta/verifier/api"
	"github.com/qr-invalidita/attesta/verifier/service/servicetest"
)

// output collects what a running program prints.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

// startDesk runs serve until the test ends and returns its address. end stops it and returns the exit
// code.
func startDesk(t *testing.T, args ...string) (address string, said *output, end func() int) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	said = &output{}
	code := make(chan int, 1)
	args = append([]string{"-addr", "127.0.0.1:0"}, args...)
	go func() { code <- serve(ctx, args, cli.Streams{In: strings.NewReader(""), Out: said, Err: said}) }()
	end = func() int {
		cancel()
		return <-code
	}
	t.Cleanup(cancel)
	found := regexp.MustCompile(`(?m)^Desk    (http\S+)$`)
	for {
		if m := found.FindStringSubmatch(said.String()); m != nil &&
			strings.Contains(said.String(), "Ctrl+C") {
			return m[1], said, end
		}
		select {
		case c := <-code:
			require.FailNow(t, "the desk did not start", "exit code %d: %s", c, said)
		case <-time.After(time.Millisecond): // the desk needs the processor
		}
	}
}

func fetched(t *testing.T, address string) string {
	t.Helper()
	client := http.Client{Transport: insecure()}
	answer, err := client.Get(address)
	require.NoError(t, err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	return string(body)
}

func TestServe(t *testing.T) {
	issuer, data := issuertest.New(t), t.TempDir()
	address, said, end := startDesk(t, "-issuer", issuer.Server.URL, "-data", data)
	assert.Contains(t, said.String(), "Trusts  "+servicetest.Name)
	assert.Contains(t, fetched(t, address), "Controlla un QR")
	assert.Equal(t, cli.OK, end())

	// The desk has saved the keys, so it starts while the issuer is down.
	issuer.Server.Close()
	address, said, end = startDesk(t, "-issuer", issuer.Server.URL, "-data", data)
	assert.Contains(t, said.String(), "saved keys")
	assert.Contains(t, fetched(t, address), "Controlla un QR")
	assert.Equal(t, cli.OK, end())
	assert.Equal(t, cli.Usage,
		refused(t, "keys cannot be fetched", "-issuer", issuer.Server.URL, "-data", t.TempDir()))
}

// With -lan the key of the link opens the desk for phones, and nothing else does. Another door is for this
// machine.
func TestServeLAN(t *testing.T) {
	issuer := issuertest.New(t)
	start := func(more ...string) (links []string, local, said string, end func() int) {
		args := append([]string{"-issuer", issuer.Server.URL, "-data", t.TempDir(), "-lan", "-addr",
			"0.0.0.0:0", "-local-addr", "127.0.0.1:0"}, more...)
		local, out, end := startDesk(t, args...)
		shown := regexp.MustCompile(`(?m)^Phone   (https\S+)$`)
		for _, m := range shown.FindAllStringSubmatch(out.String(), -1) {
			links = append(links, m[1])
		}
		require.NotEmpty(t, links)
		return links, local, out.String(), end
	}
	links, local, said, end := start()
	assert.Contains(t, said, "▀")
	assert.Contains(t, said, "-lan is for trials")
	link, err := url.Parse(links[0])
	require.NoError(t, err)
	assert.Equal(t, "/key", link.Path)
	assert.Contains(t, fetched(t, local), "Controlla un QR")
	closed := fetched(t, "https://"+link.Host+"/")
	assert.NotContains(t, closed, "Controlla un QR")
	assert.Contains(t, closed, "Qui serve la chiave")

	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	phone := http.Client{Jar: jar, Transport: insecure()}
	for _, address := range []string{"https://" + link.Host + "/key", "https://" + link.Host + "/"} {
		answer, err := phone.PostForm(address, url.Values{"key": {link.Fragment}})
		require.NoError(t, err)
		body, err := io.ReadAll(answer.Body)
		require.NoError(t, err)
		answer.Body.Close()
		assert.Contains(t, string(body), "Controlla un QR")
	}
	answer, err := phone.Get("https://" + link.Host + "/operator?back=/")
	require.NoError(t, err)
	body, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	answer.Body.Close()
	assert.Contains(t, string(body), "con l&#39;aiuto del computer dello sportello")
	assert.Equal(t, cli.OK, end())

	again, _, _, end := start()
	other, err := url.Parse(again[0])
	require.NoError(t, err)
	assert.NotEqual(t, link.Fragment, other.Fragment, "another key at each start")
	assert.Equal(t, cli.OK, end())
	links, _, _, end = start("-public-url", "https://desk.example.it:8443")
	require.Len(t, links, 1)
	assert.True(t, strings.HasPrefix(links[0], "https://desk.example.it:8443/key#"), links[0])
	assert.Equal(t, cli.OK, end())
}

// A desk that others can reach says which links its pages lack, and opens with those that they have.
func TestServeDuties(t *testing.T) {
	issuer := issuertest.New(t).Server.URL
	address, said, end := startDesk(t, "-issuer", issuer, "-data", t.TempDir(), "-help-url",
		"https://a.example/h")
	assert.Contains(t, fetched(t, address), `<a href="https://a.example/h">Aiuto</a>`)
	assert.Equal(t, cli.OK, end())
	assert.NotContains(t, said.String(), "on every page")
	_, said, end = startDesk(t, "-issuer", issuer, "-data", t.TempDir(), "-help-url", "https://a.example/h",
		"-public-url", "https://desk.example.it")
	assert.Equal(t, cli.OK, end())
	assert.Contains(t, said.String(), "on every page: -accessibility-url, -feedback-url, -privacy-url\n")
}

// A strange name that points to the desk reads nothing.
func TestServeHosts(t *testing.T) {
	address, _, end := startDesk(t, "-issuer", issuertest.New(t).Server.URL, "-data", t.TempDir())
	r, err := http.NewRequest(http.MethodGet, address+"/shift", nil)
	require.NoError(t, err)
	r.Host = "attacker.example"
	answer, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	answer.Body.Close()
	assert.Equal(t, http.StatusMisdirectedRequest, answer.StatusCode)
	assert.Equal(t, cli.OK, end())
}

// insecure is a browser that accepts the throw-away certificate.
func insecure() *http.Transport {
	return &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
}

func refused(t *testing.T, want string, args ...string) int {
	t.Helper()
	var out, errs bytes.Buffer
	code := serve(t.Context(), args, cli.Streams{In: strings.NewReader(""), Out: &out, Err: &errs})
	assert.Contains(t, errs.String(), want)
	return code
}

// A desk on this machine that a proxy shows to phones at a public address asks wallets.
func TestServeWallets(t *testing.T) {
	world := cardstest.New(t)
	address, _, end := startDesk(t, append(world.Flags(), "-issuer", issuertest.New(t).Server.URL,
		"-data", t.TempDir(), "-oidc-issuer", "-")...)
	assert.Contains(t, fetched(t, address), `action="/card"`)
	answer, err := http.Get(address + "/wallet/request/none")
	require.NoError(t, err)
	answer.Body.Close()
	assert.Equal(t, "application/json", answer.Header.Get("Content-Type"), "the wallets' own")
	assert.Equal(t, cli.OK, end())
	for flag, want := range map[string]string{"-wallet-cert": "no access certificate",
		"-wallet-key": "-wallet-key:", "-wallet-anchors": "-wallet-anchors:",
		"-wallet-receipt-key": "-wallet-receipt-key:"} {
		args := append(world.Flags(), "-issuer", issuertest.New(t).Server.URL, "-data", t.TempDir())
		file := filepath.Join(t.TempDir(), "x")
		require.NoError(t, os.WriteFile(file, []byte("nothing"), 0o600))
		assert.Equal(t, cli.Usage, refused(t, want, append(args, flag, file)...), flag)
	}
}

func TestServeRefuses(t *testing.T) {
	file := filepath.Join(t.TempDir(), "x")
	require.NoError(t, os.WriteFile(file, []byte("nothing"), 0o600))
	wallets := "-issuer http://127.0.0.1:1 -wallet-cert x -wallet-key x -wallet-anchors x -wallet-name x " +
		"-wallet-logo x -wallet-url "
	for _, test := range []struct{ want, args string }{
		{"whom to trust", ""},
		{"whom to trust", "-issuer http://127.0.0.1:1 -bundle " + file},
		{"-issuer: not a URL", "-issuer nonsense"},
		{"give -bundle-key", "-bundle " + file},
		{"go together", "-issuer http://127.0.0.1:1 -tls-cert " + file},
		{"does not go with", "-issuer http://127.0.0.1:1 -lan -tls-cert " + file + " -tls-key " + file},
		{"needs -public-url", "-issuer http://127.0.0.1:1 -tls-cert " + file + " -tls-key " + file},
		{"other machines reach it", "-issuer http://127.0.0.1:1 -addr 0.0.0.0:8090"},
		{"other machines reach it", "-issuer http://127.0.0.1:1 -addr :8090 -public-url https://a.example"},
		{"-addr: address x", "-issuer http://127.0.0.1:1 -addr x"},
		{"-local-addr wants", "-issuer http://127.0.0.1:1 -lan -local-addr 0.0.0.0:8090"},
		{"-public-url: want", "-issuer http://127.0.0.1:1 -public-url http://a.example"},
		{"-public-url: want", "-issuer http://127.0.0.1:1 -public-url https://a.example/x"},
		{"-help-url: want https", "-issuer http://127.0.0.1:1 -help-url http://a.example"},
		{"-purposes wants a list of benefit,", "-issuer http://127.0.0.1:1 -purposes benefit,fun"},
		{"takes -wallet-key, -wallet-anchors, -wallet-url, -wallet-name, -wallet-logo too",
			"-issuer http://127.0.0.1:1 -wallet-cert " + file},
		{"-wallet-url: want", wallets + "http://desk.example.it/wallet"},
		{"-wallet-url: want", wallets + "https://127.0.0.1/wallet"},
		{"-wallet-url: want", wallets + "https://desk.example.it/"},
		{"-offline asks nobody", wallets + "https://desk.example.it/wallet -offline"},
		{"unexpected argument", "-issuer http://127.0.0.1:1 more"},
	} {
		assert.Equal(t, cli.Usage, refused(t, test.want, strings.Fields(test.args)...), test.args)
	}
}

// With a collector the trace of a request goes on to the issuer, and no span holds anything about a person.
// With ATTESTA_OTLP the spans go to another collector, as in .ci/traces.sh.
func TestServeTraces(t *testing.T) {
	var mu sync.Mutex
	var received, passed string
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		assert.NoError(t, err)
		mu.Lock()
		defer mu.Unlock()
		received += string(body)
	}))
	t.Cleanup(collector.Close)
	issuer := issuertest.New(t, func(b *servicetest.Body) { b.Clock.Advance(time.Since(b.Clock.Now())) })
	handler := issuer.Server.Config.Handler
	issuer.Server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == api.PathFirstLevel {
			mu.Lock()
			passed = r.Header.Get("Traceparent") + r.Header.Get("Tracestate")
			mu.Unlock()
		}
		handler.ServeHTTP(w, r)
	})
	address, _, end := startDesk(t, "-issuer", issuer.Server.URL, "-data", t.TempDir(), "-otel-endpoint",
		cmp.Or(os.Getenv("ATTESTA_OTLP"), collector.URL))
	cf := issuertest.Persona(t, "mario").CF.Reveal()
	paper := issuer.Paper(t, "mario")
	const trace = "3af7651916cd43dd8448eb211c80319c"
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	form := url.Values{"qr": {paper}, "cf": {cf}}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address,
		strings.NewReader(form.Encode()))
	require.NoError(t, err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Traceparent", "00-"+trace+"-00f067aa0ba902b7-01")
	r.Header.Set("Tracestate", "desk="+cf)
	browser := http.Client{Jar: jar} // it keeps the headers when it is sent on
	answer, err := browser.Do(r)
	require.NoError(t, err)
	body, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	answer.Body.Close()
	require.Contains(t, string(body), "Confermato")
	require.Equal(t, cli.OK, end())
	assert.Regexp(t, "^00-"+trace+"-[0-9a-f]{16}-01$", passed)
	assert.NotContains(t, passed, "00f067aa0ba902b7", "the span of the call is the parent")
	secrets := []string{cf, paper, strings.TrimPrefix(issuer.Server.URL, "http://")}
	if path := os.Getenv("ATTESTA_OTLP_SECRETS"); path != "" {
		require.NoError(t, os.WriteFile(path, []byte(strings.Join(secrets, "\n")+"\n"), 0o600))
		return
	}
	for _, want := range []string{"attesta-desk", "POST /{$}", "call issuer", "http.response.status_code"} {
		assert.Contains(t, received, want)
	}
	for _, secret := range secrets {
		assert.NotContains(t, received, secret)
	}
	assert.Equal(t, cli.Usage, refused(t, "want http://HOST:PORT", "-issuer", issuer.Server.URL,
		"-otel-endpoint", "127.0.0.1:4318"))
}
