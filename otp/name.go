package otp

import (
	"errors"
	"fmt"
	"strings"
	"unicode"

	"github.com/qr-invalidita/attesta/otp/sms/gsm7"
)

// declaredDigits is the most digits of a name that an operator typed: enough for "ASL Roma 1",
// too few for a telephone number.
const declaredDigits = 3

// defaultName is the maximum length of an organisation's name in characters of GSM-7, if
// [Config.OrganisationMax] is 0.
const defaultName = 24

// OrganisationAllowed reports whether s can be [Terms.Organisation] of a verified organisation, if
// [Config.OrganisationMax] is 0. A register checks its names with it.
func OrganisationAllowed(s string) bool { return checkName(s, false, defaultName) == nil }

// inMessage returns a name as a message shows it before transliteration. A slash, as between the
// names of a body in two languages, becomes a hyphen, because phones show a link where one is.
func inMessage(name string) string { return strings.ReplaceAll(name, "/", "-") }

// checkName returns an error that says why s is not allowed as a name in a message, or nil. A
// link or a number in a name would turn the body's own SMS into phishing. The error quotes at
// most one character of the name.
func checkName(s string, declared bool, longest int) error {
	s = inMessage(s)
	// GSM-7 needs at least one unit for a letter, which has at most four bytes.
	if len(s) > 4*longest {
		return fmt.Errorf("has %d bytes, and at most %d characters are allowed", len(s), longest)
	}
	if s != strings.TrimSpace(s) || strings.Contains(s, "  ") {
		return errors.New("has a space at an end or two spaces in a row")
	}
	letters, digits := 0, 0
	for _, r := range s {
		switch {
		case unicode.IsLetter(r):
			letters++
		case r >= '0' && r <= '9':
			digits++
		case r == ' ', r == '.', r == '\'', r == '-', r == '’':
		default:
			return fmt.Errorf("has the character %q; allowed are letters, digits, spaces and . ' - /", r)
		}
	}
	t := gsm7.Transliterate(s)
	units, ok := gsm7.Units(t)
	switch {
	case letters < 2:
		return errors.New("has fewer than two letters")
	case declared && digits > declaredDigits:
		return fmt.Errorf("has %d digits, and at most %d are allowed", digits, declaredDigits)
	case linkLike(s), linkLike(t):
		return errors.New("looks like a link")
	case !ok:
		// Letters that GSM-7 cannot carry would force the message into UCS-2.
		return errors.New("has a letter outside GSM-7 without a replacement")
	case units > longest:
		return fmt.Errorf("has %d characters in GSM-7, and at most %d are allowed", units, longest)
	}
	return nil
}

// linkLike reports whether a phone may show a part of s as a link. That is a scheme (a colon
// with no space behind it), an at sign, or a dot (or a character transliterated to one) with two
// letters or digits behind it and no space between.
func linkLike(s string) bool {
	if strings.ContainsAny(s, "@/\\#") || strings.Contains(strings.ReplaceAll(s, ": ", " "), ":") {
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
