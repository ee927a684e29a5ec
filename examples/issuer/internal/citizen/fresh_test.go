package citizen_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/issuer/internal/citizen"
	"github.com/qr-invalidita/attesta/examples/issuer/internal/mail"
	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/otp/sms/gsm7"
	"github.com/qr-invalidita/attesta/verifier/page/web"
)

// prove types the code of the new number.
func (w *world) prove(number, id string) answer {
	w.t.Helper()
	return w.post(contactsPage, contactsPage+"/phone/code", "id", id, "number", number, "code", w.code())
}

// change puts a new number in the place of the first.
func (w *world) change(number string) answer {
	w.t.Helper()
	a := w.prove(number, w.ask(number))
	require.Equal(w.t, http.StatusOK, a.StatusCode, a.text)
	return a
}

// vouch types a code of the number on record.
func (w *world) vouch() {
	w.t.Helper()
	a := w.post(contactsPage, contactsPage+"/known")
	require.Equal(w.t, http.StatusOK, a.StatusCode, a.text)
	wellFormed(w.t, "known", a.body)
	a = w.post(contactsPage, contactsPage+"/known/code", "id", idField.FindStringSubmatch(a.body)[1],
		"code", w.code())
	require.Equal(w.t, contactsPage, a.Header.Get("Location"), a.text)
}

// Somebody with a stolen session, hours after the login, changed the number to which consents go.
func TestStolenSessionChangesNoContact(t *testing.T) {
	w := newWorld(t)
	mario := w.login("mario")
	w.clock.Advance(20 * time.Minute)
	for path, fields := range map[string][]string{
		"/phone": {"number", newNumber}, "/phone/code": {"number", newNumber, "id", "x", "code", "123456"},
		"/phone/resend": {"number", newNumber, "id", "x"}, "/phone/remove": {"answer", "yes"},
		"/email": {"email", "a@b.example"}, "/email/code": {"email", "a@b.example", "code", "x"},
		"/email/remove": {"answer", "yes"},
	} {
		a := w.post(contactsPage, contactsPage+path, fields...)
		assert.Equal(t, http.StatusForbidden, a.StatusCode, path)
		assert.Contains(t, a.text, "/auth/login?again=1&via=spid&return=%2Farea%2Fcontacts", path)
		wellFormed(t, path, a.body)
	}
	assert.Empty(t, w.phone.Messages())
	assert.Empty(t, w.letters.kept)
	kept, _ := w.number(mario.CF)
	assert.Equal(t, mario.Phone, kept)
	a := w.get(contactsPage)
	wellFormed(t, "contacts", a.body)
	assert.NotContains(t, a.body, `name="number"`)
	assert.NotContains(t, a.body, `name="email"`)
	assert.Contains(t, a.text, "Accedi di nuovo")

	w.login("mario")
	assert.Contains(t, w.get(contactsPage).body, `name="number"`)
}

// A number that takes another's place waits, unless a code of the other one was typed; the person, the
// operator and the contacts from before hear of it.
func TestReplacedNumberWaits(t *testing.T) {
	w := newWorld(t)
	mario := w.login("mario")
	person, err := w.Registry.Person(t.Context(), mario.CF)
	require.NoError(t, err)
	a := w.change(newNumber)
	from := w.clock.Now().Add(24 * time.Hour).Truncate(time.Second)
	assert.Contains(t, a.text, "riceve i codici dal "+from.In(w.Site.Zone()).Format("02/01/2006 15:04"))
	kept, _ := w.number(mario.CF)
	assert.Empty(t, kept, "neither the new one nor the old one")
	at, err := w.Registry.UsableFrom(t.Context(), mario.CF)
	require.NoError(t, err)
	assert.True(t, from.Equal(at))
	page := w.get(contactsPage)
	wellFormed(t, "waits", page.body)
	assert.Contains(t, page.text, "Questo numero riceve i codici dal")
	assert.NotContains(t, page.body, "/area/contacts/known", "who put it there cannot vouch for the next")

	notice := w.phone.Last()
	assert.Equal(t, mario.Phone, notice.To.Reveal())
	assert.Contains(t, notice.Text.Reveal(), "ENTE: il numero per i codici è stato cambiato il ")
	letter := w.letters.last()
	assert.Equal(t, person.Contacts.Email, letter.To)
	assert.Equal(t, "I suoi recapiti sono stati cambiati", letter.Subject)

	w.change("351 000 0198")
	at, err = w.Registry.UsableFrom(t.Context(), mario.CF)
	require.NoError(t, err)
	assert.False(t, at.Before(from), "a chain of changes shortens nothing")
	w.clock.Advance(24 * time.Hour)
	kept, _ = w.number(mario.CF)
	assert.Equal(t, "+393510000198", kept)

	w.login("mario")
	w.vouch()
	a = w.change("351 000 0197")
	assert.Contains(t, a.text, "Da ora i codici arrivano")
	kept, _ = w.number(mario.CF)
	assert.Equal(t, "+393510000197", kept)
}

func TestRemovalCountsAsReplacement(t *testing.T) {
	w := newWorld(t)
	mario := w.login("mario")
	remove := func() {
		assert.Equal(t, http.StatusSeeOther, w.remove("phone").StatusCode)
	}
	remove()
	assert.Contains(t, w.phone.Last().Text.Reveal(), "è stato tolto il")
	w.change(newNumber)
	kept, _ := w.number(mario.CF)
	assert.Empty(t, kept)
	remove()
	w.change(newNumber)
	kept, _ = w.number(mario.CF)
	assert.Empty(t, kept, "removing it again ends no wait")

	w.clock.Advance(24 * time.Hour)
	w.login("mario")
	w.vouch()
	remove()
	w.change("351 000 0198")
	kept, _ = w.number(mario.CF)
	assert.Equal(t, "+393510000198", kept, "the old one agreed")
}

func TestFirstNumberIsUsableAtOnce(t *testing.T) {
	w := newWorld(t)
	mario := w.login("mario")
	person, err := w.Registry.Person(t.Context(), mario.CF)
	require.NoError(t, err)
	person.Contacts.Phones = nil
	require.NoError(t, w.Registry.SetContacts(t.Context(), mario.CF, person.Contacts))
	w.change(newNumber)
	kept, _ := w.number(mario.CF)
	assert.Equal(t, newE164, kept)
}

// Without auth_time there is no fresh login: a code of the old number, or 72 hours.
func TestProviderWithoutAuthTime(t *testing.T) {
	w := newWorld(t, func(p *citizen.Pages) { p.Again = nil })
	mario := w.login("mario")
	w.who.Proved = time.Time{}
	for _, path := range []string{"/phone/remove", "/email", "/email/code", "/email/remove"} {
		a := w.post(contactsPage, contactsPage+path, "email", "a@b.example")
		assert.Equal(t, http.StatusForbidden, a.StatusCode, path)
		assert.Contains(t, a.text, "scriva prima il codice che mandiamo al numero attuale", path)
	}
	page := w.get(contactsPage)
	wellFormed(t, "unproved", page.body)
	assert.Contains(t, page.text, "72 ore")
	w.change(newNumber)
	w.clock.Advance(72*time.Hour - time.Second)
	kept, _ := w.number(mario.CF)
	assert.Empty(t, kept)
	w.clock.Advance(time.Second)
	kept, _ = w.number(mario.CF)
	assert.Equal(t, newE164, kept)

	w.vouch()
	wellFormed(t, "vouched", w.get(contactsPage).body)
	w.change("351 000 0198")
	kept, _ = w.number(mario.CF)
	assert.Equal(t, "+393510000198", kept)
	w.vouch()
	assert.Equal(t, http.StatusSeeOther, w.remove("email").StatusCode)
	w.clock.Advance(16 * time.Minute)
	assert.Equal(t, http.StatusForbidden, w.remove("phone").StatusCode)
}

// A code that proves a new number does not vouch as one of the old number.
func TestCodeOfNewNumberDoesNotVouch(t *testing.T) {
	w := newWorld(t)
	w.login("mario")
	id := w.ask(newNumber)
	a := w.post(contactsPage, contactsPage+"/known/code", "id", id, "code", w.code())
	assert.Equal(t, http.StatusUnprocessableEntity, a.StatusCode)
	wellFormed(t, "known", a.body)
}

// If no old contact may have heard of it, nothing changes; if they are dead, it does.
func TestNoticeThatCannotBeSent(t *testing.T) {
	noAnswer := errors.New("no answer")
	for name, test := range map[string]struct {
		phone   otp.ErrorClass
		letter  error
		changed bool
	}{
		"neither answers":        {otp.ClassUnavailable, noAnswer, false},
		"one too many":           {otp.ClassThrottled, noAnswer, false},
		"dead, and no answer":    {otp.ClassInvalidRecipient, noAnswer, false},
		"dead, and refused":      {otp.ClassInvalidRecipient, mail.ErrRefused, true},
		"no answer, but mail":    {otp.ClassUnavailable, nil, true},
		"perhaps, and no answer": {otp.ClassAmbiguous, noAnswer, false},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			mario := w.login("mario")
			w.phone.Fail = []error{nil, &otp.SendError{Class: test.phone, Provider: "recorder"}}
			w.letters.err = test.letter
			a := w.prove(newNumber, w.ask(newNumber))
			person, err := w.Registry.Person(t.Context(), mario.CF)
			require.NoError(t, err)
			assert.Equal(t, test.changed, person.Contacts.Phones[0].Number.Reveal() == newE164)
			assert.Equal(t, test.changed, a.StatusCode == http.StatusOK)
		})
	}
}

// Each notice fits one message with the longest name of a body, and says nothing about health.
func TestNoticeTexts(t *testing.T) {
	w := newWorld(t)
	name := strings.Repeat("M", 30)
	for _, lang := range web.Languages() {
		for _, act := range []string{"phone_changed", "phone_removed", "email_changed", "email_removed"} {
			text := gsm7.Transliterate(w.Site.Text(lang, "contacts.notice."+act, name, "29/11/2026 10:05"))
			units, ok := gsm7.Units(text)
			assert.True(t, ok, text)
			assert.LessOrEqual(t, units, 160, text)
			for _, word := range []string{"QR", "invalid", "disab", "Behinder", "handicap", "104", "salute"} {
				assert.NotContains(t, text, word)
			}
		}
	}
}
