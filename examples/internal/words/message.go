package words

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

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

// Tell formats a message in a language, errors among the arguments too.
func Tell(lang status.Language, english string, args ...any) string {
	said := slices.Clone(args)
	for i, arg := range said {
		if err, ok := arg.(error); ok {
			said[i] = tellError(lang, err)
		}
	}
	return fmt.Sprintf(strings.ReplaceAll(Message(lang, english), "%w", "%v"), said...)
}

// fault is an error with a text in several languages.
type fault struct {
	format string
	args   []any
	error
}

// Errorf is fmt.Errorf, with at most one %w, for an error that [Tell] says in each language.
func Errorf(english string, args ...any) error {
	return &fault{english, args, fmt.Errorf(english, args...)}
}

func (f *fault) Unwrap() error { return errors.Unwrap(f.error) }

// tellError says an error as far as it is known: by itself, or what it wraps. Of what is not known the English text stays,
// which is the library's or the system's.
func tellError(lang status.Language, err error) string {
	text := err.Error()
	if lang == status.English || lang == "" {
		return text
	}
	if said := Message(lang, text); said != text {
		return said
	}
	switch e := err.(type) {
	case *fault:
		return Tell(lang, e.format, e.args...)
	case *fs.PathError: // without the system's call
		return e.Path + ": " + tellError(lang, e.Err)
	case interface{ Unwrap() []error }:
		for _, inner := range e.Unwrap() {
			text = strings.Replace(text, inner.Error(), tellError(lang, inner), 1)
		}
	case interface{ Unwrap() error }:
		if inner := e.Unwrap(); inner != nil {
			if before, found := strings.CutSuffix(text, inner.Error()); found {
				return Tell(lang, strings.ReplaceAll(before, "%", "%%")+"%w", inner)
			}
		}
	}
	return TellText(lang, text)
}

// TellText says a text in a language if it is a message, or the end of it if that is one: "birth: is missing".
func TellText(lang status.Language, text string) string {
	end := ""
	for english := range in(lang).Message {
		if len(english) > len(end) && (text == english || strings.HasSuffix(text, " "+english)) {
			end = english
		}
	}
	if end == "" {
		return text
	}
	return strings.TrimSuffix(text, end) + Message(lang, end)
}
