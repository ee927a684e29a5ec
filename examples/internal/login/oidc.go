package login

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4/jwt"
	"golang.org/x/oauth2"
)

const pendingFor = 15 * time.Minute

// OIDC is the relying party: authorisation code flow with PKCE (S256). It is safe for concurrent use.
type OIDC struct {
	// Provider is the identity provider. Required.
	Provider *Provider
	// ClientID, ClientSecret and RedirectURL are registered at the provider. A client without a secret is a
	// public one.
	ClientID, ClientSecret, RedirectURL string
	// Scopes are the scopes to request; none means openid and profile.
	Scopes []string
	// Claims may hold the codice fiscale and are tried in this order; none means the names that SPID, CIE
	// and the proxies in front of them use.
	Claims []string
	// Organisation is the claim that names the body the person works for. If it is empty, the provider
	// confirms none.
	Organisation string
	// ACR maps the provider's values of acr to levels; empty means those of SPID and CIE.
	ACR Levels
	// Hints are further parameters of the request for each way in, such as Keycloak's kc_idp_hint for
	// "spid".
	Hints map[string]url.Values
}

// Pending is a login that has begun. Keep it where only the same browser reaches it until the login is
// finished.
type Pending struct {
	State, Nonce, Verifier string
	Method                 string
	Level                  int
	Began                  time.Time
	// Fresh is true if the person must give their credentials again.
	Fresh bool
}

// Begin returns the URL to which to send the browser, for a login of at least the level, 1 to 3, by the
// method, such as spid or cie.
func (o *OIDC) Begin(ctx context.Context, level int, method string) (string, Pending, error) {
	return o.begin(ctx, Pending{Level: level, Method: method})
}

// BeginFresh is [OIDC.Begin] for a login in which the person gives their credentials even if the provider
// knows them already (prompt=login, max_age=0). Finish checks the provider's auth_time.
func (o *OIDC) BeginFresh(ctx context.Context, level int, method string) (string, Pending, error) {
	// Some providers know only one of the two parameters (OpenID Connect Core, section 3.1.2.1).
	return o.begin(ctx, Pending{Level: level, Method: method, Fresh: true},
		oauth2.SetAuthURLParam("prompt", "login"), oauth2.SetAuthURLParam("max_age", "0"))
}

func (o *OIDC) begin(ctx context.Context, p Pending, options ...oauth2.AuthCodeOption) (string, Pending,
	error) {
	if o.Provider == nil || o.ClientID == "" || o.RedirectURL == "" {
		return "", Pending{}, ErrConfiguration
	}
	acr := o.acr().AtLeast(p.Level)
	if p.Level < 1 || len(acr) == 0 {
		return "", Pending{}, ErrConfiguration
	}
	m, err := o.Provider.discover(ctx)
	if err != nil {
		return "", Pending{}, err
	}
	p.State, p.Nonce, p.Verifier = unguessable(), unguessable(), oauth2.GenerateVerifier()
	p.Began = o.Provider.now()
	options = append(options, oidc.Nonce(p.Nonce), oauth2.S256ChallengeOption(p.Verifier),
		oauth2.SetAuthURLParam("acr_values", strings.Join(acr, " ")))
	if m.takesClaims {
		options = append(options, oauth2.SetAuthURLParam("claims", o.request()))
	}
	for name, values := range o.Hints[p.Method] {
		for _, v := range values {
			options = append(options, oauth2.SetAuthURLParam(name, v))
		}
	}
	return o.config(m).AuthCodeURL(p.State, options...), p, nil
}

// unguessable returns 52 letters and digits. SPID requires at least 32 in a state and a nonce.
func unguessable() string { return rand.Text() + rand.Text() }

func (o *OIDC) acr() Levels {
	if len(o.ACR) > 0 {
		return o.ACR
	}
	return SPID()
}

func (o *OIDC) config(m *metadata) *oauth2.Config {
	scopes := o.Scopes
	if len(scopes) == 0 {
		scopes = []string{oidc.ScopeOpenID, "profile"}
	}
	return &oauth2.Config{ClientID: o.ClientID, ClientSecret: o.ClientSecret, Endpoint: m.endpoint,
		RedirectURL: o.RedirectURL, Scopes: scopes}
}

// Finish reads the provider's answer to the login that began with p. Call it once for each p.
func (o *OIDC) Finish(ctx context.Context, r *http.Request, p Pending) (Identity, error) {
	if o.Provider == nil {
		return Identity{}, ErrConfiguration
	}
	q := r.URL.Query()
	if p.State == "" || !equal(q.Get("state"), p.State) || o.Provider.now().Sub(p.Began) > pendingFor {
		return Identity{}, ErrState
	}
	m, err := o.Provider.discover(ctx)
	if err != nil {
		return Identity{}, err
	}
	ctx, cancel := context.WithTimeout(oidc.ClientContext(ctx, o.Provider.client()), 2*fetchTimeout)
	defer cancel()
	code, err := m.answer(q, o.Provider.Issuer)
	if err != nil {
		return Identity{}, err
	}
	answer, err := o.config(m).Exchange(ctx, code, oauth2.VerifierOption(p.Verifier))
	if err != nil {
		return Identity{}, refusal(err)
	}
	token, err := o.idToken(ctx, m, answer, p.Nonce)
	if err != nil {
		return Identity{}, err
	}
	id, err := o.identity(ctx, m, token, answer)
	if err != nil {
		return Identity{}, err
	}
	if id.Level < p.Level {
		return Identity{}, ErrLevel
	}
	id.Method, id.At = p.Method, o.Provider.now()
	if id.Proved, err = proved(token, p.Began, id.At); err != nil {
		return Identity{}, err
	}
	if p.Fresh && id.Proved.IsZero() {
		return Identity{}, ErrProved
	}
	return id, nil
}

// proved returns the ID token's auth_time, or zero if it has none, or one outside the login.
func proved(token *oidc.IDToken, began, ended time.Time) (time.Time, error) {
	var c struct {
		AuthTime *jwt.NumericDate `json:"auth_time"`
	}
	if token.Claims(&c) != nil {
		return time.Time{}, ErrToken
	}
	if c.AuthTime == nil {
		return time.Time{}, nil
	}
	at := c.AuthTime.Time()
	if at.Before(began.Add(-tokenLeeway)) || at.After(ended.Add(tokenLeeway)) {
		return time.Time{}, nil
	}
	return at, nil
}

func equal(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// answer returns the code in the redirect, or the reason why there is none.
func (m *metadata) answer(q url.Values, issuer string) (string, error) {
	if iss := q["iss"]; len(iss) > 1 || len(iss) == 1 && iss[0] != issuer || len(iss) == 0 && m.sendsIss {
		return "", ErrIssuer
	}
	switch q.Get("error") {
	case "":
	case "access_denied":
		return "", ErrCancelled
	default:
		return "", ErrProvider
	}
	if q.Get("code") == "" {
		return "", ErrProvider
	}
	return q.Get("code"), nil
}

// refusal distinguishes a refused code from a provider that did not answer. It drops the provider's text.
func refusal(err error) error {
	if e, ok := err.(*oauth2.RetrieveError); ok && e.Response != nil && e.Response.StatusCode < 500 {
		return ErrCode
	}
	return ErrUnavailable
}

// idToken returns the ID token after checking that it answers this login and belongs to this access token.
func (o *OIDC) idToken(ctx context.Context, m *metadata, answer *oauth2.Token,
	nonce string) (*oidc.IDToken, error) {
	raw, _ := answer.Extra("id_token").(string)
	if raw == "" {
		return nil, ErrToken
	}
	keys := &remembering{keys: m.keys}
	verifier := oidc.NewVerifier(o.Provider.Issuer, keys,
		&oidc.Config{ClientID: o.ClientID, SupportedSigningAlgs: m.algorithms,
			Now: o.Provider.now})
	token, err := verifier.Verify(ctx, raw)
	if keys.err != nil {
		return nil, keys.err
	}
	if err != nil {
		return nil, ErrToken
	}
	var party struct {
		Authorised string `json:"azp"`
	}
	if err := token.Claims(&party); err != nil || token.Subject == "" ||
		party.Authorised != o.ClientID && (party.Authorised != "" || len(token.Audience) > 1) {
		return nil, ErrToken
	}
	if !equal(token.Nonce, nonce) {
		return nil, ErrNonce
	}
	if token.AccessTokenHash != "" && token.VerifyAccessToken(answer.AccessToken) != nil {
		return nil, ErrToken
	}
	return token, nil
}

// remembering keeps the error of a key set, of which go-oidc passes on only the text.
type remembering struct {
	keys oidc.KeySet
	err  error
}

func (k *remembering) VerifySignature(ctx context.Context, raw string) ([]byte, error) {
	payload, err := k.keys.VerifySignature(ctx, raw)
	k.err = err
	return payload, err
}
