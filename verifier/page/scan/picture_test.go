package scan_test

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
	go_qr "github.com/piglig/go-qr"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/internal/race"
	"github.com/qr-invalidita/attesta/internal/wear"
	"github.com/qr-invalidita/attesta/verifier/page/scan"
)

// copied draws src into dst, which has its size.
func copied[T draw.Image](dst T, src image.Image) T {
	draw.Draw(dst, dst.Bounds(), src, src.Bounds().Min, draw.Src)
	return dst
}

// seethrough returns black or white ink on a transparent background.
func seethrough(dst draw.Image, g *image.Gray, ink color.Color) image.Image {
	for y := range g.Rect.Dy() {
		for x := range g.Rect.Dx() {
			if g.GrayAt(x, y).Y < 128 {
				dst.Set(x, y, ink)
			} else {
				dst.Set(x, y, color.Transparent)
			}
		}
	}
	return dst
}

func TestReadPNG(t *testing.T) {
	text := qrText(rand.New(rand.NewPCG(1, 1)), online)
	g := square(symbol(t, text), 4)
	r := g.Rect
	blackAndWhite := color.Palette{color.White, color.Black}
	coloured := color.Palette{
		color.RGBA{0xff, 0xf8, 0xe0, 0xff},
		color.RGBA{0x10, 0x20, 0x60, 0xff},
		color.RGBA{0xd0, 0x10, 0x10, 0xff},
	}
	clear := color.Palette{color.Transparent, color.Black}
	for name, img := range map[string]image.Image{
		"grey":                      g,
		"grey, 16 bits":             copied(image.NewGray16(r), g),
		"1 bit":                     copied(image.NewPaletted(r, blackAndWhite), g),
		"2 bits, coloured":          copied(image.NewPaletted(r, coloured), g),
		"true colour":               copied(image.NewRGBA(r), g),
		"true colour, 16 bits":      copied(image.NewRGBA64(r), g),
		"clear background":          seethrough(image.NewNRGBA(r), g, color.Black),
		"clear background, 16 bits": seethrough(image.NewNRGBA64(r), g, color.Black),
		"clear background, palette": seethrough(image.NewPaletted(r, clear), g, color.Black),
		"half transparent ink":      seethrough(image.NewNRGBA(r), g, color.NRGBA{A: 0xa0}),
		"white on black": copied(image.NewPaletted(r, color.Palette{color.Black, color.White}),
			inverted(g)),
		"light grey on dark grey": wear.Light(inverted(g), 60, 200, 60, 200),
		"upside down":             wear.Turn(g, 180),
		"mirrored":                mirrored(g),
	} {
		t.Run(name, func(t *testing.T) {
			texts, err := scan.Read(t.Context(), asPNG(t, img))
			require.NoError(t, err)
			assert.Equal(t, []string{text}, texts)
		})
	}
}

func inverted(g *image.Gray) *image.Gray { return wear.Light(g, 255, 0, 255, 0) }

func mirrored(g *image.Gray) *image.Gray {
	out := wear.White(g.Rect.Dx(), g.Rect.Dy())
	for y := range g.Rect.Dy() {
		for x := range g.Rect.Dx() {
			out.SetGray(g.Rect.Dx()-1-x, y, g.GrayAt(x, y))
		}
	}
	return out
}

func TestReadJPEG(t *testing.T) {
	text := qrText(rand.New(rand.NewPCG(1, 2)), online)
	g := square(symbol(t, text), 4)
	for name, img := range map[string]image.Image{
		"grey":   g,
		"colour": copied(image.NewRGBA(g.Rect), g),
	} {
		t.Run(name, func(t *testing.T) {
			texts, err := scan.Read(t.Context(), asJPEG(t, img, 75))
			require.NoError(t, err)
			assert.Equal(t, []string{text}, texts)
		})
	}
	// Go does not write these kinds. poppler's pdftoppm made progressive.jpg, and Ghostscript made cmyk.jpg.
	for _, name := range []string{"progressive.jpg", "cmyk.jpg"} {
		t.Run(name, func(t *testing.T) {
			data, err := os.ReadFile(filepath.Join("testdata", name))
			require.NoError(t, err)
			texts, err := scan.Read(t.Context(), data)
			require.NoError(t, err)
			assert.Equal(t, []string{"https://qr.example.it/q#fixture"}, texts)
		})
	}
}

// TestReadPage reads an A4 page from that of a screen to a fine scan.
func TestReadPage(t *testing.T) {
	text := qrText(rand.New(rand.NewPCG(1, 3)), online)
	code := symbol(t, text)
	for _, dpi := range []float64{72, 84, 96, 110, 120, 150, 180, 200, 250, 300, 400, 600} {
		t.Run(fmt.Sprint(dpi), func(t *testing.T) {
			if dpi != 150 && brief() {
				t.Skip("slow")
			}
			g := page(code, dpi)
			data := asJPEG(t, g, 60)
			if dpi <= 300 {
				texts, err := scan.Read(t.Context(), data)
				require.NoError(t, err)
				assert.Equal(t, []string{text}, texts, "JPEG")
				data = asPNG(t, g)
			}
			texts, err := scan.Read(t.Context(), data)
			require.NoError(t, err)
			assert.Equal(t, []string{text}, texts)
		})
	}
	t.Run("scanned at 150", func(t *testing.T) {
		if brief() {
			t.Skip("slow")
		}
		g := wear.Noise(wear.Blur(wear.Turn(page(code, 150), 1.2), 0.6), 8, rand.New(rand.NewPCG(1, 4)))
		texts, err := scan.Read(t.Context(), asJPEG(t, g, 50))
		require.NoError(t, err)
		assert.Equal(t, []string{text}, texts)
	})
}

// TestReadRandom reads 500 random texts over versions 1 to 22 and the four
// levels, once as files and once by gozxing alone, which is told that there
// is nothing but the symbol.
func TestReadRandom(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	n := 500
	switch {
	case race.Enabled:
		n = 22 // each version once
	case testing.Short():
		n = 4 * 22 // and at each level
	}
	for i := range n {
		version := 1 + i%22
		level := []go_qr.Ecc{go_qr.Low, go_qr.Medium, go_qr.Quartile, go_qr.High}[i/22%4]
		text := qrText(rng, 1000)[rng.IntN(24):]
		text = text[:1+rng.IntN(len(text))]
		code, err := encode(text, level, version, version)
		for err != nil { // too long for this version
			text = text[:len(text)*9/10]
			code, err = encode(text, level, version, version)
		}
		g := square(code, 1+rng.IntN(6))
		name := fmt.Sprintf("version %d, level %d, %d characters, %d pixels", version, level, len(text),
			g.Rect.Dx())

		texts, err := scan.Read(t.Context(), asPNG(t, g))
		require.NoError(t, err, name)
		require.Equal(t, []string{text}, texts, name)

		source, err := gozxing.NewPlanarYUVLuminanceSource(g.Pix, g.Stride, g.Stride,
			0, 0, g.Stride, g.Stride, false)
		require.NoError(t, err)
		bitmap, err := gozxing.NewBinaryBitmap(gozxing.NewGlobalHistgramBinarizer(source))
		require.NoError(t, err)
		result, err := qrcode.NewQRCodeReader().Decode(bitmap, map[gozxing.DecodeHintType]any{
			gozxing.DecodeHintType_PURE_BARCODE: true,
		})
		require.NoError(t, err, name)
		require.Equal(t, text, result.GetText(), name)
	}
}

// TestReadConcurrent reads one picture in several goroutines.
func TestReadConcurrent(t *testing.T) {
	text := "https://qr.example.it/q#at-once"
	data := asPNG(t, square(symbol(t, text), 2))
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			texts, err := scan.Read(t.Context(), data)
			assert.NoError(t, err)
			assert.Equal(t, []string{text}, texts)
		})
	}
	group.Wait()
}

// TestReadEmptySymbol reads a symbol without a text, which gives no text.
func TestReadEmptySymbol(t *testing.T) {
	_, err := scan.Read(t.Context(), asPNG(t, square(symbol(t, ""), 4)))
	assert.ErrorIs(t, err, scan.ErrNoCode)
}

// TestReadLongSymbol reads a symbol of 7,089 digits, which is longer than any text of Attesta.
func TestReadLongSymbol(t *testing.T) {
	for digits, want := range map[int]error{4096: nil, 4097: scan.ErrNoCode} {
		segment, err := go_qr.MakeNumeric(string(bytes.Repeat([]byte("7"), digits)))
		require.NoError(t, err)
		code, err := go_qr.EncodeSegments([]*go_qr.QrSegment{segment}, go_qr.Low, 1, 40, -1, false)
		require.NoError(t, err)
		texts, err := scan.Read(t.Context(), asPNG(t, square(code, 3)))
		require.ErrorIs(t, err, want)
		if want == nil {
			assert.Len(t, texts[0], digits)
		}
	}
}

// TestInSteps reads with Picture, Gray and ReadGray, which together give what Read gives.
func TestInSteps(t *testing.T) {
	const text = "https://qr.example.it/q#steps"
	square := square(symbol(t, text), 3)
	for name, data := range map[string][]byte{"PNG": asPNG(t, square), "JPEG": asJPEG(t, square, 80)} {
		t.Run(name, func(t *testing.T) {
			img, err := scan.Picture(data)
			require.NoError(t, err)
			gray := scan.Gray(img)
			assert.Equal(t, square.Rect, gray.Rect)
			got, err := scan.ReadGray(t.Context(), gray)
			require.NoError(t, err)
			assert.Equal(t, text, got)
		})
	}
	_, err := scan.Picture([]byte("neither"))
	assert.ErrorIs(t, err, scan.ErrPicture)
	_, err = scan.ReadGray(t.Context(), wear.White(60, 60))
	assert.ErrorIs(t, err, scan.ErrNoCode)
}
