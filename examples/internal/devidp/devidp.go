// Package devidp is an identity provider for development. It is a real OpenID provider except that it
// authenticates nobody: its login page lists personas, and a click on one logs in as that persona. It
// therefore refuses an issuer that other machines can reach, unless [Provider].Exposed is set.
//
// It answers as the Italian profile requires: code with PKCE (S256) only, the requested acr, the parameter
// iss, the codice fiscale in the userinfo as TINIT-…. It asks at each login who it is, so prompt=login and
// max_age hold of themselves, prompt=none never succeeds, and auth_time is the time of the click. It also
// issues access tokens as in RFC 9068 to the clients that have an Audience. It supports no signed requests,
// encrypted userinfo, consent, sessions or refresh tokens.
//
// It stores only the IDs of used codes, so several processes can run it together.
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
	// Issuer is its name and the URL at which the handler is mounted, such as http://127.0.0.1:8080/dev/idp.
	Issuer string
	// Exposed allows an Issuer that other machines can reach. Every visitor can then log in as any persona.
	// If it is false, such an Issuer is refused.
	Exposed bool
	// Key is the same in all processes and after a restart. The signing key and the key that seals codes
	// derive from it. Required.
	Key secret.Secret
	// Clients are the registered clients.
	Clients []Client
	// Personas are the people to choose from.
	Personas []demo.Persona
	// Site renders the login page and must have [Pages] and [Texts]. Required.
	Site *web.Site
	// Once reports whether this is the first call with the ID; it may forget the ID after until. Required.
	Once func(ctx context.Context, id string, until time.Time) (bool, error)
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// Log receives a record for each internal fault; nil discards them.
	Log *slog.Logger
}

// Client is a registered program.
type Client struct {
	ID string
	// Secret is empty for a public client, which cannot keep one.
	Secret string
	// Redirects are the addresses for answers. An http address on 127.0.0.1 or [::1] without a port allows
	// any port (RFC 8252).
	Redirects []string
	// Audience is the API for which the client may request access tokens with the scope [SecondLevel]. If it
	// is empty, the client may not.
	Audience string
}

// SecondLevel is the scope of the access tokens for the API.
const SecondLevel = "second-level"

// The claims of the userinfo, and of an access token for the API, that OpenID does not define.
const (
	ClaimPerson       = "https://attributes.eid.gov.it/fiscal_number"
	ClaimOrganisation = "organization_name"
)

// provider is a Provider that has been checked.
type provider struct {
	Provider
	signing jose.JSONWebKey
	codes   secret.Box
	subject []byte // key of the subject identifiers
}

// Handler checks the configuration and returns the handler, which expects the full path, including that of
// Issuer.
func (p Provider) Handler() (http.Handler, error) {
	issuer, err := url.Parse(p.Issuer)
	if err != nil || issuer.Host == "" || strings.HasSuffix(p.Issuer, "/") ||
		strings.ContainsAny(p.Issuer, "?#") {
		return nil, errors.New("devidp: Issuer is no address without a slash at its end")
	}
	if !p.Exposed && !netaddr.IsLoopback(issuer.Hostname()) {
		return nil, errors.New("devidp: other machines reach the issuer, and every visitor could log in " +
			"as any persona (Exposed allows it)")
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

// sub returns the persona's subject identifier. It reveals nothing and is the same for all clients.
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
