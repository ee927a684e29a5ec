// Package desk mounts the checking pages of package page at the address that the issuing body prints into
// its QRs. They ask the body's own service in the same process.
package desk

import (
	"net/http"
	"net/netip"
	"time"

	"github.com/qr-invalidita/attesta/status/benefit"
	"github.com/qr-invalidita/attesta/verifier"
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
	// Client asks the service for a caller.
	Client func(service.Caller) *verifier.Client
	// Now is the clock.
	Now func() time.Time
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
	c := page.Config{Client: p.client, Path: Path, Catalogue: p.Benefits, Channels: []string{"list"},
		Key: p.Key, HTTPS: p.HTTPS, Site: p.Site, Now: p.Now}
	if p.Operator != nil {
		c.Operators = operators{p}
	}
	return page.New(c)
}

// client returns a client that asks the service for the browser behind the request, by whose address the
// service counts its calls, and for the operator who is logged in there.
func (p Pages) client(r *http.Request) (*verifier.Client, error) {
	a, _ := netip.ParseAddrPort(r.RemoteAddr)
	who := service.Caller{Address: a.Addr()}
	if p.Operator != nil {
		who.Operator, _ = p.Operator(r)
	}
	return p.Client(who), nil
}

// operators is the login of the pages.
type operators struct{ pages Pages }

// Operator returns who is logged in.
func (o operators) Operator(r *http.Request) (page.Operator, bool) {
	who, ok := o.pages.Operator(r)
	return page.Operator{Organisation: who.Organisation}, ok
}

// LoginPath returns the path of the login.
func (o operators) LoginPath(back string) string { return o.pages.Login(back) }
