// Package cards lets the checking pages ask for European Disability Cards in wallets on phones. It stands
// between package page, which links no wallet, and package wallet.
package cards

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/qr-invalidita/attesta/examples/internal/callers"
	"github.com/qr-invalidita/attesta/qrpdf"
	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/verifier/api"
	"github.com/qr-invalidita/attesta/verifier/page"
	"github.com/qr-invalidita/attesta/verifier/wallet"
)

// perMinute is how many requests an address may make in a minute. A wallet makes two for a card, and the
// phones behind a mobile network share an address, as all do behind a proxy.
const perMinute = 600

// Asker asks wallets. Make it with [Settings.Open].
type Asker struct {
	party    *wallet.RelyingParty
	name     string
	path     string            // of the address that phones reach
	receipts []token.PublicKey // the key of receipts, or none
	limit    *callers.Limit
}

// Mount returns a handler that serves the addresses that wallets call, limited by the caller's address, and
// passes everything else on.
func (a *Asker) Mount(next http.Handler) http.Handler {
	wallets := http.StripPrefix(a.path, a.party.Handler())
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		call, ok := strings.CutPrefix(r.URL.Path, a.path)
		if !ok || !strings.HasPrefix(call, "/request/") && !strings.HasPrefix(call, "/response/") {
			next.ServeHTTP(w, r)
			return
		}
		w.Header().Set("X-Content-Type-Options", "nosniff")
		if wait := a.limit.Take(r); wait > 0 {
			w.Header().Set("Retry-After", callers.Seconds(wait))
			http.Error(w, http.StatusText(http.StatusTooManyRequests), http.StatusTooManyRequests)
			return
		}
		r.Pattern = a.path + "/" // for logs and metrics, without the question
		wallets.ServeHTTP(w, r)
	})
}

// Pages returns the questions of the checking pages at the origin, such as https://desk.example.it, to which
// a wallet on the same device sends the browser back.
func (a *Asker) Pages(origin string) page.Cards { return asker{a, origin} }

type asker struct {
	*Asker
	origin string
}

// Start implements [page.Cards].
func (a asker) Start(ask page.CardAsk) (page.CardQuestion, error) {
	own := wallet.Ask{Desk: ask.Desk, Benefit: ask.Benefit, Case: ask.Case}
	if ask.Return != "" {
		own.Return = a.origin + ask.Return
	}
	q, err := a.party.Start(own)
	return page.CardQuestion{ID: q.ID, Link: q.Link, Asker: a.name, Expires: q.Expires}, err
}

// Answer implements [page.Cards].
func (a asker) Answer(desk, id, code string) (page.CardReport, bool, error) {
	r, waiting, err := a.party.Answer(desk, id, code)
	return a.report(r), waiting, err
}

// Compare implements [page.Cards].
func (a asker) Compare(ctx context.Context, desk, id string, seen status.Tri) (page.CardReport, error) {
	r, err := a.party.Compare(ctx, desk, id, seen)
	return a.report(r), err
}

// Draw implements [page.Cards].
func (asker) Draw(link string) ([]byte, error) {
	symbol, err := qrpdf.Encoder{}.Encode(link)
	if err != nil {
		return nil, err
	}
	var picture bytes.Buffer
	err = qrpdf.PNG{}.Write(&picture, symbol)
	return picture.Bytes(), err
}

func (a asker) report(r wallet.Report) page.CardReport {
	own := page.CardReport{Report: r.Report}
	if r.Holder != nil {
		own.Picture, own.Name = r.Holder.Picture, r.Holder.Name
	}
	if c, err := wallet.VerifyReceipt(r.Receipt, a.receipts); err == nil {
		claims := Receipt(c)
		own.ReceiptClaims = &claims
	}
	return own
}

// Receipt returns the receipt of a card in the form of the others, with the level 0.
func Receipt(r wallet.Receipt) api.Receipt {
	return api.Receipt{IssuerName: r.IssuerName, IssuedAt: r.IssuedAt, ID: r.ID, Outcome: r.Outcome,
		Code: r.Code, Benefit: r.Benefit, Declared: r.Declared, Case: r.Case, Check: r.Check}
}

// origin returns the scheme and host of an address.
func origin(u *url.URL) string { return u.Scheme + "://" + u.Host }
