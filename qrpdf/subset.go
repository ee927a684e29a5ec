package qrpdf

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"sync"

	"github.com/qr-invalidita/attesta/internal/words"
)

// subset is the part of a font that a document embeds, ready to be written.
type subset struct {
	set     glyphSet
	name    string // with the six capitals that mark a subset
	length  int    // of the font file before it was compressed
	program []byte // the font file, compressed
	unicode []byte // the map from glyphs to Unicode, compressed
	widths  []byte // as an array
}

// standing holds, for each language of a Document, the parts of regular and bold that nearly
// every document embeds, compressed well and only once: the letters of its texts, the digits and,
// in regular, the letters of names and addresses.
var standing = func() map[string]func() *[2]subset {
	all := map[string]func() *[2]subset{}
	for i, lang := range words.Languages() {
		all[lang] = sync.OnceValue(func() *[2]subset { return standingFor(catalogue()[i]) })
		all["it+"+lang] = sync.OnceValue(func() *[2]subset {
			return standingFor(catalogue()[0], catalogue()[i])
		})
	}
	return all
}()

func standingFor(languages ...*wording) *[2]subset {
	const names = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz &'()+,-./:;?=@_#"
	var parts [2]subset
	for i, letters := range [...]func(*wording, func(string)){regular: (*wording).each,
		bold: (*wording).eachBold} {
		f := &fonts()[i]
		set := make(glyphSet, len(f.outlines))
		add := func(text string) {
			for _, r := range text {
				set[f.glyph(r)] = true
			}
		}
		add("0123456789")
		if face(i) == regular {
			add(names)
		}
		for _, w := range languages {
			letters(w, add)
		}
		parts[i] = f.subset(set, best)
	}
	return &parts
}

// embedding returns the part of a face that a document in a language embeds if it uses the glyphs
// in the set.
func embedding(f face, set glyphSet, lang string) subset {
	if f < supplement {
		if part := standing[lang]()[f]; part.set.covers(set) {
			return part
		}
	}
	return fonts()[f].subset(set, quick)
}

func (s glyphSet) covers(other glyphSet) bool {
	for g := range other {
		if other[g] && !s[g] {
			return false
		}
	}
	return true
}

func (f *font) subset(set glyphSet, level int) subset {
	program := f.program(set)
	digest := sha256.Sum256(program)
	tag := make([]byte, 6)
	for i := range tag {
		tag[i] = 'A' + digest[i]%26
	}
	return subset{
		set: set, name: string(tag) + "+" + f.name, length: len(program),
		program: deflated(program, level), unicode: deflated(f.unicode(set), level), widths: f.widths(set),
	}
}

// widths returns the array of advances of the glyphs in the set.
func (f *font) widths(set glyphSet) []byte {
	b := []byte{'['}
	for g := range set {
		if !set[g] {
			continue
		}
		if g == 0 || !set[g-1] {
			b = fmt.Appendf(b, "%d [", g)
		}
		b = fmt.Appendf(b, "%d", f.width(uint16(g)))
		if g+1 == len(set) || !set[g+1] {
			b = append(b, "] "...)
		} else {
			b = append(b, ' ')
		}
	}
	return append(bytes.TrimRight(b, " "), ']')
}

// unicode returns the character map with which a program finds the letters of the glyphs in the
// set.
func (f *font) unicode(set glyphSet) []byte {
	const most = 100 // entries in a block (Adobe technical note 5014)
	var entries [][]byte
	for r, g := range f.letters {
		if g != 0 && set[g] {
			entries = append(entries, fmt.Appendf(nil, "<%04X> <%04X>\n", g, r))
		}
	}
	b := []byte("/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n" +
		"/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n/CMapName " +
		"/Adobe-Identity-UCS def\n" +
		"/CMapType 2 def\n1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n")
	for len(entries) > 0 {
		n := min(len(entries), most)
		b = fmt.Appendf(b, "%d beginbfchar\n", n)
		for _, e := range entries[:n] {
			b = append(b, e...)
		}
		b = append(b, "endbfchar\n"...)
		entries = entries[n:]
	}
	return append(b, "endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n"...)
}

// writeFont writes the five objects of an embedded font. Pages refer to the first one.
func writeFont(f *pdfFile, first int, from *font, part *subset) {
	box := from.tables["head"][36:]
	var bounds [4]int
	for i := range bounds {
		bounds[i] = from.thousandths(int(int16(u16(box, 2*i))))
	}
	ascent := from.thousandths(int(int16(u16(from.tables["hhea"], 4))))
	descent := from.thousandths(int(int16(u16(from.tables["hhea"], 6))))
	capital := from.thousandths(int(u16(from.tables["OS/2"], 88)))

	f.object(first, "<< /Type /Font /Subtype /Type0 /BaseFont /%s /Encoding /Identity-H /DescendantFonts "+
		"[%d 0 R] /ToUnicode %d 0 R >>", part.name, first+1, first+4)
	f.object(first+1, "<< /Type /Font /Subtype /CIDFontType2 /BaseFont /%s /CIDToGIDMap /Identity /DW 0\n"+
		"/CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> /FontDescriptor %d 0 "+
		"R\n/W %s >>",
		part.name, first+2, part.widths)
	f.object(first+2, "<< /Type /FontDescriptor /FontName /%s /Flags 4 /FontBBox %d /ItalicAngle 0 /Ascent "+
		"%d /Descent %d\n"+
		"/CapHeight %d /StemV %d /FontFile2 %d 0 R >>",
		part.name, bounds, ascent, descent, capital, from.stem, first+3)
	f.packed(first+3, part.program, fmt.Sprintf("/Length1 %d ", part.length))
	f.packed(first+4, part.unicode, "")
}
