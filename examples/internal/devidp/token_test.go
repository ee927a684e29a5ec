package devidp_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
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
)

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

func payload(t *testing.T, jws any) (header, claims map[string]any) {
	t.Helper()
	parts := strings.Split(jws.(string), ".")
	require.Len(t, parts, 3)
	require.NoError(t, json.Unmarshal(must(base64.RawURLEncoding.DecodeString(parts[0])), &header))
	require.NoError(t, json.Unmarshal(must(base64.RawURLEncoding.DecodeString(parts[1])), &claims))
	return header, claims
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

	form := code(t, h, desk())
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

// userInfo asks with the access token.
func userInfo(h http.Handler, authorization string) (int, map[string]any) {
	r := httptest.NewRequest(http.MethodPost, issuer+"/userinfo", nil)
	r.Header.Set("Authorization", authorization)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	var body map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil {
		panic(err)
	}
	return w.Code, body
}

func TestTimes(t *testing.T) {
	const lives = 60 * time.Second
	now := time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC)
	p := provider(t, new(sync.Map))
	p.Now = func() time.Time { return now }
	h := must(p.Handler())
	for name, tt := range map[string]struct {
		wait time.Duration
		want int
	}{"at once": {0, http.StatusOK}, "the last moment": {lives - 1, http.StatusOK},
		"over": {lives, http.StatusBadRequest}} {
		t.Run(name, func(t *testing.T) {
			form := code(t, h, request())
			now = now.Add(tt.wait)
			status, body := exchange(h, form, "web", "secret")
			assert.Equal(t, tt.want, status)
			if tt.want != http.StatusOK {
				assert.Equal(t, map[string]any{"error": "invalid_grant"}, body)
				return
			}
			_, id := payload(t, body["id_token"])
			_, access := payload(t, body["access_token"])
			assert.EqualValues(t, now.Unix(), id["iat"])
			assert.EqualValues(t, now.Add(-tt.wait).Unix(), id["auth_time"], "the click, not the exchange")
			assert.EqualValues(t, 300, id["exp"].(float64)-id["iat"].(float64))
			assert.EqualValues(t, body["expires_in"], access["exp"].(float64)-access["iat"].(float64))

			bearer := "Bearer " + body["access_token"].(string)
			status, _ = userInfo(h, bearer)
			assert.Equal(t, http.StatusOK, status)
			now = now.Add(5*time.Minute + time.Second)
			status, info := userInfo(h, bearer)
			assert.Equal(t, http.StatusUnauthorized, status, "the access token is over")
			assert.Equal(t, map[string]any{"error": "invalid_token"}, info)
		})
	}
}

// The client accepts what it asked for: the first value that the provider knows.
func TestLevels(t *testing.T) {
	const base = "https://www.spid.gov.it/SpidL"
	h := newHandler(t)
	for asked, want := range map[string]string{"": base + "1", "other": base + "1", base + "3": base + "3",
		"other " + base + "2 " + base + "3": base + "2"} {
		q := request()
		q.Set("acr_values", asked)
		_, body := exchange(h, code(t, h, q), "web", "secret")
		_, id := payload(t, body["id_token"])
		assert.Equal(t, want, id["acr"], asked)
	}
}

func TestClientAuthentication(t *testing.T) {
	h := newHandler(t)
	with := func(pairs ...string) url.Values {
		form := code(t, h, request())
		for i := 0; i < len(pairs); i += 2 {
			form.Set(pairs[i], pairs[i+1])
		}
		return form
	}
	for name, tt := range map[string]struct {
		form           url.Values
		user, password string
		want           int
	}{
		"in the header": {with(), "web", "secret", http.StatusOK},
		"in the form": {with("client_id", "web", "client_secret", "secret"), "", "",
			http.StatusOK},
		"named in both":          {with("client_id", "web"), "web", "secret", http.StatusOK},
		"escaped":                {with(), "%77eb", "%73ecret", http.StatusOK},
		"a secret in both":       {with("client_secret", "secret"), "web", "secret", http.StatusUnauthorized},
		"a name that is no text": {with(), "web%zz", "secret", http.StatusUnauthorized},
		"a secret that is none":  {with(), "web", "secret%zz", http.StatusUnauthorized},
		"nobody":                 {with(), "", "", http.StatusUnauthorized},
		"a name with no secret":  {with(), "web", "", http.StatusUnauthorized},
		"a wrong one in the form": {with("client_id", "web", "client_secret", "x"), "", "",
			http.StatusUnauthorized},
	} {
		status, body := exchange(h, tt.form, tt.user, tt.password)
		assert.Equal(t, tt.want, status, name)
		if tt.want != http.StatusOK {
			assert.Equal(t, map[string]any{"error": "invalid_client"}, body, name)
		}
	}
	r := httptest.NewRequest(http.MethodPost, issuer+"/token",
		strings.NewReader(strings.Repeat("x", 16<<10+1)))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	assert.Equal(t, http.StatusBadRequest, w.Code, "a form that is too long")
}

// A failed attempt uses the code up too, so nobody can guess the verifier.
func TestACodeHasOneAttempt(t *testing.T) {
	h := newHandler(t)
	form := code(t, h, request())
	wrong := maps.Clone(form)
	wrong.Set("code_verifier", verifier+"x")
	for _, form := range []url.Values{wrong, form} {
		status, body := exchange(h, form, "web", "secret")
		assert.Equal(t, http.StatusBadRequest, status)
		assert.Equal(t, map[string]any{"error": "invalid_grant"}, body)
	}
}

func TestWhenCodesCannotBeMarked(t *testing.T) {
	p := provider(t, new(sync.Map))
	p.Once = func(context.Context, string, time.Time) (bool, error) { return true, context.Canceled }
	h := must(p.Handler())
	status, body := exchange(h, code(t, h, request()), "web", "secret")
	assert.Equal(t, http.StatusServiceUnavailable, status)
	assert.Equal(t, map[string]any{"error": "temporarily_unavailable"}, body)
}

// A persona that was taken off the list gets neither a token nor an answer for an old one.
func TestAPersonaThatIsGone(t *testing.T) {
	used := new(sync.Map)
	with := must(provider(t, used).Handler())
	p := provider(t, used)
	p.Personas = []demo.Persona{{ID: "luca", CF: must(codicefiscale.Parse("RSSMRA80A01H50MM"))}}
	without := must(p.Handler())
	status, body := exchange(without, code(t, with, request()), "web", "secret")
	assert.Equal(t, http.StatusBadRequest, status)
	assert.Equal(t, map[string]any{"error": "invalid_grant"}, body)

	_, body = exchange(with, code(t, with, request()), "web", "secret")
	status, _ = userInfo(without, "Bearer "+body["access_token"].(string))
	assert.Equal(t, http.StatusUnauthorized, status)
	status, _ = userInfo(with, body["access_token"].(string))
	assert.Equal(t, http.StatusUnauthorized, status, "a token without its scheme")
}

// Operators are offered apart from citizens, and their tokens say for whom they work.
func TestOperators(t *testing.T) {
	p := provider(t, new(sync.Map))
	p.Personas = append(p.Personas, demo.Persona{ID: "carla", Given: "Carla", Family: "Sportello",
		Organisation: "Comune di Prova", Operator: true, CF: must(codicefiscale.Parse("RSSMRA80A01H50MM"))})
	h := must(p.Handler())
	w := httptest.NewRecorder()
	p.Site.Secure(h).ServeHTTP(w, httptest.NewRequest(http.MethodGet,
		issuer+"/authorize?"+request().Encode(), nil))
	citizens, operators, split := strings.Cut(w.Body.String(), "<h2>Operatori</h2>")
	require.True(t, split)
	assert.Contains(t, citizens, "Mario Rossi")
	assert.NotContains(t, citizens, "Carla Sportello")
	assert.Contains(t, operators, "Carla Sportello")
	assert.NotContains(t, operators, "Mario Rossi")

	for id, want := range map[string]any{"mario": nil, "carla": "Comune di Prova"} {
		tokens := func(q url.Values, user, password string) map[string]any {
			q.Set("persona", id)
			back := must(url.Parse(ask(h, q).Header().Get("Location"))).Query()
			form := url.Values{"grant_type": {"authorization_code"}, "code": {back.Get("code")},
				"redirect_uri": {q.Get("redirect_uri")}, "code_verifier": {verifier}}
			if user == "" {
				form.Set("client_id", "desk")
			}
			status, body := exchange(h, form, user, password)
			require.Equal(t, http.StatusOK, status)
			return body
		}
		_, info := userInfo(h, "Bearer "+tokens(request(), "web", "secret")["access_token"].(string))
		assert.Equal(t, want, info[devidp.ClaimOrganisation])
		_, access := payload(t, tokens(desk(), "", "")["access_token"])
		assert.Equal(t, want, access[devidp.ClaimOrganisation])
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
