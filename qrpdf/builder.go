package qrpdf

import (
	"slices"
	"strconv"
	"strings"
)

// builder is a document during layout.
type builder struct {
	*typesetter
	d     Document
	s     *Symbol
	langs []*wording // one or two
	logo  *picture   // nil without one

	title, subject string // of the file
	opens          string // what the link does

	pages []*page
	root  *element
	link  struct { // lies on the first page
		in                       *element
		left, top, right, bottom float64
	}
}

func newBuilder(d Document, s *Symbol, langs []*wording, logo *picture) *builder {
	b := &builder{typesetter: newTypesetter(), d: d, s: s, langs: langs, logo: logo,
		root: &element{role: "Document", lang: langs[0].lang}}
	b.title = b.titles(func(w *wording) string { return w.Title })
	b.subject, b.opens = langs[0].Subject, b.fill(langs[0], langs[0].Opens)
	b.newPage()
	return b
}

// titles returns a title in all languages.
func (b *builder) titles(title saying) string {
	var all []string
	for _, w := range b.langs {
		all = append(all, title(w))
	}
	return strings.Join(all, " / ")
}

// fill replaces the words in braces by facts.
func (b *builder) fill(w *wording, text string) string {
	if !strings.Contains(text, "{") {
		return text
	}
	return strings.NewReplacer("{address}", b.d.Address, "{host}", hostOf(b.d.Address),
		"{body}", w.facts.displayName, "{place}", w.facts.voidAt, "{phone}", w.facts.voidPhone).Replace(text)
}

func (b *builder) newPage() *page {
	p := &page{memory: pageMemory.Get().(*[32 << 10]byte)}
	p.content = p.memory[:0]
	b.pages = append(b.pages, p)
	return p
}

// release keeps the memory for later documents. b must not be used after it.
func (b *builder) release() {
	glyphMemory.Put(b.memory)
	for _, p := range b.pages {
		pageMemory.Put(p.memory)
	}
}

// text sets one text in a column.
func (b *builder) text(in *element, s style, x, width float64, words string) *text {
	return &text{in: in, words: words, style: s, x: x, lines: b.lines(s, words, width)}
}

// saying is a text in the language of a wording.
type saying = func(*wording) string

// verbatim returns a text that is the same in every language.
func verbatim(text string) saying { return func(*wording) string { return text } }

// each sets a text in all languages of the document, in spans of an element: two languages side by side
// if there is room, else one below the other. A text that is the same in both languages is set once. The
// space at the end separates it from the rest of the element.
func (b *builder) each(in *element, s style, x, width float64, words saying) stack {
	first, second := b.langs[0], b.langs[len(b.langs)-1]
	if words(first) == "" {
		first = second
	}
	one := b.text(b.span(in, first), s, x, width, words(first)+" ")
	all := stack{{0, one}}
	if words(second) == "" || words(first) == words(second) {
		return all
	}
	if b.natural(s, words) > width {
		all.add(s.size/8, b.text(b.span(in, second), s, x, width, words(second)+" "))
		return all
	}
	x += one.lines[0].width(s.size)
	slash := b.text(nil, s, x, width, betweenLanguages)
	two := b.text(b.span(in, second), s, x+slash.lines[0].width(s.size), width, words(second)+" ")
	return stack{{0, row{one, slash, two}}}
}

// betweenLanguages separates two texts on one line.
const betweenLanguages = "/ "

// natural returns the width of a text in all languages on one line.
func (b *builder) natural(s style, words saying) float64 {
	line := words(b.langs[0])
	if other := words(b.langs[len(b.langs)-1]); other != line {
		line += " " + betweenLanguages + other
	}
	return b.set(s, line).width(s.size)
}

// labelled sets a label and the content of a field below it, in all languages.
func (b *builder) labelled(in *element, label, value style, x, width float64, name, field saying) stack {
	both := b.each(in, label, x, width, name)
	for _, t := range b.each(in, value, x, width, field) {
		both.add(0, t.box)
	}
	return both
}

// span returns the element for a text in one of the languages: in itself if there is only one.
func (b *builder) span(in *element, w *wording) *element {
	if len(b.langs) == 1 {
		return in
	}
	return in.within("Span", w.lang)
}

// section sets a section in a column: heading, numbered steps, paragraphs.
func (b *builder) section(in *element, d *design, x, width float64, w *wording, s *section) stack {
	var parts stack
	if s.Heading != "" {
		parts.add(0, b.text(in.add("H2"), d.heading, x, width, s.Heading))
	}
	if len(s.Steps) > 0 {
		list := in.add("L")
		list.attributes = "/O /List /ListNumbering /Decimal"
		indent := 1.5 * d.body.size
		for i, step := range s.Steps {
			item := list.add("LI")
			parts.add(d.body.size/4, row{
				b.text(item.add("Lbl"), d.label, x, indent, strconv.Itoa(i+1)),
				b.text(item.add("LBody"), d.body, x+indent, width-indent, b.fill(w, step)),
			})
		}
	}
	for _, words := range s.Text {
		parts.add(d.body.size/3, b.text(in.add("P"), d.body, x, width, b.fill(w, words)))
	}
	return parts
}

// The sections say what holds for this document: which Policy the body has, whether there is a second level,
// and where a loss is reported.

func (b *builder) purpose(w *wording) *section { return &w.Purpose }
func (b *builder) checker(w *wording) *section { return &w.Checker }
func (b *builder) touch(w *wording) *section   { return &w.Touch }

func (b *builder) privacy(w *wording) *section {
	seen, more := w.Privacy.Categories, w.Privacy.NoCode
	switch b.d.Policy {
	case PolicyAny:
		seen = w.Privacy.Any
	case PolicySubKinds:
		seen = w.Privacy.SubKinds
	}
	if b.d.SecondLevel {
		more = w.Privacy.Code
	}
	return w.Privacy.with(seen + " " + more)
}

func (b *builder) person(w *wording) *section {
	s := w.Person.section
	if b.d.SecondLevel {
		s.Steps = append(slices.Clip(s.Steps), w.Person.Code)
	}
	return &s
}

func (b *builder) loss(w *wording) *section {
	var place, phone string
	if w.facts.voidAt != "" {
		place = w.Loss.Place
	}
	if w.facts.voidPhone != "" {
		phone = w.Loss.Phone
	}
	if place+phone == "" {
		place = w.Loss.Ask
	}
	return w.Loss.with(place, phone)
}

// figure holds the words that go with a symbol.
type figure struct {
	alt, caption saying // no caption if nil
}

var sheetFigure = figure{
	alt:     func(w *wording) string { return w.Symbol },
	caption: func(w *wording) string { return w.Open },
}

// symbol draws the symbol within a link. It returns the lower edge of its caption, or of the
// quiet zone if there is no caption.
func (b *builder) symbol(in *element, x, top, side float64, words figure, caption style) float64 {
	p, w := b.pages[0], b.langs[0]
	link := in.add("Link")
	e := link.add("Figure")
	e.alt = strings.NewReplacer("{address}", b.d.Address, "{side}", w.centimetres(side),
		"{left}", w.centimetres(x), "{top}", w.centimetres(top)).Replace(words.alt(w))
	e.bound(x, top, side, side)

	module := side / float64(b.s.Size())
	p.turn(true)
	defer p.turn(false)
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
	if words.caption != nil {
		lines := b.each(link, caption, x, side, words.caption)
		lines.underline()
		lines.draw(p, bottom+1*mm)
		bottom += 1*mm + lines.height()
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
