package qrpdf_test

import (
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/qrpdf"
)

// If the caller leaves fields empty, the package prints longer texts in their place. They must
// fit too, on every paper.
func TestLeastFactsFit(t *testing.T) {
	symbol, err := qrpdf.Encoder{}.Encode("https://qr.example.it/q#eyJhbGciOiJFUzI1NiJ9")
	require.NoError(t, err)
	issued := time.Date(2026, time.September, 30, 0, 0, 0, 0, time.UTC)
	for name, layout := range layouts {
		for _, lang := range []string{"it", "en", "de", "fr", "sl", "it+de", "it+fr", "it+sl"} {
			for _, holder := range []string{"", "Giovanna Castelfranchi"} {
				d := qrpdf.Document{Layout: layout, Lang: lang, DisplayName: "Azienda sanitaria di esempio",
					Holder: holder, Issued: issued, Expires: issued.AddDate(5, 0, 0)}
				assert.NoError(t, d.Write(io.Discard, symbol), "%s %s %s", name, lang, holder)
			}
		}
	}
}
