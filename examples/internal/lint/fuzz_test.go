package lint_test

import (
	"bytes"
	"encoding/json"
	"image"
	"image/png"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/lint"
)

// requireSound checks the conditions for every file: an error comes alone, and a report can be
// written as JSON, without infinite numbers and broken text.
func requireSound(t *testing.T, r lint.Report, err error) {
	t.Helper()
	if err != nil {
		require.Equal(t, lint.Report{}, r)
		return
	}
	_, err = json.Marshal(r)
	require.NoError(t, err)
	for _, s := range r.Symbols {
		require.Positive(t, s.ModulePixels)
		require.GreaterOrEqual(t, s.QuietZone, 0.0)
		require.GreaterOrEqual(t, s.Contrast, 1.0)
	}
	if d := r.Document; d != nil {
		require.True(t, utf8.ValidString(d.Title+d.Lang))
		require.LessOrEqual(t, d.FiguresWithAlt, d.Figures)
	}
	for _, f := range r.Findings {
		require.NotEmpty(t, f.Rule+f.What+f.Want+f.Fix)
	}
}

// Any bytes after the header of a PDF, looked at without drawing its pages.
func FuzzDocument(f *testing.F) {
	f.Setenv("PATH", f.TempDir())
	f.Add(accessible(f).bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		data = append([]byte("%PDF-1.7\n"), data...)
		r, err := lint.Check(t.Context(), data, lint.Options{})
		require.NoError(t, err)
		requireSound(t, r, err)
	})
}

// Any pixels of two shades, eight to a byte.
func FuzzPicture(f *testing.F) {
	img := alone(encode(f, 30, 0), 1, 4).draw()
	bits := make([]byte, (img.Rect.Max.X*img.Rect.Max.Y+7)/8)
	for i := range img.Rect.Max.X * img.Rect.Max.Y {
		if img.Pix[4*i] == 0 {
			bits[i/8] |= 1 << (i % 8)
		}
	}
	f.Add(uint8(img.Rect.Max.X-1), bits)
	f.Fuzz(func(t *testing.T, width uint8, bits []byte) {
		w := int(width) + 1
		h := min(len(bits)*8/w, 300)
		if h == 0 {
			return
		}
		g := image.NewGray(image.Rect(0, 0, w, h))
		for i := range g.Pix {
			if bits[i/8]>>(i%8)&1 == 0 {
				g.Pix[i] = 0xff
			}
		}
		var b bytes.Buffer
		require.NoError(t, png.Encode(&b, g))
		r, err := lint.Check(t.Context(), b.Bytes(), lint.Options{})
		requireSound(t, r, err)
	})
}

// The picture that FuzzPicture starts from is read.
func TestOnePixelAModule(t *testing.T) {
	r, err := lint.Check(t.Context(), asPNG(t, alone(encode(t, 30, 0), 1, 4).draw(), 0), lint.Options{})
	got := one(t, r, err)
	assert.InDelta(t, 1, got.ModulePixels, 0)
	assert.InDelta(t, 4, got.QuietZone, 0.1)
}
