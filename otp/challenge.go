package otp

import "time"

// A State is where a challenge stands. Every state but Pending is final.
type State uint8

// The states.
const (
	_ State = iota
	// Pending: waits for the code.
	Pending
	// Consumed: verified, once and for all.
	Consumed
	// Locked: the attempts are used, or the person was locked.
	Locked
	// Expired: the time is over. Decided when looked at.
	Expired
	// Revoked: cancelled.
	Revoked
	// Superseded: the same operator started anew for the same person and purpose,
	// or the contact changed.
	Superseded
)

var stateNames = [...]string{"", "pending", "consumed", "locked", "expired", "revoked", "superseded"}

// String returns the state in lower case.
func (s State) String() string { return name(stateNames[:], s) }

// Delivery is what is known about the message. It never decides about a code: a
// receipt may be lost, and a code that was read out is a code that arrived.
type Delivery uint8

// The deliveries.
const (
	// DeliveryNone: nothing is sent on this channel.
	DeliveryNone Delivery = iota
	// DeliverySubmitting: handed to the sender; also what remains after a crash.
	DeliverySubmitting
	// DeliveryAccepted: the provider took it.
	DeliveryAccepted
	// DeliveryDelivered: a receipt says that it is on the phone.
	DeliveryDelivered
	// DeliveryFailed: definitely not delivered; see Challenge.Failure.
	DeliveryFailed
	// DeliveryExpired: the provider gave up in time.
	DeliveryExpired
	// DeliveryUnknown: an ambiguous failure; it may have been sent.
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

// A Challenge is what an operator may see of a challenge: neither code nor number.
type Challenge struct {
	// ID is 36 characters out of A-Z a-z 0-9 - and _. Two challenges of one person
	// do not show by their ids that they are.
	ID    string
	State State
	// Repeated: [Challenges.Start] found an earlier challenge under the idempotency key.
	Repeated bool
	Channel  Channel
	// MaskedPhone is [Phone.Mask]; empty for List.
	MaskedPhone string
	// ListNumber is the number of the code that the person looks up, from 1, on the
	// list named ListID; 0 for other channels.
	ListNumber int
	ListID     string
	// Comparison is the two-digit number that operator and person compare; empty for
	// List, where nothing reaches the person to compare it with.
	Comparison string
	Terms      Terms
	Locale     string
	// StartedAt and ExpiresAt are times of the store. A code is good before, not at,
	// ExpiresAt.
	StartedAt, ExpiresAt time.Time
	// ResendAt is the earliest time of a resend; zero: none is possible any more.
	ResendAt     time.Time
	ResendsLeft  int
	AttemptsLeft int
	Delivery     Delivery
	// Failure goes with DeliveryFailed and DeliveryUnknown.
	Failure ErrorClass
}

// A Verification is the proof that the person agreed. There is one per challenge,
// and it exists only once the challenge is consumed: append the access record,
// then disclose what Terms say.
type Verification struct {
	ChallengeID string
	Parties     Parties
	Terms       Terms
	Channel     Channel
	// MaskedPhone as in [Challenge].
	MaskedPhone string
	// AMR is [Channel.AMR].
	AMR []string
	// Attempts counts the answers, this one included.
	Attempts int
	// Sends counts the messages.
	Sends int
	// StartedAt and VerifiedAt are times of the store.
	StartedAt, VerifiedAt time.Time
}

// An EventKind says what happened.
type EventKind string

// The events.
const (
	EventStarted  EventKind = "started"
	EventSent     EventKind = "sent"
	EventSendFail EventKind = "send_failed"
	EventReceipt  EventKind = "receipt"
	EventWrong    EventKind = "wrong_code"
	EventLocked   EventKind = "locked" // the challenge's last attempt, or the person's lock or block
	EventVerified EventKind = "verified"
	EventReplayed EventKind = "replayed" // the code of a consumed challenge came again: look at it
	EventLimited  EventKind = "limited"
	EventRevoked  EventKind = "revoked"
	EventCleared  EventKind = "cleared"
	EventFault    EventKind = "fault" // store, limiter or record
)

// An Event is told to Config.Events and, with the same content but for Operator,
// to Config.Logger. It holds no code, no number and no person.
type Event struct {
	Kind EventKind
	// ChallengeID, if there is one.
	ChallengeID string
	Tenant      string
	Operator    Operator
	Channel     Channel
	// Limit goes with EventLimited.
	Limit Limit
	// Failures of the person in a row, with EventWrong and EventLocked.
	Failures int
	// Provider, Class and Code go with the events of sending and receipts.
	Provider string
	Class    ErrorClass
	Code     string
	Delivery Delivery
	// Err goes with EventFault, for Config.Events alone.
	Err error
}
