package benefit

import "github.com/qr-invalidita/attesta/status"

// FirstLevel decides from the first level disclosed under its policy. The second level has the
// same outcome for everybody with this first level, except that CannotTell may become
// NotSatisfied there. If the outcomes of the second level differ and some people get more, the
// outcome is NeedsSecondLevel. A policy that discloses more relates to a stricter one in the same
// way. The first level does not disclose titles and suspensions, so a benefit that they can
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

// withoutAny returns the value of the condition without judgements that are unknown here.
func (b Benefit) withoutAny() value {
	v := no | unsaid | unseen | yes
	b.walk(func(n *node) {
		if n.kind == isAnnotation {
			v |= unrecorded
		}
	})
	return v
}

// denied returns what a "no" becomes at the second level, which denies only if the status is
// complete. The first level does not distinguish a status that is not complete from an open
// domain.
func denied(v value, l status.FirstLevel) value {
	switch {
	case l.Complete || v&no == 0:
		return v
	case l.Reason == status.ReasonNoStatusHere:
		return replace(v, no, unsaid) // nothing is open, so the status is not complete
	}
	return v | unsaid
}

// factsBehind returns everything that the second level could find behind a first level. ok is
// false for a first level that status.Status.FirstLevel never returns.
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

// fits reports whether the first level can list these sub-kinds for the judgement. An empty list
// says nothing, because the policy may leave sub-kinds out; otherwise the policy lists them all.
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
