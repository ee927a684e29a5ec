package verifier

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"
	"time"

	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/verifier/api"
)

// A Contract makes the calls of package api. By default a [Client] makes them over HTTP. In the issuer's own
// process, use service.Local of package verifier/service.
type Contract interface {
	// Call sends the request, a request type of package api, to the issuer of the paper and returns the
	// answer, an api.Result or api.Challenge as JSON text. The paper is the verified token of the request. If
	// the error is an *api.Problem, the text is the problem's; any other error counts as [api.Unavailable],
	// and Err of the report is a [*CallError] around it.
	// The text must be unchanged, because the issuer's receipt has a digest of it.
	Call(ctx context.Context, paper token.Claims, request any) (answer []byte, err error)
}

// call makes a call and decodes its answer. It returns the text of the answer, or an *api.Problem of the
// issuer with its text, or a *CallError.
func (c *Client) call(ctx context.Context, p *presented, request, answer any) ([]byte, error) {
	contract := c.Contract
	if contract == nil {
		contract = overHTTP{c}
	}
	text, err := contract.Call(ctx, p.claims, request)
	var problem *api.Problem
	var own *CallError
	switch {
	case errors.As(err, &own): // first, because its cause may be anything
		return nil, own
	case errors.As(err, &problem):
		kept := *problem // the contract may return one problem to several calls
		return text, &kept
	case err != nil:
		return nil, &CallError{Reason: ErrContract, Cause: err}
	case json.Unmarshal(text, answer) != nil:
		return nil, &CallError{Reason: ErrFormat}
	}
	return text, nil
}

// overHTTP makes the calls over HTTP, at the address of the trust anchor.
type overHTTP struct{ c *Client }

// request is one call over HTTP.
type request struct {
	url       string
	transport http.RoundTripper
	body      any
	// again allows a retry: a second request with the same body does no harm.
	again bool
	// key is the idempotency key.
	key string
	// operator reports that the call needs the operator's credential.
	operator bool
}

func (h overHTTP) Call(ctx context.Context, paper token.Claims, q any) ([]byte, error) {
	r := request{body: q}
	path := ""
	switch q := q.(type) {
	case api.FirstLevelRequest:
		path, r.again = api.PathFirstLevel, true
	case api.ChallengeRequest:
		path, r.again, r.key, r.operator = api.PathSecondLevel, true, q.Key, true
	case api.ResendRequest:
		path, r.operator = pathOf(api.PathResend, q.Challenge), true
	case api.AnswerRequest:
		path, r.operator = pathOf(api.PathAnswers, q.Challenge), true
	}
	anchor := h.c.issuer(paper.IssuerName)
	r.url, r.transport = anchor.url(path), h.c.transport(anchor)
	text, err := h.c.post(ctx, r)
	var problem *api.Problem
	if r.operator || h.c.Authorize == nil || !errors.As(err, &problem) || problem.Limit != api.LimitDocument {
		return text, err
	}
	r.operator = true
	again, fault := h.c.post(ctx, r)
	var own *CallError
	if errors.As(fault, &own) && own.Reason == ErrAuthorize {
		return text, err
	}
	return again, fault
}

// transport returns what sends the requests to an issuer.
func (c *Client) transport(a TrustAnchor) http.RoundTripper {
	if c.Transport != nil {
		return c.Transport
	}
	return a.transport
}

// notFollowed follows no redirect, which would send personal data to another address.
func notFollowed(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

const (
	attempts   = 3
	firstPause = 200 * time.Millisecond
	// longestPause is the longest time between two attempts. If the issuer asks for more, the call gives up.
	longestPause = 5 * time.Second
	callTimeout  = 20 * time.Second
)

// post sends the request and returns the text of the answer, with the problem if the answer is one. An answer
// outside the contract, such as a gateway's error page, is a [*CallError] and decides nothing.
func (c *Client) post(ctx context.Context, q request) ([]byte, error) {
	body, err := json.Marshal(q.body)
	if err != nil {
		return nil, &CallError{Reason: ErrFormat}
	}
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	pause := firstPause
	for attempt := 1; ; attempt++ {
		text, err := c.try(ctx, q, body)
		if err == nil {
			return text, nil
		}
		wait := max(pause, time.Duration(problemOf(err).RetryAfter)*time.Second)
		if !mayPass(err) || !q.again || attempt == attempts || wait > longestPause {
			return text, err
		}
		select {
		case <-ctx.Done():
			return text, err
		case <-time.After(wait):
		}
		pause *= 4
	}
}

// mayPass reports whether the same request may succeed a moment later. A certificate, an address or an answer
// that is wrong now stays wrong.
func mayPass(err error) bool {
	var own *CallError
	if errors.As(err, &own) {
		return own.Reason == ErrNoAnswer || own.Status >= http.StatusInternalServerError
	}
	return problemOf(err).Code == api.Unavailable
}

func (c *Client) try(ctx context.Context, q request, body []byte) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, q.url, bytes.NewReader(body))
	if err != nil {
		return nil, notSent(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json, "+api.ContentTypeProblem)
	if q.key != "" {
		r.Header.Set(api.HeaderIdempotencyKey, q.key)
	}
	if q.operator && c.Authorize != nil {
		if err := c.Authorize(r); err != nil {
			return nil, &CallError{Reason: ErrAuthorize, Cause: err}
		}
	}
	client := http.Client{Transport: q.transport, CheckRedirect: notFollowed}
	answer, err := client.Do(r)
	if err != nil {
		return nil, notSent(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, api.MaxAnswer+1))
	if err != nil {
		return nil, notSent(err)
	}
	media, _, _ := mime.ParseMediaType(answer.Header.Get("Content-Type"))
	success := answer.StatusCode == http.StatusOK || answer.StatusCode == http.StatusCreated
	switch {
	case len(text) > api.MaxAnswer:
		return nil, outside(answer, ErrFormat)
	case media == api.ContentTypeProblem:
		return text, problem(answer, text)
	case success && media == "application/json":
		return text, nil
	case success:
		return nil, outside(answer, ErrFormat)
	case answer.StatusCode >= 300 && answer.StatusCode < 400:
		return nil, outside(answer, ErrRedirect)
	}
	return nil, outside(answer, ErrStatus)
}

// problem decodes a problem of the contract. The status of the answer must be the status of the code.
func problem(answer *http.Response, text []byte) error {
	var p api.Problem
	if json.Unmarshal(text, &p) != nil || p.Code.Status() == 0 || p.Code.Status() != answer.StatusCode {
		return outside(answer, ErrFormat)
	}
	p.Type, p.Title = p.Code.Type(), p.Code.Title()
	p.RetryAfter = retryAfter(answer)
	return &p
}

// outside returns the error of an answer outside the contract, such as a gateway's.
func outside(answer *http.Response, reason Reason) *CallError {
	return &CallError{Reason: reason, Status: answer.StatusCode, retryAfter: retryAfter(answer)}
}

// retryAfter returns the value of the header Retry-After in seconds, at most a day, or 0 if there is none. A
// date is relative to the header Date, so the client's clock does not matter.
func retryAfter(answer *http.Response) int {
	const most = 24 * 60 * 60
	text := answer.Header.Get("Retry-After")
	if n, err := strconv.Atoi(text); err == nil {
		return min(max(n, 0), most)
	}
	until, err := http.ParseTime(text)
	date, err2 := http.ParseTime(answer.Header.Get("Date"))
	if err != nil || err2 != nil {
		return 0
	}
	return int(min(max(until.Sub(date), 0), most*time.Second) / time.Second)
}
