// Package page is the checking desk's web page: scan, type the codice fiscale, read one big answer, and go on to the second
// level where the benefit needs it.
//
// Nothing about a person is kept: what a form brings is used for its answer and forgotten, and what the second level needs
// again travels in the page itself, sealed with a key of this process (see inquiry.go). The server keeps the access tokens of
// the operators who logged in, and a list of the shift without personal data.
package page

import (
	"context"
	"crypto/rand"
	"embed"
	"io/fs"
	"net/http"
	"time"

	"github.com/qr-invalidita/attesta/examples/internal/seal"
	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/benefit"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/page/answer"
	"github.com/qr-invalidita/attesta/verifier/page/web"
)

//go:embed pages/*.gohtml
var templates embed.FS

//go:embed assets
var assets embed.FS

//go:embed texts.txt
var texts string

// Templates are the pages for [web.Config].
func Templates() fs.FS { return templates }

// Assets are the scripts for [web.Config].
func Assets() fs.FS { return assets }

// Texts are the words of the pages.
func Texts() (web.Texts, error) { return web.ParseTexts("verifier/internal/page/texts.txt", texts) }

// askTimeout bounds one question to the issuer.
const askTimeout = 20 * time.Second

// Pages serves the desk. Site, Texts, Client and Shift must be set.
type Pages struct {
	Site   *web.Site
	Texts  web.Texts
	Client *verifier.Client
	// Catalogue is what the desk can ask for.
	Catalogue benefit.Catalogue
	// Offline never asks the issuer: the paper alone is judged.
	Offline bool
	// Operators logs people in for the second level; nil: this desk stays at the first.
	Operators *Operators
	Shift     *Shift

	readers chan struct{} // bounds the pictures that are read at a time
	box     seal.Box
}

// Register mounts the pages.
func (p *Pages) Register(mux *http.ServeMux) {
	p.readers = make(chan struct{}, 2)
	p.box.Now = time.Now
	rand.Read(p.box.Key[:])
	mux.HandleFunc("GET /{$}", p.start)
	mux.HandleFunc("POST /check", p.check)
	mux.HandleFunc("GET /check", toStart)
	mux.HandleFunc("POST /receipt", p.receipt)
	mux.HandleFunc("GET /shift", p.shift)
	mux.HandleFunc("POST /shift/clear", p.clearShift)
	if p.Operators != nil {
		mux.HandleFunc("GET /operator", p.logIn)
		mux.HandleFunc("POST /auth/esci", p.logOut)
		mux.HandleFunc("POST /second", p.askSecond)
		mux.HandleFunc("POST /second/code", p.requestCode)
		mux.HandleFunc("POST /second/again", p.resendCode)
		mux.HandleFunc("POST /second/answer", p.answerCode)
		mux.HandleFunc("GET /second/{rest...}", toStart)
		mux.HandleFunc("GET /second", toStart)
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		p.Site.Say(w, r, http.StatusNotFound, web.Message{Title: "frame.not_found_title", Text: "frame.not_found"})
	})
}

// Nav is the header's navigation.
func (p *Pages) Nav(*http.Request) []web.Link {
	return []web.Link{{Key: "desk.nav_check", Path: "/"}, {Key: "desk.nav_shift", Path: "/shift"}}
}

// Person is what the header shows of an operator who is logged in: that there is one.
func (p *Pages) Person(r *http.Request) string {
	if p.Operators == nil {
		return ""
	}
	if _, ok := p.Operators.with(r.Context(), r); !ok {
		return ""
	}
	text, _ := p.Texts.Say(web.Language(r), "desk.logged_in")
	return text
}

// toStart is where somebody lands who reloads the address of an answer: it was shown once.
func toStart(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/", http.StatusSeeOther) }

// startView is the form, as it is filled in.
type startView struct {
	QR, CF, Benefit, Case string
	// Inquiry holds the codice fiscale that was typed before, sealed; the field for it is then empty.
	Inquiry string
	// CFError, QRError and CaseError are keys of texts.
	CFError, QRError, CaseError string
	Groups                      []answer.Group
	Offline                     bool
}

func (p *Pages) start(w http.ResponseWriter, r *http.Request) {
	p.form(w, r, http.StatusOK, startView{})
}

func (p *Pages) form(w http.ResponseWriter, r *http.Request, code int, v startView) {
	v.Offline = p.Offline
	v.Groups = answer.Groups(language(r), p.Catalogue, answer.Today())
	if _, err := answer.ReadCF(v.CF); err == nil {
		v.CF, v.Inquiry = "", p.seal(inquiry{CF: v.CF})
	}
	p.Site.Render(w, r, code, "desk-start", v)
}

func language(r *http.Request) status.Language { return status.Language(web.Language(r)) }

// resultView is an answer, with what a second question about the same person needs.
type resultView struct {
	answer.Answer
	Inquiry string
	// Second offers the second level.
	Second bool
}

// check answers the form: from the text, or else from the photo.
func (p *Pages) check(w http.ResponseWriter, r *http.Request) {
	f, ok := p.read(w, r)
	if !ok {
		return
	}
	cf, err := answer.ReadCF(f.CF)
	if f.CF != "" || !p.Offline {
		f.CFError = answer.CFKey(err)
	}
	if f.CFError != "" || f.QRError != "" || f.CaseError != "" {
		p.form(w, r, http.StatusUnprocessableEntity, f)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), askTimeout)
	defer cancel()
	var report verifier.Report
	if p.Offline {
		report = p.Client.Check(f.QR, cf)
	} else {
		report = p.Client.FirstLevel(ctx, f.QR, cf, verifier.FirstLevelOptions{Benefit: f.Benefit, CaseNumber: f.Case})
	}
	p.Shift.add(p.Client, report, 1, f.Benefit)
	v := resultView{Answer: answer.Of(language(r), report, p.Catalogue),
		Inquiry: p.seal(inquiry{QR: f.QR, CF: cf.Reveal(), Benefit: f.Benefit})}
	if f.Benefit != "" && v.Benefit == "" {
		v.Benefit = answer.Title(language(r), p.Catalogue, f.Benefit)
	}
	v.Second = p.Operators != nil && (v.SecondLevel || report.Verdict == verifier.Confirmed)
	p.Site.Render(w, r, http.StatusOK, "desk-result", v)
}
