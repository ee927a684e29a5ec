package benefit

import "github.com/qr-invalidita/attesta/status"

// A Text is a short text in Italian and optionally in other languages. The zero Text is empty.
type Text struct{ words map[status.Language]string }

// In returns the text in the language, or in Italian if it has none in that language.
func (t Text) In(lang status.Language) string {
	if words, ok := t.words[lang]; ok {
		return words
	}
	return t.words[status.Italian]
}

// Languages returns the languages of the text, in the order of [status.Languages].
func (t Text) Languages() []status.Language {
	var list []status.Language
	for _, lang := range status.Languages() {
		if t.words[lang] != "" {
			list = append(list, lang)
		}
	}
	return list
}

// IsZero reports whether the text is empty.
func (t Text) IsZero() bool { return len(t.words) == 0 }

// annotationText returns the legal name of an annotation, and false for an unknown one.
func annotationText(a status.Annotation) (Text, bool) {
	words := map[status.Language]string{}
	for _, lang := range status.Languages() {
		w, ok := status.Describe(a, lang)
		if !ok {
			return Text{}, false
		}
		words[lang] = w.Legal
	}
	return Text{words}, true
}
