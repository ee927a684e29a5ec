package page_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/verifier/page"
)

// An operator logs in, comes back to the request, and goes on to the code and the answer. The browser stores
// the sealed inquiry in between.
func TestSecondLevel(t *testing.T) {
	o := newOffice(t, withLogin)
	first := o.post("/q", "qr", o.qr, "cf", person)
	w := o.post("/q/second", "inquiry", hidden(t, first, "inquiry"))
	assert.Equal(t, "/login?back=/q/second?tab=AAAAAAAA", w.Header().Get("Location"))
	require.Contains(t, o.jar, "inquiry")
	assert.Equal(t, "/q", o.jar["inquiry"].Path)
	assert.True(t, o.jar["inquiry"].HttpOnly)
	assert.Contains(t, o.get("/q/second").Body.String(), `href="/login?back=/q/second?tab=AAAAAAAA"`,
		"nobody is logged in")

	cookie := o.jar["inquiry"].Value
	assert.Equal(t, http.StatusBadRequest, o.post("/q/second", "inquiry", cookie).Code,
		"a cookie is no field")
	o.loggedIn = true
	request := o.get("/q/second")
	ask := []string{"inquiry", hidden(t, request, "inquiry"), "organisation", "Museo Civico",
		"purpose", "other", "kind", "detail"}
	code := o.post("/q/code", ask...)
	require.Equal(t, 200, code.Code, code.Body)
	require.Len(t, o.sent.Messages(), 1)
	assert.Contains(t, o.post("/q/code", ask...).Body.String(), o.sent.Last().Comparison)
	assert.Len(t, o.sent.Messages(), 1, "the form sent twice is one request")

	sealed, told := hidden(t, code, "inquiry"), o.sent.Last().Code.Reveal()
	assert.NotContains(t, code.Body.String(), told)
	o.loggedIn = false
	assert.Equal(t, http.StatusSeeOther, o.post("/q/code/answer", "inquiry", sealed, "code", told).Code)
	o.loggedIn = true
	again := o.get("/q/code")
	answered := o.post("/q/code/answer", "inquiry", hidden(t, again, "inquiry"), "code", told)
	assert.Contains(t, answered.Body.String(), "answer-yes")
	assert.Contains(t, answered.Body.String(), "74 %")
	receipt := hidden(t, answered, "receipt")
	assert.Equal(t, receipt, o.post("/q/receipt", "receipt", receipt).Body.String())
	assert.Equal(t, http.StatusBadRequest, o.post("/q/receipt", "receipt", "x").Code)
	twice := o.post("/q/code/answer", "inquiry", sealed, "code", told)
	assert.Equal(t, http.StatusConflict, twice.Code)
}

// Once the issuer has said which channels the person has, only those are offered, also after a draft.
func TestChannelsOfThePerson(t *testing.T) {
	o := newOffice(t, func(c *page.Config) {
		withLogin(c)
		c.Channels = []string{"sms", "voice", "list"}
	})
	o.loggedIn = true
	first := o.post("/q", "qr", o.qr, "cf", person)
	request := o.post("/q/second", "inquiry", hidden(t, first, "inquiry"))
	assert.Contains(t, request.Body.String(), `<option value="voice"`, "nobody knows yet")
	code := o.post("/q/code", "inquiry", hidden(t, request, "inquiry"), "organisation", "Museo Civico",
		"purpose", "other", "kind", "detail")
	require.NotEmpty(t, o.sent.Messages())
	request = o.post("/q/second", "inquiry", hidden(t, code, "inquiry"))
	o.post("/q/draft", "inquiry", hidden(t, request, "inquiry"), "purpose", "other")
	for _, w := range []*httptest.ResponseRecorder{request, o.get("/q/second")} {
		assert.Contains(t, w.Body.String(), `<option value="sms"`)
		assert.NotContains(t, w.Body.String(), `<option value="voice"`)
	}
}

func TestRequestIsChecked(t *testing.T) {
	o := newOffice(t, withLogin)
	o.loggedIn = true
	first := o.post("/q", "qr", o.qr, "cf", person)
	sealed := hidden(t, o.post("/q/second", "inquiry", hidden(t, first, "inquiry")), "inquiry")
	good := url.Values{"organisation": {"Museo Civico"}, "purpose": {"other"}, "kind": {"domain"},
		"domain": {"blindness"}}
	for name, wrong := range map[string]string{
		"organisation": "Museo " + person, "purpose": "curiosity", "kind": "all", "domain": "moods",
		"case": person,
	} {
		pairs := []string{"inquiry", sealed}
		for field, values := range good {
			pairs = append(pairs, field, values[0])
		}
		w := o.post("/q/code", append(pairs, name, wrong)...)
		assert.Equal(t, http.StatusUnprocessableEntity, w.Code, name)
		assert.Contains(t, w.Body.String(), `class="error"`, name)
		assert.Contains(t, w.Body.String(), "<title>Da correggere: ", name)
		assert.Regexp(t, `(?s)id="mistakes" tabindex="-1" autofocus>.*<a href="#`, w.Body.String(), name)
		assert.Contains(t, w.Body.String(), " novalidate ", name)
	}
	assert.Empty(t, o.sent.Messages())
}

func TestNoSecondLevel(t *testing.T) {
	o := newOffice(t, nil)
	first := o.post("/q", "qr", o.qr, "cf", person)
	assert.NotContains(t, first.Body.String(), "/q/second")
	w := o.post("/q/second", "inquiry", hidden(t, first, "inquiry"))
	assert.Equal(t, http.StatusNotImplemented, w.Code)
}
