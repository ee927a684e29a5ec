package verifier_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/token/jwks"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/api"
)

// written is a Contract whose answers a test writes by hand.
type written struct {
	paper   token.Claims
	request any
	err     error
}

func (c *written) Call(_ context.Context, paper token.Claims, request any) ([]byte, error) {
	c.paper, c.request = paper, request
	return []byte(`{"id":"7","outcome":"confirmed"}`), c.err
}

// Every call goes through the one method, with the paper's claims and all that the request needs.
func TestContract(t *testing.T) {
	d := newDesk(t, issuerName)
	jws, claims, err := d.issuer.Issue(t.Context(), d.person)
	require.NoError(t, err)
	c := &written{}
	d.client.Contract = c
	ctx, cf := t.Context(), d.person.Reveal()

	r := d.client.FirstLevel(ctx, issuerName+"/q#"+jws, d.person,
		verifier.FirstLevelOptions{Benefit: "b", CaseNumber: "7"})
	first := c.request.(api.FirstLevelRequest)
	assert.Equal(t, api.FirstLevelRequest{CheckID: first.CheckID, QR: jws, CodiceFiscale: cf, Benefit: "b",
		CaseNumber: "7"}, first)
	assert.Equal(t, claims.Subject, c.paper.Subject)
	assert.Equal(t, api.CodeUnavailable, r.Code, "an answer without a receipt is none")

	q := verifier.SecondLevelRequest{Organisation: "O", Purpose: "p", Scope: api.ScopeDetail, Key: "k"}
	challenge, _ := d.client.RequestSecondLevel(ctx, jws, d.person, q)
	require.NotNil(t, challenge)
	start := c.request.(api.ChallengeRequest)
	assert.Equal(t, api.ChallengeRequest{
		Key: "k", CheckID: start.CheckID, QR: jws, CodiceFiscale: cf, Organisation: "O", Purpose: "p",
		Scope: api.ScopeDetail,
	}, start)
	d.client.Resend(ctx, "7", jws, d.person)
	assert.Equal(t, api.ResendRequest{Challenge: "7", QR: jws, CodiceFiscale: cf}, c.request)
	d.client.Answer(ctx, jws, d.person, verifier.SecondLevelAnswer{Challenge: "7", Code: "123456"})
	answer := c.request.(api.AnswerRequest)
	assert.Equal(t, api.AnswerRequest{Challenge: "7", CheckID: answer.CheckID, QR: jws, CodiceFiscale: cf,
		Code: "123456"}, answer)
	ids := []string{first.CheckID, start.CheckID, answer.CheckID}
	slices.Sort(ids)
	assert.Len(t, slices.Compact(ids), 3, "each request has an ID of its own")
	assert.True(t, api.CheckIDAllowed(ids[0]))

	c.request = nil
	d.client.FirstLevel(ctx, jws[:len(jws)-3]+"AAA", d.person, verifier.FirstLevelOptions{})
	assert.Nil(t, c.request, "a paper that is not authentic asks nobody")
}

// A problem keeps its code, unless it is a no without a receipt. Any other error counts as unavailable.
func TestContractFails(t *testing.T) {
	d := newDesk(t, issuerName)
	jws, _, err := d.issuer.Issue(t.Context(), d.person)
	require.NoError(t, err)
	replaced, void := api.NewProblem(api.Replaced), api.NewProblem(api.PaperVoid)
	for _, test := range []struct {
		err  error
		code api.Code
	}{
		{&replaced, api.CodeReplaced},
		{&void, api.CodeUnavailable},
		{errors.New("void"), api.CodeUnavailable},
		{context.Canceled, api.CodeUnavailable},
	} {
		d.client.Contract = &written{err: test.err}
		r := d.client.FirstLevel(t.Context(), jws, d.person, verifier.FirstLevelOptions{})
		assert.Equal(t, test.code, r.Code)
		assert.Equal(t, test.code.Outcome(), r.Verdict)
		assert.NotNil(t, r.Problem)
		assert.Nil(t, r.ReceiptClaims)
	}
}

// refusing is a Contract that keeps the problem which it returns.
type refusing struct {
	issuer  *fake
	problem api.Problem
}

func (c *refusing) Call(_ context.Context, _ token.Claims, request any) ([]byte, error) {
	c.problem = api.NewProblem(api.PaperVoid)
	c.problem.Receipt = c.issuer.sign(request.(api.FirstLevelRequest), c.problem, nil)
	text, err := json.Marshal(c.problem)
	return text, errors.Join(err, &c.problem)
}

// The problem of a Contract is the Contract's, which may return it to several calls at once: the report has a
// copy.
func TestContractKeepsItsProblem(t *testing.T) {
	f := newFake(t, nil)
	c := &refusing{issuer: f}
	f.client.Contract = c
	r := f.firstLevel(t.Context())
	require.Equal(t, api.CodeVoid, r.Code)
	require.NotEmpty(t, r.Receipt)
	assert.Equal(t, r.Receipt, c.problem.Receipt)
	r.Problem.Title = "changed"
	assert.Equal(t, api.PaperVoid.Title(), c.problem.Title)
}

// Published is called at each check.
func TestPublished(t *testing.T) {
	d, other := newDesk(t, issuerName), newDesk(t, "https://other.example.it")
	jws, _, err := d.issuer.Issue(t.Context(), d.person)
	require.NoError(t, err)
	keys, failure := []token.PublicKey{d.issuer.Keys[0].Public()}, error(nil)
	client, err := verifier.New(verifier.TrustAnchor{Name: issuerName,
		Published: func(context.Context) ([]token.PublicKey, error) { return keys, failure }})
	require.NoError(t, err)
	now := issuedAt.Add(time.Hour)
	client.Now = func() time.Time { return now }
	r := client.Check(t.Context(), jws, d.person)
	assert.Equal(t, verifier.Authentic, r.Authenticity)
	assert.Equal(t, now, r.Checks[4].AsOf)

	keys = nil
	assert.Equal(t, api.CodeUnknownKey, client.Check(t.Context(), jws, d.person).Code, "revoked")
	keys = []token.PublicKey{d.issuer.Keys[0].Public(), other.issuer.Keys[0].Public()}
	assert.Equal(t, api.CodeUnavailable, client.Check(t.Context(), jws, d.person).Code,
		"a key of somebody else")
	keys, failure = keys[:1], errors.New("folder is gone")
	r = client.Check(t.Context(), jws, d.person)
	assert.Equal(t, api.CodeUnavailable, r.Code)
	assert.Equal(t, api.Unavailable, r.Problem.Code)
	assert.Contains(t, results(r), "header=pass key=error signature=not_checked")
	failure = nil
	assert.Equal(t, verifier.Authentic, client.Check(t.Context(), jws, d.person).Authenticity)

	published := func(context.Context) ([]token.PublicKey, error) { return keys, nil }
	for _, i := range []verifier.TrustAnchor{
		{Name: issuerName, Published: published, Keys: keys},
		{Name: issuerName, Published: published, KeySet: &jwks.Client{IssuerName: issuerName}},
	} {
		_, err := verifier.New(i)
		assert.ErrorContains(t, err, "keys from more than one place")
	}
	signer := bundleKey(t, 3)
	text, err := verifier.MakeBundle(t.Context(), signer, now,
		verifier.TrustAnchor{Name: issuerName, Published: published})
	require.NoError(t, err)
	bundle, err := verifier.LoadBundle(text, signer.Public(), now, verifier.BundleAges{})
	require.NoError(t, err)
	assert.Len(t, bundle.Anchors[0].Keys, 1)
}

// digest has the form of the digests and the ID of a receipt.
const digest = "AAAAAAAAAAAAAAAAAAAAAA"

// Each issuer signs its own receipts only.
func TestVerifyReceipt(t *testing.T) {
	a, b := newDesk(t, issuerName), newDesk(t, "https://other.example.it")
	client, err := verifier.New(
		verifier.TrustAnchor{Name: issuerName, Keys: []token.PublicKey{a.issuer.Keys[0].Public()}},
		verifier.TrustAnchor{Name: "https://other.example.it",
			Keys: []token.PublicKey{b.issuer.Keys[0].Public()}})
	require.NoError(t, err)
	sign := func(d desk, name string) string {
		payload, err := api.Receipt{IssuerName: name, IssuedAt: 1, ID: digest, Level: 1,
			Outcome: api.Confirmed, Check: digest, Answer: digest}.Payload()
		require.NoError(t, err)
		text, err := d.issuer.SignJWS(t.Context(), api.ReceiptType, payload)
		require.NoError(t, err)
		return text
	}
	for _, test := range []struct {
		text string
		want error
	}{
		{sign(a, issuerName), nil},
		{sign(b, "https://other.example.it"), nil},
		{sign(b, issuerName), token.ErrIssuer},
		{sign(a, "https://other.example.it"), token.ErrIssuer},
		{sign(newDesk(t, issuerName), issuerName), token.ErrUnknownKey},
		{sign(b, issuerName) + "x", token.ErrShape},
		{"", token.ErrShape},
	} {
		receipt, err := client.VerifyReceipt(t.Context(), test.text)
		assert.Equal(t, test.want, err)
		assert.Equal(t, err != nil, receipt == api.Receipt{})
	}
	_, err = new(verifier.Client).VerifyReceipt(t.Context(), sign(a, issuerName))
	assert.Equal(t, token.ErrUnknownKey, err)
}
