package lint_test

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/internal/race"
	"github.com/qr-invalidita/attesta/qrpdf"
)

var (
	black = color.RGBA{0, 0, 0, 0xff}
	white = color.RGBA{0xff, 0xff, 0xff, 0xff}
)

// brief says whether to take a few of the cases with whole pages.
func brief() bool { return testing.Short() || race.Enabled }

// qrText returns an address of n bytes in the form of a real one.
func qrText(n int) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	rng := rand.New(rand.NewPCG(uint64(n), 7))
	b := []byte("https://qr.example.it/q#")
	start := len(b)
	for len(b) < n {
		b = append(b, alphabet[rng.IntN(len(alphabet))])
	}
	copy(b[start:], "eyJ") // with which a token begins: beside another text, more symbols are looked for
	return string(b)
}

func encode(tb testing.TB, n int, level qrpdf.Level) *qrpdf.Symbol {
	tb.Helper()
	s, err := qrpdf.Encoder{Level: level, MaxVersion: 22}.Encode(qrText(n))
	require.NoError(tb, err)
	return s
}

// scene is a picture of known geometry, in pixels.
type scene struct {
	w, h        int
	dark, light color.RGBA // zero: black on white
	placed      []placed
}

// placed is a symbol with its upper left corner, turned clockwise about its middle.
type placed struct {
	symbol            *qrpdf.Symbol
	left, top, module float64
	degrees           float64
}

// alone is a symbol with a quiet zone.
func alone(s *qrpdf.Symbol, module, quiet float64) scene {
	side := int(math.Round((float64(s.Size()) + 2*quiet) * module))
	return scene{w: side, h: side, placed: []placed{
		{symbol: s, left: quiet * module, top: quiet * module, module: module}}}
}

// sheet is an A4 page at dpi; the symbol is placed and sized in mm.
func sheet(dpi float64, list ...placed) scene {
	px := dpi / 25.4
	sc := scene{w: int(math.Round(210 * px)), h: int(math.Round(297 * px))}
	for _, p := range list {
		p.left, p.top, p.module = p.left*px, p.top*px, p.module*px
		sc.placed = append(sc.placed, p)
	}
	return sc
}

func (sc scene) draw() *image.RGBA {
	if sc.dark == sc.light {
		sc.dark, sc.light = black, white
	}
	img := image.NewRGBA(image.Rect(0, 0, sc.w, sc.h))
	for i := 0; i < len(img.Pix); i += 4 {
		copy(img.Pix[i:], []byte{sc.light.R, sc.light.G, sc.light.B, 0xff})
	}
	for _, p := range sc.placed {
		p.draw(img, sc.dark, sc.light)
	}
	return img
}

// draw takes nine samples of each pixel.
func (p placed) draw(img *image.RGBA, dark, light color.RGBA) {
	const grid = 3
	side := float64(p.symbol.Size()) * p.module
	cx, cy := p.left+side/2, p.top+side/2
	sin, cos := math.Sincos(p.degrees * math.Pi / 180)
	reach := int(side*0.75) + 2
	for y := max(int(cy)-reach, 0); y < min(int(cy)+reach, img.Rect.Max.Y); y++ {
		for x := max(int(cx)-reach, 0); x < min(int(cx)+reach, img.Rect.Max.X); x++ {
			n := 0
			for i := range grid * grid {
				dx := float64(x) + (float64(i%grid)+0.5)/grid - cx
				dy := float64(y) + (float64(i/grid)+0.5)/grid - cy
				u, v := (dx*cos+dy*sin+side/2)/p.module, (-dx*sin+dy*cos+side/2)/p.module
				if p.symbol.Dark(int(math.Floor(u)), int(math.Floor(v))) {
					n++
				}
			}
			mix := func(d, l uint8) uint8 { return uint8((int(d)*n + int(l)*(grid*grid-n)) / (grid * grid)) }
			if n > 0 {
				img.SetRGBA(x, y, color.RGBA{mix(dark.R, light.R), mix(dark.G, light.G), mix(dark.B, light.B),
					0xff})
			}
		}
	}
}

// blurred is the mean of nine pixels.
func blurred(img *image.RGBA) *image.RGBA {
	out := image.NewRGBA(img.Rect)
	copy(out.Pix, img.Pix)
	for y := 1; y < img.Rect.Max.Y-1; y++ {
		for x := 1; x < img.Rect.Max.X-1; x++ {
			sum := 0
			for i := range 9 {
				sum += int(img.RGBAAt(x+i%3-1, y+i/3-1).G)
			}
			v := uint8(sum / 9)
			out.SetRGBA(x, y, color.RGBA{v, v, v, 0xff})
		}
	}
	return out
}

// asPNG adds a density in dots per inch, unless it is 0.
func asPNG(tb testing.TB, img image.Image, dpi float64) []byte {
	tb.Helper()
	var b bytes.Buffer
	require.NoError(tb, (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&b, img))
	if dpi == 0 {
		return b.Bytes()
	}
	perMetre := binary.BigEndian.AppendUint32(nil, uint32(math.Round(dpi/0.0254)))
	return addChunk(b.Bytes(), "pHYs", append(append(perMetre, perMetre...), 1))
}

// addChunk puts a chunk behind the header of a PNG.
func addChunk(data []byte, kind string, body []byte) []byte {
	const header = 8 + 25
	chunk := append([]byte(kind), body...)
	out := append([]byte{}, data[:header]...)
	out = binary.BigEndian.AppendUint32(out, uint32(len(body)))
	out = append(out, chunk...)
	out = binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(chunk))
	return append(out, data[header:]...)
}

// asJPEG adds a JFIF header with that unit and density, unless unit is 0.
func asJPEG(tb testing.TB, img image.Image, unit byte, x, y uint16) []byte {
	tb.Helper()
	var b bytes.Buffer
	require.NoError(tb, jpeg.Encode(&b, img, &jpeg.Options{Quality: 85}))
	if unit == 0 {
		return b.Bytes()
	}
	app0 := []byte("\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x02")
	app0 = binary.BigEndian.AppendUint16(append(app0, unit), x)
	app0 = append(binary.BigEndian.AppendUint16(app0, y), 0, 0)
	return append(app0, b.Bytes()[2:]...)
}
