package qrpdf

import "fmt"

// The card is cut out of the sheet with its two sides next to each other, and folded between
// them. Each side has the size ID-1 of ISO/IEC 7810.
const (
	cardWidth  = 85.6 * mm
	cardHeight = 54 * mm
	cardLeft   = pageWidth/2 - cardWidth // the fold is the middle of the page
	cardEdge   = 6 * mm                  // between a text and a cut or the fold
	cardCorner = 5 * mm                  // which can be cut off

	cardClear  = 5 * mm  // between the symbol and a cut or the fold
	cardSymbol = 32 * mm // the side of the symbol up to version 9
)

// cardModules are the widths of a module on the card: the first that leaves room for the texts.
var cardModules = [...]float64{leastSheet, 0.55 * mm, LeastCardModule * mm}

// The type sizes of the card in points: the largest at which the texts of a side fit.
const (
	largestOnCard  = 10.0
	smallestOnCard = 8.0
	stepOnCard     = 0.5
)

// wallet lays out Wallet: the card, in a place where a sheet folded for the post has no fold
// through the symbol; the letterhead, although it is read first; the sections.
func (b *builder) wallet(d *design, brief bool) error {
	head := b.letterhead(d, leftMargin, pageColumn)
	head.add(d.section/2, b.headline(d, leftMargin, pageColumn))
	top := topMargin + cardHeight + d.section*1.5
	head.draw(b.pages[0], top)
	if err := b.card(topMargin); err != nil {
		return err
	}
	top += head.height() + d.section
	cardMake := func(w *wording) *section { return &w.Card.Make }
	touch := func(w *wording) *section { return &w.Card.Touch }
	parts := []func(*wording) *section{cardMake, touch, b.privacy, b.person, b.loss, b.purpose}
	if brief {
		parts = parts[:5]
	}
	table := &element{role: "Table", parent: b.root}
	facts := b.facts(table, d, leftMargin, pageColumn, true)
	boxes := b.columns(d, top+facts.height()+d.section, parts...)
	boxes.add(d.section, facts)
	b.root.attach(table)
	if err := b.flow(top, boxes); err != nil {
		return err
	}
	b.numberPages(d)
	return nil
}

// card draws both sides of the card and its outline.
func (b *builder) card(top float64) error {
	p := b.pages[0]
	p.turn(true)
	defer p.turn(false)
	fold, right, bottom := cardLeft+cardWidth, cardLeft+2*cardWidth, top+cardHeight
	p.stroke(cardLeft, top, right, top, false)
	p.stroke(right, top, right, bottom, false)
	p.stroke(right, bottom, cardLeft, bottom, false)
	p.stroke(cardLeft, bottom, cardLeft, top, false)
	p.stroke(fold, top-3*mm, fold, bottom+3*mm, true)
	p.stroke(cardLeft+cardCorner, top, cardLeft, top+cardCorner, true)

	in := b.root.add("Sect")
	n := float64(b.s.Size())
	left := cardLeft + cardEdge
	var err error
	for i := range 2 * len(cardModules) { // rather in one language than not at all
		module, brief := cardModules[i%len(cardModules)], i >= len(cardModules)
		// at most as large as the symbol and its quiet zone fit
		side := min(max(cardSymbol, module*n), cardHeight-2*cardClear, (cardHeight-2*mm)*n/(n+2*quietZone))
		zone := quietZone * side / n
		x := fold - max(cardClear, zone+1*mm) - side
		if err = b.fitSide("front", in, top, left, x-zone-1*mm-left, b.cardFront(brief)); err == nil {
			b.symbol(in.add("P"), x, top+(cardHeight-side)/2, side, figure{alt: sheetFigure.alt}, style{})
			return b.fitSide("back", in, top, fold+cardEdge, cardWidth-2*cardEdge, b.cardBack)
		}
	}
	return err
}

// fitSide sets a side of the card as large as it fits, and draws it in the middle.
func (b *builder) fitSide(name string, card *element, top, x, width float64,
	set func(in *element, d *design, x, width float64) stack) error {
	const room = cardHeight - 2*cardClear
	for size := largestOnCard; size >= smallestOnCard; size -= stepOnCard {
		d := design{
			title:   style{bold, size * 1.1, size * 1.3, blue},
			heading: style{bold, size, size * 1.3, blue},
			label:   style{bold, size, size * 1.2, blue},
			body:    style{regular, size, size * 1.2, black},
		}
		in := &element{role: "Div", parent: card}
		if texts := set(in, &d, x, width); texts.height() <= room {
			card.attach(in)
			texts.draw(b.pages[0], top+(cardHeight-texts.height())/2)
			return nil
		}
	}
	return fmt.Errorf("the texts do not fit on the %s of the card: shorten the names or take another layout",
		name)
}

// cardFront sets the content beside the symbol. If it is brief, title and body are in one language, as the
// sheet has them in both.
func (b *builder) cardFront(brief bool) func(in *element, d *design, x, width float64) stack {
	title, name := func(w *wording) string { return w.Title },
		func(w *wording) string { return w.facts.displayName }
	if brief {
		title, name = verbatim(title(b.langs[0])), verbatim(name(b.langs[0]))
	}
	return func(in *element, d *design, x, width float64) stack {
		gap := d.body.size / 2
		var front stack
		front.add(0, b.each(in.add("P"), d.title, x, width, title))
		front.add(gap, b.each(in.add("P"), d.body, x, width, name))
		if b.d.Holder != "" {
			front.add(gap, b.text(in.add("P"), d.body, x, width, b.d.Holder))
		}
		front.add(gap, b.labelled(in.add("P"), d.label, d.body, x, width,
			func(w *wording) string { return w.Label.Expires },
			func(w *wording) string { return w.day(b.d.Expires) }))
		return front
	}
}

// cardBack returns the steps for people who check: in two languages, in one column each. What the
// sheet says too is not on the card, so that its type is larger.
func (b *builder) cardBack(in *element, d *design, x, width float64) stack {
	const between = 4 * mm
	n := float64(len(b.langs))
	column := (width - (n-1)*between) / n
	var columns row
	for i, w := range b.langs {
		sect := in.within("Sect", w.lang)
		columns = append(columns, b.section(sect, d, x+float64(i)*(column+between), column, w,
			&w.Card.Checker))
	}
	return stack{{0, columns}}
}
