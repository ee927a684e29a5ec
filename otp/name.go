package otp

import (
	"strings"
	"unicode"

	"github.com/qr-invalidita/attesta/otp/sms/gsm7"
)

// nameAllowed reports whether s is allowed as a name in a message. A link or a number in a
// name would turn the body's own SMS into phishing.
func nameAllowed(s string, declared bool, longest int) bool {
	if s != strings.TrimSpace(s) || strings.Contains(s, "  ") || linkLike(s) || len(s) > 4*longest {
		return false
	}
	letters := 0
	for _, r := range s {
		switch {
		case unicode.IsLetter(r):
			letters++
		case r == ' ', r == '.', r == '\'', r == '-', r == '’':
		case r >= '0' && r <= '9' && !declared:
		default:
			return false
		}
	}
	t := gsm7.Transliterate(s)
	units, ok := gsm7.Units(t)
	// Letters that GSM-7 cannot carry would force the message into UCS-2.
	return ok && letters >= 2 && units <= longest && !linkLike(t)
}

// linkLike reports whether a phone may show a part of s as a link. That is a scheme, an at
// sign, or a dot (or a character transliterated to one) with two letters or digits behind it
// and no space between.
func linkLike(s string) bool {
	if strings.ContainsAny(s, "@/\\:#") {
		return true
	}
	run, dot := 0, false
	for _, r := range s {
		switch {
		case r == '.' || r == '。' || r == '．':
			run, dot = 0, true
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			if run++; dot && run >= 2 {
				return true
			}
		default:
			run, dot = 0, false
		}
	}
	return strings.Contains(strings.ToLower(s), "www")
}
