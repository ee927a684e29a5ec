package qrpdf

import (
	_ "embed"
	"encoding/binary"
	"fmt"
	"sync"
)

// face is the number of an embedded font.
type face uint8

const (
	regular    face = iota
	bold            // only for texts of the catalogue
	supplement      // for letters that regular lacks
	faces
)

var (
	//go:embed fonts/AtkinsonHyperlegibleNext-Regular.ttf
	regularFile []byte
	//go:embed fonts/AtkinsonHyperlegibleNext-Bold.ttf
	boldFile []byte
	//go:embed fonts/AttestaSupplementSans-Regular.ttf
	supplementFile []byte
)

// fonts holds the embedded fonts, read once.
var fonts = sync.OnceValue(func() *[faces]font {
	return &[faces]font{
		regular:    readFont("AtkinsonHyperlegibleNext-Regular", 80, regularFile),
		bold:       readFont("AtkinsonHyperlegibleNext-Bold", 140, boldFile),
		supplement: readFont("AttestaSupplementSans-Regular", 80, supplementFile),
	}
})

// font is a TrueType file. Lengths are in its own units; perEm of them make the type size.
type font struct {
	name     string // the PostScript name
	stem     int    // width of an upright stroke in thousandths of the size
	tables   map[string][]byte
	perEm    int
	letters  []uint16 // glyph of each code point, 0 for none
	advances []uint16 // of each glyph
	outlines [][]byte // of each glyph
}

// readFont reads one of the files above. It checks nothing, because the files are known to be
// sound. The tables are those of the OpenType specification 1.9.
func readFont(name string, stem int, file []byte) font {
	f := font{name: name, stem: stem, tables: map[string][]byte{}}
	for i := range int(u16(file, 4)) {
		entry := file[12+16*i:]
		offset, length := u32(entry, 8), u32(entry, 12)
		f.tables[string(entry[:4])] = file[offset : offset+length]
	}
	head, loca, glyf, hmtx := f.tables["head"], f.tables["loca"], f.tables["glyf"], f.tables["hmtx"]
	f.perEm = int(u16(head, 18))
	metrics := int(u16(f.tables["hhea"], 34))
	for i := range int(u16(f.tables["maxp"], 4)) {
		f.outlines = append(f.outlines, glyf[2*int(u16(loca, 2*i)):2*int(u16(loca, 2*i+2))]) // the short form
		f.advances = append(f.advances, u16(hmtx, 4*min(i, metrics-1)))
	}
	f.readLetters()
	return f
}

// readLetters reads the Unicode part of the cmap table, in format 4.
func (f *font) readLetters() {
	cmap := f.tables["cmap"]
	t := cmap[u32(cmap, 8):]
	double := int(u16(t, 6)) // twice the number of segments
	ends, starts, deltas, ranges := 14, 16+double, 16+2*double, 16+3*double
	f.letters = make([]uint16, 0x2300)
	for i := 0; i < double; i += 2 {
		start, end, offset := int(u16(t, starts+i)), int(u16(t, ends+i)), int(u16(t, ranges+i))
		for c := start; c <= end && c < len(f.letters); c++ {
			glyph := uint16(c)
			if offset != 0 {
				glyph = u16(t, ranges+i+offset+2*(c-start))
			}
			f.letters[c] = glyph + u16(t, deltas+i)
		}
	}
	f.letters[0xAD] = 0 // the soft hyphen would be visible
}

// glyph returns the glyph of r, or 0 if there is none.
func (f *font) glyph(r rune) uint16 {
	if int(r) >= len(f.letters) {
		return 0
	}
	return f.letters[r]
}

// thousandths converts a length of the font into thousandths of the type size.
func (f *font) thousandths(length int) int { return (length*1000 + f.perEm/2) / f.perEm }

// width returns the advance of a glyph in thousandths of the type size, rounded as in the table
// of widths in the file.
func (f *font) width(glyph uint16) int { return f.thousandths(int(f.advances[glyph])) }

// glyphSet is a set of glyphs by number.
type glyphSet []bool

// close adds the glyphs that are parts of others in the set.
func (f *font) close(set glyphSet) {
	const (
		wideArguments = 1 << 0
		scale         = 1 << 3
		more          = 1 << 5
		twoScales     = 1 << 6
		matrix        = 1 << 7
	)
	for again := true; again; {
		again = false
		for g, outline := range f.outlines {
			if !set[g] || len(outline) == 0 || int16(u16(outline, 0)) >= 0 {
				continue
			}
			for at, flags := 10, uint16(more); flags&more != 0; {
				flags = u16(outline, at)
				if part := u16(outline, at+2); !set[part] {
					set[part], again = true, true
				}
				at += 6
				if flags&wideArguments != 0 {
					at += 2
				}
				switch {
				case flags&scale != 0:
					at += 2
				case flags&twoScales != 0:
					at += 4
				case flags&matrix != 0:
					at += 8
				}
			}
		}
	}
}

// program returns a font file with the outlines and advances of only the glyphs in the set. All
// keep their numbers.
func (f *font) program(set glyphSet) []byte {
	set = append(glyphSet(nil), set...)
	set[0] = true
	f.close(set)
	var glyf, loca, hmtx []byte
	for g, outline := range f.outlines {
		loca = binary.BigEndian.AppendUint16(loca, uint16(len(glyf)/2))
		advance := uint16(0)
		if set[g] {
			glyf = append(glyf, outline...)
			advance = f.advances[g]
		}
		hmtx = binary.BigEndian.AppendUint16(hmtx, advance)
		hmtx = binary.BigEndian.AppendUint16(hmtx, 0)
		if set[g] && len(outline) > 0 { // the left side bearing is the left end of the outline
			copy(hmtx[len(hmtx)-2:], outline[2:4])
		}
	}
	loca = binary.BigEndian.AppendUint16(loca, uint16(len(glyf)/2))

	hhea := append([]byte(nil), f.tables["hhea"]...)
	binary.BigEndian.PutUint16(hhea[34:], uint16(len(f.outlines)))
	return assemble([]table{
		{"glyf", glyf}, {"head", f.tables["head"]}, {"hhea", hhea}, {"hmtx", hmtx}, {"loca", loca},
		{"maxp", f.tables["maxp"]},
	})
}

type table struct {
	name string
	data []byte
}

// assemble writes tables, sorted by name, into a file.
func assemble(tables []table) []byte {
	power, log := 1, 0
	for power*2 <= len(tables) {
		power, log = power*2, log+1
	}
	out := []byte{0, 1, 0, 0}
	for _, v := range []int{len(tables), 16 * power, log, 16 * (len(tables) - power)} {
		out = binary.BigEndian.AppendUint16(out, uint16(v))
	}
	offset, head := 12+16*len(tables), 0
	for _, t := range tables {
		data := t.data
		if t.name == "head" {
			head = offset
			data = append([]byte(nil), data...)
			clear(data[8:12])
		}
		out = append(out, t.name...)
		out = binary.BigEndian.AppendUint32(out, sum32(data))
		out = binary.BigEndian.AppendUint32(out, uint32(offset))
		out = binary.BigEndian.AppendUint32(out, uint32(len(data)))
		offset += (len(data) + 3) &^ 3
	}
	for _, t := range tables {
		out = append(out, t.data...)
		out = append(out, make([]byte, -len(t.data)&3)...)
	}
	clear(out[head+8 : head+12])
	binary.BigEndian.PutUint32(out[head+8:], 0xB1B0AFBA-sum32(out))
	return out
}

// sum32 adds the 32-bit words of b, the last one padded with zeros.
func sum32(b []byte) uint32 {
	var sum uint32
	for ; len(b) >= 4; b = b[4:] {
		sum += u32(b, 0)
	}
	var rest [4]byte
	copy(rest[:], b)
	return sum + u32(rest[:], 0)
}

func u16(b []byte, at int) uint16 { return binary.BigEndian.Uint16(b[at:]) }
func u32(b []byte, at int) uint32 { return binary.BigEndian.Uint32(b[at:]) }

// missingLetter returns the error for a letter that no font has.
func missingLetter(r rune) error { return fmt.Errorf("no font here has the letter %q (%U)", r, r) }
