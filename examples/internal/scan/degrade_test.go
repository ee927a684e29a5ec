package scan_test

import (
	"fmt"
	"image"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"golang.org/x/image/draw"

	"github.com/qr-invalidita/attesta/examples/internal/scan"
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
		add("rotation", func(g *image.Gray) []byte { return asIs(rotated(g, float64(i)*18.5)) })
	}
	for _, sigma := range []float64{0.5, 1, 1.5, 2, 2.5, 3} {
		add("blur", func(g *image.Gray) []byte { return asIs(blurred(g, sigma)) })
	}
	for _, deviation := range []float64{20, 40, 60, 80} {
		add("noise", func(g *image.Gray) []byte { return asIs(noisy(g, deviation, rng)) })
	}
	for _, quality := range []int{60, 30, 15, 8} {
		add("jpeg", func(g *image.Gray) []byte { return asJPEG(t, g, quality) })
	}
	for _, module := range []float64{4.5, 3.3, 2.5, 2, 1.5, 1.2} {
		add("scale", func(g *image.Gray) []byte { return asIs(resized(g, module/5)) })
	}
	add("contrast", func(g *image.Gray) []byte { return asIs(lit(g, 100, 150, 100, 150)) })
	add("slanting light", func(g *image.Gray) []byte { return asIs(lit(g, 20, 110, 40, 220)) })
	add("scan", func(g *image.Gray) []byte {
		return asJPEG(t, noisy(blurred(rotated(g, 1.5), 1), 12, rng), 40)
	})
	add("photo", func(g *image.Gray) []byte {
		return asJPEG(t, noisy(blurred(rotated(lit(g, 30, 120, 50, 200), 8), 1.2), 10, rng), 50)
	})
	add("small photo", func(g *image.Gray) []byte {
		return asJPEG(t, blurred(rotated(resized(g, 0.5), -3), 0.6), 60)
	})

	read, wrong := 0, 0
	var lost []string
	lengths := []int{240, online, 400} // versions 12, 13 and 16
	if brief() {
		lengths = lengths[:1]
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

func rotated(g *image.Gray, degrees float64) *image.Gray {
	sin, cos := math.Sincos(degrees * math.Pi / 180)
	w, h := float64(g.Rect.Dx()), float64(g.Rect.Dy())
	width := math.Abs(w*cos) + math.Abs(h*sin)
	height := math.Abs(w*sin) + math.Abs(h*cos)
	at := func(x, y int) float64 {
		if !(image.Point{x, y}).In(g.Rect) {
			return 255
		}
		return float64(g.Pix[y*g.Stride+x])
	}
	out := white(int(width), int(height))
	for y := range out.Rect.Dy() {
		for x := range out.Rect.Dx() {
			dx, dy := float64(x)+0.5-width/2, float64(y)+0.5-height/2
			left, fx := math.Modf(dx*cos + dy*sin + w/2 - 0.5)
			top, fy := math.Modf(-dx*sin + dy*cos + h/2 - 0.5)
			i, j := int(left), int(top)
			upper := at(i, j)*(1-fx) + at(i+1, j)*fx
			lower := at(i, j+1)*(1-fx) + at(i+1, j+1)*fx
			out.Pix[y*out.Stride+x] = byte(min(max(upper*(1-fy)+lower*fy, 0), 255))
		}
	}
	return out
}

// blurred is g under a Gaussian of that many pixels.
func blurred(g *image.Gray, sigma float64) *image.Gray {
	radius := int(3*sigma + 1)
	weights := make([]float64, 2*radius+1)
	total := 0.0
	for i := range weights {
		d := float64(i - radius)
		weights[i] = math.Exp(-d * d / (2 * sigma * sigma))
		total += weights[i]
	}
	w, h := g.Rect.Dx(), g.Rect.Dy()
	across := make([]float64, w*h)
	for y := range h {
		for x := range w {
			for i, weight := range weights {
				across[y*w+x] += weight / total * float64(g.Pix[y*w+min(max(x+i-radius, 0), w-1)])
			}
		}
	}
	out := white(w, h)
	for y := range h {
		for x := range w {
			sum := 0.0
			for i, weight := range weights {
				sum += weight / total * across[min(max(y+i-radius, 0), h-1)*w+x]
			}
			out.Pix[y*w+x] = byte(min(sum+0.5, 255))
		}
	}
	return out
}

func noisy(g *image.Gray, deviation float64, rng *rand.Rand) *image.Gray {
	out := white(g.Rect.Dx(), g.Rect.Dy())
	for i, v := range g.Pix {
		out.Pix[i] = byte(min(max(float64(v)+deviation*rng.NormFloat64(), 0), 255))
	}
	return out
}

func resized(g *image.Gray, scale float64) *image.Gray {
	side := int(float64(g.Rect.Dx())*scale + 0.5)
	out := white(side, side)
	draw.CatmullRom.Scale(out, out.Rect, g, g.Rect, draw.Src, nil)
	return out
}

// lit maps black and white to the given levels, the first pair at the upper
// left corner, the second at the lower right.
func lit(g *image.Gray, black0, white0, black1, white1 float64) *image.Gray {
	w, h := g.Rect.Dx(), g.Rect.Dy()
	out := white(w, h)
	for y := range h {
		for x := range w {
			far := float64(x+y) / float64(w+h)
			dark, light := black0+far*(black1-black0), white0+far*(white1-white0)
			out.Pix[y*w+x] = byte(dark + float64(g.Pix[y*w+x])/255*(light-dark))
		}
	}
	return out
}
