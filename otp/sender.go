package otp

import (
	"context"
	"errors"
	"net/http"
	"time"
)

// A Sender hands a message to a provider. It must be safe for concurrent use. The function
// TestSender of package otp/otptest tests these rules, and package otp/sms/httpsend follows them
// for a provider that is called over HTTP:
//
//   - Send tries once. It repeats nothing and follows no redirect, because the message may have
//     been sent. It returns soon after the context ends, with the context's error in the chain.
//   - With a nil error the submission names the provider. With an error it is zero.
//   - An error is a [*SendError] with the provider's name; any other error counts as
//     [ClassAmbiguous]. Its class is definite only if it is certain that nothing was sent.
//   - A message that cannot be sent never reaches the provider. Without a phone it is
//     [ClassInvalidRecipient]. For a channel that is not offered, without a text (for [Voice],
//     without a code) or with no life left it is [ClassRejected]. If the context has ended before, it
//     is [ClassUnavailable].
//   - No connection is [ClassUnavailable]. A connection that is lost, a time-out, an answer of
//     success that is not in the documented form, a redirect and a 5xx are [ClassAmbiguous],
//     unless the provider documents that such an answer means a refusal. Of the other answers
//     that it does not document, 401 is [ClassAuth], 429 [ClassThrottled] with the wait of its
//     header Retry-After, and another 4xx [ClassRejected].
//   - It stops reading an answer or a receipt that is too long.
//   - Nothing that is printed shows the number, the code, the text or the sender's own secrets,
//     whatever the verb: not the error, nor what it wraps, nor the submission, nor the sender, and
//     no log. Errors of net/http quote the address, and a provider's text may quote the message.
type Sender interface {
	Send(ctx context.Context, m Message) (Submission, error)
}

// A Message is one text to one phone. Printing it shows neither number nor code.
type Message struct {
	// ID is made by this package and differs for each send: the challenge ID, a dot and the number
	// of the send, 38 characters out of A-Z a-z 0-9 - _ and one dot. If the provider has a client
	// reference, send ID as that and return it in [Receipt.MessageID], so that a receipt finds its
	// challenge.
	ID string
	// To is the phone.
	To Phone
	// Channel is [SMS] or [Voice].
	Channel Channel
	// Text is the whole text of an SMS: GSM-7 only, one part, code first.
	Text Text
	// Code is the code, which a voice sender speaks digit by digit. Text contains it too.
	Code Code
	// Comparison is the two-digit number that Text contains too.
	Comparison string
	// DisplayName and Organisation are the names that Text contains too.
	DisplayName, Organisation string
	// Declared reports that Organisation is not verified. Text says so, and a voice sender says it
	// in words of its own.
	Declared bool
	// Extent is what Text says that the organisation will see. A voice sender says it in words of
	// its own.
	Extent Extent
	// Private reports that the person types the code and tells it to nobody, as to prove a number. Text
	// says so, and a voice sender says it in place of Extent.
	Private bool
	// Locale is the language of Text, such as "it".
	Locale string
	// Life is the remaining validity of the code. Pass it to the provider, so that it does not
	// deliver an old code.
	Life time.Duration
	// Send is the number of the send, from 1. If it is above 1, the code was asked for again, and
	// another provider may be the better choice.
	Send int
}

// A Submission reports that a provider took a message.
type Submission struct {
	// Provider is the adapter's name, such as "twilio".
	Provider string
	// ProviderID is the provider's own ID of the message; may be empty.
	ProviderID string
}

// An ErrorClass says what a failed send means for the next step.
type ErrorClass uint8

// These are the classes. The zero class is the cautious one.
const (
	// ClassAmbiguous means that it is unknown whether the message was sent: a time-out after the
	// write, a reset, a 5xx. Do not repeat it with the same provider. The next provider may try,
	// because the code is the same.
	ClassAmbiguous ErrorClass = iota
	// ClassRejected means that nothing was sent and that a repetition is useless.
	ClassRejected
	// ClassInvalidRecipient means that the number cannot receive the message. Do not repeat it.
	ClassInvalidRecipient
	// ClassNotAllowed means that the recipient is blocked, opted out or in a refused country. Do
	// not repeat it.
	ClassNotAllowed
	// ClassThrottled means too many messages or a full queue. Repeat it after
	// SendError.RetryAfter.
	ClassThrottled
	// ClassAuth means that the provider refused the credentials.
	ClassAuth
	// ClassBalance means that the account has no credit.
	ClassBalance
	// ClassSenderID means that the sender's name is not registered or not permitted.
	ClassSenderID
	// ClassUnavailable means that the provider refused or was unreachable before the body was
	// sent. The same provider may be tried again.
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

// Definite reports whether it is certain that nothing was sent: true for every class except
// [ClassAmbiguous].
func (c ErrorClass) Definite() bool { return c != ClassAmbiguous && int(c) < len(classNames) }

// A SendError is the error of a [Sender].
type SendError struct {
	Class ErrorClass
	// Provider is the adapter's name.
	Provider string
	// Code is the provider's error code, at most 32 characters. It is never the provider's text,
	// which may quote the message.
	Code string
	// RetryAfter is the wait that the provider asks for with ClassThrottled; 0 means that it named
	// none.
	RetryAfter time.Duration
	// Err is the underlying error, for errors.Is and errors.As; may be nil. It is never printed,
	// because errors of net/http and of providers quote addresses and bodies.
	Err error
}

// Error returns the class, the provider and the code.
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

// Capabilities describes what a provider can do.
type Capabilities struct {
	// Channels are the channels that the provider offers; nil means SMS.
	Channels []Channel
	// Life reports that the provider accepts a validity.
	Life bool
	// Receipts reports that the provider sends delivery receipts.
	Receipts bool
	// Alphanumeric reports that the sender may be a name.
	Alphanumeric bool
}

// A CapableSender is a [Sender] that describes its capabilities.
type CapableSender interface {
	Sender
	Capabilities() Capabilities
}

// A ReceiptSender is a [Sender] that parses its provider's delivery receipts. ParseReceipts
// checks the signature or token first. If the request is not the provider's, it returns an
// error. It limits how much it reads.
type ReceiptSender interface {
	Sender
	ParseReceipts(r *http.Request) ([]Receipt, error)
}

// A ReadySender is a [Sender] with a readiness check. Ready returns nil if the sender could
// send now. It makes no call that costs money.
type ReadySender interface {
	Sender
	Ready(ctx context.Context) error
}

// A Receipt is a provider's later report about a message. Receipts come late, twice, in any
// order and for unknown messages; see [Challenges.Receive].
type Receipt struct {
	// MessageID is [Message.ID], returned by the provider or looked up by the adapter; empty means
	// unknown.
	MessageID string
	// Provider and ProviderID are those of [Submission].
	Provider, ProviderID string
	// Delivery is [DeliveryAccepted], [DeliveryDelivered], [DeliveryFailed], [DeliveryExpired] or
	// [DeliveryUnknown].
	Delivery Delivery
	// Class is the class of the failure, with DeliveryFailed.
	Class ErrorClass
	// Code is the provider's error code.
	Code string
	// At is the provider's time of the event; zero means that it gave none.
	At time.Time
}
