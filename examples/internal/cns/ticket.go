package cns

import (
	"crypto/subtle"
	"time"

	"github.com/qr-invalidita/attesta/examples/internal/secret"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

const ticketFor = 30 * time.Second

// Tickets seals the content of a card for the way from the card's listener to the main origin, which opens
// it with the same secret. It is safe for concurrent use.
type Tickets struct {
	// Key is the same in all processes. Required.
	Key secret.Secret
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// ticket is what is sealed.
type ticket struct {
	Nonce  string    `json:"nonce"`
	Until  time.Time `json:"until"`
	Code   string    `json:"code"`
	Name   string    `json:"name"`
	Number string    `json:"number"`
	Issuer string    `json:"issuer"`
	Body   string    `json:"body"`
}

func (t Tickets) now() time.Time {
	if t.Now != nil {
		return t.Now()
	}
	return time.Now()
}

// Issue seals the card for the session that holds the nonce.
func (t Tickets) Issue(card Card, nonce string) (string, error) {
	box, err := t.Key.Box("cns ticket", nil)
	if err != nil {
		return "", err
	}
	return box.Seal(ticket{Nonce: nonce, Until: t.now().Add(ticketFor), Code: card.Person.Reveal(),
		Name: card.Name, Number: card.Number, Issuer: card.Issuer, Body: card.Body})
}

// Redeem opens a ticket for the session that holds the nonce. The caller has removed the nonce from the
// session, so each ticket works once. Redeem returns false if the ticket is invalid, expired, or made for
// another session.
func (t Tickets) Redeem(sealed, nonce string) (Card, bool) {
	box, err := t.Key.Box("cns ticket", nil)
	if err != nil || nonce == "" {
		return Card{}, false
	}
	var got ticket
	if box.Open(sealed, &got) != nil || subtle.ConstantTimeCompare([]byte(got.Nonce), []byte(nonce)) != 1 ||
		!t.now().Before(got.Until) {
		return Card{}, false
	}
	person, err := codicefiscale.Parse(got.Code)
	return Card{Person: person, Name: got.Name, Number: got.Number, Issuer: got.Issuer, Body: got.Body},
		err == nil
}
