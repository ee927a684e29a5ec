// Package words holds the texts of the programs in five languages: messages and errors, and the labels
// beside the values that they print. A translator edits only the folder data, which has one JSON file
// for each language. The words of the codes are in package answer.
package words

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"strings"
	"sync"

	"github.com/qr-invalidita/attesta/status"
)

// FromLocale returns the language of the first locale that is not empty, in the form of LANG
// (it_IT.UTF-8) or of a browser (it-IT). If it is none of the five, FromLocale returns English.
func FromLocale(locales ...string) status.Language {
	for _, l := range locales {
		if l == "" {
			continue
		}
		code, _, _ := strings.Cut(strings.ToLower(strings.ReplaceAll(l, "-", "_")), "_")
		code, _, _ = strings.Cut(code, ".")
		for _, lang := range status.Languages() {
			if code == string(lang) {
				return lang
			}
		}
		break
	}
	return status.English
}

// book is one file of the folder data.
type book struct {
	Label map[Label]string `json:"label"`
	// Message has the messages of the programs, by their English text.
	Message map[string]string `json:"message"`
}

func in(lang status.Language) book {
	if b, ok := books()[lang]; ok {
		return b
	}
	return books()[status.English]
}

//go:embed data/*.json
var files embed.FS

// books are read at the first call and never changed. They are part of the program, so a fault
// in one is a bug.
var books = sync.OnceValue(func() map[status.Language]book {
	all := make(map[status.Language]book)
	for _, lang := range status.Languages() {
		text, err := files.ReadFile("data/" + string(lang) + ".json")
		if err == nil {
			all[lang], err = parse(text)
		}
		if err != nil {
			panic(fmt.Sprintf("words in %s: %v", lang, err))
		}
	}
	return all
})

// parse reads a file. An unknown member is an error.
func parse(text []byte) (book, error) {
	var b book
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	err := d.Decode(&b)
	return b, err
}
