package deskpage

import (
	"context"
	"html"
	"io/fs"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/demo"
	"github.com/qr-invalidita/attesta/examples/internal/devidp"
	"github.com/qr-invalidita/attesta/examples/internal/issuertest"
	"github.com/qr-invalidita/attesta/examples/internal/login"
	"github.com/qr-invalidita/attesta/status/benefit"
	"github.com/qr-invalidita/attesta/verifier/page/web"
)

const (
	lanOrigin    = "https://192.0.2.7:8443"
	publicOrigin = "https://desk.example.it"
)

func operators(t *testing.T, identity string) *Operators {
	t.Helper()
	o, err := NewOperators(&login.Native{Provider: &login.Provider{Issuer: identity}, ClientID: "desk",
		Scope: "openid second-level"})
	require.NoError(t, err)
	return o
}

// identity starts an identity provider that knows the desk.
func identity(t *testing.T) string {
	t.Helper()
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	site, err := web.New(web.Config{Name: "Prova", Pages: []fs.FS{devidp.Pages()},
		Texts: []web.Texts{devidp.Texts()}})
	require.NoError(t, err)
	var mu sync.Mutex
	used := map[string]bool{}
	issuer := server.URL + "/dev/idp"
	h, err := devidp.Provider{Issuer: issuer, Site: site, Key: []byte("0123456789abcdef0123456789abcdef"),
		Once: func(_ context.Context, id string, _ time.Time) (bool, error) {
			mu.Lock()
			defer mu.Unlock()
			before := used[id]
			used[id] = true
			return !before, nil
		},
		Clients: []devidp.Client{{ID: "desk", Audience: "https://api.example.it",
			Redirects: []string{"http://127.0.0.1/callback", publicOrigin + "/callback"}}},
		Personas: demo.Personas(),
	}.Handler()
	require.NoError(t, err)
	mux.Handle("/dev/idp/", site.Secure(h))
	return issuer
}

// rooms is a desk with all its doors.
type rooms struct {
	desk               *Desk
	key                *Key
	local, lan, public http.Handler
	clock              time.Duration
}

func newRooms(t *testing.T) *rooms {
	t.Helper()
	r := &rooms{key: NewKey(), desk: &Desk{Title: "Banco", Catalogue: benefit.Default(),
		Client: issuertest.New(t).Client, Operators: operators(t, identity(t))}}
	r.desk.Operators.Now = func() time.Time { return time.Now().Add(r.clock) }
	var err error
	r.local, err = r.desk.Handler(Door{Origin: origin, Phones: true})
	require.NoError(t, err)
	r.lan, err = r.desk.Handler(Door{Origin: lanOrigin, Key: r.key, Local: origin})
	require.NoError(t, err)
	r.public, err = r.desk.Handler(Door{Origin: publicOrigin})
	require.NoError(t, err)
	return r
}

// browser is a browser at one door.
type browser struct {
	t      *testing.T
	door   http.Handler
	origin string
	jar    map[string]*http.Cookie
}

func newBrowser(t *testing.T, door http.Handler, origin string) *browser {
	return &browser{t, door, origin, map[string]*http.Cookie{}}
}

func (b *browser) ask(method, path, site string, pairs ...string) *httptest.ResponseRecorder {
	b.t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	r := httptest.NewRequest(method, b.origin+path, strings.NewReader(form.Encode()))
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	r.Header.Set("Sec-Fetch-Site", site)
	for _, c := range b.jar {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	b.door.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		if c.MaxAge < 0 {
			delete(b.jar, c.Name)
			continue
		}
		assert.True(b.t, c.HttpOnly, c.Name)
		assert.Equal(b.t, strings.HasPrefix(b.origin, "https://"), c.Secure, c.Name)
		if c.Name != "lang" {
			assert.Equal(b.t, c.Secure, strings.HasPrefix(c.Name, "__Host-"), c.Name)
		}
		b.jar[c.Name] = c
	}
	return w
}

func (b *browser) get(path string) *httptest.ResponseRecorder {
	b.t.Helper()
	return b.ask(http.MethodGet, path, "same-origin")
}

func (b *browser) post(path string, pairs ...string) *httptest.ResponseRecorder {
	b.t.Helper()
	return b.ask(http.MethodPost, path, "same-origin", pairs...)
}

// enter swaps the key for a cookie.
func (b *browser) enter(key *Key) *browser {
	b.t.Helper()
	w := b.post("/key", "key", key.secret)
	require.Equal(b.t, http.StatusSeeOther, w.Code)
	return b
}

func (b *browser) loggedIn() bool {
	b.t.Helper()
	return strings.Contains(b.get("/?lang=en").Body.String(), "Operator logged in")
}

// begin begins a login and returns the address at the identity provider.
func (b *browser) begin(path string, pairs ...string) string {
	b.t.Helper()
	w := b.post(path, pairs...)
	require.Equal(b.t, http.StatusOK, w.Code, w.Body.String())
	address, found := strings.CutPrefix(w.Header().Get("Refresh"), "0; url=")
	require.True(b.t, found)
	page := html.UnescapeString(w.Body.String())
	assert.Contains(b.t, page, `href="`+address+`"`, "for browsers that do not go on")
	return address
}

// pick logs a persona in at the identity provider and returns the path to which the browser is sent back.
func pick(t *testing.T, address, choice string) string {
	t.Helper()
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	c := http.Client{Jar: jar,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := c.Get(address + "&" + choice)
	require.NoError(t, err)
	answer.Body.Close()
	back, err := url.Parse(answer.Header.Get("Location"))
	require.NoError(t, err)
	require.Equal(t, "/callback", back.Path)
	return back.RequestURI()
}

// back is what a browser does that another site sends here.
func (b *browser) back(path string) *httptest.ResponseRecorder {
	b.t.Helper()
	return b.ask(http.MethodGet, path, "cross-site")
}

// A site whose name points to the desk reads nothing. A browser on the desk's machine is led to the address
// of the login.
func TestHosts(t *testing.T) {
	r := newRooms(t)
	for at, door := range map[string]http.Handler{origin: r.local, lanOrigin: r.lan, publicOrigin: r.public} {
		b := newBrowser(t, door, at)
		assert.NotEqual(t, http.StatusMisdirectedRequest, b.get("/key").Code)
		b.origin = "https://attacker.example"
		for _, path := range []string{"/", "/shift", "/key", "/callback", "/assets/x"} {
			assert.Equal(t, http.StatusMisdirectedRequest, b.get(path).Code, at)
		}
	}
	w := newBrowser(t, r.local, "http://localhost:8090").get("/second?lang=de")
	assert.Equal(t, origin+"/second?lang=de", w.Header().Get("Location"))
	_, err := r.desk.Handler(Door{Origin: lanOrigin, Local: origin})
	assert.ErrorContains(t, err, "no Key")
}

func TestLoginPagesInAllLanguages(t *testing.T) {
	r := newRooms(t)
	phone := newBrowser(t, r.lan, lanOrigin).enter(r.key)
	phone.post("/operator", "back", "/")
	local := newBrowser(t, r.local, origin)
	for _, lang := range web.Languages() {
		for path, b := range map[string]*browser{"/key": phone, "/operator": phone, "/operator/phone": phone,
			"/operator/phone?": local, "/operator?": local} {
			w := b.get(strings.TrimSuffix(path, "?") + "?lang=" + lang)
			assert.Equal(t, http.StatusOK, w.Code, path)
			assert.Contains(t, w.Body.String(), `<html lang="`+lang+`">`)
		}
		for _, wrong := range []string{local.post("/operator/phone", "word", "x").Body.String(),
			phone.post("/key", "key", "x").Body.String()} {
			assert.Contains(t, wrong, `aria-invalid="true"`)
			assert.Regexp(t, `(?s)id="mistakes".*<a href="#(word|key)">`, wrong)
			assert.Contains(t, wrong, " novalidate")
		}
	}
}
