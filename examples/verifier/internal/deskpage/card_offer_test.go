package deskpage

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/benefit"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/api"
	"github.com/qr-invalidita/attesta/verifier/page/answer"
	"github.com/qr-invalidita/attesta/verifier/page/web"
	"github.com/qr-invalidita/attesta/verifier/wallet"
)

// TestCardBesideTheForm: another language of the form, and what is typed there, leave the question as it is;
// a check and the next person end it.
func TestCardBesideTheForm(t *testing.T) {
	c := newCounter(t)
	phone := c.scan(c.ask("case", "2026/7"))
	form := "/?tab=" + c.tab
	back := `<a href="/card?tab=` + c.tab + `">`
	assert.Contains(t, c.get(form).Body.String(), back)
	c.post("/desk", "benefit", "museums") // so that the form has nothing of its own
	c.post("/draft?lang=de", "tab", c.tab, "benefit", "museums")
	assert.Contains(t, c.get(form).Body.String(), back)
	c.post("/draft", "tab", c.tab, "qr", "another", "cf", "RSS", "benefit", "aids", "case", "1")
	assert.Equal(t, http.StatusNoContent, c.get("/card/live?tab="+c.tab).Code)
	phone.Approve(nil)
	page := c.compared("yes")
	assert.Contains(t, page, "answer-yes")
	assert.Contains(t, page, "2026/7")
	assert.Contains(t, page, answer.Title(status.German, c.desk.Catalogue, "museums"))

	for name, end := range map[string]func(){
		"check":       func() { c.post("/", "tab", c.tab, "qr", "x", "cf", "RSSMRA80A01H501U") },
		"next person": func() { c.get("/?new&tab=" + c.tab) },
	} {
		phone := c.scan(c.ask())
		end()
		code, _ := phone.Approve(nil)
		assert.Equal(t, http.StatusNotFound, code, name)
	}
}

// TestCardIsOver: without an answer in time there is none, and the page says so.
func TestCardIsOver(t *testing.T) {
	c := newCounter(t)
	phone := c.scan(c.ask())
	c.world.Late.Store(int64(wallet.Lifetime))
	assert.Equal(t, http.StatusOK, c.get("/card/live?tab="+c.tab).Code)
	page := c.look("")
	assert.Contains(t, page, "answer-unknown")
	assert.Contains(t, page, cardHeadline(api.CodeNotApproved))
	assert.Contains(t, c.look(""), cardHeadline(api.CodeNotApproved), "loaded again")
	assert.NotContains(t, page, `id="receipt"`)
	assert.Equal(t, http.StatusBadRequest, c.post("/card/receipt?tab="+c.tab).Code)
	code, _ := phone.Approve(nil)
	assert.Equal(t, http.StatusNotFound, code, "too late")
}

// TestCardOffered: only where wallets can be asked, and only for what a card decides.
func TestCardOffered(t *testing.T) {
	c := newCounter(t)
	offered := func(b *browser) bool {
		return strings.Contains(b.get("/").Body.String(), `formaction="/card"`)
	}
	assert.True(t, offered(c.browser))
	c.post("/desk", "benefit", "aids")
	assert.False(t, offered(c.browser), "no card decides it")
	c.post("/desk", "benefit", "museums")
	assert.True(t, offered(c.browser))
	assert.NotContains(t, c.get("/").Body.String(), `id="card-benefit"`, "the desk has chosen")
	assert.NotEqual(t, http.StatusSeeOther, c.post("/card", "card-benefit", "aids").Code)
	assert.NotEqual(t, http.StatusSeeOther, c.post("/card", "card-benefit", "").Code)
	w := c.post("/card", "card-benefit", "museums", "case", "RSSMRA80A01H501U")
	page := c.get(w.Header().Get("Location"))
	assert.Equal(t, http.StatusUnprocessableEntity, page.Code)
	assert.Contains(t, page.Body.String(), `href="#case"`)
	assert.NotContains(t, page.Body.String(), "RSSMRA80A01H501U")

	for name, d := range map[string]*Desk{
		"offline": {Catalogue: benefit.Default(), Client: c.desk.Client, Cards: c.desk.Cards, Offline: true},
		"not set": {Catalogue: benefit.Default(), Client: c.desk.Client},
	} {
		handler, err := d.Handler(Door{Origin: origin})
		require.NoError(t, err)
		other := newBrowser(t, handler, origin)
		assert.False(t, offered(other), name)
		assert.NotEqual(t, http.StatusSeeOther, other.post("/card", "card-benefit", "museums").Code, name)
	}
}

// TestCardOfMany: the phones' addresses are limited by caller, need no key, and busy wallets are no answer.
func TestCardOfMany(t *testing.T) {
	c := newCounter(t)
	door, err := c.desk.Handler(Door{Origin: lanOrigin, Key: NewKey()})
	require.NoError(t, err)
	c.world.Scan(door, link(t, c.ask())).Approve(nil)
	assert.Contains(t, c.look(""), compareQuestion, "at a door with a key")
	for range wallet.MaxQuestions + 1 {
		clear(c.jar) // a browser of its own; the same one would end its last question
		c.post("/card", "tab", c.tab, "card-benefit", "museums")
	}
	page := c.look("")
	assert.Contains(t, page, "answer-unknown")
	assert.Contains(t, page, answer.ForProblem(status.Italian, api.RateLimited).Headline)
	limited := false
	for range 700 {
		limited = limited || c.get("/wallet/request/none").Code == http.StatusTooManyRequests
	}
	assert.True(t, limited)
	assert.Equal(t, http.StatusOK, c.get("/").Code)
}

func TestCardInAllLanguages(t *testing.T) {
	c := newCounter(t)
	for _, lang := range web.Languages() {
		page := c.ask()
		approve, compare := func() { c.scan(page).Approve(nil) }, func() { c.compared("yes") }
		for _, step := range []func(){func() {}, approve, compare} {
			step()
			shown := c.look("&lang=" + lang)
			assert.Contains(t, shown, `<html lang="`+lang+`">`)
			assert.Contains(t, shown, "</html>")
			m := regexp.MustCompile(`<a href="(\?[^"]+)" hreflang="sl"`).FindStringSubmatch(shown)
			require.NotNil(t, m, "the languages are links")
			assert.Equal(t, http.StatusOK, c.get("/card"+m[1]).Code)
			assert.NotContains(t, shown, `id="redraw"`)
		}
		c.get("/?lang=it")
	}
	for _, cause := range wallet.Causes() {
		r := verifier.Report{Code: cause.Code(), Verdict: cause.Code().Outcome()}
		for _, lang := range status.Languages() {
			assert.NotEqual(t, answer.ForReport(lang, r), answer.ForCard(lang, r), "%s %s", lang, cause)
		}
	}
}
