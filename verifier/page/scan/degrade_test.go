package scan_test

import (
	"fmt"
	"image"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/qr-invalidita/attesta/internal/race"
	"github.com/qr-invalidita/attesta/internal/wear"
	"github.com/qr-invalidita/attesta/verifier/page/scan"
)

// TestDegraded asserts a read rate on pictures that are worse than a good
// scan. The seed is fixed, so the rate only moves with the code.
func TestDegraded(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 7))
	type damage struct {
		kind string
		do   func(*image.Gray) []byte
	}
	var all []damage
	add := func(kind string, do func(*image.Gray) []byte) { all = append(all, damage{kind, do}) }
	asIs := func(g *image.Gray) []byte { return asPNG(t, g) }
	for i := range 16 {
		add("rotation", func(g *image.Gray) []byte { return asIs(wear.Turn(g, float64(i)*18.5)) })
	}
	for _, sigma := range []float64{0.5, 1, 1.5, 2, 2.5, 3} {
		add("blur", func(g *image.Gray) []byte { return asIs(wear.Blur(g, sigma)) })
	}
	for _, deviation := range []float64{20, 40, 60, 80} {
		add("noise", func(g *image.Gray) []byte { return asIs(wear.Noise(g, deviation, rng)) })
	}
	for _, quality := range []int{60, 30, 15, 8} {
		add("jpeg", func(g *image.Gray) []byte { return asJPEG(t, g, quality) })
	}
	for _, module := range []float64{4.5, 3.3, 2.5, 2, 1.5, 1.2} {
		add("scale", func(g *image.Gray) []byte { return asIs(wear.Resize(g, module/5)) })
	}
	add("contrast", func(g *image.Gray) []byte { return asIs(wear.Light(g, 100, 150, 100, 150)) })
	add("slanting light", func(g *image.Gray) []byte { return asIs(wear.Light(g, 20, 110, 40, 220)) })
	add("scan", func(g *image.Gray) []byte {
		return asJPEG(t, wear.Noise(wear.Blur(wear.Turn(g, 1.5), 1), 12, rng), 40)
	})
	add("photo", func(g *image.Gray) []byte {
		return asJPEG(t, wear.Noise(wear.Blur(wear.Turn(wear.Light(g, 30, 120, 50, 200), 8), 1.2),
			10, rng), 50)
	})
	add("small photo", func(g *image.Gray) []byte {
		return asJPEG(t, wear.Blur(wear.Turn(wear.Resize(g, 0.5), -3), 0.6), 60)
	})

	read, wrong := 0, 0
	var lost []string
	lengths := []int{240, online, 400} // versions 12, 13 and 16
	if brief() {
		lengths = lengths[:1]
	}
	if race.Enabled {
		all = all[len(all)-8:] // scales, light, a scan, photos
	}
	for _, n := range lengths {
		text := qrText(rng, n)
		clean := square(symbol(t, text), 5)
		for i, d := range all {
			got, err := scan.Read(t.Context(), d.do(clean))
			switch {
			case err != nil:
				assert.ErrorIs(t, err, scan.ErrNoCode)
				lost = append(lost, fmt.Sprintf("%s (%d, %d characters)", d.kind, i, n))
			case got[0] == text:
				read++
			default:
				wrong++
			}
		}
	}
	assert.Zero(t, wrong, "texts read wrongly")
	// A blur of 3 pixels, which is 0.6 modules, may stay unread.
	assert.GreaterOrEqual(t, read, len(lengths)*(len(all)-1), "lost: %q", lost)
}
