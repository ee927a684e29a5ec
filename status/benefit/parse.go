package benefit

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/qr-invalidita/attesta/status"
)

const (
	// maxCondition is the greatest length of a condition in bytes.
	maxCondition = 4096
	maxNesting   = 32
	maxDigits    = 3
)

// ParseCondition reads a condition. It accepts any identifier as the code of evidence, a class or
// a table of ages, because only a catalogue knows which exist. The error is a [*SyntaxError].
func ParseCondition(text string) (Condition, error) {
	root, _, f := parseCondition(text)
	if f != nil {
		return Condition{}, place(text, f)
	}
	return Condition{root}, nil
}

// A mention is the code of an evidence, a class, a benefit or a table of ages, with its place in the text.
type mention struct {
	kind kind // isEvidence, isClass, isBenefit, or isAge for a table
	code string
	at   int
}

func parseCondition(text string) (*node, []mention, *fault) {
	if len(text) > maxCondition {
		return nil, nil, &fault{at: maxCondition, err: ErrSize}
	}
	p := &parser{text: text}
	if f := p.advance(); f != nil {
		return nil, nil, f
	}
	root, f := p.condition(0)
	if f == nil && p.token != "" {
		f = p.fault(ErrEnd)
	}
	if f != nil {
		return nil, nil, f
	}
	return root, p.mentions, nil
}

type parser struct {
	text     string
	token    string // empty at the end
	at, next int    // of the token, and after it
	mentions []mention
}

const (
	letters = "abcdefghijklmnopqrstuvwxyz"
	digits  = "0123456789"
	blanks  = " \t\r\n"
)

// operators must not be written to.
var operators = []string{"<", "<=", "=", ">=", ">"}

// advance reads the next token: a word, a number, an operator or one other character.
func (p *parser) advance() *fault {
	rest := p.text[p.next:]
	for {
		rest = strings.TrimLeft(rest, blanks)
		if !strings.HasPrefix(rest, "#") {
			break
		}
		_, rest, _ = strings.Cut(rest, "\n")
	}
	p.at = len(p.text) - len(rest)
	n := 0
	switch {
	case rest == "":
	case strings.Contains(letters, rest[:1]):
		n = len(rest) - len(strings.TrimLeft(rest, letters+digits+"_."))
	case strings.Contains(digits, rest[:1]):
		n = len(rest) - len(strings.TrimLeft(rest, letters+digits+"_.+"))
	case strings.HasPrefix(rest, "<="), strings.HasPrefix(rest, ">="):
		n = 2
	case strings.Contains("<=>(),", rest[:1]):
		n = 1
	default:
		_, size := utf8.DecodeRuneInString(rest)
		return &fault{p.at, rest[:size], ErrCharacter}
	}
	p.token, p.next = rest[:n], p.at+n
	return nil
}

func (p *parser) fault(err Error) *fault { return &fault{p.at, p.token, err} }

func (p *parser) expect(token string, err Error) *fault {
	if p.token != token {
		return p.fault(err)
	}
	return p.advance()
}

func (p *parser) condition(depth int) (*node, *fault) {
	return p.chain(isOr, "or", func() (*node, *fault) {
		return p.chain(isAnd, "and", func() (*node, *fault) { return p.factor(depth) })
	})
}

func (p *parser) chain(k kind, word string, part func() (*node, *fault)) (*node, *fault) {
	first, f := part()
	if f != nil || p.token != word {
		return first, f
	}
	n := &node{kind: k, kids: []*node{first}}
	for p.token == word {
		if f := p.advance(); f != nil {
			return nil, f
		}
		kid, f := part()
		if f != nil {
			return nil, f
		}
		n.kids = append(n.kids, kid)
	}
	n.text = n.print()
	return n, nil
}

func (p *parser) factor(depth int) (*node, *fault) {
	if depth > maxNesting {
		return nil, p.fault(ErrNesting)
	}
	switch p.token {
	case "not":
		if f := p.advance(); f != nil {
			return nil, f
		}
		kid, f := p.factor(depth + 1)
		if f != nil {
			return nil, f
		}
		n := &node{kind: isNot, kids: []*node{kid}}
		n.text = n.print()
		return n, nil
	case "(":
		if f := p.advance(); f != nil {
			return nil, f
		}
		n, f := p.condition(depth + 1)
		if f == nil {
			f = p.expect(")", ErrBracket)
		}
		return n, f
	}
	return p.leaf()
}

// leaf reads a comparison or a test.
func (p *parser) leaf() (*node, *fault) {
	i := slices.Index(words[isPercent:], p.token)
	if p.token == "" || i < 0 {
		return nil, p.fault(ErrOperand)
	}
	n := &node{kind: isPercent + kind(i)}
	f := p.advance()
	if f == nil && n.kind <= isAge {
		f = p.comparison(n)
	} else if f == nil {
		f = p.test(n)
	}
	if f != nil {
		return nil, f
	}
	n.text = n.print()
	return n, nil
}

func (p *parser) comparison(n *node) *fault {
	if !slices.Contains(operators, p.token) {
		return p.fault(ErrOperator)
	}
	n.operator = p.token
	if f := p.advance(); f != nil {
		return f
	}
	n.domains = only(domainIndex(status.CivilInvalidity))
	ok := false
	switch {
	case n.kind == isPercent:
		n.number, ok = parseNumber(p.token)
	case isID(p.token):
		n.table, ok = p.token, true
		p.mention(isAge)
	default:
		n.number, n.months, ok = parseAge(p.token)
		if !n.months {
			n.number /= monthsInYear
		}
	}
	if !ok {
		return p.fault(ErrNumber)
	}
	return p.advance()
}

func (p *parser) mention(k kind) {
	p.mentions = append(p.mentions, mention{k, p.token, p.at})
}

func (p *parser) test(n *node) *fault {
	if f := p.expect("(", ErrBracket); f != nil {
		return f
	}
	for {
		if f := p.code(n); f != nil {
			return f
		}
		if p.token != "," || n.kind == isAnnotation || n.kind == isEvidence {
			break
		}
		if f := p.advance(); f != nil {
			return f
		}
	}
	if n.kind == isAnnotation && p.token == "in" {
		if f := p.advance(); f != nil {
			return f
		}
		i := domainIndex(status.Domain(p.token))
		if i < 0 {
			return p.fault(ErrUnknown)
		}
		n.in, n.domains = p.token, only(i)
		if f := p.advance(); f != nil {
			return f
		}
	}
	return p.expect(")", ErrBracket)
}

// code reads one code into a test and records the domains of the test.
func (p *parser) code(n *node) *fault {
	code := p.token
	if code == "" || !strings.Contains(letters, code[:1]) {
		return p.fault(ErrCode)
	}
	known := false
	switch n.kind {
	case isEvidence, isClass:
		if known = isID(code); known {
			p.mention(n.kind)
		}
	case isAnnotation:
		known = slices.Contains(status.AnnotationCodes(), status.Annotation(code))
		// Judgements for targeted employment and for school state no annotation.
		n.domains = allDomains &^ only(domainIndex(status.Law68)) &^ only(domainIndex(status.SchoolInclusion))
	case isAt18:
		known = code == string(status.AdultWithoutVisit) || code == string(status.AdultApplied)
		n.domains = only(domainIndex(status.CivilInvalidity))
	default:
		known = n.look(code)
	}
	if !known {
		return p.fault(ErrUnknown)
	}
	n.codes = append(n.codes, code)
	return p.advance()
}

// look adds the domain, and the category, in which a test looks for the code. It returns false
// for an unknown code.
func (n *node) look(code string) bool {
	home := status.Domain(code)
	switch n.kind {
	case isCategory:
		if code == "any" {
			n.listed, n.domains = allCategories, allDomains
			return true
		}
		i := categoryIndex(status.Category(code))
		if i < 0 {
			return false
		}
		n.listed |= only(i)
		home = homeOf(status.Category(code))
	case isSubKind:
		if !slices.Contains(status.SubKinds(), status.SubKind(code)) {
			return false
		}
		category := kinOf(status.SubKind(code))
		n.listed |= only(categoryIndex(category))
		home = homeOf(category)
	case isDegree:
		home = status.Degree(code).Facts().Domain
	}
	i := domainIndex(home)
	if i >= 0 {
		n.domains |= only(i)
	}
	return i >= 0
}

const maxID = 48

// isID reports whether s is an identifier of a benefit or an evidence.
func isID(s string) bool {
	if s == "" || len(s) > maxID {
		return false
	}
	for _, part := range strings.Split(s, ".") {
		if part == "" || strings.Trim(part, letters+digits+"_") != "" {
			return false
		}
	}
	return strings.Contains(letters, s[:1])
}
