package qrpdf_test

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/qrpdf"
)

// renderDPI is so coarse that a letter is only a spot: the comparison is about positions.
const renderDPI = 24

// shades are the sixteen shades of a golden render.
var shades = func() (p color.Palette) {
	for i := range 16 {
		p = append(p, color.Gray{Y: uint8(17 * i)})
	}
	return p
}()

// The pages as seen by an eye that is not too sharp. Look at each render that -update changes,
// and at the page itself.
func TestGoldenRenders(t *testing.T) {
	tool(t, "pdftoppm")
	s := printedSymbol(t)
	pair := page()
	pair.Lang, pair.Holder, pair.Logo = "it+de", "Đorđe Nguyễn-Müller",
		qrpdf.Logo{Data: []byte(svgLogo), Alt: "Esempio"}
	pairCard, large, card := pair, page(), page()
	pairCard.Layout, large.Layout, card.Layout = qrpdf.Wallet, qrpdf.LargePrint, qrpdf.Wallet
	pairLarge, easy := pair, page()
	pairLarge.Layout, easy.Layout = qrpdf.LargePrint, qrpdf.Easy
	for name, file := range map[string][]byte{
		"standard-it": write(t, page(), s), "standard-it+de": write(t, pair, s),
		"large-print-it": write(t, large, s), "large-print-it+de": write(t, pairLarge, s),
		"wallet-it": write(t, card, s), "wallet-it+de": write(t, pairCard, s),
		"easy-it":      write(t, easy, s),
		"desk-card-it": writeCard(t, deskCard("it")), "desk-card-it+de": writeCard(t, deskCard("it+de")),
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			path := filepath.Join(folder, "page.pdf")
			require.NoError(t, os.WriteFile(path, file, 0o600))
			run(t, "pdftoppm", "-gray", "-png", "-r", fmt.Sprint(renderDPI), path,
				filepath.Join(folder, "page"))
			renders, err := filepath.Glob(filepath.Join(folder, "*.png"))
			require.NoError(t, err)
			slices.Sort(renders)
			for i, render := range renders {
				got := readRender(t, render)
				goldenFile := filepath.Join("render", fmt.Sprintf("%s-%d.png", name, i+1))
				want, err := png.Decode(bytes.NewReader(golden(t, goldenFile, encodeRender(t, got))))
				require.NoError(t, err)
				assert.Less(t, difference(want, got), alike, goldenFile)
				assert.Greater(t, difference(want, moved(got)), alike, "%s: two millimetres must show",
					goldenFile)
			}
			kept, err := filepath.Glob(filepath.Join("testdata", "golden", "render", name+"-*.png"))
			require.NoError(t, err)
			assert.Len(t, renders, len(kept))
		})
	}
}

func readRender(t *testing.T, name string) image.Image {
	t.Helper()
	b, err := os.ReadFile(name)
	require.NoError(t, err)
	img, err := png.Decode(bytes.NewReader(b))
	require.NoError(t, err)
	return img
}

func encodeRender(t *testing.T, img image.Image) []byte {
	t.Helper()
	r := img.Bounds()
	small := image.NewPaletted(r, shades)
	for y := range r.Dy() {
		for x := range r.Dx() {
			small.Set(x, y, img.At(x, y))
		}
	}
	var b bytes.Buffer
	require.NoError(t, (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&b, small))
	return b.Bytes()
}

// moved returns img shifted two pixels down.
func moved(img image.Image) image.Image {
	r := img.Bounds()
	out := image.NewGray(r)
	for y := range r.Dy() {
		for x := range r.Dx() {
			out.Set(x, y, img.At(x, max(y-2, 0)))
		}
	}
	return out
}

// alike is the greatest difference allowed between two renders of one page, because rasterisers
// smooth letters differently.
const alike = 25.0

// difference returns the greatest difference between the mean shades of two pictures in squares
// of four pixels.
func difference(a, b image.Image) float64 {
	r := a.Bounds()
	if r != b.Bounds() {
		return 255
	}
	const side = 4
	most := 0.0
	for y := 0; y+side <= r.Dy(); y += side {
		for x := 0; x+side <= r.Dx(); x += side {
			sum := 0
			for i := range side * side {
				at := func(img image.Image) int {
					return int(color.GrayModel.Convert(img.At(x+i%side, y+i/side)).(color.Gray).Y)
				}
				sum += at(a) - at(b)
			}
			most = max(most, float64(max(sum, -sum))/(side*side))
		}
	}
	return most
}
