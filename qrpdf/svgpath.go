package qrpdf

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

var errPath = errors.New("SVG path that cannot be read")

// point is a place in a picture.
type point struct{ x, y float64 }

func (p point) plus(q point) point                   { return point{p.x + q.x, p.y + q.y} }
func (p point) minus(q point) point                  { return point{p.x - q.x, p.y - q.y} }
func (p point) times(factor float64) point           { return point{p.x * factor, p.y * factor} }
func (p point) mirrored(center point) point          { return center.times(2).minus(p) }
func (p point) between(q point, share float64) point { return p.plus(q.minus(p).times(share)) }

// segment is a part of a path with the operator of PDF: m, l, c (three points) or h (none).
type segment struct {
	operator byte
	points   [3]point
}

func (s segment) used() int {
	switch s.operator {
	case 'c':
		return 3
	case 'h':
		return 0
	}
	return 1
}

// path is a path in absolute coordinates.
type path []segment

func (p *path) move(to point) { *p = append(*p, segment{'m', [3]point{to}}) }
func (p *path) line(to point) { *p = append(*p, segment{'l', [3]point{to}}) }
func (p *path) curve(a, b, to point) {
	*p = append(*p, segment{'c', [3]point{a, b, to}})
}
func (p *path) close() { *p = append(*p, segment{operator: 'h'}) }

// through returns the path with every point moved by m.
func (p path) through(m matrix) path {
	moved := append(path(nil), p...)
	for i := range moved {
		for j := range moved[i].used() {
			moved[i].points[j] = m.apply(moved[i].points[j])
		}
	}
	return moved
}

// sane reports whether all numbers can be printed.
func (p path) sane() bool {
	const most = 1e7
	for _, s := range p {
		for _, v := range s.points[:s.used()] {
			if !(math.Abs(v.x) < most && math.Abs(v.y) < most) {
				return false
			}
		}
	}
	return true
}

func (p path) draw(page *page, to matrix) {
	for _, s := range p.through(to) {
		var v []float64
		for _, q := range s.points[:s.used()] {
			v = append(v, q.x, q.y)
		}
		page.put(string(s.operator), v...)
	}
}

// matrix is an affine transformation as in SVG and PDF.
type matrix [6]float64

func (m matrix) apply(p point) point {
	return point{m[0]*p.x + m[2]*p.y + m[4], m[1]*p.x + m[3]*p.y + m[5]}
}

// then returns the transformation that applies m first.
func (m matrix) then(n matrix) matrix {
	o := n.apply(point{m[4], m[5]})
	return matrix{n[0]*m[0] + n[2]*m[1], n[1]*m[0] + n[3]*m[1], n[0]*m[2] + n[2]*m[3], n[1]*m[2] + n[3]*m[3],
		o.x, o.y}
}

// scale returns the average factor of lengths.
func (m matrix) scale() float64 { return math.Sqrt(math.Abs(m[0]*m[3] - m[1]*m[2])) }

// similar reports whether circles stay circles.
func (m matrix) similar() bool {
	a, b := math.Hypot(m[0], m[1]), math.Hypot(m[2], m[3])
	return math.Abs(a-b) <= 1e-4*(a+b) && math.Abs(m[0]*m[2]+m[1]*m[3]) <= 1e-4*(a*a+b*b)
}

// readTransform reads a list of transformations.
func readTransform(s string) (matrix, error) {
	all := matrix{1, 0, 0, 1, 0, 0}
	for s = strings.Trim(s, " \t\r\n,"); s != ""; s = strings.Trim(s, " \t\r\n,") {
		name, rest, ok := strings.Cut(s, "(")
		arguments, after, ok2 := strings.Cut(rest, ")")
		v, err := numbers(arguments)
		if !ok || !ok2 || err != nil {
			return all, fmt.Errorf("SVG transformation %.40q", s)
		}
		s = after
		m := matrix{1, 0, 0, 1, 0, 0}
		switch name = strings.TrimSpace(name); {
		case name == "matrix" && len(v) == 6:
			copy(m[:], v)
		case name == "translate" && (len(v) == 1 || len(v) == 2):
			copy(m[4:], v)
		case name == "scale" && len(v) == 1:
			m[0], m[3] = v[0], v[0]
		case name == "scale" && len(v) == 2:
			m[0], m[3] = v[0], v[1]
		case name == "rotate" && (len(v) == 1 || len(v) == 3):
			sin, cos := math.Sincos(v[0] * math.Pi / 180)
			m = matrix{cos, sin, -sin, cos, 0, 0}
			if len(v) == 3 {
				m = matrix{1, 0, 0, 1, -v[1], -v[2]}.then(m).then(matrix{1, 0, 0, 1, v[1], v[2]})
			}
		default:
			return all, fmt.Errorf("SVG transformation %.40q", name)
		}
		all = m.then(all)
	}
	return all, nil
}

// numbers reads numbers between white space and commas, or those that follow each other directly
// as SVG allows.
func numbers(s string) ([]float64, error) {
	var all []float64
	for {
		s = strings.TrimLeft(s, " \t\r\n,")
		if s == "" {
			return all, nil
		}
		n := numberLength(s)
		v, err := strconv.ParseFloat(s[:n], 64)
		if err != nil {
			return nil, fmt.Errorf("SVG number %.20q", s)
		}
		all = append(all, v)
		s = s[n:]
	}
}

// numberLength returns the length of the number at the start of s.
func numberLength(s string) int {
	dot, exponent := false, false
	for i, c := range []byte(s) {
		switch {
		case c >= '0' && c <= '9':
		case c == '.' && !dot && !exponent:
			dot = true
		case (c == 'e' || c == 'E') && !exponent && i > 0:
			exponent = true
		case (c == '-' || c == '+') && (i == 0 || s[i-1]|0x20 == 'e'):
		default:
			return i
		}
	}
	return len(s)
}

// basicShape returns the path of a shape that SVG knows by name.
func basicShape(name string, geometry map[string]string) (path, error) {
	var failed error
	get := func(key string) float64 {
		v, err := strconv.ParseFloat(strings.TrimSuffix(geometry[key], "px"), 64)
		if geometry[key] != "" && (err != nil || math.IsNaN(v)) {
			failed = fmt.Errorf("SVG length %.20q", geometry[key])
		}
		return v
	}
	var p path
	switch name {
	case "rect":
		x, y, w, h, rx, ry := get("x"), get("y"), get("width"), get("height"), get("rx"), get("ry")
		if geometry["rx"] == "" {
			rx = ry
		} else if geometry["ry"] == "" {
			ry = rx
		}
		if w > 0 && h > 0 {
			p.rounded(x, y, w, h, min(max(rx, 0), w/2), min(max(ry, 0), h/2))
		}
	case "circle", "ellipse":
		rx, ry := get("rx"), get("ry")
		if name == "circle" {
			rx = get("r")
			ry = rx
		}
		if rx > 0 && ry > 0 {
			p.rounded(get("cx")-rx, get("cy")-ry, 2*rx, 2*ry, rx, ry)
		}
	case "line":
		p.move(point{get("x1"), get("y1")})
		p.line(point{get("x2"), get("y2")})
	default:
		v, err := numbers(geometry["points"])
		if err != nil || len(v)%2 != 0 {
			return nil, errPath
		}
		for i := 0; i < len(v); i += 2 {
			if i == 0 {
				p.move(point{v[0], v[1]})
			} else {
				p.line(point{v[i], v[i+1]})
			}
		}
		if name == "polygon" && len(v) > 0 {
			p.close()
		}
	}
	return p, failed
}

// rounded adds a rectangle with corners of these radii.
func (p *path) rounded(x, y, w, h, rx, ry float64) {
	const k = 0.5522847498 // of the radius: the handles that make a quarter of a circle
	ax, ay := rx*(1-k), ry*(1-k)
	p.move(point{x + rx, y})
	p.line(point{x + w - rx, y})
	p.curve(point{x + w - ax, y}, point{x + w, y + ay}, point{x + w, y + ry})
	p.line(point{x + w, y + h - ry})
	p.curve(point{x + w, y + h - ay}, point{x + w - ax, y + h}, point{x + w - rx, y + h})
	p.line(point{x + rx, y + h})
	p.curve(point{x + ax, y + h}, point{x, y + h - ay}, point{x, y + h - ry})
	p.line(point{x, y + ry})
	p.curve(point{x, y + ay}, point{x + ax, y}, point{x + rx, y})
	p.close()
}
