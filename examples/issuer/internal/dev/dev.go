// Package dev has the pages of the demonstration, below /dev: the people and what to try as each of them, their telephones and
// mailboxes, and a lever on the registry.
//
// They show codes, papers and codici fiscali to whoever looks, and let anybody change anybody's status. They are for a program
// that only its own machine reaches, or whose operator decided otherwise; mount them there and nowhere else.
package dev

import (
	"context"
	"embed"
	"io/fs"
	"net/http"
	"slices"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/qr-invalidita/attesta/examples/internal/demo"
	"github.com/qr-invalidita/attesta/examples/internal/registry"
	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/benefit"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/page/web"
	"github.com/qr-invalidita/attesta/verifier/service"
)

//go:embed pages/*.gohtml
var templates embed.FS

//go:embed assets/*.js
var assets embed.FS

//go:embed texts.txt
var texts string

// Templates returns the pages, for [web.Config].
func Templates() fs.FS { return templates }

// Assets returns the script of the pages, for [web.Config].
func Assets() fs.FS { return assets }

// Texts returns the texts of the pages, for [web.Config].
func Texts() (web.Texts, error) { return web.ParseTexts("dev/texts.txt", texts) }

// Pages are the pages below /dev.
type Pages struct {
	// Site and Outbox are needed always; [Pages.RegisterMessages] needs no more.
	Site   *web.Site
	Outbox Outbox
	// Personas are the people whom the registry was seeded with; nil where it holds others.
	Personas []demo.Persona
	// Registry is where verbali are added.
	Registry *registry.Registry
	// Issuer makes papers.
	Issuer func(context.Context) (*token.Issuer, error)
	// Client asks the service what a paper says before and after.
	Client func(service.Caller) *verifier.Client
	// Now is the clock.
	Now func() time.Time
	// Benefits is the catalogue of the service.
	Benefits benefit.Catalogue
	// Login returns the path at which to log in and from which the browser comes back to the path given.
	Login func(back string) string
	// Done ends what is live when the server shuts down; nil: never.
	Done <-chan struct{}

	streams atomic.Int32
}

// Register puts all pages onto the mux.
func (p *Pages) Register(mux *http.ServeMux) {
	p.RegisterMessages(mux)
	mux.HandleFunc("GET /dev/{$}", p.index)
	mux.HandleFunc("GET /dev/registro", p.registry)
	mux.HandleFunc("POST /dev/registro", p.emit)
}

// RegisterMessages puts only the telephones and the mailboxes onto the mux.
func (p *Pages) RegisterMessages(mux *http.ServeMux) {
	mux.HandleFunc("GET /dev/phone", p.phone)
	mux.HandleFunc("GET /dev/phone/live", func(w http.ResponseWriter, r *http.Request) { p.live(w, r, kindPhone) })
	mux.HandleFunc("GET /dev/mail", p.mail)
	mux.HandleFunc("GET /dev/mail/live", func(w http.ResponseWriter, r *http.Request) { p.live(w, r, kindMail) })
	mux.HandleFunc("GET /dev/mail/{id}/file", p.attachment)
}

// indexView lists the people.
type indexView struct {
	Citizens, Operators []personaView
	Login               string
}

type personaView struct {
	ID, Name, CF, About, Organisation string
	// Paper is a token of the persona's; Old one from before their papers were declared lost. Empty: there is none.
	Paper, Old string
	Phone      bool
}

func (p *Pages) index(w http.ResponseWriter, r *http.Request) {
	v := indexView{Login: p.Login("/area")}
	for _, who := range p.Personas {
		list := &v.Citizens
		if who.Operator {
			list = &v.Operators
		}
		*list = append(*list, p.about(r.Context(), who, web.Language(r)))
	}
	p.Site.Render(w, r, http.StatusOK, "dev-index", v)
}

func (p *Pages) about(ctx context.Context, who demo.Persona, lang string) personaView {
	v := personaView{ID: who.ID, Name: who.Given + " " + who.Family, CF: who.CF.Reveal(), About: who.About[lang],
		Organisation: who.Organisation, Phone: who.Phone != ""}
	if len(who.Verbali) == 0 {
		return v
	}
	issuer, err := p.Issuer(ctx)
	if err != nil {
		return v
	}
	v.Paper, _, _ = issuer.Issue(who.CF)
	if who.Void {
		v.Old = lostPaper(*issuer, who.CF)
	}
	return v
}

// lostPaper is one that was issued before the papers of the demonstration were declared lost, which was, as a rule, before
// the keys were made: so their dates are left out.
func lostPaper(issuer token.Issuer, cf codicefiscale.Code) string {
	issuer.Now = func() time.Time { return demo.Lost().Add(-time.Hour) }
	keys := slices.Clone(issuer.Keys)
	for i, k := range keys {
		undated := *k
		undated.Dates = token.Dates{}
		keys[i] = &undated
	}
	issuer.Keys = keys
	paper, _, _ := issuer.Issue(cf)
	return paper
}

// persona returns the one that the request names; false if it names none.
func (p *Pages) persona(id string) (demo.Persona, bool) {
	for _, who := range p.Personas {
		if who.ID == id {
			return who, true
		}
	}
	return demo.Persona{}, false
}

// failed answers where the database does not.
func (p *Pages) failed(w http.ResponseWriter, r *http.Request) {
	p.Site.Say(w, r, http.StatusServiceUnavailable, web.Message{Title: "frame.failed_title", Text: "frame.failed"})
}

func language(r *http.Request) status.Language { return status.Language(web.Language(r)) }

func number(s string) int64 {
	n, _ := strconv.ParseInt(s, 10, 64)
	return n
}
