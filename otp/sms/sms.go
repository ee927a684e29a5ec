// Package sms holds what its subpackages, the adapters for text messages, share: a provider's
// secrets ([Secret]), the names that a customer may send under ([SenderID]), and the errors
// for refused delivery receipts. A program imports one adapter or several, and
// [github.com/qr-invalidita/attesta/otp/sms/router] to choose among them.
//
// The package does not check whether a name is really in a country's register. The
// configuration asserts it, and the provider decides.
package sms

import (
	"errors"

	"github.com/qr-invalidita/attesta/internal/secret"
)

// A ParseReceipts method refuses a request with one of these errors; compare with errors.Is.
// They contain nothing of the request.
var (
	// ErrSignature means that the request is not authenticated as the provider's. Answer 403.
	ErrSignature = errors.New("request is not signed by the provider")
	// ErrReceipt means that the request is authentic but not a receipt in the documented form, or
	// too long. Answer 400.
	ErrReceipt = errors.New("receipt is not in the documented form")
)

// A Secret is a token, a password or a key. It prints as a constant and refuses to be
// marshalled, so a configuration that contains it can be logged. The zero Secret is empty.
type Secret struct{ text }

// text is the unexported name under which Secret embeds it, so that other packages cannot
// reach it.
type text = secret.Text

// NewSecret returns a Secret of text; empty text gives the zero Secret.
func NewSecret(text string) Secret { return Secret{secret.New("secret", text)} }

// Reveal returns the text. Only an adapter that authenticates should call it.
func (s Secret) Reveal() string { return secret.Reveal(s.text) }
