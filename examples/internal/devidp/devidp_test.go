package devidp_test

import (
	"context"
	"encoding/json"
	"io/fs"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2"

	"github.com/qr-invalidita/attesta/examples/internal/demo"
	"github.com/qr-invalidita/attesta/examples/internal/devidp"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/verifier/page/web"
)

const (
	issuer    = "http://127.0.0.1:8080/dev/idp"
	callback  = "http://127.0.0.1:8080/auth/callback"
	audience  = "https://qr.example.it"
	person    = "RSSMRA80A01H501U"
	long      = "0123456789abcdef0123456789abcdef"
	verifier  = "verifier-of-a-test-verifier-of-a-test-verifier"
	notTheirs = "https://attacker.example.it/auth/callback"
)

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

// provider returns a valid configuration; its Once stores IDs in used.
func provider(t *testing.T, used *sync.Map) devidp.Provider {
	t.Helper()
	site, err := web.New(web.Config{Name: "Prova", Pages: []fs.FS{devidp.Pages()},
		Texts: []web.Texts{devidp.Texts()}})
	require.NoError(t, err)
	return devidp.Provider{Issuer: issuer, Key: []byte(long), Site: site,
		Once: func(_ context.Context, id string, _ time.Time) (bool, error) {
			_, seen := used.LoadOrStore(id, true)
			return !seen, nil
		},
		Clients: []devidp.Client{
			{ID: "web", Secret: "secret", Redirects: []string{callback, callback + "?two=2"}},
			{ID: "desk", Redirects: []string{"http://127.0.0.1/callback", "http://[::1]/callback"},
				Audience: audience},
		},
		Personas: []demo.Persona{
			{ID: "mario", Given: "Mario", Family: "Rossi", CF: must(codicefiscale.Parse(person)),
				About: map[string]string{"it": "adulto con verbale", "en": "adult with a record"}},
		},
	}
}

func newHandler(t *testing.T) http.Handler {
	t.Helper()
	h, err := provider(t, new(sync.Map)).Handler()
	require.NoError(t, err)
	return h
}

func request() url.Values {
	return url.Values{"client_id": {"web"}, "redirect_uri": {callback}, "response_type": {"code"},
		"scope": {"openid profile"}, "state": {long}, "nonce": {long + "0"},
		"code_challenge_method": {"S256"},
		"code_challenge":        {oauth2.S256ChallengeFromVerifier(verifier)},
		"acr_values":            {"https://www.spid.gov.it/SpidL2"}}
}

func ask(h http.Handler, q url.Values) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, issuer+"/authorize?"+q.Encode(), nil))
	return w
}

// code logs Mario in and returns the answer.
func code(t *testing.T, h http.Handler, q url.Values) url.Values {
	t.Helper()
	q = maps.Clone(q)
	q.Set("persona", "mario")
	w := ask(h, q)
	require.Equal(t, http.StatusFound, w.Code, w.Body.String())
	back := must(url.Parse(w.Header().Get("Location"))).Query()
	require.Empty(t, back.Get("error"))
	return url.Values{"grant_type": {"authorization_code"}, "code": {back.Get("code")},
		"redirect_uri": {q.Get("redirect_uri")}, "code_verifier": {verifier}}
}

func TestPage(t *testing.T) {
	p := provider(t, new(sync.Map))
	h := must(p.Handler())
	for lang, text := range map[string]string{"it": "adulto con verbale", "en": "adult with a record"} {
		q := request()
		q.Set("lang", lang)
		w := httptest.NewRecorder()
		p.Site.Secure(h).ServeHTTP(w, httptest.NewRequest(http.MethodGet, issuer+"/authorize?"+q.Encode(),
			nil))
		require.Equal(t, http.StatusOK, w.Code)
		assert.Contains(t, w.Body.String(), "Mario Rossi")
		assert.Contains(t, w.Body.String(), text)
		assert.Contains(t, w.Body.String(), "persona=mario")
		assert.Contains(t, w.Body.String(), "cancel=1")
		assert.Contains(t, w.Body.String(), "client_id=web&amp;", "the links keep the request")
	}
}

// An address that is not the client's gets no answer. Every other error goes back to the client with the
// state and the issuer.
func TestAuthorizeRefuses(t *testing.T) {
	tests := []struct {
		name, parameter string
		values          []string
		want            string // the returned error; empty means a page
	}{
		{"unknown client", "client_id", []string{"other"}, ""},
		{"no client", "client_id", nil, ""},
		{"another address", "redirect_uri", []string{notTheirs}, ""},
		{"longer address", "redirect_uri", []string{callback + "/x"}, ""},
		{"shorter address", "redirect_uri", []string{callback[:len(callback)-1]}, ""},
		{"address with a query", "redirect_uri", []string{callback + "?x=1"}, ""},
		{"another port of a client of the web", "redirect_uri", []string{"http://127.0.0.1:9/auth/callback"},
			""},
		{"two addresses", "redirect_uri", []string{callback, notTheirs}, ""},
		{"no address", "redirect_uri", nil, ""},
		{"token at once", "response_type", []string{"token"}, "unsupported_response_type"},
		{"no state", "state", nil, "invalid_request"},
		{"short state", "state", []string{"short"}, "invalid_request"},
		{"no nonce", "nonce", nil, "invalid_request"},
		{"two nonces", "nonce", []string{long, long}, "invalid_request"},
		{"no challenge", "code_challenge", nil, "invalid_request"},
		{"plain challenge", "code_challenge_method", []string{"plain"}, "invalid_request"},
		{"no method of the challenge", "code_challenge_method", nil, "invalid_request"},
		{"API for a client that has none", "scope", []string{"openid second-level"}, "invalid_scope"},
		{"no scope", "scope", nil, "invalid_scope"},
		{"cancelled", "cancel", []string{"1"}, "access_denied"},
		{"nobody", "persona", []string{"nobody"}, "access_denied"},
		{"a challenge of 42 characters", "code_challenge", []string{long + "0123456789"}, "invalid_request"},
	}
	h := newHandler(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			q := request()
			q[tt.parameter] = tt.values
			w := ask(h, q)
			if tt.want == "" {
				assert.Equal(t, http.StatusBadRequest, w.Code)
				assert.Empty(t, w.Header().Get("Location"))
				return
			}
			require.Equal(t, http.StatusFound, w.Code)
			back := must(url.Parse(w.Header().Get("Location")))
			assert.True(t, strings.HasPrefix(back.String(), callback+"?"))
			assert.Equal(t, url.Values{"error": {tt.want}, "state": {q.Get("state")}, "iss": {issuer}},
				back.Query())
		})
	}
}

func TestLoopbackRedirect(t *testing.T) {
	h := newHandler(t)
	for address, good := range map[string]bool{
		"http://127.0.0.1:40001/callback":         true,
		"http://[::1]:40001/callback":             true,
		"http://127.0.0.1/callback":               true,
		"http://127.0.0.1:/callback":              false,
		"http://localhost:40001/callback":         false,
		"https://127.0.0.1:40001/callback":        false,
		"http://127.0.0.1:40001/other":            false,
		"http://127.0.0.1:40001/callback?x=1":     false,
		"http://user@127.0.0.1:40001/callback":    false,
		"http://127.0.0.1.example.it:1/callback":  false,
		"http://192.168.1.1:40001/callback":       false,
		"http://127.0.0.1:40001/callback#":        true, // an empty fragment does not count as one
		"http://127.0.0.1:40001/callback#x":       false,
		"http://127.0.0.1:40001/callback/../evil": false,
	} {
		q := request()
		q.Set("client_id", "desk")
		q.Set("redirect_uri", address)
		q.Set("scope", devidp.SecondLevel)
		if good {
			code(t, h, q)
		} else {
			assert.Equal(t, http.StatusBadRequest, ask(h, q).Code, address)
		}
	}
}

// Any port is allowed only for the loopback addresses of RFC 8252, however the client is registered.
func TestOtherRedirectsKeepTheirPort(t *testing.T) {
	p := provider(t, new(sync.Map))
	p.Clients[1].Redirects = []string{"https://127.0.0.1/cb", "http://localhost/cb", "http://192.168.1.1/cb"}
	h := must(p.Handler())
	q := request()
	q.Set("client_id", "desk")
	for _, registered := range p.Clients[1].Redirects {
		q.Set("redirect_uri", registered)
		code(t, h, q)
		q.Set("redirect_uri", strings.Replace(registered, "/cb", ":40001/cb", 1))
		assert.Equal(t, http.StatusBadRequest, ask(h, q).Code, registered)
	}
}

// An address with a query keeps it.
func TestRedirectWithAQuery(t *testing.T) {
	q := request()
	q.Set("redirect_uri", callback+"?two=2")
	q.Set("persona", "mario")
	w := ask(newHandler(t), q)
	require.Equal(t, http.StatusFound, w.Code)
	back := must(url.Parse(w.Header().Get("Location")))
	assert.Equal(t, "2", back.Query().Get("two"))
	assert.NotEmpty(t, back.Query().Get("code"))
	assert.Equal(t, "no-store", w.Header().Get("Cache-Control"), "a code is not kept")
	assert.Equal(t, "no-referrer", w.Header().Get("Referrer-Policy"))
}

// desk returns the request of the client that has no secret and asks for the API alone.
func desk() url.Values {
	q := request()
	q.Set("client_id", "desk")
	q.Set("redirect_uri", "http://127.0.0.1:40001/callback")
	q.Set("scope", devidp.SecondLevel)
	q.Del("nonce") // OpenID's
	return q
}

// The keys may be kept by caches, tokens may not.
func TestDiscovery(t *testing.T) {
	h := newHandler(t)
	get := func(path string) (body map[string]any, cache string) {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, issuer+path, nil))
		require.Equal(t, http.StatusOK, w.Code)
		require.NoError(t, json.Unmarshal(w.Body.Bytes(), &body))
		return body, w.Header().Get("Cache-Control")
	}
	said, cache := get("/.well-known/openid-configuration")
	assert.Equal(t, "no-store", cache)
	assert.Equal(t, issuer, said["issuer"])
	for _, name := range []string{"authorization_endpoint", "token_endpoint", "userinfo_endpoint",
		"jwks_uri"} {
		assert.True(t, strings.HasPrefix(said[name].(string), issuer+"/"), name)
	}
	keys, cache := get(strings.TrimPrefix(said["jwks_uri"].(string), issuer))
	assert.Equal(t, "public, max-age=300", cache)
	require.Len(t, keys["keys"], 1)
	assert.NotContains(t, keys["keys"].([]any)[0], "d", "the private part")
}

func TestConfiguration(t *testing.T) {
	for name, change := range map[string]func(*devidp.Provider){
		"no key":          func(p *devidp.Provider) { p.Key = nil },
		"short key":       func(p *devidp.Provider) { p.Key = p.Key[:31] },
		"no memory":       func(p *devidp.Provider) { p.Once = nil },
		"no pages":        func(p *devidp.Provider) { p.Site = nil },
		"no issuer":       func(p *devidp.Provider) { p.Issuer = "" },
		"slash at end":    func(p *devidp.Provider) { p.Issuer += "/" },
		"issuer with ?":   func(p *devidp.Provider) { p.Issuer += "?x=1" },
		"issuer at ?":     func(p *devidp.Provider) { p.Issuer += "?" },
		"issuer with #":   func(p *devidp.Provider) { p.Issuer += "#x" },
		"issuer's a path": func(p *devidp.Provider) { p.Issuer = "/dev/idp" },
		"not an address":  func(p *devidp.Provider) { p.Issuer = "http://127.0.0.1:port/dev/idp" },
	} {
		p := provider(t, new(sync.Map))
		p.Exposed = true // so that only the form of the issuer counts
		change(&p)
		_, err := p.Handler()
		assert.Error(t, err, name)
	}
}

func TestExposed(t *testing.T) {
	for address, good := range map[string]bool{
		"http://127.0.0.1:8080": true, "http://localhost:8080": true, "https://[::1]:8443": true,
		"http://192.168.1.2:8080": false, "https://qr.example.it": false, "http://0.0.0.0:8080": false,
	} {
		p := provider(t, new(sync.Map))
		p.Issuer = address + "/dev/idp"
		_, err := p.Handler()
		assert.Equal(t, good, err == nil, address)
		p.Exposed = true
		_, err = p.Handler()
		assert.NoError(t, err, address)
	}
}

// A persona chosen before the login logs in without a question, once.
func TestChoose(t *testing.T) {
	h := newHandler(t)
	chosen := httptest.NewRecorder()
	devidp.Choose(chosen, "mario")
	r := httptest.NewRequest(http.MethodGet, issuer+"/authorize?"+request().Encode(), nil)
	r.AddCookie(chosen.Result().Cookies()[0])
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	require.Equal(t, http.StatusFound, w.Code)
	assert.Contains(t, w.Header().Get("Location"), "code=")
	assert.Negative(t, w.Result().Cookies()[0].MaxAge)
}
