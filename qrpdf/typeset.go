package qrpdf

import (
	"fmt"
	"strings"
	"sync"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// style is the appearance of a text. Size and leading, the distance between its lines, are in
// points.
type style struct {
	face          face // regular or bold
	size, leading float64
	ink           ink
}

// glyph is a letter on the page.
type glyph struct {
	id    uint16
	width uint16 // in thousandths of the type size
	face  face
	stop  stop
}

// stop says whether a line may end after a glyph.
type stop uint8

const (
	never     stop = iota
	dot            // never, even where a word has to be torn: a sentence would seem to end
	reluctant      // in a word that is wider than the line
	bound          // the same after a space, within a number or before one: tel. 0471 000000
	always
)

// line is a broken line. If another line follows, its last glyph is a space, so that a program
// that extracts the text does not join two words. That space does not count for the width.
type line []glyph

func (l line) width(size float64) float64 {
	sum := 0
	for _, g := range l {
		sum += int(g.width)
	}
	return float64(sum) * size / 1000
}

// tidy returns s in its printed form, in composed letters and without spaces around it, or an
// error that names the fault.
func tidy(name, s string, maxBytes int) (string, error) {
	if len(s) > maxBytes {
		return "", fmt.Errorf("%s of %d bytes, at most %d", name, len(s), maxBytes)
	}
	if !utf8.ValidString(s) {
		return "", fmt.Errorf("%s is not UTF-8", name)
	}
	s = strings.Map(func(r rune) rune {
		switch r {
		case 0xAD: // the soft hyphen
			return -1
		case 0x2010, 0x2011: // hyphens
			return '-'
		case 0x202F: // the narrow space
			return 0xA0
		}
		return r
	}, norm.NFC.String(s))
	for _, r := range s {
		if all := fonts(); all[regular].glyph(r) == 0 && all[supplement].glyph(r) == 0 {
			return "", fmt.Errorf("%s: %w", name, missingLetter(r))
		}
	}
	return strings.Trim(s, " \u00a0"), nil
}

// typesetter breaks texts into lines and records the glyphs that a document needs.
type typesetter struct {
	fonts  *[faces]font
	used   [faces]glyphSet
	memory *[4096]glyph
	room   []glyph // for the lines to come, at first in memory
}

// glyphMemory and pageMemory are the memory of written documents, for later ones.
var (
	glyphMemory = sync.Pool{New: func() any { return new([4096]glyph) }}
	pageMemory  = sync.Pool{New: func() any { return new([32 << 10]byte) }}
)

func newTypesetter() *typesetter {
	t := &typesetter{fonts: fonts(), memory: glyphMemory.Get().(*[4096]glyph)}
	t.room = t.memory[:0]
	for i := range t.used {
		t.used[i] = make(glyphSet, len(t.fonts[i].outlines))
	}
	return t
}

// set returns the glyphs of a text. tidy has checked that the fonts have all its letters.
func (t *typesetter) set(s style, text string) line {
	if cap(t.room)-len(t.room) < len(text) {
		t.room = make([]glyph, 0, max(4096, len(text)))
	}
	from := len(t.room)
	before := ' '
	host := false // behind two slashes
	for i, r := range text {
		g := glyph{face: s.face}
		if g.id = t.fonts[g.face].glyph(r); g.id == 0 {
			g.face = supplement
			g.id = t.fonts[supplement].glyph(r)
		}
		g.width = uint16(t.fonts[g.face].width(g.id))
		switch r {
		case ' ':
			g.stop, host = always, false
			if next := text[i+1:]; next != "" && isDigit(rune(next[0])) &&
				(isDigit(before) || before == '.') {
				g.stop = bound
			}
		case '/':
			if host = host || before == '/'; !strings.HasPrefix(text[i+1:], "/") {
				g.stop = reluctant
			}
		case '@', '?', '&', '=', ',', ';':
			g.stop = reluctant
		case '.':
			g.stop = dot
		case '-', '_': // a reader would not know whether it belongs to an address
			if !host {
				g.stop = reluctant
			}
		}
		before = r
		t.used[g.face][g.id] = true
		t.room = append(t.room, g)
	}
	return t.room[from:len(t.room):len(t.room)]
}

func isDigit(r rune) bool { return '0' <= r && r <= '9' }

// lines breaks a text into lines no wider than width points, not counting the space at the end of a
// line. It avoids a single short word on the last line if narrower lines, no more of them, do so.
func (t *typesetter) lines(s style, text string, width float64) []line {
	all := t.set(s, text)
	widest := int(width * 1000 / s.size)
	broken := all.split(widest)
	for narrow := widest; lonely(broken, widest); {
		narrow -= widest / 50
		switch other := all.split(narrow); {
		case narrow < widest/2 || len(other) > len(broken) || tornWord(other):
			return broken
		case !lonely(other, widest):
			return other
		}
	}
	return broken
}

// lonely reports whether the last line is one word that fills less than half of a width in
// thousandths of the type size.
func lonely(lines []line, width int) bool {
	if len(lines) < 2 {
		return false
	}
	sum := 0
	last := lines[len(lines)-1]
	for i, g := range last {
		if g.stop >= bound && i < len(last)-1 {
			return false
		}
		sum += int(g.width)
	}
	return sum < width/2
}

// tornWord reports whether a line ends within a word or a number.
func tornWord(lines []line) bool {
	for _, l := range lines[:len(lines)-1] {
		if l[len(l)-1].stop != always {
			return true
		}
	}
	return false
}

// split breaks l into lines of a width in thousandths of the type size.
func (l line) split(width int) []line {
	var broken []line
	for len(l) > 0 {
		n := l.fit(width)
		broken = append(broken, l[:n])
		l = l[n:]
	}
	return broken
}

// fit returns the number of glyphs, at least one, in the next line of a width in thousandths of
// the type size.
func (l line) fit(width int) int {
	good, better := 0, 0
	n := 0
	for sum := 0; n < len(l); n++ {
		sum += int(l[n].width)
		if sum > width && l[n].stop < bound {
			break
		}
		switch l[n].stop {
		case always:
			better = n + 1
		case reluctant, bound:
			good = n + 1
		}
	}
	switch {
	case n == len(l):
		return n
	case better > 0:
		return better
	case good > 0:
		return good
	}
	for n > 1 && (l[n].width == 0 || l[n-1].stop == dot) { // an accent stays with its letter
		n--
	}
	return max(n, 1)
}
