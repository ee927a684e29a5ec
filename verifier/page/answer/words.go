package answer

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"sync"

	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/api"
)

// Words say one thing: big, in a sentence or two, and what to do.
type Words struct {
	Headline string `json:"headline"`
	Sentence string `json:"sentence"`
	Next     string `json:"next"`
}

// For returns the words of a cause. An unknown code is said as "cannot tell", an unknown language is
// English.
func For(lang status.Language, code api.Code) Words { return in(lang).code(string(code)) }

// ForProblem returns the words of why the issuer gave no answer, with the same rules as [For]. A problem and
// a cause of the same name have the same words.
func ForProblem(lang status.Language, code api.ProblemCode) Words {
	return in(lang).code(string(code))
}

// ForVerdict returns the words of a verdict by itself. That of a report is better said by [ForReport].
func ForVerdict(lang status.Language, v api.Outcome) Words {
	b := in(lang)
	if w, ok := b.Verdict[v.String()]; ok {
		return w
	}
	return b.Verdict[api.CannotTell.String()]
}

// ForAuthenticity returns the words of what is known of the paper.
func ForAuthenticity(lang status.Language, a verifier.Authenticity) Words {
	b := in(lang)
	if w, ok := b.Authenticity[a.String()]; ok {
		return w
	}
	return b.Authenticity[verifier.AuthenticityUnknown.String()]
}

// StatusNotChecked returns the words of an authentic paper about whose person nobody was asked. They begin
// with "not a yes", since an authentic paper is easily taken for one.
func StatusNotChecked(lang status.Language) Words { return in(lang).StatusNotChecked }

// ForReport returns the words that explain a report: those of the issuer's problem where there is one, of
// the cause, of [StatusNotChecked], or of "confirmed".
func ForReport(lang status.Language, r verifier.Report) Words {
	switch {
	case r.Verdict == api.Confirmed:
		return ForVerdict(lang, r.Verdict)
	case r.Problem != nil:
		return ForProblem(lang, r.Problem.Code)
	case r.Code != "":
		return For(lang, r.Code)
	case r.Authenticity == verifier.Authentic:
		return StatusNotChecked(lang)
	}
	return ForVerdict(lang, api.CannotTell)
}

// book is one file of the folder data.
type book struct {
	Verdict          map[string]Words `json:"verdict"`
	Authenticity     map[string]Words `json:"authenticity"`
	StatusNotChecked Words            `json:"status_not_checked"`
	Code             map[string]Words `json:"code"`
}

func (b book) code(code string) Words {
	if w, ok := b.Code[code]; ok {
		return w
	}
	return b.Verdict[api.CannotTell.String()]
}

func in(lang status.Language) book {
	if b, ok := books()[lang]; ok {
		return b
	}
	return books()[status.English]
}

//go:embed data/*.json
var files embed.FS

// books are read at the first call and never changed. They are part of the program, so a fault in one is a
// bug.
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

// parse reads a file; a member that is not known is an error.
func parse(text []byte) (book, error) {
	var b book
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	err := d.Decode(&b)
	return b, err
}
