package qrpdf

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// widestSign is the greatest number of cells of a character. Letters with many accents have more.
const widestSign = 9

// brailleWord is a word or an address in Braille: its characters, each of which stays on one line.
type brailleWord struct {
	signs  []string
	goesOn string // at the end of a line within the word
	slash  string // after which a line within an address ends best
}

// printOnly replaces what Braille writes otherwise: it has no space between a word and a sign.
var printOnly = strings.NewReplacer("...", "…", "\u00a0:", ":", "\u00a0;", ";", "\u00a0!", "!",
	"\u00a0?", "?", "«\u00a0", "«", "\u00a0»", "»")

// brailleWords translates a text.
func brailleWords(lang, text string) ([]brailleWord, error) {
	var words []brailleWord
	for _, word := range strings.Fields(printOnly.Replace(text)) {
		t, w := brailleTables()[lang], brailleWord{goesOn: "⠤"}
		if isAddress(word) {
			if t.computer {
				t = brailleTables()["computer"]
			}
			w.goesOn, w.slash = t.goesOn, lookUp(t.signs, "/")
		}
		signs, err := t.translate(word)
		if err != nil {
			return nil, err
		}
		if t.begin != "" {
			signs[0] = t.begin + signs[0]
		}
		w.signs = signs
		words = append(words, w)
	}
	return words, nil
}

// isAddress reports whether a word is one that people type into a computer.
func isAddress(word string) bool { return strings.Contains(word, "://") || strings.Contains(word, "@") }

// translate returns the characters of a word, each with the signs before it.
func (t *brailleTable) translate(word string) ([]string, error) {
	letters := clusters(norm.NFC.String(word))
	capitals := t.capitalSigns(letters)
	signs := make([]string, len(letters))
	inNumber, before := false, ' '
	for i, c := range letters {
		r, next := first(c), ' '
		if i+1 < len(letters) {
			next = first(letters[i+1])
		}
		switch {
		case isDigit(r):
			if !inNumber {
				signs[i] = t.number
			}
			signs[i] += cell(t.digits, int(r-'0'))
			inNumber, before = true, r
			continue
		case inNumber && isDigit(next) && lookUp(t.within, c) != "":
			signs[i], before = lookUp(t.within, c), r
			continue
		case inNumber && lookUp(t.after, c) != "":
			signs[i] = lookUp(t.after, c)
		case unicode.IsLetter(r):
			body := t.letterCells(c)
			if inNumber && capitals[i] == "" && body != "" && strings.Contains(t.digits, body) {
				body = t.letter + body
			}
			signs[i] = body
		default:
			signs[i] = t.sign(c, before)
		}
		if signs[i] == "" || cellCount(signs[i]) > widestSign {
			return nil, fmt.Errorf("no sign of Braille for %q (%U)", r, r)
		}
		signs[i] = capitals[i] + signs[i]
		inNumber, before = false, r
	}
	return signs, nil
}

// capitalSigns returns what comes before each letter because of its size.
func (t *brailleTable) capitalSigns(letters []string) []string {
	marks := make([]string, len(letters))
	for i := 0; i < len(letters); i++ {
		end := i
		for end < len(letters) && unicode.IsUpper(first(letters[end])) {
			end++
		}
		small := end < len(letters) && unicode.IsLower(first(letters[end]))
		switch n := end - i; {
		case n == 0:
			continue
		case n == 1 && (small || !t.lone), t.small == "" && small, t.capitals == "":
			for j := i; j < end; j++ {
				marks[j] = t.capital
			}
		default:
			marks[i] = t.capitals
			if small {
				marks[end] = t.small
			}
		}
		i = end - 1
	}
	return marks
}

// strokes are letters whose accent Unicode does not take off.
var strokes = strings.NewReplacer("đ", "d\u0335", "ħ", "h\u0335", "ŧ", "t\u0335", "ł", "l\u0338",
	"ø", "o\u0338", "ı", "i\u0307", "º", "o", "ª", "a")

// letterCells returns the cells of a letter without its size, or none if the table has none.
func (t *brailleTable) letterCells(letter string) string {
	letter = norm.NFC.String(strings.ToLower(letter))
	if cells := lookUp(t.signs, letter); cells != "" {
		return cells
	}
	base, accents := cutFirst(norm.NFD.String(strokes.Replace(letter)))
	if base < 'a' || base > 'z' {
		return ""
	}
	before := ""
	for _, accent := range accents {
		if t.accents == "" {
			before = t.accent
			break
		}
		cells := lookUp(t.accents, string(accent))
		if cells == "" {
			return ""
		}
		before += cells
	}
	if accents != "" && before == "" {
		return ""
	}
	return before + cell(alphabet, int(base-'a'))
}

// sign returns the cells of a sign that follows a character. A quotation mark opens at the start of a word
// and closes elsewhere.
func (t *brailleTable) sign(sign string, before rune) string {
	if cells := lookUp(t.signs, sign); cells != "" || !strings.Contains(`"«»“”„`, sign) {
		return cells
	}
	if strings.ContainsRune(" ([{", before) {
		return t.open
	}
	return t.end
}

// lookUp returns the cells of a character in a list of signs.
func lookUp(signs, character string) string {
	_, rest, _ := strings.Cut(signs, " "+character)
	cells, _, _ := strings.Cut(rest, " ")
	return cells
}

// cell returns one of the cells.
func cell(cells string, n int) string { return cells[n*len("⠁") : (n+1)*len("⠁")] }

// cellCount returns the number of cells.
func cellCount(cells string) int { return len(cells) / len("⠁") }

// clusters returns the characters of a word, each with the accents that stand alone after it.
func clusters(word string) []string {
	var all []string
	for _, r := range word {
		if n := len(all); n > 0 && unicode.Is(unicode.Mn, r) {
			all[n-1] += string(r)
		} else {
			all = append(all, string(r))
		}
	}
	return all
}

func first(character string) rune {
	r, _ := cutFirst(character)
	return r
}

func cutFirst(s string) (rune, string) {
	r, n := utf8.DecodeRuneInString(s)
	return r, s[n:]
}
