package page

import (
	"cmp"
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
	// Tab is the name of the tab, and Elsewhere that of another one with a check that is not over, or empty.
	Tab, Elsewhere string
	// Again reports that the form shows what was typed before, and File that a file did not come along.
	Again, File bool
	// QRError, CFError and CaseError are the keys of texts about a mistake; empty means that there is none.
	QRError, CFError, CaseError string
	Desk                        deskLine
	Groups                      []answer.Group
	Offline, Photos             bool
	// CardOffer is the part of the form that asks for a card in the app, or nil.
	CardOffer *cardOffer
}

// Redraw implements [web.Redrawer].
func (v checkView) Redraw() string { return v.At(pathDraft) }

// Mistakes returns the mistakes in the order of the fields.
func (v checkView) Mistakes() []mistake {
	return made(mistake{"qr", "q.qr_label", v.QRError}, mistake{"cf", "cf.label", v.CFError},
		mistake{"case", "q.case", v.CaseError})
}

// Wrong reports whether the form has a mistake.
func (v checkView) Wrong() bool { return len(v.Mistakes()) > 0 }

// form shows the form, which scans, with what was typed before. If a QR opened the page, the token is in the
// fragment of the URL, which browsers do not send. The page's script reads it; without scripts, the person
// pastes it. With ?new, everything about the last person is deleted first, of this tab if it is named.
// What another tab has typed is not shown, but a link to it.
func (p *Pages) form(w http.ResponseWriter, r *http.Request) {
	if q := r.URL.Query(); q.Has("new") {
		if other, ok := p.anyKept(r); !ok || q.Get("tab") == "" || other.Tab == q.Get("tab") {
			p.dropCard(r)
			p.forget(w)
		}
		p.redirect(w, r, "")
		return
	}
	i, ok := p.kept(r)
	if !ok {
		other, _ := p.anyKept(r)
		p.checkPage(w, r, http.StatusOK,
			checkView{Tab: tabOf(""), Elsewhere: other.Tab, Benefit: p.desk(r).Benefit})
		return
	}
	v := checkView{
		Tab: i.Tab, Again: true, QR: i.QR, CF: cmp.Or(i.Last.Typed, i.CF.Reveal()), Benefit: i.Benefit,
		Card: i.Card, CaseNumber: i.Request.CaseNumber, QRError: i.Last.Wrong.QR, CFError: i.Last.Wrong.CF,
		CaseError: i.Last.Wrong.CaseNumber, File: i.Last.File,
	}
	code := http.StatusOK
	if v.Wrong() {
		code = http.StatusUnprocessableEntity
	}
	p.checkPage(w, r, code, v)
}

func (p *Pages) checkPage(w http.ResponseWriter, r *http.Request, code int, v checkView) {
	v.place, v.Offline, v.Photos = p.at(), p.config.Offline, p.config.Photos
	v.Desk = p.deskLine(r)
	v.Groups = answer.Groups(language(r), p.config.Catalogue, p.today())
	if cf, err := answer.ReadCF(v.CF); err == nil {
		v.CF, v.Kept = "", p.field(inquiry{state{Tab: v.Tab, QR: v.QR, Card: v.Card}, cf})
	}
	v.QR, v.CF, v.CaseNumber = withoutCF(v.QR), withoutCF(v.CF), withoutCF(v.CaseNumber)
	if v.CardOffer = p.cardOffer(r, v.Benefit); v.CardOffer != nil {
		kept, ok := p.kept(r)
		v.CardOffer.Tab, v.CardOffer.Chosen = v.Tab, kept.CardBenefit
		v.CardOffer.Asked = ok && kept.Question != nil
	}
	web.AllowWebAssembly(w) // the reader of the camera's pictures
	p.config.Site.Render(w, r, code, "q-check", v)
}

// check reads the form of the first level and sends the browser to the answer or back to the form.
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
	p.dropCard(r)
	ctx, cancel := context.WithTimeout(r.Context(), askTimeout)
	defer cancel()
	if client, _ := p.client(r); client != nil && i.QR == "" && len(f.photo) > 0 {
		i.QR, v.QRError = p.readPhoto(ctx, client, f.photo)
	}
	if _, ok := scan.ReadINPS(i.QR); ok {
		v.CFError = "" // the answer needs none
	}
	i.Nonce, i.Challenge, i.Last = newNonce(), nil, last{Typed: v.Typed()}
	if v.Wrong() {
		i.Last.Wrong = v.wrong()
		p.next(w, r, i, "")
		return
	}
	p.next(w, r, i, pathFirst)
}

// draft keeps what is in a form that is not sent yet, for the script of the page or for another language. In
// another language what was wrong is said again, as it is now.
func (p *Pages) draft(w http.ResponseWriter, r *http.Request) {
	if r.PostForm.Has("purpose") {
		i, ok := p.requested(r)
		i.Last.About = r.PostFormValue("about")
		if ok && web.Redraws(r) && p.lastOf(r, i).Wrong != (mistakes{}) {
			var o Operator
			if o, ok = p.operator(w, r, i); !ok {
				return
			}
			i.Last.Wrong = p.wrong(i.Request, o)
		}
		p.drafted(w, r, i, ok, pathSecond)
		return
	}
	i, v, ok := p.typed(form{field: fieldsOf(r)})
	i.Last = last{Typed: v.Typed(), File: r.PostFormValue("photo") != ""}
	if q, tab := p.openCard(r); tab == i.Tab {
		i.Question = q // it goes on
	}
	switch {
	case !ok || !web.Redraws(r):
	case p.lastOf(r, i).Wrong != (mistakes{}):
		i.Last.Wrong = v.wrong()
	case v.QR+v.CF+v.CaseNumber == "" && v.Benefit == p.desk(r).Benefit && !i.Last.File &&
		!p.choseCard(r, i.CardBenefit) && i.Question == nil:
		p.redirect(w, r, "?new&tab="+i.Tab) // nothing was typed
		return
	}
	p.drafted(w, r, i, ok, "")
}

// drafted keeps the inquiry of a form, which opened if ok. In another language it then shows the page at the
// path.
func (p *Pages) drafted(w http.ResponseWriter, r *http.Request, i inquiry, ok bool, path string) {
	switch {
	case !ok && web.Redraws(r):
		p.gone(w, r)
	case !ok:
		http.Error(w, http.StatusText(http.StatusBadRequest), http.StatusBadRequest)
	case web.Redraws(r):
		p.next(w, r, i, path)
	default:
		p.keep(w, i, cookieLife)
		w.WriteHeader(http.StatusNoContent)
	}
}

// first asks at the first level and shows the answer. If the browser loads the page again, it asks again.
func (p *Pages) first(w http.ResponseWriter, r *http.Request) {
	i, ok := p.kept(r)
	_, ofINPS := scan.ReadINPS(i.QR)
	asks := !p.config.Offline && !ofINPS
	if !ok || i.QR == "" || i.Last.Typed != "" || i.CF == (codicefiscale.Code{}) && asks {
		p.redirect(w, r, "")
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), askTimeout)
	defer cancel()
	client, report := p.client(r)
	switch {
	case client == nil:
	case !asks:
		report = client.Check(ctx, i.QR, i.CF)
	default:
		options := verifier.FirstLevelOptions{
			Benefit: i.Benefit, Evidence: i.evidence(i.Benefit), CaseNumber: i.Request.CaseNumber,
		}
		report = client.FirstLevel(ctx, i.QR, i.CF, options)
	}
	if report.Code == api.CodeCFMismatch {
		kept := i
		kept.CF = codicefiscale.Code{} // asked again, it would count as another wrong one
		p.keep(w, kept, cookieLife)
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
		CaseNumber: f.field["case"],
	}
	var i inquiry
	if sealed, again := f.field["inquiry"]; again {
		var ok bool
		if i, ok = p.open(sealed, inPage); !ok {
			return i, v, false
		}
	}
	i.Tab = tabOf(cmp.Or(i.Tab, f.field["tab"]))
	if _, ok := p.config.Catalogue.Lookup(v.Benefit, p.today()); !ok {
		v.Benefit = ""
	}
	i.Benefit = v.Benefit
	i.CardBenefit = ""
	if _, ok := p.config.Catalogue.Lookup(f.field["card-benefit"], p.today()); ok {
		i.CardBenefit = f.field["card-benefit"]
	}
	i.see(f.field)
	if v.QR != "" {
		if i.QR != "" && i.QR != v.QR {
			i = inquiry{state: state{Tab: i.Tab, Benefit: i.Benefit,
				CardBenefit: i.CardBenefit}} // another paper is another person's
		}
		i.QR = v.QR
	}
	if _, ok := f.field["case"]; ok {
		i.Request.CaseNumber = v.CaseNumber
	}
	v.QR = i.QR
	if v.CF != "" || i.CF == (codicefiscale.Code{}) && !p.config.Offline {
		var err error
		i.CF, err = answer.ReadCF(v.CF)
		i.Channels = nil
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

func (v checkView) wrong() mistakes {
	return mistakes{QR: v.QRError, CF: v.CFError, CaseNumber: v.CaseError}
}

// Typed returns what was typed as the codice fiscale if it is not valid.
func (v checkView) Typed() string {
	if v.CFError == "" {
		return ""
	}
	return v.CF[:min(len(v.CF), 64)]
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
