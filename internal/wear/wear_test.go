package wear_test

import (
	"image"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/qr-invalidita/attesta/internal/wear"
)

// striped returns a picture of 120 by 80 pixels with vertical stripes of 8.
func striped() *image.Gray {
	g := wear.White(120, 80)
	for i := range g.Pix {
		if i%120/8%2 == 0 {
			g.Pix[i] = 0
		}
	}
	return g
}

func mean(g *image.Gray) float64 {
	sum := 0
	for _, v := range g.Pix {
		sum += int(v)
	}
	return float64(sum) / float64(len(g.Pix))
}

// Each kind of wear does not change its argument, depends on its arguments alone, and has an effect.
func TestWear(t *testing.T) {
	for name, test := range map[string]struct {
		do   func(g *image.Gray, rng *rand.Rand) *image.Gray
		w, h int
		mean float64 // of 119 before
	}{
		"turn": {func(g *image.Gray, _ *rand.Rand) *image.Gray { return wear.Turn(g, 90) }, 80, 120,
			119},
		"turn 30": {func(g *image.Gray, _ *rand.Rand) *image.Gray { return wear.Turn(g, 30) }, 143, 129,
			193},
		"blur": {func(g *image.Gray, _ *rand.Rand) *image.Gray { return wear.Blur(g, 2) }, 120, 80, 127},
		"noise": {func(g *image.Gray, rng *rand.Rand) *image.Gray { return wear.Noise(g, 40, rng) }, 120,
			80, 127},
		"resize": {func(g *image.Gray, _ *rand.Rand) *image.Gray { return wear.Resize(g, 0.5) }, 60, 40,
			119},
		"light": {func(g *image.Gray, _ *rand.Rand) *image.Gray {
			return wear.Light(g, 40, 200, 60, 100)
		}, 120, 80, 95},
		"crop": {func(g *image.Gray, _ *rand.Rand) *image.Gray { return wear.Crop(g, 0.05) }, 108, 72,
			125},
		"fold": {func(g *image.Gray, rng *rand.Rand) *image.Gray { return wear.Fold(g, 40, 6, rng) },
			120, 80, 124},
		"stain": {func(g *image.Gray, _ *rand.Rand) *image.Gray { return wear.Stain(g, 60, 40, 30, 150) },
			120, 80, 100},
		"blot": {func(g *image.Gray, _ *rand.Rand) *image.Gray { return wear.Blot(g, 0, 0, 30) }, 120,
			80, 110},
		"photocopy": {func(g *image.Gray, rng *rand.Rand) *image.Gray { return wear.Photocopy(g, 300, rng) },
			120, 80, 110},
	} {
		t.Run(name, func(t *testing.T) {
			g := striped()
			seed := func() *rand.Rand { return rand.New(rand.NewPCG(1, 2)) }
			got := test.do(g, seed())
			assert.Equal(t, striped(), g)
			assert.Equal(t, image.Rect(0, 0, test.w, test.h), got.Rect)
			assert.Equal(t, got, test.do(g, seed()))
			assert.InDelta(t, test.mean, mean(got), 12)
			assert.False(t, slices.Equal(striped().Pix, got.Pix))
		})
	}
}

// A whole turn, and a fold, stain or blot outside of the page, change nothing.
func TestNoWear(t *testing.T) {
	g := striped()
	rng := rand.New(rand.NewPCG(1, 2))
	for name, got := range map[string]*image.Gray{
		"turn":  wear.Turn(g, 360),
		"fold":  wear.Fold(g, -50, 6, rng),
		"stain": wear.Stain(g, 60, -40, 30, 150),
		"blot":  wear.Blot(g, 300, 300, 30),
	} {
		t.Run(name, func(t *testing.T) {
			for i := range g.Pix {
				assert.InDelta(t, g.Pix[i], got.Pix[i], 1)
			}
		})
	}
}
