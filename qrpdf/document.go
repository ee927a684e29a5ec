package qrpdf

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// The page is A4 upright, measured in points from its lower left corner. The symbol stands at the left, 44 mm below the
// upper edge.
const (
	mm = 72 / 25.4

	pageWidth  = 210 * mm
	pageHeight = 297 * mm
	margin     = 20 * mm
	symbolTop  = pageHeight - 44*mm

	// symbolRoom is what the symbol and the quiet zone on one side of it fill: both stay clear of the lines along which
	// a letter is folded in half or in three, the nearest 99 mm below the upper edge.
	symbolRoom = 54.5 * mm

	// smallestModule breaks that rule for symbols above version 22, which an Encoder does not make.
	smallestModule = 0.5 * mm

	// clearance is what stays empty between the quiet zone and the text.
	clearance = 5 * mm

	titleSize    = 20.0
	titleLeading = 24.0
	titleLines   = 2
	maxTitle     = 200

	noteSize    = 12.0
	noteLeading = 16.0
	noteLines   = 8
	maxNote     = 1000

	capHeight = 0.718 // of Helvetica, in parts of its size
)

// Numbers of the objects in the file, in their order there.
const (
	_ = iota
	catalogObject
	pagesObject
	pageObject
	contentObject
	linkObject
	titleFontObject
	noteFontObject
	infoObject
)

// Document writes a symbol on an A4 page in PDF 1.7: a title, the symbol, a note beside it.
//
// The symbol is 45 to 53 mm wide, with modules of at least 0.5 mm (wider only above version 22), and drawn as one path,
// so that it stays sharp at any size. Over it lies a link with the text of the symbol, byte for byte: who cannot frame
// the symbol opens that, and a program reads it. Such a program needs no PDF library. The file is never encrypted, the
// link is in no compressed stream, and no other string than the text of the symbol follows the bytes "/URI (" in it; the
// string ends at the first ")" without a backslash before it, and the only backslashes in it stand before "(" and ")".
//
// The page is not tagged yet: a screen reader finds title, note and link, but no structure and no description of the
// symbol. Its fonts are those of the viewer, which have the letters of Western Europe only.
type Document struct {
	// Title is printed above the symbol, names the link and is the title of the file; at most 200 bytes and two printed
	// lines. It must not be empty.
	Title string

	// Note is printed beside the symbol; at most 1,000 bytes and eight printed lines. Empty means none.
	Note string

	// Lang is the language of Title and Note: it, en, de, fr or sl; empty means it.
	Lang string

	// Issued is written into the file as its date, in UTC, and not printed. It must not be zero, since no clock is read.
	Issued time.Time
}

// Write writes the page with s to w, piece by piece, and stops at the first error of w. What is wrong with d or s it says
// before it writes anything: ErrNotURL if the text of s is not an absolute http or https address in ASCII, and an error
// that names the letter if the fonts lack one.
func (d Document) Write(w io.Writer, s *Symbol) error {
	if s.empty() {
		return errNoSymbol
	}
	lang, err := d.lang()
	if err != nil {
		return err
	}
	if err := d.checkDate(); err != nil {
		return err
	}
	if !isWebAddress(s.Text()) {
		return ErrNotURL
	}
	p, err := d.layOut(s)
	if err != nil {
		return err
	}

	f := newPDFFile(w)
	f.object(catalogObject, "<< /Type /Catalog /Pages %d 0 R /Lang (%s) /ViewerPreferences << /DisplayDocTitle true >> >>",
		pagesObject, lang)
	f.object(pagesObject, "<< /Type /Pages /Kids [%d 0 R] /Count 1 >>", pageObject)
	f.object(pageObject, "<< /Type /Page /Parent %d 0 R /MediaBox [0 0 %s %s] /Contents %d 0 R /Annots [%d 0 R]\n"+
		"/Resources << /Font << /F1 %d 0 R /F2 %d 0 R >> >> >>",
		pagesObject, number(pageWidth), number(pageHeight), contentObject, linkObject, titleFontObject, noteFontObject)
	f.stream(contentObject, p.content(s))
	f.object(linkObject, "<< /Type /Annot /Subtype /Link /Rect [%s %s %s %s] /Border [0 0 0] /F 4 /Contents %s\n"+
		"/A << /Type /Action /S /URI /URI %s >> >>",
		number(margin), number(symbolTop-p.side), number(margin+p.side), number(symbolTop),
		textString(d.Title), appendLiteral(nil, s.Text()))
	f.object(titleFontObject, "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >>")
	f.object(noteFontObject, "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>")
	f.object(infoObject, "<< /Title %s /Producer (Attesta) /CreationDate %s /ModDate %[2]s >>",
		textString(d.Title), date(d.Issued))
	return f.close(catalogObject, infoObject)
}

func (d Document) lang() (string, error) {
	switch d.Lang {
	case "":
		return "it", nil
	case "it", "en", "de", "fr", "sl":
		return d.Lang, nil
	}
	return "", fmt.Errorf("no language %.20q: there are it, en, de, fr and sl", d.Lang)
}

func (d Document) checkDate() error {
	if d.Issued.IsZero() {
		return errors.New("no date of issue")
	}
	if year := d.Issued.UTC().Year(); year < 1 || year > 9999 {
		return fmt.Errorf("date of issue in the year %d", year)
	}
	return nil
}

// page is what stands where.
type page struct {
	module, side float64
	title, note  [][]byte // lines
}

func (d Document) layOut(s *Symbol) (page, error) {
	p := page{module: max(symbolRoom/float64(s.Size()+quietZone), smallestModule)}
	p.side = p.module * float64(s.Size())
	if strings.TrimSpace(d.Title) == "" {
		return page{}, errors.New("no title")
	}
	var err error
	p.title, err = lines("title", d.Title, &helveticaBold, titleSize, pageWidth-2*margin, maxTitle, titleLines)
	if err != nil {
		return page{}, err
	}
	p.note, err = lines("note", d.Note, &helvetica, noteSize, pageWidth-margin-p.noteLeft(), maxNote, noteLines)
	return p, err
}

// gap is the distance between symbol and text.
func (p page) gap() float64 { return quietZone*p.module + clearance }

func (p page) noteLeft() float64 { return margin + p.side + p.gap() }

// lines encodes and breaks a text, or says in which way it is too long.
func lines(name, text string, f *face, size, width float64, maxBytes, maxLines int) ([][]byte, error) {
	if len(text) > maxBytes {
		return nil, fmt.Errorf("%s of %d bytes, at most %d", name, len(text), maxBytes)
	}
	encoded, err := winAnsi(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	broken := f.wrap(encoded, size, width)
	if len(broken) > maxLines {
		return nil, fmt.Errorf("%s fills %d lines, at most %d", name, len(broken), maxLines)
	}
	return broken, nil
}

// content returns the drawing instructions of the page: the title grows upwards from the symbol, the note downwards from
// its upper edge.
func (p page) content(s *Symbol) []byte {
	b := make([]byte, 0, 4<<10+4*s.Size()*s.Size()) // a run has two modules on average, and 13 bytes
	b = append(b, "0 g\n"...)
	first := symbolTop + p.gap() + titleLeading*float64(len(p.title)-1)
	b = appendText(b, "/F1", titleSize, titleLeading, margin, first, p.title)

	// One path and one fill under a scale at which modules are whole numbers: no reader leaves hairlines between rows.
	b = append(b, "q "...)
	for _, v := range [...]float64{p.module, 0, 0, -p.module, margin, symbolTop} {
		b = append(appendNumber(b, v), ' ')
	}
	b = append(b, "cm\n"...)
	s.runs(func(x, y, n int) { b = appendRun(b, x, y, n) })
	b = append(b, "f Q\n"...)

	return appendText(b, "/F2", noteSize, noteLeading, p.noteLeft(), symbolTop-capHeight*noteSize, p.note)
}

// appendText appends lines of text, the baseline of the first one at x, y.
func appendText(b []byte, font string, size, leading, x, y float64, lines [][]byte) []byte {
	b = fmt.Appendf(b, "BT %s %s Tf %s TL %s %s Td\n", font, number(size), number(leading), number(x), number(y))
	for i, line := range lines {
		if i > 0 {
			b = append(b, "T* "...)
		}
		b = append(appendLiteral(b, line), " Tj\n"...)
	}
	return append(b, "ET\n"...)
}

// appendRun appends a rectangle of n modules.
func appendRun(b []byte, x, y, n int) []byte {
	b = append(strconv.AppendInt(b, int64(x), 10), ' ')
	b = append(strconv.AppendInt(b, int64(y), 10), ' ')
	b = strconv.AppendInt(b, int64(n), 10)
	return append(b, " 1 re\n"...)
}

func number(v float64) string { return string(appendNumber(nil, v)) }

// isWebAddress tells whether text is an absolute http or https address in the letters of RFC 3986, the only ones that a
// link may hold.
func isWebAddress(text string) bool {
	for _, c := range []byte(text) {
		letter := 'a' <= c|0x20 && c|0x20 <= 'z'
		digit := '0' <= c && c <= '9'
		if !letter && !digit && strings.IndexByte("-._~:/?#[]@!$&'()*+,;=%", c) < 0 {
			return false
		}
	}
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != ""
}
