package registry_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/registry"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

func TestActs(t *testing.T) {
	each(t, func(t *testing.T, r *registry.Registry) {
		luca, giulia := persona("luca"), persona("giulia")
		at := time.Date(2026, 11, 2, 10, 30, 0, 0, time.UTC)
		var want []registry.Act
		for i, what := range []string{"download", "void"} {
			a := registry.Act{At: at.Add(time.Duration(i) * time.Minute), Guardian: luca.CF,
				Name: "Luca Bianchi", Ward: giulia.CF, Kind: registry.Minor, What: what,
				Count: i}
			require.NoError(t, r.TraceAct(t.Context(), a))
			want = append([]registry.Act{a}, want...)
		}
		got, err := r.Acts(t.Context(), giulia.CF)
		require.NoError(t, err)
		assert.Equal(t, want, got)
		got, err = r.Acts(t.Context(), luca.CF)
		require.NoError(t, err)
		assert.Empty(t, got)
	})
}

func TestTraceActRefuses(t *testing.T) {
	each(t, func(t *testing.T, r *registry.Registry) {
		good := registry.Act{At: time.Now(), Guardian: persona("luca").CF, Name: "Luca Bianchi",
			Ward: persona("giulia").CF, What: "download"}
		for name, change := range map[string]func(*registry.Act){
			"no time":             func(a *registry.Act) { a.At = time.Time{} },
			"nobody":              func(a *registry.Act) { a.Guardian = codicefiscale.Code{} },
			"for nobody":          func(a *registry.Act) { a.Ward = codicefiscale.Code{} },
			"nothing":             func(a *registry.Act) { a.What = "" },
			"a long action":       func(a *registry.Act) { a.What = strings.Repeat("a", 41) },
			"a sentence":          func(a *registry.Act) { a.What = "download of " + giuliaCode() },
			"a code as an action": func(a *registry.Act) { a.What = giuliaCode() },
			"a long name":         func(a *registry.Act) { a.Name = strings.Repeat("é", 201) },
			"a name of two lines": func(a *registry.Act) { a.Name = "Luca\nBianchi" },
		} {
			bad := good
			change(&bad)
			assert.Error(t, r.TraceAct(t.Context(), bad), name)
		}
		acts, err := r.Acts(t.Context(), good.Ward)
		require.NoError(t, err)
		assert.Empty(t, acts)

		good.What, good.Name = strings.Repeat("a_", 20), strings.Repeat("é", 200)
		assert.NoError(t, r.TraceAct(t.Context(), good), "the longest")
	})
}

func giuliaCode() string { return persona("giulia").CF.Reveal() }

// The five hundred newest acts are shown.
func TestManyActs(t *testing.T) {
	each(t, func(t *testing.T, r *registry.Registry) {
		const most = 500
		start := time.Date(2026, 11, 2, 10, 30, 0, 0, time.UTC)
		act := registry.Act{Guardian: persona("luca").CF, Ward: persona("giulia").CF, What: "download"}
		for i := range most + 1 {
			act.At = start.Add(time.Duration(i) * time.Second)
			require.NoError(t, r.TraceAct(t.Context(), act))
		}
		acts, err := r.Acts(t.Context(), act.Ward)
		require.NoError(t, err)
		require.Len(t, acts, most)
		assert.Equal(t, start.Add(most*time.Second), acts[0].At)
		assert.Equal(t, start.Add(time.Second), acts[most-1].At, "the first is the oldest, so it is left out")
	})
}
