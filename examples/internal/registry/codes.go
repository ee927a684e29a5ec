package registry

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"

	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

// ChangeCode replaces one codice fiscale of a person by another. A provisional code gives way
// to the final one, omocodia is resolved, or a name, a birth or a sex was rectified. Verbali,
// titles, names, contacts, cut-off, acts and the delegations of both sides move to the new
// code. If both codes have a history, the two become one. From then on nobody has the old
// code: [Registry.Person] and every change of it return [ErrReplaced].
//
// Repeating it changes nothing. A change back, a circle, and a second successor of one code
// return [ErrReplaced]. A code that the registry does not know returns [ErrUnknown]. Two
// histories that contradict each other return an error of package status. Either all of it
// happens or nothing.
func (r *Registry) ChangeCode(ctx context.Context, from, to codicefiscale.Code) error {
	if from.IsZero() || to.IsZero() {
		return fmt.Errorf("registry: %w", ErrUnknown)
	}
	move := edit{cf: to, previous: from, apply: func(*row) error { return nil }}
	if err := r.change(ctx, []edit{move}, nothingMore); err != nil {
		return fmt.Errorf("registry: %w", err)
	}
	return nil
}

// Codes returns the earlier codes of the person with the code cf, oldest first, and whether cf
// itself was replaced. Neither is an error, nor is an unknown code. All of it is one query.
func (r *Registry) Codes(
	ctx context.Context, cf codicefiscale.Code,
) (earlier []codicefiscale.Code, replaced bool, err error) {
	if cf.IsZero() {
		return nil, false, nil
	}
	p, err := r.find(ctx, cf)
	if err == nil && p != nil {
		err = p.open(inIdentity, inMoved)
	}
	if err != nil || p == nil {
		return nil, false, wrap(err)
	}
	for _, code := range p.identity.Earlier {
		c, wrong := codicefiscale.ParseAny(code)
		err = cmp.Or(err, wrong)
		earlier = append(earlier, c)
	}
	if err != nil {
		return nil, false, wrap(err)
	}
	return earlier, p.moved != nil, nil
}

// history returns the rows under which something about the person was ever recorded, the oldest
// first and the present one last. For a replaced code, an unknown one and an erased person there
// are none.
func (r *Registry) history(ctx context.Context, cf codicefiscale.Code) ([]*stored, error) {
	if cf.IsZero() {
		return nil, nil
	}
	p, err := r.find(ctx, cf)
	if err == nil && p != nil {
		err = p.open(inIdentity, inMoved)
	}
	if err != nil || p == nil || p.erased != 0 || p.moved != nil {
		return nil, err
	}
	var list []*stored
	for _, code := range p.identity.Earlier {
		c, err := codicefiscale.ParseAny(code)
		if err != nil {
			return nil, err
		}
		old, err := r.find(ctx, c)
		switch {
		case err != nil:
			return nil, err
		case old == nil:
			return nil, errMissing // a code that was replaced keeps its row
		}
		list = append(list, old)
	}
	return append(list, p), nil
}

// succeed moves what is known under the old code and reports whether there was something to
// move.
func (r *row) succeed(old *row, e edit) (moved bool, err error) {
	from, to := e.previous.Reveal(), e.cf.Reveal()
	switch {
	case from == to:
		return false, ErrSameCode
	case old.moved != nil && old.moved.To == to, slices.Contains(r.identity.Earlier, from):
		return false, nil
	case r.moved != nil, old.moved != nil:
		return false, ErrReplaced
	case old.record == nil && old.voidBefore == 0 && !old.contacts.reach() && !e.stranger:
		return false, ErrUnknown
	}
	if err := r.takeOver(old); err != nil {
		return false, err
	}
	r.identity = identity{
		CF:      to,
		Given:   cmp.Or(r.identity.Given, old.identity.Given),
		Family:  cmp.Or(r.identity.Family, old.identity.Family),
		Earlier: append(slices.Concat(r.identity.Earlier, old.identity.Earlier), from),
	}
	lists := r.contacts.Lists
	if len(lists) == 0 {
		lists = old.contacts.Lists
	}
	if !r.contacts.reach() || old.contacts.Verified > r.contacts.Verified {
		r.contacts = old.contacts
	}
	r.contacts.Lists = lists
	r.voidBefore = max(r.voidBefore, old.voidBefore)
	r.reports = slices.Concat(r.reports, old.reports)
	old.record, old.identity, old.contacts, old.reports = nil, identity{}, contacts{}, nil
	old.moved = &link{to}
	return true, nil
}

// reach reports whether the person can be reached.
func (c contacts) reach() bool { return len(c.Phones) > 0 || c.Email != "" }

// takeOver joins two histories of one person. The result is complete only if both were.
func (r *row) takeOver(old *row) error {
	switch {
	case old.record == nil:
		return nil
	case r.record == nil:
		r.record = old.record
		return nil
	}
	k, o := r.record, old.record
	k.Died = cmp.Or(k.Died, o.Died)
	k.Complete, k.Elsewhere = k.Complete && o.Complete, k.Elsewhere || o.Elsewhere
	for _, v := range o.Verbali {
		verbali, err := take(k.Verbali, v)
		if err != nil {
			return err
		}
		k.Verbali = verbali
	}
	log := r.arrived // the log already has the titles of the old code
	for _, t := range o.Titles {
		if err := r.addTitle(t); err != nil {
			return err
		}
	}
	r.arrived = log
	return checkHistory(k.Verbali, k.Birth)
}

// moveDelegations replaces the old pseudonym by the new one on both sides of delegations. If
// the new one already has a delegation with the same person, that one stays, so that an ended
// delegation does not come back.
func (r *Registry) moveDelegations(ctx context.Context, tx *sql.Tx, from, to subject,
	people map[subject]*stored) error {
	moved, err := r.delegationsOf(ctx, tx, from)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, r.db.Bind("DELETE FROM delegation WHERE guardian = ? OR ward = ?"),
		from[:], from[:]); err != nil {
		return err
	}
	var args []any
	for _, d := range moved {
		guardian := d.guardian
		if guardian.subject == from {
			guardian = people[to]
		}
		if d.ward == from {
			d.ward = to
		}
		if guardian.subject == d.ward { // one of the two codes acted for the other
			continue
		}
		body, err := guardian.sealDelegation(d.ward, d.delegation)
		if err != nil {
			return err
		}
		args = append(args, guardian.subject[:], d.ward[:], body)
	}
	return r.insert(ctx, tx, "INSERT INTO delegation (guardian, ward, body) ",
		" ON CONFLICT (guardian, ward) DO NOTHING", 3, args)
}

// between is a delegation as it was read.
type between struct {
	delegation
	guardian *stored
	ward     subject
}

// delegationsOf returns the delegations on both sides of the person.
func (r *Registry) delegationsOf(ctx context.Context, q querier, s subject) (list []between, err error) {
	rows, err := q.QueryContext(ctx, r.db.Bind("SELECT d.ward, d.body, "+personColumns+
		" FROM delegation AS d JOIN person AS p ON p.subject = d.guardian"+
		" WHERE d.guardian = ? OR d.ward = ?"), s[:], s[:])
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var ward, body []byte
		var b between
		if b.guardian, err = r.scan(ctx, rows.Scan, &ward, &body); err != nil {
			return nil, err
		}
		if b.ward, err = parseSubject(ward); err != nil {
			return nil, err
		}
		if b.delegation, err = b.guardian.openDelegation(b.ward, body); err != nil {
			return nil, err
		}
		list = append(list, b)
	}
	return list, rows.Err()
}
