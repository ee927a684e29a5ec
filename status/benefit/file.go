package benefit

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/qr-invalidita/attesta/status"
)

const (
	// MaxFile is the greatest length of a file in bytes.
	MaxFile = 1 << 20
	// MaxText is the greatest length of a title or of the law in bytes.
	MaxText = 512

	header = "attesta-benefits 1 "
	bom    = "\uFEFF" // some editors put it first; it is skipped
)

// A file is what readFile has read so far.
type file struct {
	edition  status.Date
	benefits []Benefit
	evidence map[string]Text
	mentions []mention
	row      *row // that is being read, nil before the first
}

// A row is a benefit or an evidence while its fields come in.
type row struct {
	benefit   bool
	id        string
	at        int // of the identifier
	fields    map[string]field
	condition bool // the last field is one, which may go on
}

type field struct {
	text string
	at   int
}

var (
	languageFields = []string{"it", "en", "de", "fr", "sl"}
	benefitFields  = append(slices.Clone(languageFields), "law", "as_of", "condition")
)

func readFile(text string) (*file, *fault) {
	if len(text) > MaxFile {
		return nil, &fault{at: MaxFile, err: ErrSize}
	}
	if f := checkEncoding(text); f != nil {
		return nil, f
	}
	in := &file{evidence: map[string]Text{}}
	for at := len(text) - len(strings.TrimPrefix(text, bom)); at < len(text); {
		line, _, _ := strings.Cut(text[at:], "\n")
		if f := in.line(text, strings.TrimRight(line, blanks), at); f != nil {
			return nil, f
		}
		at += len(line) + 1
	}
	if in.edition == 0 {
		return nil, &fault{at: len(text), err: ErrHeader}
	}
	return in, in.closeRow()
}

func checkEncoding(text string) *fault {
	for i, r := range text {
		if r == utf8.RuneError {
			if _, n := utf8.DecodeRuneInString(text[i:]); n == 1 {
				return &fault{at: i, err: ErrEncoding}
			}
		}
		lonely := r == '\r' && !strings.HasPrefix(text[i:], "\r\n")
		if lonely || unicode.IsControl(r) && !strings.ContainsRune(blanks, r) {
			return &fault{at: i, err: ErrEncoding}
		}
	}
	return nil
}

// line reads one line, which begins at that offset of the text and has no white space at its end.
func (in *file) line(text, line string, at int) *fault {
	content := strings.TrimLeft(line, blanks)
	start := at + len(line) - len(content)
	switch {
	case content == "" || content[0] == '#':
		return nil
	case in.edition == 0:
		day, ok := strings.CutPrefix(line, header)
		if !ok {
			return &fault{at, line, ErrHeader}
		}
		date, err := status.ParseDate(day)
		if err != nil {
			return &fault{at + len(header), day, ErrDate}
		}
		in.edition = date
		return nil
	case start == at:
		return in.openRow(line, at)
	}
	return in.field(text, content, start)
}

func (in *file) openRow(line string, at int) *fault {
	if f := in.closeRow(); f != nil {
		return f
	}
	sort, id, ok := strings.Cut(line, " ")
	if !ok || sort != "benefit" && sort != "evidence" {
		return &fault{at, line, ErrRow}
	}
	r := &row{benefit: sort == "benefit", id: id, at: at + len(sort) + 1, fields: map[string]field{}}
	if !isID(id) {
		return &fault{r.at, id, ErrID}
	}
	_, repeated := in.evidence[id]
	if r.benefit {
		repeated = slices.ContainsFunc(in.benefits, func(b Benefit) bool { return b.ID == id })
	}
	if repeated {
		return &fault{r.at, id, ErrRepeated}
	}
	in.row = r
	return nil
}

func (in *file) field(text, content string, at int) *fault {
	name, value, colon := strings.Cut(content, ":")
	if in.row == nil {
		return &fault{at, content, ErrRow}
	}
	r := in.row
	if !colon || strings.Trim(name, letters+"_") != "" {
		if !r.condition {
			return &fault{at, content, ErrField}
		}
		// The condition takes in the lines from its first to this one.
		first := r.fields["condition"]
		first.text = text[first.at : at+len(content)]
		r.fields["condition"] = first
		return nil
	}
	known := slices.Contains(languageFields, name) ||
		r.benefit && (slices.Contains(benefitFields, name) || name == "unchecked")
	if !known {
		return &fault{at, name, ErrField}
	}
	if _, repeated := r.fields[name]; repeated {
		return &fault{at, name, ErrRepeated}
	}
	trimmed := strings.TrimLeft(value, blanks)
	start := at + len(content) - len(trimmed)
	if len(trimmed) > MaxText && name != "condition" {
		return &fault{at: start + MaxText, err: ErrSize}
	}
	r.fields[name] = field{trimmed, start}
	r.condition = name == "condition"
	return nil
}

// closeRow turns the fields of the row into a benefit or an evidence.
func (in *file) closeRow() *fault {
	r := in.row
	if r == nil {
		return nil
	}
	in.row = nil
	required := languageFields
	if r.benefit {
		required = benefitFields
	}
	for _, name := range required {
		if r.fields[name].text == "" && name != "condition" || r.fields[name].at == 0 {
			return &fault{r.at, name, ErrMissing}
		}
	}
	var title Text
	for _, lang := range status.Languages() {
		*title.field(lang) = r.fields[string(lang)].text
	}
	if !r.benefit {
		in.evidence[r.id] = title
		return nil
	}
	b := Benefit{ID: r.id, Title: title, Law: r.fields["law"].text}
	asOf := r.fields["as_of"]
	date, err := status.ParseDate(asOf.text)
	if err != nil {
		return &fault{asOf.at, asOf.text, ErrDate}
	}
	b.AsOf = date
	condition := r.fields["condition"]
	root, mentions, f := parseCondition(condition.text)
	if f != nil {
		f.at += condition.at
		return f
	}
	b.Condition = Condition{root}
	for _, m := range mentions {
		in.mentions = append(in.mentions, mention{m.code, m.at + condition.at})
	}
	if b.unchecked, f = in.codes(r.fields["unchecked"]); f != nil {
		return f
	}
	in.benefits = append(in.benefits, b)
	return nil
}

// codes reads a list with commas and returns it with spaces.
func (in *file) codes(list field) (string, *fault) {
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
		in.mentions = append(in.mentions, mention{code, start})
		at += len(part) + 1
	}
	return strings.Join(codes, " "), nil
}

// checkMentions looks for the words of every evidence, in the file or in the catalogue below.
func (in *file) checkMentions(below Catalogue) *fault {
	for _, m := range in.mentions {
		_, here := in.evidence[m.code]
		if _, there := below.evidence[m.code]; !here && !there {
			return &fault{m.at, m.code, ErrEvidence}
		}
	}
	return nil
}
