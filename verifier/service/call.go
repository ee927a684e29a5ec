package service

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/netip"
	"time"

	"github.com/qr-invalidita/attesta/internal/cause"
	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/verifier/api"
)

// A Caller is the origin of a call.
type Caller struct {
	// Address is the address to which the limit of calls applies, if there is no Budget. All callers with the
	// zero Addr share one limit.
	Address netip.Addr
	// Budget is what the issuer grants to this caller; the zero Budget means the limit of the address.
	Budget Budget
	// Operator is the operator who is logged in. The second level requires one. At the first level, an
	// operator has limits of their own for wrong codici fiscali; see [Mismatches].
	Operator Operator

	verified *token.Claims // the claims of the request's token, if a Local has verified it
	ticket   *ticket
}

// The routes of the handler. They are also the names of the calls in [Call].
const (
	routeFirstLevel  = "POST " + api.PathFirstLevel
	routeSecondLevel = "POST " + api.PathSecondLevel
	routeResend      = "POST " + api.PathResend
	routeAnswers     = "POST " + api.PathAnswers
)

// FirstLevel answers whether a paper is valid and belongs to this person, and what the person's status is.
// The error of this and of the other three calls is an [*api.Problem]. It means that there is no answer,
// neither a yes nor a no.
func (v *Service) FirstLevel(ctx context.Context, c Caller, q api.FirstLevelRequest) (api.Result, error) {
	return direct(ctx, v, routeFirstLevel, c, q, v.firstLevel)
}

// StartSecondLevel sends a code to the person. A person who approves tells the code to the operator.
func (v *Service) StartSecondLevel(ctx context.Context, c Caller,
	q api.ChallengeRequest) (api.Challenge, error) {
	return direct(ctx, v, routeSecondLevel, c, q, operated(v, v.start))
}

// Resend sends the same code to the same contact again.
func (v *Service) Resend(ctx context.Context, c Caller, q api.ResendRequest) (api.Challenge, error) {
	return direct(ctx, v, routeResend, c, q, operated(v, v.resend))
}

// Answer returns what the person approved, if the code is right. Before it reads the status, it consumes the
// code and appends to the access log.
func (v *Service) Answer(ctx context.Context, c Caller, q api.AnswerRequest) (api.Result, error) {
	return direct(ctx, v, routeAnswers, c, q, operated(v, v.answer))
}

// answering is the core of a call, without time limit and counting.
type answering[Q, A any] func(context.Context, Caller, Q) (A, *fault)

// operated returns a call that refuses a caller without an operator.
func operated[Q, A any](v *Service, answer answering[Q, A]) answering[Q, A] {
	return func(ctx context.Context, c Caller, q Q) (a A, f *fault) {
		switch {
		case v.cfg.OTP == nil:
			return a, refuse(api.SecondLevelNotOffered)
		case c.Operator.ID == "":
			return a, refuse(api.Unauthenticated)
		}
		if c.Operator, f = v.named(ctx, c.Operator); f != nil {
			return a, f
		}
		return answer(ctx, c, q)
	}
}

// direct makes a call that does not come over HTTP.
func direct[Q, A any](ctx context.Context, v *Service, route string, c Caller, q Q,
	answer answering[Q, A]) (A, error) {
	caller := func() Caller { return c }
	a, _, f := perform(ctx, v, route, caller, func(ctx context.Context, c Caller) (A, *fault) {
		return answer(ctx, c, q)
	})
	if f != nil {
		return a, &f.Problem
	}
	return a, nil
}

// perform makes a call within the limits of number and time, and reports its end to Config.Done.
func perform[A any](ctx context.Context, v *Service, route string, caller func() Caller,
	do func(context.Context, Caller) (A, *fault)) (a A, left quota, f *fault) {
	began := time.Now() // v.cfg.Now may stand still
	ctx, cancel := context.WithTimeout(ctx, v.cfg.Timeout)
	defer cancel()
	a, left, f = guarded(ctx, v, caller, do)
	call := Call{Route: route, Took: time.Since(began)}
	if f != nil {
		v.settle(ctx, route, f)
		call.Code, call.Limit, call.Mismatch = string(f.Code), f.Limit, f.mismatch
		if f.err != nil {
			call.Err = &PartError{f.part, f.err}
		}
	} else if r, ok := any(a).(api.Result); ok {
		call.Outcome, call.Code = r.Outcome.String(), string(r.Code)
		call.Mismatch = r.Code == api.CodeCFMismatch
	}
	if v.cfg.Done != nil {
		v.cfg.Done(ctx, call)
	}
	return a, left, f
}

// errPanic is the error of a part that panicked. The value of the panic may contain anything.
var errPanic = cause.New("a part of the issuer panicked")

// guarded counts a call and makes it. If a part of the embedder panics, guarded returns a fault without the
// panic's value.
func guarded[A any](ctx context.Context, v *Service, caller func() Caller,
	do func(context.Context, Caller) (A, *fault)) (a A, left quota, f *fault) {
	var t *ticket
	f = safely(func() (f *fault) {
		c := caller()
		if t, f = v.ticket(c); f != nil {
			return f
		}
		if f = v.begin(ctx, t); f != nil {
			return f
		}
		c.ticket = t
		a, f = do(ctx, c)
		return f
	})
	if t == nil {
		return a, left, f
	}
	above := safely(func() *fault { return v.take(ctx, t) })
	if above != nil && (f == nil || f.err == nil) {
		var none A
		a, f = none, above
	}
	return a, t.left, f
}

// safely is do, or a fault if do panics.
func safely(do func() *fault) (f *fault) {
	defer func() {
		switch p := recover(); p {
		case nil:
		case http.ErrAbortHandler:
			panic(p)
		default:
			f = refuse(api.Internal)
			f.part, f.err = "panic", errPanic
		}
	}()
	return do()
}

// A Local makes the calls of the contract in this process, for one caller. It is the Contract of a
// verifier.Client for the issuer's own pages; the anchor of that client has the issuer's keys as Published.
type Local struct {
	Service *Service
	Caller  Caller
}

var errNoCall = errors.New("service: not a request of the contract")

// Call makes the call of the request and returns the answer or the problem as JSON text. The client has just
// verified the token of the request, so Call uses its claims and does not verify it again.
func (l Local) Call(ctx context.Context, paper token.Claims, request any) ([]byte, error) {
	c := l.Caller
	c.verified = &paper
	var answer any
	var err error
	switch q := request.(type) {
	case api.FirstLevelRequest:
		answer, err = l.Service.FirstLevel(ctx, c, q)
	case api.ChallengeRequest:
		answer, err = l.Service.StartSecondLevel(ctx, c, q)
	case api.ResendRequest:
		answer, err = l.Service.Resend(ctx, c, q)
	case api.AnswerRequest:
		answer, err = l.Service.Answer(ctx, c, q)
	default:
		return nil, errNoCall
	}
	var problem *api.Problem
	if errors.As(err, &problem) {
		answer = problem
	}
	text, fault := json.Marshal(answer)
	return text, errors.Join(err, fault)
}
