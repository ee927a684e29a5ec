package page_test

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/verifier/page"
)

// A desk is chosen once: each form and each request of the second level begins with it.
func TestDesk(t *testing.T) {
	o := newOffice(t, withLogin)
	first := o.get("/q").Body.String()
	assert.Contains(t, first, "Solo la categoria")
	assert.Contains(t, first, "data-auto=")
	w := o.post("/q/desk", "benefit", "priority", "organisation", " Museo  Civico ", "purpose", "benefit",
		"wait", "1")
	assert.Equal(t, http.StatusOK, w.Code)
	assert.Contains(t, w.Body.String(), `id="check-form"`, "the browser is led back to the form")
	require.Contains(t, o.jar, "desk")
	assert.Equal(t, "/q", o.jar["desk"].Path)
	assert.True(t, o.jar["desk"].HttpOnly)

	form := o.get("/q").Body.String()
	assert.Contains(t, form, `value="priority" selected>`)
	assert.NotContains(t, form, "data-auto=", "the switch is off")
	choice := o.get("/q/desk").Body.String()
	for _, body := range []string{form, choice} {
		line := body[strings.Index(body, `class="desk-line`):strings.Index(body, "</header>")]
		assert.Contains(t, line, "Museo Civico")
		assert.Contains(t, line, "Riconoscere un beneficio")
		assert.Contains(t, line, `href="/q/desk"`)
	}
	assert.Contains(t, choice, `value="Museo Civico"`)

	o.loggedIn = true
	answered := o.post("/q", "qr", o.qr, "cf", person, "benefit", "priority")
	request := o.post("/q/second", "inquiry", hidden(t, answered, "inquiry")).Body.String()
	assert.Contains(t, request, `id="kind-benefit" value="benefit" checked`)
	assert.Contains(t, request, `<option value="benefit" selected>`)
	assert.Contains(t, request, `name="organisation" type="text" value="Museo Civico"`)

	o.post("/q/desk", "benefit", "gone", "purpose", "curiosity")
	assert.Contains(t, o.get("/q").Body.String(), "Solo la categoria")
	for _, wrong := range []string{"Museo " + person, strings.Repeat("a", 25)} {
		w := o.post("/q/desk", "organisation", wrong)
		assert.Equal(t, http.StatusUnprocessableEntity, w.Code)
		assert.Contains(t, w.Body.String(), "<title>Da correggere: ")
		assert.Contains(t, w.Body.String(), `<a href="#organisation">`)
	}
}

// A body has a closed list of purposes. If it has one only, nobody chooses it.
func TestPurposesOfTheBody(t *testing.T) {
	o := newOffice(t, func(c *page.Config) {
		withLogin(c)
		c.Purposes = []string{"priority"}
	})
	o.loggedIn = true
	first := o.post("/q", "qr", o.qr, "cf", person)
	request := o.post("/q/second", "inquiry", hidden(t, first, "inquiry"))
	assert.NotContains(t, request.Body.String(), `<select class="form-select" id="purpose"`)
	sealed := hidden(t, request, "inquiry")
	ask := func(purpose string) int {
		return o.post("/q/code", "inquiry", sealed, "organisation", "Museo Civico", "purpose", purpose,
			"kind", "detail").Code
	}
	assert.Equal(t, http.StatusUnprocessableEntity, ask("other"))
	assert.Equal(t, http.StatusOK, ask(hidden(t, request, "purpose")))
}

// direct returns the sealed request of the button that sends the code.
func direct(t *testing.T, w *httptest.ResponseRecorder) string {
	t.Helper()
	m := regexp.MustCompile(`(?s)action="/q/code".*?name="inquiry" value="([^"]*)"`).
		FindStringSubmatch(w.Body.String())
	require.NotNil(t, m, w.Body)
	return m[1]
}

// If an operator is logged in and the desk says what is asked, one click sends the code. The codes of two
// people are two requests.
func TestCodeFromTheAnswer(t *testing.T) {
	o := newOffice(t, withLogin)
	o.post("/q/desk", "benefit", "ticket_c03", "organisation", "Museo Civico", "purpose", "benefit")
	answered := o.post("/q", "qr", o.qr, "cf", person, "benefit", "ticket_c03")
	assert.NotContains(t, answered.Body.String(), `action="/q/code"`, "nobody is logged in")
	o.loggedIn = true
	for n := range 2 {
		answered = o.post("/q", "qr", o.qr, "cf", person, "benefit", "ticket_c03")
		code := o.post("/q/code", "inquiry", direct(t, answered))
		require.Equal(t, http.StatusOK, code.Code, code.Body)
		require.Len(t, o.sent.Messages(), n+1)
		assert.Equal(t, "Museo Civico", o.sent.Last().Organisation)
	}
}

// Without a network there is no benefit to choose.
func TestDeskOffline(t *testing.T) {
	o := newOffice(t, func(c *page.Config) { c.Offline = true })
	o.post("/q/desk", "benefit", "priority")
	for _, path := range []string{"/q", "/q/desk"} {
		body := o.get(path).Body.String()
		assert.Contains(t, body, "<p>Senza rete.</p>")
		assert.NotContains(t, body, "priority")
	}
}
