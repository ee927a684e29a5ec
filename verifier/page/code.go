package page

import (
	"context"
	"net/http"
	"time"

	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/api"
	"github.com/qr-invalidita/attesta/verifier/page/answer"
)

// codeView is the page that waits for the code.
type codeView struct {
	place
	api.Challenge
	// ScopeInWords is empty where everything is asked for.
	ScopeInWords string
	// ResendIn is how many seconds to wait before the code can be sent again.
	ResendIn int
	// NotSent says that no message went out.
	NotSent bool
	// Resent says that the same code just went out again.
	Resent bool
	// Trouble is why the last step brought nothing: a headline, a sentence and what to do; zero after the first
	// one. Seconds to wait; AttemptsLeft, which is negative where nothing is said.
	Trouble      answer.Words
	Seconds      int
	AttemptsLeft int
	Inquiry      string
}

// code shows the challenge, with the trouble of the last step if the report has one.
func (p *Pages) code(w http.ResponseWriter, r *http.Request, i inquiry, report verifier.Report) {
	c, lang := *i.Challenge, language(r)
	if problem := problemOfState(c.State); problem != "" {
		p.result(w, r, troubled(problem), i, 2)
		return
	}
	v := codeView{place: p.at(), Challenge: c, AttemptsLeft: c.AttemptsLeft}
	if wait := c.ResendAt.Sub(p.config.Now()); !c.ResendAt.IsZero() && wait > 0 {
		v.ResendIn = int((wait + time.Second - 1) / time.Second)
	}
	v.Resent, v.NotSent = i.resent, c.Delivery == deliveryFailed
	v.ScopeInWords = answer.Scope(lang, p.config.Catalogue, c.Scope)
	code := http.StatusOK
	if problem := report.Problem; problem != nil {
		v.Trouble, v.Seconds, code = answer.ForProblem(lang, problem.Code), problem.RetryAfter, problem.Status
		if problem.AttemptsLeft != nil {
			c.AttemptsLeft = *problem.AttemptsLeft
		}
	}
	i.Challenge = &c
	v.AttemptsLeft, v.Inquiry = c.AttemptsLeft, p.field(i)
	p.config.Site.Render(w, r, code, "q-code", v)
}

// resend has the same code sent again.
func (p *Pages) resend(w http.ResponseWriter, r *http.Request) {
	p.step(w, r, func(ctx context.Context, client *verifier.Client, i *inquiry) verifier.Report {
		challenge, report := client.Resend(ctx, i.Challenge.ID, i.QR, i.CF)
		if challenge != nil {
			i.Challenge, i.resent = challenge, true
		}
		return report
	})
}

// answer brings the code and shows, once, what the person approved.
func (p *Pages) answer(w http.ResponseWriter, r *http.Request) {
	p.step(w, r, func(ctx context.Context, client *verifier.Client, i *inquiry) verifier.Report {
		return client.Answer(ctx, i.Challenge.ID, i.QR, i.CF, r.PostFormValue("code"))
	})
}

// step takes one step with the challenge of the page: on to the answer, back to the page with what went
// wrong or, where this challenge is over, to a page that says so.
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
	case api.WrongCode,
		api.MalformedCode,
		api.TooSoon,
		api.NoResends,
		api.WaitAfterFailures,
		api.RateLimited,
		api.Unavailable,
		api.Unauthenticated:
		p.code(w, r, i, report)
	default:
		p.result(w, r, report, i, 2)
	}
}

// deliveryFailed is the state of a message that did not go out, as the contract writes it.
const deliveryFailed = "failed"

// problemOfState is why a challenge that was found again can no longer be answered; empty if it can.
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

// troubled is the report of a problem that was met here.
func troubled(code api.ProblemCode) verifier.Report {
	problem := api.NewProblem(code)
	return verifier.Report{Authenticity: verifier.Authentic, Code: api.CodeNeedsSecondLevel, Problem: &problem}
}
