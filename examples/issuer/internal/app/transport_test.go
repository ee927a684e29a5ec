package app

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTransport(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /echo/{id}", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		assert.NoError(t, err)
		assert.Equal(t, "/echo/x?y", r.RequestURI)
		assert.Equal(t, "localhost", r.Host)
		w.Header().Set("X-Kept", r.PathValue("id"))
		w.WriteHeader(http.StatusEarlyHints)
		w.WriteHeader(http.StatusTeapot)
		w.WriteHeader(http.StatusOK)
		w.Header().Set("X-Late", "1")
		w.Write(body)
	})
	mux.HandleFunc("GET /bare", func(_ http.ResponseWriter, r *http.Request) {
		assert.Empty(t, r.RemoteAddr)
		assert.NotNil(t, r.Body)
	})
	client := http.Client{Transport: ownTransport{mux}}

	r, err := http.NewRequestWithContext(t.Context(), "POST", "http://localhost/echo/x?y",
		strings.NewReader("words"))
	require.NoError(t, err)
	answer, err := client.Do(r)
	require.NoError(t, err)
	body, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	assert.Equal(t, http.StatusTeapot, answer.StatusCode)
	assert.Equal(t, "words", string(body))
	assert.EqualValues(t, 5, answer.ContentLength)
	assert.Equal(t, "x", answer.Header.Get("X-Kept"))
	assert.Empty(t, answer.Header.Get("X-Late"))
	assert.Empty(t, r.RequestURI, "the caller's request stays as it was")

	answer, err = client.Get("http://localhost/bare")
	require.NoError(t, err)
	assert.Equal(t, http.StatusOK, answer.StatusCode)
}

func TestTransportNobodyWaits(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	client := http.Client{Transport: ownTransport{http.HandlerFunc(
		func(w http.ResponseWriter, r *http.Request) {
			cancel()
			<-r.Context().Done()
		})}}
	r, err := http.NewRequestWithContext(ctx, "GET", "http://localhost/", nil)
	require.NoError(t, err)
	_, err = client.Do(r)
	assert.ErrorIs(t, err, context.Canceled)
}
