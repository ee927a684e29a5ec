package citizen_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/registry"
	"github.com/qr-invalidita/attesta/examples/issuer/internal/citizen"
)

const presencePage = "/area/qr/present"

// atCounter lets Hélène act for Mario at a counter. If phone is false, Mario has no number.
func (w *world) atCounter(phone bool) {
	w.t.Helper()
	mario := w.login("mario")
	if !phone {
		person, err := w.Registry.Person(w.t.Context(), mario.CF)
		require.NoError(w.t, err)
		person.Contacts.Phones = nil
		require.NoError(w.t, w.Registry.SetContacts(w.t.Context(), mario.CF, person.Contacts))
	}
	require.NoError(w.t, w.Registry.Delegate(w.t.Context(), registry.Delegation{Kind: registry.Counter,
		Guardian: w.people["helene"].CF, Ward: mario.CF, Until: 20270101}))
	w.login("helene")
	w.actFor("Mario Rossi")
}

// makes reports whether the document can be made now, in each of the three ways.
func (w *world) makes() bool {
	w.t.Helper()
	ref := w.per("/area/acting")
	page, file := w.get("/area/qr"), w.send("/area/qr", "for", ref, "format", "png")
	shown := w.send("/area/qr/show", "for", ref, "qr", "x")
	made := page.StatusCode == http.StatusOK
	assert.Equal(w.t, made, file.StatusCode == http.StatusOK)
	assert.Equal(w.t, made, shown.StatusCode == http.StatusGone)
	if !made {
		assert.Equal(w.t, presencePage, page.Header.Get("Location"))
		assert.Equal(w.t, presencePage, file.Header.Get("Location"))
	}
	return made
}

// Somebody at a counter makes the document of a person who has told them the code on their phone.
func TestPresence(t *testing.T) {
	w := newWorld(t)
	w.atCounter(true)
	assert.False(t, w.makes())
	page := w.get(presencePage)
	wellFormed(t, "presence", page.body)
	assert.NotContains(t, page.body, `name="cf"`, "nobody declares what a code can prove")
	assert.Equal(t, "/area/qr/present", w.get("/area/qr").Header.Get("Location"))
	a := w.post(presencePage, presencePage, "cf", w.people["mario"].CF.Reveal(), "declared", "yes")
	wellFormed(t, "code", a.body)
	assert.False(t, w.makes(), "sent is not told")
	assert.Contains(t, a.text, "che la persona le dice")
	assert.NotContains(t, a.body, "/area/contacts")
	message := w.phone.Last()
	assert.Equal(t, w.people["mario"].Phone, message.To.Reveal())
	assert.Contains(t, message.Text.Reveal(), "per fare il suo foglio (sportello, n. ")
	id := idField.FindStringSubmatch(a.body)[1]
	a = w.send(presencePage+"/code?lang=de", "for", w.per(presencePage), "id", id, "code", "12")
	assert.Contains(t, a.text, "die Ihnen die Person sagt")
	w.get(presencePage + "?lang=it")
	w.clock.Advance(time.Minute)
	a = w.post(presencePage, presencePage+"/resend", "id", id)
	assert.Equal(t, http.StatusOK, a.StatusCode, a.text)
	a = w.post(presencePage, presencePage+"/code", "id", id, "code", "000000")
	assert.Equal(t, http.StatusUnprocessableEntity, a.StatusCode)
	assert.False(t, w.makes())
	a = w.post(presencePage, presencePage+"/code", "id", "x", "code", w.code())
	assert.Contains(t, a.body, `href="/area/qr/present"`, "a way back that is open")
	a = w.post(presencePage, presencePage+"/code", "id", id, "code", w.code())
	assert.Equal(t, "/area/qr", a.Header.Get("Location"))
	assert.True(t, w.makes())
	w.clock.Advance(16 * time.Minute)
	assert.False(t, w.makes(), "the person has left")
	w.login("mario")
	assert.Contains(t, w.get("/area/accesses").text, "presenza allo sportello provata con un codice")
	assert.Equal(t, "/area/qr", w.get(presencePage).Header.Get("Location"), "only at a counter")
	w.confirm()
	assert.Equal(t, http.StatusOK, w.get("/area/qr").StatusCode)
}

// Without a sender nothing can be sent, told or sent again.
func TestPresenceWithoutSender(t *testing.T) {
	w := newWorld(t, func(p *citizen.Pages) { p.Codes, p.Presence = nil, nil })
	w.atCounter(true)
	assert.Contains(t, w.get(presencePage).body, `name="cf"`)
	for _, path := range []string{"/code", "/code?lang=de", "/resend"} {
		a := w.post(presencePage, presencePage+path, "id", "x", "code", "123456")
		assert.Equal(t, http.StatusGone, a.StatusCode, path)
	}
	assert.False(t, w.makes())
}

// Where no code can be sent, the operator declares it; the person is told and sees it.
func TestPresenceDeclared(t *testing.T) {
	w := newWorld(t)
	w.atCounter(false)
	cf := w.people["mario"].CF.Reveal()
	for _, test := range []struct{ cf, declared, says, field string }{
		{"", "yes", "Scriva il codice fiscale.", "cf"},
		{w.people["luca"].CF.Reveal(), "yes", "Non è il codice fiscale di questa persona.", "cf"},
		{cf, "", "Senza questa dichiarazione", "declared"},
	} {
		a := w.post(presencePage, presencePage, "cf", test.cf, "declared", test.declared)
		assert.Equal(t, http.StatusUnprocessableEntity, a.StatusCode, test.says)
		wellFormed(t, test.says, a.body)
		assert.Contains(t, a.text, test.says)
		assert.Contains(t, a.body, `<a href="#`+test.field+`">`)
		assert.False(t, w.makes(), test.says)
	}
	assert.Empty(t, w.letters.kept)
	a := w.post(presencePage, presencePage, "cf", cf, "declared", "yes")
	assert.Equal(t, "/area/qr", a.Header.Get("Location"), a.text)
	assert.True(t, w.makes())
	letter := w.letters.last()
	assert.Equal(t, w.people["mario"].Email, letter.To)
	assert.Contains(t, letter.Text, "uno sportello ha dichiarato che lei era lì")
	w.login("mario")
	assert.Contains(t, w.get("/area/accesses").text, "presenza allo sportello dichiarata dall'operatore")
}
