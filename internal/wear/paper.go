package wear

import (
	"image"
	"math"
	"math/rand/v2"
)

// Fold returns g with an old fold across the page: a ragged line without toner, width pixels wide on average,
// with a shadow below it. The line begins at the height y on the left and rises or falls a little to the
// right.
func Fold(g *image.Gray, y, width float64, rng *rand.Rand) *image.Gray {
	out := clone(g)
	middle, broad := y, width
	slope := 0.02 * (rng.Float64() - 0.5)
	for x := range g.Rect.Dx() {
		middle += slope + 0.1*width*(rng.Float64()-0.5) + 0.05*(y+slope*float64(x)-middle)
		broad += 0.3*width*(rng.Float64()-0.5) + 0.1*(width-broad)
		for j := int(middle - broad/2); j < int(middle+1.5*broad); j++ {
			if j < 0 || j >= g.Rect.Dy() {
				continue
			}
			p := &out.Pix[j*out.Stride+x]
			if float64(j) < middle+broad/2 {
				*p = max(*p, 225)
			} else {
				*p = shade(float64(*p) * 0.75)
			}
		}
	}
	return out
}

// Stain returns g with a round coffee stain. White becomes level in the middle and darker at the rim.
func Stain(g *image.Gray, x, y, radius, level float64) *image.Gray {
	out := clone(g)
	eachIn(g.Rect, x, y, radius, func(p int, distance float64) {
		tone := level / 255
		if distance > 0.9*radius {
			tone *= 0.85
		}
		out.Pix[p] = shade(float64(out.Pix[p]) * tone)
	})
	return out
}

// Blot returns g with a round spot of ink.
func Blot(g *image.Gray, x, y, radius float64) *image.Gray {
	out := clone(g)
	eachIn(g.Rect, x, y, radius, func(p int, _ float64) { out.Pix[p] = 0 })
	return out
}

// Photocopy returns a copy of g from a worn copier of dpi pixels per inch: slightly turned, out of focus,
// with thicker strokes, specks of dirt and holes in the toner.
func Photocopy(g *image.Gray, dpi float64, rng *rand.Rand) *image.Gray {
	mm := dpi / 25.4
	w, h := g.Rect.Dx(), g.Rect.Dy()
	out := Blur(turn(g, rng.Float64()-0.5, w, h), 0.06*mm)
	const (
		gain  = 2.2
		pivot = 140 // above the middle of 255: half-covered pixels become darker
	)
	for i, v := range out.Pix {
		out.Pix[i] = shade(127 + gain*(float64(v)-pivot) + 6*rng.NormFloat64())
	}
	for i := range 400 { // half of them dark
		x, y := rng.Float64()*float64(w), rng.Float64()*float64(h)
		radius := (0.05 + 0.2*rng.Float64()) * mm
		eachIn(out.Rect, x, y, radius, func(p int, _ float64) { out.Pix[p] = byte(30 + 200*(i%2)) })
	}
	return out
}

// eachIn calls do with the index of each pixel in a disc, and its distance from the middle.
func eachIn(r image.Rectangle, x, y, radius float64, do func(p int, distance float64)) {
	for j := max(int(y-radius), 0); j <= min(int(y+radius), r.Dy()-1); j++ {
		for i := max(int(x-radius), 0); i <= min(int(x+radius), r.Dx()-1); i++ {
			if d := math.Hypot(float64(i)-x, float64(j)-y); d <= radius {
				do(j*r.Dx()+i, d)
			}
		}
	}
}

func clone(g *image.Gray) *image.Gray {
	out := White(g.Rect.Dx(), g.Rect.Dy())
	copy(out.Pix, g.Pix)
	return out
}
