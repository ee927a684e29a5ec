package desk

import (
	"net/http"
	"strings"

	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/page/answer"
)

// checkView is the form of the first level.
type checkView struct {
	QR, CF, Benefit string
	// QRError and CFError are the keys of texts; empty: nothing is wrong.
	QRError, CFError string
	Groups           []answer.Group
}

// empty shows the form. The token is in the fragment of the address, which no server sees: the page's script reads it, and
// where there is none the person pastes.
func (p *Pages) empty(w http.ResponseWriter, r *http.Request) {
	p.Site.Render(w, r, http.StatusOK, "q-check", checkView{Groups: answer.Groups(language(r), p.Benefits, p.today())})
}

// check answers at the first level. The answer is the reply itself, since nothing of it is kept.
func (p *Pages) check(w http.ResponseWriter, r *http.Request) {
	i, form, ok := p.typed(r)
	if !ok {
		p.gone(w, r)
		return
	}
	if form.QRError != "" || form.CFError != "" {
		form.Groups = answer.Groups(language(r), p.Benefits, p.today())
		p.Site.Render(w, r, http.StatusUnprocessableEntity, "q-check", form)
		return
	}
	client, ctx, report := p.client(r)
	if client != nil {
		report = client.FirstLevel(ctx, i.QR, i.CF, verifier.FirstLevelOptions{Benefit: i.Benefit})
	}
	p.result(w, r, report, i, 1)
}

// typed reads what to ask: from the fields or, where the page went on from an answer, from the inquiry in it, of which a field
// may change the codice fiscale and the benefit. It is false for an inquiry that is too old.
func (p *Pages) typed(r *http.Request) (inquiry, checkView, bool) {
	form := checkView{QR: strings.TrimSpace(r.PostFormValue("qr")), CF: r.PostFormValue("cf"), Benefit: r.PostFormValue("benefit")}
	if _, ok := p.Benefits.Lookup(form.Benefit, p.today()); !ok {
		form.Benefit = ""
	}
	i, again := inquiry{QR: form.QR}, r.PostForm.Has("inquiry")
	if again {
		var ok bool
		if i, ok = p.posted(r); !ok {
			return i, form, false
		}
	}
	form.QR, i.Benefit = i.QR, form.Benefit
	if i.QR == "" {
		form.QRError = "q.qr_missing"
	}
	if again && !r.PostForm.Has("cf") {
		return i, form, true
	}
	var err error
	i.CF, err = answer.ReadCF(form.CF)
	form.CFError = answer.CFKey(err)
	return i, form, true
}

// matches says whether the issuer found that the paper is this person's.
func matches(r verifier.Report) bool {
	for _, c := range r.Checks {
		if c.Name == verifier.CheckCodiceFiscale {
			return c.Result == verifier.Pass
		}
	}
	return false
}
