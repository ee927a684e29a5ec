package app

import (
	"context"
	"net/http"

	"github.com/qr-invalidita/attesta/examples/internal/demo"
	"github.com/qr-invalidita/attesta/examples/internal/devidp"
	"github.com/qr-invalidita/attesta/examples/internal/login"
	"github.com/qr-invalidita/attesta/examples/internal/signin"
	"github.com/qr-invalidita/attesta/verifier/service"
)

// openIdentity opens the login, except for its site.
func (a *App) openIdentity() error {
	provider := &login.Provider{Issuer: a.Login.IdentityProvider}
	client := login.OIDC{ClientID: a.Login.ClientID, ClientSecret: a.clientSecret, Claims: a.claims,
		ACR: a.acr, Organisation: a.Login.Organisation, Hints: a.hints}
	audience, scope := a.Login.Audience, a.Login.Scope
	if a.demo() {
		provider.Issuer, client.ClientID, client.Organisation = a.URL()+idpPath, "issuer",
			devidp.ClaimOrganisationCode
		audience, scope = a.URL(), devidp.SecondLevel
		provider.HTTP = &http.Client{Transport: ownTransport{http.HandlerFunc(
			func(w http.ResponseWriter, r *http.Request) {
				a.handler.ServeHTTP(w, r)
			})}}
	}
	client.Provider, client.RedirectURL = provider, a.URL()+callbackPath
	a.login = &signin.Pages{Sessions: a.sessions, Index: a.signIns, OIDC: &client, Ways: a.ways,
		Home: "/", Log: a.Log, Key: a.secret, Once: a.signIns.Once}
	a.sessions.ErrorFunc = a.login.Fault
	if audience != "" {
		a.bearer = &login.Bearer{Provider: provider, Audience: audience, Scope: scope,
			Role: a.Login.Role, ACR: client.ACR, Claims: client.Claims, Organisation: client.Organisation}
	}
	return a.openCards()
}

// identityProvider returns the development identity provider.
func (a *App) identityProvider() (http.Handler, error) {
	key, err := a.secret.Key("issuer/devidp", nil)
	if err != nil {
		return nil, err
	}
	return devidp.Provider{
		Issuer: a.URL() + idpPath, Key: key, Personas: demo.Personas(), Site: a.site, Once: a.signIns.Once,
		Log:     a.Log,
		Exposed: a.Dev,
		Clients: []devidp.Client{
			{ID: "issuer", Redirects: []string{a.URL() + callbackPath}},
			{ID: DeskClient, Redirects: []string{"http://127.0.0.1/callback"}, Audience: a.URL()},
		},
	}.Handler()
}

// operator returns the operator of a request to the second level over HTTP: the holder of its access
// token.
func (a *App) operator(r *http.Request) (service.Operator, error) {
	if a.bearer == nil {
		return service.Operator{}, service.ErrUnauthenticated
	}
	if err := a.clocks.check(r.Context()); err != nil { // nor can it tell whether a token is valid
		return service.Operator{}, err
	}
	o, err := a.bearer.Operator(r)
	return a.coded(o), err
}

// coded returns the operator of a login. With a register of bodies, the login states a code and not a name.
func (a *App) coded(o service.Operator) service.Operator {
	if a.bodies.Len() > 0 {
		o.OrganisationCode, o.Organisation = o.Organisation, ""
	}
	return o
}

// body returns the name of the public body with the code. It is the Register of [service.Config].
func (a *App) body(_ context.Context, code string) (string, error) { return a.bodies.Name(code), nil }

// deskOperator returns the person logged in, if their login suffices for the second level.
func (a *App) deskOperator(r *http.Request) (service.Operator, bool) {
	o, err := a.login.Operator(r)
	if err != nil {
		return o, false
	}
	o = a.coded(o)
	o.Organisation, err = a.service.Organisation(r.Context(), o) // the page shows it
	return o, err == nil
}
