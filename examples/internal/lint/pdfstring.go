package lint

import (
	"bytes"
	"encoding/binary"
	"unicode/utf16"
)

// maxString bounds what is kept of a string.
const maxString = 8 << 10

// literal reads a string whose opening parenthesis is read (ISO 32000-1, 7.3.4.2).
func (p *parser) literal() []byte {
	out := []byte{}
	for depth := 1; p.pos < len(p.data); {
		c := p.data[p.pos]
		p.pos++
		switch c {
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return out
			}
		case '\\':
			var keep bool
			if c, keep = p.escape(); !keep {
				continue
			}
		}
		if len(out) < maxString {
			out = append(out, c)
		}
	}
	return out
}

// escape reads what follows a backslash. Nothing is kept of a line that goes on.
func (p *parser) escape() (c byte, keep bool) {
	if p.pos >= len(p.data) {
		return 0, false
	}
	c = p.data[p.pos]
	p.pos++
	if i := bytes.IndexByte([]byte("nrtbf"), c); i >= 0 {
		return "\n\r\t\b\f"[i], true
	}
	if c == '\r' && p.pos < len(p.data) && p.data[p.pos] == '\n' {
		p.pos++
	}
	if c == '\r' || c == '\n' {
		return 0, false
	}
	if c < '0' || c > '7' {
		return c, true
	}
	value := c - '0'
	for i := 0; i < 2 && p.pos < len(p.data) && '0' <= p.data[p.pos] && p.data[p.pos] <= '7'; i++ {
		value = value<<3 | (p.data[p.pos] - '0')
		p.pos++
	}
	return value, true
}

// hexadecimal reads a string whose opening angle bracket is read; a digit left out at the end is a zero.
func (p *parser) hexadecimal() []byte {
	out, digits := []byte{}, 0
	for p.pos < len(p.data) {
		c := p.data[p.pos]
		p.pos++
		if c == '>' {
			break
		}
		var v byte
		switch {
		case '0' <= c && c <= '9':
			v = c - '0'
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			v = c | 0x20 - 'a' + 10
		default:
			continue
		}
		if digits%2 == 0 {
			if len(out) == maxString {
				continue
			}
			out = append(out, v<<4)
		} else {
			out[len(out)-1] |= v
		}
		digits++
	}
	return out
}

// text decodes a text string: UTF-16 or UTF-8 by its mark, else the letters of Latin-1, which PDFDocEncoding has, too.
func text(v any) string {
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
