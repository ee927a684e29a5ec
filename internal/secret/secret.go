// Package secret keeps a text that must not be printed, logged or stored by accident.
// The rooms embed [Text] in types of their own, one for each kind of text, and decide
// which of them can be revealed.
package secret

import (
	"database/sql/driver"
	"fmt"
	"io"
	"log/slog"
)

// An Error is a cause; compare with errors.Is.
type Error string

// Error returns the cause.
func (e Error) Error() string { return string(e) }

// ErrMarshal is the error of every attempt to marshal a [Text].
const ErrMarshal Error = "a secret is not marshalled by itself: call Reveal() where it is meant to go"

// A Text is a secret text of one kind. It prints as the kind in brackets and refuses to
// be marshalled. The zero Text is empty. It is immutable, not comparable, and safe for
// concurrent use.
type Text struct {
	// The closure hides the text even from %v of a struct that has the Text in an unexported
	// field, where fmt calls no methods.
	open func() string
	kind string
}

// New returns a Text of a kind, such as "phone". An empty text gives the zero Text.
func New(kind, text string) Text {
	if text == "" {
		return Text{}
	}
	return Text{open: func() string { return text }, kind: kind}
}

// Reveal returns the text. It is a function and not a method, so that a type that embeds
// a Text does not reveal it unless it has a method of its own for that.
func Reveal(t Text) string {
	if t.open == nil {
		return ""
	}
	return t.open()
}

// IsZero reports whether the text is empty.
func (t Text) IsZero() bool { return t.open == nil }

// String returns a constant such as "[phone]", and "[empty]" for the zero value.
func (t Text) String() string {
	if t.open == nil {
		return "[empty]"
	}
	return "[" + t.kind + "]"
}

// Format writes what String returns, whatever the verb and its flags.
func (t Text) Format(f fmt.State, _ rune) { io.WriteString(f, t.String()) }

// GoString returns what String returns.
func (t Text) GoString() string { return t.String() }

// LogValue returns what String returns.
func (t Text) LogValue() slog.Value { return slog.StringValue(t.String()) }

// MarshalText refuses with [ErrMarshal].
func (t Text) MarshalText() ([]byte, error) { return nil, ErrMarshal }

// MarshalBinary refuses with [ErrMarshal].
func (t Text) MarshalBinary() ([]byte, error) { return nil, ErrMarshal }

// Value refuses with [ErrMarshal].
func (t Text) Value() (driver.Value, error) { return nil, ErrMarshal }
