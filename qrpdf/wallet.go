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

	cardClear = 5 * mm // between the symbol and a cut or the fold
)

// The type sizes of the card in points: the largest at which the texts of a side fit.
const (
	largestOnCard  = 10.0
	smallestOnCard = 6.0
	stepOnCard     = 0.5
)

// cardSections are the explanations around a card. Those for people who check are on the card.
var cardSections = [6]func(*wording) *section{
	func(w *wording) *section { return &w.Fold },
	func(w *wording) *section { return &w.Feel },
	func(w *wording) *section { return &w.Privacy },
	func(w *wording) *section { return &w.Purpose },
	func(w *wording) *section { return &w.Person },
	func(w *wording) *section { return &w.Loss },
}

// wallet lays out Wallet: the card, in a place where a sheet folded for the post has no fold
// through the symbol; the letterhead, although it is read first; the sections.
func (b *builder) wallet() error {
	d := &standardDesign
	p := b.pages[0]
	width := pageWidth - leftMargin - rightMargin
	head := b.letterhead(d, leftMargin, width)
	head.add(d.section/2, b.title(d, leftMargin, width))
	top := topMargin + cardHeight + d.section*1.5
	head.draw(p, top)
	if err := b.card(topMargin); err != nil {
		return err
	}
	top += head.height() + d.section
	boxes := b.arrange(d, pageHeight-bottomMargin-top-3*d.section, cardSections[:])
	boxes.add(d.section, b.facts(d, leftMargin, width, true))
	if err := b.flow(top, boxes); err != nil {
		return err
	}
	b.numberPages(d)
	return nil
}

// card draws both sides of the card and its outline.
func (b *builder) card(top float64) error {
	p := b.pages[0]
	fold, right, bottom := cardLeft+cardWidth, cardLeft+2*cardWidth, top+cardHeight
	p.stroke(cardLeft, top, right, top, false)
	p.stroke(right, top, right, bottom, false)
	p.stroke(right, bottom, cardLeft, bottom, false)
	p.stroke(cardLeft, bottom, cardLeft, top, false)
	p.stroke(fold, top-3*mm, fold, bottom+3*mm, true)
	p.stroke(cardLeft+cardCorner, top, cardLeft, top+cardCorner, true)

	in := b.root.add("Sect")
	n := float64(b.s.Size())
	// as large as the symbol and its quiet zone fit
	side := min(cardHeight-2*cardClear, (cardHeight-2*mm)*n/(n+2*quietZone))
	zone := quietZone * side / n
	x := fold - max(cardClear, zone+1*mm) - side
	left := cardLeft + cardEdge
	if err := b.cardSide("front", in, top, left, x-zone-1*mm-left, b.cardFront); err != nil {
		return err
	}
	b.symbol(in.add("P"), x, top+(cardHeight-side)/2, side, nil)
	return b.cardSide("back", in, top, fold+cardEdge, cardWidth-2*cardEdge, b.cardBack)
}

// cardSide sets a side of the card as large as it fits, and draws it in the middle.
func (b *builder) cardSide(name string, card *element, top, x, width float64,
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
			card.kids = append(card.kids, kid{element: in})
			texts.draw(b.pages[0], top+(cardHeight-texts.height())/2)
			return nil
		}
	}
	return fmt.Errorf("the texts do not fit on the %s of the card: shorten the names or take another layout",
		name)
}

// cardFront returns the content beside the symbol.
func (b *builder) cardFront(in *element, d *design, x, width float64) stack {
	gap := d.body.size / 2
	var front stack
	front.add(0, b.each(in.add("P"), d.title, x, width, func(w *wording) string { return w.Title }))
	front.add(gap, b.text(in.add("P"), d.body, x, width, b.d.DisplayName))
	if b.d.Holder != "" {
		front.add(gap, b.text(in.add("P"), d.body, x, width, b.d.Holder))
	}
	p := in.add("P")
	valid := b.each(p, d.label, x, width, func(w *wording) string { return w.Expires })
	valid.add(0, b.days(p, d.body, x, width, b.d.Expires))
	front.add(gap, valid)
	return front
}

// cardBack returns the steps for people who check: in two columns in one language, in one column
// each in two languages. It leaves out what the sheet says too, so that the type is larger.
func (b *builder) cardBack(in *element, d *design, x, width float64) stack {
	const between = 4 * mm
	half := (width - between) / 2
	second := x + half + between
	gap := d.body.size / 2

	steps := func(in *element, x float64, w *wording) stack {
		return b.section(in, d, x, half, &section{Heading: w.CardWho, Steps: w.Card[:]})
	}
	address := func() stack {
		return b.labelled(in.add("P"), d.label, d.body, x, half, func(w *wording) string { return w.Address },
			b.d.Address)
	}
	loss := func() stack {
		p := in.add("P")
		if b.d.VoidAt != "" {
			return b.labelled(p, d.label, d.body, second, half, func(w *wording) string { return w.CardEnd },
				b.d.VoidAt)
		}
		end := b.each(p, d.label, second, half, func(w *wording) string { return w.CardEnd })
		end.add(0, b.each(p, d.body, second, half, func(w *wording) string { return w.Ask }))
		return end
	}
	if len(b.langs) == 1 {
		left := steps(in, x, b.langs[0])
		left.add(gap, address())
		say := b.text(in.add("P"), d.body, second, half, b.langs[0].CardSay)
		return stack{{0, row{left, stack{{0, say}, {gap, loss()}}}}}
	}
	var columns row
	for i, w := range b.langs {
		sect := in.within("Sect", w.lang)
		columns = append(columns, steps(sect, x+float64(i)*(half+between), w))
	}
	if b.d.VoidAt == "" { // the text beside the card refers to the body; the card has no room to repeat it
		return stack{{0, columns}, {gap, address()}}
	}
	return stack{{0, columns}, {gap, row{address(), loss()}}}
}
