// Package gsm7 counts, transliterates and encodes the text of an SMS.
//
// A text in the GSM 7-bit default alphabet (3GPP TS 23.038, section 6.2.1, with
// the extension table of 6.2.1.1) holds 160 characters in one part; a single
// character outside it makes the phone network use UCS-2, and one part holds 70.
// Of the Italian letters à è é ì ò ù É are inside; the other capitals with an
// accent and the curly apostrophe are not.
//
// National language shift tables (23.038 annex A) are not used: networks and
// phones support them unevenly.
package gsm7

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// The alphabet in the order of its codes; 0x1B, the escape, stands as \x1b.
const alphabet = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"

const escape = 0x1b

// septet returns the code of r, and whether it lies in the extension table, where
// it takes two septets.
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
	// Most of a text: letters and digits have their ASCII codes.
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

// Units returns the length of s in septets and whether s is in the alphabet. If it
// is not, the length is 0.
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

// Encode returns s with one septet per byte (unpacked, as SMPP sends it under
// data_coding 0), and whether s is in the alphabet. If it is not, nothing is
// returned.
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

// Decode is the reverse of [Encode]. An escape before a code that the extension
// table does not have shows as a space and the code's own character, as 23.038
// asks of phones. Bytes above 0x7F and an escape at the end are refused.
func Decode(septets []byte) (string, bool) {
	runes := []rune(alphabet)
	var b strings.Builder
	for i := 0; i < len(septets); i++ {
		c := septets[i]
		if c > 0x7f {
			return "", false
		}
		if c != escape {
			b.WriteRune(runes[c])
			continue
		}
		if i++; i == len(septets) || septets[i] > 0x7f || septets[i] == escape {
			return "", false
		}
		if r, ok := extension(septets[i]); ok {
			b.WriteRune(r)
		} else {
			b.WriteRune(' ')
			b.WriteRune(runes[septets[i]])
		}
	}
	return b.String(), true
}

func extension(code byte) (rune, bool) {
	for _, r := range "\f^{}\\[~]|€" {
		if c, _, _ := septet(r); c == code {
			return r, true
		}
	}
	return 0, false
}

// Parts is how a text goes over the air.
type Parts struct {
	// GSM7: the text is in the alphabet; otherwise it goes as UCS-2.
	GSM7 bool
	// Units is the length: septets, or UTF-16 code units.
	Units int
	// Count is the number of parts; 0 for an empty text.
	Count int
}

// Count returns how s goes over the air: one part holds 160 septets or 70 code
// units; each of several 153 or 67, the rest being the header that joins them. A
// character of two units is not split between parts.
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
