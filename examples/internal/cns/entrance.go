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

// Entrance is the handler of the card's listener. It answers GET PATH?nonce=… by sending the browser to the main origin,
// with a ticket or with the reason why there is none.
type Entrance struct {
	Rules   Rules
	Tickets Tickets
	// Return is the address at the main origin that takes the ticket. Required.
	Return string
	// Proxy takes the certificate from a header; nil: from the connection, for which the listener has [Entrance.TLS].
	Proxy *Proxy
	// Log takes a record for each card that is refused, without anything that it says; nil means silence.
	Log *slog.Logger
}

// TLS returns the configuration of the listener, but for its own certificate. A browser without a card gets no connection.
func (e Entrance) TLS() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, ClientAuth: tls.RequireAndVerifyClientCert,
		ClientCAs: e.Rules.Roots, SessionTicketsDisabled: true} // without a ticket each connection needs the card
}

var nonceForm = regexp.MustCompile(`^[A-Za-z0-9]{32,200}$`)

// The reasons that the main origin is told, as the parameter reason.
const (
	ReasonCard        = "card"        // this card does not open the door
	ReasonUnavailable = "unavailable" // it cannot be told
)

// ServeHTTP reads the card.
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
			e.Log.WarnContext(r.Context(), "card refused", "reason", answer.Get("reason"), "cause", string(refused))
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
