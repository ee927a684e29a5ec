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
		luca, anna := persona("luca"), persona("anna")
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
			names := []string{}
			for _, w := range wards {
				names = append(names, w.Family+" "+w.Given+": "+string(w.Kind))
			}
			assert.Equal(t, []string{"Bianchi Giulia: minor", "Neri Anna: guardianship"}, names, "by name")
			for _, p := range demo.Personas() {
				cut, err := r.VoidBefore(t.Context(), p.CF)
				require.NoError(t, err)
				assert.Equal(t, p.Void, cut.Equal(demo.Lost()), p.ID)
			}
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
			"for nobody":      {Guardian: known, Kind: registry.Minor},
			"an unknown ward": {Guardian: known, Ward: unknown, Kind: registry.Minor},
			"no such kind":    {Guardian: unknown, Ward: known, Kind: "friend"},
			"no such last day": {Guardian: unknown, Ward: known, Kind: registry.Guardianship,
				Until: 20260231},
			"no such first day": {Guardian: unknown, Ward: known, Kind: registry.Guardianship,
				From: 20260231},
		} {
			assert.Error(t, r.Delegate(t.Context(), d), name)
		}
	})
}

// A ward whom the registry no longer knows as a person, only by a cut-off, is nobody's ward; nor is anybody
// before the birth.
func TestWardsAreKnownPeople(t *testing.T) {
	each(t, func(t *testing.T, r *registry.Registry) {
		guardian := persona("luca").CF
		child := registry.Person{CF: persona("giulia").CF, Birth: persona("giulia").Birth}
		require.NoError(t, r.Put(t.Context(), child))
		require.NoError(t, r.Delegate(t.Context(),
			registry.Delegation{Guardian: guardian, Ward: child.CF, Kind: registry.Minor}))
		for day, want := range map[status.Date]bool{child.Birth - 1: false, child.Birth: true} {
			_, err := r.MayActFor(t.Context(), guardian, child.CF, day)
			assert.Equal(t, want, err == nil, day)
		}

		onlyVoid := persona("marco").CF
		_, err := r.Void(t.Context(), onlyVoid, time.Unix(1700000000, 0))
		require.NoError(t, err)
		d := registry.Delegation{Guardian: guardian, Ward: onlyVoid, Kind: registry.Guardianship}
		assert.ErrorIs(t, r.Delegate(t.Context(), d), registry.ErrUnknown)
		wards, err := r.Wards(t.Context(), guardian, child.Birth)
		require.NoError(t, err)
		assert.Len(t, wards, 1)
	})
}

// If both codes of a person have a delegation with the same ward, that of the new code stays, so that one
// that was ended does not come back.
func TestAnEndedDelegationStaysEnded(t *testing.T) {
	each(t, func(t *testing.T, r *registry.Registry) {
		a, b, _ := codes(t)
		giulia := registry.Person{CF: persona("giulia").CF, Birth: persona("giulia").Birth}
		old, new := mario(), mario()
		old.CF, new.CF, new.Verbali = a, b, nil
		require.NoError(t, r.Put(t.Context(), old, new, giulia))
		for _, d := range []registry.Delegation{
			{Guardian: a, Ward: giulia.CF, Kind: registry.Guardianship},
			{Guardian: b, Ward: giulia.CF, Kind: registry.Guardianship, Until: 20251231},
		} {
			require.NoError(t, r.Delegate(t.Context(), d))
		}
		require.NoError(t, r.ChangeCode(t.Context(), a, b))
		_, err := r.MayActFor(t.Context(), b, giulia.CF, 20251231)
		assert.NoError(t, err)
		_, err = r.MayActFor(t.Context(), b, giulia.CF, today)
		assert.ErrorIs(t, err, registry.ErrNotDelegated)
	})
}
