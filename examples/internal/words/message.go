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

// Message returns a program's message to its user in a language. Its English text is its name.
// An unknown message, and every message in English, is returned unchanged. It may contain
// verbs of package fmt, in the same order in each language.
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

// Errorf is fmt.Errorf, with at most one %w, for an error that [Tell] translates.
func Errorf(english string, args ...any) error {
	return &fault{english, args, fmt.Errorf(english, args...)}
}

func (f *fault) Unwrap() error { return errors.Unwrap(f.error) }

// tellError translates an error, or the error that it wraps, as far as it is known. The rest
// stays in the English of the library or the system.
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
	case *fs.PathError: // without the name of the system call
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

// TellText translates a text if it is a message, or its last part if that is one: "birth: is
// missing".
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
