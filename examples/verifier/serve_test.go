package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/cli"
	"github.com/qr-invalidita/attesta/examples/internal/issuertest"
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
		default:
		}
	}
}

func fetched(t *testing.T, address string) string {
	t.Helper()
	client := http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
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

func TestServeLAN(t *testing.T) {
	issuer := issuertest.New(t)
	_, said, end := startDesk(t, "-issuer", issuer.Server.URL, "-data", t.TempDir(), "-lan", "-addr",
		"0.0.0.0:0")
	desk, _, _ := strings.Cut(strings.SplitN(said.String(), "Desk    ", 2)[1], "\n")
	address := regexp.MustCompile(`:\d+$`).FindString(desk)
	assert.Contains(t, fetched(t, "https://127.0.0.1"+address), "Controlla un QR")
	assert.Contains(t, said.String(), "▀")
	assert.Equal(t, cli.OK, end())
}

func refused(t *testing.T, want string, args ...string) int {
	t.Helper()
	var out, errs bytes.Buffer
	code := serve(t.Context(), args, cli.Streams{In: strings.NewReader(""), Out: &out, Err: &errs})
	assert.Contains(t, errs.String(), want)
	return code
}

func TestServeRefuses(t *testing.T) {
	file := filepath.Join(t.TempDir(), "x")
	require.NoError(t, os.WriteFile(file, []byte("nothing"), 0o600))
	for _, test := range []struct{ want, args string }{
		{"whom to trust", ""},
		{"whom to trust", "-issuer http://127.0.0.1:1 -bundle " + file},
		{"-issuer: not a URL", "-issuer nonsense"},
		{"give -bundle-key", "-bundle " + file},
		{"go together", "-issuer http://127.0.0.1:1 -tls-cert " + file},
		{"does not go with", "-issuer http://127.0.0.1:1 -lan -tls-cert " + file + " -tls-key " + file},
		{"unexpected argument", "-issuer http://127.0.0.1:1 more"},
	} {
		assert.Equal(t, cli.Usage, refused(t, test.want, strings.Fields(test.args)...), test.args)
	}
}
