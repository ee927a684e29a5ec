package gsm7

import "strings"

// Transliterate replaces characters outside the alphabet by characters in it if a reader still
// recognises the word: È by E, č by c, ’ by ', … by "...". Characters in the alphabet stay, è
// among them. Characters without a replacement stay too, and [Units] then reports that the
// text is not in the alphabet. Combining marks are dropped. The result may be longer than s. A
// second call changes nothing more.
func Transliterate(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	for _, r := range s {
		if _, _, ok := septet(r); ok {
			b.WriteRune(r)
		} else {
			b.WriteString(replacement(r))
		}
	}
	return b.String()
}

// replacement covers Latin-1, Latin Extended-A, the other Romanian letters, and the
// punctuation that word processors insert.
func replacement(r rune) string {
	switch r {
	case 'À', 'Á', 'Â', 'Ã', 'Ā', 'Ă', 'Ą':
		return "A"
	case 'á', 'â', 'ã', 'ā', 'ă', 'ą':
		return "a"
	case 'Ć', 'Č', 'Ċ', 'Ĉ':
		return "C"
	case 'ç', 'ć', 'č', 'ċ', 'ĉ':
		return "c"
	case 'Ď', 'Đ', 'Ð':
		return "D"
	case 'ď', 'đ', 'ð':
		return "d"
	case 'È', 'Ê', 'Ë', 'Ē', 'Ė', 'Ę', 'Ě', 'Ĕ':
		return "E"
	case 'ê', 'ë', 'ē', 'ė', 'ę', 'ě', 'ĕ':
		return "e"
	case 'Ģ', 'Ğ', 'Ġ', 'Ĝ':
		return "G"
	case 'ģ', 'ğ', 'ġ', 'ĝ':
		return "g"
	case 'Ħ', 'Ĥ':
		return "H"
	case 'ħ', 'ĥ':
		return "h"
	case 'Ì', 'Í', 'Î', 'Ï', 'Ī', 'Į', 'İ', 'Ĩ', 'Ĭ':
		return "I"
	case 'í', 'î', 'ï', 'ī', 'į', 'ı', 'ĩ', 'ĭ':
		return "i"
	case 'Ķ':
		return "K"
	case 'ķ', 'ĸ':
		return "k"
	case 'Ĺ', 'Ļ', 'Ľ', 'Ł', 'Ŀ':
		return "L"
	case 'ĺ', 'ļ', 'ľ', 'ł', 'ŀ':
		return "l"
	case 'Ń', 'Ņ', 'Ň', 'Ŋ':
		return "N"
	case 'ń', 'ņ', 'ň', 'ŋ':
		return "n"
	case 'Ò', 'Ó', 'Ô', 'Õ', 'Ő', 'Ō', 'Ŏ':
		return "O"
	case 'ó', 'ô', 'õ', 'ő', 'ō', 'ŏ':
		return "o"
	case 'Ĳ':
		return "IJ"
	case 'ĳ':
		return "ij"
	case 'Ĵ':
		return "J"
	case 'ĵ':
		return "j"
	case 'ŉ':
		return "'n"
	case 'Œ':
		return "OE"
	case 'œ':
		return "oe"
	case 'Ŕ', 'Ř', 'Ŗ':
		return "R"
	case 'ŕ', 'ř', 'ŗ':
		return "r"
	case 'Ś', 'Ş', 'Š', 'Ș', 'Ŝ':
		return "S"
	case 'ś', 'ş', 'š', 'ș', 'ŝ', 'ſ':
		return "s"
	case 'ẞ':
		return "SS"
	case 'Ţ', 'Ť', 'Ț', 'Ŧ':
		return "T"
	case 'ţ', 'ť', 'ț', 'ŧ':
		return "t"
	case 'Þ':
		return "Th"
	case 'þ':
		return "th"
	case 'Ù', 'Ú', 'Û', 'Ū', 'Ů', 'Ű', 'Ų', 'Ũ', 'Ŭ':
		return "U"
	case 'ú', 'û', 'ū', 'ů', 'ű', 'ų', 'ũ', 'ŭ':
		return "u"
	case 'Ŵ':
		return "W"
	case 'ŵ':
		return "w"
	case 'Ý', 'Ÿ', 'Ŷ':
		return "Y"
	case 'ý', 'ÿ', 'ŷ':
		return "y"
	case 'Ź', 'Ż', 'Ž':
		return "Z"
	case 'ź', 'ż', 'ž':
		return "z"
	case '‘', '’', '‚', '‛', '′', '´', '`', 'ʼ':
		return "'"
	case '“', '”', '„', '‟', '″', '«', '»':
		return "\""
	case '‐', '‑', '‒', '–', '—', '―', '−':
		return "-"
	case '…':
		return "..."
	case '•', '·':
		return "."
	case 'ª':
		return "a"
	case 'º', '°':
		return "o"
	case '\t', '\u00a0', '\u2007', '\u2009', '\u202f':
		return " "
	case '\u00ad', '\u200b', '\u200c', '\u200d', '\u2060', '\ufeff':
		return ""
	}
	if r >= '\u0300' && r <= '\u036f' {
		return ""
	}
	return string(r)
}
