package scan_test

import (
	"bytes"
	"image"
	"image/jpeg"
	"image/png"
	"math"
	"math/rand/v2"
	"testing"

	go_qr "github.com/piglig/go-qr"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/internal/race"
	"github.com/qr-invalidita/attesta/internal/wear"
)

// online is the length of a token of the online profile, 293 characters.
const online = 293

// qrText returns a text like that of a paper's QR, with n random characters after the #.
func qrText(rng *rand.Rand, n int) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	token := make([]byte, n)
	for i := range token {
		token[i] = alphabet[rng.IntN(len(alphabet))]
	}
	copy(token, "eyJ") // with which each begins: beside another text, more symbols are looked for
	return "https://qr.example.it/q#" + string(token)
}

// symbol encodes text at level M in the smallest version.
func symbol(tb testing.TB, text string) *go_qr.QrCode {
	tb.Helper()
	code, err := encode(text, go_qr.Medium, 1, 22)
	require.NoError(tb, err)
	return code
}

func encode(text string, level go_qr.Ecc, lowest, highest int) (*go_qr.QrCode, error) {
	segment, err := go_qr.MakeBytes([]byte(text))
	if err != nil {
		return nil, err
	}
	return go_qr.EncodeSegments([]*go_qr.QrSegment{segment}, level, lowest, highest, -1, false)
}

// square draws a symbol alone, px pixels a module, quiet zone 4.
func square(code *go_qr.QrCode, px int) *image.Gray {
	side := (code.Size() + 8) * px
	g := wear.White(side, side)
	drawSymbol(g, code, float64(4*px), float64(4*px), float64(px))
	return g
}

// page draws an A4 page with lines of strokes that look like print, and the
// symbol at 0.45 mm a module near its lower left corner.
func page(code *go_qr.QrCode, dpi float64) *image.Gray {
	rng := rand.New(rand.NewPCG(uint64(dpi), 1))
	mm := dpi / 25.4
	g := wear.White(int(210*mm+0.5), int(297*mm+0.5))
	const left, top, module = 27, 203, 0.45
	quiet := 4 * module
	side := module*float64(code.Size()) + quiet
	for y := 20.0; y < 280; y += 5.5 {
		for x := 20.0; x < 190; x += 2.1 {
			if rng.IntN(6) == 0 {
				continue // between two words
			}
			if x+3 > left-quiet && x < left+side && y+3 > top-quiet && y < top+side {
				continue
			}
			for range 2 {
				offset := 1.6 * rng.Float64()
				if rng.IntN(2) == 0 {
					ink(g, (x+offset)*mm, y*mm, (x+offset+0.35)*mm, (y+2.6)*mm)
				} else {
					ink(g, x*mm, (y+offset)*mm, (x+1.7)*mm, (y+offset+0.3)*mm)
				}
			}
		}
	}
	drawSymbol(g, code, left*mm, top*mm, module*mm)
	return g
}

// brief reports whether a test should use fewer and smaller pictures, because large ones take long under the
// race detector.
func brief() bool { return testing.Short() || race.Enabled }

func drawSymbol(g *image.Gray, code *go_qr.QrCode, left, top, module float64) {
	for y := range code.Size() {
		for x := 0; x < code.Size(); x++ {
			start := x
			for code.Module(x, y) {
				x++
			}
			ink(g, left+float64(start)*module, top+float64(y)*module,
				left+float64(x)*module, top+float64(y+1)*module)
		}
	}
}

// ink darkens the pixels of a rectangle, those at its border in part.
func ink(g *image.Gray, x0, y0, x1, y1 float64) {
	for y := max(int(y0), 0); y < min(int(math.Ceil(y1)), g.Rect.Max.Y); y++ {
		high := min(y1, float64(y+1)) - max(y0, float64(y))
		for x := max(int(x0), 0); x < min(int(math.Ceil(x1)), g.Rect.Max.X); x++ {
			wide := min(x1, float64(x+1)) - max(x0, float64(x))
			p := &g.Pix[y*g.Stride+x]
			*p = byte(max(float64(*p)-255*wide*high, 0))
		}
	}
}

// random fills a picture with noise.
func random(w, h int, seed uint64) *image.Gray {
	rng := rand.New(rand.NewPCG(seed, 0))
	g := image.NewGray(image.Rect(0, 0, w, h))
	for i := range g.Pix {
		g.Pix[i] = byte(rng.Uint32())
	}
	return g
}

func asPNG(tb testing.TB, img image.Image) []byte {
	tb.Helper()
	var b bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestSpeed}
	require.NoError(tb, encoder.Encode(&b, img))
	return b.Bytes()
}

func asJPEG(tb testing.TB, img image.Image, quality int) []byte {
	tb.Helper()
	var b bytes.Buffer
	require.NoError(tb, jpeg.Encode(&b, img, &jpeg.Options{Quality: quality}))
	return b.Bytes()
}
