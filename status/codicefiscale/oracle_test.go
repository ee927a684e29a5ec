package codicefiscale_test

import (
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// The oracle is a second implementation of the rules, written from the published tables in a
// different way: a regular expression, maps and package time.

var oracleShape = regexp.MustCompile(
	`^[A-Z]{6}[0-9LMNPQRSTUV]{2}[ABCDEHLMPRST][0-9LMNPQRSTUV]{2}[ABCDEFGHILMZ][0-9LMNPQRSTUV]{3}[A-Z]$`)

var oracleName = regexp.MustCompile(`^[BCDFGHJ-NP-TV-Z]*[AEIOU]*X*$`)

var oracleOdd = map[byte]int{
	'0': 1, '1': 0, '2': 5, '3': 7, '4': 9, '5': 13, '6': 15, '7': 17, '8': 19, '9': 21,
	'A': 1, 'B': 0, 'C': 5, 'D': 7, 'E': 9, 'F': 13, 'G': 15, 'H': 17, 'I': 19, 'J': 21,
	'K': 2, 'L': 4, 'M': 18, 'N': 20, 'O': 11, 'P': 3, 'Q': 6, 'R': 8, 'S': 12, 'T': 14,
	'U': 16, 'V': 10, 'W': 22, 'X': 25, 'Y': 24, 'Z': 23,
}

var oracleMonth = map[byte]string{
	'A': "01", 'B': "02", 'C': "03", 'D': "04", 'E': "05", 'H': "06",
	'L': "07", 'M': "08", 'P': "09", 'R': "10", 'S': "11", 'T': "12",
}

var oracleDigits = strings.NewReplacer(
	"L", "0", "M", "1", "N", "2", "P", "3", "Q", "4", "R", "5", "S", "6", "T", "7", "U", "8", "V", "9")

// oracleCheckLetter takes the fifteen characters before the check letter.
func oracleCheckLetter(s string) byte {
	sum := 0
	for i := range len(s) {
		switch c := s[i]; {
		case i%2 == 0:
			sum += oracleOdd[c]
		case c <= '9':
			sum += int(c - '0')
		default:
			sum += int(c - 'A')
		}
	}
	return byte('A' + sum%26)
}

// oracleAccepts takes a code in upper case without space around it.
func oracleAccepts(s string) bool {
	if !oracleShape.MatchString(s) || len(s) != 16 {
		return false
	}
	day, _ := strconv.Atoi(oracleDigits.Replace(s[9:11]))
	if day > 40 {
		day -= 40
	}
	if day < 1 || day > 31 {
		return false
	}
	date := oracleDigits.Replace(s[6:8]) + "-" + oracleMonth[s[8]] + "-" + strconv.Itoa(100 + day)[1:]
	_, err19 := time.Parse(time.DateOnly, "19"+date)
	_, err20 := time.Parse(time.DateOnly, "20"+date)
	place := oracleDigits.Replace(s[12:15])
	return (err19 == nil || err20 == nil) &&
		oracleName.MatchString(s[:3]) && oracleName.MatchString(s[3:6]) &&
		place != "000" && (s[11] != 'Z' || place[0] != '0') &&
		oracleCheckLetter(s[:15]) == s[15]
}

// oracleControlDigit takes the ten digits before the control digit.
func oracleControlDigit(s string) byte {
	sum := 0
	for i := range len(s) {
		if i%2 == 0 {
			sum += int(s[i] - '0')
		} else {
			sum += []int{0, 2, 4, 6, 8, 1, 3, 5, 7, 9}[s[i]-'0']
		}
	}
	return byte('0' + (10-sum%10)%10)
}

func randomFinal(rnd *rand.Rand) string {
	pick := func(from string) byte { return from[rnd.IntN(len(from))] }
	for {
		var b []byte
		for _, class := range "LLLLLLDDMDDPDDD" {
			switch class {
			case 'L':
				b = append(b, pick("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
			case 'D':
				b = append(b, pick("0123456789LMNPQRSTUV"))
			case 'M':
				b = append(b, pick("ABCDEHLMPRST"))
			case 'P':
				b = append(b, pick("ABCDEFGHILMZ"))
			}
		}
		if s := string(append(b, oracleCheckLetter(string(b)))); oracleAccepts(s) {
			return s
		}
	}
}

// oraclePersonal matches the offices that give numbers only to persons.
var oraclePersonal = regexp.MustCompile(
	`^(15[1-9]|1[6-9].|2[0-3].|24[0-5]|30[1-9]|3[1-9].|[45]..|[67][0-5].|6[6-9].|76[0-6]|9[0-4].|950)$`)

// oracleTrim drops the characters that a pasted text may have around it.
func oracleTrim(s string) string {
	return oracleUnseen.ReplaceAllString(s, "")
}

const oracleSpace = `[\s\v\x{85}\p{Z}\x{ad}\x{200b}-\x{200f}\x{202a}-\x{202e}\x{2060}\x{2066}-\x{2069}` +
	`\x{feff}]+`

var oracleUnseen = regexp.MustCompile(`^` + oracleSpace + `|` + oracleSpace + `$`)

func randomProvisional(rnd *rand.Rand) string {
	for {
		s := strconv.Itoa(1e10 + rnd.IntN(1e10))[1:]
		if s[:7] > "0000000" && oraclePersonal.MatchString(s[7:]) {
			return s + string(oracleControlDigit(s))
		}
	}
}
