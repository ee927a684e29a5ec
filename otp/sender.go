package otp

import (
	"context"
	"errors"
	"net/http"
	"time"
)

// A Sender hands a message to whoever carries it. It must be safe for concurrent
// use.
//
// An error is a [*SendError] whose class says whether the message may have gone
// out all the same; any other error counts as [ClassAmbiguous]. Neither the
// number nor the text may stand in an error or in a log. A Sender tries once and
// does not repeat what may have been sent.
type Sender interface {
	Send(ctx context.Context, m Message) (Submission, error)
}

// A Message is one text to one phone. Printing it shows neither number nor code.
type Message struct {
	// ID is ours and differs for each send: the challenge id, a dot and the
	// number of the send, 38 characters out of A-Z a-z 0-9 - _ and one dot. Send
	// it as the client's reference where the provider has one and bring it back
	// in [Receipt.MessageID]: it is how a receipt finds its challenge.
	ID string
	// To is the phone.
	To Phone
	// Channel is [SMS] or [Voice].
	Channel Channel
	// Text is the whole text of an SMS: GSM-7 only, one part, code first.
	Text Text
	// Code is what a voice sender speaks digit by digit; it stands in Text too.
	Code Code
	// Comparison is the two-digit number that stands in Text too.
	Comparison string
	// DisplayName and Organisation are the names that stand in Text too.
	DisplayName, Organisation string
	// Locale is the language of Text, such as "it".
	Locale string
	// Life is how much longer the code is valid: the validity to tell the
	// provider, so that an old code is not delivered.
	Life time.Duration
	// Send counts from 1; above 1 somebody asked for the code again, and another
	// provider may be the better choice.
	Send int
}

// A Submission says that a provider took a message.
type Submission struct {
	// Provider is the adapter's name, such as "twilio".
	Provider string
	// ProviderID is the provider's own id of the message; may be empty.
	ProviderID string
}

// An ErrorClass says what a failed send means for the next step.
type ErrorClass uint8

// The classes. The zero class is the careful one.
const (
	// ClassAmbiguous: not known whether it was sent: a time-out after the write, a
	// reset, a 5xx. Not again by the same provider; the next one may try, since
	// the code is the same.
	ClassAmbiguous ErrorClass = iota
	// ClassRejected: definite, nothing was sent, and the same again is useless.
	ClassRejected
	// ClassInvalidRecipient: not a number that can receive this; never again.
	ClassInvalidRecipient
	// ClassNotAllowed: blocked, opted out, country refused; never again.
	ClassNotAllowed
	// ClassThrottled: too fast or queue full; again after SendError.RetryAfter.
	ClassThrottled
	// ClassAuth: credentials.
	ClassAuth
	// ClassBalance: no credit.
	ClassBalance
	// ClassSenderID: the sender's name is not registered or not permitted.
	ClassSenderID
	// ClassUnavailable: refused or unreachable before the body was sent; the same
	// provider may be tried again.
	ClassUnavailable
)

var classNames = [...]string{"ambiguous", "rejected", "invalid recipient", "not allowed",
	"throttled", "auth", "balance", "sender id", "unavailable"}

// String returns the class in lower case, such as "invalid recipient".
func (c ErrorClass) String() string {
	if int(c) < len(classNames) {
		return classNames[c]
	}
	return "unknown"
}

// Definite reports whether nothing was sent for sure: every class but
// [ClassAmbiguous].
func (c ErrorClass) Definite() bool { return c != ClassAmbiguous && int(c) < len(classNames) }

// A SendError is how a [Sender] fails.
type SendError struct {
	Class ErrorClass
	// Provider is the adapter's name.
	Provider string
	// Code is the provider's error code, at most 32 characters; never a text of
	// the provider, which may echo the message.
	Code string
	// RetryAfter goes with ClassThrottled; 0: not told.
	RetryAfter time.Duration
	// Err is found by errors.Is and errors.As and is never printed, since errors
	// of net/http and of providers quote addresses and bodies. May be nil.
	Err error
}

// Error shows class, provider and code.
func (e *SendError) Error() string {
	s := "send failed: " + e.Class.String()
	if e.Provider != "" {
		s += ", " + e.Provider
	}
	if e.Code != "" {
		s += " " + e.Code
	}
	return s
}

// Unwrap returns Err.
func (e *SendError) Unwrap() error { return e.Err }

// ClassOf returns the class of the [*SendError] in err's chain, or
// [ClassAmbiguous] if there is none.
func ClassOf(err error) ErrorClass {
	var e *SendError
	if errors.As(err, &e) {
		return e.Class
	}
	return ClassAmbiguous
}

// Capabilities is what a provider can do.
type Capabilities struct {
	// Channels it can use; nil: SMS.
	Channels []Channel
	// Life: it can be told how long the message is valid.
	Life bool
	// Receipts: it reports delivery.
	Receipts bool
	// Alphanumeric: the sender may be a name.
	Alphanumeric bool
}

// A CapableSender is a [Sender] that says what it can do.
type CapableSender interface {
	Sender
	Capabilities() Capabilities
}

// A ReceiptSender is a [Sender] that understands its provider's delivery
// receipts. ParseReceipts checks the signature or token first and returns an
// error for a request that is not the provider's. It bounds what it reads.
type ReceiptSender interface {
	Sender
	ParseReceipts(r *http.Request) ([]Receipt, error)
}

// A ReadySender is a [Sender] that knows whether it could send now: nil if so. It
// makes no call that costs money.
type ReadySender interface {
	Sender
	Ready(ctx context.Context) error
}

// A Receipt is what a provider says about a message later on. Receipts come late,
// twice, in any order and for messages nobody knows; see [Challenges.Receive].
type Receipt struct {
	// MessageID is [Message.ID], brought back by the provider or looked up by the
	// adapter; empty: not known.
	MessageID string
	// Provider and ProviderID as in [Submission].
	Provider, ProviderID string
	// Delivery is [DeliveryAccepted], [DeliveryDelivered], [DeliveryFailed],
	// [DeliveryExpired] or [DeliveryUnknown].
	Delivery Delivery
	// Class goes with DeliveryFailed.
	Class ErrorClass
	// Code is the provider's error code.
	Code string
	// At is the provider's time of the event; zero: not told.
	At time.Time
}
