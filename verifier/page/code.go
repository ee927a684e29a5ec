package page

import (
	"context"
	"net/http"
	"time"

	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/api"
	"github.com/qr-invalidita/attesta/verifier/page/answer"
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
	// Inquiry is the sealed inquiry.
	Inquiry string
}

// code shows the challenge, and the problem of the report if there is one.
func (p *Pages) code(w http.ResponseWriter, r *http.Request, i inquiry, report verifier.Report) {
	c, lang := *i.Challenge, language(r)
	last := report.Problem != nil && report.Problem.AttemptsLeft != nil && *report.Problem.AttemptsLeft == 0
	if last {
		p.result(w, r, troubled(api.NoAttempts), i, 2)
		return
	}
	if problem := problemOfState(c.State); problem != "" {
		p.result(w, r, troubled(problem), i, 2)
		return
	}
	v := codeView{place: p.at(), Challenge: c, Desk: p.deskLine(r), AttemptsLeft: c.AttemptsLeft}
	if wait := c.ResendAt.Sub(p.config.Now()); !c.ResendAt.IsZero() && wait > 0 {
		v.ResendIn = int((wait + time.Second - 1) / time.Second)
	}
	v.Resent, v.NotSent = i.resent, c.Delivery == deliveryFailed
	v.Seen = answer.Declared(lang, p.config.Catalogue, i.evidence(i.Request.about()))
	v.ScopeInWords = answer.Scope(lang, p.config.Catalogue, c.Scope)
	code := http.StatusOK
	if problem := report.Problem; problem != nil {
		v.Trouble, v.Seconds, code = answer.ForReport(lang, report), problem.RetryAfter, problem.Status
		if problem.AttemptsLeft != nil {
			c.AttemptsLeft = *problem.AttemptsLeft
		}
	}
	i.Challenge = &c
	v.AttemptsLeft, v.Inquiry = c.AttemptsLeft, p.field(i)
	p.config.Site.Render(w, r, code, "q-code", v)
}

// resend asks the issuer to send the same code again.
func (p *Pages) resend(w http.ResponseWriter, r *http.Request) {
	p.step(w, r, func(ctx context.Context, client *verifier.Client, i *inquiry) verifier.Report {
		challenge, report := client.Resend(ctx, i.Challenge.ID, i.QR, i.CF)
		if challenge != nil {
			i.Challenge, i.resent = challenge, true
		}
		return report
	})
}

// answer sends the code to the issuer and shows, once, what the person approved.
func (p *Pages) answer(w http.ResponseWriter, r *http.Request) {
	p.step(w, r, func(ctx context.Context, client *verifier.Client, i *inquiry) verifier.Report {
		return client.Answer(ctx, i.QR, i.CF, verifier.SecondLevelAnswer{Challenge: i.Challenge.ID,
			Code: r.PostFormValue("code"), Scope: i.Request.scope(), CaseNumber: i.Request.CaseNumber,
			Evidence: i.evidence(i.Request.about())})
	})
}

// step makes a call about the challenge of the page. If the call succeeds, step shows its answer. If the
// operator can still repeat the step, it shows the page of the code again. Otherwise it shows the problem as
// the result.
func (p *Pages) step(
	w http.ResponseWriter,
	r *http.Request,
	do func(context.Context, *verifier.Client, *inquiry) verifier.Report,
) {
	i, ok := p.posted(r)
	if !ok || i.Challenge == nil {
		p.gone(w, r)
		return
	}
	if _, ok := p.operator(w, r, i); !ok {
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), askTimeout)
	defer cancel()
	client, report := p.client(r)
	if client != nil {
		report = do(ctx, client, &i)
	}
	switch problemOf(report) {
	case "":
		if report.Disclosed != nil || report.Authenticity != verifier.Authentic {
			p.result(w, r, report, i, 2)
			return
		}
		p.code(w, r, i, report)
	case api.WrongCode, api.MalformedCode, api.TooSoon, api.NoResends, api.WaitAfterFailures,
		api.RateLimited, api.Unavailable, api.Unauthenticated:
		p.code(w, r, i, report)
	default:
		p.result(w, r, report, i, 2)
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
