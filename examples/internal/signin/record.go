package signin

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/qr-invalidita/attesta/examples/internal/login"
	"github.com/qr-invalidita/attesta/examples/internal/session"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

// The keys of the session's values.
const (
	identityKey = "identity"
	begunKey    = "begun"
)

// record is an identity as the session stores it; the store encrypts it.
type record struct {
	Code             string    `json:"code"`
	Name             string    `json:"name"`
	Level            int       `json:"level"`
	Method           string    `json:"method"`
	IdentityProvider string    `json:"issuer"`
	Subject          string    `json:"subject"`
	Organisation     string    `json:"organisation"`
	At               time.Time `json:"at"`
	Proved           time.Time `json:"proved,omitzero"`
}

func encode(id login.Identity) ([]byte, error) {
	return json.Marshal(record{Code: id.Person.Reveal(), Name: id.Name, Level: id.Level, Method: id.Method,
		IdentityProvider: id.IdentityProvider, Subject: id.Subject, Organisation: id.Organisation, At: id.At,
		Proved: id.Proved})
}

func decode(data []byte) (login.Identity, bool) {
	var r record
	if data == nil || json.Unmarshal(data, &r) != nil {
		return login.Identity{}, false
	}
	person, err := codicefiscale.Parse(r.Code)
	if err != nil {
		return login.Identity{}, false
	}
	return login.Identity{Person: person, Name: r.Name, Level: r.Level, Method: r.Method,
		IdentityProvider: r.IdentityProvider, Subject: r.Subject, Organisation: r.Organisation,
		At: r.At, Proved: r.Proved}, true
}

// begun is a login that has begun, at the provider or with a card. For a card, Pending holds only a nonce.
type begun struct {
	login.Pending
	Return string
}

const (
	maxBegun  = 5 // in as many tabs of a browser
	begunLast = 15 * time.Minute
)

func (p *Pages) logins(ctx context.Context) []begun {
	var list []begun
	if json.Unmarshal(p.Sessions.GetBytes(ctx, begunKey), &list) != nil {
		return nil
	}
	return list
}

func (p *Pages) putLogins(ctx context.Context, list []begun) {
	if len(list) == 0 {
		p.Sessions.Remove(ctx, begunKey)
		return
	}
	if data, err := json.Marshal(list); err == nil { // it holds texts and times only, so this never fails
		p.Sessions.Put(ctx, begunKey, data)
	}
}

func (p *Pages) remember(ctx context.Context, b begun) {
	list := append(p.logins(ctx), b)
	p.putLogins(ctx, list[max(0, len(list)-maxBegun):])
}

// take removes and returns the first login that is wanted, so that each is used once.
func (p *Pages) take(ctx context.Context, wanted func(begun) bool) (begun, bool) {
	list := p.logins(ctx)
	for i, b := range list {
		if time.Since(b.Began) < begunLast && wanted(b) {
			p.putLogins(ctx, append(list[:i:i], list[i+1:]...))
			return b, true
		}
	}
	return begun{}, false
}

// finish logs the person in. It renews the session's token, so that a token from before the login is
// worthless, and clears the session if its data may be another person's. Then it keeps only the logins that
// have begun in other tabs.
func (p *Pages) finish(w http.ResponseWriter, r *http.Request, id login.Identity, back string) {
	others := p.logins(r.Context())
	data, err := encode(id)
	if before, in := p.Identity(r); err == nil && (!in || before.Person != id.Person) {
		err = p.Sessions.Clear(r.Context())
	}
	if err == nil {
		err = p.Sessions.RenewToken(r.Context())
	}
	if err == nil && p.Index != nil {
		err = p.Index.Own(r.Context(), p.Sessions.Token(r.Context()), id.Person,
			session.About{Began: id.At, Method: id.Method})
	}
	if err != nil {
		p.Fault(w, r, err)
		return
	}
	p.putLogins(r.Context(), others)
	p.Sessions.Put(r.Context(), identityKey, data)
	p.log().InfoContext(r.Context(), "login", "method", id.Method, "level", id.Level)
	http.Redirect(w, r, back, http.StatusSeeOther)
}

const returnParameter = "return"

// Again returns the address of a fresh login in the way in which the person logged in before, from which the
// browser comes back to the path.
func (p *Pages) Again(id login.Identity, back string) string {
	return "/auth/login?" + url.Values{"via": {id.Method}, againParameter: {"1"},
		returnParameter: {back}}.Encode()
}

const againParameter = "again"

// choice returns the address of the login page from which the browser comes back to the path.
func choice(back string) string {
	return "/login?" + url.Values{returnParameter: {back}}.Encode()
}

// back returns the path to which to return. It must be a path of this site: anything that a browser could
// read as another site's URL, and any path of the login itself, becomes the home.
func (p *Pages) back(path string) string {
	u, err := url.Parse(path)
	if err != nil || len(path) > 1000 || !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") ||
		u.Scheme != "" || u.Host != "" ||
		strings.ContainsFunc(path, func(c rune) bool { return c <= ' ' || c == '\\' || c > '~' }) ||
		u.Path == "/login" || strings.HasPrefix(u.Path, "/auth/") {
		return p.home()
	}
	return path
}
