package qrpdf

import (
	"fmt"
	"unicode/utf8"
)

// face is one of the fonts that every PDF viewer brings along, as the advance widths of its glyphs in thousandths of
// the type size, from code 32 of WinAnsiEncoding on; 0 where there is no glyph (ISO 32000-1, annex D.2; the numbers are
// those of URW's Nimbus Sans, which has the same metrics by design). The soft hyphen is left out: it would show as a
// hyphen.
type face [224]uint16

// high is WinAnsiEncoding from 0x80 to 0x9F; a space stands where it has no letter.
const high = "€ ‚ƒ„…†‡ˆ‰Š‹Œ Ž  ‘’“”•–—˜™š›œ žŸ"

// winAnsi encodes s, or fails with an error that names the first letter that WinAnsiEncoding lacks. Line breaks and
// other control characters are lacking too.
func winAnsi(s string) ([]byte, error) {
	out := make([]byte, 0, len(s))
	for i, r := range s {
		if r == utf8.RuneError {
			if _, size := utf8.DecodeRuneInString(s[i:]); size == 1 {
				return nil, fmt.Errorf("not UTF-8 at byte %d", i)
			}
		}
		c, ok := winAnsiCode(r)
		if !ok {
			return nil, fmt.Errorf("the font has no letter %q (%U)", r, r)
		}
		out = append(out, c)
	}
	return out, nil
}

func winAnsiCode(r rune) (byte, bool) {
	if r < 0x80 || r >= 0xA0 && r <= 0xFF {
		return byte(r), r >= ' ' && helvetica[r-' '] > 0
	}
	code := byte(0x80)
	for _, h := range high {
		if h == r {
			return code, true
		}
		code++
	}
	return 0, false
}

// width is the length of a line, in the unit of size.
func (f *face) width(line []byte, size float64) float64 {
	sum := 0
	for _, c := range line {
		sum += int(f[c-' '])
	}
	return float64(sum) * size / 1000
}

// wrap breaks line into pieces no wider than width, after spaces where there are any. A piece keeps the space at its
// end: without it a program that extracts the text glues two words together.
func (f *face) wrap(line []byte, size, width float64) [][]byte {
	var pieces [][]byte
	for len(line) > 0 {
		n, afterSpace := 0, 0
		for n < len(line) && (n == 0 || line[n] == ' ' || f.width(line[:n+1], size) <= width) {
			n++
			if line[n-1] == ' ' {
				afterSpace = n
			}
		}
		if n < len(line) && afterSpace > 0 {
			n = afterSpace
		}
		pieces = append(pieces, line[:n])
		line = line[n:]
	}
	return pieces
}

var helvetica = face{
	278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278,
	556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556,
	1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778,
	667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556,
	333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556,
	556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584, 0,
	556, 0, 222, 556, 333, 1000, 556, 556, 333, 1000, 667, 333, 1000, 0, 611, 0,
	0, 222, 222, 333, 333, 350, 556, 1000, 333, 1000, 500, 333, 944, 0, 500, 667,
	278, 333, 556, 556, 556, 556, 260, 556, 333, 737, 370, 556, 584, 0, 737, 333,
	400, 584, 333, 333, 333, 556, 537, 278, 333, 333, 365, 556, 834, 834, 834, 611,
	667, 667, 667, 667, 667, 667, 1000, 722, 667, 667, 667, 667, 278, 278, 278, 278,
	722, 722, 778, 778, 778, 778, 778, 584, 778, 722, 722, 722, 722, 667, 667, 611,
	556, 556, 556, 556, 556, 556, 889, 500, 556, 556, 556, 556, 278, 278, 278, 278,
	556, 556, 556, 556, 556, 556, 556, 584, 611, 556, 556, 556, 556, 500, 556, 500,
}

var helveticaBold = face{
	278, 333, 474, 556, 556, 889, 722, 238, 333, 333, 389, 584, 278, 333, 278, 278,
	556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 333, 333, 584, 584, 584, 611,
	975, 722, 722, 722, 722, 667, 611, 778, 722, 278, 556, 722, 611, 833, 722, 778,
	667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 333, 278, 333, 584, 556,
	333, 556, 611, 556, 611, 556, 333, 611, 611, 278, 278, 556, 278, 889, 611, 611,
	611, 611, 389, 556, 333, 611, 556, 778, 556, 556, 500, 389, 280, 389, 584, 0,
	556, 0, 278, 556, 500, 1000, 556, 556, 333, 1000, 667, 333, 1000, 0, 611, 0,
	0, 278, 278, 500, 500, 350, 556, 1000, 333, 1000, 556, 333, 944, 0, 500, 667,
	278, 333, 556, 556, 556, 556, 280, 556, 333, 737, 370, 556, 584, 0, 737, 333,
	400, 584, 333, 333, 333, 611, 556, 278, 333, 333, 365, 556, 834, 834, 834, 611,
	722, 722, 722, 722, 722, 722, 1000, 722, 667, 667, 667, 667, 278, 278, 278, 278,
	722, 722, 778, 778, 778, 778, 778, 584, 778, 722, 722, 722, 722, 667, 667, 611,
	556, 556, 556, 556, 556, 556, 889, 556, 556, 556, 556, 556, 278, 278, 278, 278,
	611, 611, 611, 611, 611, 611, 611, 584, 611, 611, 611, 611, 611, 556, 611, 556,
}
