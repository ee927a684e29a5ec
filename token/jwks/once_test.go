package jwks_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/token/jwks"
)

func TestFetch(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/empty" {
			_, _ = io.WriteString(w, `{"keys":[]}`)
			return
		}
		_, _ = io.WriteString(w, keySet(issuerName, "a", "b"))
	}))
	defer server.Close()
	for _, name := range []string{issuerName, ""} {
		keys, err := jwks.Fetch(t.Context(), server.URL+"/keys", name)
		require.NoError(t, err)
		assert.Equal(t, ids("a", "b"), keyIDs(keys))
		assert.Equal(t, issuerName, keys[0].IssuerName())
	}
	for name, address := range map[string]string{
		"https://other.example.org": server.URL,
		"":                          server.URL + "/empty",
		issuerName:                  "http://qr.example.org/keys",
	} {
		keys, err := jwks.Fetch(t.Context(), address, name)
		assert.Error(t, err, address)
		assert.Empty(t, keys)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := jwks.Fetch(ended, server.URL, issuerName)
	assert.ErrorIs(t, err, context.Canceled)
}
