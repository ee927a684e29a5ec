// Package dev has the demonstration pages below /dev: the personas and what to try as each, their telephones
// and mailboxes, and a page that changes the registry.
//
// The pages show codes, papers and codici fiscali to every visitor and let every visitor change a status.
// Mount them only in a program that no other machine reaches, or whose operator has allowed it.
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

//go:embed words/*.json
var wordFiles embed.FS

// Templates returns the pages, for [web.Config].
func Templates() fs.FS { return templates }

// Assets returns the script of the pages, for [web.Config].
func Assets() fs.FS { return assets }

// Texts returns the texts of the pages, for [web.Config].
func Texts() web.Texts { return web.MustReadTexts(wordFiles) }

// Pages are the pages below /dev.
type Pages struct {
	// Site and Outbox are always required; [Pages.RegisterMessages] needs nothing else.
	Site   *web.Site
	Outbox Outbox
	// Personas are the people with whom the registry was seeded; nil if it holds other people.
	Personas []demo.Persona
	// Registry receives the new verbali.
	Registry *registry.Registry
	// Signer makes papers.
	Signer func(context.Context) (*token.Signer, error)
	// Client asks the service what a paper says before and after.
	Client func(service.Caller) *verifier.Client
	// Now is the clock.
	Now func() time.Time
	// Benefits is the catalogue of the service.
	Benefits benefit.Catalogue
	// Login returns the path of the login page, from which the browser comes back to the given path. LoginAs
	// begins the login of a persona and comes back there.
	Login   func(back string) string
	LoginAs func(w http.ResponseWriter, r *http.Request, persona, back string)
	// Done ends the live streams when the server shuts down; nil means never.
	Done <-chan struct{}

	streams atomic.Int32
}

// Register adds all pages to the mux.
func (p *Pages) Register(mux *http.ServeMux) {
	p.RegisterMessages(mux)
	mux.HandleFunc("GET /dev/{$}", p.index)
	mux.HandleFunc("POST /dev/login", p.login)
	mux.HandleFunc("GET /dev/registry", p.registry)
	mux.HandleFunc("POST /dev/registry", p.emit)
}

// RegisterMessages adds only the telephones and the mailboxes.
func (p *Pages) RegisterMessages(mux *http.ServeMux) {
	mux.HandleFunc("GET /dev/phone", p.phone)
	mux.HandleFunc("GET /dev/phone/live", func(w http.ResponseWriter, r *http.Request) {
		p.live(w, r, kindPhone)
	})
	mux.HandleFunc("GET /dev/mail", p.mail)
	mux.HandleFunc("GET /dev/mail/live", func(w http.ResponseWriter, r *http.Request) {
		p.live(w, r, kindMail)
	})
	mux.HandleFunc("GET /dev/mail/{id}/file", p.attachment)
}

// indexView lists the personas.
type indexView struct {
	Citizens, Operators []personaView
	Login               string
}

type personaView struct {
	ID, Name, CF, About, Organisation string
	// Paper is a token of the persona. Old is a token from before the persona's papers were declared lost.
	// Either may be empty.
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

// login logs a persona in: a citizen for their area, an operator for the check.
func (p *Pages) login(w http.ResponseWriter, r *http.Request) {
	who, ok := p.persona(r.FormValue("persona"))
	if !ok {
		http.Redirect(w, r, "/dev/", http.StatusSeeOther)
		return
	}
	back := "/area"
	if who.Operator {
		back = "/q"
	}
	p.LoginAs(w, r, who.ID, back)
}

func (p *Pages) about(ctx context.Context, who demo.Persona, lang string) personaView {
	v := personaView{ID: who.ID, Name: who.Given + " " + who.Family, CF: who.CF.Reveal(),
		About: who.About[lang], Organisation: who.Organisation, Phone: who.Phone != ""}
	if len(who.Verbali) == 0 {
		return v
	}
	issuer, err := p.Signer(ctx)
	if err != nil {
		return v
	}
	v.Paper, _, _ = issuer.Issue(ctx, who.CF)
	if who.Void {
		v.Old = lostPaper(ctx, *issuer, who.CF)
	}
	return v
}

// lostPaper issues a paper dated before the demonstration's papers were declared lost. That is usually
// before the keys were made, so it ignores the keys' dates.
func lostPaper(ctx context.Context, issuer token.Signer, cf codicefiscale.Code) string {
	issuer.CutOffs = nil
	issuer.Now = func() time.Time { return demo.Lost().Add(-time.Hour) }
	keys := slices.Clone(issuer.Keys)
	for i, k := range keys {
		undated := *k
		undated.Dates = token.Dates{}
		keys[i] = &undated
	}
	issuer.Keys = keys
	paper, _, _ := issuer.Issue(ctx, cf)
	return paper
}

// persona returns the persona with the ID, or false if there is none.
func (p *Pages) persona(id string) (demo.Persona, bool) {
	for _, who := range p.Personas {
		if who.ID == id {
			return who, true
		}
	}
	return demo.Persona{}, false
}

// failed answers if the database is not available.
func (p *Pages) failed(w http.ResponseWriter, r *http.Request) {
	p.Site.Say(w, r, http.StatusServiceUnavailable,
		web.Message{Title: "frame.failed_title", Text: "frame.failed"})
}

func language(r *http.Request) status.Language { return status.Language(web.Language(r)) }

func number(s string) int64 {
	n, _ := strconv.ParseInt(s, 10, 64)
	return n
}
