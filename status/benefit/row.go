package benefit

import (
	"slices"
	"strings"

	"github.com/qr-invalidita/attesta/status"
)

// fieldsOf lists the fields of each kind of row; "" is its title. Names that end in _ are texts,
// with one field per language. The map must not be written to.
var fieldsOf = map[string][]string{
	sortBenefit: {"", "law", "law_", "checked", "valid_from", "valid_until", "condition", "other_titles",
		"payment", "card", "unchecked", "place", "value_", "companion_", "note_"},
	sortEvidence: {"", "title"},
	sortClass:    {"law", "law_", "checked", "condition"},
	sortAge:      {"law", "law_", "checked", "ages"},
	sortSearch:   {"", "benefits"},
}

// allows reports whether the row may have a field with that name.
func (r *row) allows(name string) bool {
	if slices.Contains(fieldsOf[r.sort], name) {
		return !strings.HasSuffix(name, "_") && name != ""
	}
	for _, lang := range status.Languages() {
		prefix, ok := strings.CutSuffix(name, string(lang))
		if ok && (prefix == "" || strings.HasSuffix(prefix, "_")) {
			return slices.Contains(fieldsOf[r.sort], prefix)
		}
	}
	return false
}

// missing returns the fault of a row without that field.
func (r *row) missing(name string) *fault { return &fault{r.at, name, ErrMissing} }

// words collects a text from its fields. It returns the zero Text if there are none, and a fault
// if there is no Italian one.
func (r *row) words(prefix string) (Text, *fault) {
	words := map[status.Language]string{}
	for _, lang := range status.Languages() {
		name := prefix + string(lang)
		f, ok := r.fields[name]
		if !ok {
			continue
		}
		if f.text == "" {
			return Text{}, r.missing(name)
		}
		words[lang] = f.text
	}
	switch {
	case len(words) == 0:
		return Text{}, nil
	case words[status.Italian] == "":
		return Text{}, r.missing(prefix + string(status.Italian))
	}
	return Text{words}, nil
}

func (r *row) law() (Text, *fault) {
	text, f := r.words("law_")
	one, ok := r.fields["law"]
	switch {
	case f != nil:
		return Text{}, f
	case ok && !text.IsZero():
		return Text{}, &fault{one.at, one.text, ErrRepeated}
	case !text.IsZero():
		return text, nil
	case one.text == "":
		return Text{}, r.missing("law")
	}
	return Text{map[status.Language]string{status.Italian: one.text}}, nil
}

// checked reads a day followed by read or known.
func (r *row) checked() (status.Date, Source, *fault) {
	field, ok := r.fields["checked"]
	if !ok {
		return 0, "", r.missing("checked")
	}
	day, by, _ := strings.Cut(field.text, " ")
	date, err := status.ParseDate(day)
	if err != nil {
		return 0, "", &fault{field.at, field.text, ErrDate}
	}
	source := Source(strings.Trim(by, blanks))
	if source != Read && source != Known {
		return 0, "", &fault{field.at, field.text, ErrSource}
	}
	return date, source, nil
}

// day reads an optional field.
func (r *row) day(name string) (status.Date, *fault) {
	field, ok := r.fields[name]
	if !ok {
		return 0, nil
	}
	date, err := status.ParseDate(field.text)
	if err != nil {
		return 0, &fault{field.at, field.text, ErrDate}
	}
	return date, nil
}

// closeRow turns the fields of the finished row into a benefit, an evidence, a class, an age or a topic.
func (in *file) closeRow() *fault {
	r := in.row
	if r == nil {
		return nil
	}
	in.row = nil
	switch r.sort {
	case sortEvidence:
		return in.addEvidence(r)
	case sortBenefit:
		return in.addBenefit(r)
	case sortSearch:
		return in.addTopic(r)
	}
	return in.addTerm(r)
}

func (in *file) addEvidence(r *row) *fault {
	if _, repeated := in.evidence[r.id]; repeated {
		return &fault{r.at, r.id, ErrRepeated}
	}
	text, f := r.words("")
	if f == nil && text.IsZero() {
		f = r.missing(string(status.Italian))
	}
	in.evidence[r.id] = text
	if rule, ok := r.fields["title"]; ok && f == nil {
		title := OtherTitle{Code: r.id}
		if !title.parse(rule.text) {
			return &fault{rule.at, rule.text, ErrTitle}
		}
		in.titles[r.id] = title
	}
	return f
}

func (in *file) addTerm(r *row) *fault {
	if slices.ContainsFunc(in.terms, func(t Term) bool { return t.ID == r.id }) {
		return &fault{r.at, r.id, ErrRepeated}
	}
	t := Term{ID: r.id, at: r.at}
	var f *fault
	if t.Law, f = r.law(); f != nil {
		return f
	}
	if t.Checked, t.Source, f = r.checked(); f != nil {
		return f
	}
	if r.sort == sortClass {
		t.Condition, f = in.condition(r)
	} else {
		t.ages, f = r.ages()
		t.Ages = strings.Join(strings.Fields(withoutComments(r.fields["ages"].text)), " ")
	}
	in.terms = append(in.terms, t)
	return f
}

func (r *row) ages() (ageTable, *fault) {
	field, ok := r.fields["ages"]
	if !ok {
		return nil, r.missing("ages")
	}
	table, f := parseAges(withoutComments(field.text))
	if f != nil {
		f.at += field.at
	}
	return table, f
}

func (in *file) condition(r *row) (Condition, *fault) {
	field, ok := r.fields["condition"]
	if !ok {
		return Condition{}, r.missing("condition")
	}
	root, mentions, f := parseCondition(field.text)
	if f != nil {
		f.at += field.at
		return Condition{}, f
	}
	in.mention(mentions, field.at)
	return Condition{root}, nil
}

// mention records mentions whose places are relative to at.
func (in *file) mention(list []mention, at int) {
	for _, m := range list {
		m.at += at
		in.mentions = append(in.mentions, m)
	}
}

func (in *file) addBenefit(r *row) *fault {
	b := Benefit{ID: r.id, Place: r.fields["place"].text}
	var f *fault
	if b.Title, f = r.words(""); f == nil && b.Title.IsZero() {
		f = r.missing(string(status.Italian))
	}
	if f != nil {
		return f
	}
	if b.Value, f = r.words("value_"); f != nil {
		return f
	}
	if b.Companion, f = r.words("companion_"); f != nil {
		return f
	}
	if b.Note, f = r.words("note_"); f != nil {
		return f
	}
	if b.Law, f = r.law(); f != nil {
		return f
	}
	if b.Checked, b.Source, f = r.checked(); f != nil {
		return f
	}
	if b.ValidFrom, f = r.day("valid_from"); f != nil {
		return f
	}
	if b.ValidUntil, f = r.day("valid_until"); f != nil {
		return f
	}
	if f := in.asks(r, &b); f != nil {
		return f
	}
	in.benefits = append(in.benefits, b)
	return in.checkPeriod(r)
}

// asks reads the requirements of the benefit.
func (in *file) asks(r *row, b *Benefit) (f *fault) {
	if b.Never = r.fields["condition"].text == never; !b.Never {
		if b.Condition, f = in.condition(r); f != nil {
			return f
		}
	}
	if list := r.fields["other_titles"]; list.text != "" {
		titles, mentions, f := parseTitles(withoutComments(list.text))
		if f != nil {
			f.at += list.at
			return f
		}
		b.titles = titles
		in.mention(mentions, list.at)
	}
	if field, ok := r.fields["payment"]; ok {
		if field.text != "yes" {
			return &fault{field.at, field.text, ErrYes}
		}
		b.Payment = true
		in.mentions = append(in.mentions, mention{isEvidence, PaymentResumed, field.at})
	}
	if field, ok := r.fields["card"]; ok {
		if b.Card = Tie(field.text); b.Card != TiePicture && b.Card != TieName {
			return &fault{field.at, field.text, ErrCard}
		}
	}
	b.unchecked, f = in.codes(r.fields["unchecked"], isEvidence)
	return f
}

// checkPeriod compares the period of the last benefit with those of the other rows with its
// identifier.
func (in *file) checkPeriod(r *row) *fault {
	last := len(in.benefits) - 1
	b := in.benefits[last]
	if b.ValidUntil != 0 && b.ValidUntil < b.ValidFrom {
		return &fault{r.fields["valid_until"].at, r.fields["valid_until"].text, ErrPeriod}
	}
	for _, other := range in.benefits[:last] {
		if other.ID != b.ID || !other.overlaps(b) {
			continue
		}
		if other.hasPeriod() || b.hasPeriod() {
			return &fault{r.at, r.id, ErrPeriod}
		}
		return &fault{r.at, r.id, ErrRepeated}
	}
	return nil
}

// codes reads a list of codes of a kind with commas and returns it with spaces.
func (in *file) codes(list field, of kind) (string, *fault) {
	if list.text == "" {
		return "", nil
	}
	var codes []string
	at := list.at
	for part := range strings.SplitSeq(list.text, ",") {
		code := strings.Trim(part, blanks)
		start := at + strings.Index(part, code)
		if !isID(code) {
			return "", &fault{start, code, ErrID}
		}
		codes = append(codes, code)
		in.mentions = append(in.mentions, mention{of, code, start})
		at += len(part) + 1
	}
	return strings.Join(codes, " "), nil
}
