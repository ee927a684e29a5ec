// Package page serves the checking pages: the form with the QR and the codice fiscale, the answer of the
// first level, the request and the code of the second level, and the receipt. Make the handler with [New]. An
// issuing body mounts it at the address in the QR, so a phone's camera opens it; a checking desk mounts it at
// the root.
//
// The pages ask the issuer through a verifier.Client.
//
// # What is stored
//
// The server stores nothing about the person. An operator types the QR's text and the codice fiscale once.
// From then on each page contains them in a hidden field, encrypted with [Config.Key] (see inquiry.go), so a
// printed or saved page and the browser's cache do not reveal them. A codice fiscale appears in clear only in
// its own field, and only while it is invalid. No URL contains personal data.
//
// A cookie in the operator's browser stores the inquiry, encrypted in the same way, so that nothing is lost
// when the operator goes back, reloads, changes the language, logs in, or loses the network. It goes to these
// pages only, ends five minutes after the last step (ten during a login or a question to a wallet), and is
// deleted by "next person", which is the form's path with ?new. It never holds a detail: that is shown once,
// and then only what was asked is left. A form is answered with a redirect, so no answer in the browser's
// history belongs to a form. All tabs of the browser share the cookie, so it and the page's URL name the tab
// (?tab=). A tab never shows another one's person; its form has a link to that check.
// A session store on the server would be a list of people whose disability was asked about.
//
// A desk is chosen once, at the path /desk: the benefit, the organisation and purpose of the second level,
// and whether the check sends itself. A cookie remembers it on the device for a year. It says nothing about
// people. It is not sealed, so its content is checked like that of a form.
//
// The browser remembers whether the device vibrates and sounds for an answer (localStorage, "signals"), and
// whether the camera begins by itself ("camera").
//
// # The card in the app
//
// If [Config.Cards] is set, the form also asks for the European Disability Card in a wallet on the person's
// phone, for the benefits that the card decides (benefit.Benefit.Card). The phone reads a QR on the screen,
// or the app on the same device comes back to the page. The operator then sees the card's picture or name
// and says whether it is the person's; without that there is no yes. Every other end is "cannot tell", or a
// no if the card itself is false, expired or revoked. The answer is in the same box, with its own receipt.
//
// The question's secret is in the sealed cookie, so only this browser and tab get the answer. The picture
// has a URL of its own, is never stored, and goes with the operator's answer or the next person.
//
// # The tessera sanitaria
//
// The camera and a USB scanner read the codice fiscale from the barcode of the person's tessera sanitaria
// (Code 39), the camera not where WebAssembly is refused. The check letter must be valid, and two pictures of
// the camera must agree; other barcodes are passed over. The card has no photo, so the answer says that a
// document is to be compared.
//
// # What is not checked
//
// The first level has no login, and the pages do not limit the number of checks: the issuer's service does.
// [web.Site.Secure] refuses forms from other sites. If [Config.Site] is set, its owner must apply Secure.
package page

import (
	"crypto/rand"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
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

// Templates returns the templates of the pages, for [Config.Site].
func Templates() fs.FS { return templates }

// Assets returns the scripts of the pages, for [Config.Site].
func Assets() fs.FS { return assets }

// Texts returns the texts of the pages, for [Config.Site].
func Texts() web.Texts { return web.MustReadTexts(wordFiles) }

// Operators is the login for the second level.
type Operators interface {
	// Operator returns the operator who is logged in in the browser of the request, or false if nobody is.
	Operator(r *http.Request) (Operator, bool)
	// LoginPath returns the path of the login page. After the login, that page redirects the browser to back,
	// which is a path with a query.
	LoginPath(back string) string
}

// An Operator is the person who asks at the second level.
type Operator struct {
	// Organisation is the operator's organisation, if the login guarantees it. If it is empty, the operator
	// types a name.
	Organisation string
}

// Config is the configuration of the pages. Client is required.
type Config struct {
	// Client returns the client that asks the issuer, with the credential of the operator who is logged in,
	// if there is one. It is called for each question. If it returns an error, the answer is "cannot tell".
	Client func(*http.Request) (*verifier.Client, error)
	// Path is the path at which the handler is mounted, such as /q; empty means the root. Some programs
	// escape the # of a QR, so also give the handler the paths that begin with Path and a decoded "#".
	Path string
	// Catalogue has the benefits to choose from, such as benefit.Default.
	Catalogue benefit.Catalogue
	// Operators is the login. If it is nil, there is no second level.
	Operators Operators
	// Purposes is the closed list of the body's purposes for the second level, a part of [Purposes]. If there
	// is only one, nobody chooses it. Nil means all.
	Purposes []string
	// Channels are the channels that the operator may choose instead of the person's own: sms, voice, list.
	Channels []string
	// Cards asks for cards in wallets, for the benefits whose row has a Card; nil means that it is not
	// offered. Offline pages do not offer it either.
	Cards Cards
	// Offline restricts the pages to [verifier.Client.Check], which does not ask the issuer.
	Offline bool
	// Photos lets the server read a photo or a PDF of the QR that the browser cannot read. That takes about a
	// second, or six for a scanned PDF, which pdftoppm draws if it is on the PATH (see package scan), and at
	// most 400 MiB for each of at most two files at a time. Six more wait, with at most 64 MiB
	// each; the next one is told to try again. The pages always have the camera, and photos and PDFs that the
	// browser reads and does not send.
	Photos bool
	// Shift is the list of the desk's answers; nil means no list.
	Shift *Shift
	// Key encrypts the inquiry in pages and cookies. It must be the same on all machines. If it is zero, New
	// makes a random key, which suits a single process.
	Key [32]byte
	// HTTPS reports that browsers reach the pages over https only.
	HTTPS bool
	// Site renders the pages. It must include [Templates], [Assets] and [Texts]; its owner applies its Secure
	// and mounts its Assets. If it is nil, New makes a site below Path from Zone, Name, Footer, Words
	// and Log.
	Site *web.Site
	// Zone is the time zone of the days and times on the pages, that of the issuer; nil means Europe/Rome.
	Zone *time.Location
	// Name is the name of the body in the header. Footer has the links at the foot of every page.
	Name   string
	Footer web.Footer
	// Words replace texts with the same key, such as q.title; see [web.ReadTexts]. The keys are those of
	// words/it.json in the folders of this package and of package web.
	Words web.Texts
	// Log receives errors of the templates; nil discards them.
	Log *slog.Logger
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// Pages is the handler of the checking pages. Make it with [New]. It is safe for concurrent use.
type Pages struct {
	config  Config
	handler http.Handler
	box     seal.Box
	photos  chan struct{} // limits the number of photos in memory
	readers chan struct{} // limits the number of photos that are read at the same time
}

// askTimeout limits the time of one question to the issuer.
const askTimeout = 20 * time.Second

// maxForm is the maximum length of a form in bytes. A QR's text and a sealed inquiry fit with ample room.
const maxForm = 16 << 10

// The paths below Config.Path.
const (
	pathDesk    = "/desk"
	pathFirst   = "/answer"
	pathDraft   = "/draft"
	pathSecond  = "/second"
	pathCode    = "/code"
	pathResend  = "/code/resend"
	pathAnswer  = "/code/answer"
	pathReceipt = "/receipt"
	pathShift   = "/shift"
	pathClear   = "/shift/clear"
)

var mountPath = regexp.MustCompile(`^(/[A-Za-z0-9_-]+)*$`)

// New returns the pages. The error names the field of the Config that is wrong.
func New(c Config) (*Pages, error) {
	if c.Client == nil {
		return nil, errors.New("page: Client is missing")
	}
	if !mountPath.MatchString(c.Path) {
		return nil, errors.New("page: Path is not empty and not of the form /q")
	}
	if err := checkPurposes(c.Purposes); err != nil {
		return nil, err
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Key == ([32]byte{}) {
		rand.Read(c.Key[:])
	}
	p := &Pages{config: c, box: seal.Box{Key: c.Key, Now: c.Now}, photos: make(chan struct{}, maxPhotos),
		readers: make(chan struct{}, maxReaders)}
	mux := p.mux()
	p.handler = mux
	if c.Site == nil {
		var err error
		p.config.Site, err = web.New(web.Config{
			Name: c.Name, Base: c.Path, Pages: []fs.FS{templates}, Assets: []fs.FS{assets},
			Texts: []web.Texts{Texts()}, Words: c.Words, Zone: c.Zone, HTTPS: c.HTTPS, Log: c.Log,
			Footer: c.Footer,
		})
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
	mux.HandleFunc("GET "+root, p.form)
	mux.HandleFunc("POST "+root, p.check)
	mux.HandleFunc("GET "+p.config.Path+pathFirst, p.first)
	post(pathDraft, p.draft)
	mux.HandleFunc("GET "+p.config.Path+pathSecond, p.resume)
	mux.HandleFunc("GET "+p.config.Path+pathDesk, p.chooseDesk)
	post(pathDesk, p.keepDesk)
	post(pathSecond, p.second)
	post(pathCode, p.ask)
	post(pathResend, p.resend)
	post(pathAnswer, p.answer)
	post(pathReceipt, p.receipt)
	mux.HandleFunc("GET "+p.config.Path+pathCode, p.showCode)
	mux.HandleFunc("GET "+p.config.Path+pathAnswer, p.detail)
	for _, path := range []string{pathResend, pathReceipt, pathDraft} {
		mux.Handle("GET "+p.config.Path+path, http.RedirectHandler(p.at().At(""), http.StatusSeeOther))
	}
	if p.config.Cards != nil {
		post(pathCard, p.askCard)
		post(pathCardAnswer, p.compareCard)
		post(pathCardReceipt, p.cardReceipt)
		mux.HandleFunc("GET "+p.config.Path+pathCard, p.card)
		mux.HandleFunc("GET "+p.config.Path+pathCardLive, p.cardLive)
		mux.HandleFunc("GET "+p.config.Path+pathCardPhoto, p.cardPhoto)
	}
	if p.config.Shift != nil {
		mux.HandleFunc("GET "+p.config.Path+pathShift, p.shift)
		post(pathClear, p.clearShift)
	}
	mux.HandleFunc("/", p.elsewhere)
	return mux
}

// carried matches the fragment of a QR: a token as digits or as a JWS, of this or a later version, with what
// a mailer took for a part of it.
var carried = regexp.MustCompile(`^[A-Za-z0-9_.-]+[."'>]{0,3}$`)

// maxCarried is the maximum length of a token in bytes (token/FORMAT.md).
const maxCarried = 1024

// elsewhere answers at unknown paths. Some programs escape the # when they open the URL of a QR, so the token
// becomes part of the path. elsewhere then redirects the browser to the intended URL.
func (p *Pages) elsewhere(w http.ResponseWriter, r *http.Request) {
	form := p.at().At("")
	text, escaped := strings.CutPrefix(r.URL.Path, form+"#")
	if escaped && r.Method == http.MethodGet && len(text) <= maxCarried && carried.MatchString(text) {
		to := url.URL{Path: form, Fragment: text}
		http.Redirect(w, r, to.String(), http.StatusSeeOther)
		return
	}
	p.config.Site.Say(w, r, http.StatusNotFound,
		web.Message{Title: "frame.not_found_title", Text: "frame.not_found", Next: form})
}

// place is Config.Path, for the links in templates.
type place string

// At returns the full path of a path below Config.Path. The empty path is the form.
func (p place) At(path string) string {
	if p == "" && path == "" {
		return "/"
	}
	return string(p) + path
}

func (p *Pages) at() place { return place(p.config.Path) }

// today returns the present day in the time zone of the pages.
func (p *Pages) today() status.Date { return status.DateOf(p.config.Now().In(p.config.Site.Zone())) }

// client returns the client for one question. If Config.Client fails, it returns nil and the report
// "unavailable".
func (p *Pages) client(r *http.Request) (*verifier.Client, verifier.Report) {
	client, err := p.config.Client(r)
	if err != nil {
		problem := api.NewProblem(api.Unavailable)
		return nil, verifier.Report{Code: api.CodeUnavailable, Problem: &problem}
	}
	return client, verifier.Report{}
}

// gone answers a form that is incomplete or whose inquiry is too old.
func (p *Pages) gone(w http.ResponseWriter, r *http.Request) {
	m := web.Message{Title: "q.gone_title", Text: "q.gone", Next: p.at().At(""), NextText: "q.new"}
	p.config.Site.Say(w, r, http.StatusBadRequest, m)
}

func language(r *http.Request) status.Language { return status.Language(web.Language(r)) }
