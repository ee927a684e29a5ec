// Package page has the checking pages as an [http.Handler]: the form with the QR and the codice fiscale, the
// answer of the first level, the request and the code of the second level, the receipt. The issuing body
// mounts it at the address in the QR, which a telephone's camera then opens; a checking desk mounts it at
// its root. Make it with [New].
//
// It asks the issuer through verifier.Client and knows of the person only what the issuer answers.
//
// # What is kept
//
// Nothing about the person stays on the server. The QR's text and the codice fiscale are typed once; from
// then on they travel in the page itself, encrypted with [Config.Key] (see inquiry.go), so that neither a
// page that was printed or saved nor a browser's cache shows them. A codice fiscale is in clear only in the
// field into which it is typed, and only while it is mistyped. No address holds any of it.
//
// To log in, an operator leaves these pages in the middle of the work. What was typed then waits in a cookie
// of the operator's own browser, encrypted in the same way, for ten minutes, for these pages only, and is
// deleted as soon as it is used. A record in a session store of the server would be a list, on disk, of
// people whose disability somebody wants to know.
//
// # What is not checked
//
// Nobody logs in for the first level, and nothing here limits how often it is asked: the issuer's service
// does. Requests from other sites are refused by [web.Site.Secure], which the pages apply by themselves only
// if [Config.Site] is nil.
package page

import (
	"crypto/rand"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/benefit"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/api"
	"github.com/qr-invalidita/attesta/verifier/page/internal/seal"
	"github.com/qr-invalidita/attesta/verifier/page/web"
)

//go:embed pages/*.gohtml
var templates embed.FS

//go:embed assets
var assets embed.FS

//go:embed words/*.json
var wordFiles embed.FS

// Templates returns the pages, for a site of the embedder's own; see [Config.Site].
func Templates() fs.FS { return templates }

// Assets returns the scripts of the pages, for a site of the embedder's own.
func Assets() fs.FS { return assets }

// Texts returns the texts of the pages, for a site of the embedder's own.
func Texts() web.Texts { return web.MustReadTexts(wordFiles) }

// Operators is the login that the second level asks for.
type Operators interface {
	// Operator returns who is logged in in the browser behind the request. It reports false if nobody is.
	Operator(r *http.Request) (Operator, bool)
	// LoginPath returns the path of the page on which an operator logs in. From there the browser comes back to
	// the path given.
	LoginPath(back string) string
}

// Operator is who asks at the second level.
type Operator struct {
	// Organisation is the body that the login vouches for. If it is empty, the operator declares one.
	Organisation string
}

// Config says what the pages are made of. Client must be set.
type Config struct {
	// Client returns the client that asks the issuer for the browser behind the request, and for the operator
	// who is logged in there. It is called for each question, so that the keys of the client may change. If
	// there is an error, the answer is "cannot tell".
	Client func(*http.Request) (*verifier.Client, error)
	// Path is where the handler is mounted, such as /q. The empty path is the root.
	Path string
	// Catalogue has the benefits that can be asked for, such as benefit.Default.
	Catalogue benefit.Catalogue
	// Operators logs people in for the second level. If it is nil, there is no second level.
	Operators Operators
	// Channels are the ways in which the operator may ask for the code to be sent, beside the one that the
	// person chose: sms, voice, list.
	Channels []string
	// Offline judges the document alone and never asks the issuer.
	Offline bool
	// Scan adds the camera, and reads the QR out of a photo or a PDF. A photo that the browser does not read is
	// read by the server: that costs about a second and at worst 400 MiB, for two photos at a time.
	Scan bool
	// Shift lists what was answered. If it is nil, there is no list.
	Shift *Shift
	// Key encrypts what travels in pages and cookies, and is the same on all machines. If it is zero, New makes
	// one, which is enough for a single process.
	Key [32]byte
	// HTTPS says that browsers reach the pages over https only.
	HTTPS bool
	// Site renders the pages, with [Templates], [Assets] and [Texts] among its own; whoever serves it applies
	// its Secure and mounts its Assets. If it is nil, the pages have a site of their own below Path, for which
	// Name, Words and Log count.
	Site *web.Site
	// Name is the body whose pages these are, as the header says it.
	Name string
	// Words replace texts of the same key, such as q.title; see [web.ReadTexts]. The keys are those of
	// words/it.json beside this package and beside package web.
	Words web.Texts
	// Log takes faults of the templates; nil discards them.
	Log *slog.Logger
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// Pages serves the checking pages. Make it with [New]; it is safe for concurrent use.
type Pages struct {
	config  Config
	handler http.Handler
	box     seal.Box
	readers chan struct{} // bounds the photos that are read at a time
}

// askTimeout bounds one question to the issuer.
const askTimeout = 20 * time.Second

// maxForm is the longest form in bytes: a QR's text and a sealed inquiry, with room to spare.
const maxForm = 16 << 10

// The paths below Config.Path.
const (
	pathSecond  = "/second"
	pathCode    = "/code"
	pathResend  = "/code/resend"
	pathAnswer  = "/code/answer"
	pathReceipt = "/receipt"
	pathShift   = "/shift"
	pathClear   = "/shift/clear"
)

var mountPath = regexp.MustCompile(`^(/[A-Za-z0-9_-]+)*$`)

// New returns the pages. The error says which field of the Config is wrong.
func New(c Config) (*Pages, error) {
	if c.Client == nil {
		return nil, errors.New("page: Client is missing")
	}
	if !mountPath.MatchString(c.Path) {
		return nil, errors.New("page: Path is not empty and not of the form /q")
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Key == ([32]byte{}) {
		rand.Read(c.Key[:])
	}
	p := &Pages{config: c, box: seal.Box{Key: c.Key, Now: c.Now}, readers: make(chan struct{}, 2)}
	mux := p.mux()
	p.handler = mux
	if c.Site == nil {
		var err error
		p.config.Site, err = web.New(
			web.Config{Name: c.Name, Base: c.Path, Pages: []fs.FS{templates}, Assets: []fs.FS{assets},
				Texts: []web.Texts{Texts()}, Words: c.Words, HTTPS: c.HTTPS, WebAssembly: c.Scan, Log: c.Log},
		)
		if err != nil {
			return nil, fmt.Errorf("page: %w", err)
		}
		mux.Handle("GET "+c.Path+"/assets/", p.config.Site.Assets())
		p.handler = p.config.Site.Secure(mux)
	}
	return p, nil
}

// ServeHTTP serves all paths at and below [Config.Path].
func (p *Pages) ServeHTTP(w http.ResponseWriter, r *http.Request) { p.handler.ServeHTTP(w, r) }

func (p *Pages) mux() *http.ServeMux {
	mux := http.NewServeMux()
	post := func(path string, page http.HandlerFunc) {
		mux.HandleFunc("POST "+p.config.Path+path, func(w http.ResponseWriter, r *http.Request) {
			r.Body = http.MaxBytesReader(w, r.Body, maxForm)
			if r.ParseForm() != nil {
				p.gone(w, r)
				return
			}
			page(w, r)
		})
	}
	root := p.config.Path
	if root == "" {
		root = "/{$}"
	}
	mux.HandleFunc("GET "+root, p.empty)
	mux.HandleFunc("POST "+root, p.check)
	mux.HandleFunc("GET "+p.config.Path+pathSecond, p.resume)
	post(pathSecond, p.second)
	post(pathCode, p.ask)
	post(pathResend, p.resend)
	post(pathAnswer, p.answer)
	post(pathReceipt, p.receipt)
	// A link to another language, or the history, leads to the address of an answer to a form: it was shown
	// once.
	for _, path := range []string{pathCode, pathResend, pathAnswer, pathReceipt} {
		mux.Handle("GET "+p.config.Path+path, http.RedirectHandler(p.at().At(""), http.StatusSeeOther))
	}
	if p.config.Shift != nil {
		mux.HandleFunc("GET "+p.config.Path+pathShift, p.shift)
		post(pathClear, p.clearShift)
	}
	mux.HandleFunc("/", p.elsewhere)
	return mux
}

// carried is what may stand behind the # of a QR: the token as digits or as a JWS, or that of a later version.
// A token has at most maxCarried bytes (token/FORMAT.md).
var carried = regexp.MustCompile(`^[A-Za-z0-9_.-]+$`)

const maxCarried = 1024

// elsewhere answers at addresses that lead nowhere. Some programs escape the # when they open the address in
// a QR, so that the token comes to the server: the browser is sent to the address that was meant.
func (p *Pages) elsewhere(w http.ResponseWriter, r *http.Request) {
	form := p.at().At("")
	text, escaped := strings.CutPrefix(r.URL.Path, form+"#")
	if escaped && r.Method == http.MethodGet && len(text) <= maxCarried && carried.MatchString(text) {
		http.Redirect(w, r, form+"#"+text, http.StatusSeeOther)
		return
	}
	p.config.Site.Say(w, r, http.StatusNotFound,
		web.Message{Title: "frame.not_found_title", Text: "frame.not_found", Next: form})
}

// place is Config.Path, for the addresses in templates.
type place string

// At returns the address of a path below the pages; that of the empty path is the form.
func (p place) At(path string) string {
	if p == "" && path == "" {
		return "/"
	}
	return string(p) + path
}

func (p *Pages) at() place { return place(p.config.Path) }

// today is the day in Italy.
func (p *Pages) today() status.Date { return status.DateOf(p.config.Now().In(web.Rome())) }

// client returns the client for one question. If there is none, the report says that the issuer does not
// answer.
func (p *Pages) client(r *http.Request) (*verifier.Client, verifier.Report) {
	client, err := p.config.Client(r)
	if err != nil {
		problem := api.NewProblem(api.Unavailable)
		return nil, verifier.Report{Code: api.CodeUnavailable, Problem: &problem}
	}
	return client, verifier.Report{}
}

// gone answers a form that is incomplete or too old to go on with.
func (p *Pages) gone(w http.ResponseWriter, r *http.Request) {
	p.config.Site.Say(
		w,
		r,
		http.StatusBadRequest,
		web.Message{Title: "q.gone_title", Text: "q.gone", Next: p.at().At(""), NextText: "q.new"},
	)
}

func language(r *http.Request) status.Language { return status.Language(web.Language(r)) }
