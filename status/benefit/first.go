package benefit

import "github.com/qr-invalidita/attesta/status"

// FirstLevel decides from what a first level discloses under the policy with which it was
// made. The outcome is one that the second level has for everybody with this first
// level, but that CannotTell may become NotSatisfied there; it is NeedsSecondLevel if
// they differ and some of them get more. A policy that discloses more relates to a stricter one
// in the same way. Titles and suspensions are not disclosed, so that a benefit that they can
// decide needs the second level.
func (b Benefit) FirstLevel(l status.FirstLevel, seen Evidence) Decision {
	if b.Never {
		return Decision{Outcome: NotSatisfied, Clause: never}
	}
	f, ok := factsBehind(l)
	if !ok || b.Condition.root == nil {
		return Decision{Outcome: CannotTell}
	}
	f.seen, f.terms = seen, b.terms
	base, clause := f.eval(b.Condition.root)
	a := answer{facts: &f, benefit: &b, clause: clause.text}
	a.condition = denied(base, l)
	a.paid = a.condition
	if b.Payment {
		a.paid |= denied(held(a.condition, b.withoutAny(), seen.value(PaymentResumed)), l)
	}
	return a.decide()
}

// withoutAny is what the condition may be without judgements that nobody knows of.
func (b Benefit) withoutAny() value {
	v := no | unsaid | unseen | yes
	b.walk(func(n *node) {
		if n.kind == isAnnotation {
			v |= unrecorded
		}
	})
	return v
}

// denied is what becomes of a "no" at the second level, which denies only if the status is
// complete: that it is not, or that a domain is open, is one thing at the first level.
func denied(v value, l status.FirstLevel) value {
	switch {
	case l.Complete || v&no == 0:
		return v
	case l.Reason == status.ReasonNoStatusHere:
		return replace(v, no, unsaid) // nothing is open, thus the status is not complete
	}
	return v | unsaid
}

// factsBehind is everything that the second level could find behind a first level. It is
// false for a first level that status.Status.FirstLevel does not make.
func factsBehind(l status.FirstLevel) (facts, bool) {
	f := facts{ageHigh: oldest}
	recognised, named, open := true, true, !l.Complete
	switch {
	case l.Answer == status.Confirmed:
		f.inCategory, named = true, len(l.Categories) > 0
	case l.Reason == status.ReasonNotEntitled, l.Reason == status.ReasonNoStatusHere:
		recognised, open = false, false
	case l.Reason == status.ReasonUndecided:
		recognised = false
	case l.Reason == status.ReasonNeedsSecondLevel, l.Reason == status.ReasonClassNotHeld:
	default:
		return f, false
	}
	listed := setOf(l.Categories)
	if listed.has(categoryIndex(status.CategoryMinor)) {
		f.ageHigh = 18*monthsInYear - 1 // the category ends on the 18th birthday: L. 289/1990
	}
	possible := possibleViews()
	for i, name := range status.Domains() {
		d := &f.domains[i]
		d.views = possible[i]
		mine := listed & categoriesOf(name)
		if mine == 0 {
			v := no
			if !l.Complete {
				v |= unsaid
			}
			d.without(v)
			if open {
				d.rest.applied |= yes
			}
		}
		for k := range d.views {
			w := &d.views[k]
			fits := (!named || w.listed == mine) && w.fits(l.SubKinds, mine) &&
				(w.doubtful == 0 || !l.Complete)
			if recognised && fits {
				d.open |= 1 << k
			}
		}
	}
	return f, true
}

// oldest is an age in months that nobody reaches.
const oldest = 200 * monthsInYear

// fits reports whether the first level can list these sub-kinds for the judgement. An empty
// list says nothing, for the policy may not name them; else the policy names them all.
func (w *view) fits(named []status.SubKind, mine subset) bool {
	if len(named) == 0 {
		return true
	}
	for _, k := range named {
		if mine.has(categoryIndex(kinOf(k))) {
			return w.subKind == k
		}
	}
	return w.subKind == ""
}
