package signin

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/qr-invalidita/attesta/examples/internal/login"
	"github.com/qr-invalidita/attesta/examples/internal/session"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

// identityKey is the key of the identity in the session.
const identityKey = "identity"

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

// finish logs the person in. It renews the session's token, so that a token from before the login is
// worthless, and clears the session if its data may be another person's. The logins that have begun in other
// tabs are not in the session.
func (p *Pages) finish(w http.ResponseWriter, r *http.Request, id login.Identity, b begun) {
	first, err := p.Once(r.Context(), "login:"+b.Nonce, b.Began.Add(begunLast))
	if err == nil && !first {
		p.refuse(w, r, login.ErrState, b.Return)
		return
	}
	data, fault := encode(id)
	err = errors.Join(err, fault)
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
	p.Sessions.Put(r.Context(), identityKey, data)
	p.log().InfoContext(r.Context(), "login", "method", id.Method, "level", id.Level)
	http.Redirect(w, r, b.Return, http.StatusSeeOther)
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
