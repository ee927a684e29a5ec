// Package codicefiscale reads and checks the codice fiscale, the code that identifies a person in
// Italy, and keeps it from leaking.
//
// [Parse] reads the final code of 16 characters, [ParseProvisional] the provisional one of 11
// digits, [ParseAny] either, and [ParseSubject] the subject that a SPID or CIE identity provider
// sends. Each returns a [Code]: an opaque value that compares with ==, serves as a map key,
// prints as a constant and refuses to be marshalled. [Code.Reveal] is the only way to get the
// code back as text. [Code.Birth], [Code.Sex] and [Code.Place] return personal data too, as plain
// values: keep them out of logs.
//
// The package checks the form of a code by the rules of the reference program that Agenzia delle
// Entrate distributes. It does not check
//
//   - that the code was ever assigned: only the service of Agenzia delle Entrate knows, and a
//     code with a correct check letter may belong to nobody;
//   - that the place code was ever in use. The package contains no table of places, since
//     municipalities are founded and abolished every year; look up the result of [Code.Place] in
//     a table of your own;
//   - the first six letters against a surname and a name. It only checks that some surname and
//     some name give them;
//   - the century of birth, which the code does not contain: see [Birth].
//
// # Omocodia
//
// If two people would receive the same code, Agenzia delle Entrate gives one of them a different
// code, with letters in place of some of the seven digits and its own check letter. That is
// another person's code, not another spelling: nothing in this package converts one into the
// other, and they are not equal. [Code.Birth] and [Code.Place] read the letters as the digits
// that they replace.
//
// # Provisional codes
//
// The 11-digit codes (decree of 23 December 1976) are for people who cannot have the final code
// yet, such as asylum seekers. The package accepts them only in calls that ask for them, because
// most services cannot look them up and a document printed for one stops matching when the final
// code arrives. Bodies and holders of a VAT number have 11 digits too: these are refused with
// [ErrPerson].
package codicefiscale

import "strings"

// The two lengths of a code.
const (
	finalLen       = 16
	provisionalLen = 11
)

// A Code is a codice fiscale whose form has been checked. It is a small comparable value, safe
// for concurrent use. Two Codes are equal if and only if Reveal returns the same text; a final
// code never equals a provisional one. The zero Code is no code, and its accessors return "" or
// false.
//
// The code is packed into integers, so that nothing of it shows even if a struct with a Code in
// an unexported field is printed. This protects against accidents; it is not encryption.
type Code struct {
	hi, lo uint64 // see pack
}

// Parse reads a final code of 16 characters, in either case. It ignores white space around the
// code, and the characters without width that copying adds (U+200B, U+FEFF and the like). Inside
// the code these are errors, as is every other character that is not an ASCII letter or digit,
// before letters are folded to upper case.
//
// The error is a single [Error], that of the first broken rule in this order: [ErrAlphabet],
// [ErrLength], [ErrShape], [ErrMonth], [ErrDay], [ErrDate], [ErrPlace], [ErrCheck]. With an error
// the Code is zero.
func Parse(s string) (Code, error) { return parse(trim(s)) }

func parse(s string) (Code, error) {
	var b [finalLen]byte
	if err := normalize(b[:], s); err != nil {
		return Code{}, err
	}
	if err := checkFinal(&b); err != nil {
		return Code{}, err
	}
	return pack(b[:]), nil
}

// ParseProvisional reads only a provisional code of 11 digits. It ignores the same characters
// around the code as [Parse]. It checks the control digit, and that the office in the number
// gives numbers to natural persons.
//
// The error is a single [Error], the first in this order: [ErrAlphabet], [ErrLength], [ErrShape]
// (a letter), [ErrCheck], [ErrPerson]. With an error the Code is zero.
func ParseProvisional(s string) (Code, error) { return parseProvisional(trim(s)) }

func parseProvisional(s string) (Code, error) {
	var b [provisionalLen]byte
	if err := normalize(b[:], s); err != nil {
		return Code{}, err
	}
	if err := checkProvisional(&b); err != nil {
		return Code{}, err
	}
	return pack(b[:]), nil
}

// ParseAny reads a provisional code as [ParseProvisional] does if s has 11 characters, and a
// final one as [Parse] does otherwise.
func ParseAny(s string) (Code, error) {
	s = trim(s)
	if len(s) == provisionalLen {
		return parseProvisional(s)
	}
	return parse(s)
}

// ParseSubject reads the code from the subject that an identity provider sends: the prefix
// "TINIT-" of ETSI EN 319 412-1 in either case and then a final code, or the code alone. The
// prefix is the text before the first hyphen; any other prefix is [ErrPrefix], which comes before
// the rules of [Parse]. White space is ignored around the subject and refused after the prefix.
//
// Provisional codes are refused with [ErrLength], with and without the prefix: SPID and CIE are
// given to people who have a final code, and an identity of another State (eIDAS) comes without a
// code. So 11 digits from an identity provider cannot identify a person.
func ParseSubject(s string) (Code, error) {
	prefix, rest, found := strings.Cut(trim(s), "-")
	if !found {
		return parse(prefix)
	}
	// EqualFold folds K and S to letters outside ASCII, but not these letters.
	if !strings.EqualFold(prefix, "TINIT") {
		return Code{}, ErrPrefix
	}
	return parse(rest)
}

// IsZero reports whether c is the zero Code, which is no code.
func (c Code) IsZero() bool { return c == Code{} }

// IsProvisional reports whether c is a provisional code of 11 digits.
func (c Code) IsProvisional() bool { return c.length() == provisionalLen }

// Reveal returns the code in upper case: 16 characters, 11 if it is provisional, or "" for the zero
// Code. The text is personal data that the type no longer protects.
func (c Code) Reveal() string {
	var b [finalLen]byte
	return string(c.unpack(&b))
}

// A Sex is the sex that a code states, as written in Italian documents: "F" or
// "M". The zero Sex is unknown.
type Sex string

// The two values that a code can state.
const (
	Female Sex = "F"
	Male   Sex = "M"
)

// Sex returns the sex that the code states in its day of birth. ok is false for the zero Code and
// for a provisional code, which does not state it.
func (c Code) Sex() (Sex, bool) {
	b, ok := c.final()
	if !ok {
		return "", false
	}
	if number(b[9:11]) > femaleDays {
		return Female, true
	}
	return Male, true
}

// Place returns the code of the place of birth, a letter and three digits such as H501, with
// omocodia letters read as digits; Z means a foreign State. ok is false for the zero Code and for
// a provisional code, which does not contain a place.
func (c Code) Place() (string, bool) {
	b, ok := c.final()
	if !ok {
		return "", false
	}
	place := [4]byte{b[11]}
	for i := range 3 {
		d, _ := digit(b[12+i])
		place[1+i] = '0' + byte(d)
	}
	return string(place[:]), true
}

// final returns the characters of a 16-character code.
func (c Code) final() (b [finalLen]byte, ok bool) {
	ok = len(c.unpack(&b)) == finalLen
	return b, ok
}
