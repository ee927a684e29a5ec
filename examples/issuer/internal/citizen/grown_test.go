package citizen_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/status"
)

// at sets the clock to noon of a day.
func (w *world) at(day status.Date) {
	w.t.Helper()
	t, err := time.Parse(time.DateOnly, day.String())
	require.NoError(w.t, err)
	w.clock.Advance(t.Add(12 * time.Hour).Sub(w.clock.Now()))
}

// The person and the guardian read the same text before the 18th birthday; Giulia's is 12 May 2034.
func TestGrownOnThePage(t *testing.T) {
	for _, test := range []struct {
		today status.Date
		says  bool
	}{{20331111, false}, {20331112, true}, {20340511, true}, {20340512, false}} {
		w := newWorld(t)
		w.at(test.today)
		look := func() {
			t.Helper()
			a := w.get("/area")
			wellFormed(t, test.today.String(), a.body)
			if !test.says {
				assert.NotContains(t, a.body, `id="grown"`)
				return
			}
			assert.Contains(t, a.text, "18 anni: 12 maggio 2034")
			assert.Contains(t, a.text, "Prima va presentata all'INPS la domanda")
			assert.Contains(t, a.text, "Ultimo giorno utile: 11 maggio 2034.")
		}
		w.login("giulia")
		look()
		for _, lang := range []string{"en", "de", "fr", "sl"} {
			assert.Equal(t, test.says, strings.Contains(w.get("/area?lang="+lang).body, `id="grown"`), lang)
		}
		w.get("/area?lang=it")
		w.login("luca")
		own := w.get("/area")
		assert.NotContains(t, own.body, `id="grown"`, "it is not about the guardian")
		assert.Equal(t, test.says, strings.Contains(own.text, "18 anni: 12 maggio 2034"), "whom they act for")
		if test.today < 20340512 {
			w.actFor("Giulia Bianchi")
			look()
		}
	}
}

// Each page describes an open case in words, and never as "no recognition".
func TestOpen(t *testing.T) {
	w := newWorld(t)
	w.at(20340601)
	w.login("giulia")
	a := w.get("/area")
	assert.Contains(t, a.text, "Qui c'è qualcosa che non decide")
	assert.Contains(t, a.text, "Perché non decide")
	assert.Contains(t, a.text, "Non è un no")
	assert.NotContains(t, a.text, "nessun riconoscimento")
}
