package token_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/token"
)

func TestQRText(t *testing.T) {
	for _, page := range []string{"https://qr.example.it/q", "https://qr.example.it",
		"http://localhost:8080/q", "https://a/?x=1&y=%20"} {
		text, err := token.QRText(page, "h.p.s")
		require.NoError(t, err)
		assert.Equal(t, page+"#h.p.s", text)
		assert.Equal(t, "h.p.s", token.FromQRText(text))
	}
	for _, page := range []string{"", "q", "/q", "qr.example.it/q", "//qr.example.it/q",
		"ftp://qr.example.it/q", "javascript:alert(1)",
		"https:///q", "https://qr.example.it/q#", "https://qr.example.it/#/q", "https://qr.example.it/a b",
		"https://qr.example.it/\n",
		"https://città.example.it/q", "https://user@qr.example.it/q", "https://qr.example.it:port/q",
		"https://qr.example.it/%zz", "\x7f"} {
		text, err := token.QRText(page, "h.p.s")
		assert.Error(t, err, page)
		assert.Empty(t, text)
	}
}

func TestFromQRText(t *testing.T) {
	for text, want := range map[string]string{
		"":                                "",
		"h.p.s":                           "h.p.s",
		"#h.p.s":                          "h.p.s",
		"https://example.org/q#h.p.s":     "h.p.s",
		"HTTPS://EXAMPLE.ORG/Q#h.p.s":     "h.p.s",
		"https://example.org/q#h.p.s#x":   "h.p.s#x",
		"javascript:alert(1)#h.p.s":       "h.p.s",
		"https://example.org/q#h.p.s\n":   "h.p.s\n",
		"https://example.org/q%23h.p.s":   "https://example.org/q%23h.p.s",
		"https://example.org/q?t=h.p.s":   "https://example.org/q?t=h.p.s",
		"https://example.org/q":           "https://example.org/q",
		"https://example.org/q#":          "",
		"BEGIN:VCARD\nN:Rossi\nEND:VCARD": "BEGIN:VCARD\nN:Rossi\nEND:VCARD",
	} {
		assert.Equal(t, want, token.FromQRText(text), text)
	}
}
