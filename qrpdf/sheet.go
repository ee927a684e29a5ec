package qrpdf

import (
	"slices"
	"strconv"
	"time"
)

// The margins of a page, and the symbol on a sheet. Both of its far edges are clear of the lines
// along which a letter is folded, the nearest of which are 99 mm below the upper edge and 105 mm
// from the left edge.
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

	corner = 14 * mm // of the page, which can be cut off
)

// design is the typography of a sheet.
type design struct {
	title, heading, body, label, issuer style

	columns bool // two, side by side
	section float64
}

// The designs of the layouts. The smallest size for running text is 12 points, because the
// letters are as small as those of other fonts at 11.
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
	easyDesign = design{
		title:   style{bold, 26, 32, blue},
		heading: style{bold, 20, 27, blue},
		body:    style{regular, 16, 23, black},
		label:   style{bold, 16, 23, blue},
		issuer:  style{regular, 16, 23, black},
		section: 22,
	}
)

// sheet lays out Standard, LargePrint and Easy: the symbol at the upper left, body and title beside it,
// and also the facts if their type is small; the sections below.
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
	boxes = append(boxes, b.arrange(d, pageHeight-bottomMargin-top, b.sections())...)
	if err := b.flow(top, boxes); err != nil {
		return err
	}
	b.numberPages(d)
	return nil
}

// title returns the heading of a sheet, smaller in two languages.
func (b *builder) title(d *design, x, width float64) stack {
	s := d.title
	if len(b.langs) > 1 {
		s.size, s.leading = s.size*0.82, s.leading*0.82
	}
	return b.each(b.root.add("H1"), s, x, width, func(w *wording) string {
		if b.d.Layout == Easy {
			return w.Easy.Title
		}
		return w.Title
	})
}

// letterhead returns the logo with the name of the body beside it.
func (b *builder) letterhead(d *design, x, width float64) stack {
	var line row
	if b.logo != nil {
		logo := b.logo.box(b.root.add("Figure"), b.langs[0].Logo+b.d.Logo.Alt, x)
		line = append(line, logo)
		x, width = x+logo.wide+5*mm, width-logo.wide-5*mm
	}
	return stack{{0, append(line, b.labelled(b.root.add("P"), d.label, d.issuer, x, width,
		func(w *wording) string { return w.Issuer }, b.d.DisplayName))}}
}

// facts returns a table of the fields of a Document, or of only those that are not on a card.
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
		add(func(w *wording) string { return w.Holder }, words(b.d.Holder))
	}
	add(func(w *wording) string { return w.Issued }, day(b.d.Issued))
	if !card {
		add(func(w *wording) string { return w.Expires }, day(b.d.Expires))
		add(func(w *wording) string { return w.Address }, words(b.d.Address))
	}
	if b.d.Contact != "" {
		add(func(w *wording) string { return w.Contact }, words(b.d.Contact))
	}
	return rows
}

// sections returns the explanations of a sheet, in reading order.
func (b *builder) sections() []func(*wording) *section {
	if b.d.Layout == Easy {
		return easySections[:]
	}
	return sections[:]
}

// sections are the explanations of Standard and LargePrint, easySections those of Easy.
var sections = [6]func(*wording) *section{
	func(w *wording) *section { return &w.Purpose },
	func(w *wording) *section { return &w.Person },
	func(w *wording) *section { return &w.Loss },
	func(w *wording) *section { return &w.Privacy },
	func(w *wording) *section { return &w.Checker },
	func(w *wording) *section { return &w.Touch },
}

var easySections = [8]func(*wording) *section{
	func(w *wording) *section { return &w.Easy.Purpose },
	func(w *wording) *section { return &w.Easy.Symbol },
	func(w *wording) *section {
		s := w.Easy.Person
		s.Text = slices.Concat(s.Text, w.Easy.Code)
		return &s
	},
	func(w *wording) *section { return &w.Easy.Privacy },
	func(w *wording) *section { return &w.Easy.Loss },
	func(w *wording) *section { return &w.Touch },
	func(w *wording) *section { return &w.Checker },
	func(w *wording) *section { return &w.Easy.Note },
}

// arrange puts sections into one column, or into two: three and three in one language, side by
// side in two languages. The elements of a language follow each other, whatever is beside them.
// Sections side by side begin at the same height, unless the page has too little room for that.
func (b *builder) arrange(d *design, room float64, parts []func(*wording) *section) stack {
	half := len(parts) / 2
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
			if s := part(w); s == &w.Loss || s == &w.Easy.Loss {
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

// beside pairs two stacks, box by box.
func beside(left, right stack) stack {
	rows := append(stack(nil), left...)
	for i := range rows {
		rows[i].box = row{left[i].box, right[i].box}
	}
	return rows
}

// numberPages prints page numbers at the bottom if there is more than one page.
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
