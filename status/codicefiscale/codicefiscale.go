// Package codicefiscale reads and checks the codice fiscale, the code that
// identifies a person in Italy, and keeps it from leaking.
//
// [Parse] takes the final code of 16 characters, [ParseProvisional] the
// provisional one of 11 digits, [ParseAny] either, [ParseSubject] what a SPID or
// CIE identity provider sends. Each returns a [Code]: an opaque value that compares with ==,
// serves as a map key, prints as a constant and refuses to be marshalled.
// [Code.Reveal] is the only way to have the code back as text. What [Code.Birth],
// [Code.Sex] and [Code.Place] return is personal data too, in plain values: keep
// it out of logs.
//
// What is checked is the form, after the rules of the reference program that
// Agenzia delle Entrate distributes. What is not checked:
//
//   - that the code was ever assigned: only the service of Agenzia delle Entrate
//     knows, and a code with a good check letter may belong to nobody;
//   - that the place code was ever in use; no table of places is bundled, since
//     municipalities are founded and abolished every year. Look up what
//     [Code.Place] returns in a table of your own;
//   - the first six letters against a surname and a name, but only that some
//     surname and some name give them;
//   - the century of birth, which the code does not hold: see [Birth].
//
// # Omocodia
//
// Where two people would receive the same code, Agenzia delle Entrate gives one
// of them another, with some of the seven digits replaced by letters and a check
// letter of its own. That is a different person's code and not another spelling:
// nothing in this package converts one into the other, and they are not equal.
// [Code.Birth] and [Code.Place] read the letters as the digits they stand for.
//
// # Provisional codes
//
// The 11-digit codes (decree of 23 December 1976) go to people who cannot have
// the final one yet, asylum seekers among them. They are taken only by a call
// that asks for them, for most services cannot look them up and what is printed
// for one stops matching when the final code arrives. Bodies and holders of a VAT
// number have 11 digits too: [ErrPerson] refuses them.
package codicefiscale

import "strings"

// The two lengths that a code can have.
const (
	finalLen       = 16
	provisionalLen = 11
)

// A Code is a codice fiscale whose form was checked. It is a small comparable
// value, safe for concurrent use. Two of them are equal if Reveal returns the same
// text and only then; a final code never equals a provisional one. The zero Code
// is no code, and every accessor answers it with "" or false.
//
// The code is packed into integers, so that not even printing a struct that has
// a Code in an unexported field shows any of it. This guards against accidents
// and is not encryption.
type Code struct {
	hi, lo uint64 // see pack
}

// Parse reads a final code of 16 characters, in either case. Space around it is
// dropped, with the characters of no width that copying adds (U+200B, U+FEFF and
// the like). Inside the code these are errors, as is any other character that is
// not an ASCII letter or digit, before letters are folded to upper case.
//
// On error the Code is zero and the error is one [Error], that of the first rule
// broken in this order: [ErrAlphabet], [ErrLength], [ErrShape], [ErrMonth],
// [ErrDay], [ErrDate], [ErrPlace], [ErrCheck].
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

// ParseProvisional reads a provisional code of 11 digits and nothing else; what
// [Parse] drops around a code is dropped. It checks the control digit, and by the
// office that the number names that it is one for natural persons.
//
// On error the Code is zero and the error is one [Error], in this order:
// [ErrAlphabet], [ErrLength], [ErrShape] (a letter), [ErrCheck], [ErrPerson].
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

// ParseAny reads a provisional code, as [ParseProvisional] does, if 11 characters
// stand there, and otherwise a final one, as [Parse] does.
func ParseAny(s string) (Code, error) {
	s = trim(s)
	if len(s) == provisionalLen {
		return parseProvisional(s)
	}
	return parse(s)
}

// ParseSubject reads the code as an identity provider sends it: the prefix
// "TINIT-" of ETSI EN 319 412-1 in any case and then a final code, or the code
// alone. A prefix is what stands before the first hyphen; any other is
// [ErrPrefix], which comes before the rules of [Parse]. Space is dropped around
// the whole and refused after the prefix.
//
// Provisional codes are refused, with [ErrLength], with the prefix and without:
// SPID and CIE are given to people who have a final code, and an identity of
// another State (eIDAS) comes without any. So 11 digits from an identity provider
// name no person whom it can have identified by them.
func ParseSubject(s string) (Code, error) {
	prefix, rest, found := strings.Cut(trim(s), "-")
	if !found {
		return parse(prefix)
	}
	// EqualFold folds K and S to letters outside ASCII, but none of these.
	if !strings.EqualFold(prefix, "TINIT") {
		return Code{}, ErrPrefix
	}
	return parse(rest)
}

// IsZero reports whether c is the zero Code, which is no code.
func (c Code) IsZero() bool { return c == Code{} }

// IsProvisional reports whether c is a provisional code of 11 digits.
func (c Code) IsProvisional() bool { return c.length() == provisionalLen }

// Reveal returns the code in upper case: 16 characters, or 11 for a provisional
// one, or "" for the zero Code. What it returns is personal data that the type
// guards no longer.
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

// Sex returns the sex that the code states, by its day of birth. It is false for
// the zero Code and for a provisional code, which does not hold it.
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

// Place returns the code of the place of birth, a letter and three digits such
// as H501, with omocodia letters read as digits; Z stands for a foreign State. It
// is false for the zero Code and for a provisional code, which does not hold it.
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
