package service_test

import (
	"context"
	"crypto"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/netip"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/api"
	"github.com/qr-invalidita/attesta/verifier/service"
	"github.com/qr-invalidita/attesta/verifier/service/servicetest"
)

// caller is an operator on the issuer's own pages.
func caller() service.Caller {
	return service.Caller{Address: netip.MustParseAddr("192.0.2.7"), Operator: service.Operator{ID: operator}}
}

func problemOf(t *testing.T, err error) api.ProblemCode {
	t.Helper()
	var p *api.Problem
	require.True(t, errors.As(err, &p), "%v", err)
	assert.NotEmpty(t, p.Instance)
	return p.Code
}

func TestMethods(t *testing.T) {
	b := servicetest.New(t)
	ctx, paper := t.Context(), b.Paper(t, code(t, person))
	first, err := b.Service.FirstLevel(ctx, service.Caller{},
		api.FirstLevelRequest{CheckID: api.NewCheckID(), QR: paper, CodiceFiscale: person})
	require.NoError(t, err)
	assert.Equal(t, api.Confirmed, first.Outcome)
	assert.Equal(t, []string{"civil_invalid"}, first.Categories)

	q := api.ChallengeRequest{Key: "k", CheckID: api.NewCheckID(), QR: paper, CodiceFiscale: person,
		Organisation: "MUSEO CIVICO", Purpose: "museum", Scope: api.ScopeDetail, CaseNumber: "A/7"}
	challenge, err := b.Service.StartSecondLevel(ctx, caller(), q)
	require.NoError(t, err)
	assert.False(t, challenge.Repeated)
	again, err := b.Service.StartSecondLevel(ctx, caller(), q)
	require.NoError(t, err)
	assert.True(t, again.Repeated)
	assert.Equal(t, challenge.ID, again.ID)
	resend := api.ResendRequest{Challenge: challenge.ID, QR: paper, CodiceFiscale: person}
	_, err = b.Service.Resend(ctx, caller(), resend)
	assert.Equal(t, api.TooSoon, problemOf(t, err))
	answer := api.AnswerRequest{Challenge: challenge.ID, CheckID: api.NewCheckID(), QR: paper,
		CodiceFiscale: person, Code: b.LastCode()}
	other := caller()
	other.Operator.ID = "another"
	_, err = b.Service.Answer(ctx, other, answer)
	assert.Equal(t, api.ChallengeNotFound, problemOf(t, err))
	second, err := b.Service.Answer(ctx, caller(), answer)
	require.NoError(t, err)
	assert.Equal(t, api.Confirmed, second.Outcome)
	require.Len(t, second.Details, 1)
	require.Len(t, b.Accesses.Records(), 1)
	assert.Equal(t, "A/7", b.Accesses.Records()[0].CaseNumber)
	receipt, err := b.Client.VerifyReceipt(t.Context(), second.Receipt)
	require.NoError(t, err)
	assert.Equal(t, "A/7", receipt.Case)
}

// Without an operator or without the parts that it needs, the second level refuses each call.
func TestMethodsRefuse(t *testing.T) {
	b := servicetest.New(t)
	ctx, paper := t.Context(), b.Paper(t, code(t, person))
	start := api.ChallengeRequest{Key: "k", CheckID: api.NewCheckID(), QR: paper, CodiceFiscale: person,
		Organisation: "MUSEO", Purpose: "p", Scope: api.ScopeDetail}
	_, err := b.Service.StartSecondLevel(ctx, service.Caller{}, start)
	assert.Equal(t, api.Unauthenticated, problemOf(t, err))
	_, err = b.Service.Answer(ctx, service.Caller{}, api.AnswerRequest{})
	assert.Equal(t, api.Unauthenticated, problemOf(t, err))
	_, err = b.Service.FirstLevel(ctx, caller(), api.FirstLevelRequest{})
	assert.Equal(t, api.MalformedRequest, problemOf(t, err))
	assert.Empty(t, b.Messages.Messages())

	b = servicetest.New(t, func(b *servicetest.Body) { b.Config.OTP = nil })
	_, err = b.Service.Resend(ctx, caller(), api.ResendRequest{})
	assert.Equal(t, api.SecondLevelNotOffered, problemOf(t, err))

	// In process, the issuer's own pages have the second level but the HTTP handler does not.
	b = servicetest.New(t, func(b *servicetest.Body) {
		b.Config.Authenticate, b.Config.InProcess = nil, true
	})
	start.QR = b.Paper(t, code(t, person))
	_, err = b.Service.StartSecondLevel(ctx, caller(), start)
	assert.NoError(t, err)
	_, report := b.Client.RequestSecondLevel(ctx, start.QR, code(t, person), approve(api.ScopeDetail))
	assert.Equal(t, api.SecondLevelNotOffered, report.Problem.Code)
}

// Calls of the methods count towards the same limit as calls over HTTP, and Done reports them.
func TestMethodsAreBounded(t *testing.T) {
	var done atomic.Int32
	b := servicetest.New(t, func(b *servicetest.Body) {
		b.Config.Done = func(context.Context, service.Call) { done.Add(1) }
	})
	for range 60 {
		_, err := b.Service.FirstLevel(t.Context(), caller(), api.FirstLevelRequest{})
		assert.Equal(t, api.MalformedRequest, problemOf(t, err))
	}
	_, err := b.Service.FirstLevel(t.Context(), caller(), api.FirstLevelRequest{})
	assert.Equal(t, api.RateLimited, problemOf(t, err))
	assert.EqualValues(t, 61, done.Load())
	b.Registry.Before = func() { panic(person) }
	_, err = b.Service.FirstLevel(t.Context(), service.Caller{},
		api.FirstLevelRequest{CheckID: api.NewCheckID(), QR: b.Paper(t, code(t, person)),
			CodiceFiscale: person})
	assert.Equal(t, api.Internal, problemOf(t, err))
	assert.NotContains(t, b.Log.String(), person)
}

// counted counts signatures.
type counted struct {
	crypto.Signer
	n atomic.Int32
}

func (c *counted) Sign(r io.Reader, digest []byte, o crypto.SignerOpts) ([]byte, error) {
	c.n.Add(1)
	return c.Signer.Sign(r, digest, o)
}

// The issuer's own pages get the same reports as other desks. The service does not verify the token again and
// signs once.
func TestLocal(t *testing.T) {
	signer := &counted{Signer: servicetest.Key(7)}
	var read, published atomic.Int32
	b := servicetest.New(t, func(b *servicetest.Body) {
		b.Signer.Keys = []*token.SigningKey{must(token.NewSigningKey(t.Context(), issuerName, signer))}
		keys := b.Config.Keys
		b.Config.Keys = func(ctx context.Context) ([]token.PublicKey, error) { read.Add(1); return keys(ctx) }
	})
	ctx, cf, paper := t.Context(), code(t, person), b.Paper(t, code(t, person))
	anchor := verifier.TrustAnchor{Name: issuerName}
	anchor.Published = func(context.Context) ([]token.PublicKey, error) {
		published.Add(1)
		return []token.PublicKey{b.Signer.Keys[0].Public()}, nil
	}
	desk := must(verifier.New(anchor))
	desk.Now, desk.Contract = b.Clock.Now, service.Local{Service: b.Service, Caller: caller()}
	signer.n.Store(0)
	read.Store(0)
	report := desk.FirstLevel(ctx, paper, cf, verifier.FirstLevelOptions{CaseNumber: "7"})
	assert.Equal(t, api.Confirmed, report.Verdict)
	require.NotNil(t, report.ReceiptClaims)
	assert.Equal(t, "7", report.ReceiptClaims.Case)
	assert.EqualValues(t, 1, signer.n.Load())
	assert.Zero(t, read.Load(), "the service verified the token again")
	assert.EqualValues(t, 2, published.Load(), "once for the token and once for the receipt")

	over := b.Client.FirstLevel(ctx, paper, cf, verifier.FirstLevelOptions{CaseNumber: "7"})
	assert.Equal(t, over.Disclosed, report.Disclosed)
	other := desk.FirstLevel(ctx, paper, code(t, nobody), verifier.FirstLevelOptions{})
	assert.Equal(t, api.CodeCFMismatch, other.Code)

	challenge, _ := desk.RequestSecondLevel(ctx, paper, cf, approve(api.ScopeDetail))
	require.NotNil(t, challenge)
	b.Clock.Advance(time.Minute)
	again, _ := desk.Resend(ctx, challenge.ID, paper, cf)
	require.NotNil(t, again)
	report = desk.Answer(ctx, paper, cf, reply(challenge, b.LastCode()))
	assert.Equal(t, api.Confirmed, report.Verdict)
	assert.Len(t, report.Disclosed.Details, 1)
	report = desk.Answer(ctx, paper, cf, reply(challenge, b.LastCode()))
	assert.Equal(t, api.ChallengeUsed, report.Problem.Code)
}

// The issuer's own pages refuse a revoked key at once.
func TestLocalFollowsTheKeys(t *testing.T) {
	b := servicetest.New(t)
	desk, cf, paper := b.Inside(t, caller()), code(t, person), b.Paper(t, code(t, person))
	another := must(token.NewSigningKey(t.Context(), issuerName, servicetest.Key(8)))
	b.Signer.Keys = []*token.SigningKey{another}
	ask := func(paper string) verifier.Report {
		return desk.FirstLevel(t.Context(), paper, cf, verifier.FirstLevelOptions{})
	}
	assert.Equal(t, api.CodeUnknownKey, ask(paper).Code)
	assert.Equal(t, api.Confirmed, ask(b.Paper(t, cf)).Verdict)
}

func TestLocalRefuses(t *testing.T) {
	b := servicetest.New(t)
	l := service.Local{Service: b.Service, Caller: caller()}
	for _, request := range []any{
		api.FirstLevelRequest{}, api.ChallengeRequest{}, api.ResendRequest{}, api.AnswerRequest{},
	} {
		text, err := l.Call(t.Context(), token.Claims{}, request)
		var problem api.Problem
		require.NoError(t, json.Unmarshal(text, &problem))
		assert.Equal(t, problemOf(t, err), problem.Code)
	}
	for _, request := range []any{nil, &api.FirstLevelRequest{}, api.Result{}} {
		_, err := l.Call(t.Context(), token.Claims{}, request)
		assert.EqualError(t, err, "service: not a request of the contract")
	}
}

// hanging is an HSM that answers nothing while it hangs.
type hanging struct {
	crypto.Signer
	hangs   atomic.Bool
	release chan struct{}
}

func (h *hanging) Sign(random io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	if h.hangs.Load() {
		<-h.release
	}
	return h.Signer.Sign(random, digest, opts)
}

// Timeout holds with a signer that hangs, over HTTP and directly.
func TestTimeoutWithASignerThatHangs(t *testing.T) {
	h := &hanging{Signer: servicetest.Key(7), release: make(chan struct{})}
	defer close(h.release)
	w := newWorld(t, func(w *world) {
		w.Signer.Keys = []*token.SigningKey{must(token.NewSigningKey(t.Context(), issuerName, h))}
		w.Config.Timeout = time.Second // in which the service also has to sign at its start
	})
	paper := w.paper(t, person)
	h.hangs.Store(true)
	began := time.Now()
	answer, text := w.post(t, api.PathFirstLevel, body("qr", paper, "codice_fiscale", person))
	assert.Equal(t, http.StatusServiceUnavailable, answer.StatusCode)
	assert.Contains(t, text, `"unavailable"`)
	_, err := w.Service.FirstLevel(t.Context(), caller(), api.FirstLevelRequest{CheckID: api.NewCheckID(),
		QR: paper, CodiceFiscale: person})
	var problem *api.Problem
	require.ErrorAs(t, err, &problem)
	assert.Equal(t, api.Unavailable, problem.Code)
	assert.Less(t, time.Since(began), 10*time.Second)
}
