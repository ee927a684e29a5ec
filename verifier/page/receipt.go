package page

import (
	"net/http"
	"time"

	"github.com/qr-invalidita/attesta/verifier/api"
	"github.com/qr-invalidita/attesta/verifier/page/answer"
)

// receiptView is the part of a page that shows a receipt.
type receiptView struct {
	api.Receipt
	// Text is the signed receipt, or empty if there is none.
	Text string
	At   time.Time
	// Answer is the outcome in words, and Title is the title of the benefit.
	Answer, Title string
}

// show returns the view of a receipt.
func (p *Pages) show(r *http.Request, text string, receipt api.Receipt) receiptView {
	lang := language(r)
	return receiptView{Receipt: receipt, Text: text, At: time.Unix(receipt.IssuedAt, 0),
		Answer: answer.ForVerdict(lang, receipt.Outcome).Headline,
		Title:  answer.Title(lang, p.config.Catalogue, receipt.Benefit)}
}

// receipt returns a receipt as a file. The form contains the receipt, because the server does not store it.
// It is verified first, so that nobody can use this page to distribute another text.
func (p *Pages) receipt(w http.ResponseWriter, r *http.Request) {
	text := r.PostFormValue("receipt")
	client, _ := p.client(r)
	if client == nil {
		p.gone(w, r)
		return
	}
	receipt, err := client.VerifyReceipt(r.Context(), text)
	if err != nil {
		p.gone(w, r)
		return
	}
	writeReceipt(w, receipt.ID, text)
}

// writeReceipt writes a receipt as a file.
func writeReceipt(w http.ResponseWriter, id, text string) {
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="receipt-`+id+`.txt"`)
	h.Set("Cache-Control", "no-store")
	w.Write([]byte(text))
}
