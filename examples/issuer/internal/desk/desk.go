// Package desk mounts the checking pages of package page at the address that the issuing body prints into
// its QRs. They ask the body's own service in the same process.
package desk

import (
	"net/http"
	"net/netip"

	"github.com/qr-invalidita/attesta/examples/issuer/internal/inside"
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
	c := page.Config{Client: p.client, Path: Path, Catalogue: p.Benefits, Channels: []string{"list"},
		Key: p.Key, HTTPS: p.HTTPS, Site: p.Site, Now: p.Desk.Now}
	if p.Operator != nil {
		c.Operators = operators{p}
	}
	return page.New(c)
}

// client returns a client that asks the service for the browser behind the request, by whose address the
// service counts its calls, and for the operator who is logged in there.
func (p Pages) client(r *http.Request) (*verifier.Client, error) {
	c, err := p.Desk.Client()
	if err != nil {
		return nil, err
	}
	calls := caller{next: c.Transport}
	if a, err := netip.ParseAddrPort(r.RemoteAddr); err == nil {
		calls.address = a.Addr()
	}
	if p.Operator != nil {
		calls.operator, calls.loggedIn = p.Operator(r)
	}
	c.Transport = calls
	return c, nil
}

// caller makes calls to the service on behalf of a browser.
type caller struct {
	next     http.RoundTripper
	address  netip.Addr
	operator service.Operator
	loggedIn bool
}

// RoundTrip makes a call in a context with the browser's address and operator.
func (c caller) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx := r.Context()
	if c.address.IsValid() {
		ctx = inside.WithAddress(ctx, c.address)
	}
	if c.loggedIn {
		ctx = inside.WithOperator(ctx, c.operator)
	}
	return c.next.RoundTrip(r.WithContext(ctx))
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
