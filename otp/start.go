package otp

import (
	"bytes"
	"context"
	"crypto/subtle"
	"errors"
	"io"
	"slices"
	"strings"
	"time"
)

// Start makes a challenge and sends its code. It stores the challenge before it sends
// anything. If the process stops in between, [Challenges.Resend] sends the code.
//
// A failed send is no error: the challenge exists, its Delivery reports the failure, and
// Resend tries again. If the IdempotencyKey was used before, Start returns that challenge, in
// whatever state, and sends nothing.
//
// Start supersedes an earlier pending challenge of the same operator for the same person, so an
// operator has at most one.
//
// Causes in the order in which they are checked: [ErrRequest], [ErrOrganisation],
// [ErrNoChannel], [ErrContact] (country), [ErrUnavailable], [ErrIdempotency], [ErrBlocked],
// [ErrLocked], [ErrBarred], [ErrWait] (if the wait outlasts the challenge), [ErrContact] (age),
// [ErrRateLimited] (LimitStarts, LimitPerson, LimitPending), [ErrNoChannel] (list used up),
// [ErrRefused], [ErrBarred] or [ErrUnavailable] (by Config.Risk), [ErrRateLimited],
// [ErrUnavailable] (Config.Trace).
func (cs *Challenges) Start(ctx context.Context, q StartRequest) (Challenge, error) {
	set(&q.Locale, "it")
	contact, err := cs.checkStart(q)
	if err != nil {
		return Challenge{}, err
	}
	s := starting{cs: cs, q: q, contact: contact, key: cs.keys.recordKey(q.Tenant, q.Subject),
		parties: cs.keys.parties(q.Parties), operator: cs.keys.operator(q.Parties),
		idempotency: cs.keys.idempotency(q.IdempotencyKey)}
	err = cs.updateFrom(ctx, s.key, &s.at,
		func(r *record, now int64) (bool, error) { return s.decide(ctx, r, now) })
	if errors.Is(err, ErrRateLimited) && s.idempotency != nil {
		// Concurrent calls with one key may all reach the limiter before the first of them is written.
		again := cs.view(ctx, s.key, func(r *record, now int64) error {
			_, err := s.repeated(r, now)
			return err
		})
		if again == nil && s.found {
			err = nil
		}
	}
	if err != nil {
		cs.limited(ctx, "", q.Parties, contact.Channel, err)
		return Challenge{}, err
	}
	if s.found {
		return s.result, nil
	}
	cs.emit(ctx, Event{Kind: EventStarted, ChallengeID: s.result.ID, Tenant: q.Tenant, Operator: q.Operator,
		Channel: contact.Channel})
	if contact.Channel == List {
		return s.result, nil
	}
	return cs.deliver(ctx, q.Parties, s.key, s.made, contact, s.code, s.at), nil
}

func (cs *Challenges) checkStart(q StartRequest) (Contact, error) {
	if !q.Parties.check() || len(q.IdempotencyKey) > 255 || cs.templates[q.Locale].Text == "" {
		return Contact{}, &Refusal{Cause: ErrRequest}
	}
	if err := q.Terms.check(cs.longest); err != nil {
		return Contact{}, err
	}
	contact, usable := pick(q.Contacts, q.Channel, cs.policy.Channels)
	if contact.Channel == "" {
		return Contact{}, &Refusal{Cause: ErrNoChannel, Channels: usable}
	}
	if contact.Channel != List && !slices.ContainsFunc(cs.policy.Prefixes, func(p string) bool {
		return strings.HasPrefix(contact.Phone.Reveal(), p)
	}) {
		return Contact{}, &Refusal{Cause: ErrContact}
	}
	return contact, nil
}

// starting is the state of one call of Start.
type starting struct {
	cs                             *Challenges
	q                              StartRequest
	contact                        Contact
	key                            []byte
	parties, operator, idempotency []byte

	at     held
	passed bool // Risk agreed in an earlier round
	traced bool // in an earlier round
	found  bool
	tail   [tailSize]byte // the same in all rounds, so that there is one trace
	result Challenge
	made   challenge
	code   string
}

// repeated returns the challenge of an earlier start with the same key.
func (s *starting) repeated(r *record, now int64) (bool, error) {
	if s.idempotency == nil {
		return false, nil
	}
	for i := range r.challenges {
		c := &r.challenges[i]
		if !bytes.Equal(c.idempotency, s.idempotency) {
			continue
		}
		if subtle.ConstantTimeCompare(c.parties[:], s.parties) == 0 || c.terms() != s.q.Terms {
			return true, &Refusal{Cause: ErrIdempotency}
		}
		s.found, s.result = true, s.cs.challenge(s.key, c, now)
		s.result.Repeated = true
		return true, nil
	}
	return false, nil
}

func (s *starting) decide(ctx context.Context, r *record, now int64) (bool, error) {
	if found, err := s.repeated(r, now); found {
		return false, err
	}
	if err := s.cs.barred(r, s.operator, now, s.cs.policy.Lifetime); err != nil {
		return false, err
	}
	if err := s.cs.checkContact(s.contact, now); err != nil {
		return false, err
	}
	if err := s.room(r, now); err != nil {
		return false, err
	}
	number, err := s.listNumber(r, now)
	if err != nil {
		return false, err
	}
	if !s.passed {
		if s.cs.risk != nil {
			if err := s.cs.risk(ctx, s.q, s.contact); err != nil {
				return false, refusedByRisk(err)
			}
		}
		if err := s.cs.takeTraced(ctx, &s.at, s.buckets(r, now)); err != nil {
			return false, err
		}
		s.passed = true
	}
	if err := s.make(r, now, number); err != nil {
		return false, s.cs.unavailable(ctx, err)
	}
	if !s.traced {
		if err := s.cs.tell(ctx, EventStarted, s.q.Parties, s.key, &s.made, now); err != nil {
			return false, s.cs.unavailable(ctx, err)
		}
		s.traced = true
	}
	return true, nil
}

// refusedByRisk returns the refusal for an error of Config.Risk.
func refusedByRisk(err error) error {
	for _, cause := range []Error{ErrBarred, ErrUnavailable} {
		if errors.Is(err, cause) {
			return &Refusal{Cause: cause, Err: err}
		}
	}
	return &Refusal{Cause: ErrRefused, Err: err}
}

// barred returns a refusal if failures forbid the operator an answer at now, or if a wait lasts
// longer than patience.
func (cs *Challenges) barred(r *record, operator []byte, now int64, patience time.Duration) error {
	switch {
	case int(r.failures) >= cs.policy.BlockAt:
		return &Refusal{Cause: ErrBlocked}
	case now < r.lockUntil:
		return &Refusal{Cause: ErrLocked, RetryAfter: millis(r.lockUntil - now)}
	}
	if err := r.barredOperator(operator, now, cs.policy); err != nil {
		return err
	}
	if now < r.waitUntil && millis(r.waitUntil-now) >= patience {
		return &Refusal{Cause: ErrWait, RetryAfter: millis(r.waitUntil - now)}
	}
	return nil
}

func (cs *Challenges) checkContact(c Contact, now int64) error {
	if c.Channel == List || c.VerifiedAt.IsZero() && cs.policy.AllowUnverified &&
		cs.policy.MinContactAge == 0 {
		return nil
	}
	if c.VerifiedAt.IsZero() || millis(now-c.VerifiedAt.UnixMilli()) < cs.policy.MinContactAge {
		return &Refusal{Cause: ErrContact}
	}
	return nil
}

// room supersedes the operator's earlier challenge and checks the limits per person.
func (s *starting) room(r *record, now int64) error {
	pending, today, mine := 0, 0, 0
	var firstExpiry, oldest, oldestMine int64
	for i := range r.challenges {
		c := &r.challenges[i]
		own := bytes.Equal(c.operator[:], s.operator)
		if c.started+day.Milliseconds() > now {
			if today++; oldest == 0 || c.started < oldest {
				oldest = c.started
			}
			if own {
				if mine++; oldestMine == 0 || c.started < oldestMine {
					oldestMine = c.started
				}
			}
		}
		if c.stateAt(now) != Pending {
			continue
		}
		if own {
			c.state = Superseded
			continue
		}
		if pending++; firstExpiry == 0 || c.expires < firstExpiry {
			firstExpiry = c.expires
		}
	}
	if mine >= s.cs.policy.PerOperator {
		return &Refusal{Cause: ErrRateLimited, Limit: LimitStarts,
			RetryAfter: millis(oldestMine + day.Milliseconds() - now)}
	}
	if today >= s.cs.policy.PerPerson {
		return &Refusal{Cause: ErrRateLimited, Limit: LimitPerson,
			RetryAfter: millis(oldest + day.Milliseconds() - now)}
	}
	if pending >= s.cs.policy.Pending {
		return &Refusal{Cause: ErrRateLimited, Limit: LimitPending, RetryAfter: millis(firstExpiry - now)}
	}
	return nil
}

// listNumber returns the next number of a printed list.
func (s *starting) listNumber(r *record, now int64) (uint16, error) {
	if s.contact.Channel != List {
		return 0, nil
	}
	use := r.useOf(s.cs.keys.list(s.contact.Codes.ID))
	if int(use.asked) >= s.contact.Codes.Count {
		_, usable := pick(s.q.Contacts, "", s.cs.policy.Channels)
		return 0, &Refusal{Cause: ErrNoChannel, Channels: slices.DeleteFunc(usable,
			func(c Channel) bool { return c == List })}
	}
	use.asked++
	use.last = now
	return use.asked, nil
}

// make appends the challenge to the record.
func (s *starting) make(r *record, now int64, number uint16) error {
	cs, q, peppers := s.cs, s.q, s.cs.peppers.Load()
	c := challenge{state: Pending, channel: s.contact.Channel, declared: q.Declared,
		maxAttempts: uint8(cs.policy.Attempts), digits: uint8(cs.policy.Digits), listNumber: number,
		started: now, expires: now + cs.policy.Lifetime.Milliseconds(),
		pepper: peppers.current, idempotency: s.idempotency, masked: s.contact.Phone.Mask(), locale: q.Locale,
		organisation: q.Organisation, purpose: q.Purpose, scope: q.Scope, caseNumber: q.CaseNumber,
		evidence: q.Evidence}
	copy(c.parties[:], s.parties)
	copy(c.operator[:], s.operator)
	copy(c.contact[:], cs.keys.contact(s.contact))
	if s.tail == [tailSize]byte{} {
		if _, err := io.ReadFull(cs.rand, s.tail[:]); err != nil {
			return err
		}
	}
	c.tail = s.tail
	if _, err := io.ReadFull(cs.rand, c.nonce[:]); err != nil {
		return err
	}
	pepper := peppers.pairs[c.pepper]
	binding := cs.keys.binding(c.parties[:], c.terms(), c.contact[:], c.locale)
	var err error
	if c.channel == List {
		c.digits, c.listID = listDigits, s.contact.Codes.ID
		code, _ := s.contact.Codes.Code(int(number), q.Extent())
		s.code = code.Reveal()
	} else {
		c.delivery, c.sends = DeliverySubmitting, 1
		c.resendAt = cs.nextSend(&c, now)
		if c.comparison, err = cs.comparison(r, now); err != nil {
			return err
		}
		if s.code, err = pepper.code(c.nonce[:], c.tail[:], binding, int(c.digits)); err != nil {
			return err
		}
	}
	copy(c.verifier[:], pepper.verifier(c.tail[:], binding, s.code))
	r.challenges = append(r.challenges, c)
	s.made, s.result = c, cs.challenge(s.key, &c, now)
	return nil
}

// comparison returns a random number from 10 to 99 that no pending challenge of the person
// has.
func (cs *Challenges) comparison(r *record, now int64) (uint8, error) {
	var b [1]byte
	for tries := 0; ; tries++ {
		if _, err := io.ReadFull(cs.rand, b[:]); err != nil {
			return 0, err
		}
		n := b[0]%90 + 10
		// Values from 180 to 255 would make some numbers likelier than others.
		if tries > 1000 || b[0] < 180 && !slices.ContainsFunc(r.challenges, func(c challenge) bool {
			return c.comparison == n && c.stateAt(now) == Pending
		}) {
			return n, nil
		}
	}
}

func millis(ms int64) time.Duration { return time.Duration(ms) * time.Millisecond }
