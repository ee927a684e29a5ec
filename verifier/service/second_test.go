package service_test

import (
	"context"
	"encoding/base64"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/api"
	"github.com/qr-invalidita/attesta/verifier/service"
	"github.com/qr-invalidita/attesta/verifier/service/servicetest"
)

func approve(scope string) verifier.SecondLevelRequest {
	return verifier.SecondLevelRequest{Organisation: "MUSEO CIVICO", Purpose: "museum", Scope: scope,
		CaseNumber: "2026/17"}
}

// payload returns the payload of a receipt.
func payload(t *testing.T, receipt string) string {
	t.Helper()
	text, err := base64.RawURLEncoding.DecodeString(strings.Split(receipt, ".")[1])
	require.NoError(t, err)
	return string(text)
}

func TestSecondLevel(t *testing.T) {
	details := []api.Detail{{
		Domain: "civil_invalidity", State: "valid", Degree: "ic_over_two_thirds", Percent: 74,
		Decision: "2020-01-10", Since: "2019-12-10", Number: servicetest.ActNumber, Body: servicetest.ActBody,
		Annotations: map[string]string{
			"parking_art_381":              "not_recorded",
			"reduced_mobility_art_8":       "not_recorded",
			"grave_walking_art_30_c7":      "not_recorded",
			"psychic_attendance_art_30_c7": "not_recorded",
			"blind_art_6":                  "not_recorded",
			"deaf_art_6":                   "not_recorded",
		},
	}}
	tests := []struct {
		scope, cf string
		verdict   api.Outcome
		code      api.Code
		want      api.Disclosure
	}{
		{"detail", person, api.Confirmed, "", api.Disclosure{Details: details}},
		{"domain:civil_invalidity", person, api.Confirmed, "", api.Disclosure{Details: details}},
		{"domain:blindness", person, api.CannotTell, api.CodeNoStatusHere, api.Disclosure{}},
		{"benefit:ticket_c03", person, api.Confirmed, "", api.Disclosure{Benefit: "ticket_c03"}},
		{"benefit:ticket_c03", stranger, api.NotConfirmed, api.CodeNotEntitled,
			api.Disclosure{Benefit: "ticket_c03"}},
		{"detail", nobody, api.CannotTell, api.CodeNoStatusHere, api.Disclosure{}},
	}
	for _, tt := range tests {
		t.Run(tt.scope+" of "+tt.cf, func(t *testing.T) {
			w := newWorld(t, nil)
			ctx, cf, qr := context.Background(), code(t, tt.cf), w.paper(t, tt.cf)
			now := w.Clock.Now().UTC().Truncate(time.Second)
			challenge, r := w.Client.RequestSecondLevel(ctx, qr, cf, approve(tt.scope))
			require.NotNil(t, challenge, "%+v", r.Problem)
			assert.Equal(t, api.CannotTell, r.Verdict)
			assert.Equal(t, "+39 ••• ••• ••67", challenge.MaskedPhone)
			assert.True(t, challenge.OrganisationDeclared)
			assert.Equal(t, tt.scope, challenge.Scope)

			w.Clock.Advance(time.Minute)
			again, r := w.Client.Resend(ctx, challenge.ID, qr, cf)
			require.NotNil(t, again, "%+v", r.Problem)
			require.Len(t, w.Messages.Messages(), 2)
			assert.Empty(t, w.Accesses.Records(), "nothing was disclosed so far")

			r = w.Client.Answer(ctx, qr, cf, reply(challenge, w.LastCode()))
			require.Nil(t, r.Problem)
			assert.Equal(t, tt.verdict, r.Verdict)
			assert.Equal(t, tt.code, r.Code)
			tt.want.CheckedAt, tt.want.Scope = now.Add(time.Minute), tt.scope
			assert.Equal(t, &tt.want, r.Disclosed)
			receipt, err := w.Client.VerifyReceipt(t.Context(), r.Receipt)
			require.NoError(t, err)
			assert.Equal(t, api.Receipt{
				IssuerName: issuerName, IssuedAt: now.Unix() + 60, ID: receipt.ID, Level: 2,
				Outcome: tt.verdict, Code: tt.code, Benefit: tt.want.Benefit, Organisation: "MUSEO CIVICO",
				Case: "2026/17", Check: receipt.Check, Answer: receipt.Answer,
			}, receipt)
			act := []string{"2020", servicetest.ActNumber, servicetest.ActBody, "civil_invalidity"}
			for _, part := range act {
				assert.NotContains(t, payload(t, r.Receipt), part, "a receipt names no act")
			}
			require.Len(t, w.Accesses.Records(), 1)
			a := w.Accesses.Records()[0]
			assert.Equal(t, service.Access{
				ID: receipt.ID, At: a.At, Person: cf,
				Operator:     service.Operator{IdentityProvider: "https://login.example", ID: operator},
				Organisation: "MUSEO CIVICO", Declared: true, Purpose: "museum", Scope: tt.scope,
				CaseNumber: "2026/17", Channel: otp.SMS, Challenge: challenge.ID,
			}, a)

			r = w.Client.Answer(ctx, qr, cf, reply(challenge, w.LastCode()))
			require.NotNil(t, r.Problem)
			assert.Equal(t, api.ChallengeUsed, r.Problem.Code)
			assert.Equal(t, api.CannotTell, r.Verdict)
		})
	}
}

// The access record is appended before the registry is read. Without the record, the registry is not read.
func TestNothingDisclosedWithoutRecord(t *testing.T) {
	w := newWorld(t, nil)
	ctx, cf, qr := context.Background(), code(t, person), w.paper(t, person)
	challenge, _ := w.Client.RequestSecondLevel(ctx, qr, cf, approve(api.ScopeDetail))
	require.NotNil(t, challenge)
	w.Accesses.Fail = errors.New("disk is full")
	r := w.Client.Answer(ctx, qr, cf, reply(challenge, w.LastCode()))
	assert.Equal(t, api.CodeUnavailable, r.Code)
	assert.Nil(t, r.Disclosed)
	assert.Empty(t, r.Receipt)
	assert.Zero(t, w.Registry.Lookups())
	assert.Contains(t, w.Log.String(), "problem=unavailable", "the fault is seen")
	assert.NotContains(t, w.Log.String(), "disk is full", "texts of the parts are not quoted")

	w.Accesses.Fail = nil
	w.Registry.Before = func() {
		assert.Len(t, w.Accesses.Records(), 1, "recorded before the registry is read")
	}
	assert.Equal(t, api.ChallengeUsed, w.Client.Answer(ctx, qr, cf,
		reply(challenge, w.LastCode())).Problem.Code)
	challenge, _ = w.Client.RequestSecondLevel(ctx, qr, cf, approve(api.ScopeDetail))
	require.NotNil(t, challenge)
	r = w.Client.Answer(ctx, qr, cf, reply(challenge, w.LastCode()))
	assert.Equal(t, api.Confirmed, r.Verdict)
	assert.Equal(t, 1, w.Registry.Lookups())
}

// The same key gets the same challenge without a second message. The organisation of the login takes
// precedence.
func TestSecondLevelIdempotency(t *testing.T) {
	w := newWorld(t, nil)
	ctx, cf, qr := context.Background(), code(t, person), w.paper(t, person)
	q := approve(api.ScopeDetail)
	q.Key = "k1"
	first, _ := w.Client.RequestSecondLevel(ctx, qr, cf, q)
	second, _ := w.Client.RequestSecondLevel(ctx, qr, cf, q)
	require.NotNil(t, first)
	require.NotNil(t, second)
	assert.Equal(t, first.ID, second.ID)
	assert.Len(t, w.Messages.Messages(), 1)
	q.Scope = "benefit:ticket_c03"
	third, r := w.Client.RequestSecondLevel(ctx, qr, cf, q)
	assert.Nil(t, third)
	assert.Equal(t, api.IdempotencyConflict, r.Problem.Code)
}

// Of many concurrent answers, one is accepted; there is one record and one disclosure.
func TestOneOfManyAnswers(t *testing.T) {
	w := newWorld(t, nil)
	ctx, cf, qr := context.Background(), code(t, person), w.paper(t, person)
	challenge, _ := w.Client.RequestSecondLevel(ctx, qr, cf, approve(api.ScopeDetail))
	require.NotNil(t, challenge)
	var wg sync.WaitGroup
	var disclosed atomic.Int32
	for range 20 {
		wg.Go(func() {
			if r := w.Client.Answer(ctx, qr, cf, reply(challenge, w.LastCode())); r.Disclosed != nil {
				disclosed.Add(1)
			}
		})
	}
	wg.Wait()
	assert.EqualValues(t, 1, disclosed.Load())
	assert.Len(t, w.Accesses.Records(), 1)
	assert.Equal(t, 1, w.Registry.Lookups())
}

// If the operator names no language, the message is in the person's own.
func TestLanguage(t *testing.T) {
	own, failing := status.Language("de"), error(nil)
	w := servicetest.New(t, func(b *servicetest.Body) {
		b.Config.Language = func(context.Context, codicefiscale.Code) (status.Language, error) {
			return own, failing
		}
	})
	cf := servicetest.Code(person)
	qr := w.Paper(t, cf)
	for _, tt := range []struct{ own, chosen, want string }{
		{"de", "", "de"}, {"de", "sl", "sl"}, {"", "", "it"},
	} {
		own = status.Language(tt.own)
		q := approve(api.ScopeDetail)
		q.Locale = tt.chosen
		challenge, report := w.Client.RequestSecondLevel(t.Context(), qr, cf, q)
		require.NotNil(t, challenge, report.Err)
		assert.Equal(t, tt.want, w.Messages.Last().Locale)
		w.Clock.Advance(time.Hour)
	}
	failing = errors.New("no registry")
	challenge, report := w.Client.RequestSecondLevel(t.Context(), qr, cf, approve(api.ScopeDetail))
	assert.Nil(t, challenge)
	assert.Equal(t, api.CodeUnavailable, report.Code)
}
