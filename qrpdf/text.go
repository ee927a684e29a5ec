package qrpdf

import (
	"io"
	"strings"
)

// Text writes a Document as plain text in UTF-8: what a screen reader says of the PDF, in the same order.
// It suits people who hear it from a telephone or another voice, and programs that do not read PDF.
//
// Each heading, paragraph and step is one line, however long; a heading has an empty line before it.
// A fact is a line with its label and a colon. The text of the symbol is not in it, because nobody can
// use a token that they hear.
type Text struct {
	// Document is the document. Its Layout decides what the text says about the paper.
	Document Document
}

// Write writes the text of the document with s to w. Its errors are those of [Document.Write].
func (t Text) Write(w io.Writer, s *Symbol) error {
	blocks, err := t.Document.say(s)
	if err != nil {
		return err
	}
	var out strings.Builder
	for i, b := range blocks {
		if b.kind == heading && i > 0 {
			out.WriteByte('\n')
		}
		for _, part := range b.parts {
			out.WriteString(part.before + part.text)
		}
		out.WriteByte('\n')
	}
	return writeAll(w, []byte(out.String()))
}

// block is a heading, a paragraph, a step or a fact of a document, as people hear it.
type block struct {
	kind  blockKind
	parts []part
}

type blockKind uint8

const (
	paragraph blockKind = iota
	heading
	step
	fact
)

// part is a text in one language, with what separates it from the part before it.
type part struct {
	lang, before, text string
}

// say returns the blocks of a document in reading order. It reads them from the structure tree of the PDF,
// so that the texts cannot differ from it.
func (d Document) say(s *Symbol) ([]block, error) {
	b, err := d.build(s)
	if err != nil {
		return nil, err
	}
	var all []block
	b.root.say(&all)
	return all, nil
}

// say appends the blocks of e.
func (e *element) say(all *[]block) {
	switch e.role {
	case "H1", "H2":
		e.block(all, heading, "")
	case "LI":
		e.block(all, step, ". ")
	case "TR":
		e.block(all, fact, ": ")
	case "Document", "Sect", "Div", "Table", "L":
		for _, k := range e.kids {
			k.element.say(all)
		}
	default:
		e.block(all, paragraph, "")
	}
}

// block appends the texts of e as one block, after the figures among them, with a separator between the
// elements in e.
func (e *element) block(all *[]block, kind blockKind, separator string) {
	b := block{kind: kind}
	e.flow(all, &b, separator)
	if len(b.parts) > 0 {
		*all = append(*all, b)
	}
}

// flow appends the texts of e to b, and the figures in e to all.
func (e *element) flow(all *[]block, b *block, separator string) {
	if e.role == "Figure" {
		*all = append(*all, block{paragraph, []part{{lang: e.language(), text: e.alt}}})
		return
	}
	for _, k := range e.kids {
		n := len(b.parts)
		if k.element != nil {
			k.element.flow(all, b, "")
			if separator != "" && 0 < n && n < len(b.parts) {
				b.parts[n].before = separator
				if separator == ": " && b.parts[n-1].lang == "fr" {
					b.parts[n].before = "\u00a0: "
				}
			}
		} else if words := strings.Trim(k.words, " "); words != "" {
			b.add(e.language(), words)
		}
	}
}

// add appends a text. One text in two languages is read with a comma between them.
func (b *block) add(lang, words string) {
	next := part{lang: lang, text: words}
	if n := len(b.parts); n > 0 && b.parts[n-1].lang == lang {
		next.before = " "
	} else if n > 0 {
		next.before = ", "
	}
	b.parts = append(b.parts, next)
}
