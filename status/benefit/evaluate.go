package benefit

import (
	"slices"

	"github.com/qr-invalidita/attesta/status"
)

// A value is a set of what a part of a condition may turn out to be. At the second
// level it has one member. At the first level it has one for each thing that the
// second level could find behind the facts that are disclosed.
type value uint8

const (
	no         value = 1 << iota
	unsaid           // the registry does not say
	unrecorded       // an annotation is not recorded
	unseen           // an evidence was not seen
	yes

	either = no | yes
)

// From worst to best, for "and" and for "or": see the package comment.
var (
	worst = [...]value{no, unsaid, unrecorded, unseen, yes}
	best  = [...]value{yes, unrecorded, unseen, unsaid, no}
)

func (v value) single() bool { return v&(v-1) == 0 }

// pick combines two sets: from each pair of members the one that comes first in the order.
func pick(a, b value, order [5]value) value {
	if a == b && a.single() {
		return a
	}
	var result, seenA, seenB value
	// Going down the order, a member of one set wins over those of the other that are
	// still to come, itself included.
	for _, v := range order {
		if a&v != 0 && b&^seenB != 0 || b&v != 0 && a&^seenA != 0 {
			result |= v
		}
		seenA |= a & v
		seenB |= b & v
	}
	return result
}

func and(a, b value) value { return pick(a, b, worst) }
func or(a, b value) value  { return pick(a, b, best) }

func not(a value) value {
	result := a &^ either
	if a&no != 0 {
		result |= yes
	}
	if a&yes != 0 {
		result |= no
	}
	return result
}

// A view is one judgement in force that a domain may hold.
type view struct {
	degree      status.Degree
	subKind     status.SubKind
	listed      set  // categories that it leads to
	low, high   int  // percentage; both zero if it has none
	any         bool // each percentage from low to high is possible, instead of a band that leaves it open
	annotations status.Annotations
}

// A domain holds what it may be: one of the views that are open, or, where rest is not empty,
// no judgement in force, whose value for every test is in rest.
type domain struct {
	views []view
	open  uint64
	rest  value
}

// facts is what a condition is held against.
type facts struct {
	domains          [7]domain
	inCategory       bool // in one that is not named
	ageLow, ageHigh  int  // completed years; ageHigh is negative if unknown
	annotationsKnown bool
	seen             Evidence
}

// eval returns the value of the part and the smaller part that it comes from.
func (f *facts) eval(n *node) (value, *node) {
	switch n.kind {
	case isAnd, isOr:
		neutral, combine := yes, and
		if n.kind == isOr {
			neutral, combine = no, or
		}
		result, clause := neutral, n
		for _, kid := range n.kids {
			v, c := f.eval(kid)
			switch combined := combine(result, v); combined {
			case result:
			case v:
				result, clause = v, c
			default:
				result, clause = combined, n
			}
		}
		return result, clause
	case isNot:
		v, _ := f.eval(n.kids[0])
		return not(v), n
	case isAge:
		if f.ageHigh < 0 {
			return unsaid, n
		}
		return compare(f.ageLow, f.ageHigh, n.operator, n.number), n
	case isEvidence:
		switch f.seen[n.codes[0]] {
		case status.Yes:
			return yes, n
		case status.No:
			return no, n
		}
		return unseen, n
	case isCategory:
		if f.inCategory && n.listed == all {
			return yes, n
		}
	}
	result := no
	for i := range f.domains {
		if n.domains.has(i) {
			result = or(result, f.domains[i].test(n, f.annotationsKnown))
		}
	}
	return result, n
}

func (d *domain) test(n *node, annotationsKnown bool) value {
	result := d.rest
	for i := range d.views {
		if d.open&(1<<i) != 0 {
			result |= d.views[i].test(n, annotationsKnown)
		}
	}
	return result
}

func (w *view) test(n *node, annotationsKnown bool) value {
	switch n.kind {
	case isPercent:
		if w.high == 0 {
			return no // the law gives this judgement no percentage
		}
		v := compare(w.low, w.high, n.operator, n.number)
		if v == either && !w.any {
			return unsaid
		}
		return v
	case isCategory:
		return decided(w.listed.meets(n.listed))
	case isSubKind:
		if w.subKind == "" && w.listed.meets(n.listed) {
			return unsaid
		}
		return decided(slices.Contains(n.codes, string(w.subKind)))
	case isDegree:
		return decided(slices.Contains(n.codes, string(w.degree)))
	case isAnnotation:
		if !annotationsKnown {
			return either | unrecorded
		}
		switch w.annotations.Value(status.Annotation(n.codes[0])) {
		case status.Yes:
			return yes
		case status.No:
			return no
		}
		return unrecorded
	}
	return yes // recognised
}

func decided(is bool) value {
	if is {
		return yes
	}
	return no
}

// compare holds every number from low to high against the limit.
func compare(low, high int, operator string, limit int) value {
	var smallest, greatest int // of the numbers that satisfy
	switch operator {
	case "<":
		smallest, greatest = low, limit-1
	case "<=":
		smallest, greatest = low, limit
	case "=":
		smallest, greatest = limit, limit
	case ">=":
		smallest, greatest = limit, high
	case ">":
		smallest, greatest = limit+1, high
	}
	smallest, greatest = max(smallest, low), min(greatest, high)
	switch {
	case smallest > greatest:
		return no
	case smallest == low && greatest == high:
		return yes
	}
	return either
}
