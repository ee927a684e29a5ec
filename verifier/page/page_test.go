package page_test

import (
	"bytes"
	"errors"
	"fmt"
	"html"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/otp/otptest"
	"github.com/qr-invalidita/attesta/qrpdf"
	"github.com/qr-invalidita/attesta/status/benefit"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/page"
	"github.com/qr-invalidita/attesta/verifier/page/scan"
	"github.com/qr-invalidita/attesta/verifier/page/web"
	"github.com/qr-invalidita/attesta/verifier/service/servicetest"
)

const (
	person = servicetest.Person
	other  = servicetest.Nobody
)

// office is a browser with the pages of an issuing body that has a record of one person.
type office struct {
	t    *testing.T
	qr   string
	sent *otptest.Recorder
	// loggedIn reports that an operator is logged in; jar has the cookies of the browser.
	loggedIn bool
	// tab is the name of the tab, in its address; the jar is that of all tabs.
	tab   string
	jar   map[string]*http.Cookie
	pages http.Handler
	// secrets are the codici fiscali, and the check IDs of the requests to the issuer.
	secrets []string
}

// RoundTrip sends a request to the issuer and keeps its check ID.
func (o *office) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	r = r.Clone(r.Context())
	r.Body = io.NopCloser(bytes.NewReader(body))
	for _, found := range regexp.MustCompile(`"check_id":"([^"]+)"`).FindAllStringSubmatch(string(body), -1) {
		o.secrets = append(o.secrets, found[1])
	}
	return http.DefaultTransport.RoundTrip(r)
}

// Operator and LoginPath implement Operators.
func (o *office) Operator(*http.Request) (page.Operator, bool) { return page.Operator{}, o.loggedIn }
func (o *office) LoginPath(back string) string                 { return "/login?back=" + back }

func newOffice(t *testing.T, change func(*page.Config)) *office {
	t.Helper()
	body := servicetest.New(t)
	o := &office{t: t, tab: "AAAAAAAA", sent: body.Messages, jar: make(map[string]*http.Cookie),
		secrets: []string{person, other}}
	body.Client.Transport = o
	cf, err := codicefiscale.Parse(person)
	require.NoError(t, err)
	o.qr, err = token.QRText(servicetest.Name+"/q", body.Paper(t, cf))
	require.NoError(t, err)
	c := page.Config{Path: "/q", Name: "Ente di prova", Catalogue: benefit.Default(),
		Client: func(*http.Request) (*verifier.Client, error) { return body.Client, nil }}
	if change != nil {
		change(&c)
	}
	if c.Operators != nil {
		c.Operators = o
	}
	o.pages, err = page.New(c)
	require.NoError(t, err)
	return o
}

// credentialOf makes the pages send the operator's credential only while one is logged in.
func credentialOf(in *bool) func(*page.Config) {
	return func(c *page.Config) {
		withLogin(c)
		client := c.Client
		c.Client = func(r *http.Request) (*verifier.Client, error) {
			whole, err := client(r)
			if err != nil || *in {
				return whole, err
			}
			own := *whole
			own.Authorize = nil
			return &own, nil
		}
	}
}

// withLogin adds a login, so that the pages have a second level.
func withLogin(c *page.Config) { c.Operators = (*office)(nil) }

// ask serves a request and checks that the answer contains neither a codice fiscale nor a check ID.
func (o *office) ask(r *http.Request) *httptest.ResponseRecorder {
	o.t.Helper()
	for _, c := range o.jar {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	o.pages.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		if c.MaxAge < 0 {
			delete(o.jar, c.Name)
		} else {
			o.jar[c.Name] = c
		}
	}
	for _, secret := range o.secrets {
		assert.NotContains(o.t, w.Body.String(), secret)
		for _, values := range w.Header() {
			assert.NotContains(o.t, strings.Join(values, " "), secret)
		}
	}
	return w
}

// get gets a page of this tab.
func (o *office) get(path string) *httptest.ResponseRecorder {
	o.t.Helper()
	if o.tab != "" && !strings.Contains(path, "tab=") {
		mark := "?"
		if strings.Contains(path, "?") {
			mark = "&"
		}
		path += mark + "tab=" + o.tab
	}
	return o.ask(httptest.NewRequest(http.MethodGet, path, nil))
}

func (o *office) post(path string, pairs ...string) *httptest.ResponseRecorder {
	o.t.Helper()
	form := url.Values{"tab": {o.tab}}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return o.follow(o.ask(r))
}

// follow goes where a form leads, as browsers do, but not to the login.
func (o *office) follow(w *httptest.ResponseRecorder) *httptest.ResponseRecorder {
	o.t.Helper()
	to := w.Header().Get("Location")
	if w.Code != http.StatusSeeOther || strings.HasPrefix(to, "/login") || strings.HasSuffix(to, "/shift") {
		return w
	}
	return o.follow(o.get(to))
}

// upload posts the form with a file, as a browser without scripts does.
func (o *office) upload(path string, file []byte, pairs ...string) *httptest.ResponseRecorder {
	o.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for i := 0; i+1 < len(pairs); i += 2 {
		require.NoError(o.t, form.WriteField(pairs[i], pairs[i+1]))
	}
	part, err := form.CreateFormFile("photo", "a.png")
	require.NoError(o.t, err)
	_, err = part.Write(file)
	require.NoError(o.t, err)
	require.NoError(o.t, form.Close())
	r := httptest.NewRequest(http.MethodPost, path, &body)
	r.Header.Set("Content-Type", form.FormDataContentType())
	return o.follow(o.ask(r))
}

func hidden(t *testing.T, w *httptest.ResponseRecorder, name string) string {
	t.Helper()
	m := regexp.MustCompile(`name="` + name + `" value="([^"]*)"`).FindStringSubmatch(w.Body.String())
	require.NotNil(t, m, "%s in %s", name, w.Body)
	return html.UnescapeString(m[1])
}

// ownWords are an embedder's words for one key.
func ownWords(key string, said map[string]string) web.Texts {
	files := fstest.MapFS{}
	for lang, text := range said {
		files["words/"+lang+".json"] = &fstest.MapFile{Data: fmt.Appendf(nil, "{%q: %q}", key, text)}
	}
	return web.MustReadTexts(files)
}

func TestNewRefuses(t *testing.T) {
	client := func(*http.Request) (*verifier.Client, error) { return nil, nil }
	none := ownWords("none.such", map[string]string{"it": "a", "en": "a", "de": "a", "fr": "a", "sl": "a"})
	for want, c := range map[string]page.Config{
		"Client is missing":          {},
		"Path is not empty":          {Client: client, Path: "q"},
		"not of the form":            {Client: client, Path: "/q/"},
		"none.such replaces no text": {Client: client, Words: none},
		"Purposes has none":          {Client: client, Purposes: []string{"fun"}},
	} {
		_, err := page.New(c)
		assert.ErrorContains(t, err, want)
	}
}

func TestFirstLevel(t *testing.T) {
	o := newOffice(t, nil)
	for _, test := range []struct {
		name, qr, cf string
		code         int
		want         string
	}{
		{"the person", o.qr, person, 200, "answer-yes"},
		{"as people type", " " + o.qr + "\n", "rss mra 80a01 h501u", 200, "answer-yes"},
		{"another person", o.qr, other, 200, "answer-no"},
		{"another QR", "https://example.org/menu", person, 200, "answer-unknown"},
		{"no QR", "", person, 422, "Manca il QR"},
		{"a mistyped code", o.qr, "RSSMRA80A01H501X", 422, `value="RSSMRA80A01H501X"`},
		{"no code", o.qr, "", 422, "Scriva il codice fiscale."},
		{"a summary", o.qr, "", 422, `<a href="#cf">Codice fiscale della persona</a> – Scriva`},
		{"in the title", o.qr, "", 422, "<title>Da correggere: "},
		{"and of the QR", "", person, 422, `<a href="#qr">`},
		{"a code with more", o.qr, person + ".", 422, "lettere senza accento"},
		{"each in the other's field", person, o.qr, 422, "16 caratteri"},
	} {
		t.Run(test.name, func(t *testing.T) {
			o.t = t
			w := o.post("/q", "qr", test.qr, "cf", test.cf)
			assert.Equal(t, test.code, w.Code)
			assert.Contains(t, w.Body.String(), test.want)
			assert.Equal(t, "no-store", w.Header().Get("Cache-Control"))
		})
	}
}

// A valid codice fiscale need not be typed again, and the form that comes back does not contain it in clear.
// After too many wrong codici fiscali, the page says to log in or to ask for a new document, and a login
// helps.
func TestTooManyWrongCodes(t *testing.T) {
	var in bool
	o := newOffice(t, credentialOf(&in))
	for range 5 {
		assert.Contains(t, o.post("/q", "qr", o.qr, "cf", other).Body.String(), "answer-no")
	}
	for _, cf := range []string{person, other} {
		w := o.post("/q", "qr", o.qr, "cf", cf)
		assert.Equal(t, http.StatusTooManyRequests, w.Code)
		for _, want := range []string{"answer-unknown", "Troppi codici errati su questo foglio", "Acceda",
			"un foglio nuovo", "Minuti da aspettare: 12.", `href="/login?back=/q/answer?tab=AAAAAAAA"`} {
			assert.Contains(t, w.Body.String(), want)
		}
	}
	in, o.loggedIn = true, true
	assert.Contains(t, o.post("/q", "qr", o.qr, "cf", person).Body.String(), "answer-yes")
	for range 5 {
		o.post("/q", "qr", o.qr, "cf", other)
	}
	w := o.post("/q", "qr", o.qr, "cf", person)
	assert.Contains(t, w.Body.String(), "Troppi codici errati digitati")
	assert.NotContains(t, w.Body.String(), `id="login"`)
}

func TestKept(t *testing.T) {
	o := newOffice(t, nil)
	w := o.post("/q", "qr", "", "cf", person, "case", "A/12")
	assert.Contains(t, w.Body.String(), "A/12")
	kept := hidden(t, w, "inquiry")
	assert.Contains(t, o.post("/q", "qr", o.qr, "cf", "", "inquiry", kept).Body.String(), "answer-yes")
	assert.Contains(
		t,
		o.post("/q", "qr", o.qr, "cf", other, "inquiry", kept).Body.String(),
		"answer-no",
		"another one was typed",
	)

	wrong := o.post("/q", "qr", o.qr, "cf", other)
	again := o.post("/q", "cf", "", "inquiry", hidden(t, wrong, "inquiry"))
	assert.Equal(t, 422, again.Code, "after a mismatch it is typed again")
	assert.Contains(
		t,
		o.post("/q", "cf", person, "inquiry", hidden(t, wrong, "inquiry")).Body.String(),
		"answer-yes",
	)
}

// A sealed inquiry opens with the same key, even on another machine, and with no other key.
func TestKey(t *testing.T) {
	same := func(c *page.Config) { c.Key = [32]byte{1} }
	o, replica, stranger := newOffice(t, same), newOffice(t, same), newOffice(t, nil)
	sealed := hidden(t, o.post("/q", "qr", o.qr, "cf", person), "inquiry")
	assert.Contains(t, replica.post("/q", "inquiry", sealed).Body.String(), "answer-yes")
	assert.Equal(t, http.StatusBadRequest, stranger.post("/q", "inquiry", sealed).Code)

	late := newOffice(t, func(c *page.Config) {
		same(c)
		c.Now = func() time.Time { return time.Now().Add(time.Hour) }
	})
	assert.Equal(t, http.StatusBadRequest, late.post("/q", "inquiry", sealed).Code)
}

// The pages work below any path.
func TestPath(t *testing.T) {
	link := regexp.MustCompile(`(?:href|src|action)="(/[^"#]*)`)
	for _, path := range []string{"", "/q", "/desk/check"} {
		o := newOffice(t, func(c *page.Config) { c.Path, c.Photos, c.Shift = path, true, &page.Shift{} })
		root := path
		if root == "" {
			root = "/"
		}
		answer := o.post(root, "qr", o.qr, "cf", person)
		for _, w := range []*httptest.ResponseRecorder{o.get(root), answer, o.get(path + "/shift")} {
			require.Equal(t, 200, w.Code)
			for _, m := range link.FindAllStringSubmatch(w.Body.String(), -1) {
				assert.True(t, strings.HasPrefix(m[1], path), m[1])
				if strings.Contains(m[1], "/assets/") {
					assert.Equal(t, 200, o.get(m[1]).Code, m[1])
				}
			}
		}
		assert.Equal(t, root, o.get(path+"/code").Header().Get("Location"))
		assert.Equal(t, 404, o.get(path+"/none").Code)
	}
}

func TestForeignForm(t *testing.T) {
	o := newOffice(t, nil)
	r := httptest.NewRequest(http.MethodPost, "/q", strings.NewReader("qr=x"))
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	assert.Equal(t, http.StatusForbidden, o.ask(r).Code)
}

func TestScan(t *testing.T) {
	o := newOffice(t, func(c *page.Config) { c.Photos = true })
	symbol, err := new(qrpdf.Encoder).Encode(o.qr)
	require.NoError(t, err)
	var picture bytes.Buffer
	require.NoError(t, qrpdf.PNG{}.Write(&picture, symbol))
	assert.Contains(t, o.upload("/q", picture.Bytes(), "qr", "", "cf", person).Body.String(), "answer-yes")
	assert.Contains(t, o.upload("/q", nil, "qr", o.qr, "cf", person).Body.String(), "answer-yes")
	torn := o.upload("/q", picture.Bytes()[:50], "qr", "", "cf", person)
	assert.Equal(t, 422, torn.Code)
	assert.Contains(t, torn.Body.String(), "non si legge un QR")
	large := o.upload("/q", make([]byte, scan.MaxBytes+100<<10))
	assert.Contains(t, large.Body.String(), "Il file è troppo grande")

	without := newOffice(t, nil)
	w := without.get("/q")
	assert.Contains(t, w.Body.String(), `id="camera-start"`)
	assert.NotContains(t, w.Body.String(), `name="photo"`, "a photo stays in the browser")
	assert.Contains(t, w.Header().Get("Content-Security-Policy"), "'wasm-unsafe-eval'", "the reader")
	assert.NotContains(t, without.post("/q", "qr", o.qr, "cf",
		person).Header().Get("Content-Security-Policy"),
		"'wasm-unsafe-eval'")
	assert.Contains(t, without.upload("/q", picture.Bytes(), "cf", person).Body.String(), "Manca il QR")
}

func TestNoClient(t *testing.T) {
	o := newOffice(t, func(c *page.Config) {
		c.Client = func(*http.Request) (*verifier.Client, error) { return nil, errors.New("no keys") }
	})
	w := o.post("/q", "qr", o.qr, "cf", person)
	assert.Equal(t, http.StatusServiceUnavailable, w.Code)
	assert.Contains(t, w.Body.String(), "answer-unknown")
}

// The list of the shift contains no personal data.
func TestShift(t *testing.T) {
	o := newOffice(t, func(c *page.Config) { c.Shift = &page.Shift{} })
	assert.Contains(t, o.get("/q/shift").Body.String(), "Ancora nessun controllo")
	o.post("/q", "qr", o.qr, "cf", person, "case", "A/12")
	o.post("/q", "qr", o.qr, "cf", other)
	list := o.get("/q/shift").Body.String()
	assert.Equal(t, 3, strings.Count(list, "<tr>"), "two answers and the head")
	assert.Contains(t, list, "A/12")
	assert.Equal(t, "/q/shift", o.post("/q/shift/clear").Header().Get("Location"))
	assert.Contains(t, o.get("/q/shift").Body.String(), "Ancora nessun controllo")
	assert.Equal(t, 404, newOffice(t, nil).get("/q/shift").Code)
}

func TestWords(t *testing.T) {
	words := ownWords("q.title", map[string]string{
		"it": "Biglietteria", "en": "Tickets", "de": "Kasse", "fr": "Billets", "sl": "Blagajna",
	})
	o := newOffice(t, func(c *page.Config) { c.Words = words })
	assert.Contains(t, o.get("/q").Body.String(), "<h1>Biglietteria</h1>")
	assert.Contains(t, o.get("/q?lang=de").Body.String(), "<h1>Kasse</h1>")
}
