package qrpdf

import (
	"strconv"
	"strings"
	"time"
)

// builder is a document during layout.
type builder struct {
	*typesetter
	d     Document
	s     *Symbol
	langs []*wording // one or two
	logo  *picture   // nil without one
	words *strings.Replacer

	pages []*page
	root  *element
	link  struct { // lies on the first page
		in                       *element
		left, top, right, bottom float64
	}
}

func newBuilder(d Document, s *Symbol, langs []*wording) *builder {
	b := &builder{typesetter: newTypesetter(), d: d, s: s, langs: langs,
		root: &element{role: "Document", lang: langs[0].lang}}
	b.words = strings.NewReplacer("{address}", d.Address)
	b.newPage()
	return b
}

func (b *builder) newPage() *page {
	p := &page{content: make([]byte, 0, 32<<10)}
	b.pages = append(b.pages, p)
	return p
}

// text sets one text in a column.
func (b *builder) text(in *element, s style, x, width float64, words string) *text {
	return &text{in: in, words: words, style: s, x: x, lines: b.lines(s, words, width)}
}

// each sets a text of the catalogue in all languages of the document, one below the other, in
// spans of an element. The space at the end separates it from the rest of the element.
func (b *builder) each(in *element, s style, x, width float64, words func(*wording) string) stack {
	var all stack
	for _, w := range b.langs {
		all.add(s.size/8, b.text(b.span(in, w), s, x, width, words(w)+" "))
	}
	return all
}

// labelled sets a label in all languages and the content of a field below it.
func (b *builder) labelled(in *element, label, value style, x, width float64, words func(*wording) string,
	field string) stack {
	both := b.each(in, label, x, width, words)
	if len(b.langs) > 1 { // beside the spans of the label
		in = in.add("Span")
	}
	both.add(0, b.text(in, value, x, width, field))
	return both
}

// days writes a date in all languages, or once if they agree.
func (b *builder) days(in *element, s style, x, width float64, t time.Time) stack {
	var all stack
	for i, w := range b.langs {
		if day := w.day(t); i == 0 || day != b.langs[0].day(t) {
			all.add(s.size/8, b.text(b.span(in, w), s, x, width, day+" "))
		}
	}
	return all
}

// span returns the element for a text in one of the languages: in itself if there is only one.
func (b *builder) span(in *element, w *wording) *element {
	if len(b.langs) == 1 {
		return in
	}
	return in.within("Span", w.lang)
}

// section sets a section in a column: heading, numbered steps, paragraphs.
func (b *builder) section(in *element, d *design, x, width float64, s *section) stack {
	parts := stack{{0, b.text(in.add("H2"), d.heading, x, width, s.Heading)}}
	if len(s.Steps) > 0 {
		list := in.add("L")
		list.attributes = "/O /List /ListNumbering /Decimal"
		indent := 1.5 * d.body.size
		for i, step := range s.Steps {
			item := list.add("LI")
			parts.add(d.body.size/4, row{
				b.text(item.add("Lbl"), d.label, x, indent, strconv.Itoa(i+1)),
				b.text(item.add("LBody"), d.body, x+indent, width-indent, step),
			})
		}
	}
	for _, words := range s.Text {
		parts.add(d.body.size/3, b.text(in.add("P"), d.body, x, width, words))
	}
	return parts
}

// place returns where to void the symbol.
func (b *builder) place(w *wording) string {
	if b.d.VoidAt != "" {
		return b.d.VoidAt
	}
	return w.Ask
}

// symbol draws the symbol within a link. It returns the lower edge of its caption, or of the
// quiet zone if there is no caption.
func (b *builder) symbol(in *element, x, top, side float64, caption *style) float64 {
	p, w := b.pages[0], b.langs[0]
	link := in.add("Link")
	e := link.add("Figure")
	e.alt = strings.NewReplacer("{address}", b.d.Address, "{side}", w.centimetres(side),
		"{left}", w.centimetres(x), "{top}", w.centimetres(top)).Replace(w.Symbol)
	e.bound(x, top, side, side)

	module := side / float64(b.s.Size())
	p.begin(e, "")
	p.use(black)
	// One path and one fill, at a scale at which modules are whole numbers: no reader leaves
	// hairlines between rows.
	p.content = append(p.content, "q "...)
	p.put("cm", module, 0, 0, -module, x, pageHeight-top)
	b.s.runs(func(x, y, n int) { p.content = appendRun(p.content, x, y, n) })
	p.content = append(p.content, "f Q\n"...)
	p.end()

	bottom := top + side
	b.link.bottom = bottom
	bottom += quietZone * module
	if caption != nil {
		words := b.each(link, *caption, x, side, func(w *wording) string { return w.Open })
		for _, t := range words {
			t.box.(*text).underline = true
		}
		words.draw(p, bottom+1*mm)
		bottom += 1*mm + words.height()
		b.link.bottom = bottom
	}
	link.kids = append(link.kids, kid{page: p, link: true})
	b.link.in, b.link.left, b.link.top, b.link.right = link, x, top, x+side
	return bottom
}

// appendRun appends a rectangle of n modules.
func appendRun(b []byte, x, y, n int) []byte {
	b = append(strconv.AppendInt(b, int64(x), 10), ' ')
	b = append(strconv.AppendInt(b, int64(y), 10), ' ')
	b = strconv.AppendInt(b, int64(n), 10)
	return append(b, " 1 re\n"...)
}
