// Package web renders the checking pages and the other pages of their site. It has the frame in the style of
// bootstrap-italia, the texts in five languages, the security headers and the static files.
//
// A program makes one [Site] from its page templates and its texts and calls [Site.Render] in its handlers:
//
//	//go:embed pages/*.gohtml words/*.json
//	var files embed.FS
//
//	texts, err := web.ReadTexts(files)
//	site, err := web.New(web.Config{
//		Name: "Ente di prova", Pages: []fs.FS{files}, Texts: []web.Texts{texts},
//	})
//	mux.Handle("GET /assets/", site.Assets())
//	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
//		site.Render(w, r, http.StatusOK, "home", data)
//	})
//	http.Server{Handler: site.Secure(mux)}
//
// # Pages
//
// A page NAME is the file NAME.gohtml, in any folder of the file system. It defines the templates "title" and
// "main", and may define "head" for its scripts. Inside, dot is a [View], whose Data comes from the handler.
// The functions are
//
//	t "key" args...     the text in the language of the page, with args formatted into its verbs
//	day TIME            a date in words: 27 novembre 2026
//	clock TIME          an hour: 14:05
//	asset "file"        the address of a static file, which changes with its content
//	icon "it-check"     a decorative icon of the sprite (hidden from screen readers)
//	dict "k" v ...      a map, to pass several values to a template
//
// The frame also has partial templates, in the files of templates/. A file NAME.part.gohtml is not a page;
// all pages can use its templates.
//
// # Style
//
// The style sheet is bootstrap-italia without JavaScript, reduced to the classes in the templates and scripts
// of this repository. To use another class, run make.sh; CI runs it too and compares. The additions to
// bootstrap-italia are in assets/site.css. If the templates of a site use other classes, the site adds their
// styles to its Assets.
package web

import (
	"bytes"
	"cmp"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"
)

//go:embed templates/*.gohtml
var templates embed.FS

//go:embed pages/*.gohtml
var framePages embed.FS

// Config is an application's part of a site. Pages must be set.
type Config struct {
	// Name is the name of the body, shown in the header of each page and after each title.
	Name string
	// Base is the path below which the site lives, such as /q; empty means the root. The name in the header
	// leads there, and the static files are below it.
	Base string
	// Pages hold the page templates, *.gohtml. A page must not occur in two of them.
	Pages []fs.FS
	// Texts are the application's texts. A key must not occur in two of them or in those of the frame.
	Texts []Texts
	// Words replace texts of the same key; those of other keys are an error.
	Words Texts
	// Assets hold the application's static files, served by base name beside those of the frame.
	Assets []fs.FS
	// Nav returns the links in the header for a request; nil means none.
	Nav func(*http.Request) []Link
	// Person returns the name of the person who is logged in, for the header. A nil Person or an empty name
	// means that nobody is.
	Person func(*http.Request) string
	// Footer has the links at the foot of every page.
	Footer Footer
	// Zone is that of the dates and times on the pages; nil means Europe/Rome.
	Zone *time.Location
	// Demo shows a banner on each page that says that everything on it is invented.
	Demo bool
	// HTTPS means that browsers reach the site over https only; cookies and a header then require it.
	HTTPS bool
	// Log receives errors of the templates; nil discards them.
	Log *slog.Logger
}

// Link is one entry of the header's navigation: the key of its text and a local path.
type Link struct{ Key, Path string }

// Site renders pages. Make it with [New]; it is safe for concurrent use.
type Site struct {
	config Config
	assets assets
	texts  Texts
	pages  map[string]map[string]*template.Template // by language and page
}

// New parses every page in every language. An error names the page, text or file that is wrong.
func New(c Config) (*Site, error) {
	s := &Site{config: c, pages: make(map[string]map[string]*template.Template)}
	if len(c.Pages) == 0 {
		return nil, errors.New("web: Pages is missing")
	}
	if err := c.Footer.Check(); err != nil {
		return nil, err
	}
	if s.config.Zone == nil {
		s.config.Zone = rome
	}
	if s.config.Log == nil {
		s.config.Log = slog.New(slog.DiscardHandler)
	}
	var err error
	if s.texts, err = merge(append([]Texts{frameTexts()}, c.Texts...)); err != nil {
		return nil, fmt.Errorf("web: %w", err)
	}
	if err := s.texts.replace(c.Words); err != nil {
		return nil, fmt.Errorf("web: %w", err)
	}
	if s.assets, err = loadAssets(c.Base, c.Assets); err != nil {
		return nil, fmt.Errorf("web: %w", err)
	}
	for _, lang := range Languages() {
		if s.pages[lang], err = s.parse(lang); err != nil {
			return nil, fmt.Errorf("web: %w", err)
		}
	}
	return s, nil
}

// parse parses the pages with the functions of the language.
func (s *Site) parse(lang string) (map[string]*template.Template, error) {
	frame, err := template.New("frame").Funcs(s.functions(lang, s.texts)).ParseFS(templates,
		"templates/*.gohtml")
	if err != nil {
		return nil, err
	}
	pages := make(map[string]*template.Template)
	for _, fsys := range append([]fs.FS{framePages}, s.config.Pages...) {
		err := eachTemplate(fsys, func(name, text string) error {
			if !strings.HasSuffix(name, partSuffix) {
				return nil
			}
			_, err := frame.New(name).Parse(text)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	for _, fsys := range append([]fs.FS{framePages}, s.config.Pages...) {
		err := eachTemplate(fsys, func(name, text string) error {
			if strings.HasSuffix(name, partSuffix) {
				return nil
			}
			page := template.Must(frame.Clone()) // impossible to fail before the frame's first execution
			if _, err := page.New(name).Parse(text); err != nil {
				return err
			}
			if name = strings.TrimSuffix(name, ".gohtml"); pages[name] != nil {
				return fmt.Errorf("two pages are called %s", name)
			}
			pages[name] = page
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return pages, nil
}

const partSuffix = ".part.gohtml"

// eachTemplate calls do with the base name and the text of every template.
func eachTemplate(fsys fs.FS, do func(name, text string) error) error {
	return fs.WalkDir(fsys, ".", func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || path.Ext(file) != ".gohtml" {
			return err
		}
		text, err := fs.ReadFile(fsys, file)
		if err != nil {
			return err
		}
		return do(path.Base(file), string(text))
	})
}

// Text returns the text of a key for use outside a page, such as in a letter, or "" if there is none.
func (s *Site) Text(lang, key string, args ...any) string {
	text, ok := s.texts.Say(lang, key, args...)
	if !ok {
		return ""
	}
	return text
}

// View is the data of a page's templates.
type View struct {
	// Lang is the page's language.
	Lang string
	// Site is the name of the body. Person is the name of the person who is logged in, or empty.
	Site, Person string
	// Footer has the links of the Config's Footer that are set.
	Footer []Link
	// Path is the path of the request, Home that of the first page.
	Path, Home string
	Nav        []Link
	Demo       bool
	// Redraw is that of a [Redrawer]; empty means that the languages are links.
	Redraw string
	// Data is the data from the handler.
	Data any

	query url.Values
}

// Languages returns the languages, for the frame.
func (View) Languages() []string { return Languages() }

// In returns the address of the same page in another language.
func (v View) In(lang string) string {
	q := maps.Clone(v.query)
	if q == nil {
		q = make(url.Values)
	}
	q.Set("lang", lang)
	return "?" + q.Encode()
}

// Here reports whether a link of the navigation leads to this page or to one above it.
func (v View) Here(link Link) bool {
	to, _, _ := strings.Cut(link.Path, "?")
	return v.Path == to || to != "/" && strings.HasPrefix(v.Path, to+"/")
}

// Render writes a page in the language of the request, with a header that forbids caching. If the template
// fails, the status is 500 and the error goes to the log.
func (s *Site) Render(w http.ResponseWriter, r *http.Request, status int, page string, data any) {
	lang := Language(r)
	v := View{
		Lang:   lang,
		Site:   s.config.Name,
		Path:   r.URL.Path,
		Home:   s.home(),
		Footer: s.config.Footer.links(),
		Demo:   s.config.Demo,
		Data:   data,
		query:  r.URL.Query(),
	}
	if d, ok := data.(Redrawer); ok {
		v.Redraw = d.Redraw()
	}
	if s.config.Nav != nil {
		v.Nav = s.config.Nav(r)
	}
	if s.config.Person != nil {
		v.Person = s.config.Person(r)
	}
	var body bytes.Buffer
	t := s.pages[lang][page]
	err := errors.New("no such page")
	if t != nil {
		err = t.ExecuteTemplate(&body, "frame", v)
	}
	if err != nil {
		s.config.Log.ErrorContext(r.Context(), "page failed", "page", page, "cause", fmt.Sprintf("%T", err))
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", lang)
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		body.WriteTo(w) // an error means that the browser has disconnected
	}
}

func (s *Site) home() string { return cmp.Or(s.config.Base, "/") }

// Message is the data of the page "message", a plain answer: a title, a text and one link.
type Message struct {
	// Title and Text are keys of texts; Args are the arguments of Text.
	Title, Text string
	Args        []any
	// Next is the path of the link and NextText the key of its text; empty means the first page.
	Next, NextText string
	// Icon and Tone set the look; empty means a warning. The partial "answer" lists the tones.
	Icon, Tone string
}

// Say renders a [Message] as a page of its own.
func (s *Site) Say(w http.ResponseWriter, r *http.Request, status int, m Message) {
	m.Next = cmp.Or(m.Next, s.home())
	m.NextText = cmp.Or(m.NextText, "frame.home")
	m.Icon = cmp.Or(m.Icon, "it-warning-circle")
	m.Tone = cmp.Or(m.Tone, "unknown")
	s.Render(w, r, status, "message", m)
}
