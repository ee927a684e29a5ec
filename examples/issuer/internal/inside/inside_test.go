package inside_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"errors"
	"io"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/issuer/internal/inside"
	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/api"
	"github.com/qr-invalidita/attesta/verifier/service"
)

func TestTransport(t *testing.T) {
	home := netip.MustParseAddr("2001:db8::7")
	mux := http.NewServeMux()
	mux.HandleFunc("POST /echo/{id}", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		assert.NoError(t, err)
		o, ok := inside.Operator(r)
		a, known := inside.Address(r)
		assert.True(t, ok && known)
		assert.Equal(t, "7", o.ID)
		assert.Equal(t, home, a)
		assert.Equal(t, "[2001:db8::7]:0", r.RemoteAddr)
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
		_, ok := inside.Operator(r)
		_, known := inside.Address(r)
		assert.False(t, ok || known)
		assert.Empty(t, r.RemoteAddr)
		assert.NotNil(t, r.Body)
	})
	client := http.Client{Transport: inside.Transport{Handler: mux}}

	ctx := inside.WithAddress(inside.WithOperator(context.Background(), service.Operator{ID: "7"}), home)
	r, err := http.NewRequestWithContext(ctx, "POST", "http://localhost/echo/x?y", strings.NewReader("words"))
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
	client := http.Client{Transport: inside.Transport{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	})}}
	r, err := http.NewRequestWithContext(ctx, "GET", "http://localhost/", nil)
	require.NoError(t, err)
	_, err = client.Do(r)
	assert.ErrorIs(t, err, context.Canceled)
}

// The issuer's own desk gets the answer that any other desk gets.
func TestDesk(t *testing.T) {
	const name = "https://qr.example.it"
	private, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), bytes.Repeat([]byte{7}, 32))
	require.NoError(t, err)
	key, err := token.NewSigningKey(name, private)
	require.NoError(t, err)
	reference, err := token.NewReferenceKey(1, bytes.Repeat([]byte{9}, 32))
	require.NoError(t, err)
	cf, err := codicefiscale.Parse("RSSMRA80A01H501U")
	require.NoError(t, err)
	issuer := &token.Issuer{Keys: []*token.SigningKey{key}, References: []token.ReferenceKey{reference}}
	keys := func() ([]token.PublicKey, error) { return []token.PublicKey{key.Public()}, nil }
	var asked netip.Addr
	handler, err := service.Service{
		Signer: func(context.Context) (*token.Issuer, error) { return issuer, nil }, Keys: keys,
		Source:     status.Static{Records: map[codicefiscale.Code]status.Record{cf: {Birth: 19800101}}},
		VoidBefore: func(context.Context, codicefiscale.Code) (time.Time, error) { return time.Time{}, nil },
		Address: func(r *http.Request) netip.Addr {
			asked, _ = inside.Address(r)
			return asked
		},
	}.Handler()
	require.NoError(t, err)
	text, _, err := issuer.Issue(cf)
	require.NoError(t, err)

	desk := inside.Desk{Issuer: name, Keys: keys, Service: handler, Now: time.Now}
	client, err := desk.Client()
	require.NoError(t, err)
	home := netip.MustParseAddr("192.0.2.7")
	report := client.FirstLevel(inside.WithAddress(t.Context(), home), text, cf, verifier.FirstLevelOptions{})
	assert.Equal(t, verifier.Authentic, report.Authenticity)
	assert.Equal(t, api.CodeNoStatusHere, report.Code)
	assert.NotEmpty(t, report.Receipt)
	assert.Equal(t, home, asked)

	down := errors.New("folder is gone")
	desk.Keys = func() ([]token.PublicKey, error) { return nil, down }
	_, err = desk.Client()
	assert.ErrorIs(t, err, down)
	desk.Keys = func() ([]token.PublicKey, error) { return nil, nil }
	_, err = desk.Client()
	assert.Error(t, err)
}
