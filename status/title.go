package status

// A TitleKind is the law under which another body recognised an invalidity.
type TitleKind string

// The kinds of titles. Their codes are stable and will never be given to something else.
const (
	// accidents at work and occupational diseases: DPR 1124/1965, D.Lgs. 38/2000
	TitleINAIL   TitleKind = "inail"
	TitleWar     TitleKind = "war"     // war pensions: DPR 915/1978
	TitleService TitleKind = "service" // infirmities due to service: DPR 461/2001
	TitleL222    TitleKind = "l222"    // invalidity of insured workers: L. 222/1984
)

// TitleKinds returns every TitleKind, in the order of the constants.
func TitleKinds() []TitleKind { return []TitleKind{TitleINAIL, TitleWar, TitleService, TitleL222} }

// A Title is an invalidity that another law recognises for other impairments (L. 118/1971
// art. 2). It stands beside the domains: it never replaces a verbale, is disclosed at no
// level, and counts only for benefits whose law names it. The zero Title is none.
type Title struct {
	// Kind is empty only where all that is known is that another body recognised
	// something: see [ClassOtherBody].
	Kind TitleKind `json:"kind,omitempty"`
	// Grade of a war or service pension: the category 1 to 8 of table A of DPR
	// 834/1981. Of L. 222/1984: the article, 1 the ordinary allowance, 2 the pension for
	// inability, 5 the allowance for assistance. Zero: not stated, always so for INAIL.
	Grade int `json:"grade,omitempty"`
	// Percent of an INAIL title, 1 to 100. Zero: not stated.
	Percent int `json:"percent,omitempty"`
	// Held says that the registry knows grade or percentage. If false it knows only
	// that there is a title.
	Held bool `json:"held,omitempty"`
	// Decision is the day of the act, Effect the day from which it counts; it counts
	// from the later of the two. End is the last day; zero: none.
	Decision Date `json:"decision"`
	Effect   Date `json:"effect"`
	End      Date `json:"end,omitzero"`
}

// Validate checks a title on its own. It returns nil or a [*FieldError] for the first rule
// broken, going through the fields in the order of the struct.
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
