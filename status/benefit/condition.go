package benefit

import (
	"slices"
	"strconv"
	"strings"

	"github.com/qr-invalidita/attesta/status"
)

// A Condition is the requirement of a benefit, as an expression over a status. The package
// comment has the grammar. The zero Condition never decides anything.
type Condition struct{ root *node }

// String returns the canonical form of the condition, which ParseCondition reads back as the same
// condition. It is empty for the zero Condition.
func (c Condition) String() string {
	if c.root == nil {
		return ""
	}
	return c.root.text
}

// Evidence returns the codes of the evidence in the condition, each once, in the order of the
// text, without those of its classes.
func (c Condition) Evidence() []string {
	var list []string
	c.root.walk(func(n *node) {
		if n.kind == isEvidence && !slices.Contains(list, n.codes[0]) {
			list = append(list, n.codes[0])
		}
	})
	return list
}

type kind uint8

const (
	isOr kind = iota
	isAnd
	isNot
	isPercent
	isAge
	isCategory
	isSubKind
	isDegree
	isRecognised
	isAnnotation
	isEvidence
	isClass
	isAt18
	isBenefit // only in a mention
)

// words are the names of the comparisons and tests; or, and, not are words of the grammar.
var words = [...]string{isPercent: "percent", isAge: "age", isCategory: "category", isSubKind: "subkind",
	isDegree: "degree", isRecognised: "recognised", isAnnotation: "annotation", isEvidence: "evidence",
	isClass: "class", isAt18: "at_18"}

// monthsInYear turns ages in years into ages in months.
const monthsInYear = 12

// A node is a part of a condition. It is never changed after parsing.
type node struct {
	kind     kind
	kids     []*node
	operator string
	number   int    // a percentage or an age, in years or, if it says so, in months
	months   bool   // the age is in months
	table    string // the age is that of a table
	codes    []string
	in       string // domain of an annotation
	domains  subset // where a test looks
	listed   subset // categories of a test on categories or sub-kinds
	text     string
}

func (n *node) walk(visit func(*node)) {
	if n == nil {
		return
	}
	visit(n)
	for _, kid := range n.kids {
		kid.walk(visit)
	}
}

// print returns the canonical form, composed of those of the parts.
func (n *node) print() string {
	switch n.kind {
	case isOr, isAnd:
		parts := make([]string, len(n.kids))
		for i, kid := range n.kids {
			parts[i] = kid.within(n.kind)
		}
		if n.kind == isOr {
			return strings.Join(parts, " or ")
		}
		return strings.Join(parts, " and ")
	case isNot:
		return "not " + n.kids[0].within(isNot)
	case isPercent, isAge:
		return words[n.kind] + " " + n.operator + " " + n.limit()
	}
	list := strings.Join(n.codes, ", ")
	if n.in != "" {
		list += " in " + n.in
	}
	return words[n.kind] + "(" + list + ")"
}

func (n *node) limit() string {
	switch {
	case n.table != "":
		return n.table
	case n.months:
		return strconv.Itoa(n.number/monthsInYear) + "+" + strconv.Itoa(n.number%monthsInYear)
	}
	return strconv.Itoa(n.number)
}

// within adds brackets if the part would otherwise be read as belonging to the text around it.
func (n *node) within(outer kind) string {
	if n.kind == isOr || n.kind == isAnd && outer != isOr {
		return "(" + n.text + ")"
	}
	return n.text
}

// A subset is one of the domains or of the categories, by their order in package status.
type subset uint8

// The numbers of domains and of categories that package status has.
const (
	domainCount   = 7
	categoryCount = 6
)

// The subsets with every member.
const (
	allDomains    subset = 1<<domainCount - 1
	allCategories subset = 1<<categoryCount - 1
)

func only(i int) subset              { return 1 << i }
func (s subset) has(i int) bool      { return s&only(i) != 0 }
func (s subset) meets(t subset) bool { return s&t != 0 }

func domainIndex(d status.Domain) int { return slices.Index(status.Domains(), d) }

func categoryIndex(c status.Category) int { return slices.Index(status.Categories(), c) }

// homeOf returns the domain whose judgements lead to the category.
func homeOf(c status.Category) status.Domain {
	switch c {
	case status.CategoryBlind:
		return status.Blindness
	case status.CategoryDeaf:
		return status.Deafness
	case status.CategoryLaw104:
		return status.Law104
	}
	return status.CivilInvalidity
}

// kinOf returns the category of the sub-kind.
func kinOf(k status.SubKind) status.Category {
	switch k {
	case status.SubKindBlindPartial, status.SubKindBlindTotal:
		return status.CategoryBlind
	case status.SubKindDeafCongenital, status.SubKindDeafAcquired:
		return status.CategoryDeaf
	}
	return status.CategoryLaw104
}
