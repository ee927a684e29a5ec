package app

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/verifier/api"
	"github.com/qr-invalidita/attesta/verifier/page/web"
)

// ask asks for a path from an address.
func ask(a *App, path, from string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.RemoteAddr = from
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	a.handler.ServeHTTP(w, r)
	return w
}

// Every page counts for an address: those of the login, the area, the check, the contract, and what does not
// exist. Browsers get a page in their language, and programs a problem.
func TestAddressLimit(t *testing.T) {
	a := newApp(t, func(c *Config) { c.AddressLimit = 40 })
	began := time.Now()
	a.addresses.Clock = func() time.Time { return began } // or a request more every 1.5 seconds
	paths := []string{"/", "/login", "/auth/login?via=spid", "/area", "/q", "/guide", "/none", "/assets/none",
		"/v1/status", "/v1/openapi.yaml", "/.well-known/jwks.json", "/status", "/audit/key", "/dev/idp/jwks"}
	const flood = "203.0.113.7:4321"
	for i := range 40 {
		require.NotEqual(t, http.StatusTooManyRequests, ask(a, paths[i%len(paths)], flood).Code)
	}
	for _, path := range paths {
		w := ask(a, path, flood)
		assert.Equal(t, http.StatusTooManyRequests, w.Code, path)
		assert.Equal(t, api.ContentTypeProblem, w.Header().Get("Content-Type"))
		var problem api.Problem
		require.NoError(t, json.Unmarshal(w.Body.Bytes(), &problem))
		assert.Equal(t, api.RateLimited, problem.Code)
		assert.Equal(t, strconv.Itoa(problem.RetryAfter), w.Header().Get("Retry-After"))
		assert.Positive(t, problem.RetryAfter)
	}
	said := map[string]bool{}
	for _, lang := range web.Languages() {
		w := ask(a, "/area", flood, "Accept", "text/html,*/*;q=0.8", "Accept-Language", lang)
		assert.Equal(t, http.StatusTooManyRequests, w.Code)
		assert.NotEmpty(t, w.Header().Get("Retry-After"))
		assert.NotEmpty(t, w.Header().Get("Content-Security-Policy"))
		assert.Contains(t, w.Body.String(), `lang="`+lang+`"`)
		said[w.Body.String()] = true
	}
	assert.Len(t, said, 5)

	assert.Equal(t, http.StatusOK, ask(a, "/", "203.0.113.8:1").Code, "another address")
	assert.Equal(t, http.StatusOK, ask(a, "/healthz", flood).Code, "what a load balancer asks")
	assert.NotEqual(t, http.StatusTooManyRequests, ask(a, "/readyz", flood).Code)
	assert.NotEqual(t, http.StatusTooManyRequests, ask(a, "/dev/idp/jwks", "").Code, "from this process")
	for i := range 41 {
		w := ask(a, "/none", fmt.Sprintf("[2001:db8::%x]:1", i+1))
		assert.Equal(t, i == 40, w.Code == http.StatusTooManyRequests, "one /64 is one address")
	}
}

// The card's listener has the limit too. Behind a proxy it counts for the caller, and the handler sees the
// proxy.
func TestLimitCards(t *testing.T) {
	a := newApp(t, func(c *Config) { c.AddressLimit, c.Proxies = 3, "10.0.0.1" })
	var seen []string
	handler := a.limitCards(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		seen = append(seen, r.RemoteAddr)
	}))
	for _, caller := range []string{"203.0.113.7", "203.0.113.8"} {
		for i := range 5 {
			r := httptest.NewRequest(http.MethodGet, "/auth/cns", nil)
			r.RemoteAddr = "10.0.0.1:99"
			r.Header.Set("X-Forwarded-For", caller)
			r.Header.Set("Accept", "text/html")
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, r)
			assert.Equal(t, i >= 3, w.Code == http.StatusTooManyRequests)
			if i >= 3 {
				assert.Contains(t, w.Body.String(), `href="`+a.URL()+`/"`)
			}
		}
	}
	assert.Len(t, seen, 6)
	assert.NotContains(t, seen, "203.0.113.7:0")
}
