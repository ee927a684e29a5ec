package qrpdf_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/qrpdf"
)

func TestPNGPixels(t *testing.T) {
	for _, version := range []int{1, 2, 7, 13, 22} {
		for _, scale := range []int{1, 2, 3, 5, 8} {
			t.Run(fmt.Sprintf("version %d, scale %d", version, scale), func(t *testing.T) {
				s := fullOf(t, version)
				requirePixels(t, s, decodePNG(t, write(t, qrpdf.PNG{Scale: scale}, s)), scale)
			})
		}
	}
}

func decodePNG(t *testing.T, b []byte) image.Image {
	t.Helper()
	img, err := png.Decode(bytes.NewReader(b))
	require.NoError(t, err)
	return img
}

func requirePixels(t *testing.T, s *qrpdf.Symbol, img image.Image, scale int) {
	t.Helper()
	side := (s.Size() + 2*quiet) * scale
	require.Equal(t, image.Rect(0, 0, side, side), img.Bounds())
	require.IsType(t, &image.Paletted{}, img)
	paletted := img.(*image.Paletted)
	require.Equal(t, color.Palette{color.RGBA{0xFF, 0xFF, 0xFF, 0xFF}, color.RGBA{0, 0, 0, 0xFF}},
		paletted.Palette)
	for y := range side {
		for x := range side {
			dark := paletted.ColorIndexAt(x, y) == 1
			if dark != s.Dark(x/scale-quiet, y/scale-quiet) {
				t.Fatalf("pixel %d %d: dark is %v", x, y, dark)
			}
		}
	}
}

func TestPNGChunks(t *testing.T) {
	b := write(t, qrpdf.PNG{}, fullOf(t, 13))
	require.Equal(t, "\x89PNG\r\n\x1a\n", string(b[:8]))
	var names []string
	data := map[string][]byte{}
	for rest := b[8:]; len(rest) > 0; {
		n, name := binary.BigEndian.Uint32(rest), string(rest[4:8])
		names = append(names, name)
		data[name] = rest[8 : 8+n]
		rest = rest[12+n:]
	}
	assert.Equal(t, []string{"IHDR", "PLTE", "pHYs", "IDAT", "IEND"}, names)
	described := write(t, qrpdf.PNG{Title: "Codice è", Desc: "Da inquadrare", Lang: "it"}, fullOf(t, 13))
	assert.Contains(t, string(described), "iTXtTitle\x00\x00\x00it\x00\x00Codice è")
	assert.Contains(t, string(described), "iTXtDescription\x00\x00\x00it\x00\x00Da inquadrare")
	_, err := png.Decode(bytes.NewReader(described)) // checks the sums
	assert.NoError(t, err)

	side := []byte{0, 0, 77 * 8 >> 8, 77 * 8 & 0xFF}
	assert.Equal(t, append(append(side, side...), 1, 3, 0, 0, 0), data["IHDR"],
		"77 modules of 8 pixels, 1 bit, palette")
	density := []byte{0, 0, 16000 >> 8, 16000 & 0xFF}
	assert.Equal(t, append(append(density, density...), 1), data["pHYs"], "8 pixels in 0.5 mm")
}

func TestPNGRefusesDescription(t *testing.T) {
	s := fullOf(t, 1)
	for says, p := range map[string]qrpdf.PNG{
		"title of 1001 bytes, at most 1000": {Title: strings.Repeat("x", 1001)},
		"desc is not UTF-8":                 {Desc: "a\xff"},
		"title holds U+0000":                {Title: "a\x00b"},
		"is not a language tag":             {Title: "a", Lang: "i t"},
	} {
		var out bytes.Buffer
		assert.ErrorContains(t, p.Write(&out, s), says)
		assert.Zero(t, out.Len())
	}
}

func TestPNGScale(t *testing.T) {
	s := fullOf(t, 1)
	assert.Equal(t, write(t, qrpdf.PNG{Scale: 8}, s), write(t, qrpdf.PNG{}, s))
	for _, scale := range []int{-1, 33, 1 << 40} {
		var out bytes.Buffer
		err := qrpdf.PNG{Scale: scale}.Write(&out, s)
		assert.EqualError(t, err, fmt.Sprintf("scale %d is not between 1 and 32", scale))
		assert.Zero(t, out.Len())
	}
	config, err := png.DecodeConfig(bytes.NewReader(write(t, qrpdf.PNG{Scale: 32}, fullOf(t, 22))))
	require.NoError(t, err)
	assert.Equal(t, 113*32, config.Width)
}
