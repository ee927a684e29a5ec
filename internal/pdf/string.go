package pdf

import (
	"bytes"
	"encoding/binary"
	"unicode/utf16"
)

// space is the white space of ISO 32000-1, 7.2.2.
const space = "\x00\t\n\f\r "

// literal reads a literal string (ISO 32000-1, 7.3.4.2), after its opening parenthesis. rest begins behind
// the bytes read, so a file full of opening parentheses is read once. If the string has no end or is longer
// than limit, ok is false and text is the part that was read. Line breaks in the string do not change.
func literal(data []byte, limit int) (text, rest []byte, ok bool) {
	text = []byte{}
	depth, i := 1, 0
	for i < len(data) && len(text) <= limit {
		c := data[i]
		i++
		switch c {
		case '(':
			depth++
		case ')':
			depth--
			if depth == 0 {
				return text, data[i:], true
			}
		case '\\':
			decoded, n := escape(data[i:])
			text = append(text, decoded...)
			i += n
			continue
		}
		text = append(text, c)
	}
	return text, data[i:], false
}

// escape decodes the bytes after a backslash, and returns their number n.
func escape(data []byte) (decoded []byte, n int) {
	if len(data) == 0 {
		return nil, 0
	}
	switch c := data[0]; c {
	case 'n':
		return []byte("\n"), 1
	case 'r':
		return []byte("\r"), 1
	case 't':
		return []byte("\t"), 1
	case 'b':
		return []byte("\b"), 1
	case 'f':
		return []byte("\f"), 1
	case '\n':
		return nil, 1
	case '\r':
		if len(data) > 1 && data[1] == '\n' {
			return nil, 2
		}
		return nil, 1
	case '0', '1', '2', '3', '4', '5', '6', '7':
		value := byte(0)
		for n < min(3, len(data)) && '0' <= data[n] && data[n] <= '7' {
			value = value<<3 | (data[n] - '0') // drops the ninth bit of three octal digits
			n++
		}
		return []byte{value}, n
	default: // any other character stands for itself
		return data[:1], 1
	}
}

// hexadecimal reads a hexadecimal string (ISO 32000-1, 7.3.4.3), after its opening angle bracket. The results
// are those of literal. If the string contains another character than a digit, ok is false.
func hexadecimal(data []byte, limit int) (text, rest []byte, ok bool) {
	text = []byte{}
	digits := 0
	for i, c := range data {
		var value byte
		switch {
		case '0' <= c && c <= '9':
			value = c - '0'
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			value = (c | 0x20) - 'a' + 10
		case isSpace(c):
			continue
		case c == '>': // a missing last digit is zero
			return text, data[i+1:], true
		default: // a dictionary, or not a string
			return text, data[i:], false
		}
		if digits%2 == 0 {
			text = append(text, value<<4)
		} else {
			text[len(text)-1] |= value
		}
		digits++
		if len(text) > limit {
			return text, data[i+1:], false
		}
	}
	return text, nil, false
}

// Text decodes a text string (ISO 32000-1, 7.9.2.2). The string is in UTF-16 or UTF-8 if it has a byte order
// mark, and otherwise in PDFDocEncoding, of which Text knows the letters of Latin-1. If v is not a string,
// Text returns "".
func Text(v any) string {
	b, _ := v.([]byte)
	if rest, ok := bytes.CutPrefix(b, []byte{0xfe, 0xff}); ok {
		var units []uint16
		for ; len(rest) >= 2; rest = rest[2:] {
			units = append(units, binary.BigEndian.Uint16(rest))
		}
		return string(utf16.Decode(units))
	}
	if rest, ok := bytes.CutPrefix(b, []byte{0xef, 0xbb, 0xbf}); ok {
		return string(bytes.ToValidUTF8(rest, nil))
	}
	runes := make([]rune, len(b))
	for i, c := range b {
		runes[i] = rune(c)
	}
	return string(runes)
}

func isSpace(c byte) bool { return c <= ' ' && bytes.IndexByte([]byte(space), c) >= 0 }

func isRegular(c byte) bool { return !isSpace(c) && bytes.IndexByte([]byte("()<>[]{}/%"), c) < 0 }
