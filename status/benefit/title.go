package benefit

import (
	"slices"
	"strconv"
	"strings"

	"github.com/qr-invalidita/attesta/status"
)

// An OtherTitle is a title of another law, such as an INAIL pension, that the law of a benefit
// accepts instead of the condition.
type OtherTitle struct {
	// Code is the code of the evidence with which the desk says whether it has seen the title.
	Code string
	// Rule lists the titles of a registry that are this title, in the form of the file, such as
	// "war grade 1-3 or service grade 1-3". If it is empty, no title of a registry decides.
	Rule    string
	clauses []titleClause
}

// A titleClause asks for a title of one kind and optionally limits its grade or percentage.
type titleClause struct {
	kind      status.TitleKind
	percent   bool // the limit is on the percentage, not the grade
	operator  string
	low, high int // both zero: any title of the kind
}

func (c titleClause) limited() bool { return c.high != 0 }

// held returns the value of the clause for the titles of a registry: yes, no, or unseen if they
// leave it open.
func (c titleClause) held(titles []status.Title) value {
	result, found := no, false
	for _, t := range titles {
		if t.Kind != c.kind {
			continue
		}
		found = true
		stated := t.Grade
		if c.percent {
			stated = t.Percent
		}
		switch {
		case !c.limited():
			return yes
		case !t.Held || stated == 0:
			result = unseen
		case c.percent && compare(stated, stated, c.operator, c.low) == yes,
			!c.percent && stated >= c.low && stated <= c.high:
			return yes
		}
	}
	if !found {
		return unseen
	}
	return result
}

// held returns the value for the titles of a registry, as for a clause. A title of unknown kind
// may be any title.
func (o OtherTitle) held(titles []status.Title) value {
	if len(o.clauses) == 0 {
		return unseen
	}
	result := no
	for _, c := range o.clauses {
		result = or(result, c.held(titles))
	}
	if result == no && slices.ContainsFunc(titles, func(t status.Title) bool { return t.Kind == "" }) {
		return unseen
	}
	return result
}

// shown returns what the registry or, if that leaves it open, the desk says about a title. The
// registry takes precedence. The first level does not see its titles.
func (f *facts) shown(o OtherTitle) value {
	desk := f.seen.value(o.Code)
	switch {
	case len(o.clauses) == 0:
		return desk
	case !f.whole:
		return desk | either
	}
	if v := o.held(f.titles); v != unseen {
		return v
	}
	return desk
}

// besides combines the value of the condition with that of another title. A title replaces a
// condition that is not met. If the registry does not say whether the condition is met, the title
// changes that only if the desk or the registry confirms it.
func besides(condition, title value) value {
	var result value
	for _, c := range [...]value{no, unsaid, unrecorded, unseen, yes} {
		switch {
		case condition&c == 0:
		case c == no:
			result |= title
		default:
			result |= title & yes
			if title != yes {
				result |= c
			}
		}
	}
	return result
}

// maxGrade is the number of categories in table A of DPR 834/1981.
const maxGrade = 8

// parseRule reads KIND, KIND percent OP N, or KIND grade A-B, or several of these joined by "or".
func parseRule(text string) ([]titleClause, bool) {
	var list []titleClause
	for part := range strings.SplitSeq(text, " or ") {
		word := strings.Fields(part)
		if len(word) == 0 || !slices.Contains(status.TitleKinds(), status.TitleKind(word[0])) {
			return nil, false
		}
		c, ok := titleClause{kind: status.TitleKind(word[0])}, true
		switch {
		case len(word) == 1:
		case len(word) == 4 && word[1] == "percent":
			c.percent, c.operator = true, word[2]
			c.low, ok = parseNumber(word[3])
			c.high = 100
			ok = ok && slices.Contains(operators, c.operator) && c.kind == status.TitleINAIL
		case len(word) == 3 && word[1] == "grade":
			from, to, isRange := strings.Cut(word[2], "-")
			c.low, ok = parseNumber(from)
			c.high = c.low
			if isRange && ok {
				c.high, ok = parseNumber(to)
			}
			ok = ok && c.low >= 1 && c.high >= c.low && c.high <= maxGrade && c.kind != status.TitleINAIL
		default:
			ok = false
		}
		if !ok {
			return nil, false
		}
		list = append(list, c)
	}
	return list, true
}

func (c titleClause) String() string {
	switch {
	case c.percent:
		return string(c.kind) + " percent " + c.operator + " " + strconv.Itoa(c.low)
	case c.limited():
		return string(c.kind) + " grade " + strconv.Itoa(c.low) + "-" + strconv.Itoa(c.high)
	}
	return string(c.kind)
}

// parse reads the rule of the title.
func (o *OtherTitle) parse(rule string) bool {
	clauses, ok := parseRule(strings.Join(strings.Fields(rule), " "))
	if !ok {
		return false
	}
	var printed []string
	for _, c := range clauses {
		printed = append(printed, c.String())
	}
	o.clauses, o.Rule = clauses, strings.Join(printed, " or ")
	return true
}

// parseTitles reads a list of codes separated by semicolons, each optionally followed by = and a
// rule. The places of the mentions are relative to the text.
func parseTitles(text string) ([]OtherTitle, []mention, *fault) {
	var list []OtherTitle
	var mentions []mention
	at := 0
	for part := range strings.SplitSeq(text, ";") {
		left, rule, hasRule := strings.Cut(part, "=")
		code := strings.Trim(left, blanks)
		start := at + strings.Index(part, code)
		if !isID(code) {
			return nil, nil, &fault{start, code, ErrID}
		}
		if slices.ContainsFunc(list, func(o OtherTitle) bool { return o.Code == code }) {
			return nil, nil, &fault{start, code, ErrRepeated}
		}
		title := OtherTitle{Code: code}
		if hasRule {
			if !title.parse(rule) {
				return nil, nil, &fault{at + len(left) + 1, strings.Trim(rule, blanks), ErrTitle}
			}
		}
		list, mentions = append(list, title), append(mentions, mention{code: code, at: start})
		at += len(part) + 1
	}
	return list, mentions, nil
}
