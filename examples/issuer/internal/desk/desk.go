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

// Path is the path of the pages. They also serve every path below it.
const Path = "/q"

// Pages are the checking pages of the issuing body. All fields are required except Operator, Cards and HTTPS.
type Pages struct {
	// Site renders the pages, with the templates, texts and assets of package page.
	Site *web.Site
	// Client returns a client that asks the service for the caller.
	Client func(service.Caller) *verifier.Client
	// Now is the clock.
	Now func() time.Time
	// Benefits is the catalogue of the service.
	Benefits benefit.Catalogue
	// Operator returns the person who is logged in, if the login suffices for the second level, and
	// otherwise false. If Operator is nil, there is no second level.
	Operator func(*http.Request) (service.Operator, bool)
	// Login returns the path of the login page, from which the browser comes back to the given path.
	Login func(back string) string
	// Cards asks for cards in wallets; nil means that it is not offered.
	Cards page.Cards
	// Key encrypts what pages and cookies carry. It is the same in all processes.
	Key [32]byte
	// HTTPS reports that browsers reach the pages over https only.
	HTTPS bool
}

// Handler returns the handler of [Path] and all paths below it.
func (p Pages) Handler() (*page.Pages, error) {
	c := page.Config{Client: p.client, Path: Path, Catalogue: p.Benefits, Channels: []string{"list"},
		Key: p.Key, HTTPS: p.HTTPS, Site: p.Site, Now: p.Now, Cards: p.Cards}
	if p.Operator != nil {
		c.Operators = operators{p}
	}
	return page.New(c)
}

// client returns a client that asks the service for the operator who is logged in. The service limits
// its calls by the address of the browser.
func (p Pages) client(r *http.Request) (*verifier.Client, error) {
	a, _ := netip.ParseAddrPort(r.RemoteAddr)
	who := service.Caller{Address: a.Addr()}
	if p.Operator != nil {
		who.Operator, _ = p.Operator(r)
	}
	return p.Client(who), nil
}

// operators implements [page.Operators] with the issuer's own login.
type operators struct{ pages Pages }

// Operator returns the person who is logged in, or false.
func (o operators) Operator(r *http.Request) (page.Operator, bool) {
	who, ok := o.pages.Operator(r)
	return page.Operator{Organisation: who.Organisation}, ok
}

// LoginPath returns the path of the login page.
func (o operators) LoginPath(back string) string { return o.pages.Login(back) }
