// Package qrpdf turns a text into a QR symbol, and the symbol into a PNG, an SVG or a sheet of
// paper: a PDF for people who see or hear it. It also writes what the sheet says as text and in Braille.
//
// An [Encoder] makes a [Symbol] from a text; [PNG], [SVG] and [Document] each write a Symbol to
// an [io.Writer], and [Text] and [Braille] what a Document with it says. [NewSymbol] accepts a symbol
// from another encoder. A [DeskCard] tells the desks that check which page is right. All of them are
// plain values that may be copied and used by several goroutines at once.
//
// Every picture is black on white with the quiet zone of four modules that the standard requires.
// The same input gives the same bytes, because the package reads neither a clock nor a source of
// randomness. The bytes may differ between releases of this package or of klauspost/compress; the
// picture and the text in it do not.
//
// The package keeps in memory what the documents of an issuer share: logos and compressed parts of
// pages, made from at most 4 MiB each. No output depends on it.
//
// A program can read the text from a [Document] without rasterising it: see there. The texts of a
// Document describe how Attesta uses the symbol; a [Wording] replaces them. The package itself knows
// only a string and a page: it does not check that an address exists or that a token is valid.
package qrpdf

import (
	"errors"
	"fmt"
	"io"
)

var (
	// ErrEmpty means that there is no text to encode.
	ErrEmpty = errors.New("no text")

	// ErrTooLong means that the text does not fit. The error that wraps it contains the number of
	// bytes and the cap, never the text.
	ErrTooLong = errors.New("text too long for the symbol")

	// ErrNotURL means that the text of the symbol is not an address to which a Document can link.
	ErrNotURL = errors.New("text is not an http or https address")
)

var errNoSymbol = errors.New("no symbol")

// quietZone is the light border around a symbol, in modules (ISO/IEC 18004, 6.3.8).
const quietZone = 4

// Level is the error correction level of a symbol. The zero value is M, the level of everything
// that Attesta prints. The others are for tests and for symbols from other encoders.
type Level int

// The levels, numbered as in a symbol's format information (ISO/IEC 18004, table 12), with the
// share of damaged codewords that a symbol can recover from.
const (
	M Level = iota // 15 %
	L              // 7 %
	H              // 30 %
	Q              // 25 %
)

// String returns the letter of the level.
func (l Level) String() string {
	if !l.valid() {
		return fmt.Sprintf("Level(%d)", int(l))
	}
	return "MLHQ"[l : l+1]
}

func (l Level) valid() bool { return M <= l && l <= Q }

// writeAll writes b to w in one call and turns a short write into an error.
func writeAll(w io.Writer, b []byte) error {
	n, err := w.Write(b)
	if err == nil && n < len(b) {
		err = io.ErrShortWrite
	}
	return err
}
