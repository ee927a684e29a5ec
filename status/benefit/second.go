package benefit

import "github.com/qr-invalidita/attesta/status"

// PaymentResumed is the code of the evidence that payments held back by a suspension have
// resumed; see [Benefit.Payment].
const PaymentResumed = "payment_resumed"

// SecondLevel decides from the whole status, including its titles. The outcome is never
// NeedsSecondLevel. It is NotSatisfied only if the status is Complete or the benefit is Never,
// and CannotTell if the day of the status is outside the validity of the benefit. The caller
// decides who may see the answer.
func (b Benefit) SecondLevel(s status.Status, seen Evidence) Decision {
	switch {
	case b.Never:
		return Decision{Outcome: NotSatisfied, Clause: never}
	case b.Condition.root == nil, !b.ValidOn(s.At):
		return Decision{Outcome: CannotTell}
	}
	var views [domainCount]view
	f := factsOf(s, &views)
	f.seen, f.terms = seen, b.terms
	base, clause := f.eval(b.Condition.root)
	deny := no
	if !s.Complete {
		deny = unsaid // a registry that may miss something never denies
	}
	a := answer{facts: &f, benefit: &b, clause: clause.text}
	a.condition = replace(base, no, deny)
	a.paid = a.condition
	if b.Payment {
		without := factsWithout(s)
		without.seen, without.terms = seen, b.terms
		if rest, _ := without.eval(b.Condition.root); rest != base {
			a.without = without
			a.paid = replace(held(base, rest, seen.value(PaymentResumed)), no, deny)
		}
	}
	return a.decide()
}

// held returns the value of a condition for a payment: the condition is met, and either it is
// also met without the suspended judgements or the payment has resumed.
func held(condition, without, resumed value) value { return and(condition, or(without, resumed)) }

// factsWithout returns the facts without the judgements whose payments are suspended.
func factsWithout(s status.Status) *facts {
	for _, d := range s.Domains() {
		if d.State == status.StateSuspended {
			s = s.With(status.DomainStatus{Domain: d.Domain, State: status.StateRevoked})
		}
	}
	f := factsOf(s, new([domainCount]view))
	return &f
}

// factsOf keeps its views in an array of the caller, which saves an allocation.
func factsOf(s status.Status, views *[domainCount]view) facts {
	f := facts{whole: true, titles: s.Titles, birth: s.Birth}
	f.ageLow = status.AgeInMonths(s.Birth, s.At)
	f.ageHigh = f.ageLow
	listed := setOf(s.FirstLevel(status.PolicySubKinds).Categories)
	for i, name := range status.Domains() {
		d, entry := s.In(name), &f.domains[i]
		category, ok := impliedCategory(name)
		switch {
		case d.InForce():
			views[i] = viewOf(d, listed)
			entry.views, entry.open = views[i:i+1], 1
		case ok && listed.has(categoryIndex(category)):
			views[i] = implied(category, s.In(status.Deafblindness).Annotations)
			entry.views, entry.open = views[i:i+1], 1
		default:
			entry.without(unstated(s, d))
			if ok && d.State == status.StateAbsent && mayImply(s.In(status.Deafblindness), category) {
				entry.rest.kind = unsaid
			}
			if d.State == status.StateCameOfAge && d.AdultRights == status.AdultApplied {
				entry.rest.applied = yes
			}
		}
	}
	return f
}

// unstated returns the value of every test on a domain without a judgement in force.
func unstated(s status.Status, d status.DomainStatus) value {
	if d.Open() || d.State == status.StateAbsent && !s.Complete {
		return unsaid
	}
	return no
}

// impliedCategory returns the category that deafblindness may imply in the domain.
func impliedCategory(d status.Domain) (status.Category, bool) {
	switch d {
	case status.Blindness:
		return status.CategoryBlind, true
	case status.Deafness:
		return status.CategoryDeaf, true
	}
	return "", false
}

// mayImply reports whether the judgement on deafblindness leaves the category open.
func mayImply(both status.DomainStatus, c status.Category) bool {
	w := viewOf(both, 0)
	return both.Open() || both.InForce() && w.doubtful.has(categoryIndex(c))
}

func replace(v, old, with value) value {
	if v&old != 0 {
		return v&^old | with
	}
	return v
}
