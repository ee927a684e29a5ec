package registry_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/demo"
	"github.com/qr-invalidita/attesta/examples/internal/registry"
	"github.com/qr-invalidita/attesta/status"
)

// A person gives a delegation with a last day, one of a kind at a time, withdraws it, and cannot take away
// with one what the body recorded.
func TestGive(t *testing.T) {
	each(t, func(t *testing.T, r *registry.Registry) {
		ctx := t.Context()
		require.NoError(t, r.Seed(ctx, demo.Personas()))
		mario, anna, luca, helene := persona("mario").CF, persona("anna").CF, persona("luca").CF,
			persona("helene").CF
		give := func(d registry.Delegation) error { return r.Give(ctx, d, today) }
		last := today + 3*10000
		for name, bad := range map[string]registry.Delegation{
			"no last day":     {Guardian: helene, Ward: mario, Kind: registry.Voluntary},
			"more than three": {Guardian: helene, Ward: mario, Kind: registry.Voluntary, Until: last + 1},
			"over already":    {Guardian: helene, Ward: mario, Kind: registry.Voluntary, Until: today - 1},
			"a guardianship":  {Guardian: helene, Ward: mario, Kind: registry.Guardianship, Until: last},
		} {
			assert.ErrorIs(t, give(bad), registry.ErrDelegationDays, name)
		}
		assert.ErrorIs(t, r.Delegate(ctx, registry.Delegation{Guardian: helene, Ward: mario,
			Kind: registry.Counter}), registry.ErrDelegationDays, "nor does the body")
		d := registry.Delegation{Guardian: helene, Ward: mario, Kind: registry.Voluntary, Until: last,
			Detail: true}
		require.NoError(t, give(d))
		w, err := r.MayActFor(ctx, helene, mario, today)
		require.NoError(t, err)
		d.From = today
		assert.Equal(t, d, w.Delegation)
		assert.ErrorIs(t, give(registry.Delegation{Guardian: luca, Ward: mario, Kind: registry.Voluntary,
			Until: last}), registry.ErrOtherDelegate)
		require.NoError(t, give(registry.Delegation{Guardian: luca, Ward: mario, Kind: registry.Counter,
			Until: today}))
		assert.ErrorIs(t, give(registry.Delegation{Guardian: luca, Ward: anna, Kind: registry.Voluntary,
			Until: today}), registry.ErrGuarded, "her guardian would lose the guardianship tomorrow")

		held, err := r.Guardians(ctx, mario, today)
		require.NoError(t, err)
		require.Len(t, held, 2)
		assert.Equal(t, helene, held[1].Guardian)
		assert.Equal(t, persona("helene").Given, held[1].Given)
		assert.Equal(t, status.Date(0), held[0].Until-today)

		require.NoError(t, r.Withdraw(ctx, helene, mario, today))
		_, err = r.MayActFor(ctx, helene, mario, today)
		assert.ErrorIs(t, err, registry.ErrNotDelegated, "at once")
		assert.ErrorIs(t, r.Withdraw(ctx, helene, mario, today), registry.ErrNotDelegated)
		assert.ErrorIs(t, r.Withdraw(ctx, luca, anna, today), registry.ErrNotDelegated, "the body's")
		require.NoError(t, r.Delegate(ctx, registry.Delegation{Guardian: anna, Ward: mario,
			Kind: registry.Guardianship, From: today + 1}))
		assert.ErrorIs(t, give(registry.Delegation{Guardian: anna, Ward: mario, Kind: registry.Voluntary,
			Until: last}), registry.ErrGuarded, "from tomorrow")
		held, err = r.Guardians(ctx, mario, today)
		require.NoError(t, err)
		assert.Len(t, held, 1)
		export, err := r.Export(ctx, mario)
		require.NoError(t, err)
		assert.Len(t, export.Guardians, 3, "the history stays")
		leap := registry.LastGiven(20280229)
		assert.Equal(t, status.Date(20310301), leap)
		require.NoError(t, r.Give(ctx, registry.Delegation{Guardian: helene, Ward: mario,
			Kind: registry.Voluntary, Until: leap}, 20280229))
	})
}
