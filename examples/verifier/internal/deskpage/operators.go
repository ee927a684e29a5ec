package deskpage

import (
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"net/http"
	"sync"
	"time"

	"golang.org/x/oauth2"

	"github.com/qr-invalidita/attesta/examples/internal/login"
	"github.com/qr-invalidita/attesta/examples/internal/secret"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/page"
)

// These are the bounds of the logins: how long one may take, how long it lasts, and how many operators there
// may be. The operator whose login ends first makes room.
const (
	loginTime    = 5 * time.Minute
	operatorTime = 8 * time.Hour
	maxOperators = 100
)

// Operators holds the people who have logged in at the issuer's identity provider, each in a browser of
// their own, and the phones that wait for a login. It keeps the access tokens in memory. All doors of a desk
// share it. Make it with [NewOperators].
//
// A login ends in the browser in which it began. What the desk knows of a login that has begun is in a sealed
// cookie of that browser, so nobody else can end it, and nobody can use the desk's memory up.
type Operators struct {
	// Now is the clock; nil means time.Now.
	Now func() time.Time

	native *login.Native
	box    secret.Box

	mu       sync.Mutex
	sessions map[digest]session // by the cookie
	phones   map[digest]*phone  // by the cookie of the key
}

// digest is the SHA-256 of a cookie.
type digest [32]byte

func digestOf(cookie string) digest { return sha256.Sum256([]byte(cookie)) }

type session struct {
	token *oauth2.Token
	until time.Time
}

// NewOperators returns the operators who log in at an identity provider.
func NewOperators(n *login.Native) (*Operators, error) {
	key := make(secret.Secret, 32)
	rand.Read(key)
	box, err := key.Box("desk/login", nil)
	return &Operators{native: n, box: box, sessions: map[digest]session{}, phones: map[digest]*phone{}}, err
}

func (o *Operators) now() time.Time {
	if o.Now != nil {
		return o.Now()
	}
	return time.Now()
}

// start begins an operator's session and returns its cookie.
func (o *Operators) start(token *oauth2.Token) string {
	o.mu.Lock()
	defer o.mu.Unlock()
	now := o.now()
	var first digest
	for key, s := range o.sessions {
		if now.After(s.until) {
			delete(o.sessions, key)
		} else if f, ok := o.sessions[first]; !ok || s.until.Before(f.until) {
			first = key
		}
	}
	if len(o.sessions) >= maxOperators {
		delete(o.sessions, first)
	}
	cookie := rand.Text()
	o.sessions[digestOf(cookie)] = session{token, now.Add(operatorTime)}
	return cookie
}

// token returns the access token of the operator with the cookie, or nil.
func (o *Operators) token(cookie string) *oauth2.Token {
	o.mu.Lock()
	defer o.mu.Unlock()
	s, ok := o.sessions[digestOf(cookie)]
	if !ok || !s.token.Valid() || o.now().After(s.until) {
		return nil
	}
	return s.token
}

// end ends the session with the cookie.
func (o *Operators) end(cookie string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.sessions, digestOf(cookie))
}

// Operator reports whether an operator is logged in. The desk does not know the operator's organisation;
// the issuer reads it from the token, if the token names it.
func (d *door) Operator(r *http.Request) (page.Operator, bool) {
	return page.Operator{}, d.token(r) != nil
}

// token returns the access token of the browser's operator, or nil.
func (d *door) token(r *http.Request) *oauth2.Token {
	cookie := d.cookieValue(r, operatorCookie)
	if d.desk.Operators == nil || cookie == "" {
		return nil
	}
	return d.desk.Operators.token(cookie)
}

// authorized returns the client with an operator's token, which is nil if nobody is logged in.
func authorized(c verifier.Client, token *oauth2.Token) *verifier.Client {
	c.Authorize = func(call *http.Request) error {
		if token == nil {
			return errors.New("no operator is logged in")
		}
		token.SetAuthHeader(call)
		return nil
	}
	return &c
}
