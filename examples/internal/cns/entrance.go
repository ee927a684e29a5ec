package cns

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
)

// Entrance is the handler of the card's listener. It answers GET PATH?nonce=… with a redirect to the main
// origin that carries a ticket, or the reason why there is none.
type Entrance struct {
	Rules   Rules
	Tickets Tickets
	// Return is the URL on the main origin that accepts the ticket. Required.
	Return string
	// Proxy takes the certificate from a header. If it is nil, the certificate comes from the connection,
	// and the listener needs [Entrance.TLS].
	Proxy *Proxy
	// Log receives a record for each refused card, without its content; nil discards them.
	Log *slog.Logger
}

// TLS returns the configuration of the listener, except for its own certificate. A browser without a card
// gets no connection.
func (e Entrance) TLS() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, ClientAuth: tls.RequireAndVerifyClientCert,
		// without session tickets each connection needs the card
		ClientCAs: e.Rules.Roots, SessionTicketsDisabled: true}
}

var nonceForm = regexp.MustCompile(`^[A-Za-z0-9]{32,200}$`)

// The values of the parameter reason in the redirect.
const (
	ReasonCard        = "card"        // the card is refused
	ReasonUnavailable = "unavailable" // the card could not be checked
)

// ServeHTTP reads the card and redirects to the main origin.
func (e Entrance) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Referrer-Policy", "no-referrer")
	if r.Method != http.MethodGet {
		w.Header().Set("Allow", http.MethodGet)
		http.Error(w, http.StatusText(http.StatusMethodNotAllowed), http.StatusMethodNotAllowed)
		return
	}
	answer := make(url.Values)
	if ticket, err := e.ticket(r); err == nil {
		answer.Set("ticket", ticket)
	} else {
		answer.Set("reason", ReasonCard)
		var refused Error
		if !errors.As(err, &refused) || refused == ErrRevocationUnknown {
			answer.Set("reason", ReasonUnavailable)
		}
		if e.Log != nil {
			e.Log.WarnContext(r.Context(), "card refused", "reason", answer.Get("reason"), "cause",
				string(refused))
		}
	}
	http.Redirect(w, r, e.Return+"?"+answer.Encode(), http.StatusSeeOther)
}

func (e Entrance) ticket(r *http.Request) (string, error) {
	nonce := r.URL.Query().Get("nonce")
	if !nonceForm.MatchString(nonce) {
		return "", ErrNoCard
	}
	chain, err := e.chain(r)
	if err != nil {
		return "", err
	}
	card, err := e.Rules.Read(chain)
	if err != nil {
		return "", err
	}
	return e.Tickets.Issue(card, nonce)
}

func (e Entrance) chain(r *http.Request) ([]*x509.Certificate, error) {
	switch {
	case e.Proxy != nil:
		return e.Proxy.certificate(r)
	case r.TLS == nil:
		return nil, ErrNoCard
	}
	return r.TLS.PeerCertificates, nil
}
