package status

import (
	"slices"
	"strings"
)

// MaxVerbali is how many events a history may have. A person judged anew every year in
// all six domains for forty years has 240; more than this is a fault of the registry.
const MaxVerbali = 256

// Current folds the history of one person into the status on the day at, usually
// today. The order of the events does not matter, one that arrives twice counts once,
// and the slice is not changed.
//
// Only definitive events count, from the later of the days of their decision and of
// their effect. Within a domain they follow one another by effect, then by decision,
// then by ID:
//
//   - a judgement replaces the earlier one, whole: degree, percentage, annotations,
//     revision date; it also ends a suspension;
//   - a suspension holds the judgement back until it is lifted; without a judgement
//     it says nothing;
//   - a revocation ends the judgement until there is another;
//   - an autotutela takes away the event that it annuls, as long as no other autotutela
//     takes away the autotutela itself; an annulled event that is not there is no error,
//     for it may still arrive;
//   - an event whose content is not held makes the domain StateNotHeld until there is
//     a judgement that is held.
//
// A judgement for minors ends on the 18th birthday, unless it gives the indennità di
// accompagnamento, which goes on without a new visit (DL 90/2014 art. 25 c. 6).
//
// One faulty event makes the whole history an error, since what is left of it could be
// wrong in either direction. The error is a [*FieldError], or one of [ErrHistoryLength],
// [ErrBirth], [ErrDate] (at is not a date), [ErrConflict], [ErrAnnulment]; in all these cases the
// answer is "cannot tell". A history without any event in force is no error: see
// [Lookup].
func Current(verbali []Verbale, birth, at Date) (Status, error) {
	switch {
	case len(verbali) > MaxVerbali:
		return Status{}, ErrHistoryLength
	case !at.Valid():
		return Status{}, ErrDate
	case !birth.Valid() || birth > at:
		return Status{}, ErrBirth
	}
	events, err := definitive(verbali, birth)
	if err != nil {
		return Status{}, err
	}
	events, err = standing(events, at)
	if err != nil {
		return Status{}, err
	}
	slices.SortFunc(events, func(a, b *Verbale) int {
		if a.Effect != b.Effect {
			return int(a.Effect - b.Effect)
		}
		if a.Decision != b.Decision {
			return int(a.Decision - b.Decision)
		}
		return strings.Compare(a.ID, b.ID)
	})

	s := Status{Birth: birth, At: at}
	var folds [len(s.Domains)]domainFold
	for _, v := range events {
		folds[v.Domain.index()].add(v)
	}
	adult := Age(birth, at) >= adultAge
	for i, domain := range Domains() {
		s.Domains[i] = folds[i].status(domain, adult, at)
	}
	return s, nil
}

// adultAge: art. 2 c.c.
const adultAge = 18

// definitive returns the definitive events by ID, each once and each valid. They are
// sorted first, so that the same error is found whatever the order of arrival.
func definitive(verbali []Verbale, birth Date) ([]*Verbale, error) {
	events := make([]*Verbale, 0, len(verbali))
	for i := range verbali {
		if verbali[i].Definitive {
			events = append(events, &verbali[i])
		}
	}
	slices.SortFunc(events, func(a, b *Verbale) int { return strings.Compare(a.ID, b.ID) })
	for i := 1; i < len(events); i++ {
		if events[i].ID == events[i-1].ID && *events[i] != *events[i-1] {
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
	return events, nil
}

// standing drops what does not count on the day at and what is annulled on it. The
// events come sorted by ID.
func standing(events []*Verbale, at Date) ([]*Verbale, error) {
	annulled := false
	for _, v := range events {
		if v.Annuls == "" {
			continue
		}
		annulled = true
		i, found := slices.BinarySearchFunc(events, v.Annuls, func(e *Verbale, id string) int { return strings.Compare(e.ID, id) })
		if found && (events[i].Domain != v.Domain || events[i].Decision > v.Decision) {
			return nil, ErrAnnulment
		}
	}
	counting := slices.DeleteFunc(events, func(v *Verbale) bool { return max(v.Effect, v.Decision) > at })
	if !annulled {
		return counting, nil
	}
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

// An annulment decides which events stand: those that no standing autotutela annuls.
type annulment struct {
	events  []*Verbale
	verdict map[string]verdict
}

func (a annulment) judge(id string) verdict {
	if v := a.verdict[id]; v != unknown {
		return v
	}
	a.verdict[id] = circular // until it is known; whoever comes back here went in a circle
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

// A domainFold is one domain in the middle of the fold.
type domainFold struct {
	judgement *Verbale // last judgement, held or not
	suspended bool
	revoked   bool
}

func (f *domainFold) add(v *Verbale) {
	switch {
	case v.Kind == KindSuspension:
		f.suspended = true
	case v.Kind == KindLifting:
		f.suspended = false
	case v.Kind == KindRevocation:
		f.revoked = true
	case v.Outcome.Degree != "" || v.NotHeld != "":
		*f = domainFold{judgement: v}
	}
}

func (f *domainFold) status(domain Domain, adult bool, at Date) DomainStatus {
	d := DomainStatus{Domain: domain}
	if f.revoked {
		d.State = StateRevoked
	}
	if f.judgement == nil {
		return d
	}
	v := f.judgement
	d.Outcome, d.NotHeld, d.Since, d.Revision, d.RevisionExempt = v.Outcome, v.NotHeld, v.Effect, v.Revision, v.RevisionExempt
	facts := v.Outcome.Degree.Facts()
	switch {
	case f.revoked:
		d.NotHeld = ""
	case v.NotHeld != "":
		d.State = StateNotHeld
	case v.Outcome.Degree == DegreeNone:
		d.State = StateNotRecognised
	case facts.Minor && adult && !facts.Attendance:
		d.State = StateCameOfAge
	case f.suspended:
		d.State = StateSuspended
	case v.Revision != 0 && v.Revision < at:
		d.State = StateRevisionPending
	default:
		d.State = StateValid
	}
	return d
}
