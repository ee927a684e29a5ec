package otp

import (
	"bytes"
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// lastMinute is the least time that must be left when a message is sent.
const lastMinute = time.Minute

// nextSend returns the time from which c may be sent again, or 0 if it may not.
func (cs *Challenges) nextSend(c *challenge, from int64) int64 {
	if int(c.sends) > cs.policy.Resends {
		return 0
	}
	at := from + cs.policy.cooldown(int(c.sends)).Milliseconds()
	if at > c.expires-lastMinute.Milliseconds() {
		return 0
	}
	return at
}

// Resend sends the code of a pending challenge again. The code, the comparison number and the
// expiry stay the same.
//
// The code stands for the contact too. If q.Contacts no longer contains it, Resend supersedes
// the challenge, because its code went to a number that is no longer the person's.
//
// Causes in order: [ErrNotFound] (also for other parties), [ErrUnavailable], the state's cause
// ([ErrAlreadyUsed], [ErrAttemptsUsed], [ErrExpired], [ErrRevoked], [ErrSuperseded]),
// [ErrBlocked], [ErrLocked], [ErrBarred], [ErrWait] (if the wait outlasts the challenge),
// [ErrContactChanged], [ErrNoResends] (also if less than a minute is left), [ErrTooSoon],
// [ErrRateLimited], [ErrUnavailable] (Config.Trace).
func (cs *Challenges) Resend(ctx context.Context, q ResendRequest) (Challenge, error) {
	key, tail, ok := cs.keys.parseID(q.ID)
	if !ok || !q.Parties.check() {
		return Challenge{}, &Refusal{Cause: ErrNotFound}
	}
	var c challenge
	var contact Contact
	var code string
	var written held
	passed, traced := false, false
	err := cs.updateFrom(ctx, key, &written, func(r *record, at int64) (bool, error) {
		found, err := cs.ours(r, tail, q.Parties, at)
		if err != nil {
			return false, err
		}
		if err := cs.barred(r, found.operator[:], at, millis(found.expires-at)); err != nil {
			return false, err
		}
		if found.channel == List {
			return false, &Refusal{Cause: ErrNoResends}
		}
		if contact, ok = cs.sameContact(found, q.Contacts); !ok {
			found.state = Superseded
			return true, &Refusal{Cause: ErrContactChanged}
		}
		switch {
		case found.resendAt == 0 || at > found.expires-lastMinute.Milliseconds():
			return false, &Refusal{Cause: ErrNoResends}
		case at < found.resendAt:
			return false, &Refusal{Cause: ErrTooSoon, RetryAfter: millis(found.resendAt - at)}
		}
		pepper, ok := cs.pepper(found.pepper)
		if !ok {
			return false, cs.unavailable(ctx, errPepperGone)
		}
		if !passed {
			if err := cs.takeTraced(ctx, &written, cs.sendBuckets(q.Parties, contact)); err != nil {
				return false, err
			}
			passed = true
		}
		binding := cs.keys.binding(found.parties[:], found.terms(), found.contact[:], found.locale)
		if code, err = pepper.code(found.nonce[:], found.tail[:], binding, int(found.digits)); err != nil {
			return false, cs.unavailable(ctx, err)
		}
		found.sends++
		found.resendAt = cs.nextSend(found, at)
		if found.delivery != DeliveryDelivered {
			found.delivery, found.failure = DeliverySubmitting, 0
		}
		if !traced {
			if err := cs.tell(ctx, EventSent, q.Parties, key, found, at); err != nil {
				return false, cs.unavailable(ctx, err)
			}
			traced = true
		}
		c = *found
		return true, nil
	})
	if err != nil {
		cs.limited(ctx, q.ID, q.Parties, c.channel, err)
		return Challenge{}, err
	}
	return cs.deliver(ctx, q.Parties, key, c, contact, code, written), nil
}

var errPepperGone = errors.New("pepper of the challenge is not in the keyring")

// ours returns the pending challenge with this tail if it belongs to these parties.
func (cs *Challenges) ours(r *record, tail []byte, p Parties, now int64) (*challenge, error) {
	c := r.find(tail)
	if c == nil || subtle.ConstantTimeCompare(c.parties[:], cs.keys.parties(p)) == 0 {
		return nil, &Refusal{Cause: ErrNotFound}
	}
	if err := c.final(now); err != nil {
		return nil, err
	}
	return c, nil
}

func (cs *Challenges) sameContact(c *challenge, contacts []Contact) (Contact, bool) {
	for _, k := range contacts {
		if k.Channel == c.channel && bytes.Equal(cs.keys.contact(k), c.contact[:]) {
			return k, true
		}
	}
	return Contact{}, false
}

// deliver sends c, records the result and returns the challenge as it is then. at is the record as
// it was written before.
func (cs *Challenges) deliver(ctx context.Context, p Parties, key []byte, c challenge, to Contact,
	code string, at held) Challenge {
	now := at.Now.UnixMilli()
	id := cs.keys.challengeID(key, c.tail[:])
	life := millis(c.expires - now)
	m := Message{ID: id + "." + strconv.Itoa(int(c.sends)), To: to.Phone, Channel: c.channel,
		Code: NewCode(code), Comparison: strconv.Itoa(int(c.comparison)),
		DisplayName: inMessage(cs.displayName), Organisation: inMessage(c.organisation),
		Declared: c.declared,
		Extent:   c.terms().Extent(), Private: cs.private, Locale: c.locale, Life: life, Send: int(c.sends)}
	text, ok := cs.templates[c.locale]
	if !ok {
		text = cs.templates["it"] // the locale is no longer configured
	}
	m.Text = NewText(text.render(cs.displayName, c.organisation, c.declared, m.Extent, m.Comparison, code,
		max(int(life/time.Minute), 1)))

	sendCtx, cancel := context.WithTimeout(ctx, cs.timeout)
	submission, err := cs.sender.Send(sendCtx, m)
	cancel()

	e := Event{Kind: EventSent, ChallengeID: id, Tenant: p.Tenant, Operator: p.Operator, Channel: c.channel,
		Provider: submission.Provider, Delivery: DeliveryAccepted}
	result := Receipt{MessageID: m.ID, Delivery: DeliveryAccepted}
	var again time.Duration
	if err != nil {
		result.Delivery, result.Class = DeliveryUnknown, ClassOf(err)
		if result.Class.Definite() {
			result.Delivery = DeliveryFailed
		}
		var failed *SendError
		if errors.As(err, &failed) {
			again = failed.RetryAfter
			e.Provider, e.Code = failed.Provider, failed.Code
		}
		at = held{} // the time that the attempt took counts
		e.Kind, e.Class, e.Delivery = EventSendFail, result.Class, result.Delivery
	}
	cs.emit(ctx, e)

	// The caller may have disconnected while the message was sent. Record the result all the same.
	noteCtx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	shown := c
	shown.note(result, int(c.sends), now+again.Milliseconds())
	view := cs.challenge(key, &shown, now)
	// If this fails, the code was sent nevertheless; the event for unavailable has been emitted.
	at.soon = true
	cs.updateFrom(noteCtx, key, &at, func(r *record, now int64) (bool, error) {
		found := r.find(c.tail[:])
		if found == nil {
			return false, nil
		}
		changed := found.note(result, int(c.sends), now+again.Milliseconds())
		view = cs.challenge(key, found, now)
		return changed, nil
	})
	return view
}

// note records the delivery of send n and reports whether that changed anything. After a
// definite failure the cool-down ends at again.
func (c *challenge) note(r Receipt, n int, again int64) bool {
	// Every send carries the same code. So one delivered message settles the delivery; otherwise
	// only the last send matters.
	if c.delivery == DeliveryDelivered || r.Delivery != DeliveryDelivered && n != int(c.sends) {
		return false
	}
	if r.Delivery == DeliveryAccepted && c.delivery != DeliverySubmitting {
		return false
	}
	before, class := c.delivery, c.failure
	c.delivery, c.failure = r.Delivery, r.Class
	if r.Delivery == DeliveryFailed && c.resendAt > again {
		c.resendAt = again
	}
	return c.delivery != before || c.failure != class
}

// Receive records a delivery receipt. A receipt that is repeated, late, out of order or for an
// unknown message changes nothing and is no error, so that the caller can acknowledge it to
// the provider. The only cause is [ErrUnavailable]: let the provider repeat the receipt.
func (cs *Challenges) Receive(ctx context.Context, r Receipt) error {
	id, n, err := splitMessageID(r.MessageID)
	if err != nil || r.Delivery < DeliveryAccepted || r.Delivery > DeliveryUnknown {
		return nil
	}
	key, tail, ok := cs.keys.parseID(id)
	if !ok {
		return nil
	}
	if r.Delivery != DeliveryFailed {
		r.Class = 0
	}
	changed := false
	err = cs.update(ctx, key, func(rec *record, now int64) (bool, error) {
		c := rec.find(tail)
		changed = c != nil && c.channel != List && n <= int(c.sends) && c.note(r, n, now)
		return changed, nil
	})
	if err == nil && changed {
		cs.emit(ctx, Event{Kind: EventReceipt, ChallengeID: id, Provider: r.Provider, Class: r.Class,
			Code: r.Code, Delivery: r.Delivery})
	}
	return err
}

func splitMessageID(s string) (id string, n int, err error) {
	if len(s) != 38 || s[36] != '.' || s[37] < '1' || s[37] > '9' {
		return "", 0, fmt.Errorf("message id was not made here")
	}
	return s[:36], int(s[37] - '0'), nil
}
