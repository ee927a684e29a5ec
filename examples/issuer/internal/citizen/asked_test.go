package citizen_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/registry"
	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

const accessesPage = "/area/accesses"

// consent is a request of the museum about a person.
func (w *world) consent(person codicefiscale.Code, number, operator string) otp.StartRequest {
	w.t.Helper()
	return otp.StartRequest{
		Parties: otp.Parties{Operator: otp.Operator{IdentityProvider: "https://login.example",
			ID: otp.NewSecret(operator)}, Subject: otp.NewSecret(person.Reveal())},
		Terms: otp.Terms{Organisation: "MUSEO CIVICO", Declared: true, Purpose: "priority",
			Scope: "benefit:museum"},
		Contacts: []otp.Contact{{Channel: otp.SMS, Phone: must(otp.ParsePhone(number)),
			VerifiedAt: time.Unix(1, 0)}},
	}
}

// asks starts a challenge and records it as the service does.
func (w *world) asks(q otp.StartRequest, person codicefiscale.Code, operator string) otp.Challenge {
	w.t.Helper()
	c, err := w.Consents.Start(w.t.Context(), q)
	require.NoError(w.t, err)
	w.traced(c.ID, person, operator, registry.StepStarted, true)
	return c
}

func (w *world) traced(challenge string, person codicefiscale.Code, operator string, step registry.Step,
	message bool) {
	w.t.Helper()
	require.NoError(w.t, w.Registry.TraceAsked(w.t.Context(), person, registry.Request{Challenge: challenge,
		Operator: registry.Operator{IdentityProvider: "https://login.example", ID: operator,
			Organisation: "MUSEO CIVICO", Declared: true}, Purpose: "priority", Scope: "benefit:museum"},
		step, message, w.clock.Now()))
}

func TestAskedIsShown(t *testing.T) {
	w := newWorld(t)
	mario := w.login("mario")
	assert.Contains(t, w.get(accessesPage).text, "Chi ha chiesto")
	c := w.asks(w.consent(mario.CF, mario.Phone, "op"), mario.CF, "op")
	w.traced(c.ID, mario.CF, "op", registry.StepSent, true)
	for range 3 {
		w.traced(c.ID, mario.CF, "op", registry.StepWrong, false)
	}
	page := w.get(accessesPage)
	wellFormed(t, "asked", page.body)
	facts := regexp.MustCompile(`\s+`).ReplaceAllString(page.text, " ")
	for _, want := range []string{"<h3>MUSEO CIVICO</h3>", "per una precedenza o un posto riservato",
		"<dt>Messaggi mandati</dt><dd>2</dd>", "<dt>Codici sbagliati</dt><dd>3</dd>",
		"aspetta ancora il codice", "Non ero io", "nessuno lo garantisce"} {
		assert.Contains(t, facts, want)
	}
	assert.NotContains(t, page.text, "login.example", "the body knows the operator, the page does not say it")
	w.clock.Advance(10 * time.Minute)
	assert.Contains(t, w.get(accessesPage).text, "nessuno ha visto niente")
	w.traced(c.ID, mario.CF, "op", registry.StepRight, false)
	assert.Contains(t, w.get(accessesPage).text, "i dati sono stati mostrati")

	w.login("helene")
	assert.NotContains(t, w.get(accessesPage).text, "MUSEO CIVICO", "another person's")
}

func TestNotMe(t *testing.T) {
	w := newWorld(t)
	mario := w.login("mario")
	q := w.consent(mario.CF, mario.Phone, "op")
	c := w.asks(q, mario.CF, "op")
	other := w.asks(w.consent(mario.CF, mario.Phone, "another"), mario.CF, "another")

	helene := w.login("helene")
	a := w.post(contactsPage, accessesPage+"/not-me", "challenge", c.ID)
	assert.Equal(t, http.StatusNotFound, a.StatusCode, "somebody else's request")
	w.login("mario")
	a = w.post(accessesPage, accessesPage+"/not-me", "challenge", c.ID)
	assert.Equal(t, http.StatusOK, a.StatusCode)
	wellFormed(t, "not me", a.body)
	for _, challenge := range []struct{ id, operator string }{{c.ID, "op"}, {other.ID, "another"}} {
		parties := q.Parties
		parties.Operator.ID = otp.NewSecret(challenge.operator)
		s, err := w.Consents.Status(t.Context(), otp.Ref{Parties: parties, ID: challenge.id})
		require.NoError(t, err)
		assert.Equal(t, otp.Revoked, s.State, "what is pending ends")
	}
	barred := func(cf codicefiscale.Code, operator string) bool {
		is, err := w.Registry.OperatorBarred(t.Context(), cf, registry.Operator{
			IdentityProvider: "https://login.example", ID: operator})
		require.NoError(t, err)
		return is
	}
	assert.True(t, barred(mario.CF, "op"))
	assert.False(t, barred(mario.CF, "another"), "that operator alone")
	assert.False(t, barred(helene.CF, "op"), "for that person alone")
	page := w.get(accessesPage)
	assert.Contains(t, page.text, "Ha detto che non era lei")
	assert.Contains(t, page.text, "richiesta segnalata")
	assert.Equal(t, 1, strings.Count(page.text, "Non ero io"), "the other request still has its button")
	reports, err := w.Registry.AllReports(t.Context())
	require.NoError(t, err)
	require.Len(t, reports, 1)
	assert.Equal(t, "op", reports[0].Asked.Operator.ID)
}

// Strangers who ask to change their number to a person's stop none of that person's codes.
func TestClaimsLeaveTheOwnersCodes(t *testing.T) {
	w := newWorld(t)
	for _, stranger := range []string{"helene", "luca", "carlo"} {
		w.login(stranger)
		for range 5 {
			w.post(contactsPage, contactsPage+"/phone", "number", newNumber)
		}
	}
	assert.Len(t, w.phone.Messages(), 2, "two an hour go to a number that is only claimed")
	mario := w.people["mario"]
	for _, operator := range []string{"a", "b", "c"} {
		w.asks(w.consent(mario.CF, newE164, operator), mario.CF, operator)
		w.clock.Advance(10 * time.Minute)
	}
	assert.Len(t, w.phone.Messages(), 5)
}
