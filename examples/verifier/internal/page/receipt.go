package page

import (
	"net/http"
	"time"

	"github.com/qr-invalidita/attesta/verifier/api"
	"github.com/qr-invalidita/attesta/verifier/page/answer"
	"github.com/qr-invalidita/attesta/verifier/page/web"
)

// receiptView is a receipt that was verified.
type receiptView struct {
	api.Receipt
	At    time.Time
	Title string
	Text  string
}

// receipt shows a receipt to be printed, or hands it out as a file. It is verified first, as whoever gets it would.
func (p *Pages) receipt(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxField)
	text := r.PostFormValue("receipt")
	receipt, err := p.Client.VerifyReceipt(text)
	if err != nil {
		p.Site.Say(w, r, http.StatusUnprocessableEntity, web.Message{Title: "desk.receipt_bad_title", Text: "desk.receipt_bad"})
		return
	}
	if r.PostFormValue("save") != "" {
		w.Header().Set("Content-Type", "application/jose")
		w.Header().Set("Content-Disposition", `attachment; filename="receipt-`+receipt.ID+`.jws"`)
		w.Header().Set("Cache-Control", "no-store")
		w.Write([]byte(text + "\n"))
		return
	}
	p.Site.Render(w, r, http.StatusOK, "desk-receipt", receiptView{receipt, time.Unix(receipt.IssuedAt, 0),
		answer.Title(language(r), p.Catalogue, receipt.Benefit), text})
}
