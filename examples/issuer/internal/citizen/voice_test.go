package citizen_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/issuer/internal/citizen"
	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/otp/otptest"
)

// A landline is proven by a call, which says that the code is for the page, and gets its codes by calls; a
// foreign mobile number is taken where the body sends to its country.
func TestLandlineAndForeignNumber(t *testing.T) {
	w := newWorld(t)
	config := otptest.Config(w.phone, w.clock)
	config.Policy.Channels = []otp.Channel{otp.SMS, otp.Voice, otp.List}
	config.Policy.Prefixes = []string{"+39", "+43"}
	w.Codes, w.Prefixes = must(citizen.NewCodes(config)), config.Policy.Prefixes
	mario := w.login("mario")
	page := w.get(contactsPage)
	wellFormed(t, "contacts", page.body)
	assert.Contains(t, page.text, "Un fisso serve solo quando chi controlla è a casa sua.")
	assert.Contains(t, page.text, "+39, +43")

	a := w.post(contactsPage, contactsPage+"/phone", "number", "06 5905 5085")
	require.Equal(t, http.StatusOK, a.StatusCode, a.text)
	assert.Contains(t, a.text, "Risponda e prema un tasto")
	call := w.phone.Last()
	assert.Equal(t, otp.Voice, call.Channel)
	assert.True(t, call.Private, "a voice must not speak of an operator")
	a = w.prove("06 5905 5085", idField.FindStringSubmatch(a.body)[1])
	require.Equal(t, http.StatusOK, a.StatusCode, a.text)
	w.clock.Advance(25 * time.Hour)
	contacts, err := w.Registry.Contacts(t.Context(), mario.CF)
	require.NoError(t, err)
	assert.Equal(t, []string{"voice", "+390659055085"},
		[]string{string(contacts[0].Channel), contacts[0].Phone.Reveal()})
	assert.Contains(t, w.get(contactsPage).text, "prema un tasto per sentirlo")

	w.login("mario")
	w.change("+43 664 1234567")
	w.clock.Advance(25 * time.Hour)
	kept, _ := w.number(mario.CF)
	assert.Equal(t, "+436641234567", kept)
}

// Removing is asked for once more, says what it did, and what was typed before a fresh login is in the form
// after it.
func TestContactsSayWhatTheyDid(t *testing.T) {
	w := newWorld(t)
	mario := w.login("mario")
	for what, question := range map[string]string{"phone": "Togliere il numero?",
		"email": "Togliere l'indirizzo?"} {
		a := w.post(contactsPage, contactsPage+"/"+what+"/remove")
		assert.Contains(t, a.text, question)
		wellFormed(t, what, a.body)
	}
	kept, _ := w.number(mario.CF)
	assert.Equal(t, mario.Phone, kept, "only asked")
	for path, want := range map[string]string{"/phone/remove": "Numero tolto.",
		"/email/remove": "Indirizzo tolto.", "/language": "Lingua salvata"} {
		done := w.post(contactsPage, contactsPage+path, "answer", "yes", "language", "de")
		a := w.get(done.Header.Get("Location"))
		assert.Contains(t, a.text, want)
		wellFormed(t, path, a.body)
	}
	assert.NotContains(t, w.get(contactsPage+"?done=x").text, "contacts.done")

	w.clock.Advance(20 * time.Minute)
	w.post(contactsPage, contactsPage+"/phone", "number", newNumber)
	w.login("mario")
	assert.Contains(t, w.get(contactsPage).body, `value="`+newNumber+`"`)
	assert.NotContains(t, w.get(contactsPage).body, `value="`+newNumber+`"`, "once")
}
