package otp

import (
	"context"
	"crypto/subtle"
	"errors"
)

// Status returns a challenge as it is now. A final challenge is no error. Causes:
// [ErrNotFound] (also for other parties), [ErrUnavailable].
func (cs *Challenges) Status(ctx context.Context, ref Ref) (c Challenge, err error) {
	key, tail, ok := cs.keys.parseID(ref.ID)
	if !ok || !ref.Parties.check() {
		return Challenge{}, &Refusal{Cause: ErrNotFound}
	}
	err = cs.view(ctx, key, func(r *record, now int64) error {
		found := r.find(tail)
		if found == nil || subtle.ConstantTimeCompare(found.parties[:], cs.keys.parties(ref.Parties)) == 0 {
			return &Refusal{Cause: ErrNotFound}
		}
		c = cs.challenge(key, found, now)
		return nil
	})
	return c, err
}

// Cancel revokes a pending challenge. Cancelling it again is no error. Causes: [ErrNotFound]
// (also for other parties), [ErrUnavailable], and the state's cause if the challenge has
// another final state.
func (cs *Challenges) Cancel(ctx context.Context, ref Ref) error {
	key, tail, ok := cs.keys.parseID(ref.ID)
	if !ok || !ref.Parties.check() {
		return &Refusal{Cause: ErrNotFound}
	}
	revoked := false
	err := cs.update(ctx, key, func(r *record, now int64) (bool, error) {
		c, err := cs.ours(r, tail, ref.Parties, now)
		if err != nil {
			if errors.Is(err, ErrRevoked) {
				err = nil
			}
			return false, err
		}
		c.state, revoked = Revoked, true
		return true, nil
	})
	if err == nil && revoked {
		cs.emit(ctx, Event{Kind: EventRevoked, ChallengeID: ref.ID, Tenant: ref.Tenant,
			Operator: ref.Operator})
	}
	return err
}

// CancelAll revokes all pending challenges of a person who says "it was not me", and returns
// their number. The caller has identified the person. Causes: [ErrRequest], [ErrUnavailable].
func (cs *Challenges) CancelAll(ctx context.Context, tenant string, subject Secret) (n int, err error) {
	if len(tenant) > 64 || !idSize(subject) {
		return 0, &Refusal{Cause: ErrRequest}
	}
	key := cs.keys.recordKey(tenant, subject)
	var ids []string
	err = cs.update(ctx, key, func(r *record, now int64) (bool, error) {
		ids = ids[:0]
		for i := range r.challenges {
			if c := &r.challenges[i]; c.stateAt(now) == Pending {
				c.state = Revoked
				ids = append(ids, cs.keys.challengeID(key, c.tail[:]))
			}
		}
		return len(ids) > 0, nil
	})
	if err != nil {
		return 0, err
	}
	for _, id := range ids {
		cs.emit(ctx, Event{Kind: EventRevoked, ChallengeID: id, Tenant: tenant})
	}
	return len(ids), nil
}

// ClearFailures resets a person's failures to 0 and lifts wait, lock and block, and the bars of
// all operators. The caller has identified the person in another way. Causes: [ErrRequest],
// [ErrUnavailable].
func (cs *Challenges) ClearFailures(ctx context.Context, tenant string, subject Secret) error {
	if len(tenant) > 64 || !idSize(subject) {
		return &Refusal{Cause: ErrRequest}
	}
	err := cs.update(ctx, cs.keys.recordKey(tenant, subject), func(r *record, now int64) (bool, error) {
		if r.failures == 0 && len(r.operators) == 0 {
			return false, nil
		}
		r.failures, r.lastFailure, r.waitUntil, r.lockUntil, r.operators = 0, 0, 0, 0, nil
		return true, nil
	})
	if err == nil {
		cs.emit(ctx, Event{Kind: EventCleared, Tenant: tenant})
	}
	return err
}
