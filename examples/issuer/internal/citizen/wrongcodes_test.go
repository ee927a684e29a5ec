package citizen_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/registry"
	"github.com/qr-invalidita/attesta/examples/issuer/internal/citizen"
)

// A person sees how many wrong codes were tried on a document, and why only now.
func TestWrongCodesAreShown(t *testing.T) {
	w := newWorld(t)
	mario := w.login("mario")
	page := w.get("/area/accesses").text
	assert.NotContains(t, page, "Codici errati")
	require.NoError(t, w.Registry.TraceAct(t.Context(), registry.Act{At: w.clock.Now(), Guardian: mario.CF,
		Ward: mario.CF, What: citizen.ActWrongCodes, Count: 12}))
	page = w.get("/area/accesses").text
	assert.Contains(t, page, "11 novembre 2026 – codici errati su un suo foglio: 12")
	assert.Contains(t, page, "prima nessuno può sapere di chi è il foglio")
	assert.Contains(t, page, "Ancora niente.", "nobody did anything in the area")
	w.login("jana")
	assert.NotContains(t, w.get("/area/accesses").text, "Codici errati")
}
