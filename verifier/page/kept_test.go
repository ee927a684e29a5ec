package page_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/qr-invalidita/attesta/verifier/page"
)

// What was typed survives reload, back and another language, until the next person or five minutes.
func TestNothingIsLostOrLeft(t *testing.T) {
	var now time.Time
	o := newOffice(t, func(c *page.Config) {
		withLogin(c)
		c.Shift = &page.Shift{}
		c.Now = func() time.Time { return time.Now().Add(now.Sub(time.Time{})) }
	})
	o.loggedIn = true

	assert.Equal(t, http.StatusNoContent, o.post("/q/draft", "qr", o.qr, "cf", "RSS").Code)
	form := o.get("/q?lang=de").Body.String()
	assert.Contains(t, form, `value="RSS"`)
	assert.NotContains(t, form, "is-invalid", "nobody has sent it")

	o.post("/q", "qr", o.qr, "cf", person, "case", "A/12")
	asked := len(o.secrets)
	for _, path := range []string{"/q/answer", "/q/answer?lang=de"} {
		assert.Contains(t, o.get(path).Body.String(), "answer-yes")
	}
	assert.Len(t, o.secrets, asked+2, "asked again, with a new check_id")
	assert.Equal(t, 2, strings.Count(o.get("/q/shift?lang=it").Body.String(), "<tr>"), "one check")
	form = o.get("/q").Body.String()
	assert.Contains(t, form, "A/12")
	assert.Contains(t, form, "è stato scritto è ancora qui")

	o.post("/q/second", "inquiry", hidden(t, o.get("/q/answer"), "inquiry"))
	request := []string{"organisation", "Museo Civico", "purpose", "other", "kind", "detail"}
	sealed := hidden(t, o.get("/q/second"), "inquiry")
	assert.Equal(t, http.StatusNoContent, o.post("/q/draft", append(request, "inquiry", sealed)...).Code)
	assert.Contains(t, o.get("/q/second").Body.String(), `value="Museo Civico"`)
	o.post("/q/code", append(request, "inquiry", sealed)...)
	assert.Contains(t, o.get("/q/code").Body.String(), o.sent.Last().Comparison)
	assert.Contains(t, o.get("/q/second").Body.String(), `value="Museo Civico"`, "back to the request")

	sealed = hidden(t, o.get("/q/code"), "inquiry")
	told := o.sent.Last().Code.Reveal()
	digit := strings.Map(func(r rune) rune { return '0' + (r-'0'+1)%10 }, told)
	wrong := o.post("/q/code/answer", "inquiry", sealed, "code", digit)
	assert.Contains(t, wrong.Body.String(), "Tentativi rimasti: 4.")
	assert.Contains(t, o.get("/q/code").Body.String(), "Tentativi rimasti: 4.")
	detail := o.post("/q/code/answer", "inquiry", sealed, "code", told)
	assert.Contains(t, detail.Body.String(), "74 %")
	assert.Contains(t, detail.Body.String(),
		`form="redraw" formnovalidate formaction="/q/code/answer?lang=de"`)
	assert.Contains(t, detail.Body.String(),
		`id="redraw" novalidate data-once data-reload="/q/code/answer?tab=AAAAAAAA"`)
	again := o.post("/q/code/answer?lang=de", "detail", hidden(t, detail, "detail"))
	assert.Contains(t, again.Body.String(), "74 %", "in another language")
	assert.Contains(t, again.Body.String(), `lang="de"`)
	assert.Contains(t, o.post("/q/receipt", "receipt", hidden(t, again, "receipt")).Body.String(), "ey")
	for _, path := range []string{"/q/code/answer", "/q/code", "/q/answer", "/q", "/q/second"} {
		assert.NotContains(t, o.get(path).Body.String(), "74 %", path)
	}
	assert.Contains(t, o.get("/q/code/answer?lang=it").Body.String(), "Risposta già mostrata")

	o.follow(o.get("/q?new&tab=BBBBBBBB"))
	assert.NotEmpty(t, o.jar["inquiry"], "another tab's next person")
	o.follow(o.get("/q?new"))
	assert.Empty(t, o.jar["inquiry"])
	for _, path := range []string{"/q/answer", "/q/second", "/q/code", "/q/code/answer"} {
		assert.Equal(t, "/q", o.get(path).Header().Get("Location"), "the next operator goes back")
	}

	o.post("/q", "qr", o.qr, "cf", person)
	now = now.Add(5 * time.Minute)
	assert.Equal(t, "/q", o.get("/q/answer").Header().Get("Location"))
}

// Two tabs share the cookie, and none shows the person of the other: not the answer, not what was typed, not
// the code. What a tab shows can go on there.
func TestTwoTabs(t *testing.T) {
	o := newOffice(t, withLogin)
	o.loggedIn = true
	first := o.post("/q", "qr", o.qr, "cf", person)
	assert.Contains(t, first.Body.String(), "answer-yes")
	o.tab = "BBBBBBBB"
	assert.Contains(t, o.post("/q", "qr", o.qr, "cf", other).Body.String(), "answer-no")
	o.tab = "AAAAAAAA"
	for _, path := range []string{"/q/answer", "/q/answer?lang=it", "/q/second", "/q/code",
		"/q/code/answer"} {
		assert.Equal(t, "/q", o.get(path).Header().Get("Location"), path)
	}
	for _, tab := range []string{"AAAAAAAA", ""} { // reload, and a new tab
		o.tab = tab
		form := o.get("/q").Body.String()
		assert.NotContains(t, form, o.qr)
		assert.NotContains(t, form, `name="inquiry"`)
		assert.Contains(t, form, `<a href="/q?tab=BBBBBBBB">`, "the way to the other one")
		assert.Regexp(t, `name="tab" value="[A-Z2-7]{8}"`, form)
	}
	o.tab = "BBBBBBBB"
	assert.Contains(t, o.get("/q").Body.String(), o.qr)

	o.tab = "AAAAAAAA"
	request := o.post("/q/second", "inquiry", hidden(t, first, "inquiry"))
	code := o.post("/q/code", "inquiry", hidden(t, request, "inquiry"), "organisation", "Museo Civico",
		"purpose", "other", "kind", "detail")
	o.tab = "BBBBBBBB"
	assert.Equal(t, http.StatusNoContent, o.post("/q/draft", "qr", o.qr, "cf", "VRD").Code)
	o.tab = "AAAAAAAA"
	assert.Equal(t, "/q", o.get("/q/code").Header().Get("Location"))
	detail := o.post("/q/code/answer", "inquiry", hidden(t, code, "inquiry"),
		"code", o.sent.Last().Code.Reveal())
	assert.Contains(t, detail.Body.String(), "74 %")
	o.tab = "BBBBBBBB"
	for _, path := range []string{"/q/code/answer", "/q/answer", "/q"} {
		assert.NotContains(t, o.get(path).Body.String(), "74 %")
	}
}

// Another QR in a form with the last person's codice fiscale is another person's.
func TestAnotherPaper(t *testing.T) {
	o := newOffice(t, nil)
	o.post("/q", "qr", o.qr, "cf", person)
	kept := hidden(t, o.get("/q"), "inquiry")
	w := o.post("/q", "qr", "https://example.org/menu", "cf", "", "inquiry", kept)
	assert.Contains(t, w.Body.String(), "Scriva il codice fiscale.")
}

// A wrong codice fiscale counts once, however often the page is loaded.
func TestMismatchIsAskedOnce(t *testing.T) {
	o := newOffice(t, nil)
	o.post("/q", "qr", o.qr, "cf", other)
	for range 6 {
		assert.Equal(t, "/q", o.get("/q/answer").Header().Get("Location"))
	}
	assert.Contains(t, o.post("/q", "qr", o.qr, "cf", person).Body.String(), "answer-yes")
}

// The cookie fits into a browser, whatever was typed.
func TestKeptFits(t *testing.T) {
	o := newOffice(t, nil)
	for _, qr := range []string{strings.Repeat("&", 5000), strings.Repeat("x", 5000), "https://a.example/q#" +
		strings.Repeat("9", 1200)} {
		o.post("/q", "qr", qr, "cf", person, "case", strings.Repeat("A", 40))
		assert.Less(t, len(o.jar["inquiry"].Value), 4000)
	}
}
