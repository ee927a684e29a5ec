package citizen_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/registry"
	"github.com/qr-invalidita/attesta/examples/issuer/internal/citizen"
	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

// held is what the registry holds about a person that these pages can change.
type held struct {
	contacts []string
	cut      time.Time
	acts     int
}

func (w *world) held(person codicefiscale.Code) held {
	w.t.Helper()
	p, err := w.Registry.Person(w.t.Context(), person)
	require.NoError(w.t, err)
	acts, err := w.Registry.Acts(w.t.Context(), person)
	require.NoError(w.t, err)
	h := held{[]string{p.Contacts.Email, string(p.Contacts.Language), p.Contacts.Verified.String()},
		p.VoidBefore, len(acts)}
	for _, phone := range p.Contacts.Phones {
		h.contacts = append(h.contacts, phone.Number.Reveal())
	}
	return h
}

// Nothing is done whose record cannot be written, and nothing leaves the house.
func TestNothingWithoutATrace(t *testing.T) {
	w := newWorld(t)
	mario := w.login("mario")
	w.confirm()
	w.looked("one", mario.CF, "Museo Civico", "benefit", "detail")
	per, id := w.per(contactsPage), w.ask(newNumber)
	require.Equal(t, http.StatusOK, w.post(contactsPage, contactsPage+"/email", "email",
		"a@b.example").StatusCode)
	letter := letterCode.FindString(w.letters.last().Text)
	require.NotEmpty(t, letter)
	before, letters := w.held(mario.CF), len(w.letters.kept)

	w.who.Name = "Mario\nRossi" // no name that the record takes
	for path, fields := range map[string][]string{
		"/area/qr":                     {"format", "pdf"},
		"/area/qr?mail":                {"delivery", "mail"},
		"/area/qr/lost":                nil,
		"/area/accesses/proof":         {"id", "one"},
		contactsPage + "/confirm":      nil,
		contactsPage + "/language":     {"language", "de"},
		contactsPage + "/phone/code":   {"id", id, "number", newNumber, "code", w.code()},
		contactsPage + "/phone/remove": {"answer", "yes"},
		contactsPage + "/email/code":   {"email", "a@b.example", "code", letter},
		contactsPage + "/email/remove": {"answer", "yes"},
	} {
		a := w.send(path, append([]string{"for", per}, fields...)...)
		assert.Equal(t, http.StatusServiceUnavailable, a.StatusCode, path)
		assert.Contains(t, a.Header.Get("Content-Type"), "text/html", path)
		assert.Empty(t, a.Header.Get("Content-Disposition"), path)
	}
	assert.Equal(t, before, w.held(mario.CF))
	assert.Len(t, w.letters.kept, letters)

	luca := w.login("luca")
	own := w.per("/area/acting")
	ref := w.refOf("Giulia Bianchi")
	w.who.Name = "Luca\nBianchi"
	assert.Equal(t, http.StatusServiceUnavailable, w.send("/area/acting", "for", own, "person",
		ref).StatusCode)
	w.login("luca")
	assert.NotContains(t, w.get("/area").text, "Sta agendo", "the choice was not kept")
	acts, err := w.Registry.Acts(t.Context(), luca.CF)
	require.NoError(t, err)
	assert.Empty(t, acts)
}

// A code that was sent for one person proves nothing for another, nor for the person for whom somebody acts.
func TestAnothersCode(t *testing.T) {
	w := newWorld(t)
	w.login("luca")
	id := w.ask(newNumber)
	code := w.code()
	prove := func(path string) int {
		return w.post(contactsPage, contactsPage+path, "id", id, "number", newNumber, "code", code).StatusCode
	}
	w.clock.Advance(3 * time.Minute) // so that only the person stands against sending it again
	for name, become := range map[string]func(){
		"another person": func() { w.login("mario") },
		"a ward":         func() { w.login("luca"); w.actFor("Giulia Bianchi") },
	} {
		become()
		sent := len(w.phone.Messages())
		for _, path := range []string{"/phone/code", "/phone/resend"} {
			assert.Equal(t, http.StatusGone, prove(path), name)
		}
		assert.Len(t, w.phone.Messages(), sent, name)
	}
	for _, person := range []codicefiscale.Code{w.people["mario"].CF, w.people["giulia"].CF} {
		number, _ := w.number(person)
		assert.NotEqual(t, newE164, number)
	}
	assert.NotContains(t, w.log.String(), "page failed", "a refusal is no fault")
	// The code of a letter is the person's, too.
	w.login("luca")
	w.actFor("Giulia Bianchi")
	require.Equal(t, http.StatusOK, w.post(contactsPage, contactsPage+"/email", "email",
		"a@b.example").StatusCode) // for Giulia
	letter := letterCode.FindString(w.letters.last().Text)
	w.actFor("Anna Neri")
	assert.Equal(t, http.StatusUnprocessableEntity, w.post(contactsPage, contactsPage+"/email/code", "email",
		"a@b.example", "code", letter).StatusCode)
}

// A form of one ward is refused while the session is about another, or about oneself.
func TestFormOfAnotherWard(t *testing.T) {
	w := newWorld(t)
	luca := w.login("luca")
	w.actFor("Giulia Bianchi")
	giulia := w.per(contactsPage)
	w.actFor("Anna Neri")
	anna := w.per(contactsPage)
	require.NotEqual(t, giulia, anna)
	before := map[string]held{}
	for _, id := range []string{"giulia", "anna"} {
		before[id] = w.held(w.people[id].CF)
	}
	refuse := func(per string) {
		t.Helper()
		for _, path := range []string{"/area/qr/lost", "/area/qr", "/area/accesses/proof",
			contactsPage + "/confirm", contactsPage + "/phone/remove", contactsPage + "/email/remove",
			contactsPage + "/language", "/area/acting"} {
			assert.Equal(t, http.StatusConflict, w.send(path, "for", per).StatusCode, path)
		}
	}
	refuse(giulia)
	refuse("")
	w.actFor("Per me")
	refuse(anna)
	for id, was := range before {
		assert.Equal(t, was, w.held(w.people[id].CF), id)
	}
	cut, err := w.Registry.VoidBefore(t.Context(), luca.CF)
	require.NoError(t, err)
	assert.True(t, cut.IsZero())
}

// A replaced code has nothing here: the login must say the present one.
func TestReplacedCode(t *testing.T) {
	w := newWorld(t)
	mario := w.login("mario")
	w.confirm()
	per := w.per(contactsPage)
	to, err := codicefiscale.Parse("RSSMRA80A01H50MM")
	require.NoError(t, err)
	require.NoError(t, w.Registry.ChangeCode(t.Context(), mario.CF, to))
	for _, path := range []string{"/area", "/area/qr"} {
		assert.Contains(t, w.get(path).text, "Questo non è un no", path)
	}
	for _, path := range []string{"/area/qr/lost", contactsPage + "/phone/remove",
		contactsPage + "/email/remove", contactsPage + "/language"} {
		a := w.send(path, "for", per, "answer", "yes")
		assert.Equal(t, http.StatusNotFound, a.StatusCode, path)
		wellFormed(t, path, a.body)
	}
	assert.Equal(t, contactsPage, w.send(contactsPage+"/confirm", "for", per).Header.Get("Location"))
	w.who.Person = to
	assert.Contains(t, w.get("/area").text, "C'è un riconoscimento in vigore")
	number, _ := w.number(to)
	assert.Equal(t, mario.Phone, number)
}

// Of two numbers the first is replaced or removed, and the other stays.
func TestTheOtherNumberStays(t *testing.T) {
	w := newWorld(t)
	mario := w.login("mario")
	phone := func(s string) otp.Phone { return must(otp.ParsePhone(s)) }
	const landline = "+39069876543"
	set := func(numbers ...registry.Phone) {
		require.NoError(t, w.Registry.SetContacts(t.Context(), mario.CF, registry.Contacts{Phones: numbers,
			Email: mario.Email, Verified: w.clock.Now()}))
	}
	numbers := func() []string { return w.held(mario.CF).contacts[3:] }
	set(registry.Phone{Channel: otp.SMS, Number: phone(mario.Phone)},
		registry.Phone{Channel: otp.Voice, Number: phone(landline)})
	id := w.ask(newNumber)
	require.Equal(t, http.StatusOK, w.post(contactsPage, contactsPage+"/phone/code", "id", id, "number",
		newNumber, "code", w.code()).StatusCode)
	assert.Equal(t, []string{newE164, landline}, numbers())
	assert.Contains(t, w.get(contactsPage).text, "••43")
	for _, want := range [][]string{{landline}, {}, {}} {
		require.Equal(t, http.StatusSeeOther, w.remove("phone").StatusCode)
		assert.Equal(t, want, numbers())
	}
	w.clock.Advance(time.Hour)
	w.login("mario")
	id = w.ask(newNumber)
	require.Equal(t, http.StatusOK, w.post(contactsPage, contactsPage+"/phone/code", "id", id, "number",
		newNumber, "code", w.code()).StatusCode)
	assert.Equal(t, []string{newE164}, numbers(), "the first number")
	assert.Equal(t, mario.Email, w.held(mario.CF).contacts[0])
}

// Somebody whom the registry does not know has nothing to confirm.
func TestConfirmNothing(t *testing.T) {
	w := newWorld(t)
	emma := w.login("emma")
	a := w.post("/area/qr/lost", contactsPage+"/confirm")
	assert.Equal(t, contactsPage, a.Header.Get("Location"))
	acts, err := w.Registry.Acts(t.Context(), emma.CF)
	require.NoError(t, err)
	assert.Empty(t, acts)
}

// What confirms the contacts is one of three acts; any other leaves the question open.
func TestOtherActsConfirmNothing(t *testing.T) {
	w := newWorld(t)
	w.login("mario")
	for _, path := range []string{contactsPage + "/language", contactsPage + "/email/remove",
		"/area/qr/lost"} {
		require.Equal(t, http.StatusSeeOther, w.post(contactsPage, path, "answer", "yes").StatusCode)
		assert.Equal(t, contactsPage+"?qr", w.get("/area/qr").Header.Get("Location"), path)
	}
	assert.NotContains(t, w.get(contactsPage).text, "Prima di scaricare il QR", "not on the way to the QR")
	w.confirm()
	assert.NotContains(t, w.get(contactsPage+"?qr").text, "Prima di scaricare il QR", "it is done")
}

// An act that this release does not know is shown, in general words.
func TestActOfAnotherPart(t *testing.T) {
	w := newWorld(t)
	mario := w.login("mario")
	require.NoError(t, w.Registry.TraceAct(t.Context(), registry.Act{At: w.clock.Now(), Guardian: mario.CF,
		Name: "Mario Rossi", Ward: mario.CF, What: "something_new"}))
	w.confirm()
	text := w.get("/area/accesses").text
	other, _ := citizen.Texts().Say("it", "area.act.other")
	assert.Contains(t, text, other)
	assert.NotContains(t, text, "something_new")
	assert.NotContains(t, text, "per conto della persona", "the person did it")
}
