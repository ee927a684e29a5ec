package lint

import (
	"image"

	"github.com/makiuchi-d/gozxing"
)

// bitmap says which pixels are dark.
type bitmap struct {
	w, h int
	dark []bool // row by row
}

// at reports whether a pixel is dark. Everything outside the picture is light.
func (b *bitmap) at(x, y int) bool { return b.inside(x, y) && b.dark[y*b.w+x] }

func (b *bitmap) inside(x, y int) bool { return x >= 0 && y >= 0 && x < b.w && y < b.h }

func (b *bitmap) invert() {
	for i := range b.dark {
		b.dark[i] = !b.dark[i]
	}
}

// global returns the pixels below one threshold as dark: the threshold that separates the shades of the
// picture best (Otsu).
func global(g *image.Gray) *bitmap {
	var count [256]int
	for _, v := range g.Pix {
		count[v]++
	}
	t := threshold(count)
	b := &bitmap{w: g.Rect.Dx(), h: g.Rect.Dy(), dark: make([]bool, len(g.Pix))}
	for i, v := range g.Pix {
		b.dark[i] = int(v) < t
	}
	return b
}

// threshold returns the middle of all thresholds that separate the shades equally well, so that blurred
// edges stay in place.
func threshold(count [256]int) int {
	var n, sum float64
	for v, c := range count {
		n += float64(c)
		sum += float64(v * c)
	}
	var below, sumBelow, best float64
	first, last := 0, 0
	for v, c := range count {
		below += float64(c)
		sumBelow += float64(v * c)
		if below == 0 || below == n {
			continue
		}
		distance := sumBelow/below - (sum-sumBelow)/(n-below)
		switch between := below * (n - below) * distance * distance; {
		case between > best:
			best, first, last = between, v+1, v+1
		case between == best:
			last = v + 1
		}
	}
	return (first + last) / 2
}

// local returns the pixels that are darker than their surroundings as dark. It returns nil if that fails.
func local(g *image.Gray) (b *bitmap) {
	defer func() {
		if recover() != nil { // gozxing may panic
			b = nil
		}
	}()
	w, h := g.Rect.Dx(), g.Rect.Dy()
	source, err := gozxing.NewPlanarYUVLuminanceSource(g.Pix, w, h, 0, 0, w, h, false)
	if err != nil {
		return nil
	}
	matrix, err := gozxing.NewHybridBinarizer(source).GetBlackMatrix()
	if err != nil {
		return nil
	}
	b = &bitmap{w: w, h: h, dark: make([]bool, w*h)}
	for y := range h {
		for x := range w {
			b.dark[y*w+x] = matrix.Get(x, y)
		}
	}
	return b
}
