package qrpdf

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"
	"strconv"
	"time"
	"unicode/utf16"
	"unicode/utf8"
)

// pdfFile writes the objects of a PDF one after the other, numbered from 1 in that order, and
// records their offsets. After the first error it writes nothing more.
type pdfFile struct {
	w       io.Writer
	err     error
	size    int
	offsets []int
	digest  hash.Hash // of everything written
	buf     bytes.Buffer
}

// newPDFFile begins a file. The second line tells programs that look at the first bytes that this
// is not text.
func newPDFFile(w io.Writer) *pdfFile {
	f := &pdfFile{w: w, digest: sha256.New()}
	f.buf.WriteString("%PDF-1.7\n%\xE2\xE3\xCF\xD3\n")
	f.flush()
	return f
}

// flush writes the content of buf.
func (f *pdfFile) flush() {
	if f.err == nil {
		f.err = writeAll(f.w, f.buf.Bytes())
	}
	f.digest.Write(f.buf.Bytes())
	f.size += f.buf.Len()
	f.buf.Reset()
}

// object writes the next object. Its number must be the one that others refer to.
func (f *pdfFile) object(number int, format string, args ...any) {
	f.begin(number)
	fmt.Fprintf(&f.buf, format, args...)
	f.end()
}

// stream writes the next object as a stream, which it compresses. Keys are further entries of its
// dictionary, each followed by a space.
func (f *pdfFile) stream(number int, data []byte, keys string) {
	var packed bytes.Buffer
	packed.Grow(len(data) / 3)
	deflate(&packed, func(z io.Writer) { z.Write(data) })
	f.packed(number, packed.Bytes(), keys)
}

// packed writes the next object as a stream of data that is already compressed.
func (f *pdfFile) packed(number int, data []byte, keys string) {
	f.plain(number, data, keys+"/Filter /FlateDecode ")
}

// plain writes the next object as a stream of uncompressed data.
func (f *pdfFile) plain(number int, data []byte, keys string) {
	if bytes.Contains(data, []byte("/URI (")) && f.err == nil {
		f.err = errors.New("a stream holds the bytes by which readers find the link")
	}
	f.begin(number)
	fmt.Fprintf(&f.buf, "<< %s/Length %d >>\nstream\n", keys, len(data))
	f.buf.Write(data)
	f.buf.WriteString("\nendstream")
	f.end()
}

func (f *pdfFile) end() {
	f.buf.WriteString("\nendobj\n")
	f.flush()
}

func (f *pdfFile) begin(number int) {
	f.offsets = append(f.offsets, f.size)
	if number != len(f.offsets) && f.err == nil {
		f.err = fmt.Errorf("object %d written as number %d", number, len(f.offsets))
	}
	fmt.Fprintf(&f.buf, "%d 0 obj\n", number)
}

// close writes the cross-reference table and the trailer. The file's identifier depends on its
// content.
func (f *pdfFile) close(catalog, info int) error {
	start := f.size
	fmt.Fprintf(&f.buf, "xref\n0 %d\n0000000000 65535 f \n", len(f.offsets)+1)
	for _, offset := range f.offsets {
		fmt.Fprintf(&f.buf, "%010d 00000 n \n", offset)
	}
	id := f.digest.Sum(nil)[:16]
	fmt.Fprintf(&f.buf, "trailer\n<< /Size %d /Root %d 0 R /Info %d 0 R /ID [<%X> <%[4]X>] "+
		">>\nstartxref\n%d\n%%%%EOF\n", len(f.offsets)+1, catalog, info, id, start)
	f.flush()
	return f.err
}

// appendLiteral appends s, which contains no control characters, as a literal string.
func appendLiteral[T string | []byte](b []byte, s T) []byte {
	b = append(b, '(')
	for i := range len(s) {
		switch s[i] {
		case '(', ')', '\\':
			b = append(b, '\\')
		}
		b = append(b, s[i])
	}
	return append(b, ')')
}

// textString returns s for display to a person. It is a literal string if PDFDocEncoding encodes
// all its letters as Latin-1 does (ISO 32000-1, annex D) and the first letter, which could be
// mistaken for a byte order mark, is ASCII. Otherwise it is UTF-16.
func textString(s string) []byte {
	latin := make([]byte, 0, len(s))
	for i, r := range s {
		if r >= utf8.RuneSelf && (i == 0 || r <= 0xA0) || r > 0xFF {
			return wideString(s)
		}
		latin = append(latin, byte(r))
	}
	return appendLiteral(nil, latin)
}

func wideString(s string) []byte {
	units := append(make([]byte, 0, 2+2*len(s)), 0xFE, 0xFF)
	for _, unit := range utf16.Encode([]rune(s)) {
		units = binary.BigEndian.AppendUint16(units, unit)
	}
	return fmt.Appendf(nil, "<%X>", units)
}

// date returns t for the information dictionary.
func date(t time.Time) string { return t.UTC().Format("(D:20060102150405+00'00')") }

// appendRectangle appends the corners of a rectangle that is given from the upper left corner of
// the page.
func appendRectangle(b []byte, left, top, right, bottom float64) []byte {
	for i, v := range [...]float64{left, pageHeight - bottom, right, pageHeight - top} {
		if i > 0 {
			b = append(b, ' ')
		}
		b = appendNumber(b, v)
	}
	return b
}

// appendNumber appends v with at most four decimals.
func appendNumber(b []byte, v float64) []byte {
	b = strconv.AppendFloat(b, v, 'f', 4, 64)
	b = bytes.TrimRight(b, "0")
	return bytes.TrimSuffix(b, []byte("."))
}
