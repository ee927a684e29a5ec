package qrpdf

import (
	"reflect"
	"strconv"
	"strings"
	"time"
)

// wording is the complete text of a Document in one language. The Italian one is the legal text;
// the others translate it sentence by sentence. Words in braces are replaced: {address} by the
// printed address, {side}, {left} and {top} by the position of the symbol in centimetres, {day},
// {month} and {year} by parts of a date.
type wording struct {
	lang    string
	decimal string // the decimal comma or point
	date    string
	first   string // the first day of a month
	months  [12]string

	title   string
	subject string // what the file is, for its properties

	issuer, holder, issued, expires, address, contact string // labels of the facts

	open   string // the link below the symbol
	opens  string // what the link does, for people who hear it
	symbol string // what the symbol is, for people who hear it
	logo   string // comes before the logo's own description

	purpose, privacy, person, checker, loss section
	ask                                     string // where to void it if the issuer does not say
	touch                                   section
	fold                                    section // wallet card: how to make it
	feel                                    section // wallet card: touch
	cardWho                                 string  // wallet card: heading of the short steps
	card                                    [3]string
	cardSay                                 string // wallet card: privacy in one sentence
	cardEnd                                 string // wallet card: loss in one sentence, before the place
}

// section is a heading, numbered steps, and paragraphs after them.
type section struct {
	heading string
	steps   []string
	text    []string
}

// catalogue holds the wordings, Italian first.
func catalogue() [5]*wording { return [...]*wording{&italian, &english, &german, &french, &slovene} }

// speak returns the wordings of a language or of a pair of languages.
func speak(lang string) ([]*wording, bool) {
	if lang == "" {
		lang = italian.lang
	}
	first, second, pair := strings.Cut(lang, "+")
	var chosen []*wording
	for _, w := range catalogue() {
		if w.lang == first || pair && w.lang == second {
			chosen = append(chosen, w)
		}
	}
	switch {
	case !pair:
		return chosen, len(chosen) == 1
	case first != italian.lang || second == english.lang:
		return nil, false
	}
	return chosen, len(chosen) == 2
}

// day returns the date of t in words, in the time zone of t.
func (w *wording) day(t time.Time) string {
	day := strconv.Itoa(t.Day())
	if t.Day() == 1 {
		day = w.first
	}
	return strings.NewReplacer("{day}", day, "{month}", w.months[t.Month()-1],
		"{year}", strconv.Itoa(t.Year())).Replace(w.date)
}

// centimetres returns a length given in points, with at most one decimal.
func (w *wording) centimetres(points float64) string {
	s := strconv.FormatFloat(points/mm/10, 'f', 1, 64)
	return strings.ReplaceAll(strings.TrimSuffix(s, ".0"), ".", w.decimal)
}

// each calls yield for every text.
func (w *wording) each(yield func(string)) { eachText(reflect.ValueOf(w).Elem(), yield) }

// eachBold calls yield for every text in bold type: headings and labels.
func (w *wording) eachBold(yield func(string)) {
	for _, text := range [...]string{w.title, w.issuer, w.holder, w.issued, w.expires, w.address, w.contact,
		w.cardWho, w.cardEnd} {
		yield(text)
	}
	for _, s := range [...]*section{&w.purpose, &w.privacy, &w.person, &w.checker, &w.loss, &w.touch, &w.fold,
		&w.feel} {
		yield(s.heading)
	}
}

func eachText(v reflect.Value, yield func(string)) {
	switch v.Kind() {
	case reflect.String:
		yield(v.String())
	case reflect.Struct:
		for i := range v.NumField() {
			eachText(v.Field(i), yield)
		}
	case reflect.Array, reflect.Slice:
		for i := range v.Len() {
			eachText(v.Index(i), yield)
		}
	}
}
