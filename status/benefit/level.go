package benefit

import "github.com/qr-invalidita/attesta/status"

// SecondLevel decides from the whole status. It is NotSatisfied only if the status is
// Complete, and never NeedsSecondLevel. Who may see the answer is decided elsewhere.
func (b Benefit) SecondLevel(s status.Status, seen Evidence) Decision {
	if b.Condition.root == nil {
		return Decision{Outcome: CannotTell}
	}
	var views [7]view
	f := factsOf(s, &views)
	f.seen = seen
	v, clause := f.eval(b.Condition.root)
	if v == no && !s.Complete {
		v = unsaid
	}
	return Decision{outcomeOf(v), clause.text}
}

// FirstLevel decides from what a first level discloses under the policy with which it was
// made. The outcome is one that the second level has for everybody with this first
// level, but that CannotTell may become NotSatisfied there; it is NeedsSecondLevel if
// they differ and some of them get more. A policy that discloses more relates to a stricter one
// in the same way.
func (b Benefit) FirstLevel(l status.FirstLevel, seen Evidence) Decision {
	f, ok := factsBehind(l)
	if !ok || b.Condition.root == nil {
		return Decision{Outcome: CannotTell}
	}
	f.seen = seen
	v, clause := f.eval(b.Condition.root)
	if v&no != 0 && !l.Complete {
		v |= unsaid // the second level denies only if the status is complete
	}
	return Decision{outcomeOf(v), clause.text}
}

func outcomeOf(v value) Outcome {
	switch v {
	case yes:
		return Satisfied
	case no:
		return NotSatisfied
	case unrecorded:
		return NeedsAnnotation
	case unseen:
		return NeedsEvidence
	}
	if v&^(no|unsaid) != 0 {
		return NeedsSecondLevel
	}
	return CannotTell
}

// factsOf keeps its views in an array of the caller, which spares an allocation.
func factsOf(s status.Status, views *[7]view) facts {
	f := facts{annotationsKnown: true}
	f.ageLow = status.Age(s.Birth, s.At)
	f.ageHigh = f.ageLow
	listed := setOf(s.FirstLevel(status.PolicySubKinds).Categories)
	for i, name := range status.Domains() {
		d := s.In(name)
		switch {
		case d.InForce():
			views[i] = viewOf(d, listed)
			f.domains[i] = domain{views: views[i : i+1], open: 1}
		case d.State == status.StateNotHeld, d.State == status.StateAbsent && !s.Complete:
			f.domains[i].rest = unsaid
		default:
			f.domains[i].rest = no
		}
	}
	return f
}

func viewOf(d status.DomainStatus, listed set) view {
	v := view{degree: d.Degree, subKind: d.Degree.Facts().SubKind, annotations: d.Annotations}
	v.listed = listed & categoriesOf(d.Domain)
	v.low, v.high, _ = d.Percentage()
	return v
}

func setOf(list []status.Category) set {
	var set set
	for _, c := range list {
		if i := categoryIndex(c); i >= 0 {
			set |= only(i)
		}
	}
	return set
}

// categoriesOf are those that judgements of the domain lead to.
func categoriesOf(d status.Domain) set {
	var set set
	for i, c := range [...]status.Category{status.CategoryCivilInvalid, status.CategoryMinor, status.CategoryAttendance,
		status.CategoryBlind, status.CategoryDeaf, status.CategoryLaw104} {
		if homeOf(c) == d {
			set |= only(i)
		}
	}
	return set
}

// factsBehind is everything that the second level could find behind a first level. It is
// false for a first level that status.Status.FirstLevel does not make.
func factsBehind(l status.FirstLevel) (facts, bool) {
	f := facts{ageHigh: 999}
	recognised, named := true, true
	switch {
	case l.Answer == status.Confirmed:
		f.inCategory, named = true, len(l.Categories) > 0
	case l.Reason == status.ReasonNotEntitled, l.Reason == status.ReasonNoStatusHere:
		recognised = false
	case l.Reason == status.ReasonNeedsSecondLevel, l.Reason == status.ReasonClassNotHeld:
	default:
		return f, false
	}
	listed := setOf(l.Categories)
	if listed.has(categoryIndex(status.CategoryMinor)) {
		f.ageHigh = 17 // the category ends on the 18th birthday: L. 289/1990
	}
	possible := possibleViews()
	for i, name := range status.Domains() {
		d := &f.domains[i]
		d.views = possible[i]
		mine := listed & categoriesOf(name)
		if mine == 0 {
			d.rest = no
			if !l.Complete {
				d.rest |= unsaid
			}
		}
		for k := range d.views {
			w := &d.views[k]
			if recognised && (!named || w.listed == mine) && w.fits(l.SubKinds, mine) {
				d.open |= 1 << k
			}
		}
	}
	return f, true
}

// fits reports whether the first level can list these sub-kinds for the judgement. An empty
// list says nothing, for the policy may not name them; else the policy names them all.
func (w *view) fits(named []status.SubKind, mine set) bool {
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
