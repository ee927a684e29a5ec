package otp

import "time"

// A State is the state of a challenge. Every state except Pending is final.
type State uint8

// The states.
const (
	_ State = iota
	// Pending means that the challenge waits for the code.
	Pending
	// Consumed means that the code was verified. It happens once.
	Consumed
	// Locked means that the attempts are used up, or that the person was locked or the operator
	// barred.
	Locked
	// Expired means that the challenge's time is over. It is decided when the challenge is read.
	Expired
	// Revoked means that the challenge was cancelled.
	Revoked
	// Superseded means that the same operator started another challenge for the same person, or that
	// the contact changed.
	Superseded
)

var stateNames = [...]string{"", "pending", "consumed", "locked", "expired", "revoked", "superseded"}

// String returns the state in lower case.
func (s State) String() string { return name(stateNames[:], s) }

// A Delivery says what is known about the message. It never decides whether a code is
// accepted: a receipt may be lost, and a code that the person reads out has arrived.
type Delivery uint8

// The deliveries.
const (
	// DeliveryNone means that the channel sends nothing.
	DeliveryNone Delivery = iota
	// DeliverySubmitting means that the message was handed to the sender. The challenge keeps it
	// if the process stops before the sender returns.
	DeliverySubmitting
	// DeliveryAccepted means that the provider took the message.
	DeliveryAccepted
	// DeliveryDelivered means that a receipt reports the message on the phone.
	DeliveryDelivered
	// DeliveryFailed means that the message was definitely not delivered; see Challenge.Failure.
	DeliveryFailed
	// DeliveryExpired means that the provider gave up before the message was delivered.
	DeliveryExpired
	// DeliveryUnknown means that the send failed ambiguously: the message may have been sent.
	DeliveryUnknown
)

var deliveryNames = [...]string{"none", "submitting", "accepted", "delivered", "failed", "expired", "unknown"}

// String returns the delivery in lower case.
func (d Delivery) String() string { return name(deliveryNames[:], d) }

func name[T ~uint8](names []string, v T) string {
	if int(v) < len(names) && names[v] != "" {
		return names[v]
	}
	return "invalid"
}

// A Challenge is the part of a challenge that an operator may see. It holds neither the code
// nor the number.
type Challenge struct {
	// ID is 36 characters out of A-Z a-z 0-9 - and _. The IDs of two challenges of one person have
	// nothing in common.
	ID    string
	State State
	// Repeated reports that [Challenges.Start] found an earlier challenge under the idempotency
	// key.
	Repeated bool
	Channel  Channel
	// MaskedPhone is [Phone.Mask]; empty for List.
	MaskedPhone string
	// ListNumber is the number, from 1, of the code to look up on the printed list ListID. It is 0
	// for other channels.
	ListNumber int
	ListID     string
	// Comparison is the two-digit number that operator and person compare. It is empty for List,
	// because no message reaches the person.
	Comparison string
	Terms      Terms
	Locale     string
	// StartedAt and ExpiresAt are times of the store. A code is valid before ExpiresAt, not at it.
	StartedAt, ExpiresAt time.Time
	// ResendAt is the earliest time of a resend. It is zero if no resend is possible any more.
	ResendAt     time.Time
	ResendsLeft  int
	AttemptsLeft int
	// Digits is the length of the code, 6 to 8.
	Digits   int
	Delivery Delivery
	// Failure is the class of the failure if Delivery is DeliveryFailed or DeliveryUnknown.
	Failure ErrorClass
}

// A Verification is the proof that the person agreed. There is one per challenge, and it
// exists only after the challenge is consumed. Append the access record first, then disclose
// what Terms say.
type Verification struct {
	ChallengeID string
	Parties     Parties
	Terms       Terms
	Channel     Channel
	// MaskedPhone is [Phone.Mask]; see [Challenge].
	MaskedPhone string
	// AMR is [Channel.AMR].
	AMR []string
	// Attempts is the number of answers, including this one.
	Attempts int
	// Sends is the number of messages sent.
	Sends int
	// StartedAt and VerifiedAt are times of the store.
	StartedAt, VerifiedAt time.Time
}

// An EventKind is the kind of an [Event].
type EventKind string

// The events.
const (
	EventStarted  EventKind = "started"
	EventSent     EventKind = "sent"
	EventSendFail EventKind = "send_failed"
	EventReceipt  EventKind = "receipt"
	EventWrong    EventKind = "wrong_code"
	EventLocked   EventKind = "locked" // the last attempt, the operator's bar, or the person's lock or block
	EventVerified EventKind = "verified"
	EventReplayed EventKind = "replayed" // the code of a consumed challenge was typed again; investigate it
	EventLimited  EventKind = "limited"
	EventRevoked  EventKind = "revoked"
	EventCleared  EventKind = "cleared"
	EventFault    EventKind = "fault" // the store, the limiter or a record failed
)

// An Event is passed to Config.Events and, without the operator, logged by Config.Logger. It
// holds no code, no number and no person.
type Event struct {
	Kind EventKind
	// ChallengeID is the ID of the challenge; empty if there is none.
	ChallengeID string
	Tenant      string
	Operator    Operator
	Channel     Channel
	// Limit is the limit that refused, with EventLimited.
	Limit Limit
	// Failures is the number of the person's consecutive failures, with EventWrong and
	// EventLocked.
	Failures int
	// Provider, Class and Code describe the provider's answer, with the events of sending and
	// receipts.
	Provider string
	Class    ErrorClass
	Code     string
	Delivery Delivery
	// Err is the error of EventFault. Only Config.Events gets it.
	Err error
}
