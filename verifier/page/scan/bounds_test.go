package scan_test

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/internal/wear"
	"github.com/qr-invalidita/attesta/verifier/page/scan"
)

// allocated returns the number of bytes that f allocates, freed or not.
func allocated(f func()) int {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return int(after.TotalAlloc - before.TotalAlloc)
}

// pngHead returns a PNG of that size and kind that ends before its pixels.
func pngHead(w, h uint32, depth, colour byte) []byte {
	head := []byte("IHDR")
	head = binary.BigEndian.AppendUint32(head, w)
	head = binary.BigEndian.AppendUint32(head, h)
	head = append(head, depth, colour, 0, 0, 0)
	data := []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0d")
	data = append(data, head...)
	data = binary.BigEndian.AppendUint32(data, crc32.ChecksumIEEE(head))
	return append(data, "\x00\x00\x00\x00IDAT"...)
}

// jpegOf returns a small JPEG whose frame header states another size and kind.
func jpegOf(t *testing.T, w, h uint16, progressive bool) []byte {
	data := asJPEG(t, copied(image.NewRGBA(image.Rect(0, 0, 16, 16)), wear.White(16, 16)), 50)
	i := resizeJPEG(t, data, w, h)
	if progressive {
		data[i+1] = 0xc2
	}
	return data
}

// resizeJPEG changes the size in the frame header and returns the header's position.
func resizeJPEG(t *testing.T, data []byte, w, h uint16) int {
	i := bytes.Index(data, []byte{0xff, 0xc0})
	require.Positive(t, i)
	binary.BigEndian.PutUint16(data[i+5:], h)
	binary.BigEndian.PutUint16(data[i+7:], w)
	return i
}

// TestDeclaredSize reads tiny files whose headers state a large size.
func TestDeclaredSize(t *testing.T) {
	const little = 1 << 20
	largeCMYK, err := os.ReadFile(filepath.Join("testdata", "cmyk.jpg"))
	require.NoError(t, err)
	resizeJPEG(t, largeCMYK, 8000, 5000)
	for name, c := range map[string]struct {
		data  []byte
		want  error
		bytes int
	}{
		"PNG, 60000 by 60000":         {pngHead(60000, 60000, 8, 2), scan.ErrTooManyPixels, little},
		"PNG, widest":                 {pngHead(1<<31-1, 1, 1, 0), scan.ErrTooManyPixels, little},
		"PNG, largest":                {pngHead(1<<31-1, 1<<31-1, 8, 6), scan.ErrPicture, little},
		"PNG, no width":               {pngHead(0, 100, 8, 0), scan.ErrPicture, little},
		"PNG, 40 megapixels":          {pngHead(8000, 5000, 8, 6), scan.ErrPicture, 170_000_000},
		"PNG, one row more":           {pngHead(8000, 5001, 1, 0), scan.ErrTooManyPixels, little},
		"PNG, 40 megapixels, 16 bits": {pngHead(8000, 5000, 16, 2), scan.ErrTooManyPixels, little},
		"PNG, 16-bit grey":            {pngHead(8000, 5000, 16, 0), scan.ErrTooManyPixels, little},
		"JPEG, largest":               {jpegOf(t, 65535, 65535, false), scan.ErrTooManyPixels, little},
		"JPEG, 40 megapixels":         {jpegOf(t, 8000, 5000, false), scan.ErrPicture, 170_000_000},
		"JPEG, CMYK":                  {largeCMYK, scan.ErrTooManyPixels, little},
		"JPEG, progressive":           {jpegOf(t, 5000, 3000, true), scan.ErrTooManyPixels, little},
		"JPEG, less of it":            {jpegOf(t, 4000, 3000, true), scan.ErrPicture, 170_000_000},
	} {
		t.Run(name, func(t *testing.T) {
			var err error
			spent := allocated(func() { _, err = scan.Read(t.Context(), c.data) })
			assert.ErrorIs(t, err, c.want)
			assert.LessOrEqual(t, spent, c.bytes)
		})
	}
}

// TestNoCode reads valid pictures without a symbol.
func TestNoCode(t *testing.T) {
	blank := image.Rect(0, 0, 6200, 6300) // 39 megapixels
	noise := random(3300, 3100, 1)
	if brief() {
		blank, noise = image.Rect(0, 0, 600, 600), random(600, 600, 1)
	}
	photo := copied(image.NewRGBA(image.Rect(0, 0, 800, 600)), random(800, 600, 2))
	for name, data := range map[string][]byte{
		"white page":     asPNG(t, image.NewPaletted(blank, color.Palette{color.White})),
		"noise, 10 MB":   asPNG(t, noise),
		"noise, JPEG":    asJPEG(t, photo, 90),
		"one pixel":      asPNG(t, wear.White(1, 1)),
		"20 pixels":      asPNG(t, wear.White(20, 20)),
		"one row":        asPNG(t, wear.White(100_000, 1)),
		"a narrow strip": asPNG(t, random(20_000, 21, 3)),
		"stripes":        asPNG(t, stripes(500)),
		"finders":        asPNG(t, finders(500)),
		"faint stripes":  asPNG(t, wear.Light(stripes(500), 200, 255, 200, 255)),
		"faint finders":  asPNG(t, wear.Light(finders(1000), 200, 255, 200, 255)),
	} {
		t.Run(name, func(t *testing.T) {
			var err error
			spent := allocated(func() { _, err = scan.Read(t.Context(), data) })
			assert.ErrorIs(t, err, scan.ErrNoCode)
			assert.Less(t, spent, 400<<20)
		})
	}
}

// stripes crosses every row with the lengths of a finder pattern, again and
// again, over the whole height.
func stripes(side int) *image.Gray {
	g := wear.White(side, side)
	for i := range g.Pix {
		if x := i % side % 8; x != 1 && x != 5 && x != 7 {
			g.Pix[i] = 0
		}
	}
	return g
}

// finders is tiled with finder patterns.
func finders(side int) *image.Gray {
	g := wear.White(side, side)
	for y := 0; y+14 < side; y += 16 {
		for x := 0; x+14 < side; x += 16 {
			left, top := float64(x), float64(y)
			ink(g, left, top, left+14, top+14)
			for i := range 10 * 10 {
				if dx, dy := i%10, i/10; dx < 2 || dx >= 8 || dy < 2 || dy >= 8 {
					g.SetGray(x+2+dx, y+2+dy, color.Gray{Y: 255})
				}
			}
		}
	}
	return g
}

// TestDamaged cuts and changes a valid file, which gives an error of package scan or the text.
func TestDamaged(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	text := qrText(rng, 20)
	g := square(symbol(t, text), 3)
	for name, data := range map[string][]byte{
		"PNG":  asPNG(t, copied(image.NewNRGBA(g.Rect), g)),
		"JPEG": asJPEG(t, g, 60),
	} {
		t.Run(name, func(t *testing.T) {
			check := func(data []byte) error {
				texts, err := scan.Read(t.Context(), data)
				if err == nil {
					assert.Equal(t, []string{text}, texts)
				}
				return err
			}
			require.NoError(t, check(data))
			samples := 300
			if brief() {
				samples = 60
			}
			for n := 8; n < len(data)-16; n += 1 + len(data)/samples {
				assert.ErrorIs(t, check(data[:n]), scan.ErrPicture, n)
			}
			refused := 0
			for range samples {
				changed := bytes.Clone(data)
				changed[8+rng.IntN(len(data)-8)] ^= byte(1 + rng.IntN(255))
				if check(changed) != nil {
					refused++
				}
			}
			assert.Positive(t, refused)
		})
	}
}

// TestScans repeats the one scan of a grey JPEG, which its decoder allows.
func TestScans(t *testing.T) {
	text := "https://qr.example.it/q#scans"
	data := asJPEG(t, square(symbol(t, text), 3), 60)
	i := bytes.Index(data, []byte{0xff, 0xda})
	require.Positive(t, i)
	head, pixels, end := data[:i], data[i:len(data)-2], data[len(data)-2:]
	twice := bytes.Join([][]byte{head, pixels, pixels, end}, nil)
	_, err := jpeg.Decode(bytes.NewReader(twice))
	require.NoError(t, err)
	_, err = scan.Read(t.Context(), twice)
	assert.ErrorIs(t, err, scan.ErrPicture)

	// A fill byte or a stray one before a marker does not hide a scan, and one
	// after the end does not count.
	for _, gap := range []string{"\xff", "\xff\xff\xff", "\x00", "\xff\x00", "\xff\xd3", "xyz"} {
		hidden := bytes.Join([][]byte{head, pixels, []byte(gap), pixels, end}, nil)
		_, err = scan.Read(t.Context(), hidden)
		assert.ErrorContains(t, err, "2 scans", "gap %q", gap)
	}
	texts, err := scan.Read(t.Context(), append(append(bytes.Clone(data), 0, 2), pixels...))
	require.NoError(t, err)
	assert.Equal(t, []string{text}, texts)

	// A progressive picture has more of them. Its last one is put in again.
	progressive, err := os.ReadFile(filepath.Join("testdata", "progressive.jpg"))
	require.NoError(t, err)
	scans := bytes.Count(progressive, []byte{0xff, 0xda})
	require.Greater(t, scans, 4)
	i = bytes.LastIndex(progressive, []byte{0xff, 0xda})
	head, pixels = progressive[:i], progressive[i:len(progressive)-2]
	for again, refused := range map[int]bool{32 - scans: false, 33 - scans: true} {
		more := bytes.Join([][]byte{head, bytes.Repeat(pixels, 1+again), end}, nil)
		_, err = scan.Read(t.Context(), more)
		if refused {
			assert.ErrorContains(t, err, "33 scans")
		} else if err != nil {
			assert.NotContains(t, err.Error(), "scans")
		}
	}
}
