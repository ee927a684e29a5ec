package qrpdf

import (
	"cmp"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// The sizes of a Braille page.
const (
	leastCells, defaultCells, mostCells = 20, 28, 40
	leastLines, defaultLines, mostLines = 10, 25, 30
)

// Braille writes a Document in Braille: the texts of [Text], as a file in BRF for an embosser or a Braille
// display. It accompanies the sheet and does not replace it, because it has no symbol.
//
// The Braille is uncontracted, in six dots, with capitals and accents: for Italian, German, French and
// Slovene that of each language, for English Unified English Braille. An accent that a language does not have
// is written as dot 4 before the letter; a letter that is not of the Latin alphabet is an error. In Italian
// and German an address is in computer Braille, announced by dots 6 and 46; the other languages have a sign
// for each of its characters. If an address is longer than a line, dot 4 or, in the other languages, dot 5
// says that it goes on.
//
// A file holds only space, the ASCII letters in capitals, digits and punctuation, with CR LF after each line
// and a form feed after each page. The last line of a page is its number.
//
// The tables were compared with those of liblouis. No Braille reader has tested the result yet.
type Braille struct {
	// Document is the document. Its Layout decides what the text says about the paper.
	Document Document

	// Cells is the width of a line, 20 to 40; zero means 28, which every embosser has.
	Cells int

	// Lines is the number of lines of a page with that of its number, 10 to 30; zero means 25.
	Lines int
}

// Write writes the document with s to w. Its errors are those of [Document.Write], and one that names the
// letter if Braille has no sign for it.
func (b Braille) Write(w io.Writer, s *Symbol) error {
	if b.Cells == 0 {
		b.Cells = defaultCells
	}
	if b.Lines == 0 {
		b.Lines = defaultLines
	}
	if b.Cells < leastCells || b.Cells > mostCells {
		return fmt.Errorf("line of %d cells: Braille has %d to %d", b.Cells, leastCells, mostCells)
	}
	if b.Lines < leastLines || b.Lines > mostLines {
		return fmt.Errorf("page of %d lines: Braille has %d to %d", b.Lines, leastLines, mostLines)
	}
	blocks, err := b.Document.say(s)
	if err != nil {
		return err
	}
	var lines []brailleLine
	for _, block := range blocks {
		set, err := block.braille(b.Cells)
		if err != nil {
			return err
		}
		lines = append(lines, set...)
	}
	main, _, _ := strings.Cut(b.Document.Lang, "+")
	return writeAll(w, b.paginate(lines, brailleTables()[cmp.Or(main, "it")]))
}

// brailleLine is a line of cells. No page ends with a line of a heading.
type brailleLine struct {
	cells   string
	heading bool
}

// indents are the empty cells before the first line and the others of each kind of block.
var indents = [...][2]int{paragraph: {2, 0}, heading: {4, 4}, step: {0, 2}, fact: {0, 2}}

// braille returns the lines of a block.
func (b block) braille(width int) ([]brailleLine, error) {
	var words []brailleWord
	for i, p := range b.parts {
		text := p.text
		if i+1 < len(b.parts) {
			text += strings.TrimSpace(b.parts[i+1].before)
		}
		translated, err := brailleWords(p.lang, text)
		if err != nil {
			return nil, err
		}
		words = append(words, translated...)
	}
	var lines []brailleLine
	if b.kind == heading {
		lines = append(lines, brailleLine{})
	}
	indent := indents[b.kind]
	line := strings.Repeat("⠀", indent[0])
	empty := true
	end := func() {
		lines = append(lines, brailleLine{line, b.kind == heading})
		line, empty = strings.Repeat("⠀", indent[1]), true
	}
	for _, w := range words {
		if !empty && cellCount(line)+1+cellCount(strings.Join(w.signs, "")) > width {
			end()
		}
		if !empty {
			line += "⠀"
		}
		for len(w.signs) > 0 {
			n := w.fit(width - cellCount(line))
			line += strings.Join(w.signs[:n], "")
			empty = false
			if w.signs = w.signs[n:]; len(w.signs) > 0 {
				line += w.goesOn
				end()
			}
		}
	}
	end()
	return lines, nil
}

// fit returns how many characters of a word are written into the rest of a line, at least one: all of them,
// or those before goesOn.
func (w brailleWord) fit(room int) int {
	if cellCount(strings.Join(w.signs, "")) <= room {
		return len(w.signs)
	}
	room -= cellCount(w.goesOn)
	n := 0
	for ; n < len(w.signs) && cellCount(w.signs[n]) <= room; n++ {
		room -= cellCount(w.signs[n])
	}
	for m := n; m > n/2; m-- {
		if w.signs[m-1] == w.slash {
			return m
		}
	}
	return max(n, 1)
}

// paginate returns the file, with page numbers in the digits of a table.
func (b Braille) paginate(lines []brailleLine, t *brailleTable) []byte {
	var file []byte
	number := 0
	for len(lines) > 0 {
		if lines[0].cells == "" { // no empty line at the top of a page
			lines = lines[1:]
		}
		n := min(len(lines), b.Lines-1)
		keep := n
		for n < len(lines) && keep > 0 && lines[keep-1].heading {
			keep--
		}
		if keep > 0 {
			n = keep
		}
		for _, l := range lines[:n] {
			file = append(appendBRF(file, l.cells), "\r\n"...)
		}
		for range b.Lines - 1 - n {
			file = append(file, "\r\n"...)
		}
		number++
		digits := t.number
		for _, d := range strconv.Itoa(number) {
			digits += cell(t.digits, int(d-'0'))
		}
		file = appendBRF(file, strings.Repeat("⠀", b.Cells-cellCount(digits))+digits)
		file = append(file, "\r\n\f"...)
		lines = lines[n:]
	}
	return file
}

// appendBRF appends cells in the ASCII of North American Braille, in capitals.
func appendBRF(b []byte, cells string) []byte {
	const ascii = " A1B'K2L@CIF/MSP\"E3H9O6R^DJG>NTQ,*5<-U8V.%[$+X!&;:4\\0Z7(_?W]#Y)="
	for _, c := range cells {
		b = append(b, ascii[c-'⠀'])
	}
	return b
}
