package login

import (
	"context"
	"net/url"
	"strings"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// Native logs in the operator of a program that cannot keep a client secret (RFC 8252), for an access token
// with which the program calls the API. It uses the authorisation code flow with PKCE. It does not read the
// ID token: the API checks who the operator is. It is safe for concurrent use.
type Native struct {
	// Provider is the identity provider. Required.
	Provider *Provider
	// ClientID identifies the program at the provider. Scope is what the token is for.
	ClientID, Scope string
}

// Attempt is a login that has begun. Keep it where only the browser that logs in has it, or somebody else's
// login could end there.
type Attempt struct{ State, Verifier, Redirect string }

// Begin returns the URL to which to send the browser. The provider sends it back to the redirect URL, which
// must be registered there for the client.
func (n *Native) Begin(ctx context.Context, redirect string) (string, Attempt, error) {
	m, err := n.Provider.discover(ctx)
	if err != nil {
		return "", Attempt{}, err
	}
	a := Attempt{State: unguessable(), Verifier: oauth2.GenerateVerifier(), Redirect: redirect}
	return n.config(m, redirect).AuthCodeURL(a.State, oauth2.S256ChallengeOption(a.Verifier),
		oidc.Nonce(unguessable()),
		oauth2.SetAuthURLParam("acr_values", strings.Join(SPID().AtLeast(2), " "))), a, nil
}

// Finish returns the token for the provider's answer, the query of the redirect. Call it once for each
// attempt. An answer to another attempt is [ErrState].
func (n *Native) Finish(ctx context.Context, answer url.Values, a Attempt) (*oauth2.Token, error) {
	if a.State == "" || !equal(answer.Get("state"), a.State) {
		return nil, ErrState
	}
	m, err := n.Provider.discover(ctx)
	if err != nil {
		return nil, err
	}
	code, err := m.answer(answer, n.Provider.Issuer)
	if err != nil {
		return nil, err
	}
	token, err := n.config(m, a.Redirect).Exchange(oidc.ClientContext(ctx, n.Provider.client()), code,
		oauth2.VerifierOption(a.Verifier))
	if err != nil {
		return nil, refusal(err)
	}
	return token, nil
}

func (n *Native) config(m *metadata, redirect string) *oauth2.Config {
	endpoint := m.endpoint
	endpoint.AuthStyle = oauth2.AuthStyleInParams // there is no secret
	return &oauth2.Config{ClientID: n.ClientID, Endpoint: endpoint, Scopes: strings.Fields(n.Scope),
		RedirectURL: redirect}
}
