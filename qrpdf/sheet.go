package qrpdf

import (
	"strconv"
	"time"
)

// Edges of a page, and the symbol on a sheet: both of its edges are clear of the lines along which a letter is folded, the
// nearest of them 99 mm below the upper edge and 105 mm from the left one.
const (
	leftMargin   = 20 * mm
	rightMargin  = 20 * mm
	topMargin    = 18 * mm
	bottomMargin = 17 * mm
	gutter       = 9 * mm // between two columns

	columnWidth  = (pageWidth - leftMargin - rightMargin - gutter) / 2
	secondColumn = leftMargin + columnWidth + gutter

	symbolTop  = topMargin
	symbolSide = 50 * mm

	corner = 14 * mm // of the page, that can be cut off
)

// design is how a sheet is set.
type design struct {
	title, heading, body, label, issuer style

	columns bool // two, side by side
	section float64
}

// The designs of the layouts. The smallest size for running text is 12 points: the letters are as small as those of other
// fonts at 11.
var (
	standardDesign = design{
		title:   style{bold, 22, 26, blue},
		heading: style{bold, 14, 19, blue},
		body:    style{regular, 12, 15, black},
		label:   style{bold, 12, 15, blue},
		issuer:  style{regular, 14, 18, black},
		columns: true, section: 14,
	}
	largeDesign = design{
		title:   style{bold, 28, 33, blue},
		heading: style{bold, 23, 30, blue},
		body:    style{regular, 18, 24, black},
		label:   style{bold, 18, 24, blue},
		issuer:  style{regular, 20, 26, black},
		section: 24,
	}
)

// sheet lays out Standard and LargePrint: the symbol at the upper left, issuer and title beside it, and the facts too
// where they are set small; below them the sections.
func (b *builder) sheet(d *design) error {
	zone := quietZone * symbolSide / float64(b.s.Size())
	x := leftMargin + symbolSide + zone + 4*mm
	width := pageWidth - rightMargin - x

	p := b.pages[0]
	p.stroke(corner, 0, 0, corner, true)
	head := b.letterhead(d, x, width)
	head.add(d.section*0.75, b.title(d, x, width))
	head.draw(p, symbolTop)
	bottom := b.symbol(b.root.add("P"), leftMargin, symbolTop, symbolSide, &d.body)
	top := symbolTop + head.height()
	var boxes stack
	if d.columns {
		facts := b.facts(d, x, width, false)
		top += d.section * 0.75
		facts.draw(p, top)
		top += facts.height()
	} else {
		boxes = b.facts(d, leftMargin, pageWidth-leftMargin-rightMargin, false)
	}
	if top > pageHeight-bottomMargin {
		return errTooMuch
	}
	top = max(bottom, top) + d.section
	p.stroke(leftMargin, top, pageWidth-rightMargin, top, false)
	top += d.section
	boxes = append(boxes, b.arrange(d, pageHeight-bottomMargin-top, sections)...)
	if err := b.flow(top, boxes); err != nil {
		return err
	}
	b.numberPages(d)
	return nil
}

// title is the heading of a sheet, smaller in two languages.
func (b *builder) title(d *design, x, width float64) stack {
	s := d.title
	if len(b.langs) > 1 {
		s.size, s.leading = s.size*0.82, s.leading*0.82
	}
	return b.each(b.root.add("H1"), s, x, width, func(w *wording) string { return w.title })
}

// letterhead is the logo and the name of the issuer beside it.
func (b *builder) letterhead(d *design, x, width float64) stack {
	var line row
	if b.logo != nil {
		logo := b.logo.box(b.root.add("Figure"), b.langs[0].logo+b.d.Logo.Alt, x)
		line = append(line, logo)
		x, width = x+logo.wide+5*mm, width-logo.wide-5*mm
	}
	return stack{{0, append(line, b.labelled(b.root.add("P"), d.label, d.issuer, x, width,
		func(w *wording) string { return w.issuer }, b.d.Issuer))}}
}

// facts is a table of what a Document's fields say, or only of those that a card does not say.
func (b *builder) facts(d *design, x, width float64, card bool) stack {
	var rows stack
	table := b.root.add("Table")
	labels := 10.5 * d.label.size
	add := func(label func(*wording) string, value func(in *element, x, width float64) stack) {
		tr := table.add("TR")
		th := tr.add("TH")
		th.attributes = "/O /Table /Scope /Row"
		rows.add(d.section/3, row{
			b.each(th, d.label, x, labels-d.label.size/2, label),
			value(tr.add("TD"), x+labels, width-labels),
		})
	}
	words := func(field string) func(in *element, x, width float64) stack {
		return func(in *element, x, width float64) stack {
			return stack{{0, b.text(in, d.body, x, width, field)}}
		}
	}
	day := func(t time.Time) func(in *element, x, width float64) stack {
		return func(in *element, x, width float64) stack { return b.days(in, d.body, x, width, t) }
	}
	if b.d.Holder != "" && !card {
		add(func(w *wording) string { return w.holder }, words(b.d.Holder))
	}
	add(func(w *wording) string { return w.issued }, day(b.d.Issued))
	if !card {
		add(func(w *wording) string { return w.expires }, day(b.d.Expires))
		add(func(w *wording) string { return w.address }, words(b.d.Address))
	}
	if b.d.Contact != "" {
		add(func(w *wording) string { return w.contact }, words(b.d.Contact))
	}
	return rows
}

// sections are the explanations of a sheet, in the order in which they are read.
var sections = [6]func(*wording) *section{
	func(w *wording) *section { return &w.purpose },
	func(w *wording) *section { return &w.person },
	func(w *wording) *section { return &w.loss },
	func(w *wording) *section { return &w.privacy },
	func(w *wording) *section { return &w.checker },
	func(w *wording) *section { return &w.touch },
}

// arrange puts sections into one column, or into two: those of one language three and three, those of a pair side by side.
// The elements of a language follow each other, whatever stands beside them. Sections beside each other begin at one
// height, unless the room on the page is too small for that.
func (b *builder) arrange(d *design, room float64, parts [6]func(*wording) *section) stack {
	const half = len(parts) / 2
	var all stack
	for i, w := range b.langs {
		in := b.root.within("Sect", w.lang)
		for j, part := range parts {
			x, width := leftMargin, columnWidth
			switch {
			case !d.columns:
				width = pageWidth - leftMargin - rightMargin
			case len(b.langs) > 1 && i == 1 || len(b.langs) == 1 && j >= half:
				x = secondColumn
			}
			texts := b.section(in, d, x, width, part(w))
			if part(w) == &w.loss {
				texts.add(d.body.size/3, b.text(in.add("P"), d.body, x, width, b.place(w)))
			}
			all.add(d.section, texts)
		}
	}
	switch {
	case !d.columns:
		if len(b.langs) > 1 {
			all[len(parts)].space = pageHeight // the second language can be handed out alone
		}
		return all
	case len(b.langs) > 1:
		return beside(all[:len(parts)], all[len(parts):])
	}
	left, right := all[:half], all[half:]
	rows := beside(left, right)
	if columns := (row{left, right}); rows.height() > room && columns.height() <= room {
		return stack{{d.section, columns}}
	}
	return rows
}

// beside pairs two stacks box by box.
func beside(left, right stack) stack {
	rows := append(stack(nil), left...)
	for i := range rows {
		rows[i].box = row{left[i].box, right[i].box}
	}
	return rows
}

// numberPages prints numbers below when there is more than one page.
func (b *builder) numberPages(d *design) {
	if len(b.pages) == 1 {
		return
	}
	for i, p := range b.pages {
		number := b.text(nil, d.body, 0, pageWidth, strconv.Itoa(i+1)+" / "+strconv.Itoa(len(b.pages)))
		p.artifact()
		width := number.lines[0].width(d.body.size)
		p.write(d.body, pageWidth-rightMargin-width, pageHeight-bottomMargin+1*mm, number.lines)
		p.end()
	}
}
