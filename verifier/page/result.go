package page

import (
	"net/http"
	"slices"
	"time"

	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/api"
	"github.com/qr-invalidita/attesta/verifier/page/answer"
	"github.com/qr-invalidita/attesta/verifier/page/scan"
	"github.com/qr-invalidita/attesta/verifier/page/web"
)

// resultView is the data of the page with an answer and the next steps.
type resultView struct {
	place
	answer.Answer
	// Level is 1 or 2.
	Level int
	// Receipt is zero if there is none.
	Receipt receiptView
	// Inquiry is the sealed inquiry for the next steps, or empty if there are none.
	Inquiry   string
	BenefitID string
	// Picked is the other benefit that is chosen, at first BenefitID. About is that of the Questions.
	Picked, About string
	Groups        []answer.Group
	// Questions are about what is still to be seen; with the answers, the same question is asked again.
	Questions []answer.Question
	// Retype offers to type the codice fiscale again. CF is what was typed, or Kept reports that the Inquiry
	// has it.
	Retype, Kept bool
	CF           string
	// Again offers to ask the same question again.
	Again bool
	// Login is the path of the login page, if an answer needs one; otherwise empty.
	Login string
	// Other offers to ask about another benefit.
	Other bool
	// Offer offers the second level. Direct is what its button sends at once, or nil.
	Offer  bool
	Direct *directView
	Desk   deskLine
	// Offline is what a desk says that asks nobody; zero at another desk.
	Offline offlineView
	// INPS is the address in a QR of INPS where INPS answers, or empty, also if it has a codice fiscale.
	INPS string
	// Detail is the sealed report, for this page in another language.
	Detail string
	// Address is the path at which the browser can load the page again. Tab is the name of the tab.
	Address, Tab string
	// Card reports that the answer is about a card, which can be asked for again with CaseNumber.
	Card       bool
	CaseNumber string
}

// Redraw implements [web.Redrawer]: a detail is only in the page that shows it, and the issuer is not asked
// again. The report about a card is in the cookie.
func (v resultView) Redraw() string {
	if v.Card {
		return ""
	}
	return v.At(pathAnswer)
}

// offlineView is what an offline desk knows of the person and of its keys.
type offlineView struct {
	// Compared is the key of the text that says whether the codice fiscale matches; empty if the paper was
	// refused before.
	Compared string
	// KeysAsOf is the time of the keys, and Days their age in whole days. Old reports that they are older
	// than a bundle should be ([verifier.BundleWarning]).
	KeysAsOf time.Time
	Days     int
	Old      bool
}

// offline returns what an offline desk says about a report.
func (p *Pages) offline(r verifier.Report, typed bool) offlineView {
	v := offlineView{KeysAsOf: r.KeysAsOf()}
	if !v.KeysAsOf.IsZero() {
		age := p.config.Now().Sub(v.KeysAsOf)
		v.Days, v.Old = int(age/(24*time.Hour)), age > verifier.BundleWarning
	}
	switch {
	case r.Authenticity != verifier.Authentic || r.Code == api.CodeExpired || r.Code == api.CodeNotYetValid:
	case r.Matched():
		v.Compared = "q.offline_matches"
	case r.Code == api.CodeCFMismatch:
		v.Compared = "q.offline_differs"
	case r.Paper != nil && !r.Paper.Offline:
		v.Compared = "q.offline_cannot"
	case !typed:
		v.Compared = "q.offline_not_typed"
	default:
		v.Compared = "q.offline_not_compared"
	}
	return v
}

// result shows a report of either level.
func (p *Pages) result(
	w http.ResponseWriter, r *http.Request, report verifier.Report, i inquiry, level int,
) {
	lang := language(r)
	v := resultView{place: p.at(), Answer: answer.Of(lang, report, p.config.Catalogue), Level: level,
		Desk: p.deskLine(r), Address: pathFirst, Tab: i.Tab}
	if level == 2 {
		v.Address = pathAnswer
	}
	v.Picked = i.Benefit
	typed := ""
	if web.Redraws(r) {
		fields := fieldsOf(r)
		i.see(fields)
		v.Picked, typed = fields["benefit"], fields["cf"]
	}
	if v.Answer.Benefit == "" {
		v.Answer.Benefit = answer.Title(lang, p.config.Catalogue, asked(i, level))
	}
	if of, ok := scan.ReadINPS(i.QR); ok && report.Code == api.CodeNotOurs {
		v.Words = answer.ForINPS(lang, string(of.Kind))
		v.Cause, v.INPS = v.Headline, withoutCF(of.Link)
	}
	if p.config.Shift != nil && finished(report, level) && !i.Last.Shown {
		p.config.Shift.add(p.entry(report, level, i))
	}
	v.Detail = p.box.Seal(shown{report, report.ReceiptClaims, p.field(i), level}, inDetail, cookieLife)
	if d := report.Disclosed; d != nil {
		v.About = d.Benefit
		v.Beside = answer.BesideOf(lang, p.config.Catalogue, d.Benefit, p.today())
		v.Questions = answer.Questions(lang, p.config.Catalogue, d.Needs, i.evidence(d.Benefit))
		for _, q := range v.Questions {
			if !slices.Contains(v.Beside.Also, q.Said) {
				v.Beside.Also = append(v.Beside.Also, q.Said)
			}
		}
	}
	if i.Card && report.Matched() {
		said := answer.Said{Lang: string(lang), Text: p.config.Site.Text(string(lang), "q.card_photo")}
		v.Beside.Also = slices.Insert(v.Beside.Also, 0, said)
	}
	if p.config.Offline {
		v.Offline = p.offline(report, i.CF != (codicefiscale.Code{}))
	}
	if claims := report.ReceiptClaims; claims != nil {
		v.Receipt = p.show(r, report.Receipt, *claims)
	}
	if report.Authenticity == verifier.Authentic || report.Code == api.CodeCFMismatch ||
		report.Code == api.CodeUnavailable {
		i.Challenge, i.Nonce = nil, newNonce()
		if report.Code == api.CodeCFMismatch {
			cf, err := answer.ReadCF(typed)
			i.CF, v.Kept, v.CF = cf, err == nil, withoutCF(typed)
		}
		v.Inquiry, v.BenefitID = p.field(i), i.Benefit
		v.Groups = answer.Groups(lang, p.config.Catalogue, p.today())
		v.Retype = report.Code == api.CodeCFMismatch
		v.Again = report.Code == api.CodeUnavailable || report.Code == api.CodeRateLimited
		if level == 2 && report.Problem != nil {
			v.Again = !final(report.Problem.Code)
		}
		v.Other = !p.config.Offline && report.Matched() && report.Problem == nil && level == 1
		if report.Code == api.CodeVoid || report.Code == api.CodeReplaced {
			v.Other = false // the paper answers no question any more
		}
		v.Offer = v.Other && report.Code != api.CodeClassNotHeld && p.config.Operators != nil
		if v.Offer && v.SecondLevel {
			v.Direct = p.direct(r, i)
		}
	}
	if report.Problem != nil && report.Problem.Limit == api.LimitDocument && p.config.Operators != nil {
		if _, in := p.config.Operators.Operator(r); !in {
			v.Login = p.loginPath(i, pathFirst)
		}
	}
	if p.config.Operators == nil && v.SecondLevel {
		v.Next = answer.ForProblem(lang, api.SecondLevelNotOffered).Next
	}
	p.config.Site.Render(w, r, statusOf(report), "q-result", v)
}

// asked returns the benefit of the question, or "".
func asked(i inquiry, level int) string {
	if level == 2 {
		return i.Request.about()
	}
	return i.Benefit
}

// finished reports whether a report belongs in the list of the shift. At the second level, only an answer of
// the issuer does.
func finished(r verifier.Report, level int) bool { return level == 1 || r.Problem == nil }

// final reports whether another request is useless after a problem of the second level.
func final(code api.ProblemCode) bool {
	switch code {
	case api.PaperVoid, api.Replaced, api.NoMatch, api.SecondLevelNotOffered, api.OperatorBarred,
		api.LockedAfterFailures, api.BlockedAfterFailures:
		return true
	}
	return false
}

// statusOf returns the HTTP status of the problem, so that failures of the issuer are visible in the server's
// statistics. An answer has status 200, even if it is a no.
func statusOf(report verifier.Report) int {
	answered := report.Code.Outcome() == api.NotConfirmed || report.Code == api.CodeReplaced
	if report.Problem == nil || answered {
		return http.StatusOK
	}
	return max(report.Problem.Code.Status(), http.StatusOK)
}
