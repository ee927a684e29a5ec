// Package signin has the pages on which people log in to a site and out of it, through an identity provider
// (SPID, CIE) or with a card (CNS). It keeps the identity in the session, and a login that has only begun in
// a sealed cookie: nothing is stored before somebody has logged in.
//
// Mount its handler, and every handler that calls [Pages.Identity], inside the LoadAndSave of the sessions.
// The ways to log in are links and not forms: a browser follows no redirect from a form to an address that
// the page's policy does not name.
package signin

import (
	"cmp"
	"context"
	"embed"
	"errors"
	"io/fs"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"

	"github.com/qr-invalidita/attesta/examples/internal/cns"
	"github.com/qr-invalidita/attesta/examples/internal/login"
	"github.com/qr-invalidita/attesta/examples/internal/secret"
	"github.com/qr-invalidita/attesta/examples/internal/session"
	"github.com/qr-invalidita/attesta/internal/cause"
	"github.com/qr-invalidita/attesta/verifier/page/web"
	"github.com/qr-invalidita/attesta/verifier/service"
)

//go:embed pages
var pages embed.FS

//go:embed words/*.json
var wordFiles embed.FS

// Templates returns the pages, for the site.
func Templates() fs.FS { return pages }

// Texts returns the texts of the pages, for the site.
func Texts() web.Texts { return web.MustReadTexts(wordFiles) }

// Pages are the login and logout of a site. The fields must not change while requests are served.
type Pages struct {
	// Site renders the pages and must have [Templates] and [Texts]. Required. It can be set after the other
	// fields, since the site itself may call [Pages.Person].
	Site *web.Site
	// Sessions hold the identity. Required.
	Sessions *scs.SessionManager
	// Index records whose a session is, so that the person can end it; nil records nothing.
	Index *session.Store
	// Key seals the logins that have begun, in a cookie. It is the same in all processes. Required.
	Key secret.Secret
	// Once reports whether this is the first call with the name, in any process, as
	// [github.com/qr-invalidita/attesta/examples/internal/session.Store.Once] does. Required.
	Once func(ctx context.Context, name string, until time.Time) (bool, error)
	// OIDC asks the identity provider; nil disables this way. Ways are the ways that the provider offers;
	// none means SPID and CIE.
	OIDC *login.OIDC
	Ways []Way
	// CNS is the URL of the card's listener; empty disables this way. Tickets opens the tickets of the
	// listener.
	CNS     string
	Tickets cns.Tickets
	// Level is the level of assurance to request from the provider; zero means 2.
	Level int
	// Home is the path after a login that did not begin at another page; empty means /.
	Home string
	// Log receives a record for each login and each refusal, without personal data; nil discards them.
	Log *slog.Logger
}

// Way is a way to log in through the identity provider.
type Way struct {
	// ID is the provider's hint and the login's Method, such as spid.
	ID string
	// Name is the text of the button; empty means the ID in capitals.
	Name string
	// Logo is a static file of the site, for bodies that may use the official one; empty means none.
	Logo string
}

// LevelCNS is the level of a login with a card: possession and knowledge, as in SPID's level 3.
const LevelCNS = 3

// Handler checks the configuration and returns the handler of /login and of all paths below /auth/.
func (p *Pages) Handler() (http.Handler, error) {
	switch {
	case p.Site == nil || p.Sessions == nil:
		return nil, errors.New("signin: Site or Sessions is missing")
	case len(p.Key) < 32 || p.Once == nil:
		return nil, errors.New("signin: Key of 32 bytes or Once is missing")
	case p.OIDC == nil && p.CNS == "":
		return nil, errors.New("signin: there is no way in")
	case p.CNS != "" && len(p.Tickets.Key) == 0:
		return nil, errors.New("signin: Tickets is missing")
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /login", p.choose)
	mux.HandleFunc("GET /auth/login", p.begin)
	mux.HandleFunc("GET /auth/callback", p.callback)
	mux.HandleFunc("GET /auth/cns/done", p.card)
	mux.HandleFunc("POST /auth/logout", p.leave)
	for _, other := range []string{"/auth/", "/login"} {
		mux.HandleFunc(other, func(w http.ResponseWriter, r *http.Request) {
			p.Site.Say(w, r, http.StatusNotFound, web.Message{Title: "frame.not_found_title",
				Text: "frame.not_found"})
		})
	}
	return mux, nil
}

// Identity returns the person who is logged in.
func (p *Pages) Identity(r *http.Request) (login.Identity, bool) {
	// Some error pages are made outside LoadAndSave; there this loads an empty session.
	ctx, err := p.Sessions.Load(r.Context(), "")
	if err != nil {
		return login.Identity{}, false
	}
	return decode(p.Sessions.GetBytes(ctx, identityKey))
}

// Person returns the name of the person who is logged in, for the header of the pages.
func (p *Pages) Person(r *http.Request) string {
	id, ok := p.Identity(r)
	if !ok {
		return ""
	}
	return cmp.Or(id.Name, strings.ToUpper(id.Method))
}

// Operator returns the person who is logged in as an operator of the second level, which requires a login of
// level 2. The error is [service.ErrUnauthenticated].
func (p *Pages) Operator(r *http.Request) (service.Operator, error) {
	id, ok := p.Identity(r)
	if !ok || id.Level < 2 {
		return service.Operator{}, service.ErrUnauthenticated
	}
	return id.Operator(), nil
}

// Fault answers if the sessions cannot be read or written. It is the sessions' ErrorFunc.
func (p *Pages) Fault(w http.ResponseWriter, r *http.Request, err error) {
	p.log().ErrorContext(r.Context(), "session failed", "cause", cause.Text(err))
	w.Header().Set("Retry-After", "5")
	p.Site.Say(w, r, http.StatusServiceUnavailable,
		web.Message{Title: "signin.refused_title", Text: "signin.fault"})
}

func (p *Pages) log() *slog.Logger {
	if p.Log != nil {
		return p.Log
	}
	return slog.New(slog.DiscardHandler)
}

func (p *Pages) home() string { return cmp.Or(p.Home, "/") }
