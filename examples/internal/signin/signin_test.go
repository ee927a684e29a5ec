package signin_test

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"html"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/cns"
	"github.com/qr-invalidita/attesta/examples/internal/database/databasetest"
	"github.com/qr-invalidita/attesta/examples/internal/demo"
	"github.com/qr-invalidita/attesta/examples/internal/devidp"
	"github.com/qr-invalidita/attesta/examples/internal/login"
	"github.com/qr-invalidita/attesta/examples/internal/secret"
	"github.com/qr-invalidita/attesta/examples/internal/session"
	"github.com/qr-invalidita/attesta/examples/internal/signin"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/verifier/page/web"
	"github.com/qr-invalidita/attesta/verifier/service"
)

var server databasetest.Server

func TestMain(m *testing.M) { os.Exit(server.Run(m)) }

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

const person = "RSSMRA80A01H501U" // Mario's, of package demo

// site is a whole site as browsers see it: two processes on one database that answer in turn.
type site struct {
	address string
	ca      *cns.TestCA
	pages   []*signin.Pages
	turn    int
	log     bytes.Buffer
	visited []string // each requested URL
}

func (s *site) client(cards ...tls.Certificate) *http.Client {
	return &http.Client{Jar: must(cookiejar.New(nil)), Transport: &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: s.ca.Roots(), Certificates: cards}}}
}

func newSite(t *testing.T, dsn string, change func(*signin.Pages)) *site {
	t.Helper()
	key := secret.Secret("0123456789abcdef0123456789abcdef")
	s := &site{ca: must(cns.NewTestCA(key))}
	var processes []http.Handler
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.turn++
		s.visited = append(s.visited, r.URL.String())
		processes[s.turn%len(processes)].ServeHTTP(w, r)
	}))
	t.Cleanup(front.Close)
	s.address = front.URL

	entrance := cns.Entrance{Rules: cns.Rules{Roots: s.ca.Roots()}, Tickets: cns.Tickets{Key: key},
		Return: s.address + "/auth/cns/done"}
	cards := httptest.NewUnstartedServer(entrance)
	cards.TLS = entrance.TLS()
	cards.TLS.Certificates = []tls.Certificate{must(s.ca.Server("127.0.0.1"))}
	cards.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, 0)
	cards.StartTLS()
	t.Cleanup(cards.Close)

	for range 2 {
		store := &session.Store{DB: databasetest.Open(t, dsn), Key: key}
		require.NoError(t, store.Migrate(t.Context()))
		log := slog.New(slog.NewTextHandler(&s.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
		issuer := s.address + "/dev/idp"
		p := &signin.Pages{Index: store, Sessions: must(session.New(store, must(url.Parse(s.address)))),
			Key: key, Once: store.Once,
			CNS: cards.URL + "/auth/cns", Tickets: cns.Tickets{Key: key}, Home: "/area", Log: log,
			OIDC: &login.OIDC{Provider: &login.Provider{Issuer: issuer}, ClientID: "web",
				ClientSecret: "secret",
				RedirectURL:  s.address + "/auth/callback", Organisation: devidp.ClaimOrganisation}}
		p.Site = must(web.New(web.Config{Name: "Prova", Pages: []fs.FS{signin.Templates(), devidp.Pages()},
			Person: p.Person, Texts: []web.Texts{signin.Texts(), devidp.Texts()}}))
		p.Sessions.ErrorFunc = p.Fault
		if change != nil {
			change(p)
		}
		idp := must(devidp.Provider{Issuer: issuer, Key: key, Site: p.Site, Once: store.Once,
			Personas: demo.Personas(), Log: log,
			Clients: []devidp.Client{{ID: "web", Secret: "secret",
				Redirects: []string{s.address + "/auth/callback"}}}}.Handler())
		handler := must(p.Handler())
		mux := http.NewServeMux()
		mux.Handle("/dev/idp/", idp)
		mux.Handle("/login", handler)
		mux.Handle("/auth/", handler)
		mux.Handle("/area", guard(p, 2, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			id, _ := p.Identity(r)
			operator, err := p.Operator(r)
			fmt.Fprintf(w, "%s %s %d %t %s", id.Method, id.Person.Reveal(), id.Level,
				err == nil && operator.ID == person, operator.Organisation)
		})))
		mux.Handle("/area/strong", guard(p, 3, http.HandlerFunc(
			func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "strong") })))
		processes = append(processes, p.Site.Secure(p.Sessions.LoadAndSave(mux)))
		s.pages = append(s.pages, p)
	}
	return s
}

// guard passes requests of a person who is logged in at the level or above, and sends others to the login.
func guard(p *signin.Pages, level int, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, ok := p.Identity(r)
		switch {
		case !ok:
			http.Redirect(w, r, "/login?"+url.Values{"return": {r.URL.RequestURI()}}.Encode(),
				http.StatusSeeOther)
		case id.Level < level:
			http.Error(w, "level", http.StatusForbidden)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

var link = regexp.MustCompile(`href="([^"]+)"`)

// follow follows the link on the page that contains the text.
func follow(t *testing.T, c *http.Client, page *http.Response, body, text string) (*http.Response, string) {
	t.Helper()
	for _, m := range link.FindAllStringSubmatch(body, -1) {
		address := html.UnescapeString(m[1])
		if strings.Contains(address, text) {
			return get(t, c, page.Request.URL.ResolveReference(must(url.Parse(address))).String())
		}
	}
	require.Fail(t, "no link "+text, body)
	return nil, ""
}

func get(t *testing.T, c *http.Client, address string) (*http.Response, string) {
	t.Helper()
	r, err := c.Get(address)
	require.NoError(t, err)
	defer r.Body.Close()
	return r, string(must(io.ReadAll(r.Body)))
}

func TestSPID(t *testing.T) {
	server.Each(t, func(t *testing.T, dsn string) {
		s := newSite(t, dsn, nil)
		c := s.client()
		page, body := get(t, c, s.address+"/area?case=7")
		assert.Equal(t, "/login", page.Request.URL.Path)
		assert.Contains(t, body, "Entra con SPID")
		assert.Contains(t, body, "Entra con CIE")
		assert.Contains(t, body, "Entra con CNS")
		assert.NotContains(t, body, `id="go-on"`)
		assert.Contains(t, body, `data-back="/area?case=7"`)
		page, body = follow(t, c, page, body, "via=spid")
		require.Equal(t, "/dev/idp/authorize", page.Request.URL.Path)
		before := c.Jar.Cookies(must(url.Parse(s.address)))
		page, body = follow(t, c, page, body, "persona=mario")
		assert.NotEqual(t, before, c.Jar.Cookies(must(url.Parse(s.address))),
			"a token from before the login must be worth nothing")
		assert.Equal(t, "/area?case=7", page.Request.URL.RequestURI(), "back where it began")
		assert.Equal(t, "spid "+person+" 2 true ", body)
		_, body = get(t, c, s.address+"/area")
		assert.Contains(t, body, person, "on the other process")

		page, body = get(t, c, s.address+"/login")
		assert.Contains(t, body, "Mario Rossi", "in the header")
		assert.Equal(t, "no-store", page.Header.Get("Cache-Control"))
		_, body = get(t, c, s.address+"/login?return=%2Farea%3Fcase=7")
		assert.Contains(t, body, `id="go-on" href="/area?case=7"`, "logged in from another tab")
		page, _ = get(t, c, s.address+"/area/strong")
		assert.Equal(t, http.StatusForbidden, page.StatusCode)

		out, err := c.PostForm(s.address+"/auth/logout", nil)
		require.NoError(t, err)
		out.Body.Close()
		assert.Equal(t, `"cache", "storage"`, out.Request.Response.Header.Get("Clear-Site-Data"))
		page, _ = get(t, c, s.address+"/area")
		assert.Equal(t, "/login", page.Request.URL.Path)

		assert.Contains(t, s.log.String(), "method=spid level=2")
		everything := s.log.String() + strings.Join(s.visited, "\n")
		for _, personal := range []string{person, strings.ToLower(person), "Rossi", "TINIT"} {
			assert.NotContains(t, everything, personal)
		}
	})
}

func TestCNS(t *testing.T) {
	server.Each(t, func(t *testing.T, dsn string) {
		s := newSite(t, dsn, nil)
		dir := t.TempDir()
		require.NoError(t, s.ca.WriteCards(dir, demo.Personas()[:1]))
		file := filepath.Join(dir, "mario.pem")
		c := s.client(must(tls.LoadX509KeyPair(file, file)))
		page, body := get(t, c, s.address+"/area/strong")
		page, body = follow(t, c, page, body, "via=cns")
		assert.Equal(t, "/area/strong", page.Request.URL.Path)
		assert.Equal(t, "strong", body)
		_, body = get(t, c, s.address+"/area")
		assert.Equal(t, "cns "+person+" 3 true ", body)

		var ticket string
		for _, v := range s.visited {
			if strings.HasPrefix(v, "/auth/cns/done") {
				ticket = v
			}
		}
		require.NotEmpty(t, ticket)
		for name, who := range map[string]*http.Client{"again": c, "another browser": s.client()} {
			page, body = get(t, who, s.address+ticket)
			assert.Equal(t, http.StatusBadRequest, page.StatusCode, name)
			assert.Contains(t, body, "scaduto", name)
		}
		page, body = get(t, s.client(), s.address+"/auth/cns/done?reason="+cns.ReasonCard)
		assert.Equal(t, http.StatusForbidden, page.StatusCode)
		assert.Contains(t, body, "tessera")
		page, _ = get(t, s.client(), s.address+"/auth/cns/done?reason="+cns.ReasonUnavailable)
		assert.Equal(t, http.StatusServiceUnavailable, page.StatusCode)
		assert.NotContains(t, s.log.String()+strings.Join(s.visited, "\n"), person)
	})
}

func TestRefused(t *testing.T) {
	s := newSite(t, databasetest.SQLite(t), nil)
	c := s.client()
	page, body := get(t, c, s.address+"/login")
	page, body = follow(t, c, page, body, "via=cie")
	_, cancelled := follow(t, c, page, body, "cancel=1")
	assert.Contains(t, cancelled, "annullato")
	page, body = follow(t, c, page, body, "persona=mario")
	assert.Equal(t, http.StatusBadRequest, page.StatusCode, "the login ended with the refusal")
	assert.Contains(t, body, "scaduto")

	page, body = get(t, c, s.address+"/auth/login?via=cie")
	page, _ = follow(t, s.client(), page, body, "persona=mario")
	assert.Equal(t, http.StatusBadRequest, page.StatusCode, "in another browser")
	page, _ = get(t, c, s.address+"/auth/callback")
	assert.Equal(t, http.StatusBadRequest, page.StatusCode)
	page, _ = get(t, c, s.address+"/auth/login?via=other")
	assert.Equal(t, "/login", page.Request.URL.Path)
	page, _ = get(t, c, s.address+"/auth/other")
	assert.Equal(t, http.StatusNotFound, page.StatusCode)
	posted := must(c.Post(s.address+"/login", "", nil))
	posted.Body.Close()
	assert.Equal(t, http.StatusNotFound, posted.StatusCode)
	assert.Contains(t, posted.Header.Get("Content-Type"), "text/html", "a page, in the person's language")

	r := must(http.NewRequest(http.MethodPost, s.address+"/auth/logout", nil))
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	response, err := c.Do(r)
	require.NoError(t, err)
	response.Body.Close()
	assert.Equal(t, http.StatusForbidden, response.StatusCode, "another site's form")
}

// In several tabs each login returns to the page where it began.
func TestTabs(t *testing.T) {
	s := newSite(t, databasetest.SQLite(t), nil)
	c := s.client()
	one, bodyOne := get(t, c, s.address+"/auth/login?via=spid&return=/area?tab=1")
	two, bodyTwo := get(t, c, s.address+"/auth/login?via=cie&return=/area?tab=2")
	page, _ := follow(t, c, two, bodyTwo, "persona=mario")
	assert.Equal(t, "/area?tab=2", page.Request.URL.RequestURI())
	page, body := follow(t, c, one, bodyOne, "persona=luca")
	assert.Equal(t, "/area?tab=1", page.Request.URL.RequestURI())
	assert.NotContains(t, body, person, "the last one is logged in")
}

// Logging in again keeps what the session holds, unless it is another person's, and shows that the person
// gave their credentials.
func TestAgain(t *testing.T) {
	var kept []string
	s := newSite(t, databasetest.SQLite(t), nil)
	c := s.client()
	page, body := get(t, c, s.address+"/auth/login?via=spid")
	follow(t, c, page, body, "persona=mario")
	identity := func() login.Identity {
		r := httptest.NewRequest(http.MethodGet, "/area", nil)
		token := c.Jar.Cookies(must(url.Parse(s.address)))[0].Value
		p := s.pages[0]
		ctx, err := p.Sessions.Load(r.Context(), token)
		require.NoError(t, err)
		kept = append(kept, p.Sessions.GetString(ctx, "acting"))
		id, ok := p.Identity(r.WithContext(ctx))
		require.True(t, ok)
		p.Sessions.Put(ctx, "acting", "for a child")
		_, _, err = p.Sessions.Commit(ctx)
		require.NoError(t, err)
		return id
	}
	first := identity()
	for _, who := range []string{"mario", "luca"} {
		page, body = get(t, c, s.address+s.pages[0].Again(first, "/area?case=7"))
		assert.Equal(t, "login", page.Request.URL.Query().Get("prompt"))
		page, _ = follow(t, c, page, body, "persona="+who)
		assert.Equal(t, "/area?case=7", page.Request.URL.RequestURI())
		assert.WithinDuration(t, time.Now(), identity().Proved, time.Minute)
	}
	assert.Equal(t, []string{"", "for a child", ""}, kept)
}

// The person who logged in finds the session and ends it; another login is another session.
func TestEndedElsewhere(t *testing.T) {
	s := newSite(t, databasetest.SQLite(t), nil)
	store, cf := s.pages[0].Index, must(codicefiscale.Parse(person))
	held := func() []session.Held {
		list, err := store.Held(t.Context(), cf)
		require.NoError(t, err)
		return list
	}
	enter := func() *http.Client {
		c := s.client()
		page, body := get(t, c, s.address+"/auth/login?via=spid")
		follow(t, c, page, body, "persona=mario")
		return c
	}
	lost, mine := enter(), enter()
	require.Len(t, held(), 2)
	assert.Equal(t, "spid", held()[0].Method)
	token := mine.Jar.Cookies(must(url.Parse(s.address)))[0].Value
	require.NoError(t, store.EndOthers(t.Context(), cf, token))
	page, _ := get(t, lost, s.address+"/area")
	assert.Equal(t, "/login", page.Request.URL.Path)
	page, _ = get(t, mine, s.address+"/area")
	assert.Equal(t, "/area", page.Request.URL.Path)
	page, body := get(t, mine, s.address+s.pages[0].Again(login.Identity{Method: "spid"}, "/area"))
	follow(t, mine, page, body, "persona=mario")
	assert.Len(t, held(), 1, "a login again takes the place of the session")
	out, err := mine.PostForm(s.address+"/auth/logout", nil)
	require.NoError(t, err)
	out.Body.Close()
	assert.Empty(t, held())
}

func TestOperator(t *testing.T) {
	s := newSite(t, databasetest.SQLite(t), nil)
	for _, who := range demo.Personas() {
		if who.Organisation == "" {
			continue
		}
		c := s.client()
		page, body := get(t, c, s.address+"/auth/login?via=spid")
		_, body = follow(t, c, page, body, "persona="+who.ID)
		assert.True(t, strings.HasSuffix(body, who.Organisation), body)
	}
	_, err := s.pages[0].Operator(httptest.NewRequest(http.MethodGet, "/", nil))
	assert.ErrorIs(t, err, service.ErrUnauthenticated)
	weak := newSite(t, databasetest.SQLite(t), func(p *signin.Pages) { p.Level = 1 })
	c := weak.client()
	page, body := get(t, c, weak.address+"/auth/login?via=spid")
	page, _ = follow(t, c, page, body, "persona=mario")
	assert.Equal(t, http.StatusForbidden, page.StatusCode, "level 1 is not enough for the area")
}

func TestBack(t *testing.T) {
	s := newSite(t, databasetest.SQLite(t), nil)
	for path, want := range map[string]string{
		"/area":                        "/area",
		"/area?x=1&y=/":                "/area?x=1&y=/",
		"":                             "/area",
		"area":                         "/area",
		"https://attacker.example":     "/area",
		"///attacker.example":          "/area",
		"//attacker.example":           "/area",
		"/\\attacker.example":          "/area",
		"/\t/attacker.example":         "/area",
		"\t//attacker.example":         "/area",
		"/area\r\nSet-Cookie: x=1":     "/area",
		"javascript:alert(1)":          "/area",
		"/login":                       "/area",
		"/auth/login?via=spid":         "/area",
		"/auth/../auth/login":          "/area",
		"/" + strings.Repeat("x", 1e4): "/area",
	} {
		page, body := get(t, s.client(), s.address+"/login?"+url.Values{"return": {path}}.Encode())
		require.Equal(t, http.StatusOK, page.StatusCode)
		m := regexp.MustCompile(`href="(/auth/login[^"]+via=spid)"`).FindStringSubmatch(body)
		require.NotNil(t, m, body)
		assert.Equal(t, want, must(url.Parse(html.UnescapeString(m[1]))).Query().Get("return"), path)
	}
}

func TestProviderDown(t *testing.T) {
	s := newSite(t, databasetest.SQLite(t), func(p *signin.Pages) {
		p.OIDC.Provider = &login.Provider{Issuer: "http://127.0.0.1:1"}
	})
	page, body := get(t, s.client(), s.address+"/auth/login?via=spid")
	assert.Equal(t, http.StatusServiceUnavailable, page.StatusCode)
	assert.Contains(t, body, "non risponde")
}

func TestStoreDown(t *testing.T) {
	s := newSite(t, databasetest.SQLite(t), nil)
	c := s.client()
	page, body := get(t, c, s.address+"/auth/login?via=spid")
	follow(t, c, page, body, "persona=mario")
	for _, p := range s.pages {
		require.NoError(t, p.Sessions.Store.(*session.Store).DB.Close())
	}
	page, body = get(t, c, s.address+"/area")
	assert.Equal(t, http.StatusServiceUnavailable, page.StatusCode)
	assert.Contains(t, body, "guasto")
	assert.NotContains(t, body, person)
}

func TestConfiguration(t *testing.T) {
	s := newSite(t, databasetest.SQLite(t), nil)
	good := *s.pages[0]
	for name, change := range map[string]func(*signin.Pages){
		"no site":     func(p *signin.Pages) { p.Site = nil },
		"no sessions": func(p *signin.Pages) { p.Sessions = nil },
		"no key":      func(p *signin.Pages) { p.Key = nil },
		"no once":     func(p *signin.Pages) { p.Once = nil },
		"no way in":   func(p *signin.Pages) { p.OIDC, p.CNS = nil, "" },
		"no tickets":  func(p *signin.Pages) { p.Tickets = cns.Tickets{} },
	} {
		p := good
		change(&p)
		_, err := p.Handler()
		assert.Error(t, err, name)
	}
	p := good
	p.OIDC = nil
	assert.NotNil(t, must(p.Handler()), "a card alone")
	p = good
	p.CNS, p.Ways = "", []signin.Way{{ID: "eidas", Name: "eIDAS"}}
	h := p.Site.Secure(p.Sessions.LoadAndSave(must(p.Handler())))
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/login", nil))
	assert.Contains(t, w.Body.String(), "Entra con eIDAS")
	assert.NotContains(t, w.Body.String(), "CNS")
}
