package page

import (
	"net/http"
	"time"

	"github.com/qr-invalidita/attesta/verifier/api"
)

// inquiry is what an operator works at: one person's paper and what is asked about it. A page hands it on sealed, so that the
// codice fiscale is in clear only in the field into which somebody types it.
type inquiry struct {
	QR        string         `json:"q,omitempty"`
	CF        string         `json:"c,omitempty"`
	Benefit   string         `json:"b,omitempty"`
	Challenge *api.Challenge `json:"h,omitempty"` // for the eyes of the operator: it decides nothing
}

const (
	inPage   = "attesta/desk/page/1"
	pageLife = 15 * time.Minute
)

func (p *Pages) seal(i inquiry) string { return p.box.Seal(i, inPage, pageLife) }

// handed returns the inquiry that a form brings; false if there is none, or if it is too old.
func (p *Pages) handed(r *http.Request) (inquiry, bool) {
	var i inquiry
	ok := p.box.Open(r.PostForm.Get("inquiry"), inPage, &i)
	return i, ok
}
