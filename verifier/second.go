package verifier

import (
	"context"
	"crypto/rand"
	"strings"

	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/verifier/api"
)

// SecondLevelRequest is a request that the person approves or ignores.
type SecondLevelRequest struct {
	// Organisation is the body for which the operator asks: at most 24 letters, digits, spaces and . ' - /
	// with at most three digits. If the issuer knows the organisation from the login, it ignores this field.
	Organisation string
	// Purpose is the id of an entry in the caller's register: 1 to 64 characters of A-Z a-z 0-9 . _ : -
	Purpose string
	// Scope is [api.ScopeDetail], [api.ScopeDomain] with the code of a domain, or [api.ScopeBenefit] with the
	// id of a benefit.
	Scope string
	// Evidence is what the desk has seen in addition to the status. It requires
	// [api.ScopeBenefit].
	Evidence api.Evidence
	// CaseNumber is a number of the caller's choice that the receipt repeats; see [api.CaseNumberAllowed].
	CaseNumber string
	// Channel is the channel that the person wants. If it is empty, the issuer uses the person's first one.
	Channel string
	// Locale is the language of the message; empty means the person's own, or Italian if the issuer does not
	// know it.
	Locale string
	// Key identifies the request: 1 to 255 visible ASCII characters. If an answer is lost, call again with
	// the same key to get the same challenge; no second code is sent. An empty Key means a random one.
	Key string
}

// RequestSecondLevel asks the issuer to send a code to the person. It returns the challenge; pass its ID and
// the code to [Client.Answer]. The verdict of the report is always "cannot tell". If the challenge is nil,
// Code, Problem and Err of the report say why. Before the request, RequestSecondLevel judges the paper as
// [Client.FirstLevel] does.
func (c *Client) RequestSecondLevel(
	ctx context.Context, text string, cf codicefiscale.Code, q SecondLevelRequest,
) (challenge *api.Challenge, report Report) {
	defer c.logNoAnswer(ctx, api.PathSecondLevel, &report)
	p, report := c.ask(ctx, text, cf)
	if p == nil {
		return nil, report
	}
	if q.Key == "" {
		q.Key = rand.Text()
	}
	request := api.ChallengeRequest{
		Key: q.Key, CheckID: api.NewCheckID(), QR: p.token, CodiceFiscale: cf.Reveal(),
		Organisation: q.Organisation, Purpose: q.Purpose, Scope: q.Scope, Evidence: q.Evidence,
		CaseNumber: q.CaseNumber, Channel: q.Channel, Locale: q.Locale,
	}
	asked := p.question(request.CheckID, cf, q.Scope, q.Evidence, 2, q.CaseNumber)
	return c.challenge(ctx, p, asked, request)
}

// Resend asks the issuer to send the same code again. The results are as for [Client.RequestSecondLevel].
// Resend never retries, because the issuer limits the number of messages.
func (c *Client) Resend(
	ctx context.Context, challenge, text string, cf codicefiscale.Code,
) (again *api.Challenge, report Report) {
	defer c.logNoAnswer(ctx, api.PathResend, &report)
	p, report := c.ask(ctx, text, cf)
	if p == nil {
		return nil, report
	}
	if !isChallenge(challenge) {
		return nil, p.failed(&CallError{Reason: ErrChallenge})
	}
	request := api.ResendRequest{Challenge: challenge, QR: p.token, CodiceFiscale: cf.Reveal()}
	return c.challenge(ctx, p, question{}, request) // without a check ID, no answer is a no
}

// SecondLevelAnswer is the code that approves a request.
type SecondLevelAnswer struct {
	// Challenge is the ID of the challenge.
	Challenge string
	// Code is the code that the person told the operator.
	Code string
	// Scope, CaseNumber and Evidence are those of the [SecondLevelRequest]. An answer about anything else is
	// refused.
	Scope, CaseNumber string
	Evidence          api.Evidence
}

// Answer sends the code that the person told the operator and reports what the person approved. If the issuer
// does not accept the code, the verdict is "cannot tell" and Problem says why and how many attempts are left.
// Answer never retries, because the issuer may have consumed the code.
func (c *Client) Answer(
	ctx context.Context, text string, cf codicefiscale.Code, a SecondLevelAnswer,
) (report Report) {
	defer c.logNoAnswer(ctx, api.PathAnswers, &report)
	p, report := c.ask(ctx, text, cf)
	if p == nil {
		return report
	}
	if !isChallenge(a.Challenge) {
		return p.failed(&CallError{Reason: ErrChallenge})
	}
	request := api.AnswerRequest{Challenge: a.Challenge, CheckID: api.NewCheckID(), Code: a.Code, QR: p.token,
		CodiceFiscale: cf.Reveal()}
	var result api.Result
	answer, err := c.call(ctx, p, request, &result)
	if err != nil { // it comes before the issuer has looked for the scope and the case number
		return c.refused(ctx, p, p.question(request.CheckID, cf, "", nil, 2, ""), answer, err)
	}
	return c.answered(ctx, p, p.question(request.CheckID, cf, a.Scope, a.Evidence, 2, a.CaseNumber), answer,
		result)
}

func (c *Client) challenge(
	ctx context.Context, p *presented, q question, request any,
) (*api.Challenge, Report) {
	var challenge api.Challenge
	if text, err := c.call(ctx, p, request, &challenge); err != nil {
		return nil, c.refused(ctx, p, q, text, err)
	}
	if !isChallenge(challenge.ID) {
		return nil, p.failed(&CallError{Reason: ErrFormat})
	}
	r := authentic(p.claims, true, p.now, p.keysAsOf)
	r.Code = api.CodeNeedsSecondLevel
	mark(&r, checkCodiceFiscale, Pass, "", p.now)
	return &challenge, r
}

func pathOf(path, challenge string) string { return strings.Replace(path, "{id}", challenge, 1) }

// isChallenge reports whether id may be part of a URL.
func isChallenge(id string) bool {
	return id != "" && len(id) <= 64 && !strings.ContainsFunc(id, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_')
	})
}
