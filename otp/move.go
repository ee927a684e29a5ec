package otp

import "context"

// MoveFailures gives a person's failures to the same person under another identifier.
// Afterwards to has at least as many consecutive failures as from, and at least as long a wait,
// lock and bar of each operator. Printed codes that were asked for stay used. Pending challenges of from are
// revoked and not moved, because they are bound to from.
//
// The record of from stays, and nothing in the record of to is reduced. So no number of
// changes clears a lock. The caller has established that the two are one person. Causes:
// [ErrRequest], [ErrUnavailable].
func (c *Challenges) MoveFailures(ctx context.Context, tenant string, from, to Secret) error {
	if len(tenant) > 64 || !idSize(from) || !idSize(to) {
		return &Refusal{Cause: ErrRequest}
	}
	if _, err := c.CancelAll(ctx, tenant, from); err != nil {
		return err
	}
	var old record
	err := c.view(ctx, c.keys.recordKey(tenant, from), func(r *record, _ int64) error {
		old = *r
		return nil
	})
	if err != nil {
		return err
	}
	return c.update(ctx, c.keys.recordKey(tenant, to), func(r *record, now int64) (bool, error) {
		changed := r.takeOperators(old.operators, now, c.policy)
		return r.takeFailures(&old) || changed, nil
	})
}

// takeFailures reports whether anything changes.
func (r *record) takeFailures(old *record) (changed bool) {
	later := func(mine *int64, theirs int64) {
		if theirs > *mine {
			*mine, changed = theirs, true
		}
	}
	if old.failures > r.failures {
		r.failures, changed = old.failures, true
	}
	later(&r.lastFailure, old.lastFailure)
	later(&r.waitUntil, old.waitUntil)
	later(&r.lockUntil, old.lockUntil)
	for _, l := range old.lists {
		use := r.useOf(l.list)
		if l.asked > use.asked {
			use.asked, changed = l.asked, true
		}
		later(&use.last, l.last)
	}
	return changed
}
