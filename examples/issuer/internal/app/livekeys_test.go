package app

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/demo"
	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/api"
	"github.com/qr-invalidita/attesta/verifier/service"
)

// checkMario asks at the first level with a paper of his.
func checkMario(t *testing.T, a *App, paper string) (int, api.Result) {
	t.Helper()
	body, err := json.Marshal(api.FirstLevelRequest{CheckID: api.NewCheckID(), QR: paper,
		CodiceFiscale: demo.Personas()[0].CF.Reveal()})
	require.NoError(t, err)
	r := httptest.NewRequest("POST", api.PathFirstLevel, strings.NewReader(string(body)))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	a.handler.ServeHTTP(w, r)
	var result api.Result
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &result))
	return w.Code, result
}

// A part that fails is in the log, with what is safe of its cause, and is counted.
func TestFaults(t *testing.T) {
	var logs bytes.Buffer
	a := newApp(t, func(c *Config) { c.Log = slog.New(slog.NewTextHandler(&logs, nil)) })
	issuer, err := a.keys.Signer(t.Context())
	require.NoError(t, err)
	mario := demo.Personas()[0].CF
	paper, _, err := issuer.Issue(t.Context(), mario)
	require.NoError(t, err)
	_, err = a.db.ExecContext(t.Context(), "ALTER TABLE person RENAME TO gone")
	require.NoError(t, err)
	logs.Reset()

	code, _ := checkMario(t, a, paper)
	assert.Equal(t, http.StatusServiceUnavailable, code)
	assert.Contains(t, logs.String(), "part=Codes")
	assert.Contains(t, logs.String(), "*sqlite.Error[1]")
	assert.Contains(t, metricsText(a), `attesta_faults_total{part="Codes"} 1`)
	for _, secret := range []string{mario.Reveal(), paper, paper[:40]} {
		assert.NotContains(t, logs.String()+metricsText(a), secret)
	}
}

// A service that runs follows the commands of "issuer keys": what is revoked neither confirms nor signs any
// more.
func TestContractFollowsTheKeys(t *testing.T) {
	a := newApp(t, func(*Config) {})
	issuer, err := a.keys.Signer(t.Context())
	require.NoError(t, err)
	paper, _, err := issuer.Issue(t.Context(), demo.Personas()[0].CF)
	require.NoError(t, err)
	signed := func(result api.Result) error {
		published, err := a.keys.Published(t.Context())
		require.NoError(t, err)
		_, err = token.VerifyJWS(api.ReceiptType, result.Receipt, published, api.MaxReceipt)
		return err
	}
	code, result := checkMario(t, a, paper)
	assert.Equal(t, http.StatusOK, code)
	assert.Equal(t, api.Confirmed, result.Outcome)
	assert.NoError(t, signed(result))

	folder := a.keys.folder
	_, err = folder.Revoke(t.Context(), issuer.Keys[0].Public().ID())
	require.NoError(t, err)
	code, _ = checkMario(t, a, paper)
	assert.Equal(t, http.StatusServiceUnavailable, code, "nothing can sign")
	assert.Equal(t, []string{"keys"}, a.ready.missing(t.Context()))

	_, err = folder.AddSigningKey(t.Context())
	require.NoError(t, err)
	code, result = checkMario(t, a, paper)
	assert.Equal(t, http.StatusOK, code)
	assert.Equal(t, api.CodeUnknownKey, result.Code)
	assert.NoError(t, signed(result), "with the current key")

	own := func() verifier.Report { // as the pages of the program ask
		return a.client(service.Caller{}).FirstLevel(t.Context(), paper, demo.Personas()[0].CF,
			verifier.FirstLevelOptions{})
	}
	assert.Equal(t, api.CodeUnknownKey, own().Code)
	require.NoError(t, os.Rename(folder.Dir, folder.Dir+".gone"))
	code, _ = checkMario(t, a, paper)
	assert.Equal(t, http.StatusServiceUnavailable, code)
	assert.Equal(t, api.Unavailable, own().Problem.Code)
	require.NoError(t, os.Rename(folder.Dir+".gone", folder.Dir))
	code, _ = checkMario(t, a, paper)
	assert.Equal(t, http.StatusOK, code)
}
