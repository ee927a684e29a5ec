package page_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/verifier/page"
)

// A file that is not read is named, with what to do. Only a photo is to be taken again.
func TestFilesThatAreNotRead(t *testing.T) {
	o := newOffice(t, func(c *page.Config) { c.Photos, c.Offline = true, true })
	for name, test := range map[string]struct{ file, says string }{
		"HEIC":        {"\x00\x00\x00\x18ftypheic\x00\x00", "Una foto HEIC"},
		"TIFF":        {"II*\x00\x00\x00", "Un file TIFF"},
		"GIF":         {"GIF89a", "Questo tipo di file"},
		"zeros":       {"\x00\x00\x00\x00", "Questo tipo di file"},
		"no link":     {"%PDF-1.7\n", "In questo PDF non si legge un QR"},
		"other links": {"%PDF-1.7\n<</URI(https://e.it)>>", "solo altri link"},
		"encrypted":   {"%PDF-1.7\ntrailer<</Encrypt 9 0 R>>", "cifrato"},
		"portfolio":   {"%PDF-1.7\n<</Type/Catalog/Collection<<>>>>", "portfolio"},
		"cut off":     {"\x89PNG\r\n\x1a\n", "danneggiata"},
	} {
		w := o.upload("/q", []byte(test.file), "qr", "", "cf", "")
		assert.Equal(t, http.StatusUnprocessableEntity, w.Code, name)
		_, shown, _ := strings.Cut(w.Body.String(), `id="qr-error"`)
		shown, _, _ = strings.Cut(shown, "</p>")
		assert.Contains(t, shown, test.says, name)
		assert.NotContains(t, shown, "più da vicino", name)
	}
}

// Dots, quotation marks and brackets around a pasted text are named before the issuer is asked.
func TestStraysAreNamed(t *testing.T) {
	o := newOffice(t, nil)
	for _, pasted := range []string{o.qr + ".", "“" + o.qr + "”", "<" + o.qr + ">"} {
		w := o.post("/q", "qr", pasted, "cf", person)
		assert.Equal(t, http.StatusUnprocessableEntity, w.Code, pasted)
		assert.Contains(t, w.Body.String(), "virgolette o parentesi angolari", pasted)
	}
}

// Some programs escape the # of the address in a QR, and take what is around it for a part of it.
func TestEscapedHash(t *testing.T) {
	for _, path := range []string{"", "/q"} {
		o := newOffice(t, func(c *page.Config) { c.Path = path })
		form := path
		if form == "" {
			form = "/"
		}
		for _, text := range []string{strings.Repeat("4", 400), "eyJh.eyJi.AA-_", "4%3E"} {
			w := o.get(form + "%23" + text)
			assert.Equal(t, http.StatusSeeOther, w.Code)
			assert.Equal(t, form+"#"+text, w.Header().Get("Location"))
		}
		for _, text := range []string{"", "a/b", "a%3Cb", "a%0D%0Ab", strings.Repeat("4", 1025)} {
			assert.Equal(t, http.StatusNotFound, o.get(form+"%23"+text).Code, text)
		}
	}
}

// A sheet that was scanned or saved by others is read by the desk.
func TestFilesOfOthers(t *testing.T) {
	folder := os.Getenv("ATTESTA_CASES")
	if folder == "" {
		t.Skip("ATTESTA_CASES is not set")
	}
	o := newOffice(t, func(c *page.Config) { c.Photos, c.Offline = true, true })
	for _, name := range []string{"camscanner.pdf", "scan-jpg.pdf", "indirect-uri.pdf", "two-qrs.png"} {
		data, err := os.ReadFile(filepath.Join(folder, "files", name))
		require.NoError(t, err)
		w := o.upload("/q", data, "qr", "", "cf", "")
		assert.Equal(t, http.StatusOK, w.Code, name)
		assert.NotContains(t, w.Body.String(), "Un altro QR", name)
	}
}
