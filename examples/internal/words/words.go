// Package words has the words for every code of a check, for the person at the desk, in five
// languages: a headline, a sentence and what to do next. They are in the folder data, one JSON
// file for each language and one line for each code, so a translator edits only these files.
//
// A sentence says what a code means and, if it could be taken for a no, that it says nothing
// about the person. The texts hold no personal data and no placeholders.
package words

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"strings"
	"sync"

	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/api"
)

// Words explain one code: a headline, a sentence or two, and what to do.
type Words struct {
	Headline string `json:"headline"`
	Sentence string `json:"sentence"`
	Next     string `json:"next"`
}

// For returns the words of a cause. An unknown code gives the words of "cannot tell", and an
// unknown language English.
func For(lang status.Language, code verifier.Code) Words { return in(lang).code(string(code)) }

// ForProblem returns the words for the reason why the issuer did not answer, by the rules of
// [For]. A problem and a cause of the same name have the same words.
func ForProblem(lang status.Language, code api.ProblemCode) Words {
	return in(lang).code(string(code))
}

// ForVerdict returns the words of a verdict alone. For a report use [ForReport].
func ForVerdict(lang status.Language, v verifier.Verdict) Words {
	b := in(lang)
	if w, ok := b.Verdict[v.String()]; ok {
		return w
	}
	return b.Verdict[verifier.CannotTell.String()]
}

// ForAuthenticity returns the words for the paper's authenticity.
func ForAuthenticity(lang status.Language, a verifier.Authenticity) Words {
	b := in(lang)
	if w, ok := b.Authenticity[a.String()]; ok {
		return w
	}
	return b.Authenticity[verifier.AuthenticityUnknown.String()]
}

// StatusNotChecked returns the words for an authentic paper whose issuer was not asked about
// the person. They begin with "not a yes", because an authentic paper is easily taken for one.
func StatusNotChecked(lang status.Language) Words { return in(lang).StatusNotChecked }

// ForReport returns the words that explain a report: those of the issuer's problem if there is
// one, of the cause, of [StatusNotChecked], or of "confirmed".
func ForReport(lang status.Language, r verifier.Report) Words {
	switch {
	case r.Verdict == verifier.Confirmed:
		return ForVerdict(lang, r.Verdict)
	case r.Problem != nil:
		return ForProblem(lang, r.Problem.Code)
	case r.Code != "":
		return For(lang, r.Code)
	case r.Authenticity == verifier.Authentic:
		return StatusNotChecked(lang)
	}
	return ForVerdict(lang, verifier.CannotTell)
}

// FromLocale returns the language of the first locale that is not empty, written as in LANG
// (it_IT.UTF-8) or as in a browser (it-IT). If it is none of the five languages, FromLocale
// returns English.
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
	Verdict          map[string]Words `json:"verdict"`
	Authenticity     map[string]Words `json:"authenticity"`
	StatusNotChecked Words            `json:"status_not_checked"`
	Label            map[Label]string `json:"label"`
	Code             map[string]Words `json:"code"`
	// Message maps the English text of a program's message to its translation.
	Message map[string]string `json:"message"`
}

func (b book) code(code string) Words {
	if w, ok := b.Code[code]; ok {
		return w
	}
	return b.Verdict[verifier.CannotTell.String()]
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
