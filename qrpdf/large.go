package qrpdf

// The symbol in LargePrint. It and the quiet zone beside it are clear of the same folds as on a sheet.
const (
	largeSide = 80 * mm
	largeTop  = 15.6 * mm // farther from the edge than what printers and copiers cut off
	largeRoom = 83.3 * mm // for the symbol and the quiet zone on one side of it
	largeMost = 1.72 * mm // a module: the quiet zone stays clear of the corner
)

// large lays out LargePrint. The first page is for the person who checks: the symbol with the facts below
// it on the left; body, title and steps on the right. The explanations follow in one column. Facts or steps
// that do not fit there go to the pages that follow.
func (b *builder) large() error {
	d := &largeDesign
	n := float64(b.s.Size())
	side := min(largeSide, largeMost*n, largeRoom*n/(n+quietZone))
	x := leftMargin + side + quietZone*side/n + 4*mm
	width := pageWidth - rightMargin - x
	const end = pageHeight - bottomMargin

	p := b.pages[0]
	p.stroke(corner, 0, 0, corner, true)
	right := b.letterhead(d, x, width)
	right.add(d.section*0.6, b.headline(d, x, width))
	if largeTop+right.height() > end {
		return errTooMuch
	}
	top := b.symbol(b.root.add("P"), leftMargin, largeTop, side, sheetFigure, d.body) + d.section*0.6

	var rest stack
	var table *element
	var facts stack
	for _, scale := range [...]float64{1, 17.0 / 18, 16.0 / 18} { // smaller type rather than on another page
		table = &element{role: "Table", parent: b.root}
		if facts = b.facts(table, d.scaled(scale), leftMargin, side, false); top+facts.height() <= end {
			break
		}
	}
	if top+facts.height() > end || b.tears(d.body, side, verbatim(b.d.Address)) {
		table = &element{role: "Table", parent: b.root}
		rest, facts = b.facts(table, d, leftMargin, pageColumn, false), nil
	}
	facts.draw(p, top)
	b.root.attach(table)

	for i, w := range b.langs {
		in := b.root.within("Sect", w.lang)
		if i == 0 {
			steps, more := b.checker(w).split()
			beside := b.section(in, d, x, width, w, steps)
			if largeTop+right.height()+d.section+beside.height() > end {
				in.kids = nil
				rest.add(d.section, b.section(in, d, leftMargin, pageColumn, w, b.checker(w)))
			} else {
				right.add(d.section, beside)
				rest.add(d.section, b.section(in, d, leftMargin, pageColumn, w, more))
			}
		} else {
			rest.add(pageHeight, b.section(in, d, leftMargin, pageColumn, w,
				b.checker(w))) // can be handed out alone
		}
		for _, part := range [...]func(*wording) *section{b.purpose, b.person, b.loss, b.privacy, b.touch} {
			rest.add(d.section, b.section(in, d, leftMargin, pageColumn, w, part(w)))
		}
	}
	right.draw(p, largeTop)
	top = max(top+facts.height(), largeTop+right.height()) + d.section
	if err := b.flow(top, rest); err != nil {
		return err
	}
	b.numberPages(d)
	return nil
}
