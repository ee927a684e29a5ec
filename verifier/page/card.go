package page

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"time"

	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/benefit"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/api"
	"github.com/qr-invalidita/attesta/verifier/page/answer"
)

// Cards asks for European Disability Cards in wallets on phones. A program makes it of a RelyingParty of
// package wallet, which these pages do not link.
type Cards interface {
	// Start asks a question. The error says that no further one can be open now.
	Start(CardAsk) (CardQuestion, error)
	// Answer returns the report on the wallet's answer. waiting is true as long as there is none. desk is
	// that of the CardAsk, and code what the wallet has added to Return, or "". The error says that the desk
	// has no such question, or that it is over.
	Answer(desk, id, code string) (r CardReport, waiting bool, err error)
	// Compare returns the last report and ends the question. seen says whether the picture is that of the
	// person at the desk, or the name that of the person's document; with NotRecorded a question ends without
	// an answer too. The error is as that of Answer, or says that no receipt could be made; then there is no
	// report.
	Compare(ctx context.Context, desk, id string, seen status.Tri) (CardReport, error)
	// Draw returns a QR with the link, as a PNG file.
	Draw(link string) ([]byte, error)
}

// CardAsk is a question to a wallet.
type CardAsk struct {
	// Desk is a secret of the browser. Only with it there is an answer.
	Desk string
	// Benefit is a benefit that the card decides, and Case the operator's case number, or empty.
	Benefit, Case string
	// Return is the path and query to which a wallet on the same device sends the browser, which adds a
	// response_code. It is empty if the wallet is on another device.
	Return string
}

// CardQuestion is a question that was asked.
type CardQuestion struct {
	ID string
	// Link opens the wallet. It says nothing about the person.
	Link string
	// Asker is the name of the body that asks, as wallets show it.
	Asker string
	// Expires is when the question ends, if it has no answer.
	Expires time.Time
}

// A CardReport is a report about a card. Its Paper is the card, and its Receipt, if there is one, has the
// level 0 in the ReceiptClaims. Picture is a JPEG or PNG file and Name the person's name; one of them is set
// if the desk has to compare it. They are personal data, so a CardReport prints as a constant.
type CardReport struct {
	verifier.Report
	Picture []byte `json:"-"`
	Name    string `json:"-"`
}

// Format writes a constant.
func (CardReport) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "the report about a card") }

// The paths of the card, below Config.Path.
const (
	pathCard        = "/card"
	pathCardLive    = "/card/live"
	pathCardPhoto   = "/card/photo"
	pathCardAnswer  = "/card/answer"
	pathCardReceipt = "/card/receipt"
)

// question is a question to a wallet, as the cookie keeps it. No page contains it.
type question struct {
	CardQuestion
	Desk, Benefit, Case string // of the CardAsk
	// Here reports that the wallet is on the same device; then Code is what the wallet has added to Return.
	Here bool
	Code string `json:",omitempty"`
	// Receipt is the content of the receipt of Last.Report, or nil.
	Receipt *api.Receipt `json:",omitempty"`
}

// cardOffer is the data of the part of the form that asks for a card.
type cardOffer struct {
	place
	Tab string
	// Benefits are what the card may decide here, and Chosen the one that was chosen. One alone is no choice.
	Benefits []answer.Option
	Chosen   string
	// Asked reports that the tab has a question already.
	Asked bool
}

// cardOffer returns that part for the benefit of the desk, or for all if it has none. It returns nil if no
// card can be asked for.
func (p *Pages) cardOffer(r *http.Request, id string) *cardOffer {
	if p.config.Cards == nil || p.config.Offline {
		return nil
	}
	o := cardOffer{place: p.at()}
	for _, b := range p.config.Catalogue.On(p.today()) {
		if b.Card != "" && (id == "" || id == b.ID) {
			o.Benefits = append(o.Benefits, answer.Option{ID: b.ID, Title: b.Title.In(language(r))})
		}
	}
	if o.Benefits == nil {
		return nil
	}
	return &o
}

// choseCard reports whether the benefit for a card is not the one that the form has at first.
func (p *Pages) choseCard(r *http.Request, id string) bool {
	o := p.cardOffer(r, p.desk(r).Benefit)
	return o != nil && id != "" && id != o.Benefits[0].ID
}

// askCard asks a wallet. If the tab has a question, its next one forgets it.
func (p *Pages) askCard(w http.ResponseWriter, r *http.Request) {
	typed, v, ok := p.typed(form{field: fieldsOf(r)})
	if !ok || typed.CardBenefit == "" || p.cardOffer(r, typed.CardBenefit) == nil {
		p.gone(w, r)
		return
	}
	if v.CaseError != "" {
		typed.Last = last{Typed: v.Typed(), Wrong: mistakes{CaseNumber: v.CaseError}}
		p.next(w, r, typed, "")
		return
	}
	p.dropCard(r)
	i := inquiry{state: state{Tab: typed.Tab, Benefit: typed.CardBenefit}}
	i.Request.CaseNumber = typed.Request.CaseNumber
	q := &question{Desk: rand.Text(), Benefit: i.Benefit, Case: i.Request.CaseNumber,
		Here: r.PostFormValue("phone") != ""}
	ask := CardAsk{Desk: q.Desk, Benefit: q.Benefit, Case: q.Case}
	if q.Here {
		ask.Return = p.at().At(pathCard) + i.query()
	}
	var err error
	if q.CardQuestion, err = p.config.Cards.Start(ask); err != nil {
		problem := api.NewProblem(api.RateLimited)
		problem.RetryAfter = 60
		i.Last.Report = &verifier.Report{Code: api.CodeRateLimited, Problem: &problem}
	}
	i.Question = q
	p.keep(w, i, loginLife) // longer than the question, to say that it is over
	p.redirect(w, r, pathCard+i.query())
}

// openCard returns the browser's last question to a wallet and its tab, or nil if it is over.
func (p *Pages) openCard(r *http.Request) (q *question, tab string) {
	i, _ := p.anyKept(r)
	if i.Last.Report != nil || p.config.Cards == nil {
		return nil, ""
	}
	return i.Question, i.Tab
}

// dropCard ends the browser's last question. An answer to it is forgotten, picture and all.
func (p *Pages) dropCard(r *http.Request) {
	if q, _ := p.openCard(r); q != nil {
		_, _ = p.config.Cards.Compare(r.Context(), q.Desk, q.ID, status.NotRecorded)
	}
}

// heard returns the tab's question to a wallet and the answer so far. A question that is over has the report
// of no answer.
func (p *Pages) heard(r *http.Request) (i inquiry, report CardReport, waiting, ok bool) {
	i, ok = p.kept(r)
	if !ok || i.Question == nil {
		return i, report, false, false
	}
	q := i.Question
	i.Benefit, i.Request.CaseNumber, i.Nonce = q.Benefit, q.Case, q.ID // whatever the form has by now
	if i.Last.Report != nil {
		return i, report, false, true
	}
	code := cmp.Or(r.URL.Query().Get("response_code"), q.Code)
	report, waiting, _ = p.config.Cards.Answer(q.Desk, q.ID, code)
	q.Code = code // kept with an answer only
	return i, report, waiting, true
}

// card shows the question to a wallet, what its answer is to be compared with, or the report.
func (p *Pages) card(w http.ResponseWriter, r *http.Request) {
	i, report, waiting, ok := p.heard(r)
	toCompare := report.Picture != nil || report.Name != ""
	switch {
	case !ok && r.URL.Query().Has("response_code"):
		p.gone(w, r) // the wallet has opened another browser
	case !ok:
		p.redirect(w, r, "")
	case i.Last.Report != nil:
		p.cardResult(w, r, i)
	case waiting:
		p.cardPage(w, r, i, CardReport{})
	case !toCompare:
		p.endCard(w, r, i, status.NotRecorded)
	case r.URL.Query().Has("response_code"):
		p.next(w, r, i, pathCard) // an address without it
	default:
		p.cardPage(w, r, i, report)
	}
}

// cardLive tells the script of a page that waits whether it has to wait on.
func (p *Pages) cardLive(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	if _, _, waiting, _ := p.heard(r); waiting {
		w.WriteHeader(http.StatusNoContent)
	}
}

// cardPhoto is the picture on the card, while it is to be compared.
func (p *Pages) cardPhoto(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	_, report, _, _ := p.heard(r)
	kind := "image/jpeg"
	switch {
	case report.Picture == nil:
		http.Error(w, http.StatusText(http.StatusNotFound), http.StatusNotFound)
		return
	case bytes.HasPrefix(report.Picture, []byte("\x89PNG")):
		kind = "image/png"
	}
	w.Header().Set("Content-Type", kind)
	_, _ = w.Write(report.Picture) // the browser has gone if this fails
}

// compareCard takes what the operator has seen. A second click finds the report and changes nothing.
func (p *Pages) compareCard(w http.ResponseWriter, r *http.Request) {
	i, report, waiting, ok := p.heard(r)
	seen := status.Tri(r.PostFormValue("answer"))
	switch {
	case !ok || waiting || i.Last.Report != nil:
		p.redirect(w, r, pathCard+"?"+r.URL.RawQuery)
	case report.Picture == nil && report.Name == "", seen != status.Yes && seen != status.No:
		seen = status.NotRecorded
		fallthrough
	default:
		p.endCard(w, r, i, seen)
	}
}

// endCard ends a question and keeps the report for the page of the answer. A question that is over had no
// answer: nobody has approved it.
func (p *Pages) endCard(w http.ResponseWriter, r *http.Request, i inquiry, seen status.Tri) {
	q := i.Question
	report, err := p.config.Cards.Compare(r.Context(), q.Desk, q.ID, seen)
	if err != nil {
		report = CardReport{Report: verifier.Report{Code: api.CodeNotApproved}}
	}
	i.Last.Report, q.Receipt, q.Link = brief(report.Report), report.ReceiptClaims, ""
	i.Last.Report.Paper = report.Paper
	if p.config.Shift != nil {
		p.config.Shift.add(p.entry(report.Report, 0, i))
	}
	p.next(w, r, i, pathCard)
}

// cardResult shows the report about a card as that about a paper.
func (p *Pages) cardResult(w http.ResponseWriter, r *http.Request, i inquiry) {
	lang, report := language(r), *i.Last.Report
	v := resultView{place: p.at(), Answer: answer.OfCard(lang, report, p.config.Catalogue),
		Desk: p.deskLine(r), Tab: i.Tab, BenefitID: i.Benefit, Card: true}
	v.Answer.Benefit = answer.Title(lang, p.config.Catalogue, i.Benefit)
	v.CaseNumber = i.Request.CaseNumber
	if v.Confirmed {
		v.Declared = true // every yes rests on what the operator has compared
		v.Beside = answer.BesideOf(lang, p.config.Catalogue, i.Benefit, p.today())
	}
	if claims := i.Question.Receipt; claims != nil {
		v.Receipt = p.show(r, report.Receipt, *claims)
	}
	p.config.Site.Render(w, r, http.StatusOK, "q-result", v)
}

// cardReceipt returns the receipt as a file. It comes from the sealed cookie, so it is one that these pages
// have made.
func (p *Pages) cardReceipt(w http.ResponseWriter, r *http.Request) {
	i, ok := p.kept(r)
	if !ok || i.Question == nil || i.Question.Receipt == nil {
		p.gone(w, r)
		return
	}
	writeReceipt(w, i.Question.Receipt.ID, i.Last.Report.Receipt)
}

// cardView is the data of the page with a question to a wallet.
type cardView struct {
	place
	question
	Desk                  deskLine
	Tab, Title            string
	BenefitID, CaseNumber string
	ByName                bool
	QR, Open              template.URL
	Compare               bool
	Holder                string
}

// cardPage shows the QR or the link of a question, or what is to be compared.
func (p *Pages) cardPage(w http.ResponseWriter, r *http.Request, i inquiry, report CardReport) {
	row, _ := p.config.Catalogue.Lookup(i.Benefit, p.today())
	v := cardView{place: p.at(), question: *i.Question, Desk: p.deskLine(r), Tab: i.Tab,
		Title: row.Title.In(language(r)), BenefitID: i.Benefit, CaseNumber: i.Request.CaseNumber,
		ByName: row.Card == benefit.TieName, Holder: report.Name,
		Compare: report.Picture != nil || report.Name != ""}
	if v.Here {
		v.Open = template.URL(v.Link)
	} else if !v.Compare {
		picture, err := p.config.Cards.Draw(v.Link)
		if err != nil {
			p.gone(w, r)
			return
		}
		v.QR = template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(picture))
	}
	p.config.Site.Render(w, r, http.StatusOK, "q-card", v)
}
