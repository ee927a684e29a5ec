package app

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/qr-invalidita/attesta/examples/internal/login"
	"github.com/qr-invalidita/attesta/examples/internal/signin"
	"github.com/qr-invalidita/attesta/internal/file"
	"github.com/qr-invalidita/attesta/internal/netaddr"
)

// Identity holds the settings of the login. The comment of each field names its flag.
type Identity struct {
	IdentityProvider string // -oidc-issuer; empty: the identity provider for development
	ClientID         string // -oidc-client-id
	SecretFile       string // -oidc-secret-file
	Claims           string // -oidc-claims
	Organisation     string // -oidc-organisation
	ACRMap           string // -oidc-acr-map
	Ways             string // -oidc-ways
	NoAuthTime       bool   // -oidc-no-auth-time
	Audience         string // -oidc-audience; empty: no access tokens
	Scope            string // -oidc-scope
	Role             string // -oidc-role

	CardAddr     string // -cns-addr
	CardURL      string // -cns-url
	CardCA       string // -cns-ca; empty: a test authority
	CardLists    string // -cns-crl
	CardUnlisted bool   // -cns-no-crl
	CardPolicies string // -cns-policies
	CardHeader   string // -cns-header
}

// Paths on the main origin.
const (
	idpPath      = "/dev/idp"
	callbackPath = "/auth/callback"
	ticketPath   = "/auth/cns/done"
	checkPath    = "/q"
	cardPath     = "/auth/cns" // on the card's listener
)

// DeskClient is the client ID with which programs at desks log in for the API at the development identity
// provider.
const DeskClient = "desk"

// listed splits a list; nil means that it is empty.
func listed(text string) []string {
	list := strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' })
	if len(list) == 0 {
		return nil
	}
	return list
}

func (s *settled) identity() error {
	s.claims = listed(s.Login.Claims)
	for _, pair := range listed(s.Login.ACRMap) {
		i := strings.LastIndexByte(pair, '=')
		level, err := strconv.Atoi(pair[i+1:])
		if i < 1 || err != nil || level < 1 || level > 3 {
			return wrong("oidc-acr-map", "want VALUE=LEVEL with a level of 1 to 3, and commas between them")
		}
		if s.acr == nil {
			s.acr = make(login.Levels)
		}
		s.acr[pair[:i]] = level
	}
	for _, word := range listed(s.Login.Ways) {
		id, query, _ := strings.Cut(word, "?")
		hints, err := url.ParseQuery(query)
		if err != nil || id == "" {
			return wrong("oidc-ways",
				"want NAME or NAME?PARAMETER=VALUE, such as spid?kc_idp_hint=spid, and commas between them")
		}
		s.ways = append(s.ways, signin.Way{ID: id})
		if s.hints == nil {
			s.hints = make(map[string]url.Values)
		}
		s.hints[id] = hints
	}
	if s.demo() {
		return nil
	}
	if s.Login.Audience != "" && s.Login.Scope == "" && s.Login.Role == "" {
		return wrong("oidc-audience", "needs -oidc-scope or -oidc-role: an access token alone does not show "+
			"that its holder is an operator")
	}
	if s.Login.ClientID == "" {
		return wrong("oidc-client-id",
			"is needed with -oidc-issuer: the name by which the identity provider knows this service")
	}
	if u, err := url.Parse(s.Login.IdentityProvider); err != nil || u.Host == "" || u.Scheme != "https" &&
		!(u.Scheme == "http" && netaddr.IsLoopback(u.Hostname())) {
		return wrong("oidc-issuer", "want an https address")
	}
	if s.Login.SecretFile != "" {
		text, err := file.ReadPrivate(s.Login.SecretFile, maxPrivate)
		if err != nil {
			return &FlagError{"oidc-secret-file", err}
		}
		s.clientSecret = strings.TrimSpace(string(text))
	}
	return nil
}
