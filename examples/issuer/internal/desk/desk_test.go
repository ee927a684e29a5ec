package desk_test

import (
	"html"
	"io"
	"io/fs"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/issuer/internal/desk"
	"github.com/qr-invalidita/attesta/examples/issuer/internal/issuertest"
	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/status/benefit"
	"github.com/qr-invalidita/attesta/verifier/page"
	"github.com/qr-invalidita/attesta/verifier/page/web"
	"github.com/qr-invalidita/attesta/verifier/service"
)

// office is a desk with a browser. A cookie names in clear who is logged in, because the login is tested
// elsewhere.
type office struct {
	*issuertest.World
	t       *testing.T
	pages   *desk.Pages
	handler http.Handler
	server  *httptest.Server
	browser *http.Client
	// asked holds the URLs that the browser called.
	mu    sync.Mutex
	asked []string
}

// pagesSite is that of all offices, since to parse it takes longer than most tests.
var pagesSite = sync.OnceValues(func() (*web.Site, error) {
	return web.New(web.Config{Name: "Ente di prova", Pages: []fs.FS{page.Templates()},
		Texts: []web.Texts{page.Texts()}, Assets: []fs.FS{page.Assets()}, Demo: true})
})

func newOffice(t *testing.T, sender otp.Sender, change func(*service.Config)) *office {
	t.Helper()
	o := &office{World: issuertest.New(t, sender, change), t: t}
	site, err := pagesSite()
	require.NoError(t, err)
	pages := &desk.Pages{Site: site, Client: o.Client(t), Now: o.Clock.Now, Benefits: benefit.Default(),
		Key: [32]byte{1, 2, 3}, Operator: func(r *http.Request) (service.Operator, bool) {
			c, err := r.Cookie("operator")
			if err != nil {
				return service.Operator{}, false
			}
			id, organisation, _ := strings.Cut(c.Value, ".")
			return service.Operator{IdentityProvider: "https://login.example.it", ID: id,
				Organisation: organisation}, true
		},
		Login: func(back string) string { return "/login?return=" + url.QueryEscape(back) },
	}
	o.pages = pages
	mux := http.NewServeMux()
	mux.Handle("GET /assets/", site.Assets())
	mux.HandleFunc("GET /login", func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "operator", Value: "laura", Path: "/"})
		http.Redirect(w, r, r.URL.Query().Get("return"), http.StatusSeeOther)
	})
	o.mount()
	serve := func(w http.ResponseWriter, r *http.Request) { o.handler.ServeHTTP(w, r) }
	mux.HandleFunc(desk.Path, serve)
	mux.HandleFunc(desk.Path+"/", serve)
	secure := site.Secure(mux)
	o.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		o.mu.Lock()
		o.asked = append(o.asked, r.URL.String(), r.Header.Get("Referer"))
		o.mu.Unlock()
		secure.ServeHTTP(w, r)
	}))
	t.Cleanup(o.server.Close)
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	o.browser = &http.Client{Jar: jar}
	t.Cleanup(o.nothingPersonal)
	return o
}

// mount makes the handler of the pages with their current fields.
func (o *office) mount() {
	o.t.Helper()
	handler, err := o.pages.Handler()
	require.NoError(o.t, err)
	o.handler = handler
}

// nothingPersonal checks that the URLs and the log hold nothing personal.
func (o *office) nothingPersonal() {
	o.mu.Lock()
	defer o.mu.Unlock()
	for name, where := range map[string]string{"addresses": strings.Join(o.asked, "\n"),
		"log": o.Log.String()} {
		for _, secret := range o.Secrets("eyJhbGciOi") {
			assert.NotContains(o.t, strings.ToUpper(where), strings.ToUpper(secret), name)
		}
	}
}

// page is an answer of the site.
type sheet struct {
	t      *testing.T
	o      *office
	status int
	body   string
	path   string
	query  string // that names the tab
}

func (o *office) get(path string) sheet {
	o.t.Helper()
	answer, err := o.browser.Get(o.server.URL + path)
	require.NoError(o.t, err)
	return o.read(answer)
}

func (o *office) post(path string, values url.Values) sheet {
	o.t.Helper()
	answer, err := o.browser.PostForm(o.server.URL+path, values)
	require.NoError(o.t, err)
	return o.read(answer)
}

func (o *office) read(answer *http.Response) sheet {
	o.t.Helper()
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	require.NoError(o.t, err)
	assert.Equal(o.t, "no-store", answer.Header.Get("Cache-Control"), answer.Request.URL)
	return sheet{o.t, o, answer.StatusCode, string(body), answer.Request.URL.Path,
		"?" + answer.Request.URL.RawQuery}
}

func pairs(values ...string) url.Values {
	v := url.Values{}
	for n := 0; n < len(values); n += 2 {
		v.Set(values[n], values[n+1])
	}
	return v
}

var (
	formPattern   = regexp.MustCompile(`(?s)<form method="post" action="([^"]*)".*?</form>`)
	hiddenPattern = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`)
	tagPattern    = regexp.MustCompile(`<[^>]*>`)
	spacePattern  = regexp.MustCompile(`\s+`)
)

// send fills in and sends the form whose address has this end.
func (p sheet) send(action string, values ...string) sheet {
	p.t.Helper()
	for _, form := range formPattern.FindAllStringSubmatch(p.body, -1) {
		if !strings.HasSuffix(form[1], action) {
			continue
		}
		v := url.Values{}
		for _, hidden := range hiddenPattern.FindAllStringSubmatch(form[0], -1) {
			v.Set(hidden[1], html.UnescapeString(hidden[2]))
		}
		for n := 0; n < len(values); n += 2 {
			require.Contains(p.t, form[0], `name="`+values[n]+`"`, "the form has no such field")
			v.Set(values[n], values[n+1])
		}
		return p.o.post(form[1], v)
	}
	require.Fail(p.t, "no form to "+action, "%s", p.body)
	return p
}

// text returns the text that a reader sees.
func (p sheet) text() string {
	_, title, _ := strings.Cut(p.body, "<title>")
	title, _, _ = strings.Cut(title, "<")
	_, main, _ := strings.Cut(p.body, "<main")
	main, _, _ = strings.Cut(main, "</main>")
	return strings.TrimSpace(
		spacePattern.ReplaceAllString(
			html.UnescapeString(tagPattern.ReplaceAllString(title+" <main"+main, " ")),
			" ",
		),
	)
}

func (p sheet) says(status int, texts ...string) sheet {
	p.t.Helper()
	assert.Equal(p.t, status, p.status)
	read := p.text()
	for _, text := range texts {
		if !strings.Contains(read, text) {
			assert.Fail(p.t, "the page does not say "+text, "%.700s", read)
		}
	}
	return p
}

func (p sheet) silent(texts ...string) sheet {
	p.t.Helper()
	for _, text := range texts {
		if strings.Contains(p.body, text) {
			assert.Fail(p.t, "the page says "+text, "%.700s", p.text())
		}
	}
	return p
}

// check runs the first level for a persona's paper and codice fiscale.
func (o *office) check(id string, values ...string) sheet {
	o.t.Helper()
	v := pairs("qr", "http://127.0.0.1:8080/q#"+o.Paper(o.t, id), "cf",
		issuertest.Persona(o.t, id).CF.Reveal())
	for n := 0; n < len(values); n += 2 {
		v.Set(values[n], values[n+1])
	}
	return o.post("/q", v)
}
