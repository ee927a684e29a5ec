package desk

import (
	"net/http"

	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/api"
	"github.com/qr-invalidita/attesta/verifier/page/answer"
)

// resultView is an answer with what may follow it.
type resultView struct {
	answer.Answer
	// Level that was asked.
	Level  int
	Beside answer.Beside
	// Receipt, zero where there is none.
	Receipt receiptView
	// Inquiry is sealed, for the forms below; empty: there is nothing to go on with.
	Inquiry string
	Benefit string // its id
	Groups  []answer.Group
	// Retype offers to type the codice fiscale again, Again to ask the same once more, Offer the second level.
	Retype, Again, Offer bool
}

// result shows what a report says, at either level.
func (p *Pages) result(w http.ResponseWriter, r *http.Request, report verifier.Report, i inquiry, level int) {
	lang := language(r)
	v := resultView{Answer: answer.Of(lang, report, p.Benefits), Level: level}
	if d := report.Disclosed; d != nil {
		v.Beside = answer.BesideOf(lang, p.Benefits, d.Benefit, p.today())
		v.Receipt = p.readReceipt(r, report.Receipt)
	}
	if report.Authenticity == verifier.Authentic || report.Code == verifier.CFMismatch || report.Code == verifier.Unavailable {
		i.Challenge = nil
		v.Inquiry, v.Benefit, v.Groups = p.field(i), i.Benefit, answer.Groups(lang, p.Benefits, p.today())
		v.Retype = report.Code == verifier.CFMismatch
		v.Again = report.Code == verifier.Unavailable || report.Code == verifier.RateLimited
		if level == 2 && report.Problem != nil {
			v.Again = !final(report.Problem.Code)
		}
		v.Offer = p.Operator != nil && matches(report) && report.Problem == nil && level == 1
	}
	if p.Operator == nil && v.SecondLevel {
		v.Next = answer.ForProblem(lang, api.SecondLevelNotOffered).Next
	}
	p.Site.Render(w, r, statusOf(report), "q-result", v)
}

// final says whether a new request is of no use after a problem of the second level.
func final(code api.ProblemCode) bool {
	switch code {
	case api.PaperVoid, api.Replaced, api.NoMatch, api.SecondLevelNotOffered, api.LockedAfterFailures, api.BlockedAfterFailures:
		return true
	}
	return false
}

// statusOf is that of the problem, so that a service that is down looks so in the figures; an answer is an answer, whatever
// it says.
func statusOf(report verifier.Report) int {
	answered := report.Code.Verdict() == verifier.NotConfirmed || report.Code == verifier.Replaced
	if report.Problem == nil || report.Problem.Status < http.StatusBadRequest || answered {
		return http.StatusOK
	}
	return report.Problem.Status
}
