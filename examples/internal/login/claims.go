package login

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

// personClaims returns the claims in which SPID, CIE, their proxies and older profiles put the codice
// fiscale.
func personClaims() []string {
	return []string{"fiscal_number", "https://attributes.eid.gov.it/fiscal_number",
		"https://attributes.spid.gov.it/fiscalNumber", "https://attributes.spid.gov.it/fiscal_number",
		"codice_fiscale", "cf", "codiceFiscale", "fiscalNumber", "fiscalCode"}
}

// claims are the claims of a token or of the userinfo.
type claims map[string]any

// text returns the text of a claim. A list of one text is that text: iam-proxy-italia and Keycloak's
// multivalued mappers write a SAML attribute so.
func (c claims) text(name string) string {
	value := c[name]
	if list, ok := value.([]any); ok && len(list) == 1 {
		value = list[0]
	}
	s, _ := value.(string)
	return strings.TrimSpace(s)
}

// single returns ErrClaim if one of the claims has several values: nobody can say which is meant.
func (c claims) single(names ...string) error {
	for _, name := range names {
		if list, ok := c[name].([]any); ok && len(list) > 1 {
			return ErrClaim
		}
	}
	return nil
}

// person returns the codice fiscale in the first claim of the list, or of personClaims if the list is empty,
// that is present. If that claim holds none, or several, person returns an error, since the next claim may be
// another person's.
func (c claims) person(names []string) (code codicefiscale.Code, found bool, err error) {
	for _, name := range orPerson(names) {
		if c[name] == nil {
			continue
		}
		if err := c.single(name); err != nil {
			return codicefiscale.Code{}, true, err
		}
		code, err := codicefiscale.ParseSubject(c.text(name))
		if err != nil {
			return codicefiscale.Code{}, true, ErrPerson
		}
		return code, true, nil
	}
	return codicefiscale.Code{}, false, nil
}

// first returns the first of the claims that has a text.
func (c claims) first(names []string) string {
	for _, name := range names {
		if s := c.text(name); s != "" {
			return s
		}
	}
	return ""
}

// givenNames and familyNames are the claims of a name, the standard's first. In SPID's profile name is the
// given name; elsewhere it is the whole one.
func givenNames() []string {
	return []string{"given_name", "name", "https://attributes.spid.gov.it/name"}
}

func familyNames() []string {
	return []string{"family_name", "https://attributes.spid.gov.it/familyName"}
}

func (c claims) name() string {
	given, family := c.first(givenNames()), c.first(familyNames())
	if c.text("given_name") == "" && strings.HasSuffix(given, " "+family) {
		return given
	}
	return strings.TrimSpace(given + " " + family)
}

// orPerson returns the configured claims that may hold the codice fiscale, or personClaims if there are none.
func orPerson(configured []string) []string {
	if len(configured) > 0 {
		return configured
	}
	return personClaims()
}

// single returns the claims that must not have two values.
func (o *OIDC) single() []string {
	names := slices.Concat(givenNames(), familyNames())
	if o.Organisation != "" {
		names = append(names, o.Organisation)
	}
	return names
}

// request returns the parameter claims (OpenID Connect Core, section 5.5), which asks for what the login
// reads. It asks for the userinfo only, since SPID puts no attribute of a person into an ID token.
func (o *OIDC) request() string {
	names := make(map[string]any)
	for _, name := range slices.Concat(orPerson(o.Claims), o.single()) {
		names[name] = nil
	}
	text, err := json.Marshal(map[string]any{"userinfo": names})
	if err != nil {
		panic("login: claims parameter: " + err.Error()) // a map of texts
	}
	return string(text)
}

// identity reads the claims of the ID token and, if it has no codice fiscale, of the userinfo.
func (o *OIDC) identity(ctx context.Context, m *metadata, token *oidc.IDToken,
	answer *oauth2.Token) (Identity, error) {
	var c claims
	if err := token.Claims(&c); err != nil {
		return Identity{}, ErrToken
	}
	// The level comes from the ID token only, which is what the login is worth, and is never a list.
	acr, _ := c["acr"].(string)
	id := Identity{Level: o.acr()[acr], IdentityProvider: token.Issuer, Subject: token.Subject}
	person, found, err := c.person(o.Claims)
	if err != nil {
		return Identity{}, err
	}
	if !found {
		if c, err = m.userInfo(ctx, token.Subject, answer); err != nil {
			return Identity{}, err
		}
		switch person, found, err = c.person(o.Claims); {
		case err != nil:
			return Identity{}, err
		case !found:
			return Identity{}, ErrPerson
		}
	}
	if err := c.single(o.single()...); err != nil {
		return Identity{}, err
	}
	id.Person, id.Name = person, c.name()
	if o.Organisation != "" {
		id.Organisation = c.text(o.Organisation)
	}
	return id, nil
}

func (m *metadata) userInfo(ctx context.Context, subject string, answer *oauth2.Token) (claims, error) {
	if m.provider.UserInfoEndpoint() == "" {
		return nil, ErrPerson
	}
	info, err := m.provider.UserInfo(ctx, oauth2.StaticTokenSource(answer))
	if err != nil {
		return nil, ErrUnavailable
	}
	if info.Subject != subject {
		return nil, ErrSubject
	}
	var c claims
	if err := info.Claims(&c); err != nil {
		return nil, ErrUnavailable
	}
	return c, nil
}
