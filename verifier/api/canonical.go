package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
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
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	value, err := decodeValue(d)
	if err != nil {
		return nil, err
	}
	if object, ok := value.(map[string]any); ok {
		for _, name := range without {
			delete(object, name)
		}
	}
	return appendValue(make([]byte, 0, len(text)), value), nil
}

// decodeValue reads one value: nil, a bool, a string, a json.Number, a []any or a map[string]any.
func decodeValue(d *json.Decoder) (any, error) {
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch token := token.(type) {
	case json.Delim:
		if token == '[' {
			return decodeArray(d)
		}
		return decodeObject(d)
	case json.Number:
		n, err := token.Int64()
		if err != nil || n > maxInteger || n < -maxInteger || strconv.FormatInt(n, 10) != token.String() {
			return nil, errNoForm
		}
	}
	return token, nil
}

func decodeArray(d *json.Decoder) (any, error) {
	array := []any{}
	for d.More() {
		value, err := decodeValue(d)
		if err != nil {
			return nil, err
		}
		array = append(array, value)
	}
	_, err := d.Token() // the closing bracket
	return array, err
}

func decodeObject(d *json.Decoder) (any, error) {
	object := map[string]any{}
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return nil, err
		}
		name := token.(string)
		if _, twice := object[name]; twice {
			return nil, errNoForm
		}
		if object[name], err = decodeValue(d); err != nil {
			return nil, err
		}
	}
	_, err := d.Token() // the closing brace
	return object, err
}

func appendValue(b []byte, value any) []byte {
	switch value := value.(type) {
	case bool:
		return strconv.AppendBool(b, value)
	case json.Number:
		return append(b, value...)
	case string:
		return appendString(b, value)
	case []any:
		b = append(b, '[')
		for n, element := range value {
			if n > 0 {
				b = append(b, ',')
			}
			b = appendValue(b, element)
		}
		return append(b, ']')
	case map[string]any:
		return appendObject(b, value)
	}
	return append(b, "null"...)
}

// appendObject sorts the members by the UTF-16 code units of their names.
func appendObject(b []byte, object map[string]any) []byte {
	names := make([]string, 0, len(object))
	for name := range object {
		names = append(names, name)
	}
	slices.SortFunc(names, func(x, y string) int {
		return slices.Compare(utf16.Encode([]rune(x)), utf16.Encode([]rune(y)))
	})
	b = append(b, '{')
	for n, name := range names {
		if n > 0 {
			b = append(b, ',')
		}
		b = appendString(b, name)
		b = append(b, ':')
		b = appendValue(b, object[name])
	}
	return append(b, '}')
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
