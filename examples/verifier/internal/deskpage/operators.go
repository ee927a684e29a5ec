package deskpage

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"golang.org/x/oauth2"

	"github.com/qr-invalidita/attesta/examples/internal/login"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/page"
	"github.com/qr-invalidita/attesta/verifier/page/web"
)

// These are the bounds of the logins: how long one may take, how long it lasts, and how many there may
// be.
const (
	loginTime    = 5 * time.Minute
	operatorTime = 8 * time.Hour
	maxOperators = 100
)

// Operators holds the people who have logged in at the issuer's identity provider, each in a browser of
// their own. It keeps the access tokens in memory. It implements [page.Operators].
//
// A login works only in a browser on the machine that runs the desk: the provider answers to the
// loopback interface (RFC 8252), which sends the browser back to the desk.
type Operators struct {
	// Issuer is the URL of the identity provider, ClientID identifies this program there, and Scope is
	// what the tokens are for.
	Issuer, ClientID, Scope string
	// HTTPS reports that browsers reach the desk over https only.
	HTTPS bool

	mu       sync.Mutex
	sessions map[[32]byte]*operator // by the digest of the cookie
}

type operator struct {
	token *oauth2.Token // nil until the login is done
	until time.Time
	stop  context.CancelFunc
	ended chan struct{} // closed when the login has ended, with a token or without
}

const operatorCookie = "desk"

// Operator reports whether an operator is logged in. The desk does not know the operator's organisation;
// the issuer reads it from the token, if the token names it.
func (o *Operators) Operator(r *http.Request) (page.Operator, bool) {
	return page.Operator{}, o.token(r) != nil
}

// token returns the access token of the browser's operator, or nil.
func (o *Operators) token(r *http.Request) *oauth2.Token {
	key, ok := cookieKey(r)
	if !ok {
		return nil
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	s := o.sessions[key]
	if s == nil || !s.token.Valid() || time.Now().After(s.until) {
		return nil
	}
	return s.token
}

// client returns the client with the credentials of the browser's operator.
func (o *Operators) client(c verifier.Client, r *http.Request) *verifier.Client {
	token := o.token(r)
	c.Authorize = func(call *http.Request) error {
		if token == nil {
			return errors.New("no operator is logged in")
		}
		token.SetAuthHeader(call)
		return nil
	}
	return &c
}

// LoginPath returns the path of the page that asks an operator to log in.
func (o *Operators) LoginPath(back string) string { return withBack(pathOperator, back) }

func withBack(path, back string) string { return path + "?" + url.Values{"back": {back}}.Encode() }

// backPath returns the path of the desk to which the browser returns after the login.
func backPath(r *http.Request) string {
	back := r.URL.Query().Get("back")
	if !strings.HasPrefix(back, "/") || strings.HasPrefix(back, "//") || strings.Contains(back, "\\") {
		return "/"
	}
	return back
}

func cookieKey(r *http.Request) ([32]byte, bool) {
	c, err := r.Cookie(operatorCookie)
	if err != nil || c.Value == "" {
		return [32]byte{}, false
	}
	return sha256.Sum256([]byte(c.Value)), true
}

// begin starts a login for the cookie and returns the address to open. After the login the browser goes
// to next.
func (o *Operators) begin(ctx context.Context, key [32]byte, next string) (string, error) {
	background, stop := context.WithTimeout(context.WithoutCancel(ctx), loginTime)
	s := &operator{until: time.Now().Add(operatorTime), stop: stop, ended: make(chan struct{})}
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
		defer close(s.ended)
		defer stop()
		token, err := login.Loopback(background, o.Issuer, o.ClientID, o.Scope, next, func(url string) error {
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

// register adds the pages of the login to the mux.
func (o *Operators) register(mux *http.ServeMux, site *web.Site) {
	// A page with a link, since browsers follow no redirect from a form to another site.
	mux.HandleFunc("GET "+pathOperator, func(w http.ResponseWriter, r *http.Request) {
		site.Say(
			w,
			r,
			http.StatusOK,
			web.Message{Title: "q.login_title", Text: "q.login", NextText: "q.login_button",
				Next: withBack(pathGo, backPath(r))},
		)
	})
	mux.HandleFunc("GET "+pathGo, func(w http.ResponseWriter, r *http.Request) { o.logIn(w, r, site) })
	mux.HandleFunc("GET "+pathDone, o.done)
	mux.HandleFunc("POST /auth/logout", o.logOut)
}

// The paths of the login.
const (
	pathOperator = "/operator"
	pathGo       = "/operator/go"
	pathDone     = "/operator/done"
)

// logIn sends the browser to the identity provider.
func (o *Operators) logIn(w http.ResponseWriter, r *http.Request, site *web.Site) {
	key, ok := cookieKey(r)
	if !ok {
		value := rand.Text()
		http.SetCookie(
			w,
			&http.Cookie{Name: operatorCookie, Value: value, Path: "/", HttpOnly: true, Secure: o.HTTPS,
				SameSite: http.SameSiteLaxMode},
		)
		key = sha256.Sum256([]byte(value))
	}
	ctx, cancel := context.WithTimeout(r.Context(), askTimeout)
	defer cancel()
	scheme := "http://"
	if o.HTTPS {
		scheme = "https://"
	}
	address, err := o.begin(ctx, key, scheme+r.Host+withBack(pathDone, backPath(r)))
	if err != nil {
		site.Say(
			w,
			r,
			http.StatusBadGateway,
			web.Message{Title: "desk.login_failed_title", Text: "desk.login_failed"},
		)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, address, http.StatusSeeOther)
}

// done waits until the login has ended, because the token may arrive after the browser, and sends the
// browser back to the desk.
func (o *Operators) done(w http.ResponseWriter, r *http.Request) {
	if key, ok := cookieKey(r); ok {
		o.mu.Lock()
		s := o.sessions[key]
		o.mu.Unlock()
		ctx, cancel := context.WithTimeout(r.Context(), askTimeout)
		defer cancel()
		if s != nil {
			select {
			case <-s.ended:
			case <-ctx.Done():
			}
		}
	}
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, backPath(r), http.StatusSeeOther)
}

func (o *Operators) logOut(w http.ResponseWriter, r *http.Request) {
	if key, ok := cookieKey(r); ok {
		o.mu.Lock()
		if s := o.sessions[key]; s != nil {
			s.stop()
			delete(o.sessions, key)
		}
		o.mu.Unlock()
	}
	http.SetCookie(w, &http.Cookie{Name: operatorCookie, Path: "/", MaxAge: -1, HttpOnly: true,
		Secure: o.HTTPS, SameSite: http.SameSiteLaxMode})
	http.Redirect(w, r, "/", http.StatusSeeOther)
}
