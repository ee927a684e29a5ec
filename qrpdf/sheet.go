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
	leftMargin   = 16 * mm
	rightMargin  = 16 * mm
	topMargin    = 16 * mm
	bottomMargin = 14 * mm
	gutter       = 9 * mm // between two columns

	pageColumn   = pageWidth - leftMargin - rightMargin
	columnWidth  = (pageColumn - gutter) / 2
	secondColumn = leftMargin + columnWidth + gutter

	symbolSide = 50 * mm
	leastSheet = LeastSheetModule * mm
	mostSheet  = 1.95 * mm // a module: the quiet zone stays clear of the corner

	corner = 14 * mm // of the page, which can be cut off
)

// design is the typography of a sheet.
type design struct {
	title, heading, body, label, issuer style

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
		section: 14,
	}
	largeDesign = design{
		title:   style{bold, 26, 31, blue},
		heading: style{bold, 21, 27, blue},
		body:    style{regular, 18, 23, black},
		label:   style{bold, 18, 23, blue},
		issuer:  style{regular, 20, 25, black},
		section: 22,
	}
)

// scaled returns the design in another size of type.
func (d design) scaled(by float64) *design {
	for _, s := range [...]*style{&d.title, &d.heading, &d.body, &d.label, &d.issuer} {
		s.size, s.leading = s.size*by, s.leading*by
	}
	d.section *= by
	return &d
}

// pageSize is a size of running text in points. A brief page leaves out what the thing is for.
type pageSize struct {
	points float64
	brief  bool
}

// onePage are the sizes of Standard and Wallet, in one language and in two. The first with which the document
// fits on one page is taken, or else the first of all.
var onePage = [...][]pageSize{
	{{12, false}, {11.5, false}, {11, false}, {10.5, false}},
	{{12, false}, {11, true}, {10.5, true}, {10, true}},
}

// fit lays out a document in the first size with which it has one page, or else in the first of all.
func fit(begin func() *builder, layOut func(*builder, *design, bool) error) (*builder, error) {
	var first *builder
	b := begin()
	for _, size := range onePage[len(b.langs)-1] {
		switch err := layOut(b, standardDesign.scaled(size.points/standardDesign.body.size), size.brief); {
		case err != nil:
			return nil, err
		case len(b.pages) == 1:
			return b, nil
		case first == nil:
			first = b
		}
		b = begin()
	}
	return first, nil
}

// sheet lays out Standard in one size of type: the symbol at the upper left; body, title and facts
// beside it; the sections below.
func (b *builder) sheet(d *design, brief bool) error {
	x, side := b.besideSymbol()
	width := pageWidth - rightMargin - x

	p := b.pages[0]
	p.stroke(corner, 0, 0, corner, true)
	head := b.letterhead(d, x, width)
	head.add(d.section*0.75, b.headline(d, x, width))
	bottom := b.symbol(b.root.add("P"), leftMargin, topMargin, side, sheetFigure, d.body)
	head.add(d.section*0.75, b.facts(b.root.add("Table"), d, x, width, false))
	if topMargin+head.height() > pageHeight-bottomMargin {
		return errTooMuch
	}
	head.draw(p, topMargin)
	top := max(bottom, topMargin+head.height()) + d.section*0.75
	p.stroke(leftMargin, top, pageWidth-rightMargin, top, false)
	top += d.section * 0.75
	parts := []func(*wording) *section{b.purpose, b.person, b.loss, b.privacy, b.checker, b.touch}
	if brief {
		parts = parts[1:]
	}
	if err := b.flow(top, b.columns(d, top, parts...)); err != nil {
		return err
	}
	b.numberPages(d)
	return nil
}

// besideSymbol returns the side of the symbol of a sheet, and where the column to the right of it begins.
func (b *builder) besideSymbol() (x, side float64) {
	n := float64(b.s.Size())
	side = max(min(symbolSide, mostSheet*n), leastSheet*n)
	return leftMargin + side + quietZone*side/n + 4*mm, side
}

// headline returns the heading of a sheet, smaller in two languages.
func (b *builder) headline(d *design, x, width float64) stack {
	s := d.title
	if len(b.langs) > 1 {
		s.size, s.leading = s.size*0.82, s.leading*0.82
	}
	return b.each(b.root.add("H1"), s, x, width, func(w *wording) string { return w.Title })
}

// letterhead returns the logo with the name of the body beside it, or below it in a narrow column.
func (b *builder) letterhead(d *design, x, width float64) stack {
	var line row
	var all stack
	if b.logo != nil {
		logo := b.logo.box(b.root.add("Figure"), b.langs[0].Logo+b.d.Logo.Alt, x)
		if width < 2.5*maxLogoWidth {
			all.add(0, logo)
		} else {
			line = append(line, logo)
			x, width = x+logo.wide+5*mm, width-logo.wide-5*mm
		}
	}
	all.add(2*mm, append(line, b.labelled(b.root.add("P"), d.label, d.issuer, x, width,
		func(w *wording) string { return w.Label.Issuer },
		func(w *wording) string { return w.facts.displayName })))
	return all
}

// facts fills a table with the fields of a Document, or with only those that are not on a card. A field
// with a word that is wider than its column stands below its label.
func (b *builder) facts(table *element, d *design, x, width float64, card bool) stack {
	type fact struct{ label, value saying }
	day := func(t time.Time) saying { return func(w *wording) string { return w.day(t) } }
	var all []fact
	if b.d.Holder != "" && !card {
		all = append(all, fact{func(w *wording) string { return w.Label.Holder }, verbatim(b.d.Holder)})
	}
	all = append(all, fact{func(w *wording) string { return w.Label.Issued }, day(b.d.Issued)})
	if !card {
		all = append(all, fact{func(w *wording) string { return w.Label.Expires }, day(b.d.Expires)})
	}
	all = append(all, fact{func(w *wording) string { return w.Label.Address }, verbatim(b.d.Address)})
	if b.hasContact() {
		all = append(all, fact{func(w *wording) string { return w.Label.Contact },
			func(w *wording) string { return w.facts.contact }})
	}

	labels := 10 * d.label.size // or as much as two languages need on one line
	for _, f := range all {
		if natural := b.natural(d.label, f.label); natural <= 0.6*width {
			labels = max(labels, natural+d.label.size/2)
		}
	}
	var rows stack
	for _, f := range all {
		tr := table.add("TR")
		th := tr.add("TH")
		th.attributes = "/O /Table /Scope /Row"
		if width-labels < 9*d.body.size || b.tears(d.body, width-labels, f.value) {
			rows.add(d.section/3, own{stack{{0, b.each(th, d.label, x, width, f.label)},
				{0, b.each(tr.add("TD"), d.body, x, width, f.value)}}})
			continue
		}
		rows.add(d.section/3, own{row{
			b.each(th, d.label, x, labels-d.label.size/2, f.label),
			b.each(tr.add("TD"), d.body, x+labels, width-labels, f.value),
		}})
	}
	return rows
}

// hasContact reports whether the document says in one of its languages how to reach the body.
func (b *builder) hasContact() bool {
	return slices.ContainsFunc(b.langs, func(w *wording) bool { return w.facts.contact != "" })
}

// tears reports whether a text in one of the languages has a word that is wider than its column.
func (b *builder) tears(s style, width float64, words saying) bool {
	for _, w := range b.langs {
		if tornWord(b.lines(s, words(w), width)) {
			return true
		}
	}
	return false
}

// columns puts sections into two columns: half of them each in one language, side by side in two
// languages. The elements of a language follow each other, whatever is beside them. Sections side by
// side begin at the same height if the page has room below top for that, and else the spaces shrink.
func (b *builder) columns(d *design, top float64, parts ...func(*wording) *section) stack {
	half := len(parts) / 2
	var all stack
	for i, w := range b.langs {
		in := b.root.within("Sect", w.lang)
		for j, part := range parts {
			x := leftMargin
			if len(b.langs) > 1 && i == 1 || len(b.langs) == 1 && j >= half {
				x = secondColumn
			}
			all.add(d.section, b.section(in, d, x, columnWidth, w, part(w)))
		}
	}
	if len(b.langs) > 1 {
		half = len(parts)
	}
	left, right := all[:half], all[half:]
	room := pageHeight - bottomMargin - top
	for part := 1.0; part >= tightest; part -= 0.25 {
		left, right := left.squeezed(part), right.squeezed(part)
		if rows := beside(left, right); rows.height() <= room {
			return rows
		}
		if columns := (row{left, right}); columns.height() <= room {
			return stack{{d.section, columns}}
		}
	}
	return beside(left, right)
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
		p.write(d.body, pageWidth-rightMargin-width, pageHeight-8*mm-d.body.leading, number.lines)
		p.end()
	}
}
