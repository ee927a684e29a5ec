package qrpdf

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
)

const (
	svgSpace  = "http://www.w3.org/2000/svg"
	maxShapes = 5000
	maxNested = 100
)

// paint is the appearance of the shapes of an SVG. Colours are red, green and blue from 0 to 1;
// nil means none.
type paint struct {
	fill, stroke *[3]float64
	evenOdd      bool
	width        float64
	cap, join    int
	miter        float64
}

// shape is a path in the units of its picture.
type shape struct {
	paint
	path path
}

// svgState is the state that a group passes to its content.
type svgState struct {
	paint
	to     matrix // the units of the picture
	hidden bool   // only definitions
}

// readSVG reads the shapes of an SVG file, or returns an error that names the part that cannot be
// drawn.
func readSVG(data []byte) (*picture, error) {
	d := xml.NewDecoder(bytes.NewReader(data))
	p := &picture{}
	states := []svgState{{paint: paint{fill: &[3]float64{}, width: 1, miter: 4},
		to: matrix{1, 0, 0, 1, 0, 0}}}
	for {
		token, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, errors.New("neither PNG nor well-formed SVG")
		}
		switch t := token.(type) {
		case xml.StartElement:
			if len(states) == 1 && p.width > 0 || len(states) > maxNested {
				return nil, errors.New("SVG with too many elements")
			}
			state, err := p.open(t, states[len(states)-1], len(states) == 1)
			if err != nil {
				return nil, err
			}
			if state == nil {
				if err := d.Skip(); err != nil {
					return nil, errors.New("SVG is not well-formed")
				}
				continue
			}
			states = append(states, *state)
		case xml.EndElement:
			states = states[:len(states)-1]
		case xml.ProcInst:
			if t.Target != "xml" {
				return nil, fmt.Errorf("SVG with a processing instruction %.40q", t.Target)
			}
		}
	}
	if p.width == 0 {
		return nil, errors.New("neither PNG nor SVG")
	}
	if len(p.shapes) == 0 {
		return nil, errors.New("SVG without a shape")
	}
	return p, nil
}

// open reads an element and returns the state for its content, or nil if none of its content
// shows.
func (p *picture) open(t xml.StartElement, state svgState, outermost bool) (*svgState, error) {
	name := t.Name.Local
	if t.Name.Space != svgSpace {
		if outermost {
			return nil, errors.New("neither PNG nor SVG")
		}
		return nil, nil // notes of a drawing program
	}
	switch {
	case outermost && name != "svg":
		return nil, errors.New("neither PNG nor SVG")
	case name == "title" || name == "desc" || name == "metadata":
		return nil, nil
	case name == "style" || name == "script":
		return nil, fmt.Errorf("SVG element %q cannot be drawn", name)
	case name == "defs" || state.hidden: // whatever refers to it is refused
		state.hidden = true
		return &state, nil
	}
	geometry := map[string]string{}
	var style string
	for _, a := range t.Attr {
		switch {
		case a.Name.Local == "href":
			return nil, errors.New("SVG with a reference")
		case a.Name.Space != "":
		case a.Name.Local == "style":
			style = a.Value
		default:
			if err := state.attribute(a.Name.Local, a.Value, geometry); err != nil {
				return nil, err
			}
		}
	}
	if err := state.style(style); err != nil { // stronger than attributes
		return nil, err
	}
	drawn := path(nil)
	var err error
	switch name {
	case "svg":
		if !outermost {
			return nil, errors.New("SVG in an SVG")
		}
		return &state, p.frame(geometry, &state)
	case "g":
		return &state, nil
	case "path":
		drawn, err = readPath(geometry["d"])
	case "rect", "circle", "ellipse", "line", "polyline", "polygon":
		drawn, err = basicShape(name, geometry)
	default:
		return nil, fmt.Errorf("SVG element %.40q cannot be drawn", name)
	}
	switch {
	case err != nil:
		return nil, err
	case len(p.shapes) == maxShapes:
		return nil, fmt.Errorf("SVG of more than %d shapes", maxShapes)
	case state.stroke != nil && !state.to.similar():
		return nil, errors.New("SVG with a distorted stroke")
	}
	state.width *= state.to.scale()
	p.shapes = append(p.shapes, shape{paint: state.paint, path: drawn.through(state.to)})
	if len(drawn) > 0 && !p.shapes[len(p.shapes)-1].path.sane() {
		return nil, errors.New("SVG with a number out of range")
	}
	return &state, nil
}

// frame reads the size of the picture.
func (p *picture) frame(geometry map[string]string, state *svgState) error {
	box, err := numbers(geometry["viewBox"])
	if err != nil {
		return err
	}
	if geometry["viewBox"] == "" {
		width, err1 := strconv.ParseFloat(strings.TrimSuffix(geometry["width"], "px"), 64)
		height, err2 := strconv.ParseFloat(strings.TrimSuffix(geometry["height"], "px"), 64)
		if err1 != nil || err2 != nil {
			return errors.New("SVG without a viewBox")
		}
		box = []float64{0, 0, width, height}
	}
	if len(box) != 4 || !(box[2] >= 1e-3 && box[2] <= 1e6 && box[3] >= 1e-3 && box[3] <= 1e6) {
		return errors.New("SVG without a size")
	}
	p.width, p.height = box[2], box[3]
	state.to = matrix{1, 0, 0, 1, -box[0], -box[1]}
	return nil
}

// style applies the properties of a style attribute.
func (s *svgState) style(declarations string) error {
	for _, declaration := range strings.Split(declarations, ";") {
		property, value, _ := strings.Cut(declaration, ":")
		if property = strings.TrimSpace(property); property == "" {
			continue
		}
		if err := s.attribute(property, value, map[string]string{}); err != nil {
			return err
		}
	}
	return nil
}

// attribute applies an attribute or a property.
func (s *svgState) attribute(name, value string, geometry map[string]string) error {
	value = strings.TrimSpace(value)
	var err error
	switch name {
	case "fill":
		s.fill, err = readColor(value)
	case "stroke":
		s.stroke, err = readColor(value)
	case "fill-rule":
		s.evenOdd = value == "evenodd"
	case "stroke-width":
		s.width, err = strconv.ParseFloat(strings.TrimSuffix(value, "px"), 64)
		if err != nil || !(s.width >= 0 && s.width < 1e6) {
			err = fmt.Errorf("SVG stroke width %.40q", value)
		}
	case "stroke-miterlimit":
		s.miter, err = strconv.ParseFloat(value, 64)
		if err != nil || !(s.miter >= 1 && s.miter < 1e6) {
			err = fmt.Errorf("SVG miter limit %.40q", value)
		}
	case "stroke-linecap":
		s.cap, err = choice(name, value, "butt", "round", "square")
	case "stroke-linejoin":
		s.join, err = choice(name, value, "miter", "round", "bevel")
	case "transform":
		var m matrix
		m, err = readTransform(value)
		s.to = m.then(s.to)
	case "opacity", "fill-opacity", "stroke-opacity":
		_, err = choice(name, value, "1", "100%", "1.0")
	case "display":
		_, err = choice(name, value, "inline", "block")
	case "visibility":
		_, err = choice(name, value, "visible")
	case "overflow":
		_, err = choice(name, value, "hidden", "visible")
	case "stroke-dasharray", "filter", "mask", "clip-path":
		_, err = choice(name, value, "none")
	case "preserveAspectRatio":
		_, err = choice(name, value, "xMidYMid", "xMidYMid meet")
	case "d", "x", "y", "width", "height", "rx", "ry", "cx", "cy", "r", "x1", "y1", "x2", "y2", "points",
		"viewBox":
		geometry[name] = value
	case "id", "class", "version", "baseProfile", "xmlns", "role", "focusable", "lang", "enable-background",
		"stroke-dashoffset", "shape-rendering", "color-rendering", "image-rendering", "clip-rule", "color",
		"isolation":
	default:
		if !strings.HasPrefix(name, "aria-") && !strings.HasPrefix(name, "data-") &&
			!strings.HasPrefix(name, "font-") &&
			!strings.HasPrefix(name, "-") && !strings.HasPrefix(name, "text-") {
			err = fmt.Errorf("SVG attribute %.40q is not known", name)
		}
	}
	return err
}

// choice returns the index of value among the known values.
func choice(name, value string, known ...string) (int, error) {
	for i, k := range known {
		if value == k {
			return i, nil
		}
	}
	return 0, fmt.Errorf("SVG with %s %.40q", name, value)
}

// readColor reads a colour without transparency.
func readColor(s string) (*[3]float64, error) {
	names := map[string]uint32{"black": 0, "white": 0xFFFFFF, "red": 0xFF0000, "green": 0x008000,
		"blue": 0x0000FF, "yellow": 0xFFFF00, "gray": 0x808080, "grey": 0x808080, "silver": 0xC0C0C0,
		"navy": 0x000080, "teal": 0x008080, "maroon": 0x800000, "olive": 0x808000, "purple": 0x800080,
		"orange": 0xFFA500}
	value, known := names[strings.ToLower(s)]
	digits, hex := strings.CutPrefix(s, "#")
	switch {
	case s == "none":
		return nil, nil
	case hex && len(digits) == 3:
		digits = string([]byte{digits[0], digits[0], digits[1], digits[1], digits[2], digits[2]})
		fallthrough
	case hex && len(digits) == 6:
		v, err := strconv.ParseUint(digits, 16, 32)
		value, known = uint32(v), err == nil
	case strings.HasPrefix(s, "rgb(") && strings.HasSuffix(s, ")"):
		v, err := numbers(s[4 : len(s)-1])
		known = err == nil && len(v) == 3
		for i := range v {
			known = known && v[i] >= 0 && v[i] <= 255 && v[i] == math.Trunc(v[i])
			value = value<<8 | uint32(v[i])&0xFF
		}
	}
	if !known {
		return nil, fmt.Errorf("SVG colour %.40q", s)
	}
	return &[3]float64{float64(value>>16) / 255, float64(value>>8&0xFF) / 255, float64(value&0xFF) / 255}, nil
}

// draw draws the shape on a page.
func (s *shape) draw(p *page, to matrix) {
	operator := "n"
	switch {
	case s.fill != nil && s.stroke != nil && s.width > 0:
		operator = "B"
	case s.fill != nil:
		operator = "f"
	case s.stroke != nil && s.width > 0:
		operator = "S"
	}
	if len(s.path) == 0 || operator == "n" {
		return
	}
	if s.fill != nil {
		p.put("rg", s.fill[:]...)
	}
	if operator != "f" {
		p.put("RG", s.stroke[:]...)
		p.put("w", s.width*to.scale())
		p.put("J", float64(s.cap))
		p.put("j", float64(s.join))
		p.put("M", s.miter)
	}
	s.path.draw(p, to)
	if s.evenOdd && operator != "S" {
		operator += "*"
	}
	p.put(operator)
}
