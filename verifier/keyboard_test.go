package verifier_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/api"
)

// What a scanner typed with another keyboard is never "another QR".
func TestWrongKeyboard(t *testing.T) {
	for text, want := range map[string]api.Code{
		"https://www.example.org/menu":   api.CodeNotOurs,
		"httpsç--www.example.org-menu":   api.CodeWrongKeyboard,
		"HTTPS://QR.EXAMPLE.IT/Q#EYjHBg": api.CodeWrongKeyboard,
		"RSSMRA80A01H501U":               api.CodeNotOurs,
	} {
		report := new(verifier.Client).Check(t.Context(), text, codicefiscale.Code{})
		assert.Equal(t, want, report.Code, text)
		assert.Equal(t, api.CannotTell, report.Verdict, text)
		assert.Equal(t, verifier.AuthenticityUnknown, report.Authenticity, text)
	}
}
