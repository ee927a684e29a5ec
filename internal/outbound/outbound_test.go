package outbound_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/internal/outbound"
)

// Without a proxy the address decides. What proxies do is tested in package verifier.
func TestAddresses(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "here")
	}))
	defer server.Close()
	port := server.URL[strings.LastIndexByte(server.URL, ':'):]
	for address, want := range map[string]error{
		"http://127.0.0.1" + port: nil,
		"http://localhost" + port: nil,
		"http://10.0.0.1":         outbound.ErrPrivateAddress,
		"http://[fd00::1]":        outbound.ErrPrivateAddress,
		"http://169.254.169.254":  outbound.ErrPrivateAddress,
		"http://0.0.0.0" + port:   outbound.ErrPrivateAddress, // which Linux takes for this machine
	} {
		client := http.Client{Transport: outbound.New(outbound.Policy{})}
		answer, err := client.Get(address)
		if want != nil {
			require.ErrorIs(t, err, want, address)
			continue
		}
		require.NoError(t, err, address)
		text, err := io.ReadAll(answer.Body)
		require.NoError(t, err)
		assert.Equal(t, "here", string(text))
		require.NoError(t, answer.Body.Close())
	}
	client := http.Client{Transport: outbound.New(outbound.Policy{AllowPrivate: true})}
	answer, err := client.Get("http://0.0.0.0" + port)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
}

// A connection is kept unless the policy is for one request.
func TestConnections(t *testing.T) {
	for _, once := range []bool{false, true} {
		closes := 0
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Close {
				closes++
			}
		}))
		client := http.Client{Transport: outbound.New(outbound.Policy{Once: once})}
		answer, err := client.Get(server.URL)
		require.NoError(t, err)
		require.NoError(t, answer.Body.Close())
		client.CloseIdleConnections()
		server.Close()
		assert.Equal(t, once, closes == 1)
	}
}
