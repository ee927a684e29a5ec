package registry_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/registry"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

var askedAt = time.Date(2026, 11, 2, 10, 30, 0, 0, time.UTC)

func museum() registry.Request {
	return registry.Request{Challenge: "challenge one", Purpose: "museum-entry", Scope: "benefit:museum",
		Operator: registry.Operator{IdentityProvider: "https://login.example", ID: "VRDLGI75C02F205X",
			Organisation: "MUSEO CIVICO", Declared: true}}
}

func ask(t *testing.T, r *registry.Registry, person codicefiscale.Code, q registry.Request) {
	t.Helper()
	for i, step := range []registry.Step{registry.StepStarted, registry.StepSent, registry.StepWrong,
		registry.StepWrong, registry.StepRight} {
		require.NoError(t, r.TraceAsked(t.Context(), person, q, step, i < 2,
			askedAt.Add(time.Duration(i)*time.Minute)))
	}
}

func TestAsked(t *testing.T) {
	each(t, func(t *testing.T, r *registry.Registry) {
		person, other := persona("mario").CF, persona("carlo").CF
		ask(t, r, person, museum())
		second := museum()
		second.Challenge = "challenge two"
		require.NoError(t, r.TraceAsked(t.Context(), person, second, registry.StepStarted, false,
			askedAt.Add(time.Hour)))
		want := museum()
		want.At, want.Messages, want.Wrong, want.Right = askedAt, 2, 2, true
		second.At = askedAt.Add(time.Hour)
		got, err := r.Asked(t.Context(), person)
		require.NoError(t, err)
		assert.Equal(t, []registry.Request{second, want}, got)
		got, err = r.Asked(t.Context(), other)
		require.NoError(t, err)
		assert.Empty(t, got)

		require.NoError(t, r.ExpireAsked(t.Context(), askedAt.Add(30*time.Minute)))
		got, err = r.Asked(t.Context(), person)
		require.NoError(t, err)
		assert.Equal(t, []registry.Request{second}, got)

		for name, change := range map[string]func(q *registry.Request, s *registry.Step){
			"no challenge": func(q *registry.Request, _ *registry.Step) { q.Challenge = "" },
			"no operator":  func(q *registry.Request, _ *registry.Step) { q.Operator.ID = "" },
			"another step": func(_ *registry.Request, s *registry.Step) { *s = "dreamt" },
		} {
			q, step := museum(), registry.StepStarted
			change(&q, &step)
			assert.Error(t, r.TraceAsked(t.Context(), person, q, step, false, askedAt), name)
		}
	})
}

func TestBarOperator(t *testing.T) {
	each(t, func(t *testing.T, r *registry.Registry) {
		ctx, person := t.Context(), mario()
		require.NoError(t, r.Put(ctx, person))
		ask(t, r, person.CF, museum())
		barred := func(cf codicefiscale.Code, o registry.Operator) bool {
			t.Helper()
			is, err := r.OperatorBarred(ctx, cf, o)
			require.NoError(t, err)
			return is
		}
		operator := museum().Operator
		assert.ErrorIs(t, r.BarOperator(ctx, person.CF, "another", askedAt), registry.ErrNotAsked)
		assert.ErrorIs(t, r.BarOperator(ctx, persona("carlo").CF, "challenge one", askedAt),
			registry.ErrNotAsked, "somebody else's request")
		assert.False(t, barred(person.CF, operator))
		require.NoError(t, r.BarOperator(ctx, person.CF, "challenge one", askedAt.Add(time.Hour)))
		operator.Organisation, operator.Declared = "another body", false
		assert.True(t, barred(person.CF, operator), "the person, whatever they ask for")
		assert.False(t, barred(persona("carlo").CF, operator))
		operator.IdentityProvider = "https://another.example"
		assert.False(t, barred(person.CF, operator), "somebody else of another provider")
		operator = museum().Operator
		operator.ID = "another"
		assert.False(t, barred(person.CF, operator))

		reports, err := r.AllReports(ctx)
		require.NoError(t, err)
		require.Len(t, reports, 1)
		assert.Equal(t, museum().Operator, reports[0].Asked.Operator)
		assert.Equal(t, askedAt, reports[0].Asked.At)
		assert.Zero(t, reports[0].LiftedAt)

		later := code(t, "RSSMRA80A01H50MM")
		require.NoError(t, r.ChangeCode(ctx, person.CF, later))
		assert.True(t, barred(later, museum().Operator), "under the person's later code too")
		asked, err := r.Asked(ctx, later)
		require.NoError(t, err)
		assert.Len(t, asked, 1)
		n, err := r.LiftBars(ctx, later, askedAt.Add(2*time.Hour))
		require.NoError(t, err)
		assert.Equal(t, 1, n)
		assert.False(t, barred(later, museum().Operator))
		reports, err = r.Reports(ctx, later)
		require.NoError(t, err)
		require.Len(t, reports, 1, "what was said stays")
		assert.Equal(t, askedAt.Add(2*time.Hour), reports[0].LiftedAt)
		export, err := r.Export(ctx, later)
		require.NoError(t, err)
		require.Len(t, export.Asked, 1)
		assert.Equal(t, museum().Operator, export.Asked[0].Operator)
		assert.Equal(t, 2, export.Asked[0].Wrong)
		require.Len(t, export.Barred, 1)
		assert.Equal(t, askedAt.Add(2*time.Hour), *export.Barred[0].Lifted)
		n, err = r.LiftBars(ctx, later, askedAt)
		require.NoError(t, err)
		assert.Zero(t, n)
	})
}

func TestRequestsPrintAsConstants(t *testing.T) {
	text := fmt.Sprintf("%v %+v %#v", museum(), museum().Operator, registry.Report{Asked: museum()})
	assert.NotContains(t, text, "MUSEO")
	assert.NotContains(t, text, "VRDLGI75C02F205X")
}
