package page_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// checked returns the names and values of the radio buttons that are checked.
func checked(body string) map[string]string {
	found := map[string]string{}
	for _, m := range regexp.MustCompile(`name="(seen:[^"]*)" id="[^"]*" value="([^"]*)" checked`).
		FindAllStringSubmatch(body, -1) {
		found[m[1]] = m[2]
	}
	return found
}

// The page asks for what is still to be seen, and asks the issuer again with the answers.
func TestEvidenceAtTheFirstLevel(t *testing.T) {
	o := newOffice(t, withLogin)
	first := o.post("/q", "qr", o.qr, "cf", person, "benefit", "aids")
	assert.Contains(t, first.Body.String(), "answer-unknown")
	assert.Equal(t, map[string]string{"seen:aid_prescription": ""}, checked(first.Body.String()))
	sealed := hidden(t, first, "inquiry")

	for value, tone := range map[string]string{
		"yes": "answer-yes", "no": "answer-unknown", "": "answer-unknown",
	} {
		w := o.post("/q", "inquiry", sealed, "benefit", "aids", "about", "aids",
			"seen:aid_prescription", value)
		assert.Equal(t, http.StatusOK, w.Code)
		assert.Contains(t, w.Body.String(), tone)
		declared := strings.Contains(w.Body.String(), "ha dichiarato di aver visto")
		assert.Equal(t, value != "", declared, "%q", value)
	}
	seen := o.post("/q", "inquiry", sealed, "benefit", "aids", "about", "aids",
		"seen:aid_prescription", "yes")
	sealed = hidden(t, seen, "inquiry")
	// What was seen for one benefit is not sent for another.
	w := o.post("/q", "inquiry", sealed, "benefit", "museums")
	assert.Contains(t, w.Body.String(), "answer-yes")
	assert.NotContains(t, w.Body.String(), "ha dichiarato di aver visto")
}

// The form of the second level asks before the person gets a code. The answer that still needs something
// leads back to that form.
func TestEvidenceAtTheSecondLevel(t *testing.T) {
	o := newOffice(t, withLogin)
	o.loggedIn = true
	first := o.post("/q", "qr", o.qr, "cf", person, "benefit", "monthly_allowance")
	request := o.post("/q/second", "inquiry", hidden(t, first, "inquiry"))
	assert.Equal(t, map[string]string{"seen:income_limit": "", "seen:payment_resumed": ""},
		checked(request.Body.String()))
	ask := func(form string, more ...string) string {
		code := o.post("/q/code", append([]string{"inquiry", form, "organisation", "Comune", "purpose",
			"benefit",
			"kind", "benefit", "benefit", "monthly_allowance", "about", "monthly_allowance"}, more...)...)
		require.Equal(t, http.StatusOK, code.Code, code.Body)
		if len(more) > 0 {
			assert.Contains(t, code.Body.String(), "Lei ha dichiarato")
		}
		return hidden(t, code, "inquiry")
	}
	sealed := ask(hidden(t, request, "inquiry"))
	answered := o.post("/q/code/answer", "inquiry", sealed, "code", o.sent.Last().Code.Reveal())
	assert.Equal(t, map[string]string{"seen:income_limit": ""}, checked(answered.Body.String()))
	assert.Contains(t, answered.Body.String(), `action="/q/second"`)

	request = o.post("/q/second", "inquiry", hidden(t, answered, "inquiry"),
		"about", "monthly_allowance", "seen:income_limit", "yes")
	assert.Equal(t, map[string]string{"seen:income_limit": "yes", "seen:payment_resumed": ""},
		checked(request.Body.String()))
	sealed = ask(hidden(t, request, "inquiry"), "seen:income_limit", "yes")
	answered = o.post("/q/code/answer", "inquiry", sealed, "code", o.sent.Last().Code.Reveal())
	assert.Contains(t, answered.Body.String(), "answer-yes")
	assert.Contains(t, answered.Body.String(), "ha dichiarato di aver visto")

	// Answers about one benefit do not go with a request about another, or about everything.
	for _, scope := range [][]string{{"kind", "detail"}, {"kind", "benefit", "benefit", "ticket_c03"}} {
		w := o.post("/q/code", append([]string{"inquiry", hidden(t, request, "inquiry"),
			"organisation", "Comune", "purpose", "benefit", "about", "monthly_allowance",
			"seen:income_limit", "yes"}, scope...)...)
		assert.Equal(t, http.StatusOK, w.Code)
		assert.NotContains(t, w.Body.String(), "Lei ha dichiarato")
	}
}

// A tessera sanitaria has no photo, and the answer says so if the codice fiscale came from one.
func TestCard(t *testing.T) {
	const says = "La tessera sanitaria non ha una foto"
	o := newOffice(t, nil)
	assert.Contains(t, o.post("/q", "qr", o.qr, "cf", person, "card", "1").Body.String(), says)
	assert.NotContains(t, o.post("/q", "qr", o.qr, "cf", person, "card", "").Body.String(), says)
	assert.NotContains(t, o.post("/q", "qr", o.qr, "cf", other, "card", "1").Body.String(), says)
	form := o.post("/q", "qr", "", "cf", person, "card", "1")
	sealed := hidden(t, form, "inquiry")
	again := func(fields ...string) string {
		return o.post("/q", append(fields, "inquiry", sealed, "qr", o.qr)...).Body.String()
	}
	assert.Contains(t, again("cf", "", "card", ""), says, "the codice fiscale is still that of the card")
	assert.NotContains(t, again("cf", person, "card", ""), says, "it was typed")
}
