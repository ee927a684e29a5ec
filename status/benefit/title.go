package benefit

import (
	"slices"
	"strconv"
	"strings"

	"github.com/qr-invalidita/attesta/status"
)

// An OtherTitle is a title of another law that the law of a benefit names beside the
// condition, such as an INAIL pension.
type OtherTitle struct {
	// Code of the evidence under which the desk says whether it has seen the title.
	Code string
	// Rule says which titles of a registry it is, in the form of the file, such as
	// "war grade 1-3 or service grade 1-3". Empty: no title of a registry decides it.
	Rule    string
	clauses []titleClause
}

// A titleClause asks for a title of one kind and, if limited, for its grade or percentage.
type titleClause struct {
	kind      status.TitleKind
	percent   bool // the limit is one of the percentage, else of the grade
	operator  string
	low, high int // both zero: any title of the kind
}

func (c titleClause) limited() bool { return c.high != 0 }

// held returns what the titles that a registry holds say about the clause: yes, no, or
// unseen if they leave it open.
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

// held returns what the titles that a registry holds say, as for a clause. A title whose kind
// is unknown may be any.
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

// shown is what the registry or, if that leaves it open, the desk says about a title. What the
// registry holds goes before, and is not looked at by the first level.
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

// besides combines what the condition says with what another title says: a title makes good
// for a condition that is not met, and leaves alone what the registry does not say unless it
// is there.
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

// maxGrade: table A of DPR 834/1981 has eight categories.
const maxGrade = 8

// parseRule reads KIND, KIND percent OP N, or KIND grade A-B, several with "or".
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

// parseTitles reads a list of codes with semicolons, each perhaps with = and a rule. The places
// of the mentions are relative to the text.
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
