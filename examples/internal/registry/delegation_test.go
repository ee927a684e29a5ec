package registry_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/demo"
	"github.com/qr-invalidita/attesta/examples/internal/registry"
	"github.com/qr-invalidita/attesta/status"
)

func TestSeedTwice(t *testing.T) {
	each(t, func(t *testing.T, r *registry.Registry) {
		luca, anna, paolo := persona("luca"), persona("anna"), persona("paolo")
		for range 2 {
			require.NoError(t, r.Seed(t.Context(), demo.Personas()))
			for _, p := range demo.Personas() {
				back, err := r.Person(t.Context(), p.CF)
				if !p.Registered() {
					assert.ErrorIs(t, err, registry.ErrUnknown, p.ID)
					continue
				}
				require.NoError(t, err, p.ID)
				assert.Equal(t, p.Given+" "+p.Family, back.Name())
				events, err := r.Events(t.Context(), p.CF)
				require.NoError(t, err)
				assert.Len(t, events, len(p.Verbali), p.ID)
			}
			wards, err := r.Wards(t.Context(), luca.CF, today)
			require.NoError(t, err)
			require.Len(t, wards, 2)
			kinds := map[string]registry.Kind{}
			for _, w := range wards {
				kinds[w.Given] = w.Kind
			}
			assert.Equal(t, map[string]registry.Kind{"Giulia": registry.Minor, "Anna": registry.Guardianship},
				kinds)
			cut, err := r.VoidBefore(t.Context(), paolo.CF)
			require.NoError(t, err)
			assert.Equal(t, demo.Lost(), cut)
			contacts, err := r.Contacts(t.Context(), anna.CF)
			require.NoError(t, err)
			require.Len(t, contacts, 1)
			assert.Equal(t, luca.Phone, contacts[0].Phone.Reveal())
		}
	})
}

func TestMayActFor(t *testing.T) {
	each(t, func(t *testing.T, r *registry.Registry) {
		require.NoError(t, r.Seed(t.Context(), demo.Personas()))
		luca, giulia, anna, mario := persona("luca").CF, persona("giulia").CF, persona("anna").CF,
			persona("mario").CF
		may := func(at status.Date) map[string]bool {
			out := map[string]bool{}
			for name, ward := range map[string]registry.Delegation{
				"giulia": {Guardian: luca, Ward: giulia}, "anna": {Guardian: luca, Ward: anna},
				"mario": {Guardian: luca, Ward: mario}, "back": {Guardian: giulia, Ward: luca},
				"other": {Guardian: mario, Ward: giulia},
			} {
				w, err := r.MayActFor(t.Context(), ward.Guardian, ward.Ward, at)
				if err == nil {
					out[name] = true
					assert.Equal(t, ward.Ward, w.Ward)
				} else {
					assert.ErrorIs(t, err, registry.ErrNotDelegated)
				}
			}
			return out
		}
		assert.Equal(t, map[string]bool{"giulia": true, "anna": true}, may(today))
		assert.Equal(t, map[string]bool{"giulia": true, "anna": true}, may(20340511),
			"the day before her 18th birthday")
		assert.Equal(t, map[string]bool{"anna": true}, may(20340512), "her 18th birthday")
		assert.Equal(t, map[string]bool{}, may(0), "no date")

		limited := registry.Delegation{Guardian: luca, Ward: anna, Kind: registry.Guardianship,
			From: 20260101, Until: 20261231}
		require.NoError(t, r.Delegate(t.Context(), limited))
		for day, want := range map[status.Date]bool{20251231: false, 20260101: true, 20261231: true,
			20270101: false} {
			assert.Equal(t, want, may(day)["anna"], day)
		}

		dead := registry.Person{CF: giulia, Birth: persona("giulia").Birth, Died: 20261001}
		require.NoError(t, r.Put(t.Context(), dead))
		assert.Equal(t, map[string]bool{"anna": true}, may(today))
	})
}

func TestDelegateRefuses(t *testing.T) {
	each(t, func(t *testing.T, r *registry.Registry) {
		require.NoError(t, r.Put(t.Context(), mario()))
		known, unknown := mario().CF, persona("emma").CF
		for name, d := range map[string]registry.Delegation{
			"for oneself":     {Guardian: known, Ward: known, Kind: registry.Minor},
			"nobody":          {Ward: known, Kind: registry.Minor},
			"an unknown ward": {Guardian: known, Ward: unknown, Kind: registry.Minor},
			"no such kind":    {Guardian: unknown, Ward: known, Kind: "friend"},
			"no such last day": {Guardian: unknown, Ward: known, Kind: registry.Guardianship,
				Until: 20260231},
		} {
			assert.Error(t, r.Delegate(t.Context(), d), name)
		}
	})
}

func TestActs(t *testing.T) {
	each(t, func(t *testing.T, r *registry.Registry) {
		luca, giulia := persona("luca"), persona("giulia")
		at := time.Date(2026, 11, 2, 10, 30, 0, 0, time.UTC)
		var want []registry.Act
		for i, what := range []string{"download", "void"} {
			a := registry.Act{At: at.Add(time.Duration(i) * time.Minute), Guardian: luca.CF,
				Name: "Luca Bianchi", Ward: giulia.CF, Kind: registry.Minor, What: what}
			require.NoError(t, r.TraceAct(t.Context(), a))
			want = append([]registry.Act{a}, want...)
		}
		got, err := r.Acts(t.Context(), giulia.CF)
		require.NoError(t, err)
		assert.Equal(t, want, got)
		got, err = r.Acts(t.Context(), luca.CF)
		require.NoError(t, err)
		assert.Empty(t, got)

		assert.Error(t, r.TraceAct(t.Context(), registry.Act{At: at, Guardian: luca.CF, Ward: giulia.CF,
			What: "Download of " + giulia.CF.Reveal()}))
		assert.Error(t, r.TraceAct(t.Context(), registry.Act{At: at, Guardian: luca.CF, What: "download"}))
	})
}
