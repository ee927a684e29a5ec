package login

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
	"golang.org/x/oauth2"

	"github.com/qr-invalidita/attesta/internal/netaddr"
)

const (
	fetchTimeout = 10 * time.Second
	// after a failure, so that the requests that waited do not each time out in turn
	fetchPause = time.Second
	maxAnswer  = 1 << 20
)

// Provider is an identity provider. Its metadata is fetched when first needed, and again until that
// succeeds, so the provider may run on the same origin and start later. It is safe for concurrent use and
// must not be copied.
type Provider struct {
	// Issuer is the provider's name and URL: https, or http on this machine.
	Issuer string
	// HTTP is the client for requests to the provider; nil means a client of its own.
	HTTP *http.Client
	// Now is the clock; nil means time.Now.
	Now func() time.Time

	mu     sync.Mutex
	meta   *metadata
	failed time.Time
}

// metadata is the provider's discovery document.
type metadata struct {
	provider   *oidc.Provider
	keys       *keySet
	algorithms []string
	endpoint   oauth2.Endpoint
	sendsIss   bool // RFC 9207: every answer names the issuer
	// claims: some providers release the codice fiscale only on request
	takesClaims bool
}

func (p *Provider) now() time.Time {
	if p.Now != nil {
		return p.Now()
	}
	return time.Now()
}

// client returns p.HTTP with a limit on the size and the time of an answer.
func (p *Provider) client() *http.Client {
	c := http.Client{Timeout: fetchTimeout}
	if p.HTTP != nil {
		c = *p.HTTP
	}
	if c.Timeout == 0 {
		c.Timeout = fetchTimeout
	}
	if c.CheckRedirect == nil {
		// No endpoint that a program calls redirects, and a redirect must not carry a secret elsewhere.
		c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	}
	c.Transport = capped{c.Transport}
	return &c
}

// capped is a transport that cuts answers off after maxAnswer bytes.
type capped struct{ next http.RoundTripper }

func (c capped) RoundTrip(r *http.Request) (*http.Response, error) {
	next := c.next
	if next == nil {
		next = http.DefaultTransport
	}
	answer, err := next.RoundTrip(r)
	if err == nil {
		answer.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(answer.Body, maxAnswer), answer.Body}
	}
	return answer, err
}

// discover returns the metadata. The provider's texts stay out of the error.
func (p *Provider) discover(ctx context.Context) (*metadata, error) {
	if !safeAddress(p.Issuer) {
		return nil, ErrConfiguration
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.meta != nil {
		return p.meta, nil
	}
	if p.now().Sub(p.failed) < fetchPause {
		return nil, ErrUnavailable
	}
	m, err := p.fetch(ctx)
	if err != nil {
		p.failed = p.now()
		return nil, err
	}
	p.meta = m
	return m, nil
}

func (p *Provider) fetch(ctx context.Context) (*metadata, error) {
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	client := p.client()
	provider, err := oidc.NewProvider(oidc.ClientContext(ctx, client), p.Issuer)
	if err != nil {
		return nil, ErrUnavailable
	}
	var said struct {
		UserInfo    string   `json:"userinfo_endpoint"`
		Keys        string   `json:"jwks_uri"`
		Algorithms  []string `json:"id_token_signing_alg_values_supported"`
		ClientAuth  []string `json:"token_endpoint_auth_methods_supported"`
		Claims      bool     `json:"claims_parameter_supported"`
		SendsIssuer bool     `json:"authorization_response_iss_parameter_supported"`
	}
	if err := provider.Claims(&said); err != nil {
		return nil, ErrUnavailable
	}
	m := &metadata{provider: provider, endpoint: provider.Endpoint(), sendsIss: said.SendsIssuer,
		takesClaims: said.Claims,
		keys:        &keySet{url: said.Keys, client: client, now: p.now, fetching: make(chan struct{}, 1)}}
	if !safeAddress(m.endpoint.AuthURL) || !safeAddress(m.endpoint.TokenURL) || !safeAddress(said.Keys) ||
		said.UserInfo != "" && !safeAddress(said.UserInfo) {
		return nil, ErrUnavailable
	}
	m.endpoint.AuthStyle = oauth2.AuthStyleInHeader
	if said.ClientAuth != nil && !slices.Contains(said.ClientAuth, "client_secret_basic") {
		m.endpoint.AuthStyle = oauth2.AuthStyleInParams
	}
	for _, a := range said.Algorithms {
		if slices.Contains(algorithms(), jose.SignatureAlgorithm(a)) {
			m.algorithms = append(m.algorithms, a)
		}
	}
	if m.algorithms == nil {
		return nil, ErrUnavailable
	}
	return m, nil
}

// safeAddress reports whether an endpoint may be called.
func safeAddress(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Fragment == "" && netaddr.IsSafe(u)
}
