package service_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/verifier/service"
	"github.com/qr-invalidita/attesta/verifier/service/servicetest"
)

// A desk in JavaScript, written from the OpenAPI document, passes both levels, with receipts under a key of
// their own. ATTESTA_INTEROP names a copy of token/testdata/interop in which "npm ci" has installed the
// package jose. The test installs nothing.
func TestNodeDesk(t *testing.T) {
	folder := os.Getenv("ATTESTA_INTEROP")
	if folder == "" {
		require.NotEqual(t, "true", os.Getenv("CI"),
			"ATTESTA_INTEROP must name a copy of token/testdata/interop after npm ci")
		t.Skip("ATTESTA_INTEROP is not set")
	}
	w := newWorld(t, func(w *world) {
		w.signReceipts(must(token.NewReceiptKey(t.Context(), issuerName, servicetest.Key(8))))
	})
	mux := http.NewServeMux()
	mux.Handle("/", must(service.New(w.Config)).Handler())
	mux.HandleFunc("GET /phone", func(out http.ResponseWriter, _ *http.Request) {
		io.WriteString(out, w.LastCode())
	})
	server := httptest.NewServer(mux)
	defer server.Close()

	// Node looks for packages in the script's folder.
	temp := t.TempDir()
	packages := must(filepath.Abs(filepath.Join(folder, "node_modules")))
	require.NoError(t, os.Symlink(packages, filepath.Join(temp, "node_modules")))
	script := filepath.Join(temp, "desk.mjs")
	require.NoError(t, os.WriteFile(script, must(os.ReadFile("testdata/interop/desk.mjs")), 0o600))
	output, err := exec.Command("node", script, server.URL, w.paper(t, person), person).CombinedOutput()
	require.NoError(t, err, string(output))
	assert.Contains(t, string(output), "desk: all as the contract says\n")
}
