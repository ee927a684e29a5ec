package otp

import (
	"database/sql/driver"
	"fmt"
	"io"
	"log/slog"
	"strings"
)

// hidden keeps a text behind a closure: not even printing a struct that has it
// in an unexported field, where fmt cannot call methods, shows any of it.
type hidden struct {
	open func() string
	what string
}

func hide(what, text string) hidden {
	if text == "" {
		return hidden{}
	}
	return hidden{open: func() string { return text }, what: what}
}

func (h hidden) reveal() string {
	if h.open == nil {
		return ""
	}
	return h.open()
}

// IsZero reports whether there is nothing inside.
func (h hidden) IsZero() bool { return h.open == nil }

// String returns a constant such as "[phone]", and "[empty]" for the zero value.
func (h hidden) String() string {
	if h.open == nil {
		return "[empty]"
	}
	return "[" + h.what + "]"
}

// Format writes what String returns, whatever the verb and its flags.
func (h hidden) Format(f fmt.State, _ rune) { io.WriteString(f, h.String()) }

// GoString returns what String returns.
func (h hidden) GoString() string { return h.String() }

// LogValue returns what String returns.
func (h hidden) LogValue() slog.Value { return slog.StringValue(h.String()) }

// MarshalText refuses with [ErrMarshal].
func (h hidden) MarshalText() ([]byte, error) { return nil, ErrMarshal }

// MarshalBinary refuses with [ErrMarshal].
func (h hidden) MarshalBinary() ([]byte, error) { return nil, ErrMarshal }

// Value refuses with [ErrMarshal].
func (h hidden) Value() (driver.Value, error) { return nil, ErrMarshal }

// A Secret is text that identifies somebody, such as a codice fiscale or the id
// of a login. [Gate] turns it into a keyed digest at once. It prints as a constant
// and refuses to be marshalled. Two secrets are the same person only if their
// texts are equal byte by byte: bring them into one form first.
type Secret struct{ hidden }

// NewSecret keeps text, at most 256 bytes. Empty text makes the zero Secret, which
// every verb refuses.
func NewSecret(text string) Secret { return Secret{hide("secret", text)} }

// A Phone is a number in E.164 form. It prints as a constant and refuses to be
// marshalled; Reveal is for senders.
type Phone struct{ hidden }

// ParsePhone takes a number in E.164 form: + and 5 to 15 digits, the first not 0
// (ITU-T E.164; CAMARA one-time-password-sms). It does not check that the number
// exists, is mobile or belongs to anybody. The error is [ErrPhone].
func ParsePhone(e164 string) (Phone, error) {
	digits, ok := strings.CutPrefix(e164, "+")
	if !ok || len(digits) < 5 || len(digits) > 15 || digits[0] == '0' || !isDigits(digits) {
		return Phone{}, ErrPhone
	}
	return Phone{hide("phone", strings.Clone(e164))}, nil
}

// Reveal returns the number in E.164 form, or "" for the zero Phone.
func (p Phone) Reveal() string { return p.reveal() }

// Mask returns the number with all but the last two digits hidden, such as
// "+39 ••• ••• ••67": enough to ask "does it end in 67?". Only +39 is shown of the
// calling codes. "" for the zero Phone.
func (p Phone) Mask() string {
	s := p.reveal()
	if s == "" {
		return ""
	}
	head := "+••"
	if strings.HasPrefix(s, "+39") {
		head = "+39"
	}
	return head + " ••• ••• ••" + s[len(s)-2:]
}

// A Code is a code as it was typed or as it is sent. It prints as a constant and
// refuses to be marshalled; Reveal is for senders.
type Code struct{ hidden }

// NewCode keeps what somebody typed. [Gate.Verify] normalises it: spaces, hyphens
// and dots are dropped, full-width and Arabic-Indic digits count as digits.
func NewCode(typed string) Code { return Code{hide("code", typed)} }

// Reveal returns the code as it was given.
func (c Code) Reveal() string { return c.reveal() }

// A Text is the text of a message, with the code in it. It prints as a constant
// and refuses to be marshalled; Reveal is for senders.
type Text struct{ hidden }

// NewText keeps text.
func NewText(text string) Text { return Text{hide("text", text)} }

// Reveal returns the text.
func (t Text) Reveal() string { return t.reveal() }

// A Pepper is a secret key. It prints as a constant, refuses to be marshalled and
// is never revealed.
type Pepper struct{ hidden }

// MinPepper is the least size of a [Pepper] in bytes: the output of SHA-256, as
// RFC 2104 section 3 asks of an HMAC key.
const MinPepper = 32

// NewPepper copies key, which should come from crypto/rand or a vault. Fewer than
// [MinPepper] bytes is [ErrPepper].
func NewPepper(key []byte) (Pepper, error) {
	if len(key) < MinPepper {
		return Pepper{}, ErrPepper
	}
	return Pepper{hide("pepper", string(key))}, nil
}

func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
