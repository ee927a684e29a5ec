package qrpdf

import (
	"io"
	"net/url"
	"strings"
	"time"
)

// DeskCard writes a card for a desk where people check: the address of the right verification page as text
// and as a symbol, how to keep it, and what a false page looks like. A person's sheet cannot say which page
// is right, because a forger prints sheets too; this card comes from the body itself. It is a PDF of one A4
// page that conforms to the same standards as a [Document].
type DeskCard struct {
	// Address is the address of the verification page: https, or http for a test, without "?", "#" and "@".
	Address string

	// Lang, DisplayName, Contact, Logo and Wording are as in Document; the desk reports a false page to
	// Contact. DisplayName must not be empty.
	Lang, DisplayName, Contact string
	Logo                       Logo
	Wording                    map[string]Wording

	// Issued is the date of the card, printed in its own time zone: it must not be zero.
	Issued time.Time
}

// deskDesign is the typography of a DeskCard, which hangs on a wall.
var deskDesign = design{
	title:   style{bold, 30, 35, blue},
	heading: style{bold, 18, 24, blue},
	body:    style{regular, 14, 18, black},
	label:   style{bold, 14, 18, blue},
	issuer:  style{regular, 16, 20, black},
	section: 18,
}

const deskSide = 55 * mm

// deskSizes are the sizes of running text on a DeskCard: the first with which it fits on one page.
var deskSizes = [...]float64{16, 15, 14, 13, 12, 11, 10.5}

// Write writes the card to w, piece by piece, and stops at the first error of w. Faults of c are returned
// before anything is written: ErrNotURL if Address is not such an address in ASCII, and the errors of
// Document.Write for the other fields.
func (c DeskCard) Write(w io.Writer) error {
	b, err := c.build()
	if err != nil {
		return err
	}
	return b.write(w)
}

func (c DeskCard) build() (*builder, error) {
	if !isWebAddress(c.Address) || strings.ContainsAny(c.Address, "?#@") {
		return nil, ErrNotURL
	}
	s, err := Encoder{}.Encode(c.Address)
	if err != nil {
		return nil, err
	}
	d := Document{Lang: c.Lang, DisplayName: c.DisplayName, Contact: c.Contact, Logo: c.Logo,
		Address: c.Address,
		Wording: c.Wording, Issued: c.Issued, Expires: c.Issued}
	langs, logo, err := d.prepare()
	if err != nil {
		return nil, err
	}
	for _, size := range deskSizes {
		b := newBuilder(d, s, langs, logo)
		b.title = b.titles(func(w *wording) string { return w.Desk.Title })
		b.subject, b.opens = langs[0].Desk.Subject, b.fill(langs[0], langs[0].Desk.Opens)
		if b.deskCard(deskDesign.scaled(size / deskDesign.body.size)) {
			return b, nil
		}
	}
	return nil, errTooMuch
}

var deskFigure = figure{
	alt:     func(w *wording) string { return w.Desk.Symbol },
	caption: func(w *wording) string { return w.Desk.Open },
}

// deskCard lays out a DeskCard and reports whether it fits on the page.
func (b *builder) deskCard(d *design) bool {
	p := b.pages[0]
	head := b.letterhead(d, leftMargin, pageColumn)
	head.add(d.section, b.each(b.root.add("H1"), d.title, leftMargin, pageColumn,
		func(w *wording) string { return w.Desk.Title }))
	address := verbatim(b.d.Address)
	large := style{bold, 1.3 * d.title.size, 1.3 * d.title.leading, black} // as large as it fits on one line
	for large.size > 9 && b.natural(large, address) > pageColumn {
		large.size, large.leading = large.size*0.95, large.leading*0.95
	}
	head.add(d.section, b.labelled(b.root.add("P"), d.label, large, leftMargin, pageColumn,
		func(w *wording) string { return w.Desk.Address }, address))
	top := topMargin + head.height() + d.section
	head.draw(p, topMargin)

	n := float64(b.s.Size())
	x := leftMargin + deskSide + quietZone*deskSide/n + 4*mm
	width := pageWidth - rightMargin - x
	bottom := b.symbol(b.root.add("P"), leftMargin, top, deskSide, deskFigure, d.body)
	var beside stack
	beside.add(d.section, b.labelled(b.root.add("P"), d.label, d.body, x, width,
		func(w *wording) string { return w.Label.Issued },
		func(w *wording) string { return w.day(b.d.Issued) }))
	if b.hasContact() {
		beside.add(d.section, b.labelled(b.root.add("P"), d.label, d.body, x, width,
			func(w *wording) string { return w.Label.Contact },
			func(w *wording) string { return w.facts.contact }))
	}
	beside.draw(p, top)
	top = max(bottom, top+beside.height()) + d.section
	boxes := b.columns(d, top, func(w *wording) *section { return &w.Desk.Keep },
		func(w *wording) *section { return &w.Desk.Fake })
	boxes.draw(p, top)
	return top+boxes.height() <= pageHeight-bottomMargin
}

// hostOf returns the host of an address, with its port if it has one, or nothing.
func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Host
}
