package qrpdf_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/qrpdf"
)

const pointsPerMM = 72 / 25.4

// box is the position of the symbol in the content stream, in points from the lower left corner.
type box struct{ left, top, module, side float64 }

var symbolPath = regexp.MustCompile(`\nq ([0-9. -]+ cm\n(?:\d+ \d+ \d+ \d+ re\n)+)f Q\n`)

// symbolBox reads the one transformation of the page and checks the rectangles after it against the symbol.
func symbolBox(t testing.TB, content string, s *qrpdf.Symbol) box {
	t.Helper()
	m := symbolPath.FindStringSubmatch(content)
	require.NotNil(t, m, "one fill")
	drawing := m[1]
	var b box
	var down float64
	lines := strings.Split(strings.TrimSuffix(drawing, "\n"), "\n")
	_, err := fmt.Sscanf(lines[0], "%f 0 0 %f %f %f cm", &b.module, &down, &b.left, &b.top)
	require.NoError(t, err)
	require.Equal(t, -b.module, down)
	b.side = b.module * float64(s.Size())

	painted := 0
	for _, line := range lines[1:] {
		var x, y, w, h int
		if _, err := fmt.Sscanf(line, "%d %d %d %d re", &x, &y, &w, &h); err != nil || h != 1 {
			t.Fatalf("%s: %v", line, err)
		}
		if s.Dark(x-1, y) || s.Dark(x+w, y) {
			t.Fatalf("run not merged: %s", line)
		}
		for i := x; i < x+w; i++ {
			if !s.Dark(i, y) {
				t.Fatalf("paints a light module: %s", line)
			}
			painted++
		}
	}
	require.Equal(t, darkModules(s), painted)
	return b
}

func darkModules(s *qrpdf.Symbol) int {
	n := 0
	for y := range s.Size() {
		for x := range s.Size() {
			if s.Dark(x, y) {
				n++
			}
		}
	}
	return n
}

// placement is the position of the symbol in a layout, in millimetres.
func placement(t *testing.T, d qrpdf.Document, s *qrpdf.Symbol) (module, side, left, top float64) {
	objects, _ := readPDF(t, write(t, d, s))
	_, contents := pages(t, objects)
	b := symbolBox(t, contents[0], s)

	var x0, y0, x1, y1 float64
	_, rect, _ := strings.Cut(find(t, objects, "/Subtype /Link").text, "/Rect ")
	_, err := fmt.Sscanf(rect, "[%f %f %f %f]", &x0, &y0, &x1, &y1)
	require.NoError(t, err)
	assert.InDelta(t, b.left, x0, 0.1)
	assert.InDelta(t, b.left+b.side, x1, 0.1)
	assert.InDelta(t, b.top, y1, 0.1)
	assert.LessOrEqual(t, y0, b.top-b.side+0.1)

	var box [4]float64
	_, figure, _ := strings.Cut(findFigure(t, objects), "/BBox ")
	_, err = fmt.Sscanf(figure, "[%f %f %f %f]", &box[0], &box[1], &box[2], &box[3])
	require.NoError(t, err)
	for i, want := range []float64{b.left, b.top - b.side, b.left + b.side, b.top} {
		assert.InDelta(t, want, box[i], 0.05, "the box of the figure is what is drawn")
	}
	return b.module / pointsPerMM, b.side / pointsPerMM, b.left / pointsPerMM, 297 - b.top/pointsPerMM
}

func findFigure(t *testing.T, objects map[int]pdfObject) string {
	return find(t, objects, "/S /Figure").text
}

// The requirements of the design on the position of the symbol, for every version of a symbol in
// a Document.
func TestDocumentPlacement(t *testing.T) {
	for version := lowestVersion; version <= highestVersion; version++ {
		s := fullOf(t, version)
		if version < 3 { // too small for the usual address
			s = encode(t, qrpdf.Encoder{}, "https://a.it/#"+strings.Repeat("x", 10*(version-1)))
		}
		require.Equal(t, version, s.Version())
		for name, layout := range layouts {
			d := page()
			d.Layout = layout
			module, side, left, top := placement(t, d, s)
			assert.GreaterOrEqual(t, module, 0.3999, name)
			for _, edge := range []float64{left, top, 210 - left - side, 297 - top - side} {
				assert.GreaterOrEqual(t, edge, 11.99, name)
			}
			zone := quiet * module
			assert.Less(t, top+side+zone, 99.0, "fold in three")
			if layout == qrpdf.Wallet {
				// The card fills 19.4 to 105 mm; its height is found from its outline.
				cardTop, cardBottom := outlineOfCard(t, d, s)
				assert.InDelta(t, 54, cardBottom-cardTop, 0.01)
				for _, edge := range []float64{left - 19.4, 105 - left - side, top - cardTop,
					cardBottom - top - side} {
					assert.GreaterOrEqual(t, edge, 4.998, "version %d", version)
					assert.GreaterOrEqual(t, edge, zone, "version %d", version)
				}
				assert.GreaterOrEqual(t, (left-19.4+top-cardTop-5)/1.4142, 5.0, "the corner that is cut off")
				assert.True(t, module >= 0.5999 || version > 14, "version %d: %v", version, module)
				assert.True(t, module >= 0.4999 || version > 17, "version %d: %v", version, module)
				assert.True(t, version > 9 || side < 32.01, "version %d: %v", version, side)
				continue
			}
			assert.GreaterOrEqual(t, module, 0.5999, name)
			assert.GreaterOrEqual(t, side, 36.0)
			if layout == qrpdf.LargePrint && version > 7 {
				assert.InDelta(t, 78.5, side, 1.6, "version %d", version)
			}
			assert.Less(t, left+side+zone, 105.0, "upright fold")
			assert.GreaterOrEqual(t, (left+top-14)/1.4142, 9.5, "the corner that is cut off")
			assert.GreaterOrEqual(t, left+top-2*zone, 14.0, "its quiet zone")
		}
	}
}

// outlineOfCard returns the heights of the long edges of the card.
func outlineOfCard(t *testing.T, d qrpdf.Document, s *qrpdf.Symbol) (top, bottom float64) {
	objects, _ := readPDF(t, write(t, d, s))
	_, contents := pages(t, objects)
	for _, line := range strings.Split(contents[0], "/Artifact BMC\n")[1:] {
		var x0, y0, x1, y1 float64
		_, path, _ := strings.Cut(line, " w ")
		if _, err := fmt.Sscanf(path, "%f %f m\n%f %f l", &x0, &y0, &x1, &y1); err == nil && y0 == y1 {
			assert.InDelta(t, 171.2, max(x0, x1)/pointsPerMM-min(x0, x1)/pointsPerMM, 0.01)
			height := 297 - y0/pointsPerMM
			if top == 0 {
				top = height
			} else {
				bottom = height
			}
		}
	}
	return top, bottom
}
