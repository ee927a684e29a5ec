package app

import (
	"context"
	"time"

	"github.com/qr-invalidita/attesta/examples/internal/registry"
	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

// askedMonths is how long the person sees what operators asked: as long as the accesses.
const askedMonths = 24

// openAsked lets the challenges of the second level be recorded in the registry, and refuses the operators
// whom the person has barred.
func (a *App) openAsked(c *otp.Config) {
	c.Trace, c.Risk = a.traceAsked, a.refuseBarred
	a.every(expiry, "end of what was asked", func(ctx context.Context) error {
		return a.registry.ExpireAsked(ctx, time.Now().AddDate(0, -askedMonths, 0))
	})
}

func askedOperator(o otp.Operator, t otp.Terms) registry.Operator {
	return registry.Operator{IdentityProvider: o.IdentityProvider, ID: o.ID.Reveal(),
		Organisation: t.Organisation, Declared: t.Declared}
}

// traceAsked is the Trace of [otp.Config].
func (a *App) traceAsked(ctx context.Context, s otp.Step) error {
	person, err := codicefiscale.ParseAny(s.Parties.Subject.Reveal())
	if err != nil {
		return err
	}
	step, message := registry.StepStarted, s.Channel != otp.List
	switch s.Kind {
	case otp.EventSent:
		step = registry.StepSent
	case otp.EventWrong:
		step, message = registry.StepWrong, false
	case otp.EventVerified:
		step, message = registry.StepRight, false
	}
	return a.registry.TraceAsked(ctx, person, registry.Request{Challenge: s.ChallengeID,
		Operator: askedOperator(s.Parties.Operator, s.Terms), Purpose: s.Terms.Purpose, Scope: s.Terms.Scope},
		step, message, s.At)
}

// refuseBarred is the Risk of [otp.Config]. If the registry does not answer, the challenge is refused.
func (a *App) refuseBarred(ctx context.Context, q otp.StartRequest, _ otp.Contact) error {
	person, err := codicefiscale.ParseAny(q.Subject.Reveal())
	if err != nil {
		return err
	}
	barred, err := a.registry.OperatorBarred(ctx, person, askedOperator(q.Operator, q.Terms))
	switch {
	case err != nil:
		return &otp.Refusal{Cause: otp.ErrUnavailable, Err: err}
	case barred:
		return otp.ErrBarred
	}
	return nil
}
