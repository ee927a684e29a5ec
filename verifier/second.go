package verifier

import (
	"context"
	"crypto/rand"
	"strings"

	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/verifier/api"
)

// SecondLevelRequest is what the person is asked to approve.
type SecondLevelRequest struct {
	// Organisation for which the operator asks: at most 24 letters, spaces and . ' -
	// An issuer that knows it from the login takes that instead.
	Organisation string
	// Purpose is the id of an entry in the caller's register: 1 to 64 out of A-Z a-z 0-9 . _ : -
	Purpose string
	// Scope is [api.ScopeDetail], or [api.ScopeDomain] or [api.ScopeBenefit] and a code.
	Scope string
	// CaseNumber is the caller's own and comes back in the receipt; see [api.CaseNumberAllowed].
	CaseNumber string
	// Channel and Locale that the person wants; empty: the person's first channel, Italian.
	Channel, Locale string
	// Key makes a request that is made again the same request: after a lost answer, give the same key to get
	// the same challenge, for which no second code is sent. 1 to 255 visible ASCII characters; empty: a fresh
	// random one.
	Key string
}

// RequestSecondLevel has a code sent to the person and returns the challenge, with which the code goes to
// [Client.Answer]. The report's verdict is "cannot tell" in any case; where the challenge is nil, its Code
// and Problem say why. The paper is looked at first, as [Client.FirstLevel] does.
func (c *Client) RequestSecondLevel(ctx context.Context, text string, cf codicefiscale.Code, q SecondLevelRequest) (*api.Challenge, Report) {
	p, report := c.ask(text, cf)
	if p == nil {
		return nil, report
	}
	if q.Key == "" {
		q.Key = rand.Text()
	}
	return c.challenge(ctx, p, api.ChallengeRequest{Key: q.Key, QR: p.token, CodiceFiscale: cf.Reveal(),
		Organisation: q.Organisation, Purpose: q.Purpose, Scope: q.Scope, CaseNumber: q.CaseNumber, Channel: q.Channel,
		Locale: q.Locale})
}

// Resend has the same code sent again. What returns is as with [Client.RequestSecondLevel]. It is never
// repeated by itself, since each message counts.
func (c *Client) Resend(ctx context.Context, challenge, text string, cf codicefiscale.Code) (*api.Challenge, Report) {
	p, report := c.ask(text, cf)
	if p == nil {
		return nil, report
	}
	if !isChallenge(challenge) {
		return nil, p.failed(notFound())
	}
	return c.challenge(ctx, p, api.ResendRequest{Challenge: challenge, QR: p.token, CodiceFiscale: cf.Reveal()})
}

// Answer brings the code that the person told and reports what the person approved. Where the code was not
// accepted the verdict is "cannot tell" and Problem says why and how many attempts are left. It is never
// repeated by itself: the code may have been consumed.
func (c *Client) Answer(ctx context.Context, challenge, text string, cf codicefiscale.Code, code string) Report {
	p, report := c.ask(text, cf)
	if p == nil {
		return report
	}
	if !isChallenge(challenge) {
		return p.failed(notFound())
	}
	var result api.Result
	q := api.AnswerRequest{Challenge: challenge, Code: code, QR: p.token, CodiceFiscale: cf.Reveal()}
	if problem := c.call(ctx, p, q, &result); problem != nil {
		return p.failed(problem)
	}
	return c.answered(p, result, api.Receipt{Level: 2})
}

func (c *Client) challenge(ctx context.Context, p *presented, q any) (*api.Challenge, Report) {
	var challenge api.Challenge
	if problem := c.call(ctx, p, q, &challenge); problem != nil {
		return nil, p.failed(problem)
	}
	if !isChallenge(challenge.ID) {
		return nil, p.failed(unavailable())
	}
	r := authentic(p.claims, true, p.now, p.keysAsOf)
	r.Code = api.CodeNeedsSecondLevel
	p.mark(&r, CheckCodiceFiscale, Pass, "", p.now)
	return &challenge, r
}

func pathOf(path, challenge string) string { return strings.Replace(path, "{id}", challenge, 1) }

// isChallenge keeps anything that is not an id out of an address.
func isChallenge(id string) bool {
	return id != "" && len(id) <= 64 && !strings.ContainsFunc(id, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_')
	})
}

func notFound() *api.Problem {
	p := api.NewProblem(api.ChallengeNotFound)
	return &p
}
