package lint

import (
	"math"
	"slices"
)

const (
	// mmPerInch turns dots per inch into millimetres.
	mmPerInch = 25.4

	// maxQuiet is the largest quiet zone that is measured, in modules.
	maxQuiet = 10

	// pageSide is the shorter side of A6, in mm. A smaller picture shows a symbol or a card, not a page.
	pageSide = 105
)

// raster is a picture to examine.
type raster struct {
	page  int     // of a PDF, from 1; else 0
	dpi   float64 // 0 if unknown
	b     *bitmap
	color func(x, y int) (r, g, b uint8) // over white
}

// mm turns pixels into millimetres.
func (r raster) mm(pixels float64) float64 { return pixels / r.dpi * mmPerInch }

// isPage reports whether the edges of the picture are those of a sheet.
func (r raster) isPage() bool {
	return r.page > 0 || r.dpi > 0 && r.mm(float64(min(r.b.w, r.b.h))) >= 0.98*pageSide
}

// measure describes one symbol.
func (r raster) measure(g grid, inverted bool) Symbol {
	c := g.corners()
	module := g.module()
	s := Symbol{
		Page:         r.page,
		Address:      address(g.text),
		Bytes:        len(g.text),
		Version:      (g.size - 17) / 4,
		Level:        g.level,
		ModulePixels: round(module, 2),
		QuietZone:    round(quietZone(r.b, g), 1),
		Contrast:     round(r.contrast(g), 1),
		Rotation:     round(math.Atan2(c[1].y-c[0].y, c[1].x-c[0].x)*180/math.Pi, 1),
		Inverted:     inverted,
		text:         g.text,
		precision:    1 / module,
	}
	if r.dpi > 0 {
		s.Module = round(r.mm(module), 3)
		s.Side = round(r.mm(module*float64(g.size)), 1)
		s.ReadingDistance = round(distanceFactor*densityModules*r.mm(module), 0)
	}
	if r.isPage() {
		s.Edges = r.edges(c)
	}
	return s
}

// edges measures the distances of the symbol from the edges of the sheet.
func (r raster) edges(corners [4]point) *Edges {
	e := Edges{Width: round(r.mm(float64(r.b.w)), 1), Height: round(r.mm(float64(r.b.h)), 1)}
	left, top, right, bottom := math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)
	for _, p := range corners {
		left, right = min(left, p.x), max(right, p.x)
		top, bottom = min(top, p.y), max(bottom, p.y)
	}
	e.Left, e.Right = round(r.mm(left), 1), round(r.mm(float64(r.b.w)-right), 1)
	e.Top, e.Bottom = round(r.mm(top), 1), round(r.mm(float64(r.b.h)-bottom), 1)
	return &e
}

// quietZone returns the distance, in modules, from the symbol to the nearest dark pixel or the edge of the
// picture, at most maxQuiet. Dark pixels within three quarters of a module are the blurred edge of the
// symbol itself.
func quietZone(b *bitmap, g grid) float64 {
	module, n := g.module(), float64(g.size)
	step := max(0.5/module, 1.0/16)
	light := func(u, v float64) bool {
		p := g.at(u, v)
		x, y := int(math.Floor(p.x)), int(math.Floor(p.y))
		return b.inside(x, y) && !b.at(x, y)
	}
	quiet := func(d float64) bool { // on the square at this distance
		for t := -d; t <= n+d; t += step {
			if !light(t, -d) || !light(t, n+d) || !light(-d, t) || !light(n+d, t) {
				return false
			}
		}
		return true
	}
	from := max(1/module, 0.25)
	for end := from + 0.5; !quiet(from); from += step {
		if from > end {
			return 0
		}
	}
	to := from + step
	for ; quiet(to); to += step {
		if from = to; from >= maxQuiet {
			return maxQuiet
		}
	}
	for range 6 { // to a hundredth of a step
		if middle := (from + to) / 2; quiet(middle) {
			from = middle
		} else {
			to = middle
		}
	}
	return to
}

// contrast is the contrast ratio of WCAG 2.1 between the median dark and the median light module.
func (r raster) contrast(g grid) float64 {
	var shades [2][]float64
	for row := range g.size {
		for column := range g.size {
			p := g.at(float64(column)+0.5, float64(row)+0.5)
			x, y := int(math.Floor(p.x)), int(math.Floor(p.y))
			if !r.b.inside(x, y) {
				continue
			}
			kind := 0
			if r.b.at(x, y) {
				kind = 1
			}
			shades[kind] = append(shades[kind], luminance(r.color(x, y)))
		}
	}
	light, dark := median(shades[0]), median(shades[1])
	return (max(light, dark) + 0.05) / (min(light, dark) + 0.05)
}

// luminance is the relative luminance of WCAG 2.1.
func luminance(r, g, b uint8) float64 {
	linear := func(v uint8) float64 {
		c := float64(v) / 255
		if c <= 0.04045 {
			return c / 12.92
		}
		return math.Pow((c+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(r) + 0.7152*linear(g) + 0.0722*linear(b)
}

func median(list []float64) float64 {
	if len(list) == 0 {
		return 0
	}
	slices.Sort(list)
	return list[len(list)/2]
}

func round(v float64, digits int) float64 {
	f := math.Pow(10, float64(digits))
	return math.Round(v*f) / f
}
