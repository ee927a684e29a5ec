// Package desk has the page that a telephone's camera opens from the QR, and what follows: the first level, and the second with
// the person's consent.
//
// It asks the issuer's own service through verifier.Client, as any other desk does, and knows of the person only what the
// service answers.
//
// # What is kept
//
// Nothing about the person stays on the server. The QR's text and the codice fiscale are typed once; from then on they travel in
// the page itself, sealed with a key that only the issuer's machines have (see inquiry.go), so that neither a page that was printed
// or saved nor a browser's cache shows them. No address holds any of it.
//
// To log in, an operator leaves these pages in the middle of the work. What was typed then waits in a cookie of the
// operator's own browser, sealed in the same way, for ten minutes, for these pages only, and goes as soon as it is used. A record
// in the server's session store would do the same and would be a list, on disk, of people whose disability somebody wants to
// know.
package desk

import (
	"context"
	"embed"
	"io/fs"
	"net/http"
	"net/netip"

	"github.com/qr-invalidita/attesta/examples/issuer/internal/inside"
	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/benefit"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/api"
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
func Texts() (web.Texts, error) { return web.ParseTexts("desk/texts.txt", texts) }

// Pages are the pages below /q. All fields but Operator and HTTPS are needed.
type Pages struct {
	Site *web.Site
	// Desk asks the service.
	Desk inside.Desk
	// Benefits is the catalogue of the service.
	Benefits benefit.Catalogue
	// Operator returns who is logged in well enough for the second level; false if nobody is. Nil: there is no second level.
	Operator func(*http.Request) (service.Operator, bool)
	// Login returns the path at which an operator logs in and from which the browser comes back to the path given.
	Login func(back string) string
	// Key seals what travels in pages and cookies; the same on all machines.
	Key [32]byte
	// HTTPS says that browsers reach the pages over https only.
	HTTPS bool
}

// The paths.
const (
	pathCheck   = "/q"
	pathSecond  = "/q/livello2"
	pathAsk     = "/q/otp"
	pathResend  = "/q/otp/{id}/rinvio"
	pathAnswer  = "/q/otp/{id}/conferma"
	pathReceipt = "/q/ricevuta"
)

// maxForm is the longest form in bytes: a QR's text and a sealed inquiry, with room to spare.
const maxForm = 16 << 10

// Register puts the pages onto the mux.
func (p *Pages) Register(mux *http.ServeMux) {
	post := func(path string, page http.HandlerFunc) {
		mux.HandleFunc("POST "+path, func(w http.ResponseWriter, r *http.Request) {
			r.Body = http.MaxBytesReader(w, r.Body, maxForm)
			if r.ParseForm() != nil {
				p.gone(w, r)
				return
			}
			page(w, r)
		})
	}
	mux.HandleFunc("GET "+pathCheck, p.empty)
	post(pathCheck, p.check)
	mux.HandleFunc("GET "+pathSecond, p.resume)
	post(pathSecond, p.second)
	post(pathAsk, p.ask)
	post(pathResend, p.resend)
	post(pathAnswer, p.answer)
	post(pathReceipt, p.receipt)
	// Whoever comes to the address of an answer to a form, by a link to another language or from the history, starts anew.
	for _, path := range []string{pathAsk, pathResend, pathAnswer, pathReceipt} {
		mux.Handle("GET "+path, http.RedirectHandler(pathCheck, http.StatusSeeOther))
	}
}

// today is the day in Italy.
func (p *Pages) today() status.Date { return status.DateOf(p.Desk.Now().In(web.Rome())) }

// client returns a client for one question and the context in which it asks for the browser behind the request. That the keys
// cannot be read is, to whoever asks, a service that does not answer.
func (p *Pages) client(r *http.Request) (*verifier.Client, context.Context, verifier.Report) {
	ctx := r.Context()
	if a, err := netip.ParseAddrPort(r.RemoteAddr); err == nil {
		ctx = inside.WithAddress(ctx, a.Addr())
	}
	client, err := p.Desk.Client()
	if err != nil {
		problem := api.NewProblem(api.Unavailable)
		return nil, ctx, verifier.Report{Code: verifier.Unavailable, Problem: &problem}
	}
	return client, ctx, verifier.Report{}
}

// gone answers a form that is not whole or too old to go on with.
func (p *Pages) gone(w http.ResponseWriter, r *http.Request) {
	p.Site.Say(w, r, http.StatusBadRequest, web.Message{Title: "q.gone_title", Text: "q.gone", Next: pathCheck, NextText: "q.new"})
}

func language(r *http.Request) status.Language { return status.Language(web.Language(r)) }
