// Package goqrcode makes symbols for qrpdf with github.com/yeqown/go-qrcode/v2. It serves bodies
// that have standardised on that library, and as a second implementation in the tests. Everybody
// else should use [qrpdf.Encoder].
//
// Have your lawyer read this before you link it: go-qrcode v2.2.5 is under the MIT licence, but
// the only module that it requires, github.com/yeqown/reedsolomon v1.0.0, has no licence at all,
// neither a file nor a header. Nobody has been granted the right to copy it. The adapter is
// therefore a module of its own, so that no other part of Attesta requires either of them.
//
// The symbol is not for print. The mode is always byte, while qrpdf.Encoder writes the digits of a token in
// numeric mode. The symbol of a usual sheet is therefore larger: on the same paper its modules are smaller,
// and a camera has to come closer.
//
// Further properties of v2.2.5:
//
//   - The same text may give different symbols. Eight goroutines score the masks, and the first
//     of equal scores wins (1 text of 400, over 40 encodings of each). Each of the symbols is
//     correct, but a document with such a symbol is not reproducible, and a byte-by-byte
//     comparison fails from time to time.
//   - Its score ignores patterns that cross finder, timing and alignment patterns, so its mask is
//     not always the one of the standard. Readers do not mind.
//   - It takes 3.5 times as long as the library behind qrpdf.Encoder and allocates ten times as
//     much.
//   - With QRCODE_DEBUG=1 in the environment it writes the bits of the text to the standard
//     logger, and pictures of the symbol into a folder draft if there is one.
//   - In numeric mode it encodes a text that is not a number as nonsense, without an error. It
//     panics in alphanumeric mode for a lower-case letter, in its Japanese mode, and for a
//     version that is too small. It ignores a version above 40 and an unknown level. This package
//     reaches none of this: the mode is always byte, the level one of four, and the version the
//     smallest that holds the text.
//   - Its standard writer makes a JPEG, whatever the name of the file, with a quiet zone of two
//     modules although the standard requires four, and needs freetype of 2017 and
//     golang.org/x/image of 2023. This package does not use it: qrpdf writes the pictures.
package goqrcode

import (
	"errors"
	"fmt"

	"github.com/yeqown/go-qrcode/v2"

	"github.com/qr-invalidita/attesta/qrpdf"
)

// encoding is the library's name of a level, and the number of bytes that the level holds in
// version 40 (ISO/IEC 18004, table 7).
type encoding struct {
	level    qrcode.EncodeOption
	capacity int
}

func encodingOf(level qrpdf.Level) (encoding, bool) {
	switch level {
	case qrpdf.L:
		return encoding{qrcode.WithErrorCorrectionLevel(qrcode.ErrorCorrectionLow), 2953}, true
	case qrpdf.M:
		return encoding{qrcode.WithErrorCorrectionLevel(qrcode.ErrorCorrectionMedium), 2331}, true
	case qrpdf.Q:
		return encoding{qrcode.WithErrorCorrectionLevel(qrcode.ErrorCorrectionQuart), 1663}, true
	case qrpdf.H:
		return encoding{qrcode.WithErrorCorrectionLevel(qrcode.ErrorCorrectionHighest), 1273}, true
	}
	return encoding{}, false
}

// Encode returns the smallest symbol that holds text in byte mode at exactly this level, up to
// version 40. It has no cap of its own: a caller that prints should check the symbol's version,
// because above 18 the modules become small. It stores the bytes unchanged, without a
// character-set header.
//
// The error wraps qrpdf.ErrEmpty or qrpdf.ErrTooLong. Any other error means an unknown level or a
// fault of the library. A panic of the library becomes such an error, unless it comes from one of
// its own goroutines, where it cannot be recovered (none is known). Encode is safe for concurrent
// use.
func Encode(text string, level qrpdf.Level) (*qrpdf.Symbol, error) {
	e, ok := encodingOf(level)
	switch {
	case !ok:
		return nil, fmt.Errorf("unknown error correction level %d", int(level))
	case text == "":
		return nil, qrpdf.ErrEmpty
	case len(text) > e.capacity:
		return nil, fmt.Errorf("%w: %d bytes, level %v holds %d", qrpdf.ErrTooLong, len(text), level,
			e.capacity)
	}
	rows, err := bitmap(text, e.level, qrcode.WithEncodingMode(qrcode.EncModeByte))
	if err != nil {
		return nil, fmt.Errorf("encoding: %w", err)
	}
	s, err := qrpdf.NewSymbol(text, level, len(rows), func(x, y int) bool { return rows[y][x] })
	if err != nil {
		return nil, fmt.Errorf("encoding: %w", err)
	}
	return s, nil
}

// bitmap returns the rows of modules, true for dark, without a quiet zone. The error does not
// contain the value of a panic, because it may quote the text.
func bitmap(text string, options ...qrcode.EncodeOption) (rows [][]bool, err error) {
	defer func() {
		if recover() != nil {
			rows, err = nil, errors.New("go-qrcode panicked")
		}
	}()
	code, err := qrcode.NewWith(text, options...)
	if err != nil {
		return nil, err
	}
	var c collector
	if err := code.Save(&c); err != nil {
		return nil, err
	}
	return c.rows, nil
}

// collector is a writer for the library that keeps the modules unchanged.
type collector struct {
	rows [][]bool
}

func (c *collector) Write(m qrcode.Matrix) error {
	c.rows = m.Bitmap()
	return nil
}

func (*collector) Close() error { return nil }
