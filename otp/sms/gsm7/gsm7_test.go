package gsm7_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/otp/sms/gsm7"
)

// 3GPP TS 23.038 tables 6.2.1 and 6.2.1.1, row by row, as hexadecimal codes.
var table = map[int]string{
	0x00: "@£$¥èéùìòÇ\nØø\rÅå", 0x10: "Δ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ", 0x20: " !\"#¤%&'()*+,-./",
	0x30: "0123456789:;<=>?", 0x40: "¡ABCDEFGHIJKLMNO", 0x50: "PQRSTUVWXYZÄÖÑÜ§", 0x60: "¿abcdefghijklmno",
	0x70: "pqrstuvwxyzäöñüà",
}

func TestTable(t *testing.T) {
	n := 0
	for row, chars := range table {
		for i, r := range []rune(chars) {
			if r == 0x1b {
				continue
			}
			b, ok := gsm7.Encode(string(r))
			require.True(t, ok, "%q", r)
			assert.Equal(t, []byte{byte(row + i)}, b, "%q", r)
			n++
		}
	}
	assert.Equal(t, 127, n)
	for r, code := range map[rune]byte{'\f': 0x0a, '^': 0x14, '{': 0x28, '}': 0x29, '\\': 0x2f, '[': 0x3c,
		'~': 0x3d, ']': 0x3e,
		'|': 0x40, '€': 0x65} {
		b, ok := gsm7.Encode(string(r))
		require.True(t, ok)
		assert.Equal(t, []byte{0x1b, code}, b, "%q", r)
		units, _ := gsm7.Units(string(r))
		assert.Equal(t, 2, units)
	}
	for _, s := range []string{"È", "À", "Ì", "Ò", "Ù", "’", "ç", "ê", "č", "š", "ž", "`", "\t", "\x1b",
		"\x00", "\xff", "�", "Ё", "😀"} {
		_, ok := gsm7.Units("ciao " + s)
		assert.False(t, ok, "%q", s)
		b, ok := gsm7.Encode("ciao " + s)
		assert.False(t, ok)
		assert.Nil(t, b)
	}
}

func TestDecode(t *testing.T) {
	for want, in := range map[string][]byte{"": {}, "@à": {0x00, 0x7f}, "€1": {0x1b, 0x65, '1'},
		" a": {0x1b, 'a'}} {
		got, ok := gsm7.Decode(in)
		require.True(t, ok)
		assert.Equal(t, want, got)
	}
	for _, in := range [][]byte{{0x80}, {0x1b}, {0x1b, 0x1b}, {0x1b, 0xe5}} {
		got, ok := gsm7.Decode(in)
		assert.False(t, ok, "% x", in)
		assert.Empty(t, got)
	}
}

func TestCount(t *testing.T) {
	a := func(n int) string { return strings.Repeat("a", n) }
	for _, c := range []struct {
		text string
		want gsm7.Parts
	}{
		{"", gsm7.Parts{GSM7: true}},
		{a(160), gsm7.Parts{GSM7: true, Units: 160, Count: 1}},
		{a(161), gsm7.Parts{GSM7: true, Units: 161, Count: 2}},
		{a(306), gsm7.Parts{GSM7: true, Units: 306, Count: 2}},
		{a(307), gsm7.Parts{GSM7: true, Units: 307, Count: 3}},
		{a(158) + "€", gsm7.Parts{GSM7: true, Units: 160, Count: 1}},
		{a(159) + "€", gsm7.Parts{GSM7: true, Units: 161, Count: 2}},
		// The € does not fit into the first part.
		{a(152) + "€" + a(152), gsm7.Parts{GSM7: true, Units: 306, Count: 3}},
		{a(69) + "È", gsm7.Parts{Units: 70, Count: 1}},
		{a(70) + "È", gsm7.Parts{Units: 71, Count: 2}},
		{a(133) + "È", gsm7.Parts{Units: 134, Count: 2}},
		{a(134) + "È", gsm7.Parts{Units: 135, Count: 3}},
		{a(66) + "😀" + a(66), gsm7.Parts{Units: 134, Count: 3}}, // nor does the pair
		// This is the cost of one accented capital.
		{a(161) + "È", gsm7.Parts{Units: 162, Count: 3}},
		{a(128) + "’", gsm7.Parts{Units: 129, Count: 2}},
	} {
		assert.Equal(t, c.want, gsm7.Count(c.text), "%d characters", utf8.RuneCountInString(c.text))
	}
}

func TestTransliterate(t *testing.T) {
	for in, want := range map[string]string{
		"CITTÀ È PERCHÉ NÒ PIÙ": "CITTA E PERCHÉ NO PIU", "città è perché nò più": "città è perché nò più",
		"l’Aquila": "l'Aquila", "“ciao” … – fine": `"ciao" ... - fine`,
		"Občina Škofja Loka": "Obcina Skofja Loka", "garçon, cœur, Noël, été": "garcon, coeur, Noel, été",
		"Straße ÄÖÜ": "Straße ÄÖÜ", "e\u0301": "e", "a\u00a0b": "a b",
		"x\u200by": "xy", "你": "你", "": "",
	} {
		got := gsm7.Transliterate(in)
		assert.Equal(t, want, got)
		assert.Equal(t, got, gsm7.Transliterate(got), "twice is once")
	}
}

// Every letter of Latin-1 and Latin Extended-A is transliterated into the alphabet.
func TestTransliterateLatin(t *testing.T) {
	var missing []rune
	for r := rune(0xc0); r <= 0x17f; r++ {
		if _, ok := gsm7.Units(gsm7.Transliterate(string(r))); !ok && unicode.IsLetter(r) {
			missing = append(missing, r)
		}
	}
	assert.Empty(t, string(missing))
}

func FuzzGSM7(f *testing.F) {
	for _, s := range []string{"ciao", "CITTÀ €5 [x]", "’", "\x1b", "\xff", "😀 a", strings.Repeat("€", 81)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		units, ok := gsm7.Units(s)
		b, encoded := gsm7.Encode(s)
		if ok != encoded || ok && len(b) != units {
			t.Fatal("Units and Encode differ")
		}
		if ok {
			if back, ok := gsm7.Decode(b); !ok || back != s {
				t.Fatalf("%q came back as %q", s, back)
			}
		}
		p := gsm7.Count(s)
		single, each := 70, 67
		if p.GSM7 {
			single, each = 160, 153
		}
		if p.GSM7 != ok || p.Units > single && p.Count*each < p.Units || p.Units <= single && p.Count > 1 ||
			(p.Count == 0) != (s == "") {
			t.Fatalf("%+v", p)
		}
		once := gsm7.Transliterate(s)
		if gsm7.Transliterate(once) != once {
			t.Fatal("twice is not once")
		}
		if ok && once != s {
			t.Fatal("the alphabet does not stay")
		}
	})
}

func FuzzDecode(f *testing.F) {
	for _, b := range [][]byte{{}, {0x1b, 0x65}, {0x1b}, {0x80}, {0x1b, 'a', 0}} {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		s, ok := gsm7.Decode(b)
		if !ok {
			if s != "" {
				t.Fatal("an error comes alone")
			}
			return
		}
		if _, ok := gsm7.Units(s); !ok {
			t.Fatalf("%q is not in the alphabet", s)
		}
	})
}

func ExampleCount() {
	text := "CITTÀ DELL’AQUILA"
	fmt.Printf("%+v\n", gsm7.Count(text))
	fmt.Printf("%s %+v\n", gsm7.Transliterate(text), gsm7.Count(gsm7.Transliterate(text)))
	// Output:
	// {GSM7:false Units:17 Count:1}
	// CITTA DELL'AQUILA {GSM7:true Units:17 Count:1}
}
