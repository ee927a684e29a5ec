package qrpdf

import (
	"bytes"
	"cmp"
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

const (
	defaultModule = 0.5
	minModule     = 0.4
	maxModule     = 10

	maxText = 1000
)

// SVG writes symbols as SVG pictures of one path, as files or as parts of a page. The zero value draws a
// module 0.5 mm wide and writes no title.
type SVG struct {
	// Title is the picture's name for people who hear it, and Desc its description, at most 1,000
	// bytes each: [Symbol.Describe] has both. Empty ones are left out: the page that embeds the
	// picture must then give it a name.
	Title, Desc string

	// ID begins the identifiers of Title and Desc, by which the picture refers to them: a letter, then
	// letters, digits, "-" and "_", at most 40. Two symbols in one page need two of them. Empty means qr.
	ID string

	// Lang is the language of both as in HTML, such as "it"; empty means that of the page around
	// the picture.
	Lang string

	// Module is the side of a module in millimetres, 0.4 to 10; zero means 0.5. Below 0.4 mm a
	// worn photocopy becomes unreadable.
	Module float64
}

// Write writes s with its quiet zone to w, in one call of w.Write. It fails if XML cannot
// represent Title or Desc.
func (v SVG) Write(w io.Writer, s *Symbol) error {
	module := v.Module
	if module == 0 {
		module = defaultModule
	}
	if !(module >= minModule && module <= maxModule) { // NaN is outside too
		return fmt.Errorf("module of %v mm is not between %v and %v mm", v.Module, minModule, maxModule)
	}
	if v.Lang != "" && !isLanguageTag(v.Lang) {
		return fmt.Errorf("%q is not a language tag", v.Lang)
	}
	id := cmp.Or(v.ID, "qr")
	if !isIdentifier(id) {
		return fmt.Errorf("%.50q is not an identifier", id)
	}
	if s.empty() {
		return errNoSymbol
	}
	side := s.Size() + 2*quietZone
	extent := number(float64(side) * module)

	out := bytes.NewBuffer(make([]byte, 0, 24<<10))
	fmt.Fprintf(
		out, `<svg xmlns="http://www.w3.org/2000/svg" width="%smm" height="%[1]smm" viewBox="0 0 %d %[2]d"`+
			` role="img"`, extent, side)
	if v.Lang != "" {
		fmt.Fprintf(out, ` lang="%s" xml:lang="%[1]s"`, v.Lang)
	}
	if v.Title != "" {
		fmt.Fprintf(out, ` aria-labelledby="%s-title"`, id)
	}
	if v.Desc != "" {
		fmt.Fprintf(out, ` aria-describedby="%s-desc"`, id)
	}
	out.WriteString(" shape-rendering=\"crispEdges\">\n")
	for _, e := range [...]struct{ name, text string }{{"title", v.Title}, {"desc", v.Desc}} {
		if err := describe(out, id, e.name, e.text); err != nil {
			return err
		}
	}
	fmt.Fprintf(out, "<rect width=\"%d\" height=\"%[1]d\" fill=\"#fff\"/>\n<path d=\"", side)
	b := out.AvailableBuffer()
	s.runs(func(x, y, n int) {
		b = strconv.AppendInt(append(b, 'M'), int64(x+quietZone), 10)
		b = strconv.AppendInt(append(b, ' '), int64(y+quietZone), 10)
		b = strconv.AppendInt(append(b, 'h'), int64(n), 10)
		b = strconv.AppendInt(append(b, "v1h-"...), int64(n), 10)
		b = append(b, 'z')
	})
	out.Write(b)
	out.WriteString("\"/>\n</svg>\n")
	return writeAll(w, out.Bytes())
}

// describe appends an element with the text, or nothing if the text is empty.
func describe(out *bytes.Buffer, id, name, text string) error {
	if err := checkDescription(name, text); err != nil || text == "" {
		return err
	}
	fmt.Fprintf(out, `<%s id="%s-%[1]s">`, name, id)
	xml.EscapeText(out, []byte(text)) // fails only when out does
	fmt.Fprintf(out, "</%s>\n", name)
	return nil
}

// checkDescription checks a title or a description.
func checkDescription(name, text string) error {
	if len(text) > maxText {
		return fmt.Errorf("%s of %d bytes, at most %d", name, len(text), maxText)
	}
	if !utf8.ValidString(text) {
		return fmt.Errorf("%s is not UTF-8", name)
	}
	for _, r := range text {
		if r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0xFFFE || r == 0xFFFF {
			return fmt.Errorf("%s holds %U, which XML cannot", name, r)
		}
	}
	return nil
}

// isIdentifier reports whether id can begin an identifier in XML and HTML.
func isIdentifier(id string) bool {
	for i, c := range []byte(id) {
		letter := 'a' <= c|0x20 && c|0x20 <= 'z'
		if !letter && (i == 0 || (c < '0' || c > '9') && c != '-' && c != '_') {
			return false
		}
	}
	return len(id) <= 40
}

// Describe returns a title and a description of s for people who hear it, for [SVG] and [PNG], in it, en, de,
// fr or sl, and in Italian for any other language. The description says where the symbol leads, without the
// token; it is empty if the text is no web address.
func (s *Symbol) Describe(lang string) (title, desc string) {
	w := catalogue()[0]
	if said, ok := speak(lang); ok {
		w = said[0]
	}
	if isWebAddress(s.Text()) {
		desc = strings.ReplaceAll(w.Picture, "{address}", withoutToken(s.Text()))
	}
	return w.Title, desc
}

// isLanguageTag reports whether tag has the form of RFC 5646, section 2.1: letters, then parts of
// up to eight letters and digits after hyphens.
func isLanguageTag(tag string) bool {
	for i, part := range strings.Split(tag, "-") {
		if len(part) < 1 || len(part) > 8 {
			return false
		}
		for _, c := range []byte(part) {
			letter := 'a' <= c|0x20 && c|0x20 <= 'z'
			if !letter && (i == 0 || c < '0' || c > '9') {
				return false
			}
		}
	}
	return true
}
