package otp

import "context"

// MoveFailures has a person who is known under another name keep the failures: to begins with no fewer
// failures in a row than from has, and waits and is locked no shorter; codes of printed lists that were
// asked for stay so. Pending challenges of from are revoked and not moved, since what they bind names from.
// What is kept under from stays, and nothing of to is ever set back, so that no change of name, however
// often, clears a lock. The caller has shown that the two are one person. Causes: [ErrRequest],
// [ErrUnavailable].
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
	return c.update(ctx, c.keys.recordKey(tenant, to), func(r *record, _ int64) (bool, error) {
		return r.takeFailures(&old), nil
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
		known := false
		for i := range r.lists {
			if r.lists[i].list == l.list {
				known = true
				if l.asked > r.lists[i].asked {
					r.lists[i].asked, changed = l.asked, true
				}
				later(&r.lists[i].last, l.last)
			}
		}
		if !known && len(r.lists) < maxLists {
			r.lists, changed = append(r.lists, l), true
		}
	}
	return changed
}
