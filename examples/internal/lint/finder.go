package lint

import "math"

// maxFinders bounds the finder patterns of one picture, since every three of them are compared. A sheet of
// four cards has twelve; a picture with more than this is noise, or tiled.
const maxFinders = 200

// point is a place in a picture: pixel x, y covers the square from x, y to x+1, y+1.
type point struct{ x, y float64 }

func (p point) minus(q point) point { return point{p.x - q.x, p.y - q.y} }

func (p point) length() float64 { return math.Hypot(p.x, p.y) }

// finder is the centre of a finder pattern; module is a seventh of its width along the rows of pixels.
type finder struct {
	point
	module float64
	rows   int // that cut through it
}

// finders returns the places where rows and columns are dark, light, dark, light, dark in lengths of about
// 1:1:3:1:1. If there are too many, it returns nothing.
func finders(b *bitmap) []finder {
	var found []finder
	line := make([]bool, b.w+1) // ends in a light pixel
	for y := range b.h {
		copy(line, b.dark[y*b.w:(y+1)*b.w])
		var run [5]int // the last runs, the newest at the end
		dark := false
		for x, v := range line {
			if v == dark {
				run[4]++
				continue
			}
			if dark && isFinder(run) {
				if f, ok := confirm(b, x-run[4]-run[3]-(run[2]+1)/2, y,
					run[0]+run[1]+run[2]+run[3]+run[4]); ok {
					found = merge(found, f)
				}
				if len(found) > maxFinders {
					return nil
				}
			}
			dark = !dark
			run = [5]int{run[1], run[2], run[3], run[4], 1}
		}
	}
	return found
}

// isFinder reports whether five runs have these lengths. Like readers, it allows a difference of half a
// module for each module.
func isFinder(run [5]int) bool {
	total := run[0] + run[1] + run[2] + run[3] + run[4]
	for i, modules := range [5]int{1, 1, 3, 1, 1} {
		off := 7*run[i] - modules*total
		if 2*max(off, -off) >= modules*total || run[i] == 0 {
			return false
		}
	}
	return true
}

// confirm looks at the column through a dark pixel, and then at the row through the middle of what it found.
// A run longer than limit belongs to no finder pattern.
func confirm(b *bitmap, x, y, limit int) (finder, bool) {
	cy, high, ok := across(b, x, y, 0, 1, limit)
	if !ok {
		return finder{}, false
	}
	cx, wide, ok := across(b, x, int(cy), 1, 0, limit)
	if !ok || 3*max(high, wide) > 4*min(high, wide) {
		return finder{}, false
	}
	return finder{point{cx, cy}, (high + wide) / 14, 1}, true
}

// across measures the five runs around a dark pixel in one direction: the middle of all five, and their
// length.
func across(b *bitmap, x, y, dx, dy, limit int) (middle, length float64, ok bool) {
	// count says for how many steps, from step n on, the pixels stay as they are.
	count := func(n, side int, dark bool) int {
		steps := 0
		for ; steps < limit; steps++ {
			px, py := x+(n+steps)*side*dx, y+(n+steps)*side*dy
			if !b.inside(px, py) || b.at(px, py) != dark {
				break
			}
		}
		return steps
	}
	run := [5]int{2: 1} // the pixel itself
	at := x*dx + y*dy
	start, end := at, at+1
	for _, side := range [2]int{-1, 1} {
		core := count(1, side, true)
		light := count(1+core, side, false)
		ring := count(1+core+light, side, true)
		run[2] += core
		run[2+side], run[2+2*side] = light, ring
		if side < 0 {
			start -= core + light + ring
		} else {
			end += core + light + ring
		}
	}
	return float64(start+end) / 2, float64(end - start), b.at(x, y) && isFinder(run)
}

// merge adds f to the list. If f is another cut through a pattern in the list, it is added to the mean of
// that one.
func merge(list []finder, f finder) []finder {
	for i := range list {
		old := &list[i]
		if old.minus(f.point).length() > 2*old.module {
			continue
		}
		n := float64(old.rows)
		old.x = (old.x*n + f.x) / (n + 1)
		old.y = (old.y*n + f.y) / (n + 1)
		old.module = (old.module*n + f.module) / (n + 1)
		old.rows++
		return list
	}
	return append(list, f)
}
