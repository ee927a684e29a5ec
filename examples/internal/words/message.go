package words

import (
	"maps"
	"slices"

	"github.com/qr-invalidita/attesta/status"
)

// Message returns what a program says to who runs it, in a language. Its English text is its name; one that is not known,
// and everything in English, is said as it is. It may hold verbs of package fmt, which each language has in the same order.
func Message(lang status.Language, english string) string {
	if text, ok := in(lang).Message[english]; ok {
		return text
	}
	return english
}

// Messages returns the English texts that [Message] knows in a language, sorted.
func Messages(lang status.Language) []string { return slices.Sorted(maps.Keys(in(lang).Message)) }
