package otp

import (
	"strings"

	"github.com/qr-invalidita/attesta/internal/secret"
)

// hidden is the name under which the types below embed a text, so that nobody outside
// reaches it past them.
type hidden = secret.Text

// A Secret is text that identifies somebody, such as a codice fiscale or the id
// of a login. [Challenges] turns it into a keyed digest at once. It prints as a constant
// and refuses to be marshalled. Two secrets are the same person only if their
// texts are equal byte by byte: bring them into one form first.
type Secret struct{ hidden }

// NewSecret keeps text, at most 256 bytes. Empty text makes the zero Secret, which
// every verb refuses.
func NewSecret(text string) Secret { return Secret{secret.New("secret", text)} }

func (s Secret) reveal() string { return secret.Reveal(s.hidden) }

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
	return Phone{secret.New("phone", strings.Clone(e164))}, nil
}

// Reveal returns the number in E.164 form, or "" for the zero Phone.
func (p Phone) Reveal() string { return secret.Reveal(p.hidden) }

// Mask returns the number with all but the last two digits hidden, such as
// "+39 ••• ••• ••67": enough to ask "does it end in 67?". Only +39 is shown of the
// calling codes. "" for the zero Phone.
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

// A Code is a code as it was typed or as it is sent. It prints as a constant and
// refuses to be marshalled; Reveal is for senders.
type Code struct{ hidden }

// NewCode keeps what somebody typed. [Challenges.Verify] normalises it: spaces, hyphens
// and dots are dropped, full-width and Arabic-Indic digits count as digits.
func NewCode(typed string) Code { return Code{secret.New("code", typed)} }

// Reveal returns the code as it was given.
func (c Code) Reveal() string { return secret.Reveal(c.hidden) }

// A Text is the text of a message, with the code in it. It prints as a constant
// and refuses to be marshalled; Reveal is for senders.
type Text struct{ hidden }

// NewText keeps text.
func NewText(text string) Text { return Text{secret.New("text", text)} }

// Reveal returns the text.
func (t Text) Reveal() string { return secret.Reveal(t.hidden) }

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
