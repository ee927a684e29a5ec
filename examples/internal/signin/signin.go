// Package signin has the pages on which people log in and out of a site, and keeps who they are in the session: through an
// identity provider (SPID, CIE) or with a card (CNS).
//
// Its handler and whatever calls [Pages.Identity] stand inside the LoadAndSave of the sessions. The ways in are links and not
// buttons of forms, since browsers follow no redirect from a form to an address that the page's policy does not name.
package signin

import (
	"cmp"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"strings"

	"github.com/alexedwards/scs/v2"

	"github.com/qr-invalidita/attesta/examples/internal/cns"
	"github.com/qr-invalidita/attesta/examples/internal/login"
	"github.com/qr-invalidita/attesta/verifier/page/web"
	"github.com/qr-invalidita/attesta/verifier/service"
)

//go:embed pages
var pages embed.FS

//go:embed texts.txt
var texts string

// Templates returns the pages, for the site.
func Templates() fs.FS { return pages }

// Texts returns the texts of the pages, for the site.
func Texts() (web.Texts, error) { return web.ParseTexts("signin/texts.txt", texts) }

// Pages are the login and logout of a site. The fields are not changed once requests come in.
type Pages struct {
	// Site renders the pages; it has [Templates] and [Texts]. Required. Since the site may show who is logged in, by
	// [Pages.Person], it can be set after the other fields.
	Site *web.Site
	// Sessions keep who is logged in. Required.
	Sessions *scs.SessionManager
	// OIDC asks the identity provider; nil: nobody logs in this way. Ways are those that it offers; none means SPID and CIE.
	OIDC *login.OIDC
	Ways []Way
	// CNS is the address of the card's entrance; empty: nobody logs in this way. Tickets opens what it sends.
	CNS     string
	Tickets cns.Tickets
	// Level of assurance to ask the identity provider for; zero means 2.
	Level int
	// Home is the path to which one comes after the login that did not begin at some other page; empty means /.
	Home string
	// Log takes a record for each login and each refusal, without personal data; nil means silence.
	Log *slog.Logger
}

// Way is one way in by the identity provider.
type Way struct {
	// ID is the provider's hint and the login's Method, such as spid.
	ID string
	// Name as the button says it; empty means the ID in capitals.
	Name string
	// Logo is a static file of the site, for who may use the official one; empty: none.
	Logo string
}

// LevelCNS is what a card is worth: something one has and something one knows, as SPID's level 3.
const LevelCNS = 3

// Handler checks the configuration and returns the handler of /accedi and of all below /auth/.
func (p *Pages) Handler() (http.Handler, error) {
	switch {
	case p.Site == nil || p.Sessions == nil:
		return nil, errors.New("signin: Site or Sessions is missing")
	case p.OIDC == nil && p.CNS == "":
		return nil, errors.New("signin: there is no way in")
	case p.CNS != "" && len(p.Tickets.Key) == 0:
		return nil, errors.New("signin: Tickets is missing")
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /accedi", p.choose)
	mux.HandleFunc("GET /auth/login", p.begin)
	mux.HandleFunc("GET /auth/callback", p.callback)
	mux.HandleFunc("GET /auth/cns/fine", p.card)
	mux.HandleFunc("POST /auth/esci", p.leave)
	mux.HandleFunc("/auth/", func(w http.ResponseWriter, r *http.Request) {
		p.Site.Say(w, r, http.StatusNotFound, web.Message{Title: "frame.not_found_title", Text: "frame.not_found"})
	})
	return mux, nil
}

// Identity returns who is logged in.
func (p *Pages) Identity(r *http.Request) (login.Identity, bool) {
	// Outside LoadAndSave, where some error pages are made, this is a session of nobody.
	ctx, err := p.Sessions.Load(r.Context(), "")
	if err != nil {
		return login.Identity{}, false
	}
	return decode(p.Sessions.GetBytes(ctx, identityKey))
}

// Person returns the name of who is logged in, for the header of the pages.
func (p *Pages) Person(r *http.Request) string {
	id, ok := p.Identity(r)
	if !ok {
		return ""
	}
	return cmp.Or(id.Name, strings.ToUpper(id.Method))
}

// Operator returns who is logged in as the second level wants it, for which a login of level 2 is needed. The error is
// [service.ErrUnauthenticated].
func (p *Pages) Operator(r *http.Request) (service.Operator, error) {
	id, ok := p.Identity(r)
	if !ok || id.Level < 2 {
		return service.Operator{}, service.ErrUnauthenticated
	}
	return id.Operator(), nil
}

// Fault answers where the sessions cannot be read or written; it is for their ErrorFunc.
func (p *Pages) Fault(w http.ResponseWriter, r *http.Request, err error) {
	p.log().ErrorContext(r.Context(), "session failed", "cause", fmt.Sprintf("%T", err))
	w.Header().Set("Retry-After", "5")
	p.Site.Say(w, r, http.StatusServiceUnavailable, web.Message{Title: "signin.refused_title", Text: "signin.fault"})
}

func (p *Pages) log() *slog.Logger {
	if p.Log != nil {
		return p.Log
	}
	return slog.New(slog.DiscardHandler)
}

func (p *Pages) home() string { return cmp.Or(p.Home, "/") }
