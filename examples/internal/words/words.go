// Package words holds the texts of the programs in five languages: messages and errors, and the labels
// beside the values that they print. A translator edits only the folder words, which has one JSON file
// for each language. The words of the codes are in package answer.
package words

import (
	"embed"
	"strings"
	"sync"

	"github.com/qr-invalidita/attesta/internal/words"
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

// book is one file of the folder words.
type book struct {
	Label map[Label]string `json:"label"`
	// Message has the messages of the programs, by their English text.
	Message map[string]string `json:"message"`
}

func in(lang status.Language) book {
	if b, ok := books()[string(lang)]; ok {
		return b
	}
	return books()[string(status.English)]
}

//go:embed words/*.json
var wordFiles embed.FS

// books are part of the program and never changed.
var books = sync.OnceValue(func() map[string]book { return words.MustRead[book](wordFiles) })
