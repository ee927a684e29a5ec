package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/cli"
)

func TestKeySet(t *testing.T) {
	ours := newBody(t, issuerName)
	good := []byte(ours.text(t, time.Now(), false))
	set, err := os.ReadFile(ours.jwks)
	require.NoError(t, err)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/jwks.json":
			w.Write(set)
		case "/moved":
			http.Redirect(w, r, "/jwks.json", http.StatusFound)
		case "/endless":
			w.Write([]byte(`{"keys":[`))
			for range 300 {
				w.Write(bytes.Repeat([]byte(`{"kty":"RSA"},`), 300))
			}
		default:
			http.NotFound(w, r)
		}
	}))
	defer server.Close()
	torn, nameless := filepath.Join(ours.dir, "torn.json"), filepath.Join(ours.dir, "nameless.json")
	require.NoError(t, os.WriteFile(torn, set[:50], 0o600))
	require.NoError(t, os.WriteFile(nameless,
		bytes.Replace(set, []byte(`"issuer": "`+issuerName+`",`), nil, 1), 0o600))
	tests := []struct {
		name string
		args []string
		code int
		want string
	}{
		{"file", []string{"-jwks", ours.jwks}, 0, ""},
		{"file of the issuer named", []string{"-jwks", ours.jwks, "-issuer-name", issuerName}, 0, ""},
		{"file of another issuer", []string{"-jwks", ours.jwks, "-issuer-name", "https://other.example.it"},
			3, "another issuer"},
		{"no issuer in the file", []string{"-jwks", nameless}, 3, "names no issuer"},
		{"no issuer in the file, but named", []string{"-jwks", nameless, "-issuer-name", issuerName}, 0, ""},
		{"URL", []string{"-jwks", server.URL + "/jwks.json"}, 0, ""},
		{"URL that redirects", []string{"-jwks", server.URL + "/moved"}, 3, "302"},
		{"URL without a key set", []string{"-jwks", server.URL + "/none"}, 3, "404"},
		{"URL without end", []string{"-jwks", server.URL + "/endless"}, 3, "longer than"},
		{"plain http elsewhere", []string{"-jwks", "http://qr.example.it/jwks.json"}, 3,
			"needs an https URL"},
		{"nobody answers", []string{"-jwks", "http://127.0.0.1:1/jwks.json"}, 3, "refused"},
		{"torn file", []string{"-jwks", torn}, 3, "not a JSON Web Key Set"},
		{"no file", []string{"-jwks", filepath.Join(ours.dir, "none")}, 3, "no such file"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			code, _, errs := run(t, good, append(append([]string{"check", "-offline"}, test.args...), "-")...)
			assert.Equal(t, test.code, code, errs)
			if test.want == "" {
				assert.Empty(t, errs)
			} else {
				assert.Contains(t, errs, test.want)
			}
		})
	}
	t.Run("the example issuer's, where it has been used", func(t *testing.T) {
		t.Setenv("XDG_CONFIG_HOME", t.TempDir())
		t.Setenv("HOME", os.Getenv("XDG_CONFIG_HOME")) // where other systems keep it
		code, _, errs := run(t, good, "check", "-offline", "-")
		assert.Equal(t, 3, code)
		assert.Contains(t, errs, "use -issuer")
		require.NoError(t, os.MkdirAll(cli.DataDir("issuer"), 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(cli.DataDir("issuer"), "jwks.json"), set, 0o600))
		code, _, _ = run(t, good, "check", "-offline", "-")
		assert.Equal(t, 0, code)
	})
}
