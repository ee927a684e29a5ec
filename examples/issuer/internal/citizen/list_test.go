package citizen_test

import (
	"net/http"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/registry"
	"github.com/qr-invalidita/attesta/otp"
)

const listPage = contactsPage + "/list"

// lists returns the person's lists.
func (w *world) lists() []registry.List {
	w.t.Helper()
	list, err := w.Registry.Lists(w.t.Context(), w.who.Person)
	require.NoError(w.t, err)
	return list
}

// firstCode returns the ID of the challenge for a first code, and the row.
func (w *world) firstCode() (id, row string) {
	w.t.Helper()
	a := w.post(listPage, listPage+"/code")
	require.Equal(w.t, http.StatusOK, a.StatusCode, a.text)
	wellFormed(w.t, "first code", a.body)
	return idField.FindStringSubmatch(a.body)[1],
		regexp.MustCompile(`big-number">(\d+)<`).FindStringSubmatch(a.body)[1]
}

// A person without a phone makes a list, prints it, and activates it by a code of its own; each step is told
// to the contacts and recorded.
func TestPrintedList(t *testing.T) {
	w := newWorld(t)
	mario := w.login("mario")
	page := w.get(listPage)
	wellFormed(t, "no list", page.body)
	a := w.post(listPage, listPage)
	require.Equal(t, listPage, a.Header.Get("Location"))
	assert.Equal(t, mario.Phone, w.phone.Last().To.Reveal())
	assert.Contains(t, w.phone.Last().Text.Reveal(), "ENTE: un elenco di codici è stato preparato il ")
	l := w.lists()[0]
	assert.False(t, l.Active)
	page = w.get(listPage)
	wellFormed(t, "waiting", page.body)
	assert.Contains(t, page.text, "Elenco "+l.Codes.ID+": da attivare")
	a = w.post(listPage, listPage+"/file")
	assert.Equal(t, "application/pdf", a.Header.Get("Content-Type"))
	assert.Contains(t, a.Header.Get("Content-Disposition"), "codes-"+l.Codes.ID+".pdf")
	assert.Contains(t, a.body[:8], "%PDF-1.7")

	id, row := w.firstCode()
	assert.Equal(t, "1", row)
	other, _ := l.Codes.Code(1, otp.ExtentEverything)
	a = w.post(listPage, listPage+"/code", "id", id, "code", other.Reveal())
	assert.Equal(t, http.StatusUnprocessableEntity, a.StatusCode)
	assert.Contains(t, a.text, "<title>Da correggere:")
	assert.Contains(t, a.text, `<a href="#code">`)
	assert.Contains(t, a.text, "Controlli elenco, riga e colonna")
	assert.Contains(t, a.text, "Tentativi rimasti: 4.")
	wellFormed(t, "wrong code", a.body)
	assert.False(t, w.lists()[0].Active)
	a = w.post(listPage, listPage+"/code?lang=de", "id", id, "code", "1234")
	assert.Contains(t, a.body, `value="1234"`, "another language keeps what was typed")
	w.get(listPage + "?lang=it")
	code, _ := l.Codes.Code(1, otp.ExtentYesNo)
	a = w.post(listPage, listPage+"/code", "id", id, "code", code.Reveal())
	assert.Contains(t, a.text, "Elenco attivato")
	assert.Contains(t, a.text, "Righe usate: 1 di 40. La prossima è la 2.")
	wellFormed(t, "active", a.body)
	assert.True(t, w.lists()[0].Active)
	assert.Contains(t, w.phone.Last().Text.Reveal(), "attivato")

	assert.Equal(t, listPage, w.post(listPage, listPage+"/file").Header.Get("Location"),
		"an active list is not printed again")
	a = w.post(listPage, listPage+"/remove")
	wellFormed(t, "sure", a.body)
	assert.Contains(t, a.text, "da subito e per sempre")
	assert.Len(t, w.lists(), 1, "not yet")
	a = w.post(listPage, listPage+"/remove", "answer", "yes")
	assert.Contains(t, a.text, "Elenchi annullati")
	assert.Empty(t, w.lists())

	require.NoError(t, w.TellListUse(t.Context(), mario.CF, w.clock.Now()))
	assert.Contains(t, w.phone.Last().Text.Reveal(), "un codice dell'elenco è stato usato il")
	assert.Contains(t, w.letters.last().Text, "un codice dell'elenco è stato usato il")
	acts := w.get("/area/accesses?kind=security").text
	for _, act := range []string{"elenco di codici preparato", "elenco di codici attivato",
		"elenchi di codici annullati"} {
		assert.Contains(t, acts, act)
	}
}

// A session that is not fresh makes, prints, activates and voids nothing.
func TestPrintedListNeedsAFreshLogin(t *testing.T) {
	w := newWorld(t)
	w.login("mario")
	w.post(listPage, listPage)
	before := w.lists()[0].Codes.ID
	sent := len(w.phone.Messages())
	w.clock.Advance(20 * time.Minute)
	for path, fields := range map[string][]string{"": nil, "/file": nil, "/code": nil,
		"/remove": {"answer", "yes"}} {
		a := w.post(contactsPage, listPage+path, fields...)
		assert.Contains(t, a.text, "again=1&via=spid&return=%2Farea%2Fcontacts%2Flist", path)
		assert.NotContains(t, a.body, "%PDF", path)
		wellFormed(t, path, a.body)
	}
	assert.Equal(t, before, w.lists()[0].Codes.ID)
	assert.Len(t, w.phone.Messages(), sent)

	w.Again = nil
	a := w.post(contactsPage, listPage)
	assert.Contains(t, a.text, "può prepararlo solo l'ente")
	assert.NotContains(t, a.body, "again=1")
}
