package service

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// lookalikes replaces letters and digits by the Latin letter that a reader takes them for: the first of each
// pair by the second. It follows the table of Unicode UTS #39 (confusables.txt) for the Cyrillic, Greek and
// Latin letters that look like a basic one in capitals or small; digits are those that people put in place
// of letters.
var lookalikes = strings.NewReplacer(append(pairs(
	"Аa аa Вb вb Сc сc ԁd Еe еe Ёe ёe Єe єe Ғf ғf Ԍg ԍg Нh нh Һh һh Іi іi Їi "+
		"їi Ӏi ӏi Јj јj Кk кk Мm мm Оo оo Пn пn Рp рp Ԛq ԛq гr Гr Ѕs ѕs Тt тt Иu "+
		"иu Ѵv ѵv Ԝw ԝw Хx хx Уy уy Үy үy Зe зe "+
		"Αa αa Βb βb ϲc Ϲc Δa δo Εe εe ϵe Ηh ηn Ιi ιi Κk κk Λa Μm μu Νn νv Οo οo "+
		"Σe σo ςc Ξe Πn πn Ρp ρp Τt τt υu Υy Φo Χx χx Ζz ζz γy Γr Ωo ωw Θo θo Ψy "+
		"ϳj "+
		"Øo øo Łi łi Đd đd Ðd ðd Ħh ħh ıi ſs Þp þp ɑa ɡg ɩi ŋn Ŋn ꞵb ɯw ʟi ɴn ʀr "+
		"0o 1i 2z 3e 4a 5s 6g 7t 8b 9g"),
	"ß", "ss", "ẞ", "ss", "Æ", "ae", "æ", "ae", "Œ", "oe", "œ", "oe")...)

// pairs returns the letters of each word of two, one by one.
func pairs(words string) []string {
	return strings.Split(strings.ReplaceAll(words, " ", ""), "")
}

// fold returns the words of s as a reader takes them, in small letters without accents, so that two names
// that look alike are equal. As in UTS #39, l, i and 1 are one letter, rn is m and vv is w.
func fold(s string) []string {
	plain := strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFKD.String(s)) // NFKC, with the accents apart
	words := strings.FieldsFunc(plain, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
	same := strings.NewReplacer("l", "i", "rn", "m", "vv", "w")
	for i, w := range words {
		words[i] = same.Replace(strings.ToLower(lookalikes.Replace(w)))
	}
	return words
}
