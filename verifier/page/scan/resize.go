package scan

import (
	"image"
	"math"
)

// halve returns g at half its width and height. Each pixel is the mean of four. An odd last row or column is
// dropped.
func halve(g *image.Gray) *image.Gray {
	w, h := g.Rect.Dx(), g.Rect.Dy()
	out := image.NewGray(image.Rect(0, 0, w/2, h/2))
	for y := range h / 2 {
		upper, lower := g.Pix[2*y*w:(2*y+1)*w], g.Pix[(2*y+1)*w:(2*y+2)*w]
		dst := out.Pix[y*out.Stride : (y+1)*out.Stride]
		for x := range dst {
			sum := int(upper[2*x]) + int(upper[2*x+1]) + int(lower[2*x]) + int(lower[2*x+1])
			dst[x] = byte((sum + 2) / 4)
		}
	}
	return out
}

// resize returns g at another size. It uses the Catmull-Rom kernel and widens it if the picture shrinks, so
// that no pixel is skipped. The result is that of golang.org/x/image/draw.CatmullRom, which takes several
// times as long for a grey picture, and 32 bytes for each pixel of an intermediate picture.
func resize(g *image.Gray, w, h int) *image.Gray {
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

// inverted returns g with black and white exchanged.
func inverted(g *image.Gray) *image.Gray {
	out := image.NewGray(g.Rect)
	for i, v := range g.Pix {
		out.Pix[i] = 255 - v
	}
	return out
}
