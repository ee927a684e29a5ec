// Package devidp is an identity provider for development: a real OpenID provider, except that it asks nobody who they are.
// Its login page lists personas and whoever clicks on one is logged in. So it runs where nobody but the developer reaches
// it, and elsewhere only if [Provider].Exposed says so.
//
// It does what the Italian profile wants of an answer: code with PKCE (S256) only, the acr that was asked for, the
// parameter iss, the codice fiscale in the userinfo as TINIT-…; and it issues access tokens after RFC 9068 to the clients
// that have an Audience. What it does not do: signed requests, encrypted userinfo, consent, sessions, refresh tokens.
//
// Nothing is kept but the ids of the codes that were used, so it may run in several processes at once.
package devidp

import (
	"context"
	"crypto"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/qr-invalidita/attesta/examples/internal/demo"
	"github.com/qr-invalidita/attesta/examples/internal/secret"
	"github.com/qr-invalidita/attesta/internal/netaddr"
	"github.com/qr-invalidita/attesta/verifier/page/web"
)

// Provider is the identity provider's configuration.
type Provider struct {
	// Issuer is its name and the address at which the handler is mounted, such as http://127.0.0.1:8080/dev/idp.
	Issuer string
	// Exposed: others than this machine may reach Issuer, and there anybody may be anybody. Without it such an address is
	// refused.
	Exposed bool
	// Key is the same in all processes and after a restart: the key that signs and the one that seals codes derive from it.
	// Required.
	Key secret.Secret
	// Clients that may log people in.
	Clients []Client
	// Personas that one may log in as.
	Personas []demo.Persona
	// Site renders the login page; it has [Pages] and [Texts]. Required.
	Site *web.Site
	// Once reports whether this is the first call with the id; it may forget the id after until. Required.
	Once func(ctx context.Context, id string, until time.Time) (bool, error)
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// Log takes a record for each fault; nil means silence.
	Log *slog.Logger
}

// Client is a program that the provider knows.
type Client struct {
	ID string
	// Secret of a program that can keep one; empty: a public client.
	Secret string
	// Redirects are the addresses to which answers go. One that is http on 127.0.0.1 or [::1] without a port stands for
	// all ports (RFC 8252).
	Redirects []string
	// Audience is the API for which its access tokens are, if it asks for the scope [SecondLevel]. Empty: it may not.
	Audience string
}

// SecondLevel is the scope of the access tokens for the API.
const SecondLevel = "second-level"

// The claims of the userinfo, and of an access token for the API, that are not OpenID's own.
const (
	ClaimPerson       = "https://attributes.eid.gov.it/fiscal_number"
	ClaimOrganisation = "organization_name"
)

// provider is a Provider whose parts are all there.
type provider struct {
	Provider
	signing jose.JSONWebKey
	codes   secret.Box
	subject []byte // key of the subjects' names
}

// Handler checks the configuration and returns the handler, which expects the path of Issuer before its own.
func (p Provider) Handler() (http.Handler, error) {
	issuer, err := url.Parse(p.Issuer)
	if err != nil || issuer.Host == "" || strings.HasSuffix(p.Issuer, "/") || issuer.RawQuery != "" || issuer.Fragment != "" {
		return nil, errors.New("devidp: Issuer is no address without a slash at its end")
	}
	if !p.Exposed && !netaddr.IsLoopback(issuer.Hostname()) {
		return nil, errors.New("devidp: others reach this address, where anybody could log in as anybody (Exposed allows it)")
	}
	if p.Once == nil || p.Site == nil {
		return nil, errors.New("devidp: Once or Site is missing")
	}
	v := &provider{Provider: p}
	if v.Now == nil {
		v.Now = time.Now
	}
	if v.Log == nil {
		v.Log = slog.New(slog.DiscardHandler)
	}
	if err := v.deriveKeys(); err != nil {
		return nil, fmt.Errorf("devidp: %w", err)
	}
	mux := http.NewServeMux()
	for pattern, handler := range map[string]http.HandlerFunc{
		"GET /.well-known/openid-configuration": v.discovery,
		"GET /jwks":                             v.jwks,
		"GET /authorize":                        v.authorize,
		"POST /token":                           v.token,
		"GET /userinfo":                         v.userInfo,
		"POST /userinfo":                        v.userInfo,
	} {
		method, path, _ := strings.Cut(pattern, " ")
		mux.HandleFunc(method+" "+issuer.Path+path, handler)
	}
	return mux, nil
}

func (p *provider) deriveKeys() (err error) {
	if p.subject, err = p.Key.Key("devidp subject", nil); err != nil {
		return err
	}
	if p.codes, err = p.Key.Box("devidp code", nil); err != nil {
		return err
	}
	key, err := p.Key.Signer("devidp")
	if err != nil {
		return err
	}
	p.signing = jose.JSONWebKey{Key: key, Algorithm: string(jose.ES256), Use: "sig"}
	thumbprint, err := p.signing.Thumbprint(crypto.SHA256)
	p.signing.KeyID = base64.RawURLEncoding.EncodeToString(thumbprint)
	return err
}

func (p *provider) persona(id string) (demo.Persona, bool) {
	i := slices.IndexFunc(p.Personas, func(q demo.Persona) bool { return q.ID == id })
	if i < 0 {
		return demo.Persona{}, false
	}
	return p.Personas[i], true
}

func (p *provider) client(id string) (Client, bool) {
	i := slices.IndexFunc(p.Clients, func(c Client) bool { return c.ID == id })
	if i < 0 {
		return Client{}, false
	}
	return p.Clients[i], true
}

// sub is the persona's name for clients: it says nothing, and is the same for all of them.
func (p *provider) sub(who demo.Persona) string {
	mac := hmac.New(sha256.New, p.subject)
	mac.Write([]byte(who.CF.Reveal()))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:16])
}

// redirects reports whether the client is registered with the address.
func (c Client) redirects(address string) bool {
	if slices.Contains(c.Redirects, address) {
		return true
	}
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" || u.Port() == "" {
		return false
	}
	if ip := net.ParseIP(u.Hostname()); ip == nil || !ip.IsLoopback() {
		return false
	}
	u.Host = strings.TrimSuffix(u.Host, ":"+u.Port())
	return slices.Contains(c.Redirects, u.String())
}
