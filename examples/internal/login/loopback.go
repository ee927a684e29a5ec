package login

import (
	"context"
	"embed"
	"html/template"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

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

// arrival is the answer that reached the loopback address.
type arrival struct {
	code string
	err  error
}

// Loopback logs in the person at this machine and returns an access token for the API. It uses the
// authorisation code flow with PKCE, and the answer goes to a port of the loopback interface (RFC 8252). The
// client must be registered with the address http://127.0.0.1/callback, which allows any port. openURL shows
// the login page to the person. The browser then goes on to the address next or, if it is empty, to a page
// that says how it went. Loopback waits until the login is complete or ctx is done.
func Loopback(ctx context.Context, issuer, clientID, scope, next string,
	openURL func(string) error) (*oauth2.Token, error) {
	provider := &Provider{Issuer: issuer}
	m, err := provider.discover(ctx)
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	endpoint := m.endpoint
	endpoint.AuthStyle = oauth2.AuthStyleInParams // there is no secret
	config := &oauth2.Config{ClientID: clientID, Endpoint: endpoint, Scopes: strings.Fields(scope),
		RedirectURL: "http://" + listener.Addr().String() + "/callback"}
	state, verifier, arrivals := unguessable(), oauth2.GenerateVerifier(), make(chan arrival, 1)
	server := &http.Server{Handler: m.callback(issuer, state, next, arrivals), ReadTimeout: fetchTimeout,
		WriteTimeout: fetchTimeout, MaxHeaderBytes: 16 << 10}
	go server.Serve(listener)
	defer stop(server)

	err = openURL(config.AuthCodeURL(state, oauth2.S256ChallengeOption(verifier), oidc.Nonce(unguessable()),
		oauth2.SetAuthURLParam("acr_values", strings.Join(SPID().AtLeast(2), " "))))
	if err != nil {
		return nil, err
	}
	select {
	case a := <-arrivals:
		if a.err != nil {
			return nil, a.err
		}
		token, err := config.Exchange(oidc.ClientContext(ctx, provider.client()), a.code,
			oauth2.VerifierOption(verifier))
		if err != nil {
			return nil, refusal(err)
		}
		return token, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// callback passes on the first answer to this login. A request without the right state is not part of this
// login and changes nothing.
func (m *metadata) callback(issuer, state, next string, arrivals chan<- arrival) http.Handler {
	page := template.Must(template.New("loopback").Parse(loopbackPage))
	mux := http.NewServeMux()
	mux.HandleFunc("GET /callback", func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		if !equal(q.Get("state"), state) {
			http.Error(w, ErrState.Error(), http.StatusBadRequest)
			return
		}
		code, err := m.answer(q, issuer)
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("Referrer-Policy", "no-referrer")
		if next != "" {
			http.Redirect(w, r, next, http.StatusSeeOther)
		} else {
			page.Execute(w, tell(err == nil))
		}
		select {
		case arrivals <- arrival{code, err}:
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
