package otp

import (
	"strings"

	"github.com/qr-invalidita/attesta/internal/secret"
)

// hidden is the unexported name under which the types below embed a text, so that other
// packages cannot reach it.
type hidden = secret.Text

// A Secret is text that identifies a person, such as a codice fiscale or a login's ID.
// [Challenges] turns it into a keyed digest at once. It prints as a constant and refuses to be
// marshalled. Two secrets denote the same person only if their texts are equal byte by byte,
// so normalise them first.
type Secret struct{ hidden }

// NewSecret returns a Secret of text, at most 256 bytes. Empty text gives the zero Secret,
// which every method refuses.
func NewSecret(text string) Secret { return Secret{secret.New("secret", text)} }

// Reveal returns the text. It is for [Config.Trace], which seals what it keeps.
func (s Secret) Reveal() string { return s.reveal() }

func (s Secret) reveal() string { return secret.Reveal(s.hidden) }

// A Phone is a number in E.164 form. It prints as a constant and refuses to be marshalled.
// Reveal is for senders.
type Phone struct{ hidden }

// ParsePhone parses a number in E.164 form: + and 5 to 15 digits, the first not 0 (ITU-T
// E.164; CAMARA one-time-password-sms). It does not check that the number exists, is mobile or
// belongs to anybody. The error is [ErrPhone].
func ParsePhone(e164 string) (Phone, error) {
	digits, ok := strings.CutPrefix(e164, "+")
	if !ok || len(digits) < 5 || len(digits) > 15 || digits[0] == '0' || !isDigits(digits) {
		return Phone{}, ErrPhone
	}
	return Phone{secret.New("phone", strings.Clone(e164))}, nil
}

// Reveal returns the number in E.164 form, or "" for the zero Phone.
func (p Phone) Reveal() string { return secret.Reveal(p.hidden) }

// Mask returns the number with only its last two digits shown, such as "+39 ••• ••• ••67":
// enough to ask "does it end in 67?". Of the calling codes only +39 is shown. Mask of the zero
// Phone is "".
func (p Phone) Mask() string {
	s := p.Reveal()
	if s == "" {
		return ""
	}
	head := "+••"
	if strings.HasPrefix(s, "+39") {
		head = "+39"
	}
	return head + " ••• ••• ••" + s[len(s)-2:]
}

// A Code is a code as it was typed or as it is sent. It prints as a constant and refuses to be
// marshalled. Reveal is for senders.
type Code struct{ hidden }

// NewCode returns a Code of what a person typed. [Challenges.Verify] normalises it: it drops
// spaces, hyphens and dots, and accepts full-width and Arabic-Indic digits.
func NewCode(typed string) Code { return Code{secret.New("code", typed)} }

// Reveal returns the code unchanged.
func (c Code) Reveal() string { return secret.Reveal(c.hidden) }

// A Text is the text of a message, including the code. It prints as a constant and refuses to
// be marshalled. Reveal is for senders.
type Text struct{ hidden }

// NewText returns a Text of text.
func NewText(text string) Text { return Text{secret.New("text", text)} }

// Reveal returns the text.
func (t Text) Reveal() string { return secret.Reveal(t.hidden) }

// A Pepper is a secret key. It prints as a constant, refuses to be marshalled and is never
// revealed.
type Pepper struct{ hidden }

// MinPepper is the minimum size of a [Pepper] in bytes: the output size of SHA-256, which RFC
// 2104 section 3 recommends for an HMAC key.
const MinPepper = 32

// NewPepper returns a Pepper with a copy of key, which should come from crypto/rand or a
// vault. If key is shorter than [MinPepper] bytes, the error is [ErrPepper].
func NewPepper(key []byte) (Pepper, error) {
	if len(key) < MinPepper {
		return Pepper{}, ErrPepper
	}
	return Pepper{secret.New("pepper", string(key))}, nil
}

func (p Pepper) reveal() string { return secret.Reveal(p.hidden) }

func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
