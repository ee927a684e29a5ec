package page

import (
	"net/http"
	"time"

	"github.com/qr-invalidita/attesta/verifier/api"
	"github.com/qr-invalidita/attesta/verifier/page/answer"
)

// receiptView is what a receipt says. It names neither the person nor a category, and may be kept.
type receiptView struct {
	api.Receipt
	// Text is the receipt itself; empty: there is none.
	Text string
	At   time.Time
	// Answer is the outcome in words, Title the benefit's.
	Answer, Title string
}

// show returns a receipt for the page.
func (p *Pages) show(r *http.Request, text string, receipt api.Receipt) receiptView {
	lang := language(r)
	return receiptView{Receipt: receipt, Text: text, At: time.Unix(receipt.IssuedAt, 0),
		Answer: answer.ForVerdict(lang, receipt.Outcome).Headline,
		Title:  answer.Title(lang, p.config.Catalogue, receipt.Benefit)}
}

// receipt gives a receipt back as a file. It comes from the page, for nothing of it is stored here, and is
// looked at first, so that nobody has this address hand out a text of their own.
func (p *Pages) receipt(w http.ResponseWriter, r *http.Request) {
	text := r.PostFormValue("receipt")
	client, _ := p.client(r)
	if client == nil {
		p.gone(w, r)
		return
	}
	receipt, err := client.VerifyReceipt(text)
	if err != nil {
		p.gone(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="receipt-`+receipt.ID+`.txt"`)
	h.Set("Cache-Control", "no-store")
	w.Write([]byte(text))
}
