package qrpdf_test

import (
	"bytes"
	"cmp"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/qrpdf"
)

// louis runs lou_translate over lines, forward or backward, with cells as Unicode's patterns.
func louis(t *testing.T, direction, table string, lines []string) []string {
	t.Helper()
	cmd := exec.Command(tool(t, "lou_translate"), direction, "unicode.dis,"+table)
	cmd.Stdin = strings.NewReader(strings.Join(lines, "\n") + "\n")
	out, err := cmd.Output()
	require.NoError(t, err)
	all := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
	require.Len(t, all, len(lines))
	return all
}

// spoken returns every line that any document in a language says, and lines with what people write into its
// fields.
func spoken(t *testing.T, lang string) []string {
	t.Helper()
	s := encode(t, qrpdf.Encoder{}, address(300))
	seen := map[string]bool{}
	for _, layout := range layouts {
		d := page()
		d.Layout, d.Lang = layout, lang
		for _, line := range strings.Split(string(write(t, qrpdf.Text{Document: d}, s)), "\n") {
			line = strings.NewReplacer("\u00a0:", ":", "\u00a0?", "?", "\u00a0", " ").Replace(line)
			seen[line] = line != ""
		}
	}
	for _, line := range []string{
		"Via Roma 12, 39100 Esempio (Provincia), 1,8 cm; 10 anni? Là!",
		"ENTE DI PROVA, QR, QRs, AslTo, A4, 12B, 5k, b2", "dell'ente, a. b. c.", "22.11.2031", "Z. & B.",
	} {
		seen[line] = true
	}
	delete(seen, "")
	var all []string
	for line := range seen {
		all = append(all, line)
	}
	slices.Sort(all)
	return all
}

func inBraille(t *testing.T, lang, text string) string {
	t.Helper()
	cells, err := qrpdf.InBraille(lang, text)
	require.NoError(t, err, text)
	return cells
}

// withoutAddresses drops the words that are in computer Braille.
func withoutAddresses(line string) string {
	return strings.Join(slices.DeleteFunc(strings.Fields(line), func(word string) bool {
		return strings.Contains(word, "://")
	}), " ")
}

// In Italian, German and Slovene the cells are those of liblouis. Its Italian table has no typographic
// apostrophe and a soft hyphen for the hyphen. The German one takes that apostrophe for a quotation mark and
// leaves no space around a per cent sign. The Slovene one takes the word V for a numeral.
func TestBrailleForward(t *testing.T) {
	for _, tt := range []struct {
		lang, table string
		spelled     *strings.Replacer
	}{
		{"it", "it-it-comp6.utb", strings.NewReplacer("’", "'", "-", "\u00ad", "º", "o")},
		{"de", "de-g0-detailed.utb", strings.NewReplacer("’", "'", " %,", "%")},
		{"sl", "sl-si-g1.utb", strings.NewReplacer("V kodi", "v kodi")},
	} {
		var lines, want []string
		for _, line := range spoken(t, tt.lang) {
			line = tt.spelled.Replace(line)
			if tt.lang != "sl" {
				line = withoutAddresses(line)
			}
			lines = append(lines, line)
		}
		want = louis(t, "-f", tt.table, lines)
		for i, line := range lines {
			assert.Equal(t, want[i], inBraille(t, tt.lang, line), "%s: %s", tt.lang, line)
		}
	}
}

// In English and French, liblouis translates the cells back to the text.
func TestBrailleBack(t *testing.T) {
	plain := strings.NewReplacer("’", "'")
	for lang, table := range map[string]string{"en": "en-ueb-g1.ctb", "fr": "fr-bfu-comp6.utb"} {
		lines := spoken(t, lang)
		var cells []string
		for _, line := range lines {
			cells = append(cells, inBraille(t, lang, line))
		}
		for i, got := range louis(t, "-b", table, cells) {
			assert.Equal(t, plain.Replace(lines[i]), plain.Replace(got), "%s: %s", lang, cells[i])
		}
	}
}

// addresses have every character that an address may have.
var addresses = []string{
	"https://attesta.example/v", "http://127.0.0.1:8080/q?a=1&b=Cd_E-f~g#x", "ufficio@ente.example.it",
	"https://h.example/(a)[b]+%20,;!*$'x", "https://ente.example/23abc/D4e",
}

// In Italian and German an address is announced and in computer Braille, which both languages have in common.
func TestBrailleComputer(t *testing.T) {
	six := louis(t, "-f", "de-comp6.utb", addresses)
	for i, a := range addresses {
		for _, lang := range []string{"it", "de"} {
			assert.Equal(t, "⠠⠨"+six[i], inBraille(t, lang, a), a)
		}
	}
	var ascii []string
	for c := ' ' + 1; c < 0x7F; c++ {
		ascii = append(ascii, string(c))
	}
	assert.Equal(t, louis(t, "-f", "de-de-comp8.ctb", ascii), louis(t, "-f", "it-it-comp8.utb", ascii))
}

// In the other languages, no two characters of an address are alike: the address can be read back.
func TestBrailleAddress(t *testing.T) {
	for lang, table := range map[string]string{"en": "en-ueb-g1.ctb", "fr": "fr-bfu-comp6.utb"} {
		var cells []string
		for _, a := range addresses {
			cells = append(cells, inBraille(t, lang, a))
		}
		assert.Equal(t, addresses, louis(t, "-b", table, cells), "%s: %s", lang, cells)
	}
	for _, a := range addresses { // liblouis writes #, $ and ' in several ways
		a = strings.NewReplacer("#", "", "$", "", "'", "").Replace(a)
		assert.Equal(t, louis(t, "-f", "sl-si-g1.utb", []string{a})[0], inBraille(t, "sl", a))
	}
}

// A letter is written with its accent, or with a sign that it has one.
func TestBrailleLetters(t *testing.T) {
	for _, tt := range []struct{ lang, text, want string }{
		{"it", "Müller", "⠨⠍⠳⠇⠇⠑⠗"},
		{"it", "Žužek", "⠨⠈⠵⠥⠈⠵⠑⠅"},
		{"it", "Đorđe", "⠨⠈⠙⠕⠗⠈⠙⠑"},
		{"it", "Nguyễn", "⠨⠝⠛⠥⠽⠈⠑⠝"},
		{"it", "S\u0323\u0300o", "⠨⠈⠎⠕"},
		{"it", "3a 3k 1º 2ª", "⠼⠉⠠⠁⠀⠼⠉⠅⠀⠼⠁⠕⠀⠼⠃⠠⠁"},
		{"it", `«Sì» "no" („ja“)`, "⠦⠨⠎⠌⠴⠀⠦⠝⠕⠴⠀⠦⠦⠚⠁⠴⠴"},
		{"de", "„Größe“ Łódź", "⠦⠨⠛⠗⠪⠮⠑⠴⠀⠨⠈⠇⠈⠕⠙⠈⠵"},
		{"de", "STRAẞE", "⠘⠎⠞⠗⠁⠮⠑"},
		{"fr", "Œuvre 3â Ñ", "⠨⠪⠥⠧⠗⠑⠀⠠⠩⠠⠄⠡⠀⠨⠻"},
		{"en", "Łódź Ångström Đorđe Çelik", "⠠⠈⠡⠇⠘⠌⠕⠙⠘⠌⠵⠀⠠⠘⠫⠁⠝⠛⠎⠞⠗⠘⠒⠕⠍⠀⠠⠈⠒⠙⠕⠗⠈⠒⠙⠑⠀⠠⠘⠯⠉⠑⠇⠊⠅"},
		{"sl", "Čuk Müller ŽIVA", "⠨⠡⠥⠅⠀⠨⠍⠈⠥⠇⠇⠑⠗⠀⠸⠮⠊⠧⠁"},
		{"sl", "", ""},
	} {
		assert.Equal(t, tt.want, inBraille(t, tt.lang, tt.text), "%s %s", tt.lang, tt.text)
	}
	for _, tt := range []struct{ lang, text, says string }{
		{"it", "ə", `no sign of Braille for 'ə' (U+0259)`},
		{"en", "Thị", `no sign of Braille for 'ị' (U+1ECB)`},
		{"de", "a·b", `no sign of Braille for '·' (U+00B7)`},
		{"it", "ù@x", `no sign of Braille for 'ù' (U+00F9)`},
		{"en", "a" + strings.Repeat("\u0301", 5), `no sign of Braille for`},
	} {
		_, err := qrpdf.InBraille(tt.lang, tt.text)
		assert.ErrorContains(t, err, tt.says, tt.lang)
	}
}

// The cells have the bytes that liblouis gives them.
func TestBrailleASCII(t *testing.T) {
	var cells []string
	for c := '⠁'; c < '⡀'; c++ {
		cells = append(cells, string(c))
	}
	cmd := exec.Command(tool(t, "lou_translate"), "-f", "en-us-brf.dis,braille-patterns.cti")
	cmd.Stdin = strings.NewReader(strings.Join(cells, "\n") + "\n")
	out, err := cmd.Output()
	require.NoError(t, err)
	assert.Equal(t, strings.ReplaceAll(string(out), "\n", ""), qrpdf.BRF(strings.Join(cells, "")))
}

// pagesOf returns the lines of each page of a file without the line of its number, and requires that the file
// has the form of BRF.
func pagesOf(t testing.TB, file []byte, cells, lines int) [][]string {
	t.Helper()
	var all [][]string
	rest, ok := strings.CutSuffix(string(file), "\f")
	require.True(t, ok)
	for _, text := range strings.Split(rest, "\f") {
		text, ok := strings.CutSuffix(text, "\r\n")
		require.True(t, ok)
		page := strings.Split(text, "\r\n")
		require.Len(t, page, lines)
		for _, line := range page {
			require.LessOrEqual(t, len(line), cells)
			require.NotRegexp(t, "[^ -_]", line)
		}
		require.Len(t, page[lines-1], cells, "the number of the page")
		all = append(all, page[:lines-1])
	}
	return all
}

// requireBraille requires that a file holds the cells of a text and no others, but for a sign at the end of a
// line within a word. The sign may look like the next one of the text: then both readings are followed.
func requireBraille(t testing.TB, want string, file [][]string) {
	t.Helper()
	rests := []string{strings.ReplaceAll(want, " ", "")}
	for _, page := range file {
		for _, line := range page {
			line = strings.ReplaceAll(line, " ", "")
			var next []string
			for _, rest := range rests {
				if after, ok := strings.CutPrefix(rest, line); ok {
					next = append(next, after)
				}
				if line == "" || !strings.Contains(`-@"`, line[len(line)-1:]) {
					continue
				}
				if after, ok := strings.CutPrefix(rest, line[:len(line)-1]); ok {
					next = append(next, after)
				}
			}
			require.NotEmpty(t, next, "%q is not next in %.60q", line, rests)
			rests = next
		}
	}
	require.Contains(t, rests, "")
}

// wholeBraille returns the cells of the text of a document in one language.
func wholeBraille(t testing.TB, d qrpdf.Document, s *qrpdf.Symbol) string {
	t.Helper()
	cells, err := qrpdf.InBraille(cmp.Or(d.Lang, "it"), string(write(t, qrpdf.Text{Document: d}, s)))
	require.NoError(t, err)
	return qrpdf.BRF(cells)
}

// No width loses a cell or makes a line too long.
func TestBrailleSizes(t *testing.T) {
	s := encode(t, qrpdf.Encoder{}, address(300))
	for _, lang := range languages {
		for cells := 20; cells <= 40; cells++ {
			for _, lines := range []int{10, 25, 30} {
				d := page()
				d.Lang, d.Holder = lang, "Müller"
				file := pagesOf(t, write(t, qrpdf.Braille{Document: d, Cells: cells, Lines: lines}, s), cells,
					lines)
				if !strings.Contains(lang, "+") {
					requireBraille(t, wholeBraille(t, d, s), file)
				}
				for _, page := range file {
					require.NotEmpty(t, page[0], "%s %d %d", lang, cells, lines)
				}
			}
		}
	}
}

// A heading is on the page of what follows it. Only headings begin in the fifth cell.
func TestBrailleHeadings(t *testing.T) {
	s := encode(t, qrpdf.Encoder{}, address(300))
	for lines := 10; lines <= 30; lines++ {
		for _, page := range pagesOf(t, write(t, qrpdf.Braille{Document: page(), Lines: lines}, s), 28,
			lines) {
			last := page[0]
			for _, line := range page {
				if line != "" {
					last = line
				}
			}
			assert.False(t, strings.HasPrefix(last, "    "), last)
		}
	}
}

// The current Braille, as an embosser gets it.
func TestGoldenBraille(t *testing.T) {
	s := encode(t, qrpdf.Encoder{}, address(300))
	for _, lang := range languages {
		d := page()
		d.Lang, d.Holder = lang, "Müller-Žužek"
		file := write(t, qrpdf.Braille{Document: d}, s)
		pagesOf(t, file, 28, 25)
		assert.Equal(t, string(golden(t, "braille-"+lang+".brf", file)), string(file))
	}
}

func TestBrailleRefuses(t *testing.T) {
	s := encode(t, qrpdf.Encoder{}, address(300))
	unknown, nobody := page(), page()
	unknown.Holder, nobody.DisplayName = "Ŋ", ""
	for says, b := range map[string]qrpdf.Braille{
		"line of 41 cells: Braille has 20 to 40": {Document: page(), Cells: 41},
		"line of 19 cells: Braille has 20 to 40": {Document: page(), Cells: 19},
		"line of -1 cells: Braille has 20 to 40": {Document: page(), Cells: -1},
		"page of 9 lines: Braille has 10 to 30":  {Document: page(), Lines: 9},
		"page of 31 lines: Braille has 10 to 30": {Document: page(), Lines: 31},
		"no sign of Braille for 'Ŋ' (U+014A)":    {Document: unknown},
		"no display name":                        {Document: nobody},
	} {
		out := &limited{}
		assert.EqualError(t, b.Write(out, s), says)
		assert.False(t, out.failed)
	}
	assert.ErrorIs(t, qrpdf.Braille{Document: page()}.Write(&limited{room: 9, err: errFull}, s), errFull)
}

func FuzzBraille(f *testing.F) {
	s := fullOf(f, 5)
	f.Fuzz(func(t *testing.T, cells, lines int, lang, name, place string) {
		d := page()
		d.Lang, d.DisplayName, d.Holder, d.VoidAt, d.Address, d.Contact = lang, name, name, place, place,
			place
		b := qrpdf.Braille{Document: d, Cells: cells, Lines: lines}
		var out bytes.Buffer
		if err := b.Write(&out, s); err != nil {
			require.Zero(t, out.Len())
			return
		}
		file := pagesOf(t, out.Bytes(), cmp.Or(cells, 28), cmp.Or(lines, 25))
		if !strings.Contains(lang, "+") {
			requireBraille(t, wholeBraille(t, d, s), file)
		}
	})
}
