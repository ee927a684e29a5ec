package qrpdf

import "slices"

var easyDesign = design{
	title:   style{bold, 26, 32, blue},
	heading: style{bold, 20, 27, blue},
	body:    style{regular, 16, 23, black},
	label:   style{bold, 16, 23, blue},
	issuer:  style{regular, 16, 23, black},
	section: 22,
}

// easy lays out Easy: the symbol at the upper left, body and title beside it, facts and sections below. The
// second language starts a new page.
func (b *builder) easy() error {
	d := &easyDesign
	title := func(w *wording) string { return w.Easy.Title }
	b.title = b.titles(title)
	x, side := b.besideSymbol()
	width := pageWidth - rightMargin - x

	p := b.pages[0]
	p.stroke(corner, 0, 0, corner, true)
	head := b.letterhead(d, x, width)
	head.add(d.section*0.75, b.each(b.root.add("H1"), d.title, x, width, title))
	if topMargin+head.height() > pageHeight-bottomMargin {
		return errTooMuch
	}
	head.draw(p, topMargin)
	bottom := b.symbol(b.root.add("P"), leftMargin, topMargin, side, sheetFigure, d.body)
	boxes := b.facts(b.root.add("Table"), d, leftMargin, pageColumn, false)
	for i, w := range b.langs {
		in := b.root.within("Sect", w.lang)
		for j, part := range [...]*section{
			&w.Easy.Purpose, &w.Easy.Symbol, b.easyPerson(w), b.easyPrivacy(w), b.easyLoss(w),
			b.touch(w), b.checker(w), &w.Easy.Note,
		} {
			space := d.section
			if i > 0 && j == 0 {
				space = pageHeight
			}
			boxes.add(space, b.section(in, d, leftMargin, pageColumn, w, part))
		}
	}
	if err := b.flow(max(bottom, topMargin+head.height())+d.section, boxes); err != nil {
		return err
	}
	b.numberPages(d)
	return nil
}

func (b *builder) easyPerson(w *wording) *section {
	s := w.Easy.Person.section
	if b.d.SecondLevel {
		s.Text = slices.Concat(s.Text, w.Easy.Person.Code)
	}
	return &s
}

func (b *builder) easyPrivacy(w *wording) *section {
	seen, more := w.Easy.Privacy.Categories, w.Easy.Privacy.NoCode
	switch b.d.Policy {
	case PolicyAny:
		seen = w.Easy.Privacy.Any
	case PolicySubKinds:
		seen = w.Easy.Privacy.SubKinds
	}
	if b.d.SecondLevel {
		more = w.Easy.Privacy.Code
	}
	s := w.Easy.Privacy.section
	s.Text = slices.Concat(s.Text, seen, []string{more})
	return &s
}

// easyLoss returns what to do after a loss, with the places that [builder.loss] names.
func (b *builder) easyLoss(w *wording) *section {
	s := w.Easy.Loss
	s.Text = slices.Concat(s.Text, b.loss(w).Text[len(w.Loss.Text):])
	return &s
}
