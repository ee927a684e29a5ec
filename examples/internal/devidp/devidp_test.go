package devidp_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"io/fs"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
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

func exchange(h http.Handler, form url.Values, user, password string) (int, map[string]any) {
	r := httptest.NewRequest(http.MethodPost, issuer+"/token", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if user != "" {
		r.SetBasicAuth(user, password)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	var body map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil {
		panic(err)
	}
	return w.Code, body
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

func payload(t *testing.T, jws any) (header, claims map[string]any) {
	t.Helper()
	parts := strings.Split(jws.(string), ".")
	require.Len(t, parts, 3)
	require.NoError(t, json.Unmarshal(must(base64.RawURLEncoding.DecodeString(parts[0])), &header))
	require.NoError(t, json.Unmarshal(must(base64.RawURLEncoding.DecodeString(parts[1])), &claims))
	return header, claims
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

func TestTokens(t *testing.T) {
	h := newHandler(t)
	status, body := exchange(h, code(t, h, request()), "web", "secret")
	require.Equal(t, http.StatusOK, status)
	header, id := payload(t, body["id_token"])
	assert.Equal(t, "ES256", header["alg"])
	assert.Equal(t, issuer, id["iss"])
	assert.Equal(t, "web", id["aud"])
	assert.Equal(t, long+"0", id["nonce"])
	assert.Equal(t, "https://www.spid.gov.it/SpidL2", id["acr"])
	assert.NotEmpty(t, id["at_hash"])
	assert.NotContains(t, slices.Collect(maps.Keys(id)), devidp.ClaimPerson,
		"attributes come in the userinfo, as in SPID")
	header, access := payload(t, body["access_token"])
	assert.Equal(t, "at+jwt", header["typ"])
	assert.Equal(t, issuer, access["aud"])

	q := request()
	q.Set("client_id", "desk")
	q.Set("redirect_uri", "http://127.0.0.1:40001/callback")
	q.Set("scope", devidp.SecondLevel)
	form := code(t, h, q)
	form.Set("client_id", "desk")
	status, forAPI := exchange(h, form, "", "")
	require.Equal(t, http.StatusOK, status)
	assert.NotContains(t, forAPI, "id_token")
	_, access = payload(t, forAPI["access_token"])
	assert.Equal(t, audience, access["aud"])
	assert.Equal(t, "TINIT-"+person, access[devidp.ClaimPerson])
	for _, name := range []string{"iss", "exp", "sub", "client_id", "iat", "jti"} {
		assert.NotEmpty(t, access[name], name)
	}

	for raw, want := range map[any]int{body["access_token"]: http.StatusOK,
		forAPI["access_token"]: http.StatusUnauthorized,
		body["id_token"]:       http.StatusUnauthorized, "": http.StatusUnauthorized} {
		r := httptest.NewRequest(http.MethodGet, issuer+"/userinfo", nil)
		r.Header.Set("Authorization", "Bearer "+raw.(string))
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		assert.Equal(t, want, w.Code)
		assert.Equal(t, want == http.StatusOK, strings.Contains(w.Body.String(), "TINIT-"+person))
	}
}

func TestTokenRefuses(t *testing.T) {
	tests := []struct {
		name   string
		change func(form url.Values)
		user   string
		secret string
		want   string
	}{
		{"wrong secret", nil, "web", "guess", "invalid_client"},
		{"no secret", func(f url.Values) { f.Set("client_id", "web") }, "", "", "invalid_client"},
		{"unknown client", nil, "other", "secret", "invalid_client"},
		{"another client's code", func(f url.Values) { f.Set("client_id", "desk") }, "", "", "invalid_grant"},
		{"two clients", func(f url.Values) { f.Set("client_id", "desk") }, "web", "secret", "invalid_client"},
		{"other grant", func(f url.Values) { f.Set("grant_type", "refresh_token") }, "web", "secret",
			"unsupported_grant_type"},
		{"other address", func(f url.Values) { f.Set("redirect_uri", notTheirs) }, "web", "secret",
			"invalid_grant"},
		{"other verifier", func(f url.Values) { f.Set("code_verifier", verifier+"x") }, "web", "secret",
			"invalid_grant"},
		{"no verifier", func(f url.Values) { f.Del("code_verifier") }, "web", "secret", "invalid_grant"},
		{"challenge as verifier", func(f url.Values) {
			f.Set("code_verifier", oauth2.S256ChallengeFromVerifier(verifier))
		}, "web",
			"secret", "invalid_grant"},
		{"changed code", func(f url.Values) { f.Set("code", f.Get("code")[:20]+"AA"+f.Get("code")[22:]) },
			"web", "secret", "invalid_grant"},
		{"no code", func(f url.Values) { f.Del("code") }, "web", "secret", "invalid_grant"},
	}
	h := newHandler(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			form := code(t, h, request())
			if tt.change != nil {
				tt.change(form)
			}
			status, body := exchange(h, form, tt.user, tt.secret)
			assert.GreaterOrEqual(t, status, 400)
			assert.Equal(t, map[string]any{"error": tt.want}, body)
		})
	}
}

// A code that one process issued is accepted by another with the same key, and once only by both together.
func TestReplicas(t *testing.T) {
	used := new(sync.Map)
	one, two := must(provider(t, used).Handler()), must(provider(t, used).Handler())
	form := code(t, one, request())
	status, fromTwo := exchange(two, form, "web", "secret")
	assert.Equal(t, http.StatusOK, status)
	status, _ = exchange(one, form, "web", "secret")
	assert.Equal(t, http.StatusBadRequest, status)
	_, fromOne := exchange(one, code(t, one, request()), "web", "secret")
	h1, c1 := payload(t, fromOne["id_token"])
	h2, c2 := payload(t, fromTwo["id_token"])
	assert.Equal(t, h1["kid"], h2["kid"])
	assert.Equal(t, c1["sub"], c2["sub"])
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
		"issuer's a path": func(p *devidp.Provider) { p.Issuer = "/dev/idp" },
	} {
		p := provider(t, new(sync.Map))
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
