package qrpdf

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
)

const (
	defaultScale = 8

	// maxScale is above the 24 pixels of a module of 0.5 mm at 1,200 dpi, and keeps the largest
	// symbol below 40 million pixels.
	maxScale = 32
)

// PNG writes symbols as PNG pictures with two colours and one bit per pixel. The zero value draws
// a module 8 pixels wide and writes no title. The picture states that a module is 0.5 mm wide, so
// that it stays readable if a program prints it at its stated size.
type PNG struct {
	// Scale is the side of a module in pixels, 1 to 32; zero means 8.
	Scale int

	// Title is the picture's name and Desc its description, at most 1,000 bytes each. They are
	// stored in the file as its Title and Description, for programs that show the picture. Empty
	// ones are left out.
	Title, Desc string

	// Lang is the language of both, such as "it"; if it is empty, the file does not state a
	// language.
	Lang string
}

// Write writes s with its quiet zone to w, in one call of w.Write. It fails if Title or Desc has
// control characters.
func (p PNG) Write(w io.Writer, s *Symbol) error {
	scale := p.Scale
	if scale == 0 {
		scale = defaultScale
	}
	if scale < 1 || scale > maxScale {
		return fmt.Errorf("scale %d is not between 1 and %d", p.Scale, maxScale)
	}
	if s.empty() {
		return errNoSymbol
	}
	if p.Lang != "" && !isLanguageTag(p.Lang) {
		return fmt.Errorf("%q is not a language tag", p.Lang)
	}
	texts := [...]struct{ name, keyword, text string }{{"title", "Title", p.Title},
		{"desc", "Description", p.Desc}}
	for _, t := range texts {
		if err := checkDescription(t.name, t.text); err != nil {
			return err
		}
	}
	side := uint32((s.Size() + 2*quietZone) * scale)
	density := uint32(float64(scale) * 1000 / defaultModule) // pixels per metre

	out := bytes.NewBuffer(make([]byte, 0, 8<<10))
	out.WriteString("\x89PNG\r\n\x1a\n")
	chunk(out, "IHDR", func() { // one bit per pixel, an index into the palette; not interlaced
		bigEndian(out, side)
		bigEndian(out, side)
		out.WriteString("\x01\x03\x00\x00\x00")
	})
	chunk(out, "PLTE", func() { out.WriteString("\xff\xff\xff\x00\x00\x00") })
	chunk(out, "pHYs", func() {
		bigEndian(out, density)
		bigEndian(out, density)
		out.WriteByte(1)
	})
	for _, t := range texts {
		if t.text != "" {
			chunk(out, "iTXt", func() {
				out.WriteString(t.keyword + "\x00\x00\x00" + p.Lang + "\x00\x00" +
					t.text)
			})
		}
	}
	chunk(out, "IDAT", func() { deflate(out, quick, func(z io.Writer) { drawRows(z, s, scale) }) })
	chunk(out, "IEND", func() {})
	return writeAll(w, out.Bytes())
}

// drawRows writes the rows of pixels, index 1 for dark, each after the filter byte 0. All rows of
// a module have the same bytes.
func drawRows(w io.Writer, s *Symbol, scale int) {
	row := make([]byte, 1+((s.Size()+2*quietZone)*scale+7)/8)
	for y := -quietZone; y < s.Size()+quietZone; y++ {
		clear(row)
		for x := range s.Size() {
			if !s.Dark(x, y) {
				continue
			}
			from := (x + quietZone) * scale
			for i := from; i < from+scale; i++ {
				row[1+i/8] |= 0x80 >> (i % 8)
			}
		}
		for range scale {
			w.Write(row)
		}
	}
}

// chunk appends the output of body to out as one PNG chunk.
func chunk(out *bytes.Buffer, kind string, body func()) {
	start := out.Len()
	out.WriteString("\x00\x00\x00\x00" + kind)
	body()
	whole := out.Bytes()[start:]
	binary.BigEndian.PutUint32(whole, uint32(len(whole)-8))
	bigEndian(out, crc32.ChecksumIEEE(whole[4:]))
}

func bigEndian(out *bytes.Buffer, v uint32) {
	out.Write(binary.BigEndian.AppendUint32(out.AvailableBuffer(), v))
}
