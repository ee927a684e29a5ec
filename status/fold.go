package status

import (
	"cmp"
	"slices"
	"strings"
)

// maxVerbali is the largest number of events in a history. A person judged every year in all
// domains for forty years has 280; more than 320 is a fault of the registry.
const maxVerbali = 320

// Current folds the history of one person into the status on the day at, usually today. The order
// of the events and the text of their identifiers make no difference. An event that arrives twice
// counts once. The slice is not changed.
//
// Of the events with one ID, the one with the highest Version counts, and of those the definitive
// one. Only definitive events count, and those that the law makes effective earlier. An event
// counts from its decision or its effect, whichever is later. Within a domain:
//
//   - an event in another one's Replaces decides nothing; the other one counts from the later of
//     its own effect and theirs;
//   - judgements are ordered by effect, then by decision, then rulings and autotutela after the
//     other kinds; the last one is in force with all its content: degree, percentage,
//     annotations, revision date;
//   - a suspension holds back payments until it is lifted; a revocation ends the judgement until
//     it is lifted or there is another judgement;
//   - an autotutela removes the event that it annuls, unless another autotutela removes the
//     autotutela itself; if the annulled event is missing, that is no error, because it may still
//     arrive;
//   - an event whose content is not held makes the domain StateNotHeld until there is a judgement
//     that is held;
//   - events that do not decide make the domain StateUndecided until a later act decides: see
//     [Doubt].
//
// A judgement for minors ends on the 18th birthday, unless it gives the indennità di
// accompagnamento or has NoAdultVisit. Those continue without a new visit (DL 90/2014 art. 25 c.
// 6).
//
// If one event is faulty, the whole history is an error, since the rest could be wrong in either
// direction. The error is a [*FieldError], or one of [ErrHistoryLength], [ErrBirth], [ErrDate]
// (at is not a date), [ErrConflict], [ErrAnnulment] and [ErrReplacement]. In all these cases the
// answer is "cannot tell". A history without any event in force is no error: see [Lookup].
func Current(verbali []Verbale, birth, at Date) (Status, error) {
	switch {
	case len(verbali) > maxVerbali:
		return Status{}, ErrHistoryLength
	case !at.Valid():
		return Status{}, ErrDate
	case !birth.Valid() || birth > at:
		return Status{}, ErrBirth
	}
	events, err := latest(verbali, birth)
	if err != nil {
		return Status{}, err
	}
	if err := checkLinks(events); err != nil {
		return Status{}, err
	}
	counting := slices.DeleteFunc(events, func(v *Verbale) bool { return max(v.Effect, v.Decision) > at })
	counting, err = standing(counting)
	if err != nil {
		return Status{}, err
	}
	s := Status{Birth: birth, At: at}
	var domains [domainCount][]*Verbale
	for _, v := range counting {
		if v.NotHeld == ClassOtherBody {
			s.Titles = append(s.Titles, Title{Decision: v.Decision, Effect: v.Effect})
			continue
		}
		i := v.Domain.index()
		domains[i] = append(domains[i], v)
	}
	slices.SortFunc(s.Titles, func(a, b Title) int {
		return cmp.Or(cmp.Compare(a.Effect, b.Effect), cmp.Compare(a.Decision, b.Decision))
	})
	for i, domain := range allDomains {
		s.domains[i] = foldDomain(domain, domains[i], birth, at)
	}
	return s, nil
}

// adultAge: art. 2 c.c.
const adultAge = 18

// latest returns the events that may count: each is valid, occurs once and has its highest
// version. They are sorted by ID, so that the error does not depend on the order of arrival.
func latest(verbali []Verbale, birth Date) ([]*Verbale, error) {
	var events []*Verbale
	for i := range verbali {
		v := &verbali[i]
		if v.Definitive || v.EffectiveNow || v.Kind == KindApplication {
			events = append(events, v)
		}
	}
	slices.SortFunc(events, func(a, b *Verbale) int {
		if c := strings.Compare(a.ID, b.ID); c != 0 {
			return c
		}
		if c := b.version() - a.version(); c != 0 || a.Definitive == b.Definitive {
			return c
		}
		if a.Definitive {
			return -1
		}
		return 1
	})
	for i := 1; i < len(events); i++ {
		a, b := events[i-1], events[i]
		if a.ID == b.ID && a.version() == b.version() && a.Definitive == b.Definitive && !a.Equal(*b) {
			return nil, ErrConflict
		}
	}
	events = slices.CompactFunc(events, func(a, b *Verbale) bool { return a.ID == b.ID })
	for _, v := range events {
		if err := v.Validate(); err != nil {
			return nil, err
		}
		if v.Decision < birth {
			return nil, &FieldError{Verbale: v.ID, Field: "decision", Err: ErrTooEarly}
		}
	}
	return slices.DeleteFunc(events, func(v *Verbale) bool { return v.Kind == KindWithdrawn }), nil
}

func find(events []*Verbale, id string) *Verbale {
	for _, v := range events {
		if v.ID == id {
			return v
		}
	}
	return nil
}

// checkLinks checks the targets of annulments and replacements.
func checkLinks(events []*Verbale) error {
	for _, v := range events {
		if to := find(events, v.Annuls); v.Annuls != "" && to != nil &&
			(to.Domain != v.Domain || to.Decision > v.Decision) {
			return ErrAnnulment
		}
		for _, id := range v.Replaces {
			if to := find(events, id); to != nil && (to.Domain != v.Domain || !to.Kind.judges()) {
				return ErrReplacement
			}
		}
	}
	return nil
}

// standing returns the events that no autotutela annuls.
func standing(counting []*Verbale) ([]*Verbale, error) {
	a := annulment{events: counting, verdict: make(map[string]verdict, len(counting))}
	stands := make([]*Verbale, 0, len(counting))
	for _, v := range counting {
		switch a.judge(v.ID) {
		case stand:
			stands = append(stands, v)
		case circular:
			return nil, ErrAnnulment
		}
	}
	return stands, nil
}

type verdict int

const (
	unknown verdict = iota
	circular
	stand
	fall
)

// An annulment finds out which events stand: those that no standing autotutela annuls.
type annulment struct {
	events  []*Verbale
	verdict map[string]verdict
}

func (a annulment) judge(id string) verdict {
	if v := a.verdict[id]; v != unknown {
		return v
	}
	a.verdict[id] = circular // until the verdict is known: coming back here means a circle
	result := stand
	for _, v := range a.events {
		if v.Annuls != id {
			continue
		}
		switch a.judge(v.ID) {
		case stand:
			result = fall
		case circular:
			return circular
		}
	}
	a.verdict[id] = result
	return result
}
