package benefit

import (
	"slices"
	"sync"

	"github.com/qr-invalidita/attesta/status"
)

// The made-up people of possibleViews and Needs.
const (
	sampleDay  = 20260101 // when every degree there is could be judged
	bornLong   = 19500101
	bornLately = 20200101
)

// possibleViews returns the judgements in force that each domain may hold according to package
// status: which percentages a verbale may have and which categories they lead to. They are
// computed once and never changed.
var possibleViews = sync.OnceValue(func() [domainCount][]view {
	var all [domainCount][]view
	for i, name := range status.Domains() {
		for _, degree := range status.Degrees(name)[1:] { // the first is the negative judgement
			for _, birth := range [...]status.Date{bornLong, bornLately} {
				for percent := range 101 {
					all[i] = extend(all[i], name, birth, status.Outcome{Degree: degree, Percent: percent})
				}
			}
		}
		if category, ok := impliedCategory(name); ok {
			all[i] = append(all[i], implied(category, status.Annotations{}))
		}
	}
	return all
})

// extend adds the judgement to the list if a verbale can have it: it widens the last view by one
// percentage or appends a view, unless a view already represents it. The judgement may be recent
// or, if that makes a difference, from before L. 182/2025.
func extend(list []view, name status.Domain, birth status.Date, o status.Outcome) []view {
	decisions := []status.Date{sampleDay}
	if name == status.Deafblindness {
		decisions = append(decisions, newDeafblindSince-1)
	}
	for _, decision := range decisions {
		verbale := status.Verbale{
			ID: "1", Domain: name, Kind: status.KindFirst, Decision: decision, Effect: decision, Outcome: o,
		}
		if verbale.Validate() != nil {
			continue
		}
		d := status.DomainStatus{Domain: name, State: status.StateValid, Outcome: o, Decision: decision}
		if o.Degree.Facts().Minor && birth == bornLong {
			d.AdultRights = status.AdultWithoutVisit
		}
		s := status.Status{Birth: birth, At: sampleDay}.With(d)
		w := viewOf(d, setOf(s.FirstLevel(status.PolicySubKinds).Categories))
		w.any = o.Percent != 0 && !w.grown
		n := len(list) - 1
		switch {
		case slices.ContainsFunc(list, w.isIn):
		case n >= 0 && w.any && list[n].high == w.low-1 && list[n].sameBut(w):
			list[n].high = w.high
		default:
			list = append(list, w)
		}
	}
	return list
}

// sameBut reports whether the two differ only in their percentages.
func (w view) sameBut(v view) bool {
	w.low, w.high = v.low, v.high
	return w == v
}

func (w view) isIn(v view) bool { return w.sameBut(v) && v.low <= w.low && w.high <= v.high }

// sample returns a judgement that the view represents.
func (w view) sample(name status.Domain) status.DomainStatus {
	d := status.DomainStatus{Domain: name, State: status.StateValid,
		Outcome: status.Outcome{Degree: w.degree}}
	if w.any {
		d.Percent = w.low
	}
	if w.grown {
		d.AdultRights = status.AdultWithoutVisit
	}
	d.Decision = sampleDay
	if w.implies {
		d.Decision = newDeafblindSince - 1
	}
	return d
}
