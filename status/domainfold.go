package status

import (
	"cmp"
	"slices"
)

// An act is an event that judges, during the fold of its domain.
type act struct {
	*Verbale
	// effect is the day by which the act is ordered: its own effect, or the later effect of an
	// act that it replaces.
	effect   Date
	linked   bool // it replaces or annuls an act
	replaced bool
	doubt    Doubt // why it does not decide
}

// says is the content of an act that affects the person's rights.
type says struct {
	outcome      Outcome
	notHeld      Class
	revision     Date
	exempt, free bool
}

func (a *act) says() says {
	return says{a.Outcome, a.NotHeld, a.Revision, a.RevisionExempt, a.NoAdultVisit}
}

func (a *act) compare(b *act) int {
	return cmp.Or(cmp.Compare(a.effect, b.effect), cmp.Compare(a.Decision, b.Decision),
		a.Kind.rank()-b.Kind.rank())
}

// byContent orders acts that compare as equal, so that the order of arrival makes no difference.
func (a *act) byContent(b *act) int {
	return cmp.Or(a.compare(b), cmp.Compare(a.doubt, b.doubt),
		cmp.Compare(a.Verbale.Effect, b.Verbale.Effect), cmp.Compare(a.Number, b.Number),
		cmp.Compare(a.Body, b.Body), cmp.Compare(a.Kind, b.Kind))
}

// decidedAfter reports whether the act was made when b was known.
func (a *act) decidedAfter(b *act) bool {
	return a.Decision > b.Decision || a.Decision == b.Decision && a.Kind.rank() > b.Kind.rank()
}

// foldDomain folds the standing events of one domain that count on the day.
func foldDomain(domain Domain, events []*Verbale, birth, at Date) DomainStatus {
	var acts []*act
	var others, pending []*Verbale // suspensions and the like; what may still be decided
	for _, v := range events {
		switch {
		case v.Kind == KindApplication:
			pending = append(pending, v)
		case !v.Kind.judges():
			others = append(others, v)
		case v.Outcome.Degree == "" && v.NotHeld == "": // an autotutela that only annuls
		case !v.Definitive && overtaken(v, events):
		case !v.Definitive && v.Until != 0 && v.Until < at:
			pending = append(pending, v)
		default:
			acts = append(acts, &act{Verbale: v, effect: v.Effect, linked: v.Annuls != ""})
		}
	}
	link(acts)
	last := decide(acts)
	if last == nil {
		return withoutJudgement(domain, others, pending)
	}
	return judged(domain, last, others, pending, birth, at)
}

// overtaken reports whether a definitive judgement has taken the place of a provisional one.
func overtaken(provisional *Verbale, events []*Verbale) bool {
	return slices.ContainsFunc(events, func(v *Verbale) bool {
		return v.Definitive && v.Kind.judges() && v.Decision >= provisional.Decision &&
			(v.Outcome.Degree != "" || v.NotHeld != "")
	})
}

// link marks the acts that are replaced, moves the effect of those that replace them, and marks
// circles and acts that are replaced twice.
func link(acts []*act) {
	byID := make(map[string]*act, len(acts))
	for _, a := range acts {
		byID[a.ID] = a
	}
	for _, a := range acts {
		for _, id := range a.Replaces {
			if to := byID[id]; to != nil {
				a.linked, to.replaced = true, true
			}
		}
	}
	for _, a := range acts {
		reached := reach(a, byID)
		for to := range reached {
			a.effect = max(a.effect, to.Effect)
		}
		if reached[a] {
			a.doubt = DoubtCircle
		}
	}
	for _, to := range acts {
		var by []*act
		for _, a := range acts {
			if !a.replaced && slices.Contains(a.Replaces, to.ID) {
				by = append(by, a)
			}
		}
		for _, a := range by[min(len(by), 1):] {
			a.doubt, by[0].doubt = DoubtTwice, DoubtTwice
		}
	}
}

// reach returns the acts that a replaces, directly or through others.
func reach(a *act, byID map[string]*act) map[*act]bool {
	reached := map[*act]bool{}
	todo := []*act{a}
	for len(todo) > 0 {
		next := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for _, id := range next.Replaces {
			if to := byID[id]; to != nil && !reached[to] {
				reached[to] = true
				todo = append(todo, to)
			}
		}
	}
	return reached
}

// decide returns the act in force, with its doubt if no later act has settled it, or nil if there
// is no act.
func decide(acts []*act) *act {
	live := slices.DeleteFunc(slices.Clone(acts),
		func(a *act) bool { return a.replaced && a.doubt != DoubtCircle })
	slices.SortFunc(live, (*act).byContent)
	var last *act
	for _, a := range live {
		switch {
		case last == nil, a.doubt != "":
		case last.doubt != "" && !a.decidedAfter(last):
			continue
		case last.doubt == "" && last.compare(a) == 0 && last.says() != a.says():
			tie := *a
			tie.doubt = DoubtTie
			a = &tie
		}
		last = a
	}
	if last == nil || last.doubt != "" {
		return last
	}
	for _, a := range live {
		if a.Kind.rank() > 0 && !a.linked && a.Decision > last.Decision && a.says() != last.says() {
			open := *last
			open.doubt, open.Verbale = DoubtRuling, a.Verbale
			return &open
		}
	}
	return last
}

// withoutJudgement returns the status of a domain without a judgement.
func withoutJudgement(domain Domain, others, pending []*Verbale) DomainStatus {
	d := DomainStatus{Domain: domain}
	_, revoked, _ := holdBack(others)
	switch {
	case revoked:
		d.State = StateRevoked
	case len(pending) > 0:
		d.State, d.Doubt = StateUndecided, DoubtApplication
		if slices.ContainsFunc(pending, func(v *Verbale) bool { return v.Kind != KindApplication }) {
			d.Doubt = DoubtOver
		}
	}
	return d
}

// holdBack follows suspensions, liftings and revocations by the days of their decision. If a
// lifting and a revocation have the same day, open is true.
func holdBack(others []*Verbale) (suspended, revoked, open bool) {
	others = slices.SortedFunc(slices.Values(others), func(a, b *Verbale) int {
		return cmp.Or(cmp.Compare(a.Decision, b.Decision), cmp.Compare(order(a), order(b)))
	})
	for i, v := range others {
		switch v.Kind {
		case KindLifting:
			suspended, revoked, open = false, false, false
		case KindSuspension:
			suspended = true
		case KindRevocation:
			revoked = true
			open = slices.ContainsFunc(others[:i], func(w *Verbale) bool {
				return w.Kind == KindLifting && w.Decision == v.Decision
			})
		}
	}
	return suspended, revoked, open
}

func order(v *Verbale) int {
	return slices.Index([]Kind{KindLifting, KindSuspension, KindRevocation}, v.Kind)
}

// judged returns the status of a domain with the judgement a.
func judged(domain Domain, a *act, others, pending []*Verbale, birth, at Date) DomainStatus {
	if a.doubt != "" {
		return DomainStatus{Domain: domain, State: StateUndecided, Doubt: a.doubt}
	}
	after := slices.DeleteFunc(slices.Clone(others), func(v *Verbale) bool {
		return v.Decision < a.Decision || v.Decision == a.Decision && v.Effect < a.Verbale.Effect
	})
	suspended, revoked, open := holdBack(after)
	sameDay := slices.ContainsFunc(after, func(v *Verbale) bool {
		return v.Kind == KindRevocation && v.Decision == a.Decision && v.Effect == a.Verbale.Effect
	})
	if sameDay && revoked {
		return DomainStatus{Domain: domain, State: StateUndecided, Doubt: DoubtTie}
	}
	// A judgement that was decided later and counts from earlier does not say what becomes
	// of a revocation in between.
	before := slices.DeleteFunc(slices.Clone(others), func(v *Verbale) bool {
		return slices.Contains(after, v) || v.Effect <= a.effect
	})
	if _, ended, _ := holdBack(before); ended && !revoked {
		open = true
	}
	if open {
		return DomainStatus{Domain: domain, State: StateUndecided, Doubt: DoubtRuling}
	}
	d := DomainStatus{
		Domain: domain, Outcome: a.Outcome, NotHeld: a.NotHeld, Since: a.Verbale.Effect, Decision: a.Decision,
		Number: a.Number, Body: a.Body, Revision: a.Revision, RevisionExempt: a.RevisionExempt,
	}
	facts := a.Outcome.Degree.Facts()
	grown := facts.Minor && Age(birth, at) >= adultAge
	goesOn := facts.Attendance || a.NoAdultVisit
	d.AdultRights = adultRights(grown, goesOn, pending, birth)
	lapsed := slices.ContainsFunc(pending, func(v *Verbale) bool {
		return v.Kind != KindApplication && v.Decision > a.Decision
	})
	switch {
	case revoked:
		d.State, d.NotHeld = StateRevoked, ""
	case a.NotHeld != "":
		d.State = StateNotHeld
	case a.Outcome.Degree == DegreeNone && lapsed:
		return DomainStatus{Domain: domain, State: StateUndecided, Doubt: DoubtOver}
	case a.Outcome.Degree == DegreeNone:
		d.State = StateNotRecognised
	case grown && !goesOn:
		d.State, d.Doubt = StateCameOfAge, DoubtAge
	case suspended:
		d.State = StateSuspended
	case a.Revision != 0 && a.Revision < at:
		d.State = StateRevisionPending
	default:
		d.State = StateValid
	}
	return d
}

// The six months before the 18th birthday, as an age in months: DL 90/2014 art. 25 c. 5.
const (
	appliesFrom  = 17*12 + 6
	appliesUntil = 18 * 12
)

func adultRights(grown, goesOn bool, pending []*Verbale, birth Date) AdultRights {
	switch {
	case !grown:
		return ""
	case goesOn:
		return AdultWithoutVisit
	}
	for _, v := range pending {
		if age := AgeInMonths(birth, v.Decision); v.Kind == KindApplication && age >= appliesFrom &&
			age < appliesUntil {
			return AdultApplied
		}
	}
	return ""
}
