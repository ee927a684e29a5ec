package qrpdf

import (
	"embed"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/qr-invalidita/attesta/internal/words"
)

// wording is the complete text of a Document in one language. The Italian one is the legal text;
// the others translate it sentence by sentence. Words in braces are replaced: {address} by the
// printed address, {side}, {left} and {top} by the position of the symbol in centimetres, {day},
// {month} and {year} by parts of a date.
type wording struct {
	lang    string
	Decimal string     `json:"decimal"` // the decimal comma or point
	Date    string     `json:"date"`
	First   string     `json:"first"` // the first day of a month
	Months  [12]string `json:"months"`

	Title   string `json:"title"`
	Subject string `json:"subject"` // what the file is, for its properties

	Issuer  string `json:"issuer"` // labels of the facts
	Holder  string `json:"holder"`
	Issued  string `json:"issued"`
	Expires string `json:"expires"`
	Address string `json:"address"`
	Contact string `json:"contact"`

	Open   string `json:"open"`   // the link below the symbol
	Opens  string `json:"opens"`  // what the link does, for people who hear it
	Symbol string `json:"symbol"` // what the symbol is, for people who hear it
	Logo   string `json:"logo"`   // comes before the logo's own description

	Purpose section   `json:"purpose"`
	Privacy section   `json:"privacy"`
	Person  section   `json:"person"`
	Checker section   `json:"checker"`
	Loss    section   `json:"loss"`
	Ask     string    `json:"ask"` // where to void it if the issuer does not say
	Touch   section   `json:"touch"`
	Fold    section   `json:"fold"`     // wallet card: how to make it
	Feel    section   `json:"feel"`     // wallet card: touch
	CardWho string    `json:"card_who"` // wallet card: heading of the short steps
	Card    [3]string `json:"card"`
	CardSay string    `json:"card_say"` // wallet card: privacy in one sentence
	CardEnd string    `json:"card_end"` // wallet card: loss in one sentence, before the place

	Easy easyWording `json:"easy"`
}

// easyWording is the text of the layout Easy: one short sentence a paragraph, hard words explained.
type easyWording struct {
	Title   string   `json:"title"`
	Purpose section  `json:"purpose"`
	Symbol  section  `json:"symbol"` // what a QR code is
	Person  section  `json:"person"`
	Code    []string `json:"code"` // belongs to Person
	Privacy section  `json:"privacy"`
	Loss    section  `json:"loss"`
	Note    section  `json:"note"` // nobody has tested the text yet
}

// section is a heading, numbered steps, and paragraphs after them.
type section struct {
	Heading string   `json:"heading"`
	Steps   []string `json:"steps,omitempty"`
	Text    []string `json:"text,omitempty"`
}

//go:embed words
var wordFiles embed.FS

// catalogue returns the wordings, Italian first.
var catalogue = sync.OnceValue(func() []*wording {
	var all []*wording
	read := words.MustRead[*wording](wordFiles)
	for _, lang := range words.Languages() {
		read[lang].lang = lang
		all = append(all, read[lang])
	}
	return all
})

// speak returns the wordings of a language or of a pair of languages.
func speak(lang string) ([]*wording, bool) {
	if lang == "" {
		lang = "it"
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
	case first != "it" || second == "en":
		return nil, false
	}
	return chosen, len(chosen) == 2
}

// day returns the date of t in words, in the time zone of t.
func (w *wording) day(t time.Time) string {
	day := strconv.Itoa(t.Day())
	if t.Day() == 1 {
		day = w.First
	}
	return strings.NewReplacer("{day}", day, "{month}", w.Months[t.Month()-1],
		"{year}", strconv.Itoa(t.Year())).Replace(w.Date)
}

// centimetres returns a length given in points, with at most one decimal.
func (w *wording) centimetres(points float64) string {
	s := strconv.FormatFloat(points/mm/10, 'f', 1, 64)
	return strings.ReplaceAll(strings.TrimSuffix(s, ".0"), ".", w.Decimal)
}

// each calls yield for every text.
func (w *wording) each(yield func(string)) { eachText(reflect.ValueOf(w).Elem(), yield) }

// eachBold calls yield for every text in bold type, headings and labels, but not for those of Easy.
func (w *wording) eachBold(yield func(string)) {
	for _, text := range [...]string{w.Title, w.Issuer, w.Holder, w.Issued, w.Expires, w.Address, w.Contact,
		w.CardWho, w.CardEnd} {
		yield(text)
	}
	for _, s := range [...]*section{&w.Purpose, &w.Privacy, &w.Person, &w.Checker, &w.Loss, &w.Touch, &w.Fold,
		&w.Feel} {
		yield(s.Heading)
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
