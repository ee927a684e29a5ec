package verifier

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/qr-invalidita/attesta/internal/cause"
	"github.com/qr-invalidita/attesta/verifier/api"
)

// Reason is the one reason why a client has no answer of the contract. The values below are a closed set, and
// their texts are stable codes.
type Reason string

const (
	// ErrNoAnswer means that the connection failed or that no answer came in time.
	ErrNoAnswer Reason = "no_answer"
	// ErrTLS means that there is no TLS connection, for another reason than the certificate.
	ErrTLS Reason = "tls"
	// ErrCertificate means that the issuer's certificate is not trusted: its authority is unknown, it is for
	// another host, or it has expired.
	ErrCertificate Reason = "certificate"
	// ErrRedirect means that the address redirects. The client does not follow, because it would send
	// personal data to another address.
	ErrRedirect Reason = "redirect"
	// ErrStatus means that the answer has an HTTP status that is not of the contract, such as 404 at a wrong
	// address.
	ErrStatus Reason = "status"
	// ErrFormat means that the answer is not as the contract requires, such as a page in HTML.
	ErrFormat Reason = "format"
	// ErrReceipt means that the receipt is missing or invalid, or is about another question or answer.
	ErrReceipt Reason = "receipt"
	// ErrClock means that the clocks of the client and of the issuer differ by more than [token.Leeway].
	ErrClock Reason = "clock"
	// ErrAuthorize means that [Client.Authorize] returned an error.
	ErrAuthorize Reason = "authorize"
	// ErrContract means that [Client.Contract] returned an error other than a problem.
	ErrContract Reason = "contract"
	// ErrKeys means that the keys of an issuer are missing or too old.
	ErrKeys Reason = "keys"
	// ErrChallenge means that the text given as the ID of a challenge cannot be one.
	ErrChallenge Reason = "challenge"
)

// Error returns a sentence for developers. Its wording may change.
func (r Reason) Error() string {
	switch r {
	case ErrNoAnswer:
		return "the issuer did not answer"
	case ErrTLS:
		return "there is no TLS connection to the issuer"
	case ErrCertificate:
		return "the issuer's certificate is not trusted"
	case ErrRedirect:
		return "the issuer's address redirects"
	case ErrStatus:
		return "the answer has an HTTP status outside the contract"
	case ErrFormat:
		return "the answer is not in the form of the contract"
	case ErrReceipt:
		return "the receipt does not fit the question and the answer"
	case ErrClock:
		return "the clocks of client and issuer differ"
	case ErrAuthorize:
		return "the request could not be authorized"
	case ErrContract:
		return "the call of the contract failed"
	case ErrKeys:
		return "the issuer's keys cannot be used"
	case ErrChallenge:
		return "the text is not the ID of a challenge"
	}
	return string(r)
}

// A CallError is the error of a [Report] if the client, not the issuer, is the source of the reason. Its text
// contains no personal data. The text of Cause may contain some, so do not log that.
type CallError struct {
	Reason Reason
	// Status is the HTTP status of an answer outside the contract, or 0.
	Status int
	// Ahead is, for ErrClock, how far the client's clock is ahead of the issuer's. It is negative if the
	// client's clock is behind.
	Ahead time.Duration
	// Cause is the error of the transport, of Authorize, of Contract or of the keys. It may be nil.
	Cause error

	retryAfter int // seconds
}

// Error returns the reason and what is known about it, without the text of Cause.
func (e *CallError) Error() string {
	text := "verifier: " + e.Reason.Error()
	if e.Status != 0 {
		text += fmt.Sprintf(": HTTP status %d", e.Status)
	}
	switch {
	case e.Ahead > 0:
		text += fmt.Sprintf(": this clock is %s ahead", e.Ahead)
	case e.Ahead < 0:
		text += fmt.Sprintf(": this clock is %s behind", -e.Ahead)
	}
	if e.Cause != nil {
		text += ": " + cause.Text(e.Cause)
	}
	return text
}

// Unwrap returns the reason and the cause.
func (e *CallError) Unwrap() []error {
	if e.Cause == nil {
		return []error{e.Reason}
	}
	return []error{e.Reason, e.Cause}
}

// LogValue returns the text of Error.
func (e *CallError) LogValue() slog.Value { return slog.StringValue(e.Error()) }

// problemType is what stands before the reason in the type of a problem that the client has made.
const problemType = "urn:attesta:client:"

// problem returns the error as a problem. Its type says that the client has made it, and it has no HTTP
// status.
func (e *CallError) problem() *api.Problem {
	code := api.Unavailable
	switch {
	case e.Reason == ErrAuthorize:
		code = api.Unauthenticated
	case e.Reason == ErrChallenge:
		code = api.ChallengeNotFound
	case e.Status == http.StatusTooManyRequests:
		code = api.RateLimited
	}
	return &api.Problem{Type: problemType + string(e.Reason), Title: e.Reason.Error(), Code: code,
		RetryAfter: e.retryAfter}
}

// problemOf returns the problem of an error of a call, which is an *api.Problem of the issuer or a
// *CallError.
func problemOf(err error) *api.Problem {
	var own *CallError
	if errors.As(err, &own) {
		return own.problem()
	}
	var problem *api.Problem
	errors.As(err, &problem)
	return problem
}

// notSent returns the error of a request that the transport could not deliver.
func notSent(err error) *CallError {
	var outer *url.Error
	if errors.As(err, &outer) {
		err = outer.Err // its text has the URL
	}
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.As(err, &certificate):
		return &CallError{Reason: ErrCertificate, Cause: err}
	case isTLS(err):
		return &CallError{Reason: ErrTLS, Cause: err}
	}
	return &CallError{Reason: ErrNoAnswer, Cause: err}
}

// isTLS reports whether the error is one of package crypto/tls. Most of these have no type of their own.
func isTLS(err error) bool {
	var alert tls.AlertError
	var record tls.RecordHeaderError
	var op *net.OpError
	return errors.As(err, &alert) || errors.As(err, &record) || errors.Is(err, http.ErrSchemeMismatch) ||
		errors.As(err, &op) && (op.Op == "remote error" || op.Op == "local error") ||
		strings.HasPrefix(err.Error(), "tls: ")
}

// logNoAnswer logs why a question got no answer. The call is the path of the contract.
func (c *Client) logNoAnswer(ctx context.Context, call string, r *Report) {
	if c.Log == nil || r.Err == nil || r.Receipt != "" { // a receipted no is an answer
		return
	}
	attrs := []slog.Attr{slog.String("call", call), slog.String("code", string(r.Code))}
	if r.Paper != nil {
		attrs = append(attrs, slog.String("issuer", r.Paper.IssuerName))
	}
	if p := r.Problem; p != nil {
		attrs = append(attrs, slog.String("problem", p.Type))
		if id, ok := strings.CutPrefix(p.Instance, "urn:attesta:answer:"); ok && api.CheckIDAllowed(id) {
			attrs = append(attrs, slog.String("instance", p.Instance))
		}
	}
	attrs = append(attrs, slog.String("cause", r.Err.Error()))
	c.Log.LogAttrs(ctx, slog.LevelWarn, "no answer from the issuer", attrs...)
}
