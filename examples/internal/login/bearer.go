package login

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/json"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/qr-invalidita/attesta/verifier/service"
)

const (
	maxToken    = 8 << 10
	tokenLeeway = 30 * time.Second // for iat and nbf; exp gets none
)

// Bearer accepts the access tokens (RFC 9068) that a provider issued for this API. It is safe for concurrent
// use.
type Bearer struct {
	// Provider issued the tokens. Required.
	Provider *Provider
	// Audience is this API's name at the provider. Required.
	Audience string
	// Scope is the scope, and Role the role, that a token must have. A token of the audience is not enough,
	// since the provider may give one to everybody who can log in: if both are empty, all tokens are
	// refused. If both are set, a token needs both.
	Scope, Role string
	// ACR maps the values of acr to levels, and Level is the lowest level accepted. An empty ACR means the
	// values of SPID and CIE; a zero Level means 2.
	ACR   Levels
	Level int
	// Claims may hold the operator's codice fiscale, as in [OIDC]. If a token has none of them, its subject
	// identifies the operator.
	Claims []string
	// Organisation is the claim that names the operator's body, as in [OIDC].
	Organisation string
	// Certificate returns the client certificate to which a token may be bound (RFC 8705), or nil if there
	// is none. A nil Certificate means the certificate of the connection.
	Certificate func(*http.Request) *x509.Certificate
}

// accessToken has the claims that RFC 9068 requires and those that this package needs.
type accessToken struct {
	jwt.Claims
	ClientID string   `json:"client_id"`
	Party    string   `json:"azp"` // Keycloak writes it instead of client_id
	Scope    string   `json:"scope"`
	Roles    []string `json:"roles"` // RFC 9068, section 2.2.3.1
	Realm    struct {
		Roles []string `json:"roles"`
	} `json:"realm_access"` // of Keycloak
	ACR   string         `json:"acr"`
	Bound map[string]any `json:"cnf"`
}

// Operator returns the operator whose token the request carries. It is the Authenticate of
// [service.Config]. The error is [service.ErrUnauthenticated] if the token is missing or refused. Any
// other error means that the operator is unknown, because the provider does not answer or a field is
// wrong.
func (b *Bearer) Operator(r *http.Request) (service.Operator, error) {
	if b.Provider == nil || b.Audience == "" {
		return service.Operator{}, ErrConfiguration
	}
	raw, ok := bearer(r)
	if !ok {
		return service.Operator{}, service.ErrUnauthenticated
	}
	payload, err := b.verify(r.Context(), raw)
	if errors.Is(err, ErrToken) {
		return service.Operator{}, refused("is not valid")
	}
	if err != nil {
		return service.Operator{}, err
	}
	var t accessToken
	var all claims
	if json.Unmarshal(payload, &t) != nil || json.Unmarshal(payload, &all) != nil {
		return service.Operator{}, refused("has malformed claims")
	}
	if err := b.check(r, t); err != nil {
		return service.Operator{}, err
	}
	operator := service.Operator{IdentityProvider: t.Issuer, ID: t.Subject}
	if person, found, err := all.person(b.Claims); err != nil {
		return service.Operator{}, refused("names a person without a codice fiscale")
	} else if found {
		operator.IdentityProvider, operator.ID = ByPerson, person.Reveal()
	}
	if b.Organisation != "" {
		if all.single(b.Organisation) != nil {
			return service.Operator{}, refused("names several organisations")
		}
		operator.Organisation = all.text(b.Organisation)
	}
	return operator, nil
}

// refused returns the error for a refused token. It holds no part of the token.
func refused(why string) error {
	return fmt.Errorf("access token %s: %w", why, service.ErrUnauthenticated)
}

// bearer returns the token in the Authorization header (RFC 6750), if there is exactly one. It ignores
// tokens in forms and URLs.
func bearer(r *http.Request) (string, bool) {
	headers := r.Header.Values("Authorization")
	if len(headers) != 1 || len(headers[0]) > maxToken {
		return "", false
	}
	scheme, token, ok := strings.Cut(headers[0], " ")
	return token, ok && strings.EqualFold(scheme, "Bearer") && token != ""
}

// verify checks the signature, and that it is over an access token: an ID token of the same provider is
// refused.
func (b *Bearer) verify(ctx context.Context, raw string) ([]byte, error) {
	jws, err := parse(raw)
	if err != nil {
		return nil, err
	}
	typ, _ := jws.Signatures[0].Protected.ExtraHeaders[jose.HeaderType].(string)
	if typ = strings.ToLower(typ); typ != "at+jwt" && typ != "application/at+jwt" {
		return nil, ErrToken
	}
	m, err := b.Provider.discover(ctx)
	if err != nil {
		return nil, err
	}
	return m.keys.VerifySignature(ctx, raw)
}

// check compares the claims with what is expected. It also requires the claims that go-jose skips when they
// are missing.
func (b *Bearer) check(r *http.Request, t accessToken) error {
	now := b.Provider.now()
	level, levels := b.Level, b.ACR
	if level == 0 {
		level = 2
	}
	if len(levels) == 0 {
		levels = SPID()
	}
	switch {
	case t.Issuer != b.Provider.Issuer:
		return refused("is of another issuer")
	case !slices.Contains(t.Audience, b.Audience):
		return refused("is for another audience")
	case t.Subject == "" || t.ID == "" || t.ClientID == "" && t.Party == "" || t.Expiry == nil ||
		t.IssuedAt == nil:
		return refused("lacks a claim")
	case !now.Before(t.Expiry.Time()):
		return refused("is expired")
	case t.IssuedAt.Time().After(now.Add(tokenLeeway)) || t.NotBefore != nil &&
		t.NotBefore.Time().After(now.Add(tokenLeeway)):
		return refused("is not valid yet")
	case b.Scope == "" && b.Role == "":
		return refused("cannot show that its holder is an operator: no scope or role is configured")
	case b.Scope != "" && !slices.Contains(strings.Fields(t.Scope), b.Scope):
		return refused("lacks the scope")
	case b.Role != "" && !slices.Contains(t.Roles, b.Role) && !slices.Contains(t.Realm.Roles, b.Role):
		return refused("lacks the role")
	case levels[t.ACR] < level:
		return refused("stands for a login of too low a level")
	case t.Bound != nil && !b.holds(r, t.Bound):
		return refused("is bound to another key")
	}
	return nil
}

// holds reports whether the caller holds the key that the token is bound to. It supports client
// certificates; any other binding is refused.
func (b *Bearer) holds(r *http.Request, bound map[string]any) bool {
	want, ok := bound["x5t#S256"].(string)
	if !ok || len(bound) != 1 {
		return false
	}
	var certificate *x509.Certificate
	if b.Certificate != nil {
		certificate = b.Certificate(r)
	} else if r.TLS != nil && len(r.TLS.PeerCertificates) > 0 {
		certificate = r.TLS.PeerCertificates[0]
	}
	if certificate == nil {
		return false
	}
	sum := sha256.Sum256(certificate.Raw)
	return subtle.ConstantTimeCompare([]byte(base64.RawURLEncoding.EncodeToString(sum[:])), []byte(want)) == 1
}
