package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// errNoForm is the error of canonical.
var errNoForm = errors.New("api: JSON text has no canonical form here")

// maxInteger is the largest integer of 15 digits.
const maxInteger = 999_999_999_999_999

// canonical returns the RFC 8785 form of a JSON text, without the members of the outermost object that are
// named. It refuses what RFC 7493 forbids (two members of one name, a lone surrogate, invalid UTF-8). It also
// refuses every number that is not an integer of at most 15 digits, because the contract has no others: so
// the form of a number is its text, and no code for floating point is needed.
func canonical(text []byte, without ...string) ([]byte, error) {
	if !utf8.Valid(text) || !json.Valid(text) || hasLoneSurrogate(text) {
		return nil, errNoForm
	}
	f := former{text}
	form, ok := f.value(make([]byte, 0, len(text)), without)
	if !ok {
		return nil, errNoForm
	}
	return form, nil
}

// A former appends the canonical forms of values. Its text is known to be valid JSON.
type former struct{ rest []byte }

func (f *former) space() { f.rest = bytes.TrimLeft(f.rest, " \t\r\n") }

// skip skips white space, and the byte if it follows. It reports whether it does.
func (f *former) skip(c byte) bool {
	f.space()
	if f.rest[0] != c {
		return false
	}
	f.rest = f.rest[1:]
	return true
}

func (f *former) value(b []byte, without []string) ([]byte, bool) {
	switch {
	case f.skip('{'):
		return f.object(b, without)
	case f.skip('['):
		return f.array(b)
	case f.rest[0] == '"':
		return appendString(b, f.string()), true
	}
	n := bytes.IndexAny(f.rest, ",]} \t\r\n")
	if n < 0 {
		n = len(f.rest)
	}
	literal := string(f.rest[:n])
	f.rest = f.rest[n:]
	if literal != "true" && literal != "false" && literal != "null" {
		n, err := strconv.ParseInt(literal, 10, 64)
		if err != nil || n > maxInteger || n < -maxInteger || strconv.FormatInt(n, 10) != literal {
			return nil, false
		}
	}
	return append(b, literal...), true
}

func (f *former) array(b []byte) (_ []byte, ok bool) {
	b = append(b, '[')
	for first := true; !f.skip(']'); first = false {
		if !first {
			f.skip(',')
			b = append(b, ',')
		}
		if b, ok = f.value(b, nil); !ok {
			return nil, false
		}
	}
	return append(b, ']'), true
}

// A member of an object is its name and the form of its value.
type member struct {
	name  string
	value []byte
}

// object sorts the members by the UTF-16 code units of their names.
func (f *former) object(b []byte, without []string) ([]byte, bool) {
	var members []member
	for first := true; !f.skip('}'); first = false {
		if !first {
			f.skip(',')
			f.space()
		}
		m := member{name: f.string()}
		f.skip(':')
		var ok bool
		if m.value, ok = f.value(make([]byte, 0, 64), nil); !ok {
			return nil, false
		}
		members = append(members, m)
	}
	slices.SortFunc(members, func(x, y member) int { return compareNames(x.name, y.name) })
	b = append(b, '{')
	begin := len(b)
	for i, m := range members {
		if i > 0 && members[i-1].name == m.name {
			return nil, false
		}
		if slices.Contains(without, m.name) {
			continue
		}
		if len(b) > begin {
			b = append(b, ',')
		}
		b = append(append(appendString(b, m.name), ':'), m.value...)
	}
	return append(b, '}'), true
}

// compareNames compares UTF-16 code units. Up to U+DFFF their order is that of the bytes of UTF-8.
func compareNames(x, y string) int {
	above := func(c rune) bool { return c > 0xDFFF }
	if strings.ContainsFunc(x+y, above) {
		return slices.Compare(utf16.Encode([]rune(x)), utf16.Encode([]rune(y)))
	}
	return strings.Compare(x, y)
}

// string reads a string.
func (f *former) string() string {
	end := 1
	for f.rest[end] != '"' {
		if f.rest[end] == '\\' {
			end++
		}
		end++
	}
	raw := f.rest[:end+1]
	f.rest = f.rest[end+1:]
	if !bytes.Contains(raw, []byte{'\\'}) {
		return string(raw[1:end])
	}
	var s string
	json.Unmarshal(raw, &s) // it is valid
	return s
}

// appendString escapes the quotation mark, the backslash and the control characters, and nothing else.
func appendString(b []byte, s string) []byte {
	const short = "\b\t\n\f\r"
	b = append(b, '"')
	for _, c := range []byte(s) {
		switch n := bytes.IndexByte([]byte(short), c); {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case n >= 0:
			b = append(b, '\\', "btnfr"[n])
		case c < ' ':
			b = append(b, `\u00`...)
			b = append(b, "0123456789abcdef"[c>>4], "0123456789abcdef"[c&15])
		default:
			b = append(b, c)
		}
	}
	return append(b, '"')
}

// hasLoneSurrogate reports whether a valid JSON text has an escape for half a character. encoding/json would
// read it as U+FFFD.
func hasLoneSurrogate(text []byte) bool {
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' {
			continue
		}
		unit, ok := escapedUnit(text[i:])
		switch {
		case !ok:
			i++ // another escape
		case !utf16.IsSurrogate(unit):
			i += 5
		default:
			low, _ := escapedUnit(text[i+6:])
			if utf16.DecodeRune(unit, low) == utf8.RuneError {
				return true
			}
			i += 11
		}
	}
	return false
}

// escapedUnit returns the code unit of the escape with which the text begins, such as \u00e8.
func escapedUnit(text []byte) (rune, bool) {
	if len(text) < 6 || text[0] != '\\' || text[1] != 'u' {
		return 0, false
	}
	unit, err := strconv.ParseUint(string(text[2:6]), 16, 16)
	return rune(unit), err == nil
}
