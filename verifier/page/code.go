package page

import (
	"cmp"
	"context"
	"net/http"
	"time"

	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/api"
	"github.com/qr-invalidita/attesta/verifier/page/answer"
	"github.com/qr-invalidita/attesta/verifier/page/web"
)

// codeView is the data of the page on which the operator types the code.
type codeView struct {
	place
	api.Challenge
	Desk deskLine
	// ScopeInWords is empty for the full scope.
	ScopeInWords string
	// Seen is what the desk has declared, which is part of what the person approves.
	Seen []answer.Question
	// ResendIn is the number of seconds until the code can be sent again.
	ResendIn int
	// NotSent reports that the message was not sent.
	NotSent bool
	// Resent reports that the same code has just been sent again.
	Resent bool
	// Trouble says why the last step failed. It is zero if it succeeded.
	Trouble answer.Words
	// Seconds is the number of seconds to wait after Trouble; 0 means that there is no need to wait.
	Seconds int
	// AttemptsLeft is the number of attempts left.
	AttemptsLeft int
	// CodeError is the key of a text about a mistake in the typed code, or empty.
	CodeError string
	// Inquiry is the sealed inquiry.
	Inquiry string
	// Typed is the code that was typed and not sent.
	Typed string
}

// Redraw implements [web.Redrawer].
func (v codeView) Redraw() string { return v.At(pathAnswer) }

// Mistakes returns the mistake in the code, if there is one.
func (v codeView) Mistakes() []mistake { return made(mistake{"code", "q.code", v.CodeError}) }

// showCode shows the challenge that the cookie keeps, or why there is none.
func (p *Pages) showCode(w http.ResponseWriter, r *http.Request) {
	i, ok := p.kept(r)
	if !ok || i.Challenge == nil && i.Last.Report == nil {
		p.redirect(w, r, "")
		return
	}
	if _, ok := p.operator(w, r, i); !ok {
		return
	}
	var report verifier.Report
	if i.Last.Report != nil {
		report = *i.Last.Report
		if client, _ := p.client(r); client != nil && report.Receipt != "" {
			if claims, err := client.VerifyReceipt(r.Context(), report.Receipt); err == nil {
				report.ReceiptClaims = &claims
			}
		}
	}
	if i.Challenge == nil {
		p.result(w, r, report, i, 2)
		return
	}
	p.code(w, r, i, report)
}

// code shows the challenge, and the problem of the report if there is one.
func (p *Pages) code(w http.ResponseWriter, r *http.Request, i inquiry, report verifier.Report) {
	c, lang := *i.Challenge, language(r)
	if c.AttemptsLeft == 0 && problemOf(report) == api.WrongCode {
		p.result(w, r, troubled(api.NoAttempts), i, 2)
		return
	}
	if problem := problemOfState(c.State); problem != "" {
		p.result(w, r, troubled(problem), i, 2)
		return
	}
	v := codeView{place: p.at(), Challenge: c, Desk: p.deskLine(r), AttemptsLeft: c.AttemptsLeft,
		Typed: withoutCF(i.Last.Typed)}
	if wait := c.ResendAt.Sub(p.config.Now()); !c.ResendAt.IsZero() && wait > 0 {
		v.ResendIn = int((wait + time.Second - 1) / time.Second)
	}
	v.Resent, v.NotSent = i.Last.Resent, c.Delivery == deliveryFailed
	v.Seen = answer.Declared(lang, p.config.Catalogue, i.evidence(i.Request.about()))
	v.ScopeInWords = answer.Scope(lang, p.config.Catalogue, c.Scope)
	code := http.StatusOK
	if problem := report.Problem; problem != nil {
		v.Trouble, v.Seconds, code = answer.ForReport(lang, report), problem.RetryAfter, problem.Status
		if problem.AttemptsLeft != nil {
			c.AttemptsLeft = *problem.AttemptsLeft
		}
	}
	if c := problemOf(report); c == api.WrongCode || c == api.MalformedCode {
		v.CodeError = "q.code_wrong"
	}
	i.Challenge = &c
	v.AttemptsLeft, v.Inquiry = c.AttemptsLeft, p.field(i)
	p.config.Site.Render(w, r, code, "q-code", v)
}

// resend asks the issuer to send the same code again.
func (p *Pages) resend(w http.ResponseWriter, r *http.Request) {
	i, ok := p.challenged(w, r)
	if !ok {
		return
	}
	p.call(w, r, &i, func(ctx context.Context, client *verifier.Client) verifier.Report {
		challenge, report := client.Resend(ctx, i.Challenge.ID, i.QR, i.CF)
		if challenge != nil {
			i.Challenge, i.Last.Resent = challenge, true
		}
		return report
	})
}

// answer takes the code and sends the browser to the detail. A page that shows a report comes here too, to
// show it in another language.
func (p *Pages) answer(w http.ResponseWriter, r *http.Request) {
	if sealed := r.PostFormValue("detail"); sealed != "" {
		p.showAgain(w, r, sealed)
		return
	}
	i, ok := p.challenged(w, r)
	switch {
	case !ok:
	case web.Redraws(r):
		i.Last = p.lastOf(r, i)
		i.Last.Typed = r.PostFormValue("code")
		i.Last.Typed = i.Last.Typed[:min(len(i.Last.Typed), maxCode)]
		p.next(w, r, i, pathCode)
	default:
		i.Last.Code = cmp.Or(r.PostFormValue("code"), "-")
		p.next(w, r, i, pathAnswer)
	}
}

// challenged returns the inquiry of a page with a challenge. If it returns false, it has already written the
// answer.
func (p *Pages) challenged(w http.ResponseWriter, r *http.Request) (inquiry, bool) {
	i, ok := p.posted(r)
	if !ok || i.Challenge == nil {
		p.gone(w, r)
		return i, false
	}
	_, ok = p.operator(w, r, i)
	return i, ok
}

// maxCode is the maximum length of a typed code in bytes.
const maxCode = 64

// detail sends the code to the issuer and shows, once, what the person approved.
func (p *Pages) detail(w http.ResponseWriter, r *http.Request) {
	i, ok := p.kept(r)
	switch {
	case ok && i.Last.Shown:
		p.config.Site.Say(w, r, http.StatusOK, web.Message{Title: "q.shown_title", Text: "q.once",
			Next: p.at().At(pathSecond) + i.query(), NextText: "q.new_request",
			Icon: "it-check-circle", Tone: "info"})
		return
	case !ok || i.Challenge == nil:
		p.redirect(w, r, "")
		return
	case i.Last.Code == "":
		p.redirect(w, r, pathCode)
		return
	}
	code := i.Last.Code
	i.Last = last{}
	if _, ok := p.operator(w, r, i); !ok {
		return
	}
	p.call(w, r, &i, func(ctx context.Context, client *verifier.Client) verifier.Report {
		return client.Answer(ctx, i.QR, i.CF, verifier.SecondLevelAnswer{Challenge: i.Challenge.ID,
			Code: code[:min(len(code), maxCode)], Scope: i.Request.scope(), CaseNumber: i.Request.CaseNumber,
			Evidence: i.evidence(i.Request.about())})
	})
}

// inDetail is the use of a sealed report, which only the page that shows it has.
const inDetail = "attesta/desk/detail/1"

// shown is the JSON of a sealed report: the report, its receipt, what was asked, and the level.
type shown struct {
	Report  verifier.Report `json:"r"`
	Claims  *api.Receipt    `json:"c"`
	Inquiry string          `json:"i"`
	Level   int             `json:"l"`
}

// showAgain shows a report again.
func (p *Pages) showAgain(w http.ResponseWriter, r *http.Request, sealed string) {
	var d shown
	if !p.box.Open(sealed, inDetail, &d) {
		p.gone(w, r)
		return
	}
	i, _ := p.open(d.Inquiry, inPage)
	d.Report.ReceiptClaims = d.Claims
	i.Last.Shown = true
	p.result(w, r, d.Report, i, d.Level)
}

// call makes a call about the challenge. If the answer is a disclosure, call shows it. Otherwise it sends the
// browser to the page of the code, which can be repeated or shows why not.
func (p *Pages) call(w http.ResponseWriter, r *http.Request, i *inquiry,
	do func(context.Context, *verifier.Client) verifier.Report) {
	ctx, cancel := context.WithTimeout(r.Context(), askTimeout)
	defer cancel()
	client, report := p.client(r)
	if client != nil {
		report = do(ctx, client)
	}
	if report.Disclosed != nil {
		kept := *i
		kept.Challenge, kept.Last, kept.Nonce = nil, last{Shown: true}, newNonce()
		p.keep(w, kept, cookieLife)
		p.result(w, r, report, *i, 2)
		return
	}
	switch problem := report.Problem; problemOf(report) {
	case "":
		if report.Authenticity != verifier.Authentic {
			i.Challenge, i.Last.Report = nil, brief(report)
		}
	case api.WrongCode, api.MalformedCode, api.TooSoon, api.NoResends, api.WaitAfterFailures,
		api.RateLimited, api.Unavailable, api.Unauthenticated:
		i.Last.Report = brief(report)
		if problem.AttemptsLeft != nil {
			i.Challenge.AttemptsLeft = *problem.AttemptsLeft
		}
	default:
		i.Challenge, i.Last.Report = nil, brief(report)
	}
	p.next(w, r, *i, pathCode)
}

// brief returns the parts of a refusal that the page of the code shows.
func brief(r verifier.Report) *verifier.Report {
	return &verifier.Report{
		Authenticity: r.Authenticity,
		Verdict:      r.Verdict,
		Code:         r.Code,
		Problem:      r.Problem,
		Receipt:      r.Receipt,
	}
}

// deliveryFailed is the Delivery of a challenge whose message was not sent.
const deliveryFailed = "failed"

// problemOfState returns the reason why a challenge in this state cannot be answered, or "" if it can.
func problemOfState(state string) api.ProblemCode {
	switch state {
	case "consumed":
		return api.ChallengeUsed
	case "locked":
		return api.NoAttempts
	case "expired":
		return api.ChallengeExpired
	case "revoked":
		return api.ChallengeRevoked
	case "superseded":
		return api.ChallengeSuperseded
	}
	return ""
}

// troubled returns the report of a problem that the pages found without asking the issuer.
func troubled(code api.ProblemCode) verifier.Report {
	problem := api.NewProblem(code)
	return verifier.Report{
		Authenticity: verifier.Authentic, Code: api.CodeNeedsSecondLevel, Problem: &problem,
	}
}
