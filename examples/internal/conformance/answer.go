package conformance

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"regexp"
)

// answer is the line of a program: one of code, claims and content, with or without the case's id.
type answer struct {
	ID      *string         `json:"id"`
	Code    *string         `json:"code"`
	Claims  json.RawMessage `json:"claims"`
	Content json.RawMessage `json:"content"`
}

// judge compares a line with the right answer. It returns what the program said, in words, and whether it is
// right. If lost is true, the line does not answer this case, so the next line of the process may not answer
// the next case.
func (c Case) judge(line []byte) (got string, right, lost bool) {
	var a answer
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	if err := d.Decode(&a); err != nil || !ends(d) {
		return "not an answer: " + quoted(line), false, true
	}
	if a.ID != nil && *a.ID != c.ID {
		return "an answer to the case " + quoted([]byte(*a.ID)), false, true
	}
	accepted, refused := a.Claims != nil || a.Content != nil, a.Code != nil
	switch {
	case accepted == refused || a.Claims != nil && a.Content != nil:
		return "not one of code, claims and content: " + quoted(line), false, false
	case refused && *a.Code == "":
		return "an empty code", false, false
	case refused:
		if right := *a.Code == c.Expected || c.Expected == AnyCode; right || codeShape.MatchString(*a.Code) {
			return *a.Code, right, false
		}
		return quoted([]byte(*a.Code)), false, false // it may hold what a terminal obeys
	case c.Expected != "":
		return "accepted", false, false
	}
	said := a.Claims
	if c.Group == "bundle" {
		said = a.Content
	}
	if !equal(said, c.answer) {
		return "accepted, and not with what it says: " + quoted(line), false, false
	}
	return "accepted", true, false
}

func ends(d *json.Decoder) bool {
	_, err := d.Token()
	return err == io.EOF
}

// equal compares two JSON texts by their values, whatever the order of members and the form of numbers.
func equal(a, b json.RawMessage) bool {
	var x, y any
	return json.Unmarshal(a, &x) == nil && json.Unmarshal(b, &y) == nil && reflect.DeepEqual(x, y)
}

// maxQuoted bounds what a report repeats of a program, in bytes.
const maxQuoted = 200

// codeShape is the shape of a code.
var codeShape = regexp.MustCompile(`^[a-z0-9_]{1,64}$`)

func quoted(text []byte) string {
	if len(text) > maxQuoted {
		return fmt.Sprintf("%q…", text[:maxQuoted])
	}
	return fmt.Sprintf("%q", text)
}
