// Package sms holds what the adapters for text messages in its subpackages have in
// common: the secrets that a provider gives to its customer ([Secret]), the names
// that a customer may send under ([SenderID]) and the causes for which a delivery
// receipt is refused. A program imports one adapter or several, and
// [github.com/qr-invalidita/attesta/otp/sms/router] to choose among them.
//
// What is not checked: whether a name is really in a country's register. The
// configuration says so, and the provider decides.
package sms

import (
	"errors"

	"github.com/qr-invalidita/attesta/internal/secret"
)

// Causes for which a ParseReceipts method refuses a request; compare with
// errors.Is. Neither holds anything of the request.
var (
	// ErrSignature: the request is not the provider's, or cannot be shown to be.
	// 403 is a fitting answer.
	ErrSignature = errors.New("request is not signed by the provider")
	// ErrReceipt: signed, but not a receipt that can be understood: too long, or not
	// in the documented form. 400 is a fitting answer.
	ErrReceipt = errors.New("receipt is not in the documented form")
)

// A Secret is a token, a password or a key. It prints as a constant and refuses to
// be marshalled, so that a configuration can be logged. The zero Secret is empty.
type Secret struct{ text }

// text is the name under which Secret embeds it, so that nobody outside reaches it.
type text = secret.Text

// NewSecret keeps text; empty text makes the zero Secret.
func NewSecret(text string) Secret { return Secret{secret.New("secret", text)} }

// Reveal returns the text. It is for adapters, at the place where they authenticate.
func (s Secret) Reveal() string { return secret.Reveal(s.text) }
