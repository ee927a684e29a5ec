package benefit

import (
	"slices"

	"github.com/qr-invalidita/attesta/status"
)

// newDeafblindSince is the entry into force of L. 182/2025, whose art. 63 changes L. 107/2010.
// Until then deafblindness was recognised for people recognised as blind and as deaf.
const newDeafblindSince status.Date = 20251218

// A view is one judgement in force that a domain may hold.
type view struct {
	degree      status.Degree // empty: recognised, as the paper of another domain implies
	subKind     status.SubKind
	listed      subset // categories that it leads to
	doubtful    subset // categories that it leaves open
	low, high   int    // percentage; both zero if it has none
	any         bool   // each percentage from low to high is possible, instead of a band that leaves it open
	grown       bool   // one for minors, on which an adult has the benefits for adults
	implies     bool   // deafblindness that implies blindness and deafness
	annotations status.Annotations
}

// viewOf returns the view of a judgement that leads to the listed categories.
func viewOf(d status.DomainStatus, listed subset) view {
	v := view{
		degree: d.Degree, subKind: d.Degree.Facts().SubKind, annotations: d.Annotations,
		listed: listed & categoriesOf(d.Domain), grown: d.AdultRights == status.AdultWithoutVisit,
	}
	v.low, v.high, _ = d.Percentage()
	if v.grown {
		v.low, v.high = 0, 0
		if v.listed.has(categoryIndex(status.CategoryCivilInvalid)) {
			v.low, v.high = 34, 100 // L. 118/1971 art. 2: what the adult has in any case
		}
	}
	switch {
	case d.Domain == status.Deafblindness && d.Decision < newDeafblindSince:
		v.implies = true
	case d.Degree == status.DegreeDeafblindLate:
		v.doubtful = only(categoryIndex(status.CategoryBlind))
	case d.Domain == status.Deafblindness:
		v.doubtful = only(categoryIndex(status.CategoryBlind)) | only(categoryIndex(status.CategoryDeaf))
	case d.Degree == status.DegreeOver65Mild && d.Percent == 0:
		v.doubtful = only(categoryIndex(status.CategoryCivilInvalid))
	}
	return v
}

// implied returns the recognition in the category that deafblindness implies. The content of its
// own paper is unknown except for the annotations, which would be on either paper.
func implied(c status.Category, deafblind status.Annotations) view {
	return view{listed: only(categoryIndex(c)), annotations: deafblind}
}

// test returns the value of a test on the judgement. The desk fills in an annotation that it does not record.
func (w *view) test(n *node, whole bool, seen Evidence) value {
	switch n.kind {
	case isPercent:
		return w.percent(n)
	case isCategory:
		if !w.listed.meets(n.listed) && w.doubtful.meets(n.listed) {
			return unsaid
		}
		return decided(w.listed.meets(n.listed))
	case isSubKind:
		if w.subKind == "" && w.listed.meets(n.listed) {
			return unsaid
		}
		return decided(slices.Contains(n.codes, string(w.subKind)))
	case isDegree:
		if w.degree == "" {
			return unsaid
		}
		return decided(slices.Contains(n.codes, string(w.degree)))
	case isAt18:
		return decided(w.grown && slices.Contains(n.codes, string(status.AdultWithoutVisit)))
	case isAnnotation:
		desk := seen.annotation(n.codes[0])
		if !whole {
			return either | desk
		}
		switch w.annotations.Value(status.Annotation(n.codes[0])) {
		case status.Yes:
			return yes
		case status.No:
			return no
		}
		return desk
	}
	return yes // recognised
}

func (w *view) percent(n *node) value {
	switch {
	case w.grown && w.high == 0:
		return unsaid // the adult has not been assessed
	case w.high == 0:
		return no // the law gives this judgement no percentage
	}
	v := compare(w.low, w.high, n.operator, n.number)
	if v == either && !w.any {
		return unsaid
	}
	return v
}

// A domain is what a domain may hold: one of the views, if it is open, or no judgement in force.
// The fields of rest are the values of a test without a judgement, empty if that case is
// impossible.
type domain struct {
	views []view
	open  uint64
	rest  struct {
		stated  value // of what the verbale states: percentage, annotation
		kind    value // of what the person is: category, sub-kind, degree, recognised
		applied value // of at_18(applied)
	}
}

// without sets the fields of rest to one value for all tests.
func (d *domain) without(v value) { d.rest.stated, d.rest.kind, d.rest.applied = v, v, v }

func (d *domain) test(n *node, whole bool, seen Evidence) value {
	result := d.rest.kind
	switch {
	case n.kind == isPercent, n.kind == isAnnotation:
		result = d.rest.stated
	case n.kind == isAt18 && slices.Contains(n.codes, string(status.AdultApplied)):
		result = d.rest.applied
	}
	for i := range d.views {
		if d.open&(1<<i) != 0 {
			result |= d.views[i].test(n, whole, seen)
		}
	}
	return result
}

func setOf(list []status.Category) subset {
	var all subset
	for _, c := range list {
		if i := categoryIndex(c); i >= 0 {
			all |= only(i)
		}
	}
	return all
}

// categoriesOf returns the categories that judgements of the domain lead to.
func categoriesOf(d status.Domain) subset {
	var all subset
	for i, c := range status.Categories() {
		if homeOf(c) == d {
			all |= only(i)
		}
	}
	return all
}
