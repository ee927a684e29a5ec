package service_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/api"
)

func TestFirstLevel(t *testing.T) {
	day := 24 * time.Hour
	tests := []struct {
		name    string
		change  func(*world)
		cf      string
		options verifier.FirstLevelOptions
		verdict api.Outcome
		code    api.Code
		want    *api.Disclosure
	}{
		{"categories", nil, person, verifier.FirstLevelOptions{}, api.Confirmed, "",
			&api.Disclosure{Categories: []string{"civil_invalid"}}},
		{"a bare yes", func(w *world) {
			w.Config.Policy = status.PolicyAny
		}, person, verifier.FirstLevelOptions{},
			api.Confirmed, "", &api.Disclosure{}},
		{"a benefit", nil, person, verifier.FirstLevelOptions{Benefit: "museums", CaseNumber: "2026/17"},
			api.Confirmed, "", &api.Disclosure{Benefit: "museums"}},
		{"a benefit by percentage", nil, person, verifier.FirstLevelOptions{Benefit: "ticket_c03"},
			api.CannotTell, api.CodeNeedsSecondLevel, &api.Disclosure{Benefit: "ticket_c03"}},
		{"wrong code", nil, stranger, verifier.FirstLevelOptions{}, api.NotConfirmed, api.CodeCFMismatch,
			&api.Disclosure{}},
		{"unknown person", nil, nobody, verifier.FirstLevelOptions{}, api.NotConfirmed, api.CodeCFMismatch,
			&api.Disclosure{}},
		{"void", func(w *world) {
			w.Config.VoidBefore = func(context.Context, codicefiscale.Code) (time.Time, error) {
				return w.Clock.Now().Add(day), nil
			}
		}, person, verifier.FirstLevelOptions{}, api.NotConfirmed, api.CodeVoid, &api.Disclosure{}},
		{"not in the registry", func(w *world) {
			w.Registry.Static = status.Static{}
		}, person, verifier.FirstLevelOptions{},
			api.CannotTell, api.CodeNoStatusHere, &api.Disclosure{}},
		{"elsewhere", func(w *world) {
			elsewhere := map[codicefiscale.Code]bool{must(codicefiscale.Parse(person)): true}
			w.Registry.Static = status.Static{Elsewhere: elsewhere}
		}, person, verifier.FirstLevelOptions{}, api.CannotTell, api.CodeClassNotHeld, &api.Disclosure{}},
		{"registry down", func(w *world) {
			w.Registry.Static.Err = errors.New("gone")
		}, person, verifier.FirstLevelOptions{},
			api.CannotTell, api.CodeUnavailable, nil},
		{"cut-off not known", func(w *world) {
			w.Config.VoidBefore = func(context.Context, codicefiscale.Code) (time.Time, error) {
				return time.Time{}, errors.New("gone")
			}
		}, person, verifier.FirstLevelOptions{}, api.CannotTell, api.CodeUnavailable, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, tt.change)
			// The service writes times as whole seconds in UTC.
			now := w.Clock.Now().UTC().Truncate(time.Second)
			ctx := t.Context()
			if tt.want == nil { // the desk would ask again, later
				short, cancel := context.WithTimeout(ctx, time.Second)
				defer cancel()
				ctx = short
			}
			r := w.Client.FirstLevel(ctx, w.paper(t, person), code(t, tt.cf), tt.options)
			assert.Equal(t, tt.verdict, r.Verdict)
			assert.Equal(t, tt.code, r.Code)
			assert.Equal(t, verifier.Authentic, r.Authenticity)
			if tt.want == nil {
				assert.Nil(t, r.Disclosed)
				assert.Empty(t, r.Receipt)
				assert.Equal(t, api.Unavailable, r.Problem.Code)
				return
			}
			tt.want.CheckedAt = now
			assert.Equal(t, tt.want, r.Disclosed)
			receipt, err := w.Client.VerifyReceipt(t.Context(), r.Receipt)
			assert.NoError(t, err)
			assert.Len(t, receipt.ID, 22)
			receipt.ID, receipt.Check, receipt.Answer = "", "", ""
			assert.Equal(t, api.Receipt{
				IssuerName: issuerName, IssuedAt: now.Unix(), Level: 1, Outcome: tt.verdict, Code: tt.code,
				Benefit: tt.options.Benefit, Case: tt.options.CaseNumber,
			}, receipt)
		})
	}
}

// For a paper that the desk refuses by itself, and without a codice fiscale, there is no request.
func TestFirstLevelAsksNobody(t *testing.T) {
	w := newWorld(t, nil)
	jws := w.paper(t, person)
	w.Server.Close()
	ctx := context.Background()
	r := w.Client.FirstLevel(ctx, jws[:len(jws)-3]+"AAA", code(t, person), verifier.FirstLevelOptions{})
	assert.Equal(t, api.NotConfirmed, r.Verdict)
	assert.Nil(t, r.Problem)
	r = w.Client.FirstLevel(ctx, jws, codicefiscale.Code{}, verifier.FirstLevelOptions{})
	assert.Equal(t, api.CannotTell, r.Verdict)
	assert.Nil(t, r.Problem)
}

// A benefit can leave the catalogue while the parts are asked: that is no answer about the person.
func TestBenefitEndsMeanwhile(t *testing.T) {
	w := newWorld(t, func(w *world) {
		w.Config.VoidBefore = func(context.Context, codicefiscale.Code) (time.Time, error) {
			w.Clock.Advance(400 * 24 * time.Hour)
			return time.Time{}, nil
		}
	})
	r := w.Client.FirstLevel(t.Context(), w.paper(t, person), code(t, person),
		verifier.FirstLevelOptions{Benefit: "universal_benefit"}) // until 31 December 2026
	assert.Equal(t, api.CannotTell, r.Verdict)
	require.NotNil(t, r.Problem)
	assert.Equal(t, api.UnknownBenefit, r.Problem.Code)
}
