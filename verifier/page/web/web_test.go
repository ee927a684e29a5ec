package web_test

import (
	"bytes"
	"cmp"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/verifier/page/web"
)

const page = `{{define "title"}}{{t "home.title"}}{{end}}
{{define "main"}}<h1>{{t "home.title"}}</h1><p>{{t "home.age" .Data}}</p>{{icon "it-check"}}
{{template "field" dict "Name" "cf" "Label" "CF" "Required" true "Error" "no"}}{{template "x-part" .}}{{end}}`

const part = `{{define "x-part"}}<p>{{t "home.title"}}, part</p>{{end}}`

// texts returns a folder of texts with two keys.
func texts() fstest.MapFS {
	files := fstest.MapFS{}
	for lang, said := range map[string][2]string{
		"it": {"Benvenuti", "Da %d giorni"}, "en": {"Welcome", "For %d days"},
		"de": {"Willkommen", "Seit %d Tagen"}, "fr": {"Bienvenue", "Depuis %d jours"},
		"sl": {"Dobrodošli", "Že %d dni"},
	} {
		files["words/"+lang+".json"] = &fstest.MapFile{
			Data: fmt.Appendf(nil, `{"home.title": %q, "home.age": %q}`, said[0], said[1])}
	}
	return files
}

// pages returns templates with one page, x.
func pages(text string) []fs.FS { return []fs.FS{fstest.MapFS{"x.gohtml": {Data: []byte(text)}}} }

func newSite(t *testing.T, change func(*web.Config)) (*web.Site, http.Handler) {
	t.Helper()
	c := web.Config{
		Name: "Ente & prova", Pages: []fs.FS{fstest.MapFS{"pages/home.gohtml": {Data: []byte(page)},
			"pages/x.part.gohtml": {Data: []byte(part)}}}, Texts: []web.Texts{web.MustReadTexts(texts())},
		Assets: []fs.FS{fstest.MapFS{"app.js": {Data: []byte("1")}}},
	}
	if change != nil {
		change(&c)
	}
	site, err := web.New(c)
	require.NoError(t, err)
	mux := http.NewServeMux()
	mux.Handle("GET /assets/", site.Assets())
	mux.HandleFunc("/{$}", func(w http.ResponseWriter, r *http.Request) {
		site.Render(w, r, http.StatusOK, "home", 3)
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		site.Say(w, r, http.StatusNotFound, web.Message{Title: "frame.not_found_title",
			Text: "frame.not_found"})
	})
	return site, site.Secure(mux)
}

func ask(h http.Handler, method, target string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestLanguages(t *testing.T) {
	_, h := newSite(t, nil)
	tests := []struct {
		name, target, accept, cookie, lang, want string
	}{
		{"nothing said", "/", "", "", "it", "Da 3 giorni"},
		{"the browser's", "/", "de-CH, en;q=0.5", "", "de", "Seit 3 Tagen"},
		{"the browser's second", "/", "ja, sl;q=0.4", "", "sl", "Že 3 dni"},
		{"no supported language", "/", "ja", "", "it", "Da 3 giorni"},
		{"torn header", "/", "de;;;q=", "", "it", "Da 3 giorni"},
		{"remembered", "/", "de", "lang=fr", "fr", "Depuis 3 jours"},
		{"remembered nonsense", "/", "de", "lang=xx", "de", "Seit 3 Tagen"},
		{"asked for", "/?lang=en", "de", "lang=fr", "en", "For 3 days"},
		{"asked for nonsense", "/?lang=../", "de", "", "de", "Seit 3 Tagen"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := ask(h, "GET", test.target, "Accept-Language", test.accept, "Cookie", test.cookie)
			assert.Equal(t, http.StatusOK, w.Code)
			assert.Contains(t, w.Body.String(), test.want)
			assert.Contains(t, w.Body.String(), `<html lang="`+test.lang+`">`)
			assert.Equal(t, test.lang, w.Header().Get("Content-Language"))
		})
	}
	assert.Contains(t, ask(h, "GET", "/?case=7&lang=de").Body.String(), `href="?case=7&amp;lang=sl"`,
		"the other languages of the same page")
	assert.Contains(t, ask(h, "GET", "/?lang=en").Header().Get("Set-Cookie"),
		"lang=en; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax")
}

func TestPage(t *testing.T) {
	_, h := newSite(t, func(c *web.Config) {
		c.Demo, c.HTTPS = true, true
		c.Nav = func(*http.Request) []web.Link { return []web.Link{{Key: "home.title", Path: "/"}} }
		c.Person = func(*http.Request) string { return "Mario <Rossi>" }
	})
	w := ask(h, "GET", "/")
	body := w.Body.String()
	for _, want := range []string{
		"<title>Benvenuti · Ente &amp; prova</title>", "Mario &lt;Rossi&gt;", `aria-current="page"`,
		"inventati", `<label for="cf">CF</label>`, `aria-describedby=" cf-error"`, `aria-invalid="true"`,
		`aria-hidden="true"`, "<p>Benvenuti, part</p>",
	} {
		assert.Contains(t, body, want)
	}
	assert.NotContains(t, body, "style=", "the policy forbids it")
	assert.NotRegexp(t, `<script[^>]*>[^<]`, body, "the policy forbids it")
	policy := w.Header().Get("Content-Security-Policy")
	assert.Contains(t, policy, "default-src 'none'; script-src 'self'; ")
	assert.Contains(t, policy, "frame-ancestors 'none'")
	assert.Equal(t, "no-store", w.Header().Get("Cache-Control"))
	assert.NotEmpty(t, w.Header().Get("Strict-Transport-Security"))
	assert.Equal(t, "__Host-lang=en; Path=/; Max-Age=31536000; HttpOnly; Secure; SameSite=Lax",
		ask(h, "GET", "/?lang=en").Header().Get("Set-Cookie"))
	assert.Equal(t, http.StatusNotFound, ask(h, "GET", "/none").Code)
	assert.Empty(t, ask(h, "HEAD", "/").Body.String())
}

func TestForeignForm(t *testing.T) {
	_, h := newSite(t, nil)
	w := ask(h, "POST", "/", "Sec-Fetch-Site", "cross-site")
	assert.Equal(t, http.StatusForbidden, w.Code)
	assert.Contains(t, w.Body.String(), "altro sito")
	assert.Equal(t, http.StatusOK, ask(h, "POST", "/", "Sec-Fetch-Site", "same-origin").Code)
}

func TestAssets(t *testing.T) {
	site, h := newSite(t, nil)
	body := ask(h, "GET", "/").Body.String()
	addresses := regexp.MustCompile(`"(/assets/[^"#]+)`).FindAllStringSubmatch(body, -1)
	require.Greater(t, len(addresses), 3)
	for _, a := range addresses {
		w := ask(h, "GET", a[1])
		assert.Equal(t, http.StatusOK, w.Code, a[1])
		assert.Contains(t, w.Header().Get("Cache-Control"), "immutable")
	}
	assert.Equal(t, "text/javascript; charset=utf-8",
		ask(h, "GET", site.Asset("app.js")).Header().Get("Content-Type"))
	for _, none := range []string{"/assets/", "/assets/x/site.css", site.Asset("app.js") + "x",
		"/assets/site.css"} {
		assert.Equal(t, http.StatusNotFound, ask(h, "GET", none).Code, none)
	}
	assert.Empty(t, site.Asset("none"))
}

// If a template fails, the answer is status 500 without a part of the page, and the log has no data of the
// page.
func TestFault(t *testing.T) {
	var log bytes.Buffer
	site, _ := newSite(t, func(c *web.Config) {
		c.Log = slog.New(slog.NewTextHandler(&log, nil))
		c.Pages = pages(`{{define "main"}}{{t .Data}}{{end}}`)
	})
	for _, name := range []string{"x", "none"} {
		w := httptest.NewRecorder()
		site.Render(w, httptest.NewRequest("GET", "/", nil), http.StatusOK, name, "secret")
		assert.Equal(t, http.StatusInternalServerError, w.Code)
		assert.NotContains(t, w.Body.String(), "<html")
	}
	assert.NotContains(t, log.String(), "secret")
	assert.Contains(t, log.String(), "page=x")
}

func TestNewRefuses(t *testing.T) {
	tests := map[string]web.Config{
		"Pages is missing": {},
		"two pages":        {Pages: append(pages(""), pages("")...)},
		"unclosed action":  {Pages: pages("{{")},
		"two static files": {Pages: pages(""), Assets: []fs.FS{fstest.MapFS{"site.css": {}}}},
		"another file too": {Pages: pages(""), Texts: []web.Texts{web.MustReadTexts(texts()),
			web.MustReadTexts(texts())}},
		"home.age replaces no text": {Pages: pages(""), Words: web.MustReadTexts(texts())},
		"not defined":               {Pages: pages("{{none}}")},
		"unexpected \"}\"":          {Pages: pages("{{t }")},
	}
	for want, c := range tests {
		_, err := web.New(c)
		assert.ErrorContains(t, err, want)
	}
}

func TestTexts(t *testing.T) {
	own := web.MustReadTexts(texts())
	assert.Equal(t, []string{"home.age", "home.title"}, own.Keys())
	text, ok := own.Say("de", "home.age", 5)
	assert.Equal(t, "Seit 5 Tagen", text)
	assert.True(t, ok)
	text, _ = own.Say("xx", "home.title")
	assert.Equal(t, "Benvenuti", text)
	_, ok = own.Say("de", "none")
	assert.False(t, ok)

	text, ok = web.Texts{}.Say("it", "home.title")
	assert.Empty(t, text)
	assert.False(t, ok)
	text, _ = web.MustReadTexts(fiveTimes(`{"k": "100%%"}`)).Say("it", "k")
	assert.Equal(t, "100%", text)
}

// A body's own texts need Italian only. In another language the text that they replace stays, and a text of a
// page of the body's own is Italian.
func TestTextsInItalianOnly(t *testing.T) {
	files := fstest.MapFS{"words/it.json": {Data: []byte(`{"home.title": "Salve"}`)}}
	own, err := web.ReadTexts(files)
	require.NoError(t, err)
	text, ok := own.Say("sl", "home.title")
	assert.True(t, ok)
	assert.Equal(t, "Salve", text)
	_, handler := newSite(t, func(c *web.Config) { c.Words = own })
	assert.Contains(t, ask(handler, http.MethodGet, "/?lang=it").Body.String(), "Salve")
	german := ask(handler, http.MethodGet, "/?lang=de").Body.String()
	assert.NotContains(t, german, "Salve")
	assert.Contains(t, german, "Willkommen")

	files["words/de.json"] = &fstest.MapFile{Data: []byte(`{}`)}
	_, err = web.ReadTexts(files)
	assert.ErrorContains(t, err, "words/de.json: home.title is missing")
}

func fiveTimes(text string) fstest.MapFS {
	files := fstest.MapFS{}
	for _, lang := range web.Languages() {
		files["words/"+lang+".json"] = &fstest.MapFile{Data: []byte(text)}
	}
	return files
}

func TestReadTextsRefuses(t *testing.T) {
	for text, want := range map[string]string{
		`{}`:                      "words/en.json: k is missing",
		`{"k": "%s"}`:             "words/en.json: k has other placeholders",
		`{"k": ""}`:               "words/en.json: k is empty",
		`{"k": "%d", "k": "%d"}`:  "words/en.json: k stands twice",
		`{"k": "%d", "m": "x"}`:   "words/it.json: m is missing",
		`{"k": 1}`:                "words/en.json: k is no text",
		`k`:                       "words/en.json: ",
		`{"k": "%d"} {"k": "%d"}`: "words/en.json: ",
		"":                        "words/en.json: ",
	} {
		files := fiveTimes(`{"k": "%d"}`)
		files["words/en.json"].Data = []byte(text)
		_, err := web.ReadTexts(files)
		assert.ErrorContains(t, err, want)
		assert.Panics(t, func() { web.MustReadTexts(files) })
	}
	_, err := web.ReadTexts(fstest.MapFS{})
	assert.ErrorIs(t, err, fs.ErrNotExist)
	_, err = web.ReadTexts(fiveTimes(`{"k": {"of": "a group"}}`))
	assert.Error(t, err)
}

func TestDay(t *testing.T) {
	at := time.Date(2026, 3, 31, 23, 30, 0, 0, time.UTC).In(web.Rome()) // there it is the next day
	want := map[string]string{"it": "1 aprile 2026", "en": "1 April 2026", "de": "1. April 2026",
		"fr": "1 avril 2026", "sl": "1. aprila 2026", "xx": "1 aprile 2026"}
	for lang, day := range want {
		assert.Equal(t, day, web.Day(lang, at))
	}
	assert.Empty(t, web.Day("it", time.Time{}))
	for _, lang := range web.Languages() {
		names := map[string]bool{}
		for month := range 12 {
			day := web.Day(lang, time.Date(2026, time.January+time.Month(month), 10, 12, 0, 0, 0, time.UTC))
			assert.Regexp(t, `^10\.? \p{L}{3,} 2026$`, day)
			names[day] = true
		}
		assert.Len(t, names, 12)
	}
}

// Times are shown in the zone of the site, and so is the last day of what ends at midnight there. A date is
// the same in every zone.
func TestZone(t *testing.T) {
	const days = `{{define "title"}}x{{end}}{{define "main"}}` +
		`[{{day .Data.At}} {{clock .Data.At}} | {{lastDay .Data.Ends}} | {{date .Data.Date}}]{{end}}`
	for name, want := range map[string]string{
		"":                   "[1 aprile 2026 00:30 | 31 marzo 2026 | 1 aprile 2026]",
		"America/New_York":   "[31 marzo 2026 18:30 | 31 marzo 2026 | 1 aprile 2026]",
		"Pacific/Kiritimati": "[1 aprile 2026 12:30 | 31 marzo 2026 | 1 aprile 2026]",
	} {
		var zone *time.Location
		if name != "" {
			var err error
			zone, err = time.LoadLocation(name)
			require.NoError(t, err)
		}
		site, _ := newSite(t, func(c *web.Config) {
			c.Zone = zone
			c.Pages = append(c.Pages, fstest.MapFS{"days.gohtml": {Data: []byte(days)}})
		})
		assert.Equal(t, cmp.Or(zone, web.Rome()), site.Zone())
		w := httptest.NewRecorder()
		site.Render(w, httptest.NewRequest(http.MethodGet, "/", nil), http.StatusOK, "days",
			struct{ At, Ends, Date time.Time }{
				time.Date(2026, 3, 31, 22, 30, 0, 0, time.UTC),
				time.Date(2026, 4, 1, 0, 0, 0, 0, site.Zone()),
				time.Date(2026, 4, 1, 12, 0, 0, 0, time.UTC),
			})
		assert.Contains(t, w.Body.String(), want, name)
	}
}

// For any input, either every text exists in every language, or there is an error and no text.
func FuzzTexts(f *testing.F) {
	f.Add(`{"a": "Benvenuti", "b": "Da %d giorni"}`, `{"a": "Welcome", "b": "For %d days"}`)
	f.Add(`{"k": "%"}`, `{"k": "{x}", "k": ""}`)
	f.Fuzz(func(t *testing.T, italian, other string) {
		files := fiveTimes(other)
		files["words/it.json"].Data = []byte(italian)
		read, err := web.ReadTexts(files)
		if err != nil {
			assert.Empty(t, read)
			return
		}
		for _, key := range read.Keys() {
			for _, lang := range web.Languages() {
				text, ok := read.Say(lang, key)
				assert.True(t, ok && strings.TrimSpace(text) != "", "%s in %s", key, lang)
			}
		}
	})
}

// redrawn is the data of a page that other languages must not empty.
type redrawn string

func (r redrawn) Redraw() string { return string(r) }

func TestRedraw(t *testing.T) {
	site, _ := newSite(t, func(c *web.Config) {
		c.Pages = append(c.Pages, fstest.MapFS{"form.gohtml": {Data: []byte(`{{define "main"}}{{end}}`)}})
	})
	for path, want := range map[redrawn]string{
		"/form": `form="redraw" formnovalidate formaction="/form?lang=de"`, "": `<a href="?lang=de"`,
	} {
		w := httptest.NewRecorder()
		site.Render(w, httptest.NewRequest(http.MethodPost, "/form", nil), http.StatusOK, "form", path)
		assert.Contains(t, w.Body.String(), want)
		_, button, _ := strings.Cut(w.Body.String(), `form="redraw"`)
		assert.NotContains(t, button[:min(len(button), 100)], "formaction", "Enter changes no language")
	}
	assert.True(t, web.Redraws(httptest.NewRequest(http.MethodPost, "/form?lang=de", nil)))
	assert.False(t, web.Redraws(httptest.NewRequest(http.MethodPost, "/form", nil)))
	assert.False(t, web.Redraws(httptest.NewRequest(http.MethodGet, "/form?lang=de", nil)))
}
