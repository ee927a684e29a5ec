package main

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/qr-invalidita/attesta/examples/internal/issuertest"
	"github.com/qr-invalidita/attesta/verifier/service/servicetest"
)

// A phone is handed over to the page that the issuer names, unless no phone can open it.
func TestIssuerPage(t *testing.T) {
	for page, want := range map[string]string{
		"": "", "https://issuer.example.it/q": "https://issuer.example.it/q", "http://127.0.0.1:8080/q": "",
	} {
		i := issuertest.New(t, func(b *servicetest.Body) { b.Config.Page = page })
		assert.Equal(t, want, issuerPage(t.Context(), i.Server.URL), page)
		i.Server.Close()
		assert.Empty(t, issuerPage(t.Context(), i.Server.URL), "an issuer that is down")
	}
}
