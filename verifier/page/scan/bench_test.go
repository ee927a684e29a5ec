package scan_test

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/internal/wear"
	"github.com/qr-invalidita/attesta/verifier/page/scan"
)

func BenchmarkRead(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 1))
	text := qrText(rng, online)
	code := symbol(b, text)
	photo := wear.White(1450, 1050)
	drawSymbol(photo, code, 400, 200, 7)
	photo = wear.Noise(wear.Blur(wear.Turn(photo, 5), 1.2), 8, rng)
	for _, c := range []struct {
		name string
		data []byte
	}{
		{"page at 150 dpi, PNG", asPNG(b, page(code, 150))},
		{"page at 300 dpi, JPEG", asJPEG(b, page(code, 300), 75)},
		{"photo of 1.5 megapixels, JPEG", asJPEG(b, photo, 75)},
		{"symbol alone, PNG", asPNG(b, square(code, 6))},
		{"PDF", pdf(link("(" + text + ")"))},
		{"PDF with an object stream", pdf(objectStream(link("(" + text + ")")))},
		{"white page at 300 dpi, PNG", asPNG(b, wear.White(2480, 3508))},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(c.data)))
			for b.Loop() {
				texts, err := scan.Read(b.Context(), c.data)
				if c.name == "white page at 300 dpi, PNG" {
					require.ErrorIs(b, err, scan.ErrNoCode)
					continue
				}
				require.NoError(b, err)
				require.Equal(b, text, texts[0])
			}
		})
	}
}
