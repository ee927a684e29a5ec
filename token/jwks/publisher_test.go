package jwks_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/token/jwks"
)

func ask(h http.Handler, method string, fields map[string]string) *http.Response {
	r := httptest.NewRequest(method, jwks.Path, nil)
	for name, value := range fields {
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func body(t *testing.T, resp *http.Response) string {
	t.Helper()
	var b bytes.Buffer
	_, err := b.ReadFrom(resp.Body)
	require.NoError(t, err)
	return b.String()
}

func TestPublisher(t *testing.T) {
	issuer := new(published)
	issuer.set("es-1", "ed-1")
	p := jwks.Publisher{Keys: issuer.keys}

	resp := ask(p, http.MethodGet, nil)
	assert.Equal(t, http.StatusOK, resp.StatusCode)
	assert.Equal(t, keySet(issuerName, "es-1", "ed-1"), body(t, resp))
	etag := resp.Header.Get("ETag")
	assert.Regexp(t, `^"[A-Za-z0-9_-]{22}"$`, etag, "a strong one")
	resp.Header.Del("ETag")
	assert.Equal(t, http.Header{
		"Content-Type":                {"application/jwk-set+json"},
		"Content-Length":              {resp.Header.Get("Content-Length")},
		"Cache-Control":               {"public, max-age=600"},
		"Access-Control-Allow-Origin": {"*"},
		"X-Content-Type-Options":      {"nosniff"},
		"Accept-Ranges":               {"bytes"},
	}, resp.Header, "and nothing else, no cookie above all")

	head := ask(p, http.MethodHead, nil)
	assert.Equal(t, http.StatusOK, head.StatusCode)
	assert.Equal(t, etag, head.Header.Get("ETag"))
	assert.Empty(t, body(t, head))

	for name, tag := range map[string]string{"the tag": etag, "weak": "W/" + etag, "a list": `"x", ` + etag,
		"any": "*"} {
		t.Run(name, func(t *testing.T) {
			resp := ask(p, http.MethodGet, map[string]string{"If-None-Match": tag})
			assert.Equal(t, http.StatusNotModified, resp.StatusCode)
			assert.Empty(t, body(t, resp))
			assert.Equal(t, etag, resp.Header.Get("ETag"))
			assert.Equal(t, "public, max-age=600", resp.Header.Get("Cache-Control"))
			assert.Equal(t, "*", resp.Header.Get("Access-Control-Allow-Origin"))
		})
	}

	issuer.set("ed-1")
	resp = ask(p, http.MethodGet, map[string]string{"If-None-Match": etag})
	assert.Equal(t, http.StatusOK, resp.StatusCode, "another set has another tag")
	assert.NotEqual(t, etag, resp.Header.Get("ETag"))
}

func TestPublisherRefusesMethods(t *testing.T) {
	p := jwks.Publisher{Keys: func(context.Context) ([]token.PublicKey, error) {
		t.Error("keys were asked for")
		return nil,
			nil
	}}
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodOptions,
		"get"} {
		resp := ask(p, method, nil)
		assert.Equal(t, http.StatusMethodNotAllowed, resp.StatusCode, method)
		assert.Equal(t, "GET, HEAD", resp.Header.Get("Allow"))
		assert.Equal(t, "no-store", resp.Header.Get("Cache-Control"))
		assert.Equal(t, "{\"title\":\"Method Not Allowed\",\"status\":405}\n", body(t, resp))
	}
}

func TestPublisherWithoutKeys(t *testing.T) {
	tests := map[string]func(context.Context) ([]token.PublicKey, error){
		"no Keys": nil,
		"no key":  func(context.Context) ([]token.PublicKey, error) { return nil, nil },
		"error": func(context.Context) ([]token.PublicKey, error) {
			return nil, errors.New("the HSM says XYZZY")
		},
		"error with keys": func(context.Context) ([]token.PublicKey, error) {
			return []token.PublicKey{publicKey(issuerName, "es-1")}, errCut
		},
		"two issuers": func(context.Context) ([]token.PublicKey, error) {
			return []token.PublicKey{publicKey(issuerName, "es-1"), publicKey(otherIssuer, "es-2")}, nil
		},
	}
	for name, keys := range tests {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			p := jwks.Publisher{Keys: keys, Log: slog.New(slog.NewTextHandler(&log, nil))}
			resp := ask(p, http.MethodGet, map[string]string{"If-None-Match": "*"})
			assert.Equal(t, http.StatusServiceUnavailable, resp.StatusCode)
			assert.Equal(t, "30", resp.Header.Get("Retry-After"))
			assert.Equal(t, "no-store", resp.Header.Get("Cache-Control"))
			assert.Equal(t, "application/problem+json", resp.Header.Get("Content-Type"))
			assert.Equal(t, "*", resp.Header.Get("Access-Control-Allow-Origin"))
			assert.Empty(t, resp.Header.Get("ETag"))
			text := body(t, resp)
			assert.True(t, json.Valid([]byte(text)))
			assert.Equal(t, "{\"title\":\"Service Unavailable\",\"status\":503}\n", text)
			assert.Contains(t, log.String(), "key set cannot be published")

			p.Log = nil
			assert.Equal(t, http.StatusServiceUnavailable, ask(p, http.MethodGet, nil).StatusCode,
				"and silently")
		})
	}
}

func TestPublisherMaxAge(t *testing.T) {
	issuer := new(published)
	issuer.set("ed-1")
	for given, want := range map[time.Duration]string{
		0:                        "public, max-age=600",
		-time.Second:             "public, max-age=600",
		90*time.Second + 999e6:   "public, max-age=90",
		time.Hour:                "public, max-age=3600",
		token.PublicationLead:    "public, max-age=86400",
		2 * 365 * 24 * time.Hour: "public, max-age=86400",
	} {
		resp := ask(jwks.Publisher{Keys: issuer.keys, MaxAge: given}, http.MethodGet, nil)
		assert.Equal(t, want, resp.Header.Get("Cache-Control"), given)
	}
}
