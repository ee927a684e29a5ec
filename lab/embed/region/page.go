package region

import (
	"errors"
	"net/http"
	"net/netip"
	"net/url"

	"github.com/qr-invalidita/attesta/status/benefit"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/page"
	"github.com/qr-invalidita/attesta/verifier/service"
)

// pages returns the page that the QR opens, with the second level for operators who are logged in.
func (g *Region) pages() (*page.Pages, error) {
	return page.New(page.Config{Path: "/q", Name: displayName, Catalogue: benefit.Default(), Client: g.client,
		Operators: g, Key: g.Secrets.Page, Zone: g.rome, Log: g.Log})
}

// client returns a client that asks in this process, as the operator who is logged in, if there is one.
func (g *Region) client(r *http.Request) (*verifier.Client, error) {
	c, err := verifier.New(verifier.TrustAnchor{Name: issuerName, DisplayName: displayName,
		Published: g.published})
	if err != nil {
		return nil, err
	}
	operator, err := g.authenticate(r)
	if errors.Is(err, service.ErrUnauthenticated) {
		err = nil // the first level needs no login
	}
	address, _ := netip.ParseAddrPort(r.RemoteAddr) // behind a proxy, read its header
	c.Contract = service.Local{Service: g.service,
		Caller: service.Caller{Address: address.Addr(), Operator: operator}}
	return c, err
}

// Operator implements page.Operators.
func (g *Region) Operator(r *http.Request) (page.Operator, bool) {
	operator, err := g.authenticate(r)
	return page.Operator{Organisation: operator.Organisation}, err == nil
}

// LoginPath implements page.Operators.
func (g *Region) LoginPath(back string) string { return "/login?back=" + url.QueryEscape(back) }
