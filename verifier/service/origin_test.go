package service_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/verifier/api"
	"github.com/qr-invalidita/attesta/verifier/service"
)

func TestOriginAllowed(t *testing.T) {
	for origin, want := range map[string]bool{
		"https://desk.example.it":        true,
		"https://desk.example.it:8443":   true,
		"https://xn--caff-8oa.example":   true,
		"http://localhost:3000":          true,
		"http://127.0.0.1":               true,
		"http://[::1]:3000":              true,
		"":                               false,
		"*":                              false,
		"null":                           false,
		"https://*.example.it":           false,
		"https://Desk.example.it":        false,
		"https://desk.example.it/":       false,
		"https://desk.example.it:443":    false,
		"https://desk.example.it:":       false,
		"https://desk.example.it#x":      false,
		"https://u@desk.example.it":      false,
		"https://a.example, https://b.c": false,
		"http://desk.example.it":         false,
		"http://10.0.0.1":                false,
		"desk.example.it":                false,
		"file://":                        false,
	} {
		assert.Equal(t, want, service.OriginAllowed(origin), origin)
	}
}

// A web page of an origin that the issuer names can ask at the first level, as a browser does it. No other
// page can, and no page can at the second level.
func TestOrigins(t *testing.T) {
	const named, other = "https://desk.example.it", "https://elsewhere.example"
	w := newWorld(t, func(w *world) { w.Config.Origins = []string{"http://localhost:3000", named} })
	preflight := func(path, origin string) *http.Response {
		r := must(http.NewRequest(http.MethodOptions, w.Server.URL+path, nil))
		r.Header.Set("Origin", origin)
		r.Header.Set("Access-Control-Request-Method", "POST")
		r.Header.Set("Access-Control-Request-Headers", "content-type")
		answer, _ := do(t, r)
		return answer
	}
	shared := "Access-Control-Allow-Origin"
	answer := preflight(api.PathFirstLevel, named)
	assert.Equal(t, http.StatusNoContent, answer.StatusCode)
	assert.Equal(t, named, answer.Header.Get(shared))
	assert.Equal(t, "POST", answer.Header.Get("Access-Control-Allow-Methods"))
	assert.Equal(t, "Content-Type", answer.Header.Get("Access-Control-Allow-Headers"))
	assert.Equal(t, "600", answer.Header.Get("Access-Control-Max-Age"))
	assert.Equal(t, "Origin", answer.Header.Get("Vary"))
	assert.Empty(t, answer.Header.Get("Access-Control-Allow-Credentials"))

	q := body("qr", w.paper(t, person), "codice_fiscale", person)
	for _, text := range []string{q, "{}"} { // a problem can be read too
		answer, _ = w.post(t, api.PathFirstLevel, text, "Origin", named)
		assert.Equal(t, named, answer.Header.Get(shared))
		assert.Contains(t, answer.Header.Get("Access-Control-Expose-Headers"), "Retry-After")
		assert.Equal(t, "Origin", answer.Header.Get("Vary"))
	}
	for _, origin := range []string{other, "null", named + ".evil.example", "HTTPS://desk.example.it", ""} {
		answer := preflight(api.PathFirstLevel, origin)
		assert.Equal(t, http.StatusMethodNotAllowed, answer.StatusCode, origin)
		assert.NotContains(t, answer.Header, shared, origin)
		answer, _ = w.post(t, api.PathFirstLevel, q, "Origin", origin)
		assert.NotContains(t, answer.Header, shared, origin)
		assert.Equal(t, "Origin", answer.Header.Get("Vary"), "a cache must not mix the two")
	}
	for _, path := range []string{api.PathSecondLevel, "/v1/second-level-challenges/x/answers",
		api.PathHealth} {
		answer := preflight(path, named)
		assert.Equal(t, http.StatusMethodNotAllowed, answer.StatusCode, path)
		assert.NotContains(t, answer.Header, shared, path)
	}
	r := must(http.NewRequest(http.MethodOptions, w.Server.URL+api.PathFirstLevel, nil))
	r.Header.Set("Origin", named)
	answer, _ = do(t, r)
	assert.Equal(t, http.StatusMethodNotAllowed, answer.StatusCode, "no preflight")
}

// Beside other pages, no path of the contract is redirected: a caller would send personal data twice.
func TestMount(t *testing.T) {
	w := newWorld(t, nil)
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w,
			"page "+r.URL.Path)
	})
	server := httptest.NewServer(must(service.New(w.Config)).Mount(mux))
	t.Cleanup(server.Close)
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}
	post := func(path string) (int, string) {
		q := body("qr", w.paper(t, person), "codice_fiscale", person)
		answer, err := client.Post(server.URL+path, "application/json", strings.NewReader(q))
		require.NoError(t, err)
		defer answer.Body.Close()
		return answer.StatusCode, answer.Header.Get("Content-Type") + string(must(io.ReadAll(answer.Body)))
	}
	for _, path := range []string{
		"/v1//first-level-checks", "//v1/first-level-checks", "/x/../v1/first-level-checks",
		"/v1/./first-level-checks", "/v1/first-level-checks/", "/v1", "/v1/", "/v1/nosuch",
		"//.well-known/jwks.json",
	} {
		status, text := post(path)
		assert.Equal(t, http.StatusNotFound, status, path)
		assert.Contains(t, text, api.ContentTypeProblem, path)
		assert.NotContains(t, text, person)
	}
	status, text := post(api.PathFirstLevel)
	assert.Equal(t, http.StatusOK, status)
	assert.Contains(t, text, `"confirmed"`)
	_, text = post("/about")
	assert.Contains(t, text, "page /about")
	answer, err := client.Get(server.URL + api.PathJWKS)
	require.NoError(t, err)
	answer.Body.Close()
	assert.Equal(t, "*", answer.Header.Get("Access-Control-Allow-Origin"))
}
