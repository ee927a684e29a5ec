package verifier

import (
	"context"
	"time"

	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/verifier/api"
)

// FirstLevelOptions says what else to ask. The zero value asks for the categories.
type FirstLevelOptions struct {
	// Benefit is the id of a benefit in the issuer's catalogue; then only the answer for it returns.
	Benefit string
	// CaseNumber is the caller's own and comes back in the receipt; see [api.CaseNumberAllowed].
	CaseNumber string
}

// FirstLevel judges a scanned text as [Client.Check] does and, if the paper is authentic, asks its issuer
// whether it is this person's, whether it is still good, and for the person's status. A paper that is not
// authentic, or a zero codice fiscale, makes no request.
//
// It tries again, twice at the most, where the issuer cannot be reached or is not available. Whatever goes
// wrong on the way, an answer without the issuer's receipt included, is [api.CodeUnavailable] or
// [api.CodeRateLimited], and never a no. So is an answer that by this client's clock is older or newer than
// [token.Leeway]: it was kept by somebody, or the clock is wrong.
func (c *Client) FirstLevel(ctx context.Context, text string, cf codicefiscale.Code, o FirstLevelOptions) Report {
	p, report := c.ask(text, cf)
	if p == nil {
		return report
	}
	q := api.FirstLevelRequest{QR: p.token, CodiceFiscale: cf.Reveal(), Benefit: o.Benefit, CaseNumber: o.CaseNumber}
	var result api.Result
	if problem := c.call(ctx, p, q, &result); problem != nil {
		return p.failed(problem)
	}
	if result.Benefit != o.Benefit {
		return p.failed(unavailable())
	}
	return c.answered(p, result, api.Receipt{Level: 1, Case: o.CaseNumber})
}

// presented is an authentic paper with the codice fiscale that goes with it.
type presented struct {
	token    string
	claims   token.Claims
	now      time.Time
	keysAsOf time.Time
}

// ask prepares a question to the issuer; if there is nothing to ask, the report says why.
func (c *Client) ask(text string, cf codicefiscale.Code) (*presented, Report) {
	now := c.now()
	claims, keysAsOf, refusal := c.examine(text, now)
	switch {
	case refusal != nil:
		return nil, *refusal
	case cf.IsZero():
		return nil, authentic(claims, false, now, keysAsOf)
	}
	jws, _ := token.FromQRText(text) // examine has read it
	return &presented{jws, claims, now, keysAsOf}, Report{}
}

// answered reports an answer with its receipt, of which the caller says what it must hold besides. An answer
// without it is none, nor is an outcome whose code does not go with it.
func (c *Client) answered(p *presented, result api.Result, want api.Receipt) Report {
	want.IssuerName, want.Outcome, want.Benefit = p.claims.IssuerName, result.Outcome, result.Benefit
	receipt := c.receipted(result.Receipt, want, result.CheckedAt)
	var r Report
	switch {
	case receipt == nil:
		return p.failed(unavailable())
	case result.Outcome == api.Confirmed && result.Code == "":
		r = authentic(p.claims, true, p.now, p.keysAsOf)
		r.Verdict = api.Confirmed
		p.mark(&r, CheckCodiceFiscale, Pass, "", result.CheckedAt)
		p.mark(&r, CheckStatus, Pass, "", result.CheckedAt)
	case result.Outcome != result.Code.Outcome() || !result.Code.FromIssuer():
		return p.failed(unavailable())
	default:
		r = p.coded(result.Code, result.CheckedAt)
	}
	r.Receipt, r.ReceiptClaims, r.Disclosed = result.Receipt, receipt, &result.Disclosure
	return r
}

// coded reports a code of the issuer's.
func (p *presented) coded(code api.Code, at time.Time) Report {
	check := checkOf(code)
	if check != CheckStatus {
		r := refused(code, p.now, p.keysAsOf)
		if check == CheckCodiceFiscale {
			r.Paper = paper(p.claims)
			p.mark(&r, check, resultOf(r.Verdict), code, at)
		}
		return r
	}
	r := authentic(p.claims, true, p.now, p.keysAsOf)
	r.Code, r.Verdict = code, code.Outcome()
	p.mark(&r, CheckCodiceFiscale, Pass, "", at)
	p.mark(&r, CheckStatus, resultOf(r.Verdict), code, at)
	return r
}

// resultOf is that of the check with which a refusal ends.
func resultOf(v api.Outcome) Result {
	if v == api.NotConfirmed {
		return Fail
	}
	return Error
}

func (p *presented) mark(r *Report, check string, result Result, code api.Code, at time.Time) {
	for n := range r.Checks {
		if r.Checks[n].Name == check {
			r.Checks[n] = Check{Name: check, Result: result, Code: code, AsOf: at}
		}
	}
}

// failed reports that the issuer gave no answer.
func (p *presented) failed(problem *api.Problem) Report {
	code := problem.Code.Code()
	r := authentic(p.claims, false, p.now, p.keysAsOf)
	if code.Outcome() == api.NotConfirmed || code == api.CodeReplaced {
		r = p.coded(code, p.now)
	} else {
		r.Code = code
		p.mark(&r, CheckStatus, Error, code, p.now)
	}
	r.Problem = problem
	return r
}
