package codicefiscale

import (
	"strings"
	"time"
	"unicode"
)

// The tables of the decree of 12 March 1974 and of the reference program of Agenzia delle Entrate
// (made by Sogei). They are constants so that nothing can change them.
const (
	months       = "ABCDEHLMPRST" // January to December
	omocodia     = "LMNPQRSTUV"   // the letters for 0 to 9
	placeLetters = "ABCDEFGHILMZ"

	// oddValues gives the value of a character in an odd place in the check sum: the first letter
	// is the value of 0 and A, and the value of a letter is its rank in the alphabet.
	oddValues = "BAFHJNPRTVCESULDGIMOQKWZYX"

	// femaleDays is the number added to the day of birth of a woman.
	femaleDays = 40

	// firstState is the lowest number of a foreign State, Z100 (Albania). The list of places of
	// Agenzia delle Entrate has none below it.
	firstState = 100
)

// form has L for a letter and D for a digit, which a letter may replace.
const form = "LLLLLLDDLDDLDDDL"

// invisible are the characters without width that mail programs, web pages and spreadsheets put
// around copied text: soft hyphen, zero-width space and joiners, marks and embeddings of
// direction, word joiner, byte order mark.
const invisible = "\u00ad\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e" +
	"\u2060\u2066\u2067\u2068\u2069\ufeff"

// trim removes the characters around s that nobody sees. Inside a code the same characters stay,
// and the code is refused.
func trim(s string) string { return strings.TrimFunc(s, unseen) }

func unseen(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(invisible, r) }

func upper(c byte) byte {
	if 'a' <= c && c <= 'z' {
		return c - 'a' + 'A'
	}
	return c
}

// normalize writes s to dst in upper case. It checks the alphabet first, because case folding
// would turn ı into I and ſ into S.
func normalize(dst []byte, s string) error {
	for i := range len(s) {
		if c := upper(s[i]); !isLetter(c) && !isDigit(c) {
			return ErrAlphabet
		}
	}
	if len(s) != len(dst) {
		return ErrLength
	}
	for i := range dst {
		dst[i] = upper(s[i])
	}
	return nil
}

func isLetter(c byte) bool { return 'A' <= c && c <= 'Z' }
func isDigit(c byte) bool  { return '0' <= c && c <= '9' }

// digit returns the digit that c is or replaces.
func digit(c byte) (int, bool) {
	if isDigit(c) {
		return int(c - '0'), true
	}
	i := strings.IndexByte(omocodia, c)
	return i, i >= 0
}

// number reads characters whose shape has been checked.
func number(b []byte) int {
	n := 0
	for _, c := range b {
		d, _ := digit(c)
		n = 10*n + d
	}
	return n
}

func checkFinal(b *[finalLen]byte) error {
	for i, c := range b {
		if form[i] == 'L' {
			if !isLetter(c) {
				return ErrShape
			}
		} else if _, ok := digit(c); !ok {
			return ErrShape
		}
	}
	if !fromName(b[0:3]) || !fromName(b[3:6]) {
		return ErrShape
	}
	birth := decodeBirth(b)
	day := number(b[9:11])
	switch {
	case birth.Month == 0:
		return ErrMonth
	case day < 1 || 31 < day && day < 1+femaleDays || 31+femaleDays < day:
		return ErrDay
	case !birth.existsIn(1900) && !birth.existsIn(2000):
		return ErrDate
	case !isPlace(b[11], number(b[12:15])):
		return ErrPlace
	case checkLetter(b) != b[15]:
		return ErrCheck
	}
	return nil
}

// fromName reports whether a surname or a name can give these three letters: its consonants in
// order, then its vowels in order, then X for each missing letter (decree of 23 December 1976,
// articles 3 and 4). So only an X can follow a vowel, and only an X can follow that X. Before the
// first vowel, X is a consonant like the others: Xu gives XUX, and a missing name gives XXX.
func fromName(b []byte) bool {
	vowels, filled := false, false
	for _, c := range b {
		switch {
		case strings.IndexByte("AEIOU", c) >= 0:
			if filled {
				return false
			}
			vowels = true
		case vowels && c != 'X':
			return false
		case vowels:
			filled = true
		}
	}
	return true
}

// isPlace reports whether a municipality (A to M) or a foreign State (Z) can have the number.
func isPlace(letter byte, n int) bool {
	if letter == 'Z' {
		return n >= firstState
	}
	return strings.IndexByte(placeLetters, letter) >= 0 && n > 0
}

// decodeBirth reads a date whose shape has been checked. The month is 0 if its letter is not that
// of a month.
func decodeBirth(b *[finalLen]byte) Birth {
	day := number(b[9:11])
	if day > femaleDays {
		day -= femaleDays
	}
	return Birth{
		YearOfCentury: number(b[6:8]),
		Month:         time.Month(strings.IndexByte(months, b[8]) + 1),
		Day:           day,
	}
}

// checkLetter computes the sixteenth character from the fifteen before it.
func checkLetter(b *[finalLen]byte) byte {
	sum := 0
	for i, c := range b[:finalLen-1] {
		rank := int(c - '0')
		if isLetter(c) {
			rank = int(c - 'A')
		}
		if i%2 == 0 { // an odd place, counted from 1
			rank = int(oddValues[rank] - 'A')
		}
		sum += rank
	}
	return 'A' + byte(sum%26)
}

// checkProvisional applies the decree of 23 December 1976: the control digit makes the sum a
// multiple of ten. Every second digit is doubled, and a double of two digits counts as the sum of
// the two. The three digits before the control digit are the office that gave the number, the
// first seven are its serial number.
func checkProvisional(b *[provisionalLen]byte) error {
	sum := 0
	for i, c := range b {
		if !isDigit(c) {
			return ErrShape
		}
		d := int(c - '0')
		if i%2 == 1 {
			d *= 2
			d = d/10 + d%10
		}
		sum += d
	}
	switch {
	case sum%10 != 0:
		return ErrCheck
	case !givenToPerson(number(b[:7]), number(b[7:10])):
		return ErrPerson
	}
	return nil
}

// givenToPerson reports whether the number is of a class that the reference program of Agenzia
// delle Entrate (class UCheckNum) treats as provisional, and so belongs to a natural person. The
// other offices give VAT numbers, the codes of bodies (001 to 100, 120, 121, 888, 999), or
// nothing. Numbers given ex officio are those of the tax returns of 1974 and 1975; that list is
// closed. The program writes the end of the gap in its first range as 0400000, which Java reads
// in base 8, so it accepts the numbers up to 1072479 without a gap. This function does the same,
// since no body has one of those numbers.
func givenToPerson(serial, office int) bool {
	switch {
	case serial == 0:
		return false
	case office == 0: // ex officio
		return serial <= 1072479 || 1500001 <= serial && serial <= 1828636 ||
			2000001 <= serial && serial <= 2054095
	}
	return 151 <= office && office <= 245 || // intendenze di finanza
		301 <= office && office <= 766 || 900 <= office && office <= 950 // offices of direct taxes
}
