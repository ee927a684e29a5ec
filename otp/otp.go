// Package otp asks a person for consent by a code that the person tells an operator, who types
// it.
//
// It is not a login. The person receives the code and the operator types it, so the code means
// "this operator, of this organisation, may see this about me", and the message says whom to tell
// it to and when not to. [New] makes [Challenges] from a [Config]. [Challenges.Start] makes a
// challenge and sends its code, [Challenges.Resend] sends the same code again, and
// [Challenges.Verify] takes the answer and returns a [Verification] exactly once.
// [Challenges.Status] and [Challenges.Cancel] are for the operator, [Challenges.Receive] takes
// delivery receipts, and [Challenges.CancelAll] and [Challenges.ClearFailures] are for the staff
// of the body.
//
// # Guarantees
//
// A code is derived by HOTP (RFC 4226) from a secret pepper, from random bytes of the
// challenge, and from a digest of everything that is approved: tenant, operator, person,
// organisation, purpose, scope, evidence, contact. So a resend and a second provider carry the
// same code although it is not stored. If the terms differ in the answer, the code is wrong and an
// attempt is spent; the error does not say which. If the parties differ, there is no challenge and
// none is spent.
//
// A code is accepted once, for at most ten minutes, with at most five attempts. Failures are
// counted per person over all challenges and all operators, to 100 at most. Only a right answer
// resets the count: a new code, a new challenge or the passing of time does not (but see
// Policy.FailureMemory).
//
// One operator cannot keep others away from a person: it has three challenges for that person a
// day, of which one is pending, and is barred for that person after five failures for a day and
// after ten until the staff clears it. A right answer to another operator lifts no bar. Waits and
// locks for everybody begin when three operators have failed.
//
// The bounds are those of NIST SP 800-63B-4 and of Regulation (EU) 2018/389, and [New] refuses a
// policy beyond them.
//
// A [Store] keeps one opaque record per person, encrypted under a key derived from
// Config.RecordKey. It applies no rule. All times are the store's. If the store does not
// answer or a record is damaged, nothing is disclosed and the cause is [ErrUnavailable].
//
// # What is not checked
//
// The store's integrity is trusted. The records are encrypted, so who can write the store cannot make one,
// but can put back an earlier one: failures, locks and the use of a code since then are forgotten. So keep
// a second record of every use, in which the ID of a challenge is unique, and write it before the
// disclosure, as verifier/accesslog does.
//
// The package does not check that a number belongs to the person, can receive messages or was
// not taken over by a SIM swap; use Config.Risk for that. It does not check that the operator
// is in front of the person; the comparison number helps the person to notice. It does not
// authenticate the operator; that is the caller's login.
//
// Messages over the telephone network are a "restricted" authenticator (NIST SP 800-63B-4
// 3.1.3.3), so offer another way too, such as [PrintedCodes]. Codes by e-mail are not offered
// (NIST 3.1.3.1). Codes of authenticator apps (TOTP, RFC 6238) are not offered either: they do
// not say who asks for what, and a person tells them to a caller as readily as to an operator.
package otp

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"reflect"
	"sync/atomic"
	"time"
)

// A Config configures [Challenges].
type Config struct {
	// Keys are the peppers that codes are derived from. Required.
	Keys Keyring
	// RecordKey is the key under which records are found and encrypted. Required. Never change it:
	// with another key all failure counts and locks are lost and all pending challenges are
	// unknown. It must not be a pepper of Keys.
	RecordKey Pepper
	// DisplayName is the body's name in the messages, under the rules of [Terms.Organisation]. It
	// may be shorter than the name in print: [DefaultTemplates] hold 30 characters of GSM-7 beside
	// an organisation's name of 24. Required.
	DisplayName string
	// Sender sends the messages. Required if the policy offers SMS or Voice.
	Sender Sender
	// SendTimeout limits one call of Sender; 0 means 8 seconds, because an operator waits for it.
	SendTimeout time.Duration

	// Store keeps the records; nil means a [MemoryStore], which serves one process only.
	Store Store
	// Limiter counts requests; nil means a [MemoryLimiter], which serves one process only.
	Limiter Limiter
	// Policy holds the limits. The zero value is the strict default.
	Policy Policy
	// Templates are the message texts by locale. "it" is required. nil means [DefaultTemplates].
	Templates map[string]Template
	// Private reports that people type the codes themselves and tell them to nobody, as to prove a
	// number. Templates must say so; voice senders get [Message.Private].
	Private bool
	// OrganisationMax is the maximum length of an organisation's name in characters of GSM-7: 8 to
	// 100; 0 means 24. With a name of this length every template must fit one part.
	OrganisationMax int

	// Risk runs before the message of a new challenge is sent. If it returns an error, the
	// challenge is refused: with [ErrBarred] or [ErrUnavailable] if the error is one of these, else
	// with [ErrRefused]. nil means no check. Use it for SIM-swap checks (NIST SP 800-63B-4 3.1.3.3),
	// for budgets, and for operators of whom the person said "it was not me".
	Risk func(context.Context, StartRequest, Contact) error
	// Trace records each step of a challenge, so that the person can see who asked what; nil means
	// no record. It runs before a challenge is kept and before a message is sent: if it returns an
	// error then, nothing is sent and the cause is [ErrUnavailable]. A step that it recorded may
	// then fail, so a trace may be of something that was not done. It runs after a wrong or right
	// code: an error is then an EventFault.
	Trace func(context.Context, Step) error
	// Events is called for each event in the calling goroutine; it may be nil. It must not block.
	Events func(context.Context, Event)
	// Logger gets the same events as slog records; nil means no log.
	Logger *slog.Logger
	// Rand is the source of all randomness; nil means crypto/rand. Set it in tests only.
	Rand io.Reader
}

// Challenges starts, resends and verifies consent challenges and applies all rules. It is safe
// for concurrent use and keeps no state except in what Config gave it. Every error of its
// methods is a [*Refusal], but for that of [Challenges.SetKeys].
type Challenges struct {
	store       Store
	limiter     Limiter
	batches     *batches // if the limiter is the store and a Batcher; else nil
	sender      Sender
	policy      Policy
	keys        recordKeys
	recordKey   Pepper
	peppers     atomic.Pointer[pepperSet]
	displayName string
	templates   map[string]Template
	longest     int
	private     bool
	timeout     time.Duration
	risk        func(context.Context, StartRequest, Contact) error
	trace       func(context.Context, Step) error
	events      func(context.Context, Event)
	logger      *slog.Logger
	rand        io.Reader
}

// DisplayName returns the DisplayName of the configuration.
func (cs *Challenges) DisplayName() string { return cs.displayName }

// maxName is the greatest length of a name in characters of GSM-7.
const maxName = 100

// New returns Challenges with the configuration c. If a field is missing or out of bounds, the
// error names the first one and the limit that it breaks.
func New(c Config) (*Challenges, error) {
	if c.RecordKey.IsZero() {
		return nil, errors.New("config: RecordKey is empty")
	}
	cs := &Challenges{store: c.Store, limiter: c.Limiter, sender: c.Sender, policy: c.Policy.withDefaults(),
		keys: newRecordKeys(c.RecordKey), recordKey: c.RecordKey, displayName: c.DisplayName,
		templates: maps.Clone(c.Templates), longest: c.OrganisationMax,
		private: c.Private,
		timeout: c.SendTimeout, risk: c.Risk, trace: c.Trace,
		events: c.Events, logger: c.Logger, rand: c.Rand}
	if err := cs.SetKeys(c.Keys); err != nil {
		return nil, err
	}
	if err := cs.policy.check(); err != nil {
		return nil, err
	}
	for _, ch := range cs.policy.Channels {
		if ch != List && cs.sender == nil {
			return nil, fmt.Errorf("config: no Sender for channel %s", ch)
		}
	}
	set(&cs.timeout, 8*time.Second)
	set(&cs.longest, 24)
	if cs.timeout < 0 {
		return nil, errors.New("config: SendTimeout is negative")
	}
	if cs.longest < 8 || cs.longest > maxName {
		return nil, fmt.Errorf("config: OrganisationMax is %d, allowed are 8 to %d", cs.longest, maxName)
	}
	if err := checkName(cs.displayName, false, maxName); err != nil {
		return nil, fmt.Errorf("config: DisplayName %w", err)
	}
	if cs.templates == nil {
		cs.templates = DefaultTemplates()
	}
	if err := checkTemplates(cs.templates, cs.displayName, cs.longest, cs.policy.Digits); err != nil {
		return nil, err
	}
	if cs.store == nil {
		cs.store = &MemoryStore{}
	}
	if cs.limiter == nil {
		cs.limiter = &MemoryLimiter{}
	}
	if b, ok := cs.limiter.(Batcher); ok && reflect.ValueOf(b).Comparable() && any(cs.store) == any(b) {
		cs.batches = newBatches(b)
	}
	if cs.rand == nil {
		cs.rand = rand.Reader
	}
	return cs, nil
}

// Ready returns an error unless the store answers and the sender could send. It is for health
// checks and changes nothing.
func (cs *Challenges) Ready(ctx context.Context) error {
	if _, err := cs.store.Load(ctx, "ready"); err != nil {
		return &Refusal{Cause: ErrUnavailable, Err: err}
	}
	if s, ok := cs.sender.(ReadySender); ok {
		if err := s.Ready(ctx); err != nil {
			return &Refusal{Cause: ErrUnavailable, Err: err}
		}
	}
	return nil
}

func (cs *Challenges) emit(ctx context.Context, e Event) {
	if cs.events != nil {
		cs.events(ctx, e)
	}
	if cs.logger == nil {
		return
	}
	level := slog.LevelInfo
	switch e.Kind {
	case EventFault:
		level = slog.LevelError
	case EventReplayed, EventLocked, EventSendFail, EventLimited:
		level = slog.LevelWarn
	}
	attrs := []slog.Attr{slog.String("challenge", e.ChallengeID)}
	for _, a := range []slog.Attr{slog.String("tenant", e.Tenant), slog.String("channel", string(e.Channel)),
		slog.String("limit", string(e.Limit)), slog.String("provider", e.Provider),
		slog.String("code", e.Code)} {
		if a.Value.String() != "" {
			attrs = append(attrs, a)
		}
	}
	if e.Failures > 0 {
		attrs = append(attrs, slog.Int("failures", e.Failures))
	}
	if e.Delivery != DeliveryNone {
		attrs = append(attrs, slog.String("delivery", e.Delivery.String()))
	}
	if e.Kind == EventSendFail {
		attrs = append(attrs, slog.String("class", e.Class.String()))
	}
	cs.logger.LogAttrs(ctx, level, "otp "+string(e.Kind), attrs...)
}
