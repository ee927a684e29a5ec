package signin

import (
	"net/http"
	"time"

	"github.com/qr-invalidita/attesta/examples/internal/login"
	"github.com/qr-invalidita/attesta/examples/internal/secret"
)

// This file keeps logins that have begun in a sealed cookie of the browser. A session, which is a row of the
// database, begins only when somebody has logged in: anybody can begin logins, without end.

// begun is a login that has begun, at the provider or with a card. For a card, Pending holds only a nonce.
type begun struct {
	login.Pending
	Return string
}

const (
	maxBegun  = 5 // in as many tabs of a browser
	begunLast = 15 * time.Minute
	// maxCookie is the room for the sealed logins: browsers keep cookies of 4,096 bytes with their name and
	// attributes (RFC 6265, section 6.1).
	maxCookie = 3800
)

func (p *Pages) box() (secret.Box, error) { return p.Key.Box("signin/begun", nil) }

func (p *Pages) cookieName() string {
	if p.Sessions.Cookie.Secure {
		return "__Host-login"
	}
	return "login"
}

// logins returns the logins that have begun in this browser.
func (p *Pages) logins(r *http.Request) (list []begun) {
	c, err := r.Cookie(p.cookieName())
	if err != nil {
		return nil
	}
	box, err := p.box()
	if err != nil || box.Open(c.Value, &list) != nil {
		return nil
	}
	return list
}

// putLogins keeps the logins in the browser. It drops the oldest ones that do not fit.
func (p *Pages) putLogins(w http.ResponseWriter, list []begun) {
	c := http.Cookie{Name: p.cookieName(), Path: "/", MaxAge: -1, HttpOnly: true,
		Secure: p.Sessions.Cookie.Secure, SameSite: http.SameSiteLaxMode} // the provider's answer is a GET
	for list = list[max(0, len(list)-maxBegun):]; len(list) > 0; list = list[1:] {
		box, err := p.box()
		if err == nil {
			c.Value, err = box.Seal(list)
		}
		if err == nil && len(c.Value) <= maxCookie {
			c.MaxAge = int(begunLast.Seconds())
			break
		}
		c.Value = ""
	}
	http.SetCookie(w, &c)
}

func (p *Pages) remember(w http.ResponseWriter, r *http.Request, b begun) {
	p.putLogins(w, append(p.logins(r), b))
}

// take removes and returns the first login that is wanted. A copy of the cookie still has it, but
// [Pages.Once] lets it log in once.
func (p *Pages) take(w http.ResponseWriter, r *http.Request, wanted func(begun) bool) (begun, bool) {
	list := p.logins(r)
	for i, b := range list {
		if time.Since(b.Began) < begunLast && wanted(b) {
			p.putLogins(w, append(list[:i:i], list[i+1:]...))
			return b, true
		}
	}
	return begun{}, false
}
