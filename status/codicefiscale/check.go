package codicefiscale

import (
	"strings"
	"time"
)

// The tables of the decree of 12 March 1974 and of the reference program of
// Agenzia delle Entrate (made by Sogei). They are constants, so nothing can
// change them.
const (
	months       = "ABCDEHLMPRST" // January to December
	omocodia     = "LMNPQRSTUV"   // the letters for 0 to 9
	placeLetters = "ABCDEFGHILMZ"

	// oddValues holds what a character in an odd place adds to the check sum: the
	// first letter is for 0 and A, and each stands for its rank in the alphabet.
	oddValues = "BAFHJNPRTVCESULDGIMOQKWZYX"

	// femaleDays is added to a woman's day of birth.
	femaleDays = 40
)

// form has L for a letter and D for a digit or the letter that replaces it.
const form = "LLLLLLDDLDDLDDDL"

// trim drops ASCII space around s. Other space stays, to be refused: it is no
// part of a code, and what looks like space on a screen may be something else.
func trim(s string) string { return strings.Trim(s, " \t\n\v\f\r") }

func upper(c byte) byte {
	if 'a' <= c && c <= 'z' {
		return c - 'a' + 'A'
	}
	return c
}

// normalize writes s to dst in upper case. The alphabet comes first, because
// folding other letters would turn ı into I and ſ into S.
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

// digit returns the digit that c is or stands for.
func digit(c byte) (int, bool) {
	if isDigit(c) {
		return int(c - '0'), true
	}
	i := strings.IndexByte(omocodia, c)
	return i, i >= 0
}

// number reads characters whose shape was checked.
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
	birth := decodeBirth(b)
	day := number(b[9:11])
	switch {
	case birth.Month == 0:
		return ErrMonth
	case day < 1 || 31 < day && day < 1+femaleDays || 31+femaleDays < day:
		return ErrDay
	case !birth.existsIn(1900) && !birth.existsIn(2000):
		return ErrDate
	case strings.IndexByte(placeLetters, b[11]) < 0 || number(b[12:15]) == 0:
		return ErrPlace
	case checkLetter(b) != b[15]:
		return ErrCheck
	}
	return nil
}

// decodeBirth reads a date whose shape was checked; the month is 0 if its letter
// stands for none.
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

// checkProvisional applies the decree of 23 December 1976: the control digit
// brings the sum to a multiple of ten, where every second digit counts double and
// a double of two digits counts as their sum.
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
	if sum%10 != 0 {
		return ErrCheck
	}
	return nil
}
