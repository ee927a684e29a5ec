package web_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/verifier/page/web"
)

// Every page has the links that are set, in one order. An address that is no https URL is refused.
func TestFooter(t *testing.T) {
	_, h := newSite(t, func(c *web.Config) {
		c.Footer = web.Footer{Accessibility: "https://a.example/x", Privacy: "https://a.example/p?v=1&w=2"}
	})
	for _, path := range []string{"/", "/nothing"} {
		body := ask(h, http.MethodGet, path+"?lang=de").Body.String()
		assert.Contains(t, body, `<footer class="site-footer"><div class="container">
<nav aria-label="Pflichtangaben und Hilfe"><ul>`+
			`<li><a href="https://a.example/x">Erklärung zur Barrierefreiheit</a></li>`+
			`<li><a href="https://a.example/p?v=1&amp;w=2">Datenschutzhinweise</a></li></ul></nav>`)
	}
	_, h = newSite(t, nil)
	assert.NotContains(t, ask(h, http.MethodGet, "/").Body.String(), "Obblighi e aiuto")
	for _, address := range []string{"http://a.example", "https:///x", "javascript:alert(1)", "a.example",
		"https://u:p@a.example", "https://a.example:x"} {
		_, err := web.New(web.Config{Pages: pages(page), Footer: web.Footer{Help: address}})
		require.ErrorContains(t, err, "web: Footer.Help is not", address)
		assert.NotContains(t, err.Error(), "u:p")
	}
}
