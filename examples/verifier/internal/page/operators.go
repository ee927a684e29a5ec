package page

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"net/http"
	"sync"
	"time"

	"golang.org/x/oauth2"

	"github.com/qr-invalidita/attesta/examples/internal/login"
	"github.com/qr-invalidita/attesta/verifier/page/web"
)

// Bounds of the logins: how long one may take and last, and how many there are at a time.
const (
	loginTime    = 5 * time.Minute
	operatorTime = 8 * time.Hour
	maxOperators = 100
)

// Operators are the people at this desk who logged in at the issuer's identity provider, each in a browser of their own. The
// access tokens stay in memory. Logging in works from a browser on the machine that runs the desk: the answer of the provider
// comes to its loopback interface (RFC 8252).
type Operators struct {
	// Issuer is the identity provider, ClientID what it knows this program as, Scope what the tokens are for.
	Issuer, ClientID, Scope string
	// HTTPS says that browsers reach the desk over https only.
	HTTPS bool

	mu       sync.Mutex
	sessions map[[32]byte]*operator // by the digest of the cookie
}

type operator struct {
	token *oauth2.Token // nil until the login is done
	until time.Time
	stop  context.CancelFunc
}

const operatorCookie = "desk"

type tokenKey struct{}

// Authorize puts the operator's token on a request of the second level; it is for [verifier.Client].
func (o *Operators) Authorize(r *http.Request) error {
	token, ok := r.Context().Value(tokenKey{}).(*oauth2.Token)
	if !ok {
		return errors.New("no operator is logged in")
	}
	token.SetAuthHeader(r)
	return nil
}

// with returns the context in which the browser's operator asks; false where none is logged in.
func (o *Operators) with(ctx context.Context, r *http.Request) (context.Context, bool) {
	key, ok := cookieKey(r)
	if !ok {
		return ctx, false
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	s := o.sessions[key]
	if s == nil || !s.token.Valid() || time.Now().After(s.until) {
		return ctx, false
	}
	return context.WithValue(ctx, tokenKey{}, s.token), true
}

func cookieKey(r *http.Request) ([32]byte, bool) {
	c, err := r.Cookie(operatorCookie)
	if err != nil || c.Value == "" {
		return [32]byte{}, false
	}
	return sha256.Sum256([]byte(c.Value)), true
}

// begin starts a login for the cookie and returns the address to open.
func (o *Operators) begin(ctx context.Context, key [32]byte) (string, error) {
	background, stop := context.WithTimeout(context.WithoutCancel(ctx), loginTime)
	s := &operator{until: time.Now().Add(operatorTime), stop: stop}
	o.mu.Lock()
	if o.sessions == nil {
		o.sessions = make(map[[32]byte]*operator)
	}
	if old := o.sessions[key]; old != nil {
		old.stop()
	}
	for k, old := range o.sessions {
		if time.Now().After(old.until) {
			old.stop()
			delete(o.sessions, k)
		}
	}
	full := o.sessions[key] == nil && len(o.sessions) >= maxOperators
	if !full {
		o.sessions[key] = s
	}
	o.mu.Unlock()
	if full {
		stop()
		return "", errors.New("too many logins at this desk")
	}
	address, failed := make(chan string, 1), make(chan error, 1)
	go func() {
		defer stop()
		token, err := login.Loopback(background, o.Issuer, o.ClientID, o.Scope, func(url string) error {
			address <- url
			return nil
		})
		if err != nil {
			failed <- err
			return
		}
		o.mu.Lock()
		defer o.mu.Unlock()
		s.token = token
	}()
	select {
	case url := <-address:
		return url, nil
	case err := <-failed:
		return "", err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// logIn sends the browser to the identity provider. The page opens it beside itself, so that nothing that was typed is lost.
func (p *Pages) logIn(w http.ResponseWriter, r *http.Request) {
	key, ok := cookieKey(r)
	if !ok {
		value := rand.Text()
		http.SetCookie(w, &http.Cookie{Name: operatorCookie, Value: value, Path: "/", HttpOnly: true, Secure: p.Operators.HTTPS, SameSite: http.SameSiteLaxMode})
		key = sha256.Sum256([]byte(value))
	}
	ctx, cancel := context.WithTimeout(r.Context(), askTimeout)
	defer cancel()
	url, err := p.Operators.begin(ctx, key)
	if err != nil {
		p.Site.Say(w, r, http.StatusBadGateway, web.Message{Title: "desk.login_failed_title", Text: "desk.login_failed"})
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, url, http.StatusSeeOther)
}

func (p *Pages) logOut(w http.ResponseWriter, r *http.Request) {
	if key, ok := cookieKey(r); ok {
		p.Operators.mu.Lock()
		if s := p.Operators.sessions[key]; s != nil {
			s.stop()
			delete(p.Operators.sessions, key)
		}
		p.Operators.mu.Unlock()
	}
	http.SetCookie(w, &http.Cookie{Name: operatorCookie, Path: "/", MaxAge: -1, HttpOnly: true, Secure: p.Operators.HTTPS, SameSite: http.SameSiteLaxMode})
	http.Redirect(w, r, "/", http.StatusSeeOther)
}
