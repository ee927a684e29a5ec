// Package desk mounts the checking pages of package page at the address that the issuing body prints into
// its QRs. They ask the body's own service in the same process.
package desk

import (
	"context"
	"net/http"
	"net/netip"

	"github.com/qr-invalidita/attesta/examples/issuer/internal/inside"
	"github.com/qr-invalidita/attesta/status/benefit"
	"github.com/qr-invalidita/attesta/verifier/page"
	"github.com/qr-invalidita/attesta/verifier/page/web"
	"github.com/qr-invalidita/attesta/verifier/service"
)

// Path is where the pages are mounted, and what is below it.
const Path = "/q"

// Pages are the checking pages of the issuing body. All fields but Operator and HTTPS are needed.
type Pages struct {
	// Site renders the pages, with the templates, texts and assets of package page.
	Site *web.Site
	// Desk asks the service.
	Desk inside.Desk
	// Benefits is the catalogue of the service.
	Benefits benefit.Catalogue
	// Operator returns who is logged in well enough for the second level; false if nobody is. If it is nil,
	// there is no second level.
	Operator func(*http.Request) (service.Operator, bool)
	// Login returns the path at which an operator logs in and from which the browser comes back to the path
	// given.
	Login func(back string) string
	// Key encrypts what travels in pages and cookies; it is the same on all machines.
	Key [32]byte
	// HTTPS says that browsers reach the pages over https only.
	HTTPS bool
}

// Handler returns the handler of [Path] and all paths below it.
func (p Pages) Handler() (*page.Pages, error) {
	c := page.Config{
		Client:    p.Desk.Client,
		Path:      Path,
		Catalogue: p.Benefits,
		Channels:  []string{"list"},
		Key:       p.Key,
		HTTPS:     p.HTTPS,
		Site:      p.Site,
		Now:       p.Desk.Now,
	}
	if p.Operator != nil {
		c.Operators = operators{p}
	}
	return page.New(c)
}

// WithAddress serves requests with the address of the browser in their context: the service counts the calls
// of the pages by it.
func WithAddress(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if a, err := netip.ParseAddrPort(r.RemoteAddr); err == nil {
			r = r.WithContext(inside.WithAddress(r.Context(), a.Addr()))
		}
		next.ServeHTTP(w, r)
	})
}

// operators is the login of the pages.
type operators struct{ pages Pages }

// Operator returns who is logged in, for [inside.Operator].
func (o operators) Operator(r *http.Request) (context.Context, page.Operator, bool) {
	who, ok := o.pages.Operator(r)
	return inside.WithOperator(r.Context(), who), page.Operator{Organisation: who.Organisation}, ok
}

// LoginPath returns the path of the login.
func (o operators) LoginPath(back string) string { return o.pages.Login(back) }
