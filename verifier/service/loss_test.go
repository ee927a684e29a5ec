package service_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/api"
)

// Loss and new paper by one call: the desk says no to the lost paper and yes to the new one.
func TestReissue(t *testing.T) {
	for _, fraction := range []time.Duration{0, time.Millisecond, time.Second / 2, time.Second - 1} {
		t.Run(fraction.String(), func(t *testing.T) {
			w := newWorld(t, func(w *world) {
				w.Signer.CutOffs = new(token.MemoryCutOffs)
				w.Config.VoidBefore = w.Signer.CutOffs.VoidBefore
			})
			w.Clock.Advance(fraction)
			ask := func(paper string) api.Code {
				return w.Client.FirstLevel(t.Context(), paper, code(t, person), verifier.FirstLevelOptions{}).Code
			}
			lost := w.paper(t, person)
			require.Empty(t, ask(lost))
			for range 5 { // in one second
				fresh, _, err := w.Signer.Reissue(t.Context(), code(t, person))
				require.NoError(t, err)
				assert.Equal(t, api.CodeVoid, ask(lost))
				assert.Empty(t, ask(fresh))
				assert.Empty(t, ask(w.paper(t, person)))
				lost = fresh
			}
		})
	}
}

// A registry that keeps the instant of the loss with its fraction does not void the paper of that second.
func TestCutOffWithAFraction(t *testing.T) {
	var cutOff time.Time
	w := newWorld(t, func(w *world) {
		w.Config.VoidBefore = func(context.Context, codicefiscale.Code) (time.Time, error) { return cutOff, nil }
	})
	w.Clock.Advance(time.Second / 2)
	paper := w.paper(t, person)
	cutOff = w.Clock.Now()
	r := w.Client.FirstLevel(t.Context(), paper, code(t, person), verifier.FirstLevelOptions{})
	assert.Empty(t, r.Code)
	cutOff = cutOff.Add(time.Second)
	r = w.Client.FirstLevel(t.Context(), paper, code(t, person), verifier.FirstLevelOptions{})
	assert.Equal(t, api.CodeVoid, r.Code)
}
