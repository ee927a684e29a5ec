package verifier

import (
	"context"
	"time"

	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/verifier/api"
	"github.com/qr-invalidita/attesta/verifier/internal/typed"
)

// FirstLevelOptions are the optional parts of a question at the first level. The zero value asks for the
// person's categories.
type FirstLevelOptions struct {
	// Benefit is the id of a benefit in the issuer's catalogue. If it is set, the answer is about this
	// benefit only and lists no categories.
	Benefit string
	// Evidence is what the desk has seen in addition to the status, such as a prescription. It requires
	// Benefit, and the report says with [api.CodeNeedsEvidence] or [api.CodeNeedsAnnotation] what else has
	// to be seen.
	Evidence api.Evidence
	// CaseNumber is a number of the caller's choice that the receipt repeats; see [api.CaseNumberAllowed].
	CaseNumber string
}

// FirstLevel judges a scanned text as [Client.Check] does. If the paper is authentic, it asks the issuer
// whether the paper belongs to this person and is still valid, and what the person's status is. If the paper
// is not authentic or cf is zero, it sends no request.
//
// If the issuer does not answer or is unavailable, FirstLevel tries again, at most twice. A failure is
// [api.CodeUnavailable] or [api.CodeRateLimited] and never a no; Err of the report says what has failed. An
// answer whose receipt is not about this question and this answer counts as a failure, and so does an answer
// whose time differs from this client's clock by more than [token.Leeway].
func (c *Client) FirstLevel(
	ctx context.Context, text string, cf codicefiscale.Code, o FirstLevelOptions,
) (report Report) {
	defer c.logNoAnswer(ctx, api.PathFirstLevel, &report)
	p, report := c.ask(ctx, text, cf)
	if p == nil {
		return report
	}
	request := api.FirstLevelRequest{
		CheckID: api.NewCheckID(), QR: p.token, CodiceFiscale: cf.Reveal(), Benefit: o.Benefit,
		Evidence:   o.Evidence,
		CaseNumber: o.CaseNumber,
	}
	q := p.question(request.CheckID, cf, o.Benefit, o.Evidence, 1, o.CaseNumber)
	var result api.Result
	answer, err := c.call(ctx, p, request, &result)
	if err != nil {
		return c.refused(ctx, p, q, answer, err)
	}
	return c.answered(ctx, p, q, answer, result)
}

// presented is an authentic paper, about which the issuer can be asked.
type presented struct {
	token    string
	claims   token.Claims
	now      time.Time
	keysAsOf time.Time
}

// ask examines the text before a question to the issuer. If the question cannot be asked, it returns nil and
// the report of the reason.
func (c *Client) ask(ctx context.Context, text string, cf codicefiscale.Code) (*presented, Report) {
	now := c.now()
	claims, keysAsOf, refusal := c.examine(ctx, text, now)
	switch {
	case refusal != nil:
		return nil, *refusal
	case cf.IsZero():
		return nil, authentic(claims, false, now, keysAsOf)
	}
	meant, _ := typed.Read(text)
	jws, _ := token.FromQRText(meant) // examine has parsed it without error
	return &presented{jws, claims, now, keysAsOf}, Report{}
}

// question returns the question of a request about the paper.
func (p *presented) question(
	id string, cf codicefiscale.Code, about string, e api.Evidence, level int, number string,
) question {
	asked := api.Question{CheckID: id, Token: p.token, CodiceFiscale: cf.Reveal(), About: about, Evidence: e}
	return question{asked, level, number}
}

// answered returns the report of a result, whose text is answer. The receipt must agree with both the
// question and the answer. An answer without such a receipt, or with an outcome that contradicts its code, is
// a failure.
func (c *Client) answered(ctx context.Context, p *presented, q question, answer []byte,
	result api.Result) Report {
	receipt, err := c.receipted(ctx, result.Receipt, q, answer, api.Receipt{IssuerName: p.claims.IssuerName,
		Outcome: result.Outcome, Code: result.Code, Benefit: result.Benefit})
	var r Report
	switch {
	case err != nil:
		return p.failed(err)
	case result.Outcome == api.Confirmed && result.Code == "":
		r = authentic(p.claims, true, p.now, p.keysAsOf)
		r.Verdict = api.Confirmed
		mark(&r, checkCodiceFiscale, Pass, "", result.CheckedAt)
		mark(&r, checkStatus, Pass, "", result.CheckedAt)
	case result.Outcome != result.Code.Outcome() || !result.Code.FromIssuer():
		return p.failed(&CallError{Reason: ErrFormat})
	default:
		r = p.coded(result.Code, result.CheckedAt)
	}
	r.Receipt, r.ReceiptClaims, r.Disclosed = result.Receipt, receipt, &result.Disclosure
	return r
}

// coded returns the report of a code that the issuer answered.
func (p *presented) coded(code api.Code, at time.Time) Report {
	check := checkOf(code)
	if check != checkStatus {
		r := refused(code, p.now, p.keysAsOf)
		if check == checkCodiceFiscale {
			r.Paper = paper(p.claims)
			mark(&r, check, resultOf(r.Verdict), code, at)
		}
		return r
	}
	r := authentic(p.claims, true, p.now, p.keysAsOf)
	r.Code, r.Verdict = code, code.Outcome()
	mark(&r, checkCodiceFiscale, Pass, "", at)
	mark(&r, checkStatus, resultOf(r.Verdict), code, at)
	return r
}

// resultOf returns the result of the check that led to a verdict other than [api.Confirmed].
func resultOf(v api.Outcome) Result {
	if v == api.NotConfirmed {
		return Fail
	}
	return Error
}

// mark sets one check of the report.
func mark(r *Report, check string, result Result, code api.Code, at time.Time) {
	for n := range r.Checks {
		if r.Checks[n].Name == check {
			r.Checks[n] = Check{Name: check, Result: result, Code: code, AsOf: at}
		}
	}
}

// refused returns the report of an error of a call. If it is a problem, answer is its text. A problem that
// is a no must have a receipt. Without one, it is a failure.
func (c *Client) refused(ctx context.Context, p *presented, q question, answer []byte,
	err error) Report {
	problem := problemOf(err)
	code := problem.Code.Code()
	if code.Outcome() != api.NotConfirmed {
		return p.failed(err)
	}
	receipt, err2 := c.receipted(ctx, problem.Receipt, q, answer, api.Receipt{IssuerName: p.claims.IssuerName,
		Outcome: api.NotConfirmed, Code: code})
	if err2 != nil {
		return p.failed(err2)
	}
	r := p.failed(err)
	r.Receipt, r.ReceiptClaims = problem.Receipt, receipt
	problem.Receipt = "" // the report has it once
	return r
}

// failed returns the report of an *api.Problem of the issuer or a *CallError: there is no answer. The caller
// has verified the receipt of a problem that is a no.
func (p *presented) failed(err error) Report {
	problem := problemOf(err)
	code := problem.Code.Code()
	r := authentic(p.claims, false, p.now, p.keysAsOf)
	if code.Outcome() == api.NotConfirmed || code == api.CodeReplaced {
		r = p.coded(code, p.now)
	} else {
		r.Code = code
		mark(&r, checkStatus, Error, code, p.now)
	}
	r.Problem, r.Err = problem, err
	return r
}
