package service

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/verifier/api"
)

// Caller is who makes a call, as the code around the service knows it.
type Caller struct {
	// Address is where the call comes from: calls are counted by it. The zero Addr: not known, and all such
	// callers share one limit.
	Address netip.Addr
	// Operator is who is logged in. The second level needs one; at the first level it is not read.
	Operator Operator

	verified *token.Claims // of the token in the request, by a Local
}

// The calls as [Call] names them, which are also the routes of the handler.
const (
	routeFirstLevel  = "POST " + api.PathFirstLevel
	routeSecondLevel = "POST " + api.PathSecondLevel
	routeResend      = "POST " + api.PathResend
	routeAnswers     = "POST " + api.PathAnswers
)

// FirstLevel says whether a paper is good, is this person's, and what the person's status is. The error,
// here and of the other three calls, is an [*api.Problem]: there is no answer, which is neither a yes nor a
// no.
func (v *Service) FirstLevel(ctx context.Context, c Caller, q api.FirstLevelRequest) (api.Result, error) {
	return direct(ctx, v, routeFirstLevel, c, q, v.firstLevel)
}

// StartSecondLevel has a code sent to the person, who tells it to the caller's operator if they approve.
func (v *Service) StartSecondLevel(ctx context.Context, c Caller,
	q api.ChallengeRequest) (api.Challenge, error) {
	return direct(ctx, v, routeSecondLevel, c, q, operated(v, v.start))
}

// Resend has the same code sent again, to the same contact.
func (v *Service) Resend(ctx context.Context, c Caller, q api.ResendRequest) (api.Challenge, error) {
	return direct(ctx, v, routeResend, c, q, operated(v, v.resend))
}

// Answer brings the code and returns what the person approved. The code is used up, and the access is on
// record, before anything is read.
func (v *Service) Answer(ctx context.Context, c Caller, q api.AnswerRequest) (api.Result, error) {
	return direct(ctx, v, routeAnswers, c, q, operated(v, v.answer))
}

// answering is one of the four calls, which are bounded and counted around it.
type answering[Q, A any] func(context.Context, Caller, Q) (A, *fault)

// operated refuses a call that no operator makes.
func operated[Q, A any](v *Service, answer answering[Q, A]) answering[Q, A] {
	return func(ctx context.Context, c Caller, q Q) (a A, f *fault) {
		switch {
		case v.cfg.OTP == nil:
			return a, refuse(api.SecondLevelNotOffered)
		case c.Operator.ID == "":
			return a, refuse(api.Unauthenticated)
		}
		return answer(ctx, c, q)
	}
}

// direct makes a call that did not come over HTTP.
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

// perform bounds a call in number and time and says how it ended.
func perform[A any](ctx context.Context, v *Service, route string, caller func() Caller,
	do func(context.Context, Caller) (A, *fault)) (a A, left quota, f *fault) {
	began := time.Now() // v.cfg.Now may stand still
	ctx, cancel := context.WithTimeout(ctx, v.cfg.Timeout)
	defer cancel()
	a, left, f = guarded(ctx, v, route, caller, do)
	call := Call{Route: route, Took: time.Since(began)}
	if f != nil {
		v.settle(ctx, route, f)
		call.Code = string(f.Code)
	} else if r, ok := any(a).(api.Result); ok {
		call.Outcome, call.Code = r.Outcome.String(), string(r.Code)
	}
	if v.cfg.Done != nil {
		v.cfg.Done(ctx, call)
	}
	return a, left, f
}

// guarded counts a call, makes it and turns a panic into a fault: it is for parts of the embedder's, and the
// record says where, never with what.
func guarded[A any](ctx context.Context, v *Service, route string, caller func() Caller,
	do func(context.Context, Caller) (A, *fault)) (a A, left quota, f *fault) {
	defer func() {
		p := recover()
		if p == http.ErrAbortHandler {
			panic(p)
		}
		if p != nil {
			v.cfg.Log.LogAttrs(ctx, slog.LevelError, "request panicked", slog.String("route", route))
			f = refuse(api.Internal)
		}
	}()
	c := caller()
	if left, f = v.takeCall(ctx, c.Address); f != nil {
		return a, left, f
	}
	a, f = do(ctx, c)
	return a, left, f
}

// Local makes the calls of the contract in this process, for one caller. It is what a verifier.Client takes
// as its Contract, for the issuer's own pages; such a client has the issuer's Published as its keys.
type Local struct {
	Service *Service
	Caller  Caller
}

var errNoCall = errors.New("service: request and answer are not of one call of the contract")

// Call makes the call that the request is for and sets the answer. The claims are those of the paper in the
// request: the client has verified its token with the keys of now, so that this is not done twice.
func (l Local) Call(ctx context.Context, paper token.Claims, request, answer any) error {
	c := l.Caller
	c.verified = &paper
	result, _ := answer.(*api.Result)
	challenge, _ := answer.(*api.Challenge)
	var err error
	switch q := request.(type) {
	case api.FirstLevelRequest:
		if result != nil {
			*result, err = l.Service.FirstLevel(ctx, c, q)
			return err
		}
	case api.AnswerRequest:
		if result != nil {
			*result, err = l.Service.Answer(ctx, c, q)
			return err
		}
	case api.ChallengeRequest:
		if challenge != nil {
			*challenge, err = l.Service.StartSecondLevel(ctx, c, q)
			return err
		}
	case api.ResendRequest:
		if challenge != nil {
			*challenge, err = l.Service.Resend(ctx, c, q)
			return err
		}
	}
	return errNoCall
}
