package token_test

import (
	"context"
	"crypto"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/token"
)

// Node's jose verifies the good vectors and newly issued tokens. ATTESTA_INTEROP names a copy of
// testdata/interop in which "npm ci" has run; the test installs nothing.
func TestNodeInterop(t *testing.T) {
	folder := os.Getenv("ATTESTA_INTEROP")
	if folder == "" {
		require.NotEqual(t, "true", os.Getenv("CI"),
			"ATTESTA_INTEROP must name a copy of testdata/interop after npm ci")
		t.Skip("ATTESTA_INTEROP is not set")
	}
	script, err := os.ReadFile("testdata/interop/verify.mjs")
	require.NoError(t, err)
	copied, err := os.ReadFile(filepath.Join(folder, "verify.mjs"))
	require.NoError(t, err)
	require.Equal(t, string(script), string(copied), "the copy of the script is an old one")

	type fresh struct {
		Token string          `json:"token"`
		JWKS  json.RawMessage `json:"jwks"`
	}
	var tokens []fresh
	for _, signer := range []crypto.Signer{esPrivate(), edPrivate(), hidden{esPrivate()}} {
		issuer := newIssuer(t, signer)
		issuer.Now = time.Now
		set, err := token.MarshalJWKS(publicKeys(issuer))
		require.NoError(t, err)
		online, _, err := issuer.Issue(t.Context(), code(t, person))
		require.NoError(t, err)
		offline, _, err := issuer.IssueOffline(context.Background(), code(t, person))
		require.NoError(t, err)
		tokens = append(tokens, fresh{online, set}, fresh{offline, set})
	}
	path := filepath.Join(t.TempDir(), "fresh.json")
	require.NoError(t, os.WriteFile(path, must(json.Marshal(tokens)), 0o600))

	vectors, err := filepath.Abs(vectorFolder)
	require.NoError(t, err)
	node := exec.Command("node", filepath.Join(folder, "verify.mjs"), vectors, path)
	output, err := node.CombinedOutput()
	require.NoError(t, err, string(output))
	assert.Contains(t, string(output), "fresh: 6 passed, 0 failed\n")
}
