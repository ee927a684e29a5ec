package scan

import (
	"image"

	"github.com/makiuchi-d/gozxing"
)

// A place is where a symbol is in a picture: the centres of its finder patterns at the lower left, upper left
// and upper right, in parts of the width and the height of the picture, which hold at every scale. The zero
// place is unknown.
type place [3]struct{ x, y float64 }

func placeOf(g *image.Gray, points []gozxing.ResultPoint) place {
	var p place
	if len(points) < len(p) {
		return p
	}
	for i := range p {
		p[i].x = points[i].GetX() / float64(g.Rect.Dx())
		p[i].y = points[i].GetY() / float64(g.Rect.Dy())
	}
	return p
}

// margin is how far erase goes beyond the centres of the finder patterns, in parts of their distance. In the
// smallest symbol it is 1.75 modules, enough for the middle of the patterns, and in version 18 about 10.
const margin = 0.125

// erase makes the symbol at p unreadable: it fills the parallelogram of its finder patterns with white.
func erase(g *image.Gray, p place) {
	w, h := g.Rect.Dx(), g.Rect.Dy()
	at := func(i int) (x, y float64) { return p[i].x * float64(w), p[i].y * float64(h) }
	leftX, leftY := at(0)
	x, y := at(1)
	rightX, rightY := at(2)
	ux, uy, vx, vy := rightX-x, rightY-y, leftX-x, leftY-y
	area := ux*vy - uy*vx
	if area == 0 {
		return
	}
	for row := range h {
		for column := range w {
			dx, dy := float64(column)-x, float64(row)-y
			u, v := (dx*vy-dy*vx)/area, (ux*dy-uy*dx)/area
			if min(u, v) >= -margin && max(u, v) <= 1+margin {
				g.Pix[row*w+column] = 255
			}
		}
	}
}
