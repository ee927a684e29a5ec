package qrpdf

import (
	"math"
	"strconv"
	"strings"
)

// maxSegments is the greatest number of segments in a path.
const maxSegments = 20000

// pathReader reads the data of an SVG path (SVG 1.1, 8.3).
type pathReader struct {
	rest    string
	failed  bool
	path    path
	at      point
	start   point // of the subpath
	handle  point // the last one of a curve, for S and T
	command byte  // the last one
}

// readPath converts the data of a path into segments.
func readPath(data string) (path, error) {
	r := &pathReader{rest: data}
	var command byte
	for {
		r.rest = strings.TrimLeft(r.rest, " \t\r\n,")
		if r.rest == "" {
			return r.path, nil
		}
		c := r.rest[0]
		if c|0x20 >= 'a' && c|0x20 <= 'z' {
			command = c
			r.rest = r.rest[1:]
		} else if command == 0 || command|0x20 == 'z' {
			return nil, errPath
		}
		if len(r.path) == 0 && command|0x20 != 'm' {
			return nil, errPath
		}
		r.step(command)
		if r.failed || len(r.path) > maxSegments {
			return nil, errPath
		}
		switch command { // more pairs after a move are lines
		case 'm':
			command = 'l'
		case 'M':
			command = 'L'
		}
	}
}

// number reads one number.
func (r *pathReader) number() float64 {
	r.rest = strings.TrimLeft(r.rest, " \t\r\n,")
	n := numberLength(r.rest)
	v, err := strconv.ParseFloat(r.rest[:n], 64)
	r.failed = r.failed || err != nil
	r.rest = r.rest[n:]
	return v
}

// flag reads a 0 or 1, which may be followed by anything.
func (r *pathReader) flag() bool {
	r.rest = strings.TrimLeft(r.rest, " \t\r\n,")
	if r.rest == "" || r.rest[0] != '0' && r.rest[0] != '1' {
		r.failed = true
		return false
	}
	one := r.rest[0] == '1'
	r.rest = r.rest[1:]
	return one
}

// point reads a point, which may be relative to the current point of the path.
func (r *pathReader) point(relative bool) point {
	p := point{r.number(), r.number()}
	if relative {
		p = p.plus(r.at)
	}
	return p
}

// step executes one command.
func (r *pathReader) step(command byte) {
	relative := command >= 'a'
	kind := command | 0x20
	last := r.command
	r.command = kind
	switch kind {
	case 'm':
		r.at = r.point(relative)
		r.start = r.at
		r.path.move(r.at)
	case 'z':
		r.path.close()
		r.at = r.start
	case 'l':
		r.line(r.point(relative))
	case 'h', 'v':
		v, to := r.number(), r.at
		switch {
		case kind == 'h' && relative:
			to.x += v
		case kind == 'h':
			to.x = v
		case relative:
			to.y += v
		default:
			to.y = v
		}
		r.line(to)
	case 'c', 's':
		a := r.at
		if kind == 'c' {
			a = r.point(relative)
		} else if last == 'c' || last == 's' {
			a = r.handle.mirrored(r.at)
		}
		b := r.point(relative)
		r.curve(a, b, r.point(relative))
	case 'q', 't':
		q := r.at
		if kind == 'q' {
			q = r.point(relative)
		} else if last == 'q' || last == 't' {
			q = r.handle.mirrored(r.at)
		}
		to := r.point(relative)
		r.curve(r.at.between(q, 2.0/3), to.between(q, 2.0/3), to)
		r.handle = q
	case 'a':
		rx, ry, turn := r.number(), r.number(), r.number()
		large, sweep := r.flag(), r.flag()
		r.arc(math.Abs(rx), math.Abs(ry), turn*math.Pi/180, large, sweep, r.point(relative))
	default:
		r.failed = true
	}
}

func (r *pathReader) line(to point) {
	r.path.line(to)
	r.at = to
}

func (r *pathReader) curve(a, b, to point) {
	r.path.curve(a, b, to)
	r.at, r.handle = to, b
}

// arc draws a part of an ellipse in pieces of at most a quarter (SVG 1.1, F.6.5 and F.6.6).
func (r *pathReader) arc(rx, ry, turn float64, large, sweep bool, to point) {
	if rx == 0 || ry == 0 || to == r.at {
		r.line(to)
		return
	}
	sin, cos := math.Sincos(turn)
	half := r.at.minus(to).times(0.5)
	x, y := cos*half.x+sin*half.y, cos*half.y-sin*half.x
	if grow := x*x/(rx*rx) + y*y/(ry*ry); grow > 1 {
		rx, ry = rx*math.Sqrt(grow), ry*math.Sqrt(grow)
	}
	square := (rx*rx*ry*ry - rx*rx*y*y - ry*ry*x*x) / (rx*rx*y*y + ry*ry*x*x)
	root := math.Sqrt(math.Max(0, square))
	if large == sweep {
		root = -root
	}
	cx, cy := root*rx*y/ry, -root*ry*x/rx
	from := math.Atan2((y-cy)/ry, (x-cx)/rx)
	sum := math.Atan2((-y-cy)/ry, (-x-cx)/rx) - from
	switch {
	case sweep && sum < 0:
		sum += 2 * math.Pi
	case !sweep && sum > 0:
		sum -= 2 * math.Pi
	}
	middle := r.at.between(to, 0.5)
	unit := matrix{rx * cos, rx * sin, -ry * sin, ry * cos, middle.x + cos*cx - sin*cy, middle.y + sin*cx +
		cos*cy}
	pieces := math.Ceil(math.Abs(sum) / (math.Pi/2 + 1e-9))
	if !(pieces >= 1 && pieces <= 4) {
		r.line(to)
		return
	}
	step := sum / pieces
	k := 4.0 / 3 * math.Tan(step/4)
	for i := range int(pieces) {
		s0, c0 := math.Sincos(from + float64(i)*step)
		s1, c1 := math.Sincos(from + float64(i+1)*step)
		end := unit.apply(point{c1, s1})
		if i+1 == int(pieces) {
			end = to
		}
		r.curve(unit.apply(point{c0 - k*s0, s0 + k*c0}), unit.apply(point{c1 + k*s1, s1 - k*c1}), end)
	}
}
