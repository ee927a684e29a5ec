// Package resample resizes grey pictures: those that a reader of symbols looks at, and those of the tests of
// readers.
package resample

import (
	"image"
	"math"
)

// Resize returns g at another size. It uses the Catmull-Rom kernel and widens it if the picture shrinks, so
// that no pixel is skipped. The result is that of golang.org/x/image/draw.CatmullRom, which takes several
// times as long for a grey picture, and 32 bytes for each pixel of an intermediate picture.
func Resize(g *image.Gray, w, h int) *image.Gray {
	sw, sh := g.Rect.Dx(), g.Rect.Dy()
	across, down := kernel(w, sw), kernel(h, sh)
	most := 0
	for _, t := range down {
		most = max(most, len(t.weights))
	}
	// rows has the rows of the source that one row of the result needs, at their new width. Row y begins at
	// rows[y%most*w].
	rows := make([]float32, most*w)
	row := func(y int) []float32 { return rows[y%most*w:][:w] }

	out := image.NewGray(image.Rect(0, 0, w, h))
	src, sums := make([]float32, sw), make([]float32, w)
	made := 0
	for y, t := range down {
		for ; made < t.first+len(t.weights); made++ {
			for x, v := range g.Pix[made*sw : (made+1)*sw] {
				src[x] = float32(v)
			}
			narrow(row(made), src, across)
		}
		clear(sums)
		for i, weight := range t.weights {
			line := row(t.first + i)
			for x := range sums {
				sums[x] += weight * line[x]
			}
		}
		dst := out.Pix[y*w : (y+1)*w]
		for x, v := range sums {
			dst[x] = byte(min(max(v+0.5, 0), 255))
		}
	}
	return out
}

func narrow(dst, src []float32, across []taps) {
	for x, t := range across {
		part := src[t.first:][:len(t.weights)]
		var sum float32
		for i, weight := range t.weights {
			sum += weight * part[i]
		}
		dst[x] = sum
	}
}

// taps are the weights of consecutive source positions for one position of the result. They add up to one.
type taps struct {
	first   int
	weights []float32
}

// kernel returns the taps of each of n positions of the result.
func kernel(n, source int) []taps {
	const support = 2 // the Catmull-Rom kernel is zero beyond this distance
	scale := float64(source) / float64(n)
	stretch := max(scale, 1)
	list := make([]taps, n)
	for i := range list {
		center := (float64(i)+0.5)*scale - 0.5
		first := max(int(math.Ceil(center-support*stretch)), 0)
		last := min(int(math.Floor(center+support*stretch)), source-1)
		weights := make([]float32, last-first+1)
		total := 0.0
		for j := range weights {
			weight := catmullRom(math.Abs(float64(first+j)-center) / stretch)
			weights[j] = float32(weight)
			total += weight
		}
		for j := range weights {
			weights[j] /= float32(total)
		}
		list[i] = taps{first, weights}
	}
	return list
}

// catmullRom is the cubic of Mitchell and Netravali with B = 0 and C = 1/2, for t >= 0.
func catmullRom(t float64) float64 {
	switch {
	case t < 1:
		return (1.5*t-2.5)*t*t + 1
	case t < 2:
		return ((-0.5*t+2.5)*t-4)*t + 2
	}
	return 0
}
