package app

import (
	"context"
	"errors"
	"time"

	"github.com/qr-invalidita/attesta/examples/internal/registry"
	"github.com/qr-invalidita/attesta/examples/internal/traces"
	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/verifier/accesslog"
	"github.com/qr-invalidita/attesta/verifier/service"
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
	if s.Kind == otp.EventVerified && s.Channel == otp.List {
		a.tellListUse(person, s.At)
	}
	return a.registry.TraceAsked(ctx, person, registry.Request{Challenge: s.ChallengeID,
		Operator: askedOperator(s.Parties.Operator, s.Terms), Purpose: s.Terms.Purpose, Scope: s.Terms.Scope},
		step, message, s.At)
}

// tellLimit bounds a notice, in which a mail server may be slow.
const tellLimit = 30 * time.Second

// tellListUse tells the person that a code of their list was used. The operator does not wait for it.
func (a *App) tellListUse(person codicefiscale.Code, at time.Time) {
	a.notices.Go(func() {
		ctx, cancel := context.WithTimeout(context.Background(), tellLimit)
		defer cancel()
		if err := a.area.TellListUse(ctx, person, at); err != nil {
			a.Log.ErrorContext(ctx, "a person was not told of the use of a list; their area shows it")
		}
	})
}

// errBarred means that the person barred the operator while the code was on its way.
var errBarred = errors.New("the person has barred the operator")

// wantedLog is the access log of the service. It refuses the record of an operator whom the person has barred
// meanwhile, so that nothing is disclosed.
type wantedLog struct {
	*accesslog.Log
	registry *registry.Registry
	traces   *traces.Traces
}

// Append implements [service.AccessLog].
func (l wantedLog) Append(ctx context.Context, a service.Access) error {
	barred, err := l.registry.OperatorBarred(ctx, a.Person, registry.Operator{
		IdentityProvider: a.Operator.IdentityProvider, ID: a.Operator.ID})
	switch {
	case err != nil:
		return err
	case barred:
		return errBarred
	}
	ctx, span := l.traces.Start(ctx, "append access") // the batch is that of several requests
	defer span.End()
	return l.Log.Append(ctx, a)
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
