package benefit

import (
	"slices"

	"github.com/qr-invalidita/attesta/status"
)

// A value is the set of possible results of a part of a condition. At the second level it has one
// member. At the first level it has one for each fact that the second level could find behind the
// disclosed facts.
type value uint8

const (
	no         value = 1 << iota
	unsaid           // the registry does not say
	unrecorded       // an annotation is not recorded
	unseen           // an evidence was not seen
	yes

	either = no | yes
)

// The orders from worst to best, for "and" and for "or": see the package comment.
var (
	worst = [...]value{no, unsaid, unrecorded, unseen, yes}
	best  = [...]value{yes, unrecorded, unseen, unsaid, no}
)

func (v value) single() bool { return v&(v-1) == 0 }

// pick combines two sets: of each pair of members it takes the one that comes first in the order.
func pick(a, b value, order [5]value) value {
	if a == b && a.single() {
		return a
	}
	var result, seenA, seenB value
	// In this order, a member of one set wins over the members of the other set that come later,
	// and over itself.
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

// facts are the facts against which a condition is evaluated.
type facts struct {
	domains         [domainCount]domain
	inCategory      bool        // in a category that is not named
	birth           status.Date // zero if unknown
	ageLow, ageHigh int         // completed months; ageHigh is negative if unknown
	whole           bool        // the second level, to which annotations and titles are known
	titles          []status.Title
	terms           *terms
	seen            Evidence
}

// eval returns the value of the part, and the smaller part that it comes from.
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
		return f.age(n), n
	case isEvidence:
		return f.shown(f.terms.title(n.codes[0])), n
	case isClass:
		return f.class(n), n
	case isCategory:
		if f.inCategory && n.listed == allCategories {
			return yes, n
		}
	}
	result := no
	for i := range f.domains {
		if n.domains.has(i) {
			result = or(result, f.domains[i].test(n, f.whole, f.seen))
		}
	}
	return result, n
}

func (f *facts) class(n *node) value {
	result := no
	for _, name := range n.codes {
		v := unsaid // a condition that is in no catalogue
		if root := f.terms.class(name); root != nil {
			v, _ = f.eval(root)
		}
		result = or(result, v)
	}
	return result
}

func (e Evidence) value(code string) value {
	switch e[code] {
	case status.Yes:
		return yes
	case status.No:
		return no
	}
	return unseen
}

// annotation returns what the desk says about an annotation that the verbale does not record.
func (e Evidence) annotation(code string) value {
	if v := e.value(AnnotationPrefix + code); v != unseen {
		return v
	}
	return unrecorded
}

// missing appends what must still be seen or recorded for the part to be met, each code once.
func (f *facts) missing(n *node, list []string) []string {
	const open = unseen | unrecorded
	v, _ := f.eval(n)
	if v&open == 0 {
		return list
	}
	code := ""
	switch n.kind {
	case isEvidence:
		code = n.codes[0]
	case isAnnotation:
		code = AnnotationPrefix + n.codes[0]
	case isClass:
		for _, name := range n.codes {
			if root := f.terms.class(name); root != nil {
				list = f.missing(root, list)
			}
		}
	}
	for _, kid := range n.kids {
		list = f.missing(kid, list)
	}
	if code != "" && !slices.Contains(list, code) {
		list = append(list, code)
	}
	return list
}

func decided(is bool) value {
	if is {
		return yes
	}
	return no
}

// compare compares every number from low to high with the limit.
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
