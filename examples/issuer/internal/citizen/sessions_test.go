package citizen_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/session"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

// A person sees where they are logged in, and ends one login or all others, but nobody else's.
func TestSessions(t *testing.T) {
	w := newWorld(t)
	mario, helene := w.login("mario"), w.people["helene"]
	page := w.get("/area/sessions")
	assert.Equal(t, http.StatusOK, page.StatusCode)
	wellFormed(t, "none", page.body)
	assert.Contains(t, page.text, "Non ce ne sono altri")
	assert.Contains(t, w.get("/area").text, "Accessi aperti")

	add := func(token string, who codicefiscale.Code) string {
		require.NoError(t, w.SignIns.Own(t.Context(), token, who,
			session.About{Began: w.clock.Now(), Method: "cie"}))
		require.NoError(t, w.SignIns.CommitCtx(t.Context(), token, []byte("x"), time.Now().Add(time.Hour)))
		return session.Ref(token)
	}
	stolen, other, hers := add("stolen", mario.CF), add("other", mario.CF), add("hers", helene.CF)
	held := func(who codicefiscale.Code) (refs []string) {
		list, err := w.SignIns.Held(t.Context(), who)
		require.NoError(t, err)
		for _, h := range list {
			refs = append(refs, h.Ref)
		}
		return refs
	}
	page = w.get("/area/sessions")
	wellFormed(t, "sessions", page.body)
	assert.Contains(t, page.text, "Accesso con CIE")
	assert.Contains(t, page.body, stolen)
	assert.NotContains(t, page.body, hers)

	end := func(id string) {
		a := w.post("/area/sessions", "/area/sessions/end", "id", id)
		assert.Equal(t, "/area/sessions", a.Header.Get("Location"), id)
	}
	end(hers)
	end("nonsense")
	assert.Len(t, held(helene.CF), 1)
	assert.Len(t, held(mario.CF), 2)
	end(stolen)
	assert.Equal(t, []string{other}, held(mario.CF))
	end("others")
	assert.Empty(t, held(mario.CF))
	assert.Len(t, held(helene.CF), 1)
	assert.Contains(t, w.get("/area/accesses").text, "accesso chiuso")
}
