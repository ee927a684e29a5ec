// Package login says who uses a service: [OIDC] for people in a browser, [Bearer] for programs that call the API on an
// operator's behalf, [Loopback] for the program at a desk that needs a token to call it with.
//
// It speaks plain OpenID Connect, which SPID and CIE do not: they want a signed request object, a federation of trust
// marks and an encrypted userinfo. So a body puts a proxy in front of them, such as iam-proxy-italia or Keycloak, and
// configures here what differs from one proxy to the next: the names of the claims and the values of acr.
//
// What is checked of an answer: state, nonce, the parameter iss of RFC 9207, the ID token with its at_hash, and that the
// userinfo speaks of the same subject. What is not: whether the codice fiscale was ever assigned, and whether an operator
// works for the body that they name, unless the provider says so in a claim.
package login

import (
	"fmt"
	"io"
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/verifier/service"
)

// Identity is who logged in. It prints as a constant.
type Identity struct {
	Person codicefiscale.Code
	// Name as the provider writes it; may be empty.
	Name string
	// Level of assurance, 1 to 3 as in SPID; 0 where the provider's acr is not in the map.
	Level int
	// Method is the way in that the person chose: spid, cie, cns.
	Method string
	// Issuer and Subject are the provider's names for itself and for the person.
	Issuer, Subject string
	// Organisation that the person works for, where the provider vouches for it.
	Organisation string
	// At is when the login was completed.
	At time.Time
}

// Operator returns the identity as the second level wants it. Its ID is the codice fiscale: the same person is one
// operator, however they log in.
func (i Identity) Operator() service.Operator {
	return service.Operator{Issuer: i.Issuer, ID: i.Person.Reveal(), Organisation: i.Organisation}
}

// Format writes "[identity]", whatever the verb and its flags.
func (Identity) Format(f fmt.State, _ rune) { io.WriteString(f, "[identity]") }

// LogValue returns "[identity]".
func (Identity) LogValue() slog.Value { return slog.StringValue("[identity]") }

// Error is why a login or a token was refused. It never holds anything that came with the request. Compare with errors.Is.
type Error string

// The reasons for which a login is refused.
const (
	// ErrConfiguration: a field that must be set is not, or holds what cannot work.
	ErrConfiguration Error = "login is not configured"
	// ErrUnavailable: the provider does not answer, or not as the standard wants.
	ErrUnavailable Error = "identity provider is not available"
	// ErrState: the answer belongs to no login that began here, or began too long ago.
	ErrState Error = "answer to no login that began in this session"
	// ErrIssuer: the answer came from another provider (RFC 9207).
	ErrIssuer Error = "answer of another identity provider"
	// ErrCancelled: the person gave up, or the provider refused them (access_denied).
	ErrCancelled Error = "login was cancelled"
	// ErrProvider: the provider answered with an error of its own.
	ErrProvider Error = "identity provider answered with an error"
	// ErrCode: the provider did not take the code.
	ErrCode Error = "identity provider refused the code"
	// ErrToken: the ID token or its access token is not what it should be.
	ErrToken Error = "token is not valid"
	// ErrNonce: the ID token answers another login.
	ErrNonce Error = "token answers another login"
	// ErrSubject: the userinfo speaks of somebody else.
	ErrSubject Error = "userinfo speaks of another subject"
	// ErrPerson: no claim holds a codice fiscale, or what it holds is none.
	ErrPerson Error = "identity provider gave no codice fiscale"
	// ErrLevel: the login is weaker than what was asked for.
	ErrLevel Error = "login is of too low a level"
)

// Error returns a sentence for developers, whose wording may change.
func (e Error) Error() string { return string(e) }

// Levels says which level of assurance, 1 to 3, a value of acr stands for. What is not in it stands for none.
type Levels map[string]int

// SPID returns the values of SPID and CIE.
func SPID() Levels {
	const base = "https://www.spid.gov.it/SpidL"
	return Levels{base + "1": 1, base + "2": 2, base + "3": 3}
}

// AtLeast returns the values of the level and above, weakest first: what an authorisation request asks for.
func (l Levels) AtLeast(level int) []string {
	values := slices.Collect(maps.Keys(l))
	values = slices.DeleteFunc(values, func(v string) bool { return l[v] < level })
	slices.SortFunc(values, func(a, b string) int {
		if l[a] != l[b] {
			return l[a] - l[b]
		}
		if a < b {
			return -1
		}
		return 1
	})
	return values
}
