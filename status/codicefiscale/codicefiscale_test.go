package codicefiscale_test

import (
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

const (
	plain       = "RSSMRA80A01H501U"
	provisional = "12345671510"

	alphanumeric = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
)

func mustParse(t testing.TB, s string) codicefiscale.Code {
	t.Helper()
	code, err := codicefiscale.Parse(s)
	require.NoError(t, err)
	return code
}

func mustParseProvisional(t testing.TB, s string) codicefiscale.Code {
	t.Helper()
	code, err := codicefiscale.ParseProvisional(s)
	require.NoError(t, err)
	return code
}

func TestZeroCode(t *testing.T) {
	var zero codicefiscale.Code
	assert.True(t, zero.IsZero())
	assert.False(t, zero.IsProvisional())
	assert.Empty(t, zero.Reveal())
	_, ok := zero.Birth()
	assert.False(t, ok)
	_, ok = zero.Sex()
	assert.False(t, ok)
	_, ok = zero.Place()
	assert.False(t, ok)
}

func TestCodesCompareByText(t *testing.T) {
	a, b := mustParse(t, plain), mustParse(t, " "+strings.ToLower(plain)+"\n")
	assert.True(t, a == b)
	omocode := mustParse(t, "RSSMRA80A01H50MM")
	assert.False(t, a == omocode)
	seen := map[codicefiscale.Code]string{a: "plain", omocode: "omocode"}
	assert.Equal(t, "plain", seen[b])
	assert.Equal(t, "omocode", seen[omocode])
}

// Each of the 128 forms of one code is valid, is a different code, and accepts exactly one of the
// 26 check letters.
func TestOmocodia(t *testing.T) {
	positions := []int{6, 7, 9, 10, 12, 13, 14}
	want := mustParse(t, plain)
	wantBirth, _ := want.Birth()
	wantSex, _ := want.Sex()
	wantPlace, _ := want.Place()

	codes := map[codicefiscale.Code]bool{}
	for form := range 1 << len(positions) {
		b := []byte(plain)
		for bit, p := range positions {
			if form>>bit&1 == 1 {
				b[p] = "LMNPQRSTUV"[b[p]-'0']
			}
		}
		check := oracleCheckLetter(string(b[:15]))
		for letter := byte('A'); letter <= 'Z'; letter++ {
			b[15] = letter
			code, err := codicefiscale.Parse(string(b))
			if letter != check {
				require.Equal(t, codicefiscale.ErrCheck, err)
				continue
			}
			require.NoError(t, err)
			codes[code] = true
			assert.Equal(t, string(b), code.Reveal())

			birth, _ := code.Birth()
			sex, _ := code.Sex()
			place, _ := code.Place()
			assert.Equal(t, wantBirth, birth)
			assert.Equal(t, wantSex, sex)
			assert.Equal(t, wantPlace, place)
		}
	}
	assert.Len(t, codes, 128)
	assert.True(t, codes[want])
}

func TestOmocodiaOnlyInItsSevenPositions(t *testing.T) {
	for i := range 15 {
		b := []byte(plain)
		open := strings.ContainsRune("0123456789", rune(b[i]))
		for c := range len(alphanumeric) {
			b[i] = alphanumeric[c]
			b[15] = oracleCheckLetter(string(b[:15]))
			_, err := codicefiscale.Parse(string(b))
			digit := b[i] <= '9' || strings.IndexByte("LMNPQRSTUV", b[i]) >= 0
			letter := b[i] >= 'A' && oracleName.Match(b[:3]) && oracleName.Match(b[3:6])
			if open && !digit || !open && !letter {
				assert.Equal(t, codicefiscale.ErrShape, err, "%c at %d", b[i], i)
			} else {
				assert.NotEqual(t, codicefiscale.ErrShape, err, "%c at %d", b[i], i)
			}
		}
	}
}

// The check letter catches every change of one character, and the control digit
// every change of one digit.
func TestSubstitutions(t *testing.T) {
	for _, good := range []string{plain, "RSSMRAULALMHRLMD", "DOEJHN99T13Z121S", "RSSMRA00B69H501C"} {
		mustParse(t, good)
		for i := range len(good) {
			for c := range 256 {
				b := []byte(good)
				b[i] = byte(c)
				if strings.EqualFold(string(b), good) {
					continue
				}
				code, err := codicefiscale.Parse(string(b))
				assert.Error(t, err, "%q", b)
				assert.Zero(t, code)
			}
		}
	}
	mustParseProvisional(t, provisional)
	for i := range len(provisional) {
		for c := range 256 {
			b := []byte(provisional)
			b[i] = byte(c)
			if string(b) == provisional {
				continue
			}
			code, err := codicefiscale.ParseProvisional(string(b))
			assert.Error(t, err, "%q", b)
			assert.Zero(t, code)
		}
	}
}

// Substrings and insertions are refused, except for white space at either end.
func TestSubstringsAndInsertions(t *testing.T) {
	for _, tt := range []struct {
		name, good string
		parse      func(string) (codicefiscale.Code, error)
	}{
		{"final", plain, codicefiscale.Parse},
		{"provisional", provisional, codicefiscale.ParseProvisional},
		{"subject", plain, codicefiscale.ParseSubject},
		{"either, final", plain, codicefiscale.ParseAny},
		{"either, provisional", provisional, codicefiscale.ParseAny},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for i := range len(tt.good) {
				for j := i; j <= len(tt.good); j++ {
					if sub := tt.good[i:j]; sub != tt.good {
						_, err := tt.parse(sub)
						assert.Error(t, err, "%q", sub)
					}
				}
			}
			for i := range len(tt.good) + 1 {
				for c := range 256 {
					s := tt.good[:i] + string([]byte{byte(c)}) + tt.good[i:]
					_, err := tt.parse(s)
					atEnd := i == 0 || i == len(tt.good)
					if atEnd && strings.IndexByte(" \t\n\v\f\r", byte(c)) >= 0 {
						assert.NoError(t, err, "%q", s)
					} else {
						assert.Error(t, err, "%q", s)
					}
				}
			}
		})
	}
}

// Every character outside ASCII is refused in every position, even if some case mapping turns it
// into an ASCII letter. White space outside ASCII is refused inside a code.
func TestUnicodeIsRefused(t *testing.T) {
	refuse := func(r rune, i, after int) {
		_, err := codicefiscale.Parse(plain[:i] + string(r) + plain[after:])
		assert.Equal(t, codicefiscale.ErrAlphabet, err, "U+%04X at %d", r, i)
	}
	for _, r := range "\u0131\u017f\u212a\u0130\u00df\u00b5\uff11\uff21\u0391\u0410\U0001d7ce\ufffd" {
		for i := range plain {
			refuse(r, i, i)
			refuse(r, i, i+1)
		}
		refuse(r, len(plain), len(plain))
	}
	for _, r := range "\u00a0\u200b\ufeff\u2028" {
		for i := 1; i < len(plain)-1; i++ {
			refuse(r, i, i)
			refuse(r, i, i+1)
		}
	}
}

// Any number of the characters that copying and pasting adds is dropped at both ends, and nowhere
// else.
func TestPasted(t *testing.T) {
	parsers := map[string]func(string) (codicefiscale.Code, error){
		plain: codicefiscale.Parse, provisional: codicefiscale.ParseProvisional, "TINIT-" +
			plain: codicefiscale.ParseSubject,
	}
	for good, parse := range parsers {
		want, err := parse(good)
		require.NoError(t, err)
		for _, around := range []string{
			"\u00a0", "\u200b", "\ufeff", "\t", "\r\n", "\u200e", "\u202a", "\u2060", "\u00ad", "\u202f",
			"\u3000", " \u200b\u00a0\t", "\r\n\ufeff\u00a0",
		} {
			for _, s := range []string{around + good, good + around, around + good + around} {
				got, err := parse(s)
				assert.NoError(t, err, "%+q", s)
				assert.True(t, got == want, "%+q", s)
			}
			for i := 1; i < len(good); i++ {
				_, err := parse(good[:i] + around + good[i:])
				assert.Error(t, err, "%+q inside", around)
			}
		}
		for _, mark := range []string{"\x00", "\x1f", "\x7f", "\u0301", "\ufffd", ".", "\u2010"} {
			_, err := parse(good + mark)
			assert.Error(t, err, "%+q", mark)
		}
	}
}

// In the three letters of a surname or a name the consonants come first, then the vowels, then X
// (decree of 23 December 1976, articles 3 and 4).
func TestTriplets(t *testing.T) {
	for triplet, possible := range map[string]bool{
		"RSS": true,              // Rossi
		"FIO": true, "DEA": true, // one consonant
		"FOX": true, // Fo
		"FXO": true, // Fox
		"NGX": true, // Ng
		"XUX": true, // Xu
		"XXA": true, // Xaxa
		"XAX": true, // Xa
		"XXX": true, // no name
		"AIX": true, // Ai
		"OXX": true, // O
		"AIO": true, // Aio
		"HXX": true, // H
		"YAX": true, // Ya
		"WUX": true, // Wu
		"KIX": true, "JOX": true,
		"AAB": false, "EUB": false, "ABX": false, "ABC": false, "BAB": false, "AYX": false, "OWX": false,
		"UJX": false, "AXA": false, "OXB": false, "AXR": false, "AKX": false, "AJA": false,
	} {
		for _, stem := range []string{triplet + "MRA80A01H501", "RSS" + triplet + "80A01H501"} {
			_, err := codicefiscale.Parse(stem + string(oracleCheckLetter(stem)))
			if possible {
				assert.NoError(t, err, stem)
			} else {
				assert.Equal(t, codicefiscale.ErrShape, err, stem)
			}
		}
	}
}

// The triplet of every name made of letters is accepted. The test makes it in a third way: from
// the name, not from the triplet.
func TestEveryShortNameIsTaken(t *testing.T) {
	vowels, consonants := regexp.MustCompile("[AEIOU]"), regexp.MustCompile("[^AEIOU]")
	letters := "ABEIOUXYZ"
	names := []string{""}
	for from := 0; len(names[from]) < 5; from++ {
		for i := range len(letters) {
			names = append(names, names[from]+letters[i:i+1])
		}
	}
	for _, name := range names {
		hard := vowels.ReplaceAllString(name, "")
		if len(hard) > 3 { // a name; a surname gives the first three
			assertTaken(t, name, hard[:1]+hard[2:4])
		}
		assertTaken(t, name, (hard + consonants.ReplaceAllString(name, "") + "XXX")[:3])
	}
}

func assertTaken(t *testing.T, name, triplet string) {
	t.Helper()
	stem := triplet + triplet + "80A01H501"
	_, err := codicefiscale.Parse(stem + string(oracleCheckLetter(stem)))
	require.NoError(t, err, name)
}

func TestForeignStates(t *testing.T) {
	for place, want := range map[string]error{
		"Z100": nil, "Z999": nil, "ZMLL": nil, "A001": nil, "M999": nil, "A099": nil, "ALLM": nil,
		"Z000": codicefiscale.ErrPlace, "Z001": codicefiscale.ErrPlace, "Z099": codicefiscale.ErrPlace,
		"ZLVV": codicefiscale.ErrPlace, "Z0VV": codicefiscale.ErrPlace, "ZL01": codicefiscale.ErrPlace,
		"A000": codicefiscale.ErrPlace,
	} {
		stem := "RSSMRA80A01" + place
		_, err := codicefiscale.Parse(stem + string(oracleCheckLetter(stem)))
		assert.Equal(t, want, err, place)
	}
}

// The classes are those of the reference program, from both sides of each border.
func TestOffices(t *testing.T) {
	for number, want := range map[string]error{
		"0000001000": nil, "1072479000": nil, "1500001000": nil, "1828636000": nil, "2000001000": nil,
		"2054095000": nil,
		"0300000000": nil, // between 0273960 and 0400000, which the program takes
		"0000001151": nil, "0000001245": nil, "0000001301": nil, "0000001766": nil, "0000001900": nil,
		"9999999950": nil, "0000000000": codicefiscale.ErrPerson, "0000000301": codicefiscale.ErrPerson,
		"1072480000": codicefiscale.ErrPerson, "1500000000": codicefiscale.ErrPerson,
		"1828637000": codicefiscale.ErrPerson, "2000000000": codicefiscale.ErrPerson,
		"2054096000": codicefiscale.ErrPerson, "9999999000": codicefiscale.ErrPerson,
		"1234567001": codicefiscale.ErrPerson, "1234567100": codicefiscale.ErrPerson,
		"8000001058": codicefiscale.ErrPerson, "1234567120": codicefiscale.ErrPerson,
		"1234567121": codicefiscale.ErrPerson, "1234567150": codicefiscale.ErrPerson,
		"1234567246": codicefiscale.ErrPerson, "1234567300": codicefiscale.ErrPerson,
		"1234567767": codicefiscale.ErrPerson, "1234567888": codicefiscale.ErrPerson,
		"1234567899": codicefiscale.ErrPerson, "1234567951": codicefiscale.ErrPerson,
		"1234567999": codicefiscale.ErrPerson,
	} {
		_, err := codicefiscale.ParseProvisional(number + string(oracleControlDigit(number)))
		assert.Equal(t, want, err, number)
	}
}

// Random codes, valid by the test's own rules, are accepted, come back unchanged, and are
// distinct.
func TestRandomCodesComeBack(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	texts := map[codicefiscale.Code]string{}
	for range 20000 {
		s := randomFinal(rnd)
		code, err := codicefiscale.Parse(s)
		require.NoError(t, err, s)
		require.Equal(t, s, code.Reveal())
		if other, ok := texts[code]; ok {
			require.Equal(t, other, s)
		}
		texts[code] = s

		p := randomProvisional(rnd)
		code, err = codicefiscale.ParseProvisional(p)
		require.NoError(t, err, p)
		require.True(t, code.IsProvisional())
		require.Equal(t, p, code.Reveal())
		if other, ok := texts[code]; ok {
			require.Equal(t, other, p)
		}
		texts[code] = p
	}
}

func TestAllocations(t *testing.T) {
	assert.Zero(t, testing.AllocsPerRun(100, func() {
		_, _ = codicefiscale.Parse(" rssmra80a01h501u ")
		_, _ = codicefiscale.ParseSubject("TINIT-RSSMRA80A01H501A")
		_, _ = codicefiscale.ParseProvisional(provisional)
	}))
}

func BenchmarkParse(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		_, _ = codicefiscale.Parse(plain)
	}
}

func BenchmarkReveal(b *testing.B) {
	code := mustParse(b, plain)
	b.ReportAllocs()
	for b.Loop() {
		_ = code.Reveal()
	}
}
