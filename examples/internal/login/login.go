// Package login authenticates the users of a service: [OIDC] for people in a browser, [Bearer] for programs
// that call the API for an operator, [Loopback] for a program at a desk that needs a token for such calls,
// and [Native] for a desk that serves such operators' browsers.
//
// It speaks plain OpenID Connect. SPID and CIE require more: signed request objects, a federation of trust
// marks, encrypted userinfo. A body therefore puts a proxy in front of them, such as iam-proxy-italia or
// Keycloak, and configures here what differs between proxies: the names of the claims and the values of acr.
//
// The package checks the state, the nonce, the parameter iss of RFC 9207, the ID token with its at_hash, and
// that the userinfo is about the same subject. It does not check that the codice fiscale was ever assigned.
// It does not check that an operator works for the body they name, unless the provider confirms it in a
// claim.
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

// Identity is a person who logged in. It prints as a constant.
type Identity struct {
	Person codicefiscale.Code
	// Name is the name as the provider writes it; it may be empty.
	Name string
	// Level is the level of assurance, 1 to 3 as in SPID; 0 if the provider's acr is not in the map.
	Level int
	// Method is the way in that the person chose: spid, cie or cns.
	Method string
	// IdentityProvider identifies the provider, and Subject the person at the provider.
	IdentityProvider, Subject string
	// Organisation is the body that the person works for, if the provider confirms it.
	Organisation string
	// At is when the login was completed.
	At time.Time
	// Proved is when the person last gave the provider their credentials, or showed their card. It is zero
	// if this was before the login began, as with a single sign-on, or if the provider does not say.
	Proved time.Time
}

// ByPerson is the IdentityProvider of an operator whose codice fiscale is known. Packages otp and accesslog
// name an operator by a keyed digest of IdentityProvider and ID, so the provider or the card that somebody
// logged in with must not be part of it: with it, one person would have several budgets of failures.
const ByPerson = "codice fiscale"

// Operator returns the identity as the second level needs it. A person is the same operator whichever way
// they log in: the ID is the codice fiscale, and the IdentityProvider is [ByPerson].
func (i Identity) Operator() service.Operator {
	return service.Operator{IdentityProvider: ByPerson, ID: i.Person.Reveal(), Organisation: i.Organisation}
}

// Format writes "[identity]", whatever the verb and its flags.
func (Identity) Format(f fmt.State, _ rune) { io.WriteString(f, "[identity]") }

// LogValue returns "[identity]".
func (Identity) LogValue() slog.Value { return slog.StringValue("[identity]") }

// Error is the reason for which a login or a token was refused. It never holds any part of the request.
// Compare it with errors.Is.
type Error string

// The reasons for which a login is refused.
const (
	// ErrConfiguration means that a required field is missing or holds an unusable value.
	ErrConfiguration Error = "login is not configured"
	// ErrUnavailable means that the provider does not answer, or not as the standard requires.
	ErrUnavailable Error = "identity provider is not available"
	// ErrState means that the answer belongs to no login begun in this session, or to one begun too long
	// ago.
	ErrState Error = "answer to no login that began in this session"
	// ErrIssuer means that the answer came from another provider (RFC 9207).
	ErrIssuer Error = "answer of another identity provider"
	// ErrCancelled means that the person cancelled, or that the provider refused them (access_denied).
	ErrCancelled Error = "login was cancelled"
	// ErrProvider means that the provider answered with an error of its own.
	ErrProvider Error = "identity provider answered with an error"
	// ErrCode means that the provider refused the code.
	ErrCode Error = "identity provider refused the code"
	// ErrToken means that the ID token or its access token is invalid.
	ErrToken Error = "token is not valid"
	// ErrNonce means that the ID token belongs to another login.
	ErrNonce Error = "token answers another login"
	// ErrSubject means that the userinfo is about another subject.
	ErrSubject Error = "userinfo speaks of another subject"
	// ErrPerson means that no claim holds a valid codice fiscale.
	ErrPerson Error = "identity provider gave no codice fiscale"
	// ErrClaim means that a claim has several values where one is expected.
	ErrClaim Error = "identity provider gave several values for one claim"
	// ErrProved means that the provider did not ask the person for their credentials, or does not say when
	// it did, though the login was to be a fresh one.
	ErrProved Error = "identity provider did not ask the person again"
	// ErrLevel means that the login has a lower level than required.
	ErrLevel Error = "login is of too low a level"
)

// Error returns a sentence for developers, whose wording may change.
func (e Error) Error() string { return string(e) }

// Levels maps the values of acr to levels of assurance, 1 to 3. A value that is missing has level 0.
type Levels map[string]int

// SPID returns the values of SPID and CIE.
func SPID() Levels {
	const base = "https://www.spid.gov.it/SpidL"
	return Levels{base + "1": 1, base + "2": 2, base + "3": 3}
}

// AtLeast returns the values of the level and above, weakest first, for an authorisation request.
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
