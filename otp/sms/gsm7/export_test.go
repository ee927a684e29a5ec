package gsm7

import "strings"

// Decode is the reverse of [Encode]. If the extension table has no entry for an escaped code,
// Decode returns a space and the code's own character, as 23.038 requires of phones. It
// refuses bytes above 0x7F and an escape at the end.
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
