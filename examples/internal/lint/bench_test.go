package lint_test

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/lint"
	"github.com/qr-invalidita/attesta/qrpdf"
)

// BenchmarkScan examines 12 pages of A4 as a scanner saves them at 300 dpi: a document, five pages of text,
// and six backs without print.
func BenchmarkScan(b *testing.B) {
	s := encode(b, 316, qrpdf.M)
	document := paper(b, sheet(300, placed{symbol: s, left: 20, top: 40, module: 0.7}).draw(), 40)
	text, back := paper(b, sheet(300).draw(), 60), paper(b, sheet(300).draw(), 0)
	file := scannedPages(document, text, back, text, back, text, back, text, back, text, back, back)
	for b.Loop() {
		r, err := lint.Check(b.Context(), file, lint.Options{})
		require.NoError(b, err)
		require.Len(b, r.Symbols, 1)
	}
}

// paper returns a page as a scanner sees it, as JPEG: with grain, and with so many lines of print at its end.
func paper(tb testing.TB, page *image.RGBA, lines int) []byte {
	tb.Helper()
	rng := rand.New(rand.NewPCG(1, 2))
	for line := range lines {
		for x := 250; x < page.Rect.Max.X-250; x += 7 + rng.IntN(12) { // a stroke of a letter
			for i := range 4 * 30 {
				page.SetRGBA(x+i%4, page.Rect.Max.Y-200-50*line-i/4, color.RGBA{40, 40, 40, 0xff})
			}
		}
	}
	for i := range page.Pix {
		page.Pix[i] = byte(max(0, min(255, int(page.Pix[i])-10+rng.IntN(25)-12)))
	}
	var b bytes.Buffer
	require.NoError(tb, jpeg.Encode(&b, page, &jpeg.Options{Quality: 80}))
	return b.Bytes()
}

// scannedPages returns a PDF whose pages are these JPEG pictures of A4 at 300 dpi.
func scannedPages(pages ...[]byte) []byte {
	var b, kids, table bytes.Buffer
	b.WriteString("%PDF-1.4\n")
	object := func(format string, args ...any) { // in the order of the numbers
		fmt.Fprintf(&table, "%010d 00000 n \n", b.Len())
		fmt.Fprintf(&b, format, args...)
	}
	for i := range pages {
		fmt.Fprintf(&kids, "%d 0 R ", 4+2*i)
	}
	const content = "595.2 0 0 841.92 0 0 cm /I Do"
	object("1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n")
	object("2 0 obj<</Type/Pages/Kids[%s]/Count %d/MediaBox[0 0 595.2 841.92]>>endobj\n", kids.String(),
		len(pages))
	object("3 0 obj<</Length %d>>stream\n%s\nendstream endobj\n", len(content), content)
	for i, picture := range pages {
		object("%d 0 obj<</Type/Page/Parent 2 0 R/Contents 3 0 R/Resources<</XObject<</I %d 0 R>>>>>>"+
			"endobj\n", 4+2*i, 5+2*i)
		object("%d 0 obj<</Type/XObject/Subtype/Image/Width 2480/Height 3508/ColorSpace/DeviceRGB"+
			"/BitsPerComponent 8/Filter/DCTDecode/Length %d>>stream\n%s\nendstream endobj\n", 5+2*i,
			len(picture), picture)
	}
	size, start := 4+2*len(pages), b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n%strailer<</Root 1 0 R/Size %d>>\nstartxref\n%d\n"+
		"%%%%EOF\n", size, table.String(), size, start)
	return b.Bytes()
}
