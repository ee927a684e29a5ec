package outside

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The limits count by address and by organisation, so the load must not share one where it need not.
func TestCallers(t *testing.T) {
	shared := netip.MustParsePrefix("100.64.0.0/10") // RFC 6598: nobody's on the internet
	seen := map[string]bool{}
	for _, first := range []int{0, 1 << 16, 1 << 20, 1<<22 - 1000} { // 1<<20 is where the consents begin
		for n := first; n < first+1000; n++ {
			a := Address(n)
			assert.True(t, shared.Contains(netip.MustParseAddr(a)), a)
			assert.False(t, seen[a], a)
			seen[a] = true
		}
	}
	names := map[string]bool{}
	for n := range 26 * 26 {
		name := Organisation(n)
		assert.Regexp(t, "^COMUNE [A-Z]{2}$", name)
		assert.False(t, names[name], name)
		names[name] = true
	}
}

// The service takes the tokens of the simulated identity provider, and the gateway gives back each code.
func TestOutside(t *testing.T) {
	o, err := New()
	require.NoError(t, err)
	defer o.Close()
	token, err := o.Bearer("desk 1")
	require.NoError(t, err)
	get := func(path string, into any) {
		answer, err := http.Get(o.URL + path)
		require.NoError(t, err)
		defer answer.Body.Close()
		require.NoError(t, json.NewDecoder(answer.Body).Decode(into))
	}
	var provider struct {
		Issuer string
		JWKS   string `json:"jwks_uri"`
	}
	get("/.well-known/openid-configuration", &provider)
	assert.Equal(t, o.URL, provider.Issuer)
	var keys jose.JSONWebKeySet
	get(strings.TrimPrefix(provider.JWKS, o.URL), &keys)
	require.Len(t, keys.Keys, 1)
	assert.True(t, keys.Keys[0].IsPublic())
	signed, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.ES256})
	require.NoError(t, err)
	var claims jwt.Claims
	require.NoError(t, signed.Claims(keys, &claims))
	assert.NoError(t, claims.Validate(jwt.Expected{Issuer: o.URL, Subject: "desk 1",
		AnyAudience: jwt.Audience{Audience}, Time: time.Now()}))

	send := func(body string) int {
		answer, err := http.Post(o.URL+"/sms", "application/json", strings.NewReader(body))
		require.NoError(t, err)
		defer answer.Body.Close()
		return answer.StatusCode
	}
	assert.Equal(t, http.StatusOK, send(`{"to":"+393510000101","text":"123456 è il codice"}`))
	assert.Equal(t, http.StatusOK, send(`{"to":"+393510000102","text":"654321 è il codice"}`))
	assert.Equal(t, http.StatusOK, send(`{"to":"+393510000101","text":"111111 è il codice"}`))
	assert.Equal(t, http.StatusBadRequest, send(`{`))
	assert.Equal(t, "111111", o.Code("+393510000101"))
	assert.Equal(t, "654321", o.Code("+393510000102"))
	assert.Empty(t, o.Code("+393510000103"))
}

// The run begins when the service is ready, and not before.
func TestReady(t *testing.T) {
	asked := 0
	ready := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		assert.Equal(t, "/readyz", r.URL.Path)
		if asked++; asked < 3 {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	defer ready.Close()
	require.NoError(t, Ready(t.Context(), ready.URL+"/readyz"))
	assert.Equal(t, 3, asked)

	over, cancel := context.WithCancel(t.Context())
	cancel()
	asked = -1 << 20
	assert.ErrorIs(t, Ready(over, ready.URL+"/readyz"), context.Canceled)
}
