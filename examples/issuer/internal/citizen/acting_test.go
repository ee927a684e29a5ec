package citizen_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/note"

	"github.com/qr-invalidita/attesta/examples/internal/registry"
	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/verifier/accesslog"
	"github.com/qr-invalidita/attesta/verifier/accesslog/proof"
	"github.com/qr-invalidita/attesta/verifier/service"
)

// actFor chooses to act for the person with that name, or for oneself.
func (w *world) actFor(name string) {
	w.t.Helper()
	a := w.post("/area/acting", "/area/acting", "person", w.refOf(name))
	require.Equal(w.t, http.StatusSeeOther, a.StatusCode)
	require.Equal(w.t, "/area", a.Header.Get("Location"))
}

// refOf returns the value of the choice with that name.
func (w *world) refOf(name string) string {
	w.t.Helper()
	pattern := regexp.MustCompile(`name="person" id="person-\d+" value="([^"]+)"[^>]*>\s*<label[^>]*>` + name)
	m := pattern.FindStringSubmatch(w.get("/area/acting").body)
	require.NotNil(w.t, m, name)
	return m[1]
}

func TestActing(t *testing.T) {
	w := newWorld(t)
	w.login("luca")
	giulia := w.people["giulia"]
	own := w.per("/area/contacts")
	w.actFor("Giulia Bianchi")
	for _, path := range area() {
		a := w.get(path)
		for a.StatusCode == http.StatusSeeOther {
			a = w.get(a.Header.Get("Location"))
		}
		assert.Contains(t, a.text, "Sta agendo per Giulia Bianchi.", path)
	}
	assert.Contains(t, w.get("/area").text, "Invalido civile minore di anni 18")
	assert.Equal(t, http.StatusConflict, w.send("/area/qr/lost", "for", own).StatusCode,
		"a page from before the choice")
	w.confirm()
	a := w.post("/area/qr", "/area/qr", "format", "pdf")
	require.Equal(t, http.StatusOK, a.StatusCode)
	w.verify([]byte(a.body), giulia.CF)
	w.post("/area/qr/lost", "/area/qr/lost")
	w.looked("ward", giulia.CF, "ASL", "other", "detail")
	w.looked("own", w.people["luca"].CF, "Comune", "other", "detail")
	assert.Contains(t, w.get("/area/accesses").text, "ASL")
	assert.Equal(t, http.StatusOK, w.post("/area/accesses", "/area/accesses/proof", "id", "ward").StatusCode)
	assert.Equal(t, http.StatusNotFound, w.post("/area/accesses", "/area/accesses/proof", "id",
		"own").StatusCode)

	acts, err := w.Registry.Acts(t.Context(), giulia.CF)
	require.NoError(t, err)
	var what []string
	for _, act := range acts {
		what = append(what, act.What)
		assert.Equal(t, w.people["luca"].CF, act.Guardian)
		assert.Equal(t, "Luca Bianchi", act.Name)
		assert.Equal(t, registry.Minor, act.Kind)
	}
	assert.Equal(t, []string{"proof", "void", "download", "contacts_confirmed", "began"}, what)
	assert.Contains(t, w.get("/area/contacts").text, "da Luca Bianchi")
	w.actFor("Per me")
	own = w.get("/area").text
	assert.NotContains(t, own, "Sta agendo")
	assert.Contains(t, own, "Giulia Bianchi")
	assert.NotContains(t, own, "Per me", "one acts for oneself already")

	w.login("giulia")
	body := w.get("/area/accesses").text
	for _, want := range []string{"area aperta", "QR scaricato", "fogli annullati",
		"Luca Bianchi, per conto della persona"} {
		assert.Contains(t, body, want, "the ward sees what was done")
	}
}

func TestActingEnds(t *testing.T) {
	w := newWorld(t)
	w.login("luca")
	w.actFor("Anna Neri")
	assert.Contains(t, w.get("/area/acting").text, "come tutore, curatore o amministratore di sostegno")
	w.actFor("Giulia Bianchi")

	w.login("mario") // in the same browser
	assert.Contains(t, w.get("/area").text, "74 %", "nobody takes over for whom somebody else acted")
	w.login("luca")

	w.clock.Advance(8 * 365 * 24 * time.Hour) // Giulia is 18
	a := w.get("/area")
	assert.Equal(t, http.StatusForbidden, a.StatusCode)
	assert.Contains(t, a.text, "Non può più agire per questa persona")
	a = w.get("/area")
	assert.Equal(t, http.StatusOK, a.StatusCode, "back in the own area")
	assert.NotContains(t, a.text, "Giulia")

	w.actFor("Anna Neri")
	yesterday := status.DateOf(w.clock.Now().AddDate(0, 0, -1))
	require.NoError(t, w.Registry.Delegate(t.Context(),
		registry.Delegation{Guardian: w.people["luca"].CF, Ward: w.people["anna"].CF,
			Kind: registry.Guardianship, Until: yesterday}))
	const per = "0123456789012345678901"
	assert.Equal(t, http.StatusForbidden, w.send("/area/qr/lost", "for", per).StatusCode)
	cut, err := w.Registry.VoidBefore(t.Context(), w.people["anna"].CF)
	require.NoError(t, err)
	assert.True(t, cut.IsZero())
}

// What a guardian does is in the access log before it is done, and not done if it cannot be written there.
func TestGuardiansActsAreInTheLog(t *testing.T) {
	w := newWorld(t)
	w.login("luca")
	page := w.get("/area/acting").body
	m := regexp.MustCompile(`value="([^"]+)"[^>]*>\s*<label[^>]*>Giulia`).FindStringSubmatch(page)
	require.NotNil(t, m)
	act := func() int {
		return w.send("/area/acting", "for", w.per("/area/contacts"), "person", m[1]).StatusCode
	}
	act()
	records, err := w.Accesses.ByPerson(t.Context(), w.people["giulia"].CF)
	require.NoError(t, err)
	require.Len(t, records, 1)
	assert.True(t, strings.HasPrefix(records[0].Challenge, accesslog.GuardianPrefix))
	who, err := w.Accesses.Operator(t.Context(), records[0].ID)
	require.NoError(t, err)
	assert.Equal(t, w.people["luca"].CF.Reveal(), who.ID)
	assert.NotContains(t, w.get("/area/accesses").text, records[0].ID)
	acts, err := w.Registry.Acts(t.Context(), w.people["giulia"].CF)
	require.NoError(t, err)
	require.Len(t, acts, 1)

	_, err = w.Accesses.DB.ExecContext(t.Context(), `DROP TABLE access_record`)
	require.NoError(t, err)
	w.login("luca")
	page = w.get("/area/acting").body
	m = regexp.MustCompile(`value="([^"]+)"[^>]*>\s*<label[^>]*>Giulia`).FindStringSubmatch(page)
	require.NotNil(t, m)
	assert.GreaterOrEqual(t, act(), 500)
	acts, err = w.Registry.Acts(t.Context(), w.people["giulia"].CF)
	require.NoError(t, err)
	assert.Len(t, acts, 1)
}

func TestActingRefused(t *testing.T) {
	w := newWorld(t)
	w.login("luca")
	page := w.get("/area/acting").body
	m := regexp.MustCompile(`value="([^"]+)"[^>]*>\s*<label[^>]*>Giulia`).FindStringSubmatch(page)
	require.NotNil(t, m)
	w.login("mario")
	assert.Contains(t, w.get("/area/acting").text, "non c'è nessuno per cui può agire")
	for _, chosen := range []string{m[1], "", w.people["giulia"].CF.Reveal()} {
		a := w.send("/area/acting", "for", w.per("/area/contacts"), "person", chosen)
		assert.Equal(t, http.StatusForbidden, a.StatusCode)
	}
	acts, err := w.Registry.Acts(t.Context(), w.people["giulia"].CF)
	require.NoError(t, err)
	assert.Empty(t, acts)
}

// looked records that Giorgio saw the second level of a person.
func (w *world) looked(id string, person codicefiscale.Code, organisation, purpose, scope string) {
	w.t.Helper()
	require.NoError(w.t, w.Accesses.Append(w.t.Context(), service.Access{
		ID: id, At: w.clock.Now(), Person: person,
		Operator: service.Operator{IdentityProvider: "https://idp.example.it",
			ID: w.people["giorgio"].CF.Reveal()},
		Organisation: organisation, Declared: organisation != "Museo Civico", Purpose: purpose, Scope: scope,
		CaseNumber: "A/7", Evidence: "aid_prescription=yes;war_service_1_8=no", Channel: otp.SMS,
		Challenge: "challenge " + id,
	}))
}

// The area shows and proves accesses under an earlier code of the person, too.
func TestAccessesUnderAnEarlierCode(t *testing.T) {
	w := newWorld(t)
	mario := w.login("mario")
	old, err := codicefiscale.ParseProvisional("12345671510")
	require.NoError(t, err)
	w.looked("old", old, "Museo Civico", "benefit", "detail")
	assert.NotContains(t, w.get("/area/accesses").text, "Museo Civico")
	require.NoError(t, w.Registry.Put(t.Context(), registry.Person{CF: mario.CF, Previous: old}))
	assert.Contains(t, w.get("/area/accesses").text, "Museo Civico")
	assert.Equal(t, http.StatusOK, w.post("/area/accesses", "/area/accesses/proof", "id", "old").StatusCode)
}

func TestAccesses(t *testing.T) {
	w := newWorld(t)
	mario := w.login("mario")
	assert.Contains(t, w.get("/area/accesses").text, "Finora nessuno")
	w.looked("one", mario.CF, "Museo Civico", "benefit", "benefit:museums")
	w.looked("two", mario.CF, "Comune di X", "tax", "domain:law_104")
	w.looked("three", mario.CF, "ASL", "their.own", "detail")
	w.looked("four", w.people["helene"].CF, "ASL", "other", "benefit:unknown")

	a := w.get("/area/accesses")
	wellFormed(t, "accesses", a.body)
	anonymous(t, "accesses", a.body)
	for _, want := range []string{"Museo Civico", "garantito dall'accesso", "solo sì o no per: ",
		"Comune di X", "nessuno lo garantisce",
		"solo il giudizio su: Handicap", "per le tasse", "their.own", "tutti i giudizi", "A/7",
		"Documento visto (come dichiarato)", "Documento mancante",
		"11 novembre 2026, 10:00", w.AccessKey} {
		assert.Contains(t, a.text, want)
	}
	assert.Less(t, strings.Index(a.text, "ASL"), strings.Index(a.text, "Museo Civico"), "the newest first")

	a = w.post("/area/accesses", "/area/accesses/proof", "id", "one")
	require.Equal(t, http.StatusOK, a.StatusCode)
	assert.Equal(t, `attachment; filename="proof.json"`, a.Header.Get("Content-Disposition"))
	key, err := note.NewVerifier(w.AccessKey)
	require.NoError(t, err)
	record, _, err := proof.Verify([]byte(a.body), key)
	require.NoError(t, err)
	assert.Equal(t, "Museo Civico", record.Organisation)
	anonymous(t, "proof", a.body)

	for _, id := range []string{"four", "none", ""} {
		a = w.post("/area/accesses", "/area/accesses/proof", "id", id)
		assert.Equal(t, http.StatusNotFound, a.StatusCode, "not this person's")
		wellFormed(t, "gone", a.body)
	}
}
