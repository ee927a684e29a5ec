package benefit

import "fmt"

// An Error names a rule of the file or of a condition. The constants are the complete set;
// compare with errors.Is.
type Error string

// The faults that Catalogue.Merge and ParseCondition find.
const (
	ErrSize      Error = "is longer than the limit"
	ErrEncoding  Error = "is not UTF-8 text without control characters"
	ErrHeader    Error = "expected attesta-benefits 1 and the day of the edition"
	ErrRow       Error = "expected benefit, evidence, class or age, and an identifier"
	ErrField     Error = "expected a field of this row, indented, with a colon after its name"
	ErrID        Error = "is not an identifier"
	ErrRepeated  Error = "is repeated"
	ErrMissing   Error = "is missing from this row"
	ErrDate      Error = "is not a date of the form 2006-01-02 from 1900 to 2199"
	ErrSource    Error = "expected a day and read or known"
	ErrPeriod    Error = "overlaps with the period of another row of this benefit, or is empty"
	ErrTitle     Error = "is not a rule for titles of a registry"
	ErrAges      Error = "is not an age, or its day is not later than the day before it"
	ErrCircle    Error = "is a class that refers to itself, or to too many others in a row"
	ErrYes       Error = "expected yes"
	ErrCard      Error = "expected picture or name"
	ErrUnknown   Error = "is not a known code"
	ErrEvidence  Error = "is an evidence without a text"
	ErrOperand   Error = "expected percent, age, a test, not or a bracket"
	ErrOperator  Error = "expected < <= = >= or >"
	ErrNumber    Error = "expected a number of at most three digits, or an age"
	ErrCode      Error = "expected a code"
	ErrBracket   Error = "expected a bracket"
	ErrEnd       Error = "expected and, or, or the end of the condition"
	ErrNesting   Error = "is nested too deeply"
	ErrCharacter Error = "is not a character of a condition"
)

// Error returns the rule for developers. Its wording may change.
func (e Error) Error() string { return string(e) }

// A SyntaxError says where a file or a condition breaks a rule. It unwraps to the Error.
type SyntaxError struct {
	Line, Column int    // from 1; columns count characters
	Found        string // the text at that place, shortened; empty at an end
	Err          Error
}

// Error returns the place, the text found there and the rule.
func (e *SyntaxError) Error() string {
	if e.Found == "" {
		return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Err)
	}
	return fmt.Sprintf("line %d, column %d: %q %s", e.Line, e.Column, e.Found, e.Err)
}

// Unwrap returns the rule, which is an Error.
func (e *SyntaxError) Unwrap() error { return e.Err }

// A fault is a SyntaxError that knows its place only as a byte offset.
type fault struct {
	at    int
	found string
	err   Error
}

// mostFound is the number of characters of the text found that an error repeats.
const mostFound = 24

func place(text string, f *fault) error {
	e := &SyntaxError{Line: 1, Column: 1, Found: f.found, Err: f.err}
	for i, r := range text {
		if i >= f.at {
			break
		}
		e.Column++
		if r == '\n' {
			e.Line, e.Column = e.Line+1, 1
		}
	}
	if r := []rune(e.Found); len(r) > mostFound {
		e.Found = string(r[:mostFound]) + "…"
	}
	return e
}
