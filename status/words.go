package status

import (
	"cmp"
	"embed"
	"encoding/json"
	"sync"

	"github.com/qr-invalidita/attesta/internal/words"
)

// A Language is one of the languages of [Describe]. Italian is the text of the law; the others
// help to understand it. German, French and Slovene are official in South Tyrol (DPR 574/1988),
// in Valle d'Aosta (L. cost. 4/1948 art. 38) and in Friuli-Venezia Giulia (L. 38/2001 art. 8).
type Language string

// The languages, by their ISO 639-1 codes.
const (
	Italian Language = "it"
	English Language = "en"
	German  Language = "de"
	French  Language = "fr"
	Slovene Language = "sl"
)

// Languages returns every Language, Italian first.
func Languages() []Language {
	var all []Language
	for _, lang := range words.Languages() {
		all = append(all, Language(lang))
	}
	return all
}

// Words are the words for one code in one language.
type Words struct {
	// Legal is the wording of the laws as printed on papers issued before 30 June 2024. Reform is
	// that of D.Lgs. 62/2024 art. 4, in force since then. They are equal if the reform changed
	// nothing. Show both to people who may hold either paper.
	Legal, Reform string
	// Plain is a sentence or two in plain language. It explains and has no legal force.
	Plain string
	// Law is the source, cited as in Italy in every language.
	Law string
}

// Describe returns the words for a code: a [Domain], [Category], [SubKind], [Degree], [State],
// [Annotation], [Tri], [Class], [TitleKind], [Doubt] or
// [AdultRights], including the zero State and the zero
// Tri. ok is false for an unknown code or language; there is no fallback to another language. The
// words are in the folder words, one JSON file per language, and the laws in laws.json.
func Describe[C Domain | Category | SubKind | Degree | State | Annotation | Tri | Class | TitleKind |
	Doubt | AdultRights](
	code C, lang Language,
) (Words, bool) {
	group, key := "", string(code)
	switch any(code).(type) {
	case Domain:
		group = "domain"
	case Category:
		group = "category"
	case SubKind:
		group = "sub_kind"
	case Degree:
		group = "degree"
	case State:
		group = "state"
		if key == "" {
			key = "absent"
		}
	case Annotation:
		group = "annotation"
	case Tri:
		group = "tri"
		if key == "" {
			key = "not_recorded"
		}
	case Class:
		group = "class"
	case TitleKind:
		group = "title_kind"
	case Doubt:
		group = "doubt"
	case AdultRights:
		group = "adult_rights"
	}
	w, ok := catalogue()[string(lang)][group][key]
	return w, ok
}

//go:embed words/*.json
var wordFiles embed.FS

//go:embed laws.json
var lawFile []byte

// The catalogue is read at the first call and never changed. It is part of the program, so a fault in a file
// is a bug.
var catalogue = sync.OnceValue(func() map[string]map[string]map[string]Words {
	var laws map[string]map[string]string
	if err := json.Unmarshal(lawFile, &laws); err != nil {
		panic(err)
	}
	all := words.MustRead[map[string]map[string]Words](wordFiles)
	for _, groups := range all {
		for group, codes := range groups {
			for code, w := range codes {
				w.Law = laws[group][code]
				w.Reform = cmp.Or(w.Reform, w.Legal)
				codes[code] = w
			}
		}
	}
	return all
})
