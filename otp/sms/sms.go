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
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"github.com/qr-invalidita/attesta/otp"
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
type Secret struct{ open func() string }

// NewSecret keeps text; empty text makes the zero Secret.
func NewSecret(text string) Secret {
	if text == "" {
		return Secret{}
	}
	// Behind a closure not even %v of a struct that has a Secret in an unexported
	// field, where fmt calls no methods, shows it.
	return Secret{open: func() string { return text }}
}

// Reveal returns the text. It is for adapters, at the place where they
// authenticate.
func (s Secret) Reveal() string {
	if s.open == nil {
		return ""
	}
	return s.open()
}

// IsZero reports whether there is nothing inside.
func (s Secret) IsZero() bool { return s.open == nil }

// String returns "[secret]", or "[empty]" for the zero Secret.
func (s Secret) String() string {
	if s.open == nil {
		return "[empty]"
	}
	return "[secret]"
}

// Format writes what String returns, whatever the verb and its flags.
func (s Secret) Format(f fmt.State, _ rune) { io.WriteString(f, s.String()) }

// LogValue returns what String returns.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText refuses with [otp.ErrMarshal].
func (s Secret) MarshalText() ([]byte, error) { return nil, otp.ErrMarshal }

// MarshalBinary refuses with [otp.ErrMarshal].
func (s Secret) MarshalBinary() ([]byte, error) { return nil, otp.ErrMarshal }

// Value refuses with [otp.ErrMarshal].
func (s Secret) Value() (driver.Value, error) { return nil, otp.ErrMarshal }
