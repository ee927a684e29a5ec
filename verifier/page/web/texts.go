package web

import (
	"embed"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/qr-invalidita/attesta/internal/words"
)

// Languages returns the languages of the pages: Italian, which is the legal text, and four more.
func Languages() []string { return words.Languages() }

// Texts are sentences by language and key. Make them with [ReadTexts]. The zero value has none.
type Texts struct{ said map[string]map[string]string }

// ReadTexts reads the folder words of files: it.json, and en.json, de.json, fr.json and sl.json where they
// are there, each a JSON object with the same keys:
//
//	{
//	"home.title": "Benvenuti",
//	"home.age": "Da %d giorni"
//	}
//
// A text may contain verbs of package fmt. They are the same in all languages, with %[2]s if the order
// differs. An empty text and a key that occurs twice are errors. The error names each text that a file lacks
// or that has other verbs than in Italian. In a language without a file, a page shows the text that would be
// replaced, or else the Italian one.
func ReadTexts(files fs.FS) (Texts, error) {
	if err := words.CheckOwn(files); err != nil {
		return Texts{}, err
	}
	said, err := words.ReadOwn[map[string]string](files)
	return Texts{said}, err
}

// MustReadTexts is [ReadTexts] for files that are part of the program, where an error is a bug: it panics.
func MustReadTexts(files fs.FS) Texts {
	t, err := ReadTexts(files)
	if err != nil {
		panic(err)
	}
	return t
}

// Keys returns every key, sorted.
func (t Texts) Keys() []string { return slices.Sorted(maps.Keys(t.said["it"])) }

// Say returns the text in the language, with args formatted into its verbs, or false if there is none. An
// unknown language reads as Italian.
func (t Texts) Say(lang, key string, args ...any) (string, bool) {
	text, ok := t.said[lang][key]
	if !ok {
		text, ok = t.said["it"][key]
	}
	if len(args) > 0 {
		text = fmt.Sprintf(text, args...)
	} else {
		text = strings.ReplaceAll(text, "%%", "%")
	}
	return text, ok
}

// replace puts the texts of own in the place of those with the same key.
func (t Texts) replace(own Texts) error {
	for _, key := range own.Keys() {
		if _, ok := t.said["it"][key]; !ok {
			return fmt.Errorf("%s replaces no text", key)
		}
	}
	for lang, texts := range own.said {
		maps.Copy(t.said[lang], texts)
	}
	return nil
}

func merge(all []Texts) (Texts, error) {
	sum := Texts{make(map[string]map[string]string)}
	for _, lang := range Languages() {
		sum.said[lang] = make(map[string]string)
	}
	for _, t := range all {
		for _, key := range t.Keys() {
			if _, ok := sum.said["it"][key]; ok {
				return Texts{}, fmt.Errorf("%s stands in another file too", key)
			}
		}
		for lang, texts := range t.said {
			maps.Copy(sum.said[lang], texts)
		}
	}
	return sum, nil
}

// frame is what the frame says in one language. Months are as they occur in a date, for which Slovene has the
// genitive, and German South Tyrol's word for January.
type frame struct {
	Date   string // has {day}, {month} and {year}
	Months [12]string
	Texts  map[string]string
}

//go:embed words/*.json
var wordFiles embed.FS

// frames are by language, part of the program and never changed.
var frames = sync.OnceValue(func() map[string]frame { return words.MustRead[frame](wordFiles) })

func frameTexts() Texts {
	t := Texts{make(map[string]map[string]string)}
	for lang, f := range frames() {
		t.said[lang] = f.Texts
	}
	return t
}
