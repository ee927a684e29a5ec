package qrpdf

import "sync"

// brailleTable is the Braille of a language: uncontracted, in six dots. A list of signs has a space before
// each, which is the character and the cells after it.
type brailleTable struct {
	signs     string // and letters that are not in the alphabet
	open, end string // the quotation marks that are not among the signs

	number string // before a number
	digits string // 0 to 9
	within string // signs between two digits that do not end the number
	after  string // signs that are written otherwise right after a digit
	letter string // between a number and a letter that would be read as a digit

	capital  string // before one capital letter
	capitals string // before several; empty: each has its own
	lone     bool   // capitals is also before one that no small letter follows
	small    string // where capitals end within a word; empty: each capital has its own

	accents string // before the letter without its accent: of each accent, or
	accent  string // of all that have no letter of their own

	begin    string // before an address; empty: nothing
	goesOn   string // at the end of a line within an address
	computer bool   // an address is written in computer Braille
}

// alphabet holds the cells of the letters a to z, which are the same in every language.
const alphabet = "⠁⠃⠉⠙⠑⠋⠛⠓⠊⠚⠅⠇⠍⠝⠕⠏⠟⠗⠎⠞⠥⠧⠺⠭⠽⠵"

// The cells of the digits 0 to 9: the letters j and a to i, and Antoine's digits, which computer Braille and
// French have.
const (
	letterDigits  = "⠚⠁⠃⠉⠙⠑⠋⠛⠓⠊"
	antoineDigits = "⠬⠡⠣⠩⠹⠱⠫⠻⠳⠪"
)

// brailleTables returns the tables by language, and that of computer Braille. They were written down by hand.
// The tests compare them with tables of liblouis 3.24: it-it-comp6.utb, de-g0-detailed.utb, de-comp6.utb,
// fr-bfu-comp6.utb, en-ueb-g1.ctb and sl-si-g1.utb.
var brailleTables = sync.OnceValue(func() map[string]*brailleTable {
	const (
		// The vowels of Italian, and the letters of other languages as in French.
		romance = " à⠷ è⠮ é⠿ ì⠌ ò⠬ ó⠬ ù⠾ ç⠯ â⠡ ê⠣ î⠩ ô⠹ û⠱ ë⠫ ï⠻ ü⠳ ö⠪ œ⠪ ä⠜"
		points  = " ,⠂ ;⠆ :⠒ ?⠢ !⠖ -⠤"
	)
	return map[string]*brailleTable{
		"it": {
			signs: points + romance + " .⠲ '⠄ ’⠄ ‘⠄ (⠦ )⠴ [⠷ ]⠾ {⠷ }⠾ /⠲ –⠤⠤ —⠤⠤ %⠿ &⠯ +⠖ =⠶ @⠜ _⠸ #⠼" +
				" *⠔ °⠴ €⠘⠑ $⠨ …⠄⠄⠄ ß⠎⠎",
			open: "⠦", end: "⠴",
			number: "⠼", digits: letterDigits, letter: "⠠",
			capital: "⠨", capitals: "⠈⠠", accent: "⠈",
			computer: true,
		},
		"de": {
			signs: points + " .⠄ '⠠ ’⠠ ‘⠠⠦ (⠶ )⠶ [⠠⠶ ]⠠⠶ {⠐⠷ }⠐⠷ /⠐⠂ –⠠⠤ —⠠⠤ %⠼⠚⠴ &⠐⠥ +⠈⠖ =⠈⠶" +
				" @⠈⠜ _⠈⠸ #⠈⠼ *⠠⠔ °⠈⠴ €⠈⠑ §⠬ $⠈⠎ …⠄⠄⠄ ä⠜ ö⠪ ü⠳ ß⠮ à⠈⠷ â⠈⠡ ç⠈⠯ è⠈⠮ é⠈⠿ ê⠈⠣ ë⠈⠫ ì⠈⠌" +
				" î⠈⠩ ï⠈⠻ ò⠈⠬ ô⠈⠹ œ⠈⠪ ù⠈⠾ û⠈⠱",
			open: "⠦", end: "⠴",
			number: "⠼", digits: letterDigits, letter: "⠠",
			within: " .⠄ ,⠂ :⠈⠒", after: " ;⠠⠆ ?⠠⠢ !⠠⠖ (⠠⠶ )⠠⠶ [⠠⠠⠶ ]⠠⠠⠶ :⠠⠒",
			capital: "⠨", capitals: "⠘", lone: true, small: "⠠", accent: "⠈",
			computer: true,
		},
		"fr": {
			signs: points + romance + " .⠲ '⠄ ’⠄ ‘⠶ (⠦ )⠴ [⠘⠦ ]⠴⠃ {⠠⠠⠦ }⠴⠄⠄ /⠌ –⠤ —⠤ %⠐⠬ &⠐⠿ +⠠⠖ =⠠⠶ @⠜" +
				" _⠐⠤ #⠐⠼ *⠐⠔ °⠐⠕ €⠘⠑ §⠐⠏ $⠘⠎ …⠲⠲⠲ ~⠐⠢ á⠷ í⠌ ú⠾ ñ⠻ æ⠜ ß⠎⠎",
			open: "⠶", end: "⠶",
			number: "⠠", digits: "⠼" + antoineDigits[len("⠬"):], letter: "⠠⠄",
			within:  " .⠲ ,⠂ :⠒",
			capital: "⠨", capitals: "⠨⠨", small: "⠠⠄", accent: "⠈",
			goesOn: "⠐",
		},
		"en": {
			signs: " .⠲ ,⠂ ;⠆ :⠒ ?⠦ !⠖ '⠄ ’⠄ ‘⠠⠦ “⠦ ”⠴ «⠸⠦ »⠸⠴ (⠐⠣ )⠐⠜ [⠨⠣ ]⠨⠜ {⠸⠣ }⠸⠜ /⠸⠌ -⠤ –⠠⠤ —⠠⠤" +
				" %⠨⠴ &⠈⠯ +⠐⠖ =⠐⠶ @⠈⠁ _⠨⠤ #⠸⠹ *⠐⠔ °⠘⠚ €⠈⠑ §⠘⠎ $⠈⠎ …⠲⠲⠲ ~⠈⠔ ß⠨⠮ æ⠁⠘⠖⠑ œ⠕⠘⠖⠑",
			open: "⠦", end: "⠴",
			number: "⠼", digits: letterDigits, letter: "⠰",
			within:  " .⠲ ,⠂",
			capital: "⠠", capitals: "⠠⠠", small: "⠠⠄",
			accents: " \u0300⠘⠡ \u0301⠘⠌ \u0302⠘⠩ \u0303⠘⠻ \u0304⠈⠤ \u0306⠈⠬ \u0308⠘⠒ \u030A⠘⠫ \u030C⠘⠬" +
				" \u0327⠘⠯ \u0335⠈⠒ \u0338⠈⠡",
			goesOn: "⠐",
		},
		"sl": {
			signs: points + " .⠲ '⠄ ’⠄ ‘⠦ (⠦ )⠴ [⠠⠖ ]⠠⠲ {⠠⠣ }⠠⠜ /⠾ –⠠⠤ —⠠⠤ %⠻ &⠐⠊ +⠳ =⠶ @⠪ _⠐⠤ #⠐⠝ *⠔" +
				" °⠐⠎ €⠐⠑ §⠈⠎⠄ $⠐⠙ …⠄⠄⠄ ~⠐⠵ č⠡ š⠱ ž⠮ ć⠩ đ⠹ ß⠎⠎ æ⠁⠑",
			open: "⠦", end: "⠴",
			number: "⠼", digits: letterDigits, letter: "⠠",
			within:  " .⠲ ,⠂ :⠒",
			capital: "⠨", capitals: "⠸", small: "⠠", accent: "⠈",
			goesOn: "⠐",
		},
		// Computer Braille of eight dots is the same in Italian and German, as far as addresses need it.
		// In six dots, dot 4 before a cell stands for dot 7.
		"computer": {
			signs:  " .⠄ ,⠂ ;⠆ :⠒ ?⠢ !⠐ '⠠⠠ (⠦ )⠴ [⠈⠷ ]⠈⠾ /⠲ -⠤ %⠿ &⠯ +⠖ =⠶ @⠈⠜ _⠈⠸ #⠼ *⠔ ~⠮ $⠨⠨",
			digits: antoineDigits, capital: "⠈", begin: "⠠⠨", goesOn: "⠈",
		},
	}
})
