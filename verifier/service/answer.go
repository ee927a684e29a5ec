package service

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/qr-invalidita/attesta/internal/cause"
	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/verifier/api"
)

// A fault is the reason why a request gets no answer. The caller gets the problem, and the log gets the rest.
type fault struct {
	api.Problem
	// mismatch reports a wrong codice fiscale, which the problem does not tell from an invalid paper.
	mismatch bool
	part     string // the field of Config that failed
	err      error
}

func refuse(c api.ProblemCode) *fault { return &fault{Problem: api.NewProblem(c)} }

// malformed returns the fault of a request with a member that is not allowed.
func malformed(field string) *fault {
	f := refuse(api.MalformedRequest)
	f.Field = field
	return f
}

// unavailable returns the fault of a part of the issuer, named by its field in Config.
func unavailable(part string, err error) *fault {
	return &fault{Problem: api.NewProblem(api.Unavailable), part: part, err: err}
}

// retrySeconds returns d in seconds, rounded up so that a caller who waits that long is not too early.
func retrySeconds(d time.Duration) int { return int((d + time.Second - 1) / time.Second) }

func limited(by api.Limit, wait time.Duration) *fault {
	f := refuse(api.RateLimited)
	f.Limit = by
	f.RetryAfter = max(retrySeconds(wait), 1)
	return f
}

// unavailableRetry is the number of seconds after which a caller may try again.
const unavailableRetry = 5

// newID returns the ID of an answer or a receipt, which has the form of a check ID.
func newID() string { return api.NewCheckID() }

// instancePrefix is what stands before the ID of an answer in [api.Problem.Instance].
const instancePrefix = "urn:attesta:answer:"

// settle gives a fault its ID, unless it has one, and logs the error behind it.
func (v *Service) settle(ctx context.Context, route string, f *fault) {
	if f.Instance == "" {
		f.Instance = instancePrefix + newID()
	}
	if f.Code == api.Unavailable && f.RetryAfter == 0 {
		f.RetryAfter = unavailableRetry
	}
	if f.err != nil {
		v.report(ctx, "request failed", f.part, f.err, slog.String("route", route),
			slog.String("problem", string(f.Code)),
			slog.String("answer", strings.TrimPrefix(f.Instance, instancePrefix)))
	}
}

// report logs the error of a part and passes it to Config.Fault.
func (v *Service) report(ctx context.Context, message, part string, err error, more ...slog.Attr) {
	more = append(more, slog.String("part", part), slog.String("cause", cause.Text(err)))
	v.cfg.Log.LogAttrs(ctx, slog.LevelError, message, more...)
	if v.cfg.Fault != nil {
		v.cfg.Fault(ctx, part, err)
	}
}

// A PartError is the error of a part of the issuer. Its text has no personal data; the text of Err may have
// some.
type PartError struct {
	// Part is the field of [Config] that failed. If a part panicked, it is "panic".
	Part string
	Err  error
}

// Error returns the part and what is known to be safe of its error: the types, and codes such as an SQLSTATE.
func (e *PartError) Error() string { return "service: " + e.Part + ": " + cause.Text(e.Err) }

// Unwrap returns Err.
func (e *PartError) Unwrap() error { return e.Err }

// writeProblem writes the problem of a settled fault.
func writeProblem(w http.ResponseWriter, f *fault) {
	if f.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(f.RetryAfter))
	}
	if f.Code == api.Unauthenticated {
		w.Header().Set("WWW-Authenticate", "Bearer")
	}
	write(w, api.ContentTypeProblem, f.Status, f.Problem)
}

func write(w http.ResponseWriter, contentType string, code int, body any) {
	text, err := json.Marshal(body)
	if err != nil { // impossible for the types of package api
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(code)
	w.Write(text)
}

// refusal returns the fault for an error of package otp.
func refusal(err error) *fault {
	var r *otp.Refusal
	if !errors.As(err, &r) {
		return unavailable("OTP", err)
	}
	f := refuse(problemOf(r.Cause))
	f.RetryAfter = retrySeconds(r.RetryAfter)
	if r.Cause == otp.ErrWrongCode || r.Cause == otp.ErrMalformedCode {
		f.AttemptsLeft = &r.AttemptsLeft
	}
	f.Channels = channelNames(r.Channels)
	if f.Code == api.Unavailable || f.Code == api.Internal {
		f.part, f.err = "OTP", r
	}
	return f
}

func problemOf(cause otp.Error) api.ProblemCode {
	switch cause {
	case otp.ErrUnavailable:
		return api.Unavailable
	case otp.ErrRequest:
		return api.MalformedRequest
	case otp.ErrOrganisation:
		return api.OrganisationRefused
	case otp.ErrNoChannel:
		return api.NoChannel
	case otp.ErrContact, otp.ErrRefused:
		return api.ContactRefused
	case otp.ErrContactChanged:
		return api.ContactChanged
	case otp.ErrIdempotency:
		return api.IdempotencyConflict
	case otp.ErrRateLimited:
		return api.RateLimited
	case otp.ErrTooSoon:
		return api.TooSoon
	case otp.ErrNoResends:
		return api.NoResends
	case otp.ErrNotFound:
		return api.ChallengeNotFound
	case otp.ErrMalformedCode:
		return api.MalformedCode
	case otp.ErrWrongCode:
		return api.WrongCode
	case otp.ErrAttemptsUsed:
		return api.NoAttempts
	case otp.ErrExpired:
		return api.ChallengeExpired
	case otp.ErrAlreadyUsed:
		return api.ChallengeUsed
	case otp.ErrSuperseded:
		return api.ChallengeSuperseded
	case otp.ErrRevoked:
		return api.ChallengeRevoked
	case otp.ErrWait:
		return api.WaitAfterFailures
	case otp.ErrBarred:
		return api.OperatorBarred
	case otp.ErrLocked:
		return api.LockedAfterFailures
	case otp.ErrBlocked:
		return api.BlockedAfterFailures
	}
	return api.Internal
}
