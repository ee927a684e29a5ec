package qrpdf

// element is a node of the structure tree. The tree says what a screen reader reads about each
// part of the document, and in which order.
type element struct {
	role       string // a standard structure type (ISO 32000-1, 14.8.4)
	lang       string // empty: that of the element around it
	alt        string
	attributes string
	kids       []kid

	parent *element
	number int // of its object
}

// kid is an element, or marked content of a page, or the link annotation.
type kid struct {
	element *element
	page    *page
	mark    int
	words   string // of the marked content
	link    bool
}

// add appends a new element to e and returns it.
func (e *element) add(role string) *element {
	child := &element{role: role, parent: e}
	e.attach(child)
	return child
}

// attach appends an element whose parent is e.
func (e *element) attach(child *element) { e.kids = append(e.kids, kid{element: child}) }

// within returns e, or a new element in e if its content has another language than e.
func (e *element) within(role, lang string) *element {
	child := e.add(role)
	if lang != e.language() {
		child.lang = lang
	}
	return child
}

// language returns the language of e or of the nearest element around it that has one.
func (e *element) language() string {
	for ; e != nil; e = e.parent {
		if e.lang != "" {
			return e.lang
		}
	}
	return ""
}

// count numbers e and all elements below it, starting at next, and returns the number after them.
func (e *element) count(next int) int {
	e.number = next
	next++
	for _, k := range e.kids {
		if k.element != nil {
			next = k.element.count(next)
		}
	}
	return next
}

// write writes e and all elements below it. An element without a parent belongs to the root of
// the tree.
func (e *element) write(f *pdfFile, tree, link int) {
	f.begin(e.number)
	b := append(f.buf.AvailableBuffer(), "<< /S /"...)
	b = append(append(b, e.role...), " /P "...)
	parent := tree
	if e.parent != nil {
		parent = e.parent.number
	}
	b = appendReference(b, parent)
	if e.lang != "" {
		b = append(append(append(b, " /Lang ("...), e.lang...), ')')
	}
	if e.alt != "" {
		b = append(append(b, " /Alt "...), textString(e.alt)...)
	}
	if e.attributes != "" {
		b = append(append(append(b, " /A << "...), e.attributes...), " >>"...)
	}
	var home *page // of the marks that are given by number
	b = append(b, " /K ["...)
	for i, k := range e.kids {
		if i > 0 {
			b = append(b, ' ')
		}
		switch {
		case k.element != nil:
			b = appendReference(b, k.element.number)
		case k.link:
			b = appendReference(append(b, "<< /Type /OBJR /Obj "...), link)
			b = appendReference(append(b, " /Pg "...), k.page.number)
			b = append(b, " >>"...)
		case home == nil || home == k.page:
			home = k.page
			b = appendInt(b, k.mark)
		default:
			b = appendReference(append(b, "<< /Type /MCR /Pg "...), k.page.number)
			b = append(appendInt(append(b, " /MCID "...), k.mark), " >>"...)
		}
	}
	b = append(b, ']')
	if home != nil {
		b = appendReference(append(b, " /Pg "...), home.number)
	}
	f.buf.Write(append(b, " >>"...))
	f.end()
	for _, k := range e.kids {
		if k.element != nil {
			k.element.write(f, tree, link)
		}
	}
}

// bound sets the part of the page that a figure fills.
func (e *element) bound(x, top, width, height float64) {
	b := append([]byte(nil), "/O /Layout /BBox ["...)
	e.attributes = string(append(appendRectangle(b, x, top, x+width, top+height), ']'))
}
