package qrpdf

import (
	"fmt"
	"io"
	"strings"
)

// The numbers of the first objects in the file, in their order there. After them come two for
// each page, five for each font, those of the logo, and one for each element.
const (
	_ = iota
	catalogObject
	pagesObject
	metadataObject
	intentObject
	profileObject
	infoObject
	linkObject
	treeObject
	parentsObject
	firstPageObject
)

// write writes the laid-out document as a file. b must not be used after it.
func (b *builder) write(w io.Writer) error {
	defer b.release()
	next := firstPageObject
	for _, p := range b.pages {
		p.endStream()
		p.number = next
		next += 1 + len(p.streams)
	}
	firstFont := next
	resources := strings.Builder{}
	resources.WriteString("/Font <<")
	var parts [faces]subset
	for i, set := range b.used {
		if set.empty() {
			continue
		}
		parts[i] = embedding(face(i), set, b.lang())
		fmt.Fprintf(&resources, " /F%d %d 0 R", i, next)
		next += 5
	}
	resources.WriteString(" >>")
	firstLogo := next
	if b.logo != nil && b.logo.shapes == nil {
		fmt.Fprintf(&resources, " /XObject << /Logo %d 0 R >>", firstLogo)
		next++
	}
	b.root.count(next)

	f := newPDFFile(w)
	f.object(catalogObject, "<< /Type /Catalog /Pages %d 0 R /Lang (%s) /ViewerPreferences << "+
		"/DisplayDocTitle true >>\n"+
		"/MarkInfo << /Marked true >> /StructTreeRoot %d 0 R /Metadata %d 0 R /OutputIntents [%d 0 R] >>",
		pagesObject, b.root.lang, treeObject, metadataObject, intentObject)
	f.begin(pagesObject)
	fmt.Fprintf(&f.buf, "<< /Type /Pages /Count %d /Kids [", len(b.pages))
	for _, p := range b.pages {
		fmt.Fprintf(&f.buf, " %d 0 R", p.number)
	}
	f.buf.WriteString(" ] >>")
	f.end()
	f.plain(metadataObject, b.metadata(), "/Type /Metadata /Subtype /XML ")
	f.object(intentObject, "<< /Type /OutputIntent /S /GTS_PDFA1 /OutputConditionIdentifier (sRGB) /Info "+
		"(sRGB)\n"+
		"/RegistryName (http://www.color.org) /DestOutputProfile %d 0 R >>", profileObject)
	f.packed(profileObject, colorProfile(), "/N 3 ")
	f.object(infoObject, "<< /Title %s /Author %s /Subject %s /Producer (%s) /CreationDate %s /ModDate "+
		"%[5]s >>", textString(b.title), textString(b.d.DisplayName), textString(b.subject), producer,
		date(b.d.Issued))
	if b.link.in == nil {
		f.object(linkObject, "null")
	} else {
		b.writeLink(f)
	}
	f.object(treeObject, "<< /Type /StructTreeRoot /K [%d 0 R] /ParentTree %d 0 R /ParentTreeNextKey %d >>",
		b.root.number, parentsObject, len(b.pages)+1)
	b.writeParents(f)
	for i, p := range b.pages {
		annotations := ""
		if i == 0 && b.link.in != nil {
			annotations = fmt.Sprintf(" /Annots [%d 0 R]", linkObject)
		}
		var contents []byte
		for j := range p.streams {
			contents = append(appendReference(contents, p.number+1+j), ' ')
		}
		f.object(p.number, "<< /Type /Page /Parent %d 0 R /MediaBox [0 0 %s %s] /Contents [ %s] "+
			"/StructParents %d /Tabs /S%s\n"+
			"/Resources << %s >> >>", pagesObject, number(pageWidth), number(pageHeight), contents, i,
			annotations, &resources)
		for j, part := range p.streams {
			if part.own {
				f.stream(p.number+1+j, part.content, "")
			} else {
				f.packed(p.number+1+j, deflateShared(part.content), "")
			}
		}
	}
	next = firstFont
	for i := range parts {
		if parts[i].name != "" {
			writeFont(f, next, &b.fonts[i], &parts[i])
			next += 5
		}
	}
	if b.logo != nil && b.logo.shapes == nil {
		b.logo.write(f, firstLogo)
	}
	b.root.write(f, treeObject, linkObject)
	return f.close(catalogObject, infoObject)
}

// writeLink writes the link over the symbol.
func (b *builder) writeLink(f *pdfFile) {
	f.object(linkObject, "<< /Type /Annot /Subtype /Link /Rect [%s] /Border [0 0 0] /F 4 /StructParent %d "+
		"/Contents %s\n"+
		"/A << /Type /Action /S /URI /URI %s >> >>",
		appendRectangle(nil, b.link.left, b.link.top, b.link.right, b.link.bottom), len(b.pages),
		textString(b.opens), appendLiteral(nil, b.s.Text()))
}

// writeParents writes the references from marked content and from the link back to their
// elements.
func (b *builder) writeParents(f *pdfFile) {
	f.begin(parentsObject)
	f.buf.WriteString("<< /Nums [")
	for i, p := range b.pages {
		fmt.Fprintf(&f.buf, " %d [", i)
		for _, e := range p.marks {
			f.buf.Write(appendReference(append(f.buf.AvailableBuffer(), ' '), e.number))
		}
		f.buf.WriteString(" ]")
	}
	if b.link.in != nil {
		fmt.Fprintf(&f.buf, " %d %d 0 R", len(b.pages), b.link.in.number)
	}
	f.buf.WriteString(" ] >>")
	f.end()
}

func (s glyphSet) empty() bool {
	for _, used := range s {
		if used {
			return false
		}
	}
	return true
}

func number(v float64) string { return string(appendNumber(nil, v)) }
