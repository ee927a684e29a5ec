package lint

import (
	"math"

	"github.com/makiuchi-d/gozxing/common"
	"github.com/makiuchi-d/gozxing/qrcode/decoder"
)

const (
	// maxTriples and maxDecodes bound how many three finder patterns are looked at more closely, and how
	// many of them are decoded: a sheet of four cards has four, a picture that is tiled with parts of
	// symbols has thousands.
	maxTriples = 5000
	maxDecodes = 40

	// goodTiming is the share of a timing pattern that must be where a version puts it.
	goodTiming = 0.85
)

// grid is a symbol found in a picture.
type grid struct {
	size      int // modules
	transform *common.PerspectiveTransform
	text      string
	level     string
}

// at is the place of a point of the symbol, measured in modules from its upper left corner.
func (g grid) at(u, v float64) point {
	p := []float64{u, v}
	g.transform.TransformPoints(p)
	return point{p[0], p[1]}
}

// corners of the symbol without its quiet zone: upper left, upper right, lower right, lower left.
func (g grid) corners() [4]point {
	n := float64(g.size)
	return [4]point{g.at(0, 0), g.at(n, 0), g.at(n, n), g.at(0, n)}
}

// module is the mean width of a module, in pixels.
func (g grid) module() float64 {
	c := g.corners()
	around := 0.0
	for i := range c {
		around += c[(i+1)%4].minus(c[i]).length()
	}
	return around / 4 / float64(g.size)
}

// symbols returns every symbol in b that can be read.
func symbols(b *bitmap) []grid {
	list := finders(b)
	used := make([]bool, len(list))
	var found []grid
	triples, decodes := 0, 0
	for i := range list {
		for j := range list {
			for k := range list {
				if i == j || j == k || i == k || used[i] || used[j] || used[k] ||
					!corner(list[i], list[j], list[k]) {
					continue
				}
				if triples++; triples > maxTriples {
					return found
				}
				size := sizeOf(b, list[i], list[j], list[k])
				if size == 0 {
					continue
				}
				if decodes++; decodes > maxDecodes {
					return found
				}
				if g, ok := read(b, size, list[i].point, list[j].point, list[k].point); ok {
					used[i], used[j], used[k] = true, true, true
					found = append(found, g)
				}
			}
		}
	}
	return found
}

// corner reports whether three finder patterns can be the upper left, the upper right and the lower left one
// of a symbol.
func corner(origin, right, below finder) bool {
	small, large := min(origin.module, right.module, below.module),
		max(origin.module, right.module, below.module)
	if 2*large > 3*small {
		return false
	}
	r, d := right.minus(origin.point), below.minus(origin.point)
	wide, high := r.length(), d.length()
	return 4*max(wide, high) < 5*min(wide, high) && r.x*d.y-r.y*d.x > 0.95*wide*high && wide > 10*small &&
		wide < 200*large
}

// sizeOf returns the size in modules of the symbol that three finder patterns belong to, or 0. The width of
// the patterns suggests a version; of those near it, sizeOf chooses the one whose timing patterns are found.
func sizeOf(b *bitmap, origin, right, below finder) int {
	r, d := right.minus(origin.point), below.minus(origin.point)
	// If a pattern is turned, a cut along the rows is longer than its side.
	turned := max(math.Abs(r.x), math.Abs(r.y)) / r.length()
	module := (origin.module + right.module + below.module) / 3 * turned
	guess := int(math.Round(((r.length()+d.length())/2/module + 7 - 17) / 4))
	size, best := 0, goodTiming
	for v := max(guess-2, 1); v <= min(guess+2, 40); v++ {
		if share := timing(b, origin.point, r, d, 17+4*v); share >= best {
			size, best = 17+4*v, share
		}
	}
	return size
}

// read reads the symbol of that size under three finder patterns, if there is one.
func read(b *bitmap, size int, origin, right, below point) (grid, bool) {
	far := point{right.x + below.x - origin.x, right.y + below.y - origin.y}
	g := fit(size, origin, right, below, far, float64(size)-3.5)
	if g.decode(b) || size == 21 {
		return g, g.text != ""
	}
	// If the paper was not flat before the camera, the pattern near the fourth corner is elsewhere.
	g = fit(size, origin, right, below, alignment(b, g), float64(size)-6.5)
	return g, g.decode(b)
}

// timing returns the share of the better of the two timing patterns that is in its place. If the paper is
// tilted before the camera, the steps of one of them are uneven.
func timing(b *bitmap, origin, r, d point, size int) float64 {
	step := float64(size - 7)
	var good [2]int
	for i := 8; i < size-8; i++ {
		for k, p := range [2][2]float64{{float64(i), 6}, {6, float64(i)}} {
			u, v := (p[0]-3)/step, (p[1]-3)/step
			x, y := origin.x+u*r.x+v*d.x, origin.y+u*r.y+v*d.y
			if b.at(int(math.Floor(x)), int(math.Floor(y))) == (i%2 == 0) {
				good[k]++
			}
		}
	}
	return float64(max(good[0], good[1])) / float64(size-16)
}

// fit lays the grid over three finder patterns and a fourth place that is at fourth, fourth in modules.
func fit(size int, origin, right, below, far point, fourth float64) grid {
	end := float64(size) - 3.5
	return grid{size: size, transform: common.PerspectiveTransform_QuadrilateralToQuadrilateral(
		3.5, 3.5, end, 3.5, fourth, fourth, 3.5, end,
		origin.x, origin.y, right.x, right.y, far.x, far.y, below.x, below.y)}
}

// alignment returns the centre of the alignment pattern next to the fourth corner: the place that looks most
// like it, within four modules of where g expects it.
func alignment(b *bitmap, g grid) point {
	const reach, step = 4, 0.25
	center := float64(g.size) - 6.5
	best, place := -1, g.at(center, center)
	for du := -float64(reach); du <= reach; du += step {
		for dv := -float64(reach); dv <= reach; dv += step {
			like := 0
			for y := -2; y <= 2; y++ {
				for x := -2; x <= 2; x++ {
					p := g.at(center+du+float64(x), center+dv+float64(y))
					ring := max(x, -x, y, -y)
					if b.at(int(math.Floor(p.x)), int(math.Floor(p.y))) == (ring != 1) {
						like++
					}
				}
			}
			if like > best {
				best, place = like, g.at(center+du, center+dv)
			}
		}
	}
	return place
}

// dark samples the middle of a module.
func (g grid) dark(b *bitmap, column, row int) bool {
	p := g.at(float64(column)+0.5, float64(row)+0.5)
	return b.at(int(math.Floor(p.x)), int(math.Floor(p.y)))
}

// decode reads the text and the level from the modules.
func (g *grid) decode(b *bitmap) (ok bool) {
	defer func() {
		if recover() != nil { // gozxing may panic
			ok = false
		}
	}()
	modules := make([][]bool, g.size)
	for y := range modules {
		modules[y] = make([]bool, g.size)
		for x := range modules[y] {
			modules[y][x] = g.dark(b, x, y)
		}
	}
	result, err := decoder.NewDecoder().DecodeBoolMapWithoutHint(modules)
	if err != nil || result.GetText() == "" {
		return false
	}
	g.text, g.level = result.GetText(), result.GetECLevel()
	return true
}
