package pdf

import (
	"bytes"
	"encoding/binary"
	"unicode/utf16"
)

// space is the white space of ISO 32000-1, 7.2.2.
const space = "\x00\t\n\f\r "

// literal reads a string of ISO 32000-1, 7.3.4.2, whose opening parenthesis is already read. rest is what
// follows the bytes read, so that a file full of opening parentheses is gone through once. If the string has
// no end or is longer than limit, ok is false and text is what was read. A line break in the string is left
// as it is.
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

// escape reads what follows a backslash: what it means, and how many bytes it takes.
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
			value = value<<3 | (data[n] - '0') // a high bit too many is dropped
			n++
		}
		return []byte{value}, n
	default: // a parenthesis, the backslash or any other character means itself
		return data[:1], 1
	}
}

// hexadecimal reads a string of ISO 32000-1, 7.3.4.3, whose opening angle bracket is already read; the
// results are as for literal. A character that does not belong there ends the string too, and ok is false.
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
		case c == '>': // a digit left out at the end is a zero
			return text, data[i+1:], true
		default: // a dictionary, or no string at all
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

// Text decodes a text string (ISO 32000-1, 7.9.2.2): UTF-16 or UTF-8 by its mark, else the letters of
// Latin-1, which PDFDocEncoding has too. It is empty if v is no string.
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
