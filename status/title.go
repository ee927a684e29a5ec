package status

// A TitleKind is the law under which another body recognised an invalidity.
type TitleKind string

// The kinds of titles. Their codes are stable and are never reused.
const (
	// accidents at work and occupational diseases: DPR 1124/1965, D.Lgs. 38/2000
	TitleINAIL   TitleKind = "inail"
	TitleWar     TitleKind = "war"     // war pensions: DPR 915/1978
	TitleService TitleKind = "service" // infirmities due to service: DPR 461/2001
	TitleL222    TitleKind = "l222"    // invalidity of insured workers: L. 222/1984
)

// TitleKinds returns every TitleKind, in the order of the constants.
func TitleKinds() []TitleKind { return []TitleKind{TitleINAIL, TitleWar, TitleService, TitleL222} }

// A Title is an invalidity that another law recognises for other impairments (L. 118/1971 art.
// 2). It is separate from the domains: it never replaces a verbale, neither level discloses it,
// and it counts only for benefits whose law names it. The zero Title is not valid.
type Title struct {
	// Kind is empty only if it is merely known that another body recognised something: see
	// [ClassOtherBody].
	Kind TitleKind `json:"kind,omitempty"`
	// Grade is, for a war or service pension, the category 1 to 8 of table A of DPR 834/1981; for
	// L. 222/1984 it is the article: 1 the ordinary allowance, 2 the pension for inability, 5 the
	// allowance for assistance. Zero if not stated, and always for INAIL.
	Grade int `json:"grade,omitempty"`
	// Percent is the percentage of an INAIL title, 1 to 100. Zero if not stated.
	Percent int `json:"percent,omitempty"`
	// Held says that the registry knows the grade or the percentage. If it is false, the registry
	// knows only that there is a title.
	Held bool `json:"held,omitempty"`
	// Decision is the day of the act, Effect the day from which it counts; the title counts from
	// the later of the two. End is the last day, zero if there is none.
	Decision Date `json:"decision"`
	Effect   Date `json:"effect"`
	End      Date `json:"end,omitzero"`
}

// Validate checks a title on its own. It returns nil or a [*FieldError] for the first broken
// rule, in the order of the fields of the struct.
func (t Title) Validate() error {
	for _, check := range [...]struct {
		field string
		rule  Error
	}{
		{"kind", t.checkKind()},
		{"grade", t.checkGrade()},
		{"percent", t.checkPercent()},
		{"decision", checkDay(t.Decision)},
		{"effect", checkDay(t.Effect)},
		{"end", t.checkEnd()},
	} {
		if check.rule != "" {
			return &FieldError{Field: "title_" + check.field, Err: check.rule}
		}
	}
	return nil
}

func (t Title) checkKind() Error {
	switch t.Kind {
	case TitleINAIL, TitleWar, TitleService, TitleL222:
		return ""
	case "":
		return ErrMissing
	}
	return ErrUnknown
}

func (t Title) checkGrade() Error {
	switch {
	case t.Grade == 0:
		return ""
	case !t.Held, t.Kind == TitleINAIL:
		return ErrUnwanted
	case t.Kind == TitleL222 && t.Grade != 1 && t.Grade != 2 && t.Grade != 5,
		t.Grade < 1, t.Grade > 8:
		return ErrBand
	}
	return ""
}

func (t Title) checkPercent() Error {
	switch {
	case t.Percent == 0:
		return ""
	case !t.Held, t.Kind != TitleINAIL:
		return ErrUnwanted
	case t.Percent < 1, t.Percent > 100:
		return ErrBand
	}
	return ""
}

func (t Title) checkEnd() Error {
	switch {
	case t.End == 0:
		return ""
	case !t.End.Valid():
		return ErrDate
	case t.End < t.Effect:
		return ErrTooEarly
	}
	return ""
}

// counts reports whether the title is in force on the day.
func (t Title) counts(at Date) bool {
	return max(t.Decision, t.Effect) <= at && (t.End == 0 || at <= t.End)
}
