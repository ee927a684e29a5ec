package benefit

import (
	"slices"
	"sync"

	"github.com/qr-invalidita/attesta/status"
)

// The people that possibleViews and Needs make up.
const (
	sampleDay  = 20260101 // when every degree there is could be judged
	bornLong   = 19500101
	bornLately = 20200101
)

// possibleViews are the judgements in force that each domain may hold, as package status
// sees them: which percentages a verbale may have, and which categories they lead to. They
// are worked out once and never changed.
var possibleViews = sync.OnceValue(func() [7][]view {
	var all [7][]view
	for i, name := range status.Domains() {
		for _, degree := range status.Degrees(name)[1:] { // the first is the negative judgement
			for _, birth := range [...]status.Date{bornLong, bornLately} {
				for percent := range 101 {
					o := status.Outcome{Degree: degree, Percent: percent}
					all[i] = extend(all[i], name, birth, o)
				}
			}
		}
	}
	return all
})

// extend adds the judgement to the list, if a verbale can have it: it widens the last view
// by one percentage or appends a view, unless there is one that stands for it.
func extend(list []view, name status.Domain, birth status.Date, o status.Outcome) []view {
	verbale := status.Verbale{
		ID: "1", Domain: name, Kind: status.KindFirst, Decision: sampleDay, Effect: sampleDay, Outcome: o,
	}
	if verbale.Validate() != nil {
		return list
	}
	s := status.Status{Birth: birth, At: sampleDay}
	d := status.DomainStatus{Domain: name, State: status.StateValid, Outcome: o, Decision: sampleDay}
	s = s.With(d)
	w := viewOf(d, setOf(s.FirstLevel(status.PolicySubKinds).Categories))
	w.any = o.Percent != 0
	if slices.ContainsFunc(list, w.isIn) {
		return list
	}
	if n := len(list) - 1; n >= 0 && w.any && list[n].high == w.low-1 && list[n].sameBut(w) {
		list[n].high = w.high
		return list
	}
	return append(list, w)
}

// sameBut reports whether the two differ in nothing but their percentages.
func (w view) sameBut(v view) bool {
	return w.degree == v.degree && w.listed == v.listed && w.any == v.any
}

func (w view) isIn(v view) bool { return w.sameBut(v) && v.low <= w.low && w.high <= v.high }

// sample is a judgement that the view stands for.
func (w view) sample(name status.Domain) status.DomainStatus {
	o := status.Outcome{Degree: w.degree}
	if w.any {
		o.Percent = w.low
	}
	return status.DomainStatus{Domain: name, State: status.StateValid, Outcome: o}
}
