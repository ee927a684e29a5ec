package qrpdf

import (
	"errors"
	"slices"
	"strconv"
)

// Lengths on a page are in points. Heights count downwards from its upper edge.
const (
	mm = 72 / 25.4

	pageWidth  = 210 * mm
	pageHeight = 297 * mm
)

// ink is the colour of a text. Colour carries no meaning: black alone would suffice.
type ink uint8

const (
	black      ink = iota
	blue           // headings and labels
	unknownInk     // after a logo
)

// inks are the colours as red, green and blue. Each has a contrast of at least 7 against white
// (WCAG 2.2, 1.4.6).
var inks = [...][3]float64{black: {0, 0, 0}, blue: {0.05, 0.22, 0.4}}

// page is a page that is being filled.
type page struct {
	memory  *[32 << 10]byte
	content []byte     // of the current stream, at first in memory
	own     bool       // of the current stream
	streams []stream   // before the current one
	marks   []*element // by number
	number  int        // of its object
	ink     ink
}

// stream is a part of the content of a page.
type stream struct {
	content []byte
	own     bool // differs between the documents of an issuer
}

// turn continues in a stream that differs between the documents of an issuer, or in one that does
// not.
func (p *page) turn(own bool) {
	if p.own != own {
		p.endStream()
	}
	if last := len(p.streams) - 1; len(p.content) == 0 && last >= 0 && p.streams[last].own == own {
		p.content, p.streams = p.streams[last].content, p.streams[:last]
	}
	p.own = own
}

// endStream ends the current stream, if it is not empty.
func (p *page) endStream() {
	if len(p.content) > 0 {
		p.streams = append(p.streams, stream{p.content, p.own})
		p.content = p.content[len(p.content):]
	}
}

// begin opens content that belongs to e; words is its text.
func (p *page) begin(e *element, words string) {
	p.content = append(p.content, '/')
	p.content = append(p.content, e.role...)
	p.content = append(p.content, " << /MCID "...)
	p.content = strconv.AppendInt(p.content, int64(len(p.marks)), 10)
	p.content = append(p.content, " >> BDC\n"...)
	e.kids = append(e.kids, kid{page: p, mark: len(p.marks), words: words})
	p.marks = append(p.marks, e)
}

// artifact opens content that screen readers must skip.
func (p *page) artifact() { p.content = append(p.content, "/Artifact BMC\n"...) }

func (p *page) end() { p.content = append(p.content, "EMC\n"...) }

// put appends numbers and an operator.
func (p *page) put(operator string, numbers ...float64) {
	for _, v := range numbers {
		p.content = append(appendNumber(p.content, v), ' ')
	}
	p.content = append(append(p.content, operator...), '\n')
}

// use sets the colour for the text that follows.
func (p *page) use(i ink) {
	if p.ink != i {
		p.put("rg", inks[i][:]...)
		p.ink = i
	}
}

// stroke draws a line, dashed or not, in grey.
func (p *page) stroke(x0, y0, x1, y1 float64, dashed bool) {
	p.artifact()
	p.content = append(p.content, "q 0.45 G 0.6 w "...)
	if dashed {
		p.content = append(p.content, "[3 3] 0 d "...)
	}
	p.put("m", x0, pageHeight-y0)
	p.put("l S Q", x1, pageHeight-y1)
	p.end()
}

// write draws the lines of a text, with the upper edge of the first one at top.
func (p *page) write(s style, x, top float64, lines []line) {
	const capital = 0.668 // height of a capital in parts of the size
	p.use(s.ink)
	p.content = append(p.content, "BT\n"...)
	p.put("TL", s.leading)
	p.put("Td", x, pageHeight-top-(s.leading+capital*s.size)/2)
	last := faces
	for i, l := range lines {
		if i > 0 {
			p.content = append(p.content, "T*\n"...)
		}
		for len(l) > 0 {
			n := 1
			for n < len(l) && l[n].face == l[0].face {
				n++
			}
			if l[0].face != last {
				last = l[0].face
				p.content = append(p.content, "/F"...)
				p.content = strconv.AppendInt(p.content, int64(last), 10)
				p.content = append(p.content, ' ')
				p.put("Tf", s.size)
			}
			p.content = append(p.content, '<')
			for _, g := range l[:n] {
				const digits = "0123456789ABCDEF"
				p.content = append(p.content, digits[g.id>>12], digits[g.id>>8&15], digits[g.id>>4&15],
					digits[g.id&15])
			}
			p.content = append(p.content, "> Tj\n"...)
			l = l[n:]
		}
	}
	p.content = append(p.content, "ET\n"...)
}

// box is anything with a place on a page.
type box interface {
	height() float64
	draw(p *page, top float64)
}

// text is a box with the lines of one element, or of none if screen readers must skip it.
type text struct {
	in        *element
	words     string
	style     style
	x         float64
	lines     []line
	underline bool
}

func (t *text) height() float64 { return float64(len(t.lines)) * t.style.leading }

func (t *text) draw(p *page, top float64) {
	if t.in == nil {
		p.artifact()
	} else {
		p.begin(t.in, t.words)
	}
	p.write(t.style, t.x, top, t.lines)
	if t.underline {
		for i, l := range t.lines {
			width := l.width(t.style.size)
			if last := l[len(l)-1]; last.stop >= bound {
				width -= float64(last.width) * t.style.size / 1000
			}
			p.put("re f", t.x, pageHeight-top-float64(i+1)*t.style.leading+0.12*t.style.size, width,
				0.05*t.style.size)
		}
	}
	p.end()
}

// stack is a list of boxes one below the other, each but the first with a space before it.
type stack []spaced

type spaced struct {
	space float64 // none at the top of a page; pageHeight begins one
	box
}

func (s *stack) add(space float64, b box) { *s = append(*s, spaced{space, b}) }

// squeezed returns the stack with a part of its spaces.
func (s stack) squeezed(part float64) stack {
	s = slices.Clone(s)
	for i := range s {
		s[i].space *= part
	}
	return s
}

// underline underlines all texts.
func (s stack) underline() {
	for _, b := range s {
		switch b := b.box.(type) {
		case *text:
			b.underline = b.in != nil
		case row:
			for _, t := range b {
				stack{{0, t}}.underline()
			}
		}
	}
}

func (s stack) height() float64 {
	sum := 0.0
	for i, b := range s {
		if i > 0 {
			sum += b.space
		}
		sum += b.height()
	}
	return sum
}

func (s stack) draw(p *page, top float64) {
	for i, b := range s {
		if i > 0 {
			top += b.space
		}
		b.draw(p, top)
		top += b.height()
	}
}

// own is a box that differs between the documents of an issuer.
type own struct{ box }

func (o own) draw(p *page, top float64) {
	p.turn(true)
	o.box.draw(p, top)
	p.turn(false)
}

// row is a list of boxes side by side.
type row []box

func (r row) height() float64 {
	highest := 0.0
	for _, b := range r {
		highest = max(highest, b.height())
	}
	return highest
}

func (r row) draw(p *page, top float64) {
	for _, b := range r {
		b.draw(p, top)
	}
}

// maxPages is the greatest number of pages. Texts of the accepted lengths fill fewer.
const maxPages = 12

var errTooMuch = errors.New("the texts do not fit on the page")

// flow draws boxes one below the other, starting at top, on as many pages as they need. It breaks
// no box.
func (b *builder) flow(top float64, boxes stack) error {
	p := b.pages[len(b.pages)-1]
	for len(boxes) > 0 {
		n := 1
		for n < len(boxes) && boxes[n].space < pageHeight {
			n++
		}
		pages, err := paginate(top, boxes[:n])
		if err != nil {
			return err
		}
		for i, boxes := range pages {
			if i > 0 {
				p, top = b.newPage(), topMargin
			}
			boxes.draw(p, top)
		}
		boxes, top = boxes[n:], pageHeight
	}
	if len(b.pages) > maxPages {
		return errTooMuch
	}
	return nil
}

// tightest is the least part of the spaces between boxes to which they shrink if that saves a page.
const tightest = 0.5

// leastPage is the least height of the last of several pages.
const leastPage = 60 * mm

// paginate distributes boxes over pages, with as much space between them as the least number of pages
// allows. The first page is free below top and may stay empty.
func paginate(top float64, boxes stack) ([]stack, error) {
	pages, err := fill(top, boxes)
	if err != nil || len(pages) == 1 {
		return pages, err
	}
	for part := 0.9; part > tightest; part -= 0.1 {
		if fewer, err := fill(top, boxes.squeezed(part)); err == nil && len(fewer) < len(pages) {
			return fewer, nil
		}
	}
	for n := len(pages); len(pages[n-2]) > 2; {
		before, last := pages[n-2], pages[n-1]
		more := append(stack{before[len(before)-1]}, last...)
		if last.height() >= leastPage || topMargin+more.height() > pageHeight-bottomMargin {
			break
		}
		pages[n-2], pages[n-1] = before[:len(before)-1], more
	}
	return pages, nil
}

// fill puts as many boxes as fit on each page.
func fill(top float64, boxes stack) ([]stack, error) {
	pages := []stack{nil}
	for _, v := range boxes {
		last := &pages[len(pages)-1]
		bottom := top + v.height()
		if len(*last) > 0 {
			bottom += last.height() + v.space
		}
		if bottom > pageHeight-bottomMargin {
			if len(pages) == maxPages || v.height() > pageHeight-topMargin-bottomMargin {
				return nil, errTooMuch
			}
			pages = append(pages, nil)
			last, top = &pages[len(pages)-1], topMargin
		}
		*last = append(*last, v)
	}
	return pages, nil
}
