package page

import (
	"context"
	"net/http"
	"strings"
	"unicode"

	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/api"
	"github.com/qr-invalidita/attesta/verifier/page/answer"
	"github.com/qr-invalidita/attesta/verifier/page/scan"
	"github.com/qr-invalidita/attesta/verifier/page/web"
)

// checkView is the data of the form of the first level.
type checkView struct {
	place
	QR, CF, Benefit, CaseNumber string
	// Card reports that the codice fiscale was read from a tessera sanitaria.
	Card bool
	// Kept is the sealed inquiry with a codice fiscale that was typed before. CF is then empty.
	Kept string
	// QRError, CFError and CaseError are the keys of texts about a mistake; empty means that there is none.
	QRError, CFError, CaseError string
	Desk                        deskLine
	Groups                      []answer.Group
	Offline, Photos             bool
}

// Mistakes returns the mistakes in the order of the fields.
func (v checkView) Mistakes() []mistake {
	return made(mistake{"qr", "q.qr_label", v.QRError}, mistake{"cf", "cf.label", v.CFError},
		mistake{"case_number", "q.case", v.CaseError})
}

// Wrong reports whether the form has a mistake.
func (v checkView) Wrong() bool { return len(v.Mistakes()) > 0 }

// empty shows the form, which scans. If a QR opened the page, the token is in the fragment of the URL, which
// browsers do not send. The page's script reads it; without scripts, the person pastes it.
func (p *Pages) empty(w http.ResponseWriter, r *http.Request) {
	p.checkPage(w, r, http.StatusOK, checkView{Benefit: p.desk(r).Benefit})
}

func (p *Pages) checkPage(w http.ResponseWriter, r *http.Request, code int, v checkView) {
	v.place, v.Offline, v.Photos = p.at(), p.config.Offline, p.config.Photos
	v.Desk = p.deskLine(r)
	v.Groups = answer.Groups(language(r), p.config.Catalogue, p.today())
	if cf, err := answer.ReadCF(v.CF); err == nil {
		v.CF, v.Kept = "", p.field(inquiry{CF: cf, Card: v.Card})
	}
	v.QR, v.CF = withoutCF(v.QR), withoutCF(v.CF)
	if v.CaseError != "" {
		v.CaseNumber = ""
	}
	web.AllowWebAssembly(w) // the reader of the camera's pictures
	p.config.Site.Render(w, r, code, "q-check", v)
}

// check answers at the first level. It answers the POST with the page, not with a redirect, because the
// server stores no result.
func (p *Pages) check(w http.ResponseWriter, r *http.Request) {
	f, ok := p.readForm(w, r)
	if !ok {
		return
	}
	defer p.release(f)
	i, v, ok := p.typed(f)
	if !ok {
		p.gone(w, r)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), askTimeout)
	defer cancel()
	client, report := p.client(r)
	if client != nil && i.QR == "" && len(f.photo) > 0 {
		i.QR, v.QRError = p.readPhoto(ctx, client, f.photo)
		v.QR = i.QR
	}
	if v.Wrong() {
		p.checkPage(w, r, http.StatusUnprocessableEntity, v)
		return
	}
	switch {
	case client == nil:
	case p.config.Offline:
		report = client.Check(ctx, i.QR, i.CF)
	default:
		options := verifier.FirstLevelOptions{
			Benefit: i.Benefit, Evidence: i.evidence(i.Benefit), CaseNumber: i.Request.CaseNumber,
		}
		report = client.FirstLevel(ctx, i.QR, i.CF, options)
	}
	p.result(w, r, report, i, 1)
}

// typed returns the inquiry of a form, and the form to show again if there is a mistake. If the form contains
// a sealed inquiry from an earlier page, the fields change that inquiry. If the sealed inquiry does not open,
// typed returns false.
func (p *Pages) typed(f form) (inquiry, checkView, bool) {
	v := checkView{
		QR:         f.field["qr"],
		CF:         f.field["cf"],
		Benefit:    f.field["benefit"],
		CaseNumber: f.field["case_number"],
	}
	var i inquiry
	if sealed, again := f.field["inquiry"]; again {
		var ok bool
		if i, ok = p.open(sealed, inPage); !ok {
			return i, v, false
		}
	}
	if _, ok := p.config.Catalogue.Lookup(v.Benefit, p.today()); !ok {
		v.Benefit = ""
	}
	i.Benefit = v.Benefit
	i.see(i.Benefit, f.field)
	if v.QR != "" {
		i.QR = v.QR
	}
	if _, ok := f.field["case_number"]; ok {
		i.Request.CaseNumber = v.CaseNumber
	}
	v.QR = i.QR
	if v.CF != "" || i.CF == (codicefiscale.Code{}) && !p.config.Offline {
		var err error
		i.CF, err = answer.ReadCF(v.CF)
		i.Card = f.field["card"] != ""
		v.CFError = answer.CFKey(err)
		if v.CF == "" {
			v.CFError = "cf.missing"
		}
	} else {
		v.CF = i.CF.Reveal()
	}
	if c := i.Request.CaseNumber; c != "" && !api.CaseNumberAllowed(c) {
		v.CaseError = "q.case_wrong"
	}
	v.Card = i.Card
	switch {
	case len(scan.Strays(i.QR)) > 0:
		v.QRError = "q.qr_around"
	case i.QR != "" || len(f.photo) > 0:
	case f.busy:
		v.QRError = "q.photo_busy"
	default:
		v.QRError = "q.qr_missing"
	}
	return i, v, true
}

// withoutCF returns the typed text, or "" if it contains a valid codice fiscale.
func withoutCF(typed string) string {
	separator := func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }
	words := strings.FieldsFunc(typed, separator)
	for _, word := range append(words, typed) {
		if _, err := answer.ReadCF(word); err == nil {
			return ""
		}
	}
	return typed
}
