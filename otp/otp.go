// Package otp asks a person for consent by a code that the person tells an
// operator, who types it.
//
// That is not a login: whoever types the code is not the one who received it, so
// the code means "this operator, of this organisation, may see this about me", and
// the message says whom to tell it and when not to. [New] makes [Challenges] from a
// [Config]. [Challenges.Start] makes a challenge and sends its code,
// [Challenges.Resend] sends the same code again, [Challenges.Verify] takes the answer
// and returns a [Verification] exactly once. [Challenges.Status], [Challenges.Cancel],
// [Challenges.Receive] for delivery receipts, [Challenges.CancelAll] and
// [Challenges.ClearFailures] for the staff's desk do what they say.
//
// # What holds
//
// A code is derived, by HOTP (RFC 4226), from a secret pepper, from random bytes
// that belong to the challenge, and from a digest of all that is approved: tenant,
// operator, person, organisation, purpose, scope, contact. So a resend or a second
// provider carries the same code without it being stored, and if anything of that
// is changed the code is wrong and an attempt is spent; nobody is told which it was.
//
// A code is accepted once, for at most ten minutes, with at most five attempts.
// Failures are counted per person over all challenges and all operators, and only
// a right answer sets the count back: not a new code, not a new challenge, not
// time (but see Policy.FailureMemory). The bounds are those of NIST SP 800-63B-4
// and of Regulation (EU) 2018/389, and [New] refuses a policy beyond them.
//
// A [Store] keeps one opaque record per person, encrypted under a key derived from
// Config.RecordKey, and knows no rule. Time is the store's. If it does not answer,
// or a record was damaged, nothing is disclosed and the cause is [ErrUnavailable].
//
// # What is not checked
//
// That a number belongs to the person, can receive messages or was not taken over
// by a SIM swap; Config.Risk is the place to ask. That the operator stands before
// the person: the comparison number helps the person to notice. Who the operator
// is: that is the caller's login. Messages over the telephone network are a
// "restricted" authenticator (NIST SP 800-63B-4 3.1.3.3), so offer another way too,
// such as [PrintedCodes]. Codes by e-mail are not offered (NIST 3.1.3.1), nor those
// of authenticator apps (TOTP, RFC 6238): they say nothing of who asks for what, and
// a person tells them to a caller as readily as to an operator.
package otp

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"time"
)

// A Config says what [Challenges] are made of.
type Config struct {
	// Keys hold the peppers from which codes are derived. Required.
	Keys Keyring
	// RecordKey is the key under which records are found and encrypted. Required, and
	// never changed: with another one, all failure counts and locks are forgotten and
	// all pending challenges are unknown. It must not be a pepper of Keys.
	RecordKey Pepper
	// DisplayName is the body's name as it stands in the messages, by the rules of
	// [Terms.Organisation]. Required.
	DisplayName string
	// Sender carries the messages. Required if the policy offers SMS or Voice.
	Sender Sender
	// SendTimeout for one call of Sender; 0: 8 seconds, for an operator waits.
	SendTimeout time.Duration

	// Store keeps the records; nil: a [MemoryStore], which is for one process only.
	Store Store
	// Limiter; nil: a [MemoryLimiter], which is for one process only.
	Limiter Limiter
	// Policy; the zero value is the strict default.
	Policy Policy
	// Templates by locale, with one for "it" at least; nil: [DefaultTemplates].
	Templates map[string]Template
	// OrganisationMax is the longest organisation's name in characters of GSM-7; 0: 24.
	// All templates must fit one part with it.
	OrganisationMax int

	// Risk runs before a message is sent for a new challenge and refuses by an error;
	// nil: none. It is the place for SIM-swap checks (NIST SP 800-63B-4 3.1.3.3) and
	// budgets.
	Risk func(context.Context, StartRequest, Contact) error
	// Events is told what happens, in the calling goroutine; nil: nobody. It must not
	// block.
	Events func(context.Context, Event)
	// Logger gets the same as slog records; nil: none.
	Logger *slog.Logger
	// Rand is the source of all randomness; nil: crypto/rand. Another one is for tests.
	Rand io.Reader
}

// Challenges starts, resends and verifies consent challenges; the rules are here. It is
// safe for concurrent use and keeps no state of its own but what Config gave it. Every
// error of its verbs is a [*Refusal].
type Challenges struct {
	store       Store
	limiter     Limiter
	sender      Sender
	policy      Policy
	keys        recordKeys
	peppers     map[string]pepperPair
	current     string
	displayName string
	templates   map[string]Template
	longest     int
	timeout     time.Duration
	risk        func(context.Context, StartRequest, Contact) error
	events      func(context.Context, Event)
	logger      *slog.Logger
	rand        io.Reader
}

// New checks c and makes Challenges of it. The error names the first field that is
// missing or out of bounds.
func New(c Config) (*Challenges, error) {
	if err := c.Keys.check(); err != nil {
		return nil, err
	}
	if c.RecordKey.IsZero() {
		return nil, errors.New("config: no RecordKey")
	}
	cs := &Challenges{store: c.Store, limiter: c.Limiter, sender: c.Sender, policy: c.Policy.withDefaults(),
		keys: newRecordKeys(c.RecordKey), peppers: map[string]pepperPair{}, current: c.Keys.Current,
		displayName: c.DisplayName, templates: maps.Clone(c.Templates), longest: c.OrganisationMax,
		timeout: c.SendTimeout, risk: c.Risk, events: c.Events, logger: c.Logger, rand: c.Rand}
	for id, p := range c.Keys.Peppers {
		if p.reveal() == c.RecordKey.reveal() {
			return nil, fmt.Errorf("config: RecordKey is pepper %q", id)
		}
		cs.peppers[id] = newPepperPair(p)
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
	if cs.timeout < 0 || cs.longest < 8 || cs.longest > 100 {
		return nil, errors.New("config: SendTimeout or OrganisationMax is out of bounds")
	}
	if !nameAllowed(cs.displayName, false, 100) {
		return nil, errors.New("config: DisplayName is not a name that may stand in a message")
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
	if cs.rand == nil {
		cs.rand = rand.Reader
	}
	return cs, nil
}

// Ready reports whether the store answers and the sender could send, for a health
// check. It changes nothing.
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
