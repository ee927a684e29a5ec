package registry_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/database/databasetest"
	"github.com/qr-invalidita/attesta/examples/internal/registry"
	"github.com/qr-invalidita/attesta/status"
)

// TestTwoOfOneID puts two events with the same ID in both orders: what counts does not depend on the order,
// or both orders are refused.
func TestTwoOfOneID(t *testing.T) {
	change := func(v status.Verbale, do func(*status.Verbale)) status.Verbale {
		do(&v)
		return v
	}
	// A certificate of law 104 may count before it is definitive.
	base := status.Verbale{ID: "H/1", Domain: status.Law104, Kind: status.KindFirst, Decision: 20230101,
		Effect: 20230101, EffectiveNow: true, Outcome: status.Outcome{Degree: status.DegreeLaw104C3}}
	final := change(base, func(v *status.Verbale) { v.EffectiveNow, v.Definitive = false, true })
	draft := change(base, func(v *status.Verbale) { v.EffectiveNow = false })
	revised := change(base, func(v *status.Verbale) { v.Revision = 20300101 })
	exempt := change(base, func(v *status.Verbale) { v.RevisionExempt = true })
	numbered := change(base, func(v *status.Verbale) { v.Number = "7" })
	revisedAndNumbered := change(revised, func(v *status.Verbale) { v.Number = "7" })
	renumbered := change(base, func(v *status.Verbale) { v.Number = "8" })
	linked := change(base, func(v *status.Verbale) { v.Replaces = status.IDs{"A", "B"} })
	turned := change(base, func(v *status.Verbale) { v.Replaces = status.IDs{"B", "A"} })
	otherwise := change(base, func(v *status.Verbale) { v.Replaces = status.IDs{"A", "C"} })
	version1 := change(base, func(v *status.Verbale) { v.Version = 1 })
	version2 := change(final, func(v *status.Verbale) {
		v.Version, v.Outcome.Degree = 2, status.DegreeLaw104C1
	})
	draft2 := change(draft, func(v *status.Verbale) { v.Version = 2 })
	refused := status.Verbale{}

	for name, tt := range map[string]struct{ a, b, want status.Verbale }{
		"the same twice":                  {base, base, base},
		"version 1 is no version":         {base, version1, base},
		"definitive beside provisional":   {base, final, final},
		"a draft counts for nothing":      {draft, base, base},
		"a later draft, too":              {draft2, base, base},
		"a later version":                 {base, version2, version2},
		"what one leaves out":             {base, revised, revised},
		"what each of them leaves out":    {revised, numbered, revisedAndNumbered},
		"links in another order":          {linked, turned, linked},
		"two numbers":                     {numbered, renumbered, refused},
		"two lists of links":              {linked, otherwise, refused},
		"together they contradict a rule": {revised, exempt, refused},
		"of one version, another judgement": {final, change(final, func(v *status.Verbale) {
			v.Outcome.Degree = status.DegreeLaw104C1
		}), refused},
	} {
		t.Run(name, func(t *testing.T) {
			for _, order := range [][]status.Verbale{{tt.a, tt.b}, {tt.b, tt.a}} {
				r := open(t, databasetest.SQLite(t))
				p := registry.Person{CF: persona("mario").CF, Birth: persona("mario").Birth}
				require.NoError(t, r.Put(t.Context(), p))
				require.NoError(t, r.AddVerbale(t.Context(), p.CF, order[0]))
				err := r.AddVerbale(t.Context(), p.CF, order[1])
				if tt.want.ID == "" {
					assert.ErrorIs(t, err, status.ErrConflict)
					continue
				}
				require.NoError(t, err)
				record, err := r.Lookup(t.Context(), p.CF)
				require.NoError(t, err)
				require.Len(t, record.Verbali, 1)
				assert.True(t, record.Verbali[0].Equal(tt.want))
			}
		})
	}
}
