// Package wear changes the picture of a page as folding, staining, copying, scanning and photographing do.
// Each function returns a new picture that depends only on its arguments and the seed.
package wear

import (
	"image"
	"image/draw"
	"math"
	"math/rand/v2"

	"github.com/qr-invalidita/attesta/internal/resample"
)

// White returns a white picture of w by h pixels.
func White(w, h int) *image.Gray {
	g := image.NewGray(image.Rect(0, 0, w, h))
	for i := range g.Pix {
		g.Pix[i] = 255
	}
	return g
}

// Turn returns g turned clockwise about its middle, on a white ground. The result is large enough for all of
// g.
func Turn(g *image.Gray, degrees float64) *image.Gray {
	sin, cos := math.Sincos(degrees * math.Pi / 180)
	w, h := float64(g.Rect.Dx()), float64(g.Rect.Dy())
	return turn(g, degrees, int(math.Abs(w*cos)+math.Abs(h*sin)), int(math.Abs(w*sin)+math.Abs(h*cos)))
}

// turn returns g, turned, in the middle of a picture of the given size.
func turn(g *image.Gray, degrees float64, width, height int) *image.Gray {
	sin, cos := math.Sincos(degrees * math.Pi / 180)
	w, h := float64(g.Rect.Dx()), float64(g.Rect.Dy())
	at := func(x, y int) float64 {
		if !(image.Point{X: x, Y: y}).In(g.Rect) {
			return 255
		}
		return float64(g.Pix[y*g.Stride+x])
	}
	out := White(width, height)
	for y := range height {
		for x := range width {
			dx, dy := float64(x)+0.5-float64(width)/2, float64(y)+0.5-float64(height)/2
			left, top := dx*cos+dy*sin+w/2-0.5, -dx*sin+dy*cos+h/2-0.5
			if left < -1 || top < -1 || left > w || top > h {
				continue
			}
			i, j := int(math.Floor(left)), int(math.Floor(top))
			fx, fy := left-float64(i), top-float64(j)
			upper := at(i, j)*(1-fx) + at(i+1, j)*fx
			lower := at(i, j+1)*(1-fx) + at(i+1, j+1)*fx
			out.Pix[y*out.Stride+x] = shade(upper*(1-fy) + lower*fy)
		}
	}
	return out
}

// Blur returns g blurred by a Gaussian of sigma pixels.
func Blur(g *image.Gray, sigma float64) *image.Gray {
	radius := int(3*sigma + 1)
	weights := make([]float32, 2*radius+1)
	total := float32(0)
	for i := range weights {
		d := float64(i - radius)
		weights[i] = float32(math.Exp(-d * d / (2 * sigma * sigma)))
		total += weights[i]
	}
	for i := range weights {
		weights[i] /= total
	}
	w, h := g.Rect.Dx(), g.Rect.Dy()
	// First blur each row horizontally. Then a row of the result is the weighted sum of the rows around it.
	across := make([]float32, w*h)
	padded := make([]float32, w+2*radius)
	for y := range h {
		for x := range padded {
			padded[x] = float32(g.Pix[y*g.Stride+min(max(x-radius, 0), w-1)])
		}
		row := across[y*w : (y+1)*w]
		for i, weight := range weights {
			for x, v := range padded[i : i+w] {
				row[x] += weight * v
			}
		}
	}
	out := White(w, h)
	sums := make([]float32, w)
	for y := range h {
		clear(sums)
		for i, weight := range weights {
			from := min(max(y+i-radius, 0), h-1)
			for x, v := range across[from*w : (from+1)*w] {
				sums[x] += weight * v
			}
		}
		for x, sum := range sums {
			out.Pix[y*w+x] = byte(min(sum+0.5, 255))
		}
	}
	return out
}

// Noise returns g with normally distributed noise in each pixel.
func Noise(g *image.Gray, deviation float64, rng *rand.Rand) *image.Gray {
	out := White(g.Rect.Dx(), g.Rect.Dy())
	for i, v := range g.Pix {
		out.Pix[i] = shade(float64(v) + deviation*rng.NormFloat64())
	}
	return out
}

// Resize returns g at another scale, by the Catmull-Rom kernel.
func Resize(g *image.Gray, scale float64) *image.Gray {
	side := func(n int) int { return int(float64(n)*scale + 0.5) }
	return resample.Resize(g, side(g.Rect.Dx()), side(g.Rect.Dy()))
}

// Light returns g in uneven light. Black and white become black0 and white0 at the upper left corner, and
// black1 and white1 at the lower right.
func Light(g *image.Gray, black0, white0, black1, white1 float64) *image.Gray {
	w, h := g.Rect.Dx(), g.Rect.Dy()
	out := White(w, h)
	for y := range h {
		for x := range w {
			far := float64(x+y) / float64(w+h)
			dark, light := black0+far*(black1-black0), white0+far*(white1-white0)
			out.Pix[y*w+x] = byte(dark + float64(g.Pix[y*w+x])/255*(light-dark))
		}
	}
	return out
}

// Crop returns g without a strip at each edge, which is share of the width or height.
func Crop(g *image.Gray, share float64) *image.Gray {
	w, h := g.Rect.Dx(), g.Rect.Dy()
	left, top := int(float64(w)*share), int(float64(h)*share)
	out := image.NewGray(image.Rect(0, 0, w-2*left, h-2*top))
	draw.Draw(out, out.Rect, g, image.Pt(left, top), draw.Src)
	return out
}

func shade(v float64) byte { return byte(min(max(v, 0), 255)) }
