package benefit

import "fmt"

// An Error names a rule of the file or of a condition. The constants are all the values
// there are; compare with errors.Is.
type Error string

// What Catalogue.Merge and ParseCondition find wrong.
const (
	ErrSize      Error = "is longer than the limit"
	ErrEncoding  Error = "is not UTF-8 text without control characters"
	ErrHeader    Error = "expected attesta-benefits 1 and the day of the edition"
	ErrRow       Error = "expected benefit, evidence, class or age, and an identifier"
	ErrField     Error = "expected a field of this row, indented, with a colon after its name"
	ErrID        Error = "is not an identifier"
	ErrRepeated  Error = "stands here for the second time"
	ErrMissing   Error = "is missing from this row"
	ErrDate      Error = "is not a date of the form 2006-01-02 from 1900 to 2199"
	ErrSource    Error = "expected a day and read or known"
	ErrPeriod    Error = "is valid on a day of another row of this benefit, or on none"
	ErrTitle     Error = "is not a rule for titles of a registry"
	ErrAges      Error = "is not an age, or not one for people born later than those before"
	ErrCircle    Error = "is a class that asks for itself, or for too many in a row"
	ErrYes       Error = "expected yes"
	ErrUnknown   Error = "is not a known code"
	ErrEvidence  Error = "is an evidence without words"
	ErrOperand   Error = "expected percent, age, a test, not or a bracket"
	ErrOperator  Error = "expected < <= = >= or >"
	ErrNumber    Error = "expected a number of at most three digits, or an age"
	ErrCode      Error = "expected a code"
	ErrBracket   Error = "expected a bracket"
	ErrEnd       Error = "expected and, or, or the end of the condition"
	ErrNesting   Error = "is nested too deeply"
	ErrCharacter Error = "is no character of a condition"
)

// Error returns the rule for developers; the wording may change.
func (e Error) Error() string { return string(e) }

// A SyntaxError says where a file or a condition breaks a rule. It unwraps to the Error.
type SyntaxError struct {
	Line, Column int    // from 1; columns count characters
	Found        string // what stands there, shortened; empty at an end
	Err          Error
}

// Error returns place, finding and rule.
func (e *SyntaxError) Error() string {
	if e.Found == "" {
		return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Err)
	}
	return fmt.Sprintf("line %d, column %d: %q %s", e.Line, e.Column, e.Found, e.Err)
}

// Unwrap returns the rule.
func (e *SyntaxError) Unwrap() error { return e.Err }

// A fault is a SyntaxError that knows its place as a byte offset only.
type fault struct {
	at    int
	found string
	err   Error
}

// mostFound is how much of what was found an error repeats, in characters.
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
