package scan_test

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/internal/race"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/page/scan"
)

// scanned is a PDF of one page that is a picture, as a scanner makes it. The page links to a foreign address.
func scanned(w, h int, filter, picture string) []byte {
	content := fmt.Sprintf("%d 0 0 %d 0 0 cm /I Do", w/2, h/2)
	return fmt.Appendf([]byte("%PDF-1.4\n"), "1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"+
		"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"+
		"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 %d %d]/Contents 4 0 R"+
		"/Resources<</XObject<</I 5 0 R>>>>/Annots[%s]>>endobj\n"+
		"4 0 obj<</Length %d>>stream\n%s\nendstream endobj\n"+
		"5 0 obj<</Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceGray"+
		"/BitsPerComponent 8/Filter/%s/Length %d>>stream\n%s\nendstream endobj\ntrailer<</Root 1 0 R>>\n",
		w/2, h/2, link("(https://app.example.org/scan#by)"), len(content), content, w, h, filter,
		len(picture), picture)
}

// A scanned sheet is read, however its picture is compressed, although it links elsewhere. A scan of a
// foreign QR stays foreign.
func TestScanned(t *testing.T) {
	ours := qrText(rand.New(rand.NewPCG(1, 1)), online)
	for _, text := range []string{ours, "https://www.example.org/menu"} {
		g := square(symbol(t, text), 5)
		w, h := g.Rect.Dx(), g.Rect.Dy()
		jpeg := scanned(w, h, "DCTDecode", string(asJPEG(t, g, 90)))
		got, err := scan.Text(t.Context(), new(verifier.Client), jpeg)
		require.NoError(t, err)
		assert.Equal(t, text, got)
		// Under the race detector, the time for a PDF is too short to draw it and to look at it.
		if _, err := exec.LookPath("pdftoppm"); err != nil || race.Enabled {
			continue
		}
		var b bytes.Buffer
		z := zlib.NewWriter(&b)
		_, _ = z.Write(g.Pix)
		_ = z.Close()
		got, err = scan.Text(t.Context(), new(verifier.Client), scanned(w, h, "FlateDecode", b.String()))
		require.NoError(t, err)
		assert.Equal(t, text, got)
	}
}
