package citizen_test

import (
	"errors"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/issuer/internal/citizen"
	"github.com/qr-invalidita/attesta/examples/issuer/internal/mail"
	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/otp/otptest"
	"github.com/qr-invalidita/attesta/otp/sms/gsm7"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/verifier/page/web"
)

const (
	contactsPage = "/area/contacts"
	newNumber    = "351 000 0199"
	newE164      = "+393510000199"
)

var idField = regexp.MustCompile(`name="id" value="([^"]+)"`)

// ask submits the new number and returns the ID of the challenge.
func (w *world) ask(number string) string {
	w.t.Helper()
	a := w.post(contactsPage, contactsPage+"/phone", "number", number)
	require.Equal(w.t, http.StatusOK, a.StatusCode, a.text)
	wellFormed(w.t, "code", a.body)
	m := idField.FindStringSubmatch(a.body)
	require.NotNil(w.t, m)
	return m[1]
}

// remove removes what is named, phone or email, and says that it is sure.
func (w *world) remove(what string) answer {
	w.t.Helper()
	return w.post(contactsPage, contactsPage+"/"+what+"/remove", "answer", "yes")
}

// number returns the number to which the second level would send.
func (w *world) number(person codicefiscale.Code) (string, time.Time) {
	w.t.Helper()
	list, err := w.Registry.Contacts(w.t.Context(), person)
	require.NoError(w.t, err)
	if len(list) == 0 {
		return "", time.Time{}
	}
	return list[0].Phone.Reveal(), list[0].VerifiedAt
}

func TestPhone(t *testing.T) {
	w := newWorld(t)
	mario := w.login("mario")
	w.vouch()
	id := w.ask(newNumber)
	message := w.phone.Last()
	assert.Equal(t, newE164, message.To.Reveal())
	assert.Contains(t, message.Text.Reveal(), "Non lo dica a nessuno")
	number, _ := w.number(mario.CF)
	assert.Equal(t, mario.Phone, number, "nothing changes before the proof")

	a := w.post(contactsPage, contactsPage+"/phone/code", "id", id, "number", newNumber, "code", w.code())
	assert.Equal(t, http.StatusOK, a.StatusCode)
	assert.Contains(t, a.text, "Da ora i codici arrivano al numero +39\u00a0•••\u00a0•••\u00a0••99")
	number, verified := w.number(mario.CF)
	assert.Equal(t, newE164, number)
	assert.Equal(t, w.clock.Now().Truncate(time.Second), verified)
	assert.Equal(t, http.StatusOK, w.get("/area/qr").StatusCode, "to prove it is to confirm it")
	assert.Contains(t, w.get("/area/accesses").text, "numero cambiato")

	a = w.post(contactsPage, contactsPage+"/phone/code", "id", id, "number", newNumber, "code", w.code())
	assert.Equal(t, http.StatusGone, a.StatusCode, "once")
	wellFormed(t, "gone", a.body)

	w.remove("phone")
	number, _ = w.number(mario.CF)
	assert.Empty(t, number)
}

func TestPhoneRefused(t *testing.T) {
	w := newWorld(t)
	mario := w.login("mario")
	for number, want := range map[string]string{
		"":                   "non è un numero di telefono",
		"ciao":               "non è un numero di telefono",
		"12":                 "non è un numero di telefono",
		"+39 312345678":      "non è un numero di telefono",
		"351 000 0199;ext=1": "non è un numero di telefono",
		"06 5905 5085":       "non possiamo mandare un codice",
		"803164":             "non possiamo mandare un codice",
		"+39 33312345678":    "non possiamo mandare un codice",
		"+44 7911 123456":    "con questo prefisso non mandiamo codici",
		"+881 6 1234 5678":   "con questo prefisso non mandiamo codici",
		"+39 06 698 12345":   "non possiamo mandare un codice",
	} {
		a := w.post(contactsPage, contactsPage+"/phone", "number", number)
		assert.Equal(t, http.StatusUnprocessableEntity, a.StatusCode, number)
		assert.Contains(t, a.text, want, number)
		assert.Contains(t, a.text, "<title>Da correggere:", number)
		wellFormed(t, number, a.body)
	}
	assert.Empty(t, w.phone.Messages())
	kept, _ := w.number(mario.CF)
	assert.Equal(t, mario.Phone, kept)
}

func TestCodeRefused(t *testing.T) {
	w := newWorld(t)
	mario := w.login("mario")
	id := w.ask(newNumber)
	wrong := "000000"
	if w.code() == wrong {
		wrong = "000001"
	}
	answer := func(number, code string) answer {
		a := w.post(contactsPage, contactsPage+"/phone/code", "id", id, "number", number, "code", code)
		wellFormed(t, "code", a.body)
		w.clock.Advance(2 * time.Second)
		return a
	}
	a := answer(newNumber, "12")
	assert.Equal(t, http.StatusUnprocessableEntity, a.StatusCode)
	assert.Contains(t, a.text, "Il codice ha sei cifre")
	assert.Contains(t, a.text, "Tentativi rimasti: 5")
	assert.Contains(t, answer(newNumber, wrong).text, "Tentativi rimasti: 4")
	assert.Contains(t, answer("351 000 0198", w.code()).text, "Tentativi rimasti: 3",
		"the code of one number does not prove another")
	for range 3 {
		a = answer(newNumber, wrong)
	}
	assert.Equal(t, http.StatusGone, a.StatusCode)
	assert.Contains(t, a.text, "troppi tentativi")
	assert.Equal(t, http.StatusGone, answer(newNumber, w.code()).StatusCode)
	assert.Equal(t, http.StatusGone, answer("nonsense", w.code()).StatusCode)
	kept, _ := w.number(mario.CF)
	assert.Equal(t, mario.Phone, kept)

	a = w.post(contactsPage, contactsPage+"/phone", "number", newNumber)
	assert.Equal(t, http.StatusUnprocessableEntity, a.StatusCode)
	assert.Contains(t, a.text, "Troppe richieste")
	w.clock.Advance(time.Hour)
	w.login("mario")
	a = w.post(contactsPage, contactsPage+"/phone", "number", newNumber)
	assert.Equal(t, http.StatusOK, a.StatusCode, "a new code after an hour is possible")
}

func TestResend(t *testing.T) {
	w := newWorld(t)
	w.login("mario")
	id, first := w.ask(newNumber), w.code()
	resend := func() answer {
		a := w.post(contactsPage, contactsPage+"/phone/resend", "id", id, "number", newNumber)
		wellFormed(t, "resend", a.body)
		return a
	}
	a := resend()
	assert.Equal(t, http.StatusUnprocessableEntity, a.StatusCode)
	assert.Contains(t, a.text, "Troppe richieste")
	w.clock.Advance(121 * time.Second)
	assert.Equal(t, http.StatusOK, resend().StatusCode)
	assert.Equal(t, first, w.code(), "the same code")
	w.clock.Advance(121 * time.Second)
	assert.Contains(t, resend().text, "Troppe richieste",
		"two messages an hour to a number that is only claimed")
	assert.Len(t, w.phone.Messages(), 2)
	w.clock.Advance(310 * time.Second)
	assert.Contains(t, resend().text, "Non possiamo mandare altri messaggi")
	w.clock.Advance(10 * time.Minute)
	w.login("mario")
	assert.Equal(t, http.StatusGone, resend().StatusCode)
}

// Messages to one number are few, no matter who asks. Without a count none is sent.
func TestPhoneLimit(t *testing.T) {
	w := newWorld(t)
	w.login("mario")
	var a answer
	for range 6 {
		a = w.post(contactsPage, contactsPage+"/phone", "number", newNumber)
		w.clock.Advance(time.Second)
	}
	assert.Equal(t, http.StatusUnprocessableEntity, a.StatusCode)
	assert.Contains(t, a.text, "Troppe richieste")
	wellFormed(t, "limit", a.body)
	sent := len(w.phone.Messages())
	w.login("helene")
	assert.Equal(t, http.StatusUnprocessableEntity,
		w.post(contactsPage, contactsPage+"/phone", "number", newNumber).StatusCode)
	assert.Len(t, w.phone.Messages(), sent)

	w = newWorld(t, func(p *citizen.Pages) {
		c := otptest.Config(new(otptest.Recorder), new(otptest.Clock))
		c.Limiter = failing{}
		p.Codes = must(citizen.NewCodes(c))
	})
	w.login("mario")
	assert.Equal(t, http.StatusServiceUnavailable,
		w.post(contactsPage, contactsPage+"/phone", "number", newNumber).StatusCode)
}

// Each text fits one message in each language, with the longest name of a body.
func TestCodeTexts(t *testing.T) {
	clock, sent := new(otptest.Clock), new(otptest.Recorder)
	c := otptest.Config(sent, clock)
	c.DisplayName = strings.Repeat("M", 30) // as many as the texts of the second level hold
	codes, err := citizen.NewCodes(c)
	require.NoError(t, err)
	phone, err := otp.ParsePhone(newE164)
	require.NoError(t, err)
	for _, lang := range web.Languages() {
		clock.Advance(24 * time.Hour)
		_, err := codes.Start(t.Context(), otp.StartRequest{
			Parties: otp.Parties{Operator: otp.Operator{ID: otp.NewSecret("a")}, Subject: otp.NewSecret("b")},
			Terms:   otp.Terms{Organisation: "area personale", Purpose: "number"}, Locale: lang,
			Contacts: []otp.Contact{{Channel: otp.SMS, Phone: phone}},
		})
		require.NoError(t, err)
		text := sent.Last().Text.Reveal()
		t.Log(len(text), text)
		assert.Equal(t, 1, gsm7.Count(text).Count)
	}
}

var letterCode = regexp.MustCompile(`[A-Z2-9]{4}-[A-Z2-9]{4}-[A-Z2-9]{4}`)

func TestEmail(t *testing.T) {
	w := newWorld(t)
	mario := w.login("mario")
	kept := func() string {
		person, err := w.Registry.Person(t.Context(), mario.CF)
		require.NoError(t, err)
		return person.Contacts.Email
	}
	a := w.post(contactsPage, contactsPage+"/email", "email", "  mario@posta.example ")
	require.Equal(t, http.StatusOK, a.StatusCode)
	wellFormed(t, "letter", a.body)
	letter := w.letters.last()
	assert.Equal(t, "mario@posta.example", letter.To)
	anonymous(t, "letter", letter.Subject+letter.Text)
	code := letterCode.FindString(letter.Text)
	require.NotEmpty(t, code)
	assert.Equal(t, mario.Email, kept())
	assert.NotContains(t, a.body, code)

	prove := func(address, code string) answer {
		a := w.post(contactsPage, contactsPage+"/email/code", "email", address, "code", code)
		wellFormed(t, "letter", a.body)
		return a
	}
	for _, bad := range [][2]string{{"mario@posta.example", "AAAA-AAAA-AAAA"}, {"other@posta.example", code},
		{"mario@posta.example", ""}} {
		a = prove(bad[0], bad[1])
		assert.Equal(t, http.StatusUnprocessableEntity, a.StatusCode)
		assert.Contains(t, a.text, "Il codice non è giusto")
	}
	assert.Equal(t, http.StatusSeeOther, w.post(contactsPage, contactsPage+"/email/code", "email", "x",
		"code", code).StatusCode)
	w.login("helene")
	assert.Equal(t, http.StatusUnprocessableEntity, prove("mario@posta.example", code).StatusCode,
		"somebody else's code")
	w.clock.Advance(2 * time.Hour)
	w.login("mario")
	assert.Equal(t, http.StatusUnprocessableEntity, prove("mario@posta.example", code).StatusCode, "too late")
	w.clock.Advance(-2*time.Hour + 59*time.Minute)
	w.login("mario")
	assert.Equal(t, mario.Email, kept())
	a = prove("mario@posta.example", strings.ToLower(strings.ReplaceAll(code, "-", " ")))
	assert.Equal(t, http.StatusOK, a.StatusCode, "as people type it")
	assert.Equal(t, "mario@posta.example", kept())
	w.remove("email")
	assert.Empty(t, kept())
}

func TestEmailRefused(t *testing.T) {
	w := newWorld(t)
	w.login("mario")
	for _, address := range []string{"", "mario", "mario@posta", "a@b.example, c@d.example",
		"a@b.example\r\nBcc: c@d.example", "(a)@b.example"} {
		a := w.post(contactsPage, contactsPage+"/email", "email", address)
		assert.Equal(t, http.StatusUnprocessableEntity, a.StatusCode, address)
		assert.Contains(t, a.text, "non è un indirizzo")
		wellFormed(t, address, a.body)
	}
	assert.Empty(t, w.letters.kept)
	w.letters.err = mail.ErrRefused
	assert.Contains(t, w.post(contactsPage, contactsPage+"/email", "email", "a@b.example").text,
		"non accetta questo indirizzo")
	w.letters.err = errors.New("no answer")
	assert.Equal(t, http.StatusServiceUnavailable,
		w.post(contactsPage, contactsPage+"/email", "email", "a@b.example").StatusCode)
	w.letters.err = nil
	w.post(contactsPage, contactsPage+"/email", "email", "a@b.example")
	a := w.post(contactsPage, contactsPage+"/email", "email", "a@b.example")
	assert.Equal(t, http.StatusUnprocessableEntity, a.StatusCode, "letters to strangers are few")
	assert.Contains(t, a.text, "Minuti da aspettare")
	wellFormed(t, "limit", a.body)
	w.login("helene")
	assert.Contains(t, w.post(contactsPage, contactsPage+"/email", "email", "a@b.example").text,
		"Minuti da aspettare", "the limit does not depend on the person")
}

func TestMessageLanguage(t *testing.T) {
	w := newWorld(t)
	mario := w.login("mario")
	for lang, want := range map[string]string{"sl": "sl", "de": "de", "xx": "it"} {
		assert.Equal(t, http.StatusSeeOther, w.post(contactsPage, contactsPage+"/language", "language",
			lang).StatusCode)
		person, err := w.Registry.Person(t.Context(), mario.CF)
		require.NoError(t, err)
		assert.EqualValues(t, want, person.Contacts.Language)
		assert.Equal(t, mario.Phone, person.Contacts.Phones[0].Number.Reveal())
	}
}

// Without a message provider and a mail server, contacts can be confirmed and removed, but not changed.
func TestNoMessages(t *testing.T) {
	w := newWorld(t, func(p *citizen.Pages) { p.Codes, p.Mail = nil, nil })
	w.login("mario")
	a := w.get(contactsPage)
	wellFormed(t, "contacts", a.body)
	assert.Contains(t, a.text, "Qui il numero non si può cambiare")
	assert.NotContains(t, a.body, `name="number"`)
	assert.NotContains(t, a.body, `name="email"`)
	assert.Contains(t, a.text, "Togli questo indirizzo")
	w.confirm()
	assert.NotContains(t, w.get("/area/qr").body, `value="mail"`)
	assert.Contains(t, w.post("/area/qr", "/area/qr", "delivery", "mail").text, "Non c'è un indirizzo")
	for _, path := range []string{"/phone", "/phone/code", "/email", "/email/code"} {
		assert.Equal(t, http.StatusNotFound, w.post(contactsPage, contactsPage+path, "number", newNumber,
			"email", "a@b.example").StatusCode)
	}
}
