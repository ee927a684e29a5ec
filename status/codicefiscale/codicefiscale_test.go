package codicefiscale_test

import (
	"math/rand/v2"
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

// Each of the 128 forms of one code is valid, is another code, and takes exactly
// one of the 26 check letters.
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
			letter := b[i] >= 'A'
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

// Substrings and insertions are refused, but for ASCII space at either end.
func TestSubstringsAndInsertions(t *testing.T) {
	for _, tt := range []struct {
		name, good string
		parse      func(string) (codicefiscale.Code, error)
	}{
		{"final", plain, codicefiscale.Parse},
		{"provisional", provisional, codicefiscale.ParseProvisional},
		{"subject", plain, codicefiscale.ParseSubject},
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

// Every character outside ASCII is refused wherever it stands, also those that
// some case mapping turns into an ASCII letter.
func TestUnicodeIsRefusedAnywhere(t *testing.T) {
	for _, r := range "\u0131\u017f\u212a\u0130\u00df\u00b5\u00a0\u200b\ufeff\u2028\uff11\uff21\u0391\u0410\U0001d7ce\ufffd" {
		for i := range len(plain) + 1 {
			_, err := codicefiscale.Parse(plain[:i] + string(r) + plain[i:])
			assert.Equal(t, codicefiscale.ErrAlphabet, err, "U+%04X inserted at %d", r, i)
			if i < len(plain) {
				_, err = codicefiscale.Parse(plain[:i] + string(r) + plain[i+1:])
				assert.Equal(t, codicefiscale.ErrAlphabet, err, "U+%04X at %d", r, i)
			}
		}
	}
}

// Random codes, valid by the test's own rules, are accepted, come back as they
// went in, and are told apart.
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
