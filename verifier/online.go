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

// Disclosure is what the issuer disclosed about the person. It is data concerning health: show it, do not keep it.
type Disclosure struct {
	// CheckedAt is when the issuer looked.
	CheckedAt time.Time `json:"checked_at"`
	// Benefit is the one that was asked for; then the verdict is all there is.
	Benefit string `json:"benefit,omitempty"`
	// Categories and SubKinds of the first level, as codes of package status. Complete says that a category that is not
	// listed is one that the person is not in.
	Categories []string `json:"categories,omitempty"`
	SubKinds   []string `json:"sub_kinds,omitempty"`
	Complete   bool     `json:"complete,omitempty"`
	// Scope and Details of the second level: what the person approved, and the judgements.
	Scope   string       `json:"scope,omitempty"`
	Details []api.Detail `json:"details,omitempty"`
}

// FirstLevel judges a scanned text as [Client.Check] does and, if the paper is authentic, asks its issuer whether it is
// this person's, whether it is still good, and for the person's status. A paper that is not authentic, or a zero
// codice fiscale, makes no request.
//
// It tries again, twice at the most, where the issuer cannot be reached or is not available. Whatever goes wrong on the
// way, an answer without the issuer's receipt included, is [Unavailable] or [RateLimited], and never a no. So is an answer
// that by this client's clock is older or newer than [token.Leeway]: it was kept by somebody, or the clock is wrong.
func (c *Client) FirstLevel(ctx context.Context, text string, cf codicefiscale.Code, o FirstLevelOptions) Report {
	p, report := c.ask(text, cf)
	if p == nil {
		return report
	}
	q := api.FirstLevelRequest{QR: p.token, CodiceFiscale: cf.Reveal(), Benefit: o.Benefit, CaseNumber: o.CaseNumber}
	var result api.FirstLevelResult
	if problem := c.call(ctx, request{issuer: p.issuer, path: api.PathFirstLevel, body: q, again: true}, &result); problem != nil {
		return p.failed(problem)
	}
	want := api.Receipt{Issuer: p.issuer.Name, Level: 1, Outcome: result.Outcome, Benefit: o.Benefit, Case: o.CaseNumber}
	if result.Benefit != o.Benefit || !c.receipted(result.Receipt, want, result.CheckedAt) {
		return p.failed(unavailable())
	}
	report = p.answered(result.Outcome, Code(result.Code), result.CheckedAt)
	if report.Code == Unavailable {
		return report
	}
	report.Receipt = result.Receipt
	report.Disclosed = &Disclosure{CheckedAt: result.CheckedAt, Benefit: result.Benefit, Categories: result.Categories,
		SubKinds: result.SubKinds, Complete: result.Complete}
	return report
}

// presented is an authentic paper with the codice fiscale that goes with it.
type presented struct {
	token    string
	issuer   Issuer
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
	return &presented{jws, c.issuer(claims.Issuer), claims, now, keysAsOf}, Report{}
}

// answered reports an outcome. An outcome whose code does not go with it is none.
func (p *presented) answered(outcome string, code Code, at time.Time) Report {
	switch {
	case outcome == api.Confirmed && code == "":
		r := authentic(p.claims, true, p.now, p.keysAsOf)
		r.Verdict = Confirmed
		p.mark(&r, CheckCodiceFiscale, Pass, "", at)
		p.mark(&r, CheckStatus, Pass, "", at)
		return r
	case outcome != code.Verdict().String() || !code.fromIssuer():
		return p.failed(unavailable())
	}
	return p.coded(code, at)
}

// coded reports a code of the issuer's.
func (p *presented) coded(code Code, at time.Time) Report {
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
	r.Code, r.Verdict = code, code.Verdict()
	p.mark(&r, CheckCodiceFiscale, Pass, "", at)
	p.mark(&r, CheckStatus, resultOf(r.Verdict), code, at)
	return r
}

// resultOf is that of the check with which a refusal ends.
func resultOf(v Verdict) Result {
	if v == NotConfirmed {
		return Fail
	}
	return Error
}

func (p *presented) mark(r *Report, check string, result Result, code Code, at time.Time) {
	for n := range r.Checks {
		if r.Checks[n].Name == check {
			r.Checks[n] = Check{Name: check, Result: result, Code: code, AsOf: at}
		}
	}
}

// failed reports that the issuer gave no answer.
func (p *presented) failed(problem *api.Problem) Report {
	code := codeOf(problem.Code)
	r := authentic(p.claims, false, p.now, p.keysAsOf)
	if code.Verdict() == NotConfirmed || code == Replaced {
		r = p.coded(code, p.now)
	} else {
		r.Code = code
		p.mark(&r, CheckStatus, Error, code, p.now)
	}
	r.Problem = problem
	return r
}

// codeOf is the code of the closed set that a problem of the contract stands for. None but two is a no.
func codeOf(c api.ProblemCode) Code {
	switch c {
	case api.NoMatch:
		return CFMismatch
	case api.PaperVoid:
		return Void
	case api.Replaced:
		return Replaced
	case api.RateLimited, api.TooSoon, api.WaitAfterFailures, api.LockedAfterFailures:
		return RateLimited
	case api.SecondLevelNotOffered, api.Unauthenticated, api.NoIdempotencyKey, api.IdempotencyConflict,
		api.OrganisationRefused, api.NoChannel, api.ContactRefused, api.ContactChanged, api.ChallengeNotFound,
		api.ChallengeExpired, api.ChallengeUsed, api.ChallengeSuperseded, api.ChallengeRevoked, api.NoResends,
		api.MalformedCode, api.WrongCode, api.NoAttempts, api.BlockedAfterFailures:
		return NeedsSecondLevel
	}
	return Unavailable
}
