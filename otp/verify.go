package otp

import (
	"context"
	"crypto/subtle"
	"errors"
	"strconv"
	"time"
)

// Verify checks an answer. If it is right, the challenge is consumed in the same step, so no
// second call with the same code succeeds on any machine.
//
// Causes in the order in which they are checked: [ErrNotFound] (a malformed ID),
// [ErrRateLimited] (LimitChecks, LimitFailures), [ErrUnavailable], [ErrNotFound], the state's
// cause ([ErrAlreadyUsed], [ErrAttemptsUsed], [ErrExpired], [ErrRevoked], [ErrSuperseded]),
// [ErrBlocked], [ErrLocked], [ErrBarred], [ErrWait], [ErrMalformedCode], [ErrWrongCode]. Only the
// last spends an attempt. The second [ErrNotFound] is also the answer to other parties than those
// of the start, so that nobody can spend another operator's attempts. If the store's answer to the
// last step is lost, the cause is ErrUnavailable although the code may be consumed. Nothing was
// disclosed then, and the person can be asked again. If others take the last token of LimitChecks
// before the answer is counted, the cause is ErrRateLimited, whatever the answer was, and it counts
// for nothing.
func (cs *Challenges) Verify(ctx context.Context, q VerifyRequest) (Verification, error) {
	key, tail, ok := cs.keys.parseID(q.ID)
	if !ok || !q.Parties.check() {
		return Verification{}, &Refusal{Cause: ErrNotFound}
	}
	operator := cs.keys.operator(q.Parties)
	failures := cs.buckets(LimitFailures, cs.policy.Limits.Failures, operator)
	checks := cs.buckets(LimitChecks, cs.policy.Limits.Checks, tail)
	found, err := cs.peekLoad(ctx, key, append(checks, failures...)...)
	if err != nil {
		cs.limited(ctx, q.ID, q.Parties, "", err)
		return Verification{}, err
	}
	a := answering{cs: cs, q: q, tail: tail, parties: cs.keys.parties(q.Parties)}
	at := held{Snapshot: found, take: checks}
	err = cs.updateFrom(ctx, key, &at, a.decide)
	if err != nil && !errors.Is(err, ErrUnavailable) && !errors.Is(err, ErrRateLimited) {
		// What is not written counts as well. If it was written, at.take is empty.
		if over := cs.take(ctx, at.take...); over != nil {
			err = over
		}
	}
	e := Event{ChallengeID: q.ID, Tenant: q.Tenant, Operator: q.Operator, Channel: a.result.Channel,
		Failures: a.failures}
	switch {
	case errors.Is(err, errPepperGone):
		e.Kind, e.Err = EventFault, err
		cs.emit(ctx, e)
	case err == nil:
		e.Kind = EventVerified
		cs.emit(ctx, e)
		cs.tellPast(ctx, e.Kind, q.Parties, key, &a.answered, a.now)
		return a.result, nil
	case errors.Is(err, ErrWrongCode), errors.Is(err, ErrMalformedCode):
		// The attempt is already counted in the record. If the limiter fails here, only the operator's
		// limit misses it.
		cs.take(ctx, failures...)
		if errors.Is(err, ErrWrongCode) {
			e.Kind = EventWrong
			cs.emit(ctx, e)
			cs.tellPast(ctx, e.Kind, q.Parties, key, &a.answered, a.now)
		}
		if a.locked {
			e.Kind = EventLocked
			cs.emit(ctx, e)
		}
	case errors.Is(err, ErrRateLimited):
		cs.limited(ctx, q.ID, q.Parties, "", err)
	case a.replayed:
		e.Kind = EventReplayed
		cs.emit(ctx, e)
	}
	return Verification{}, err
}

// answering is the state of one call of Verify.
type answering struct {
	cs            *Challenges
	q             VerifyRequest
	tail, parties []byte

	result           Verification
	answered         challenge
	now              int64
	failures         int
	locked, replayed bool
}

func (a *answering) decide(r *record, now int64) (bool, error) {
	a.result, a.failures, a.locked, a.replayed = Verification{}, 0, false, false
	c := r.find(a.tail)
	if c == nil || subtle.ConstantTimeCompare(c.parties[:], a.parties) == 0 {
		return false, &Refusal{Cause: ErrNotFound}
	}
	if err := c.final(now); err != nil {
		if c.state == Consumed {
			right, problem := a.right(c)
			a.replayed = problem == nil && right
		}
		return false, err
	}
	if err := a.cs.barred(r, c.operator[:], now, 0); err != nil {
		return false, err
	}
	right, err := a.right(c)
	if err != nil {
		return false, err
	}
	c.attempts++
	if right {
		c.state = Consumed
		r.succeed(c.operator)
		a.answered, a.now = *c, now
		a.result = Verification{ChallengeID: a.q.ID, Parties: a.q.Parties, Terms: c.terms(),
			Channel: c.channel, MaskedPhone: c.masked, AMR: c.channel.AMR(), Attempts: int(c.attempts),
			Sends: int(c.sends), StartedAt: time.UnixMilli(c.started), VerifiedAt: time.UnixMilli(now)}
		return true, nil
	}
	a.locked = a.cs.fail(r, c, now)
	a.failures = int(r.failures)
	a.answered, a.now = *c, now
	return true, &Refusal{Cause: ErrWrongCode, AttemptsLeft: c.attemptsLeft()}
}

// right compares the answer with the challenge and the caller's request, in constant time.
func (a *answering) right(c *challenge) (bool, error) {
	code, ok := normalizeCode(a.q.Code.Reveal(), int(c.digits))
	if !ok {
		return false, &Refusal{Cause: ErrMalformedCode, AttemptsLeft: c.attemptsLeft()}
	}
	pepper, ok := a.cs.pepper(c.pepper)
	if !ok {
		return false, &Refusal{Cause: ErrUnavailable, Err: errPepperGone}
	}
	terms := c.terms()
	if a.q.Terms != nil {
		terms = *a.q.Terms
	}
	binding := a.cs.keys.binding(a.parties, terms, c.contact[:], c.locale)
	return subtle.ConstantTimeCompare(pepper.verifier(c.tail[:], binding, code), c.verifier[:]) == 1, nil
}

// fail counts a wrong answer to c and reports whether that locked the challenge or the person, or
// barred the operator.
func (cs *Challenges) fail(r *record, c *challenge, now int64) (locked bool) {
	r.failures++ // below BlockAt before
	n := int(r.failures)
	r.lastFailure = now
	lock := func(which func(*challenge) bool) {
		locked = true
		for i := range r.challenges {
			if o := &r.challenges[i]; o.stateAt(now) == Pending && which(o) {
				o.state = Locked
			}
		}
	}
	if c.attempts >= c.maxAttempts {
		c.state, locked = Locked, true
	}
	if r.failOperator(c.operator, now, cs.policy) {
		lock(func(o *challenge) bool { return o.operator == c.operator })
	}
	many := r.failed() >= cs.policy.WaitOperators
	if many {
		r.waitUntil = max(r.waitUntil, now+cs.policy.wait(n).Milliseconds())
	}
	if many && n%cs.policy.LockAt == 0 || n >= cs.policy.BlockAt {
		r.lockUntil = now + cs.policy.LockFor.Milliseconds()
		lock(func(*challenge) bool { return true })
	}
	return locked
}

// stateAt returns the state at now, with expiry applied.
func (c *challenge) stateAt(now int64) State {
	if c.state == Pending && now >= c.expires {
		return Expired
	}
	return c.state
}

// final returns the cause why c takes no answer, or nil if it is pending.
func (c *challenge) final(now int64) error {
	switch c.stateAt(now) {
	case Pending:
		return nil
	case Consumed:
		return &Refusal{Cause: ErrAlreadyUsed}
	case Locked:
		return &Refusal{Cause: ErrAttemptsUsed}
	case Expired:
		return &Refusal{Cause: ErrExpired}
	case Revoked:
		return &Refusal{Cause: ErrRevoked}
	case Superseded:
		return &Refusal{Cause: ErrSuperseded}
	}
	return &Refusal{Cause: ErrUnavailable}
}

func (c *challenge) attemptsLeft() int {
	return int(c.maxAttempts) - int(min(c.attempts, c.maxAttempts))
}

func (c *challenge) terms() Terms {
	return Terms{Organisation: c.organisation, Declared: c.declared, Purpose: c.purpose, Scope: c.scope,
		CaseNumber: c.caseNumber, Evidence: c.evidence}
}

// challenge returns c as its operator may see it.
func (cs *Challenges) challenge(key []byte, c *challenge, now int64) Challenge {
	v := Challenge{ID: cs.keys.challengeID(key, c.tail[:]), State: c.stateAt(now), Channel: c.channel,
		MaskedPhone: c.masked, ListNumber: int(c.listNumber), ListID: c.listID, Terms: c.terms(),
		Locale: c.locale, StartedAt: time.UnixMilli(c.started),
		ExpiresAt: time.UnixMilli(c.expires), AttemptsLeft: c.attemptsLeft(), Digits: int(c.digits),
		Delivery: c.delivery, Failure: c.failure}
	if c.channel != List {
		v.Comparison = strconv.Itoa(int(c.comparison))
	}
	if v.State != Pending {
		v.AttemptsLeft = 0
	} else if c.resendAt != 0 && now <= c.expires-lastMinute.Milliseconds() {
		v.ResendAt = time.UnixMilli(c.resendAt)
		v.ResendsLeft = max(cs.policy.Resends+1-int(c.sends), 0)
	}
	return v
}
