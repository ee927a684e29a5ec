package page_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/qr-invalidita/attesta/verifier/page"
)

// A QR of INPS has its answer at once, with its address and without asking anybody. A look-alike has neither.
func TestINPS(t *testing.T) {
	o := newOffice(t, func(c *page.Config) { c.Photos = true })
	const card = "https://www.inps.it/sdc/DCFC33B056C5"
	secrets := len(o.secrets)
	for _, cf := range []string{"", "RSSMRA80A01H501X", person} {
		w := o.post("/q", "qr", card+"\n", "cf", cf)
		assert.Equal(t, http.StatusOK, w.Code)
		for _, want := range []string{"answer-unknown", "Carta europea della disabilità",
			`href="` + card + `"`, "Questo non dice nulla sulla persona."} {
			assert.Contains(t, w.Body.String(), want)
		}
		assert.NotContains(t, w.Body.String(), `name="inquiry"`, "there is no next step here")
	}
	uploaded := o.upload("/q", []byte(card), "qr", "", "cf", "").Body.String()
	assert.Contains(t, uploaded, `href="`+card+`"`)
	document := o.post("/q", "qr", "https://www.inps.it/", "cf", "").Body.String()
	assert.Contains(t, document, "Un QR dell’INPS")
	test := o.post("/q", "qr", "https://www.wmo.inps.it/sdc/DCFC33B056C5", "cf", "").Body.String()
	assert.Contains(t, test, "Sistema di prova dell’INPS")
	for _, text := range []string{"http://www.inps.it/sdc/DCFC33B056C5", "https://inps.it@evil.example/"} {
		form := o.post("/q", "qr", text, "cf", "")
		assert.Equal(t, http.StatusUnprocessableEntity, form.Code)
		answer := o.post("/q", "qr", text, "cf", person).Body.String()
		assert.Contains(t, answer, "Un altro QR")
		test += answer
	}
	test += o.post("/q", "qr", "https://www.inps.it/verbale?cf="+person, "cf", "").Body.String()
	assert.NotContains(t, test, person, "which no page and no URL has")
	assert.NotContains(t, test, `id="inps"`)
	assert.NotContains(t, test, "evil.example")
	assert.Len(t, o.secrets, secrets, "no issuer is asked")
}
