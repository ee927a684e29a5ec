package qrpdf

import (
	"errors"
	"io"
	"strconv"
	"time"
)

// CodeSheet writes a printed list of single-use codes, with which people without a phone consent. Each row
// has a code for yes or no, one for a single entry and one for everything: what the person reads out is what
// they approve. It is an A4 PDF in large type that conforms to the same standards as a [Document] and names
// nobody. Its first page says how to use it; each of the others has at most 20 rows.
type CodeSheet struct {
	// ID is the name of the list, at most 16 bytes. It must not be empty.
	ID string
	// Rows are 1 to 200 rows.
	Rows []CodeRow

	// Lang, DisplayName, Contact, Logo and Wording are as in Document. DisplayName must not be empty.
	Lang, DisplayName, Contact string
	Logo                       Logo
	Wording                    map[string]Wording

	// Issued and Expires are the first day and the last, printed in their own time zones.
	Issued, Expires time.Time
}

// CodeRow holds the codes of a row as printed, each at most 16 bytes.
type CodeRow struct{ YesNo, OneEntry, Everything string }

const (
	rowsPerPage = 20
	rowHeight   = 32.0 // in points
	rowColumn   = 30 * mm
)

// Write writes the list to w, piece by piece, and stops at the first error of w. Faults of c are returned
// before anything is written.
func (c CodeSheet) Write(w io.Writer) error {
	b, err := c.build()
	if err != nil {
		return err
	}
	return b.write(w)
}

func (c CodeSheet) build() (*builder, error) {
	if c.ID == "" || len(c.ID) > 16 || len(c.Rows) == 0 || len(c.Rows) > 200 {
		return nil, errors.New("a list has a name of at most 16 bytes and 1 to 200 rows")
	}
	for _, row := range c.Rows {
		for _, code := range []string{row.YesNo, row.OneEntry, row.Everything, c.ID} {
			if _, err := tidy("code", code, 16); err != nil {
				return nil, err
			}
		}
	}
	d := Document{Lang: c.Lang, DisplayName: c.DisplayName, Contact: c.Contact, Logo: c.Logo,
		Wording: c.Wording, Issued: c.Issued, Expires: c.Expires}
	langs, logo, err := d.prepare()
	if err != nil {
		return nil, err
	}
	for _, size := range codeSizes {
		b := newBuilder(d, nil, langs, logo)
		b.title = b.titles(func(w *wording) string { return w.Codes.Title }) + " " + c.ID
		b.subject = langs[0].Codes.Subject
		if b.codeSheet(largeDesign.scaled(size/largeDesign.body.size), c) {
			b.numberPages(&standardDesign)
			return b, nil
		}
	}
	return nil, errTooMuch
}

// codeSizes are the sizes of running text: the first with which it fits on the first page.
var codeSizes = [...]float64{18, 17, 16, 15, 14, 13, 12, 11, 10.5}

// codeSheet lays out a CodeSheet and reports whether its texts fit on one page.
func (b *builder) codeSheet(d *design, c CodeSheet) bool {
	head := b.letterhead(d, leftMargin, pageColumn)
	head.add(d.section, b.each(b.root.add("H1"), d.title, leftMargin, pageColumn,
		func(w *wording) string { return w.Codes.Title }))
	half := pageColumn / 2
	fact := func(x float64, label, value saying) stack {
		return b.labelled(b.root.add("P"), d.label, d.body, x, half, label, value)
	}
	facts := row{fact(leftMargin, func(w *wording) string { return w.Codes.ID }, verbatim(c.ID)),
		fact(leftMargin+half, func(w *wording) string { return w.Label.Expires },
			func(w *wording) string { return w.day(b.d.Expires) })}
	head.add(d.section, own{facts})
	if b.hasContact() {
		head.add(d.section/2, b.labelled(b.root.add("P"), d.label, d.body, leftMargin, pageColumn,
			func(w *wording) string { return w.Label.Contact },
			func(w *wording) string { return w.facts.contact }))
	}
	for _, w := range b.langs {
		in := b.root.within("Sect", w.lang)
		for _, part := range []*section{&w.Codes.Use, &w.Codes.Safe, &w.Codes.Loss} {
			head.add(d.section, b.section(in, d, leftMargin, pageColumn, w, part))
		}
	}
	if topMargin+head.height() > pageHeight-bottomMargin {
		return false
	}
	head.draw(b.pages[0], topMargin)
	for from := 0; from < len(c.Rows); from += rowsPerPage {
		b.codes(b.newPage(), c, from, min(from+rowsPerPage, len(c.Rows)))
	}
	return true
}

// codes draws a table of rows on a page.
func (b *builder) codes(p *page, c CodeSheet, from, to int) {
	table := b.root.add("Table")
	column := (pageColumn - rowColumn) / 3
	at := func(i int) float64 { return leftMargin + rowColumn + float64(i)*column }
	label, code := standardDesign.label, style{bold, 20, rowHeight, black}
	cell := func(tr *element, scope string, s style, x, width float64, words saying) stack {
		th := tr.add("TH")
		th.attributes = "/O /Table /Scope /" + scope
		return b.each(th, s, x, width-2*mm, words)
	}
	tr := table.add("TR")
	head := row{cell(tr, "Column", label, leftMargin, rowColumn,
		func(w *wording) string { return w.Codes.ID + " " + c.ID + " – " + w.Codes.Row })}
	for i, words := range []saying{func(w *wording) string { return w.Codes.YesNo },
		func(w *wording) string { return w.Codes.OneEntry }, func(w *wording) string { return w.Codes.All }} {
		head = append(head, cell(tr, "Column", label, at(i), column, words))
	}
	rows := stack{{0, head}}
	for n := from; n < to; n++ {
		tr := table.add("TR")
		line := row{cell(tr, "Row", code, leftMargin, rowColumn, verbatim(strconv.Itoa(n+1)))}
		for i, text := range []string{c.Rows[n].YesNo, c.Rows[n].OneEntry, c.Rows[n].Everything} {
			line = append(line, b.each(tr.add("TD"), code, at(i), column, verbatim(text)))
		}
		rows.add(0, line)
	}
	own{rows}.draw(p, topMargin)
	top := topMargin + head.height()
	for range rows {
		p.stroke(leftMargin, top, pageWidth-rightMargin, top, false)
		top += rowHeight
	}
}
