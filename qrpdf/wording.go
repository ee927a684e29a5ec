package qrpdf

import (
	"embed"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/qr-invalidita/attesta/internal/words"
)

// wording is the complete text of a Document, a DeskCard and a CodeSheet in one language. The Italian one is
// the legal text; the others translate it sentence by sentence. Words in braces are replaced: see
// [builder.fill]. The names of the members are the keys of a Wording.
type wording struct {
	lang  string
	facts facts // as printed in this language

	Decimal string     `json:"decimal"` // the decimal comma or point
	Date    string     `json:"date"`
	First   string     `json:"first"` // the first day of a month
	Months  [12]string `json:"months"`

	Title   string `json:"title"`
	Subject string `json:"subject"` // what the file is, for its properties
	Label   struct {
		Issuer  string `json:"issuer"`
		Holder  string `json:"holder"`
		Issued  string `json:"issued"`
		Expires string `json:"expires"`
		Address string `json:"address"`
		Contact string `json:"contact"`
	} `json:"label"`

	Open    string `json:"open"`    // the link below the symbol
	Opens   string `json:"opens"`   // what the link does, for people who hear it
	Symbol  string `json:"symbol"`  // what the symbol is, for people who hear it
	Picture string `json:"picture"` // the same in a picture file
	Logo    string `json:"logo"`    // comes before the logo's own description

	Purpose section `json:"purpose"`
	Privacy struct {
		section
		Any        string `json:"any"` // what is seen under a Policy
		Categories string `json:"categories"`
		SubKinds   string `json:"subkinds"`
		Code       string `json:"code"` // with a second level
		NoCode     string `json:"no_code"`
	} `json:"privacy"`
	Person struct {
		section
		Code string `json:"code"` // a step, with a second level
	} `json:"person"`
	Checker section `json:"checker"`
	Loss    struct {
		section
		Place string `json:"place"`
		Phone string `json:"phone"`
		Ask   string `json:"ask"` // without a place and a phone
	} `json:"loss"`
	Touch section `json:"touch"`

	Card struct {
		Make    section `json:"make"`
		Touch   section `json:"touch"`
		Checker section `json:"checker"` // the short steps on the card
	} `json:"card"`

	Desk struct {
		Title   string  `json:"title"`
		Subject string  `json:"subject"`
		Address string  `json:"address"`
		Open    string  `json:"open"`
		Opens   string  `json:"opens"`
		Symbol  string  `json:"symbol"`
		Keep    section `json:"keep"`
		Fake    section `json:"fake"`
	} `json:"desk"`

	Codes struct {
		Title    string  `json:"title"`
		Subject  string  `json:"subject"`
		ID       string  `json:"id"` // the label of the list's name
		Row      string  `json:"row"`
		YesNo    string  `json:"yes_no"`
		OneEntry string  `json:"one_entry"`
		All      string  `json:"everything"`
		Use      section `json:"use"`
		Safe     section `json:"safe"`
		Loss     section `json:"loss"`
	} `json:"codes"`

	Easy struct { // one short sentence a line, with the hard words explained
		Title   string  `json:"title"`
		Purpose section `json:"purpose"`
		Symbol  section `json:"symbol"` // what a QR code is
		Person  struct {
			section
			Code []string `json:"code"` // with a second level
		} `json:"person"`
		Privacy struct {
			section
			Any        []string `json:"any"` // as in Privacy
			Categories []string `json:"categories"`
			SubKinds   []string `json:"subkinds"`
			Code       string   `json:"code"`
			NoCode     string   `json:"no_code"`
		} `json:"privacy"`
		Loss section `json:"loss"`
		Note section `json:"note"` // nobody has tested the text yet
	} `json:"easy"`
}

// section is a heading, numbered steps, and paragraphs after them.
type section struct {
	Heading string   `json:"heading"`
	Steps   []string `json:"steps"`
	Text    []string `json:"text"`
}

// with returns the section with more paragraphs. It leaves empty ones out.
func (s section) with(text ...string) *section {
	s.Text = s.Text[:len(s.Text):len(s.Text)]
	for _, t := range text {
		if t != "" {
			s.Text = append(s.Text, t)
		}
	}
	return &s
}

// split returns the section without its paragraphs, and the paragraphs.
func (s section) split() (steps, more *section) {
	return &section{Heading: s.Heading, Steps: s.Steps}, &section{Text: s.Text}
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
