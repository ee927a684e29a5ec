package qrpdf

import (
	"fmt"
	"strings"

	qr "github.com/piglig/go-qr"
)

const (
	// defaultMaxVersion is the default cap of an Encoder: 560 bytes at level M, 89 modules.
	defaultMaxVersion = 18

	// highestMaxVersion is the largest cap that an Encoder accepts: 779 bytes at level M, 105
	// modules.
	highestMaxVersion = 22
)

// capacity is the number of bytes that fit in byte mode, by level and version minus one (ISO/IEC
// 18004, table 7).
var capacity = [...][highestMaxVersion]int{
	M: {14, 26, 42, 62, 84, 106, 122, 152, 180, 213, 251, 287, 331, 362, 412, 450, 504, 560, 624, 666,
		711, 779},
	L: {17, 32, 53, 78, 106, 134, 154, 192, 230, 271, 321, 367, 425, 458, 520, 586, 644, 718, 792, 858,
		929, 1003},
	H: {7, 14, 24, 34, 44, 58, 64, 84, 98, 119, 137, 155, 177, 194, 220, 250, 280, 310, 338, 382, 403, 439},
	Q: {11, 20, 32, 46, 60, 74, 86, 108, 130, 151, 177, 203, 241, 258, 292, 322, 364, 394, 442, 482,
		509, 565},
}

// eccLevel translates a Level for piglig/go-qr.
var eccLevel = [...]qr.Ecc{M: qr.Medium, L: qr.Low, H: qr.High, Q: qr.Quartile}

// Encoder makes symbols. The zero value encodes at level M up to version 18, which is 560 bytes.
type Encoder struct {
	// Level is exact: the encoder does not raise it, even if a higher one would fit too.
	Level Level

	// MaxVersion is the largest version that Encode makes, 1 to 22; zero means 18. A larger
	// symbol has smaller modules on the same paper, so a worn copy becomes unreadable sooner.
	MaxVersion int
}

// Encode returns the smallest symbol that holds text at e's level. The digits of an address's fragment, as
// in https://qr.example.it/q#123456789, are set in numeric mode, in which three digits take ten bits;
// everything else is set in byte mode. It stores the bytes unchanged, valid UTF-8 or not, and without a
// character-set header: every reader returns ASCII unchanged, but some readers guess other letters wrongly.
//
// The error is or wraps ErrEmpty or ErrTooLong. Any other error means that e itself is out of
// range.
func (e Encoder) Encode(text string) (*Symbol, error) {
	limit := e.MaxVersion
	if limit == 0 {
		limit = defaultMaxVersion
	}
	switch {
	case limit < 1 || limit > highestMaxVersion:
		return nil, fmt.Errorf("maximal version %d is not between 1 and %d", e.MaxVersion, highestMaxVersion)
	case !e.Level.valid():
		return nil, fmt.Errorf("unknown error correction level %d", int(e.Level))
	case text == "":
		return nil, ErrEmpty
	}
	plain, digits := splitDigits(text)
	// Checked here too, because the encoder copies a text bit by bit before it finds it too long.
	most := capacity[e.Level][limit-1]
	switch {
	case digits == "" && len(text) > most:
		return nil, fmt.Errorf("%w: %d bytes, version %d at level %v holds %d", ErrTooLong, len(text), limit,
			e.Level, most)
	case digits != "" && bitLength(len(plain), len(digits), limit) > bitLength(most, 0, limit):
		return nil, fmt.Errorf("%w: %d bytes and %d digits are more than version %d at level %v holds",
			ErrTooLong, len(plain), len(digits), limit, e.Level)
	}

	segment, err := qr.MakeBytes([]byte(plain))
	if err != nil {
		return nil, fmt.Errorf("encoding: %w", err)
	}
	segments := []*qr.QrSegment{segment}
	if digits != "" {
		number, err := qr.MakeNumeric(digits)
		if err != nil {
			return nil, fmt.Errorf("encoding: %w", err)
		}
		segments = append(segments, number)
	}
	g, err := encodeSegments(segments, e.Level, limit)
	if err != nil {
		return nil, fmt.Errorf("encoding: %w", err)
	}
	return newSymbol(text, e.Level, g.size(), g.dark), nil
}

// leastDigits is the least number of digits of which a segment of their own is shorter in every version.
const leastDigits = 8

// splitDigits takes the digits of a fragment off the address, if there is nothing else behind the first "#".
func splitDigits(text string) (plain, digits string) {
	i := strings.IndexByte(text, '#') + 1
	if i == 0 || len(text)-i < leastDigits || strings.Trim(text[i:], "0123456789") != "" {
		return text, ""
	}
	return text[:i], text[i:]
}

// bitLength returns the length of the segments in a version: mode, count and data (ISO/IEC 18004, 7.4.3 and
// 7.4.5). Bytes alone are counted to the end of the last byte.
func bitLength(plain, digits, version int) int {
	count, number := 8, 10
	if version > 9 {
		count, number = 16, 12
	}
	n := 4 + count + 8*plain
	if digits == 0 {
		return n + 4 // up to the end of the byte
	}
	return n + 4 + number + digits/3*10 + [...]int{0, 4, 7}[digits%3]
}
