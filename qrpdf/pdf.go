package qrpdf

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"
	"math"
	"strconv"
	"sync"
	"time"
	"unicode/utf16"
	"unicode/utf8"
)

// pdfFile writes the objects of a PDF one after the other, numbered from 1 in that order, and
// records their offsets. After the first error it writes nothing more.
type pdfFile struct {
	w       io.Writer
	err     error
	written int // without buf
	offsets []int
	digest  hash.Hash // of everything written
	buf     bytes.Buffer
	stored  bytes.Buffer // a stream
}

// pdfFiles keeps the memory of closed files for later ones.
var pdfFiles = sync.Pool{New: func() any { return &pdfFile{digest: sha256.New()} }}

// newPDFFile begins a file. The second line tells programs that look at the first bytes that this
// is not text.
func newPDFFile(w io.Writer) *pdfFile {
	f := pdfFiles.Get().(*pdfFile)
	f.w, f.err, f.written, f.offsets = w, nil, 0, f.offsets[:0]
	f.digest.Reset()
	f.buf.Reset()
	f.buf.WriteString("%PDF-1.7\n%\xE2\xE3\xCF\xD3\n")
	return f
}

// flush writes the content of buf.
func (f *pdfFile) flush() {
	if f.err == nil {
		f.err = writeAll(f.w, f.buf.Bytes())
	}
	f.digest.Write(f.buf.Bytes())
	f.written += f.buf.Len()
	f.buf.Reset()
}

// size is the length of the file so far.
func (f *pdfFile) size() int { return f.written + f.buf.Len() }

// object writes the next object. Its number must be the one that others refer to.
func (f *pdfFile) object(number int, format string, args ...any) {
	f.begin(number)
	fmt.Fprintf(&f.buf, format, args...)
	f.end()
}

// stream writes the next object as a stream, which it compresses. Keys are further entries of its
// dictionary, each followed by a space.
func (f *pdfFile) stream(number int, data []byte, keys string) {
	f.stored.Reset()
	deflate(&f.stored, quick, func(z io.Writer) { z.Write(data) })
	f.packed(number, f.stored.Bytes(), keys)
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

func (f *pdfFile) begin(number int) {
	f.offsets = append(f.offsets, f.size())
	if number != len(f.offsets) && f.err == nil {
		f.err = fmt.Errorf("object %d written as number %d", number, len(f.offsets))
	}
	f.buf.Write(append(appendInt(f.buf.AvailableBuffer(), number), " 0 obj\n"...))
}

func (f *pdfFile) end() {
	const piece = 4 << 10 // to be written at a time
	f.buf.WriteString("\nendobj\n")
	if f.buf.Len() >= piece {
		f.flush()
	}
}

// close writes the cross-reference table and the trailer. The file's identifier depends on its
// content. f must not be used after it.
func (f *pdfFile) close(catalog, info int) error {
	start := f.size()
	f.flush()
	id := f.digest.Sum(nil)[:16]
	fmt.Fprintf(&f.buf, "xref\n0 %d\n0000000000 65535 f \n", len(f.offsets)+1)
	for _, offset := range f.offsets {
		const zeros = "0000000000"
		b := append(f.buf.AvailableBuffer(), zeros...)
		b = appendInt(b, offset)
		f.buf.Write(b[len(b)-len(zeros):])
		f.buf.WriteString(" 00000 n \n")
	}
	fmt.Fprintf(&f.buf, "trailer\n<< /Size %d /Root %d 0 R /Info %d 0 R /ID [<%X> <%[4]X>] "+
		">>\nstartxref\n%d\n%%%%EOF\n", len(f.offsets)+1, catalog, info, id, start)
	f.flush()
	err := f.err
	f.w = nil
	pdfFiles.Put(f)
	return err
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

// appendReference appends a reference to an object.
func appendReference(b []byte, number int) []byte { return append(appendInt(b, number), " 0 R"...) }

func appendInt(b []byte, v int) []byte { return strconv.AppendInt(b, int64(v), 10) }

// appendNumber appends v with at most four decimals.
func appendNumber(b []byte, v float64) []byte {
	const one = 10_000
	n := int(math.Round(v * one))
	if n < 0 {
		b, n = append(b, '-'), -n
	}
	b = appendInt(b, n/one)
	if n %= one; n == 0 {
		return b
	}
	b = appendInt(b, one+n) // the 1 in front keeps the zeros after the point
	b[len(b)-5] = '.'
	return bytes.TrimRight(b, "0")
}
