package benefit

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/qr-invalidita/attesta/status"
)

const (
	// MaxFile is the greatest length of a file in bytes.
	MaxFile = 1 << 20
	// maxText is the greatest length of a title, a law or a note in bytes.
	maxText = 1024

	header = "attesta-benefits 1 "
	bom    = "\uFEFF" // some editors put it first; it is skipped
)

// A file is what has been read so far, from one file or from several that are read as one.
type file struct {
	edition  status.Date
	benefits []Benefit
	evidence map[string]Text
	titles   map[string]OtherTitle // which titles of a registry an evidence is
	terms    []Term
	topics   []topic
	mentions []mention
	row      *row // that is being read, nil before the first
	headed   bool // the first line of this file was read
}

// A row is a benefit, an evidence, a class, an age or a topic while its fields are being read.
type row struct {
	sort   string
	id     string
	at     int // of the identifier
	fields map[string]field
	last   string // the last field, which may go on
}

type field struct {
	text string
	at   int
}

// The kinds of rows.
const (
	sortBenefit  = "benefit"
	sortEvidence = "evidence"
	sortClass    = "class"
	sortAge      = "age"
	sortSearch   = "search"
)

// read reads one more file. The places of faults and mentions refer to its text.
func (in *file) read(text string) *fault {
	in.headed, in.mentions = false, nil
	if len(text) > MaxFile {
		return &fault{at: MaxFile, err: ErrSize}
	}
	if f := checkEncoding(text); f != nil {
		return f
	}
	for at := len(text) - len(strings.TrimPrefix(text, bom)); at < len(text); {
		line, _, _ := strings.Cut(text[at:], "\n")
		if f := in.line(text, strings.TrimRight(line, blanks), at); f != nil {
			return f
		}
		at += len(line) + 1
	}
	if !in.headed {
		return &fault{at: len(text), err: ErrHeader}
	}
	return in.closeRow()
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

// line reads one line, which begins at the offset at of the text and has no white space at its
// end.
func (in *file) line(text, line string, at int) *fault {
	content := strings.TrimLeft(line, blanks)
	start := at + len(line) - len(content)
	switch {
	case content == "" || content[0] == '#':
		return nil
	case !in.headed:
		day, ok := strings.CutPrefix(line, header)
		if !ok {
			return &fault{at, line, ErrHeader}
		}
		date, err := status.ParseDate(day)
		if err != nil {
			return &fault{at + len(header), day, ErrDate}
		}
		in.edition, in.headed = max(in.edition, date), true
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
	if _, known := fieldsOf[sort]; !ok || !known {
		return &fault{at, line, ErrRow}
	}
	r := &row{sort: sort, id: id, at: at + len(sort) + 1, fields: map[string]field{}}
	if !isID(id) {
		return &fault{r.at, id, ErrID}
	}
	in.row = r
	return nil
}

func (in *file) field(text, content string, at int) *fault {
	name, value, colon := strings.Cut(content, ":")
	r := in.row
	if r == nil {
		return &fault{at, content, ErrRow}
	}
	if !colon || strings.Trim(name, letters+"_") != "" {
		if !goesOn(r.last) {
			return &fault{at, content, ErrField}
		}
		// The field contains the lines from its first to this one.
		first := r.fields[r.last]
		first.text = text[first.at : at+len(content)]
		r.fields[r.last] = first
		return nil
	}
	if !r.allows(name) {
		return &fault{at, name, ErrField}
	}
	if _, repeated := r.fields[name]; repeated {
		return &fault{at, name, ErrRepeated}
	}
	trimmed := strings.TrimLeft(value, blanks)
	start := at + len(content) - len(trimmed)
	if len(trimmed) > maxText && !goesOn(name) {
		return &fault{at: start + maxText, err: ErrSize}
	}
	r.fields[name] = field{trimmed, start}
	r.last = name
	return nil
}

// withoutComments turns the lines of a field that are comments into spaces.
func withoutComments(text string) string {
	lines := strings.SplitAfter(text, "\n")
	for i, line := range lines {
		if strings.HasPrefix(strings.TrimLeft(line, blanks), "#") {
			lines[i] = strings.Repeat(" ", len(line))
		}
	}
	return strings.Join(lines, "")
}

// goesOn reports whether the field may continue over further lines.
func goesOn(name string) bool { return name == "condition" || name == "other_titles" || name == "ages" }
