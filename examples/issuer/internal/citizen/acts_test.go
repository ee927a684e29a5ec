package citizen_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/note"

	"github.com/qr-invalidita/attesta/examples/internal/registry"
)

// Somebody who changed the number and then the language 505 times had pushed the change out of sight.
func TestSecurityActsCannotBeBuried(t *testing.T) {
	w := newWorld(t)
	mario := w.login("mario")
	w.change(newNumber)
	for i := range 505 {
		w.clock.Advance(time.Minute)
		require.NoError(t, w.Registry.TraceAct(t.Context(), registry.Act{At: w.clock.Now(),
			Guardian: mario.CF, Ward: mario.CF, What: []string{"language_changed", "download"}[i%2]}))
	}
	w.login("mario")
	page := w.get("/area/accesses")
	wellFormed(t, "accesses", page.body)
	assert.Contains(t, page.text, "numero cambiato")
	assert.Contains(t, page.text, "Sicurezza")

	seen := map[string]int{}
	for _, kind := range []string{"", "security", "contacts", "documents", "other"} {
		path := "/area/accesses?kind=" + kind
		for path != "" {
			a := w.get(path)
			require.Equal(t, http.StatusOK, a.StatusCode)
			wellFormed(t, path, a.body)
			_, list, _ := strings.Cut(a.text, `id="acts"`)
			seen[kind] += strings.Count(list, "<li>1")
			_, older, ok := strings.Cut(list, `Più recenti`)
			if !ok {
				older = list
			}
			path = ""
			if before, _, ok := strings.Cut(older, `#acts">Più vecchie`); ok {
				path = before[strings.LastIndex(before, `href="`)+6:]
			}
		}
	}
	assert.Equal(t, map[string]int{"": 500, "security": 1, "contacts": 250, "documents": 250,
		"other": 0}, seen)
	for _, path := range []string{"?page=-1", "?page=x", "?page=999", "?kind=x", "?kind=security&page=7"} {
		assert.Equal(t, http.StatusOK, w.get("/area/accesses"+path).StatusCode, path)
	}
}

// A security act is in the tree of the access log: the person can prove it, and an audit sees its removal.
func TestSecurityActsAreInTheTree(t *testing.T) {
	w := newWorld(t)
	mario := w.login("mario")
	w.change(newNumber)
	w.post("/area/qr/lost", "/area/qr/lost")
	w.remove("email")
	records, err := w.Accesses.ByPerson(t.Context(), mario.CF)
	require.NoError(t, err)
	var acts []string
	for _, r := range records {
		acts = append(acts, r.Purpose+" "+r.Scope)
	}
	assert.Equal(t, []string{"email_removed act:self", "void act:self", "phone_changed act:self"}, acts)
	a := w.post("/area/accesses?kind=security", "/area/accesses/proof", "id", records[2].ID)
	assert.Equal(t, http.StatusOK, a.StatusCode)
	assert.Contains(t, a.body, "phone_changed")
	assert.Contains(t, w.get("/area/accesses").text, "Finora nessuno", "an act is no access")
	_, err = w.Accesses.Audit(t.Context(), must(note.NewVerifier(w.AccessKey)))
	assert.NoError(t, err)
}

// What changes nothing leaves no act, and no kind of act can be repeated without end.
func TestActsAreFew(t *testing.T) {
	w := newWorld(t)
	mario := w.login("mario")
	for range 3 {
		w.remove("email")
		w.remove("phone")
		w.post(contactsPage, contactsPage+"/language", "language", "it")
	}
	acts, err := w.Registry.Acts(t.Context(), mario.CF)
	require.NoError(t, err)
	assert.Len(t, acts, 2)
	languages := []string{"sl", "de"}
	var a answer
	for i := range 11 {
		a = w.post(contactsPage, contactsPage+"/language", "language", languages[i%2])
	}
	assert.Equal(t, http.StatusUnprocessableEntity, a.StatusCode)
	wellFormed(t, "language", a.body)
	for range 20 {
		a = w.post("/area/qr/lost", "/area/qr/lost")
	}
	assert.Equal(t, http.StatusTooManyRequests, a.StatusCode)
	wellFormed(t, "void", a.body)
}
