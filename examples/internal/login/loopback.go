package login

import (
	"context"
	"embed"
	"html/template"
	"net"
	"net/http"
	"net/url"
	"time"

	"golang.org/x/oauth2"

	"github.com/qr-invalidita/attesta/examples/internal/hosts"
	"github.com/qr-invalidita/attesta/internal/words"
)

//go:embed loopback.html
var loopbackPage string

//go:embed words/*.json
var wordFiles embed.FS

// said is how a login went, in one language.
type said struct{ Lang, Title, Text string }

// tell returns how a login went in every language, Italian first.
func tell(done bool) []said {
	var all []said
	texts := words.MustRead[struct{ Done, Failed said }](wordFiles)
	for _, lang := range words.Languages() {
		s := texts[lang].Failed
		if done {
			s = texts[lang].Done
		}
		s.Lang = lang
		all = append(all, s)
	}
	return all
}

// Loopback logs in the person at this machine and returns an access token for the API. The answer goes to a
// port of the loopback interface (RFC 8252). The client must be registered with the address
// http://127.0.0.1/callback, which allows any port. openURL shows the login page to the person. The browser
// ends at a page that says how it went. Loopback waits until the login is complete or ctx is done.
//
// Any browser on this machine can complete the login. Use [Native] in a program that serves other people's
// browsers.
func Loopback(ctx context.Context, issuer, clientID, scope string,
	openURL func(string) error) (*oauth2.Token, error) {
	n := &Native{Provider: &Provider{Issuer: issuer}, ClientID: clientID, Scope: scope}
	m, err := n.Provider.discover(ctx)
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	address, attempt, err := n.Begin(ctx, "http://"+listener.Addr().String()+"/callback")
	if err != nil {
		listener.Close()
		return nil, err
	}
	answers := make(chan url.Values, 1)
	server := &http.Server{Handler: hosts.Allow(m.callback(issuer, attempt.State, answers)),
		ReadTimeout: fetchTimeout, WriteTimeout: fetchTimeout, MaxHeaderBytes: 16 << 10}
	go server.Serve(listener)
	defer stop(server)

	if err := openURL(address); err != nil {
		return nil, err
	}
	select {
	case answer := <-answers:
		return n.Finish(ctx, answer, attempt)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// callback passes on the first answer to this login. A request without the right state is not part of this
// login and changes nothing.
func (m *metadata) callback(issuer, state string, answers chan<- url.Values) http.Handler {
	page := template.Must(template.New("loopback").Parse(loopbackPage))
	mux := http.NewServeMux()
	mux.HandleFunc("GET /callback", func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		if !equal(q.Get("state"), state) {
			http.Error(w, ErrState.Error(), http.StatusBadRequest)
			return
		}
		_, err := m.answer(q, issuer)
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("Referrer-Policy", "no-referrer")
		page.Execute(w, tell(err == nil))
		select {
		case answers <- q:
		default:
		}
	})
	return mux
}

// stop lets the final page reach the browser before the server ends.
func stop(server *http.Server) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if server.Shutdown(ctx) != nil {
		server.Close()
	}
}
