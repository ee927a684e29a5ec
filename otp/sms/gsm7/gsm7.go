// Package gsm7 counts, transliterates and encodes the text of an SMS.
//
// A text in the GSM 7-bit default alphabet (3GPP TS 23.038, section 6.2.1, with the extension
// table of 6.2.1.1) holds 160 characters in one part. A single character outside it makes the
// phone network use UCS-2, and one part holds 70. Of the Italian letters the alphabet has à è
// é ì ò ù É, but not the other accented capitals; it has no curly apostrophe either.
//
// The package does not use national language shift tables (23.038 annex A), because networks
// and phones support them unevenly.
package gsm7

import (
	"unicode/utf16"
	"unicode/utf8"
)

// alphabet is the alphabet in the order of its codes; 0x1B, the escape, is \x1b.
const alphabet = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?" +
	"¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"

const escape = 0x1b

// septet returns the code of r and whether it is in the extension table, where it takes two
// septets.
func septet(r rune) (code byte, extended, ok bool) {
	switch r {
	case '\f':
		return 0x0a, true, true
	case '^':
		return 0x14, true, true
	case '{':
		return 0x28, true, true
	case '}':
		return 0x29, true, true
	case '\\':
		return 0x2f, true, true
	case '[':
		return 0x3c, true, true
	case '~':
		return 0x3d, true, true
	case ']':
		return 0x3e, true, true
	case '|':
		return 0x40, true, true
	case '€':
		return 0x65, true, true
	}
	// This covers most of a text: letters and digits have their ASCII codes.
	if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == ' ' {
		return byte(r), false, true
	}
	if r == escape || r == utf8.RuneError {
		return 0, false, false
	}
	for _, a := range alphabet {
		if a == r {
			return code, false, true
		}
		code++
	}
	return 0, false, false
}

// Units returns the length of s in septets and whether s is in the alphabet. If it is not, the
// length is 0.
func Units(s string) (int, bool) {
	n := 0
	for _, r := range s {
		_, extended, ok := septet(r)
		if !ok {
			return 0, false
		}
		n++
		if extended {
			n++
		}
	}
	return n, true
}

// Encode returns s with one septet in a byte (unpacked, as SMPP sends it under data_coding 0)
// and whether s is in the alphabet. If it is not, Encode returns no bytes.
func Encode(s string) ([]byte, bool) {
	out := make([]byte, 0, len(s))
	for _, r := range s {
		code, extended, ok := septet(r)
		if !ok {
			return nil, false
		}
		if extended {
			out = append(out, escape)
		}
		out = append(out, code)
	}
	return out, true
}

// Parts describes how the network splits a text.
type Parts struct {
	// GSM7 reports that the text is in the alphabet; otherwise it is sent as UCS-2.
	GSM7 bool
	// Units is the length in septets or in UTF-16 code units.
	Units int
	// Count is the number of parts; 0 for an empty text.
	Count int
}

// Count returns the parts of s. One part holds 160 septets or 70 code units. Each of several
// parts holds 153 or 67; a header that joins them takes the rest. A character of two units is
// not split between parts.
func Count(s string) Parts {
	n, ok := Units(s)
	if ok {
		return Parts{true, n, parts(s, n, 160, 153, func(r rune) int {
			if _, extended, _ := septet(r); extended {
				return 2
			}
			return 1
		})}
	}
	n = 0
	for _, r := range s {
		n += width(r)
	}
	return Parts{false, n, parts(s, n, 70, 67, width)}
}

func width(r rune) int { return max(utf16.RuneLen(r), 1) }

func parts(s string, units, single, each int, width func(rune) int) int {
	if units <= single {
		return min(units, 1)
	}
	count, room := 1, each
	for _, r := range s {
		w := width(r)
		if w > room {
			count, room = count+1, each
		}
		room -= w
	}
	return count
}
