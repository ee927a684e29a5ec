package wallet

import (
	"bytes"
	"encoding/json"
	"strconv"
	"unicode/utf8"
)

const (
	maxDepth = 8 // of arrays and objects in one another
	// timeLimit refuses milliseconds in place of seconds: 10^11 s is in the year 5138.
	timeLimit = 100_000_000_000
)

// object is a JSON object. Its values are nil, bool, string, json.Number, []any and object.
type object map[string]any

// parseObject reads one JSON object and nothing else. Unlike encoding/json it refuses two members of one
// name, which two readers could take differently, and bytes that are not UTF-8.
func parseObject(text []byte) (object, bool) {
	v, ok := parseValue(text)
	o, is := v.(object)
	return o, ok && is
}

func parseValue(text []byte) (any, bool) {
	if !utf8.Valid(text) {
		return nil, false
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	v, ok := value(d, maxDepth)
	if !ok {
		return nil, false
	}
	return v, d.InputOffset() == int64(len(bytes.TrimRight(text, " \t\r\n")))
}

func value(d *json.Decoder, depth int) (any, bool) {
	t, err := d.Token()
	if err != nil || depth == 0 {
		return nil, false
	}
	switch t {
	case json.Delim('{'):
		return members(d, depth)
	case json.Delim('['):
		list := []any{}
		for d.More() {
			v, ok := value(d, depth-1)
			if !ok {
				return nil, false
			}
			list = append(list, v)
		}
		_, err = d.Token()
		return list, err == nil
	}
	_, isDelim := t.(json.Delim)
	return t, !isDelim
}

func members(d *json.Decoder, depth int) (any, bool) {
	o := object{}
	for d.More() {
		t, err := d.Token()
		name, ok := t.(string)
		if _, again := o[name]; err != nil || !ok || again {
			return nil, false
		}
		if o[name], ok = value(d, depth-1); !ok {
			return nil, false
		}
	}
	_, err := d.Token()
	return o, err == nil
}

// text returns a member that is a string, or "".
func (o object) text(name string) string {
	s, _ := o[name].(string)
	return s
}

// seconds returns a member that is a whole number of seconds since 1970. ok is false if the member is
// there and something else.
func (o object) seconds(name string) (seconds int64, ok bool) {
	v, there := o[name]
	if !there {
		return 0, true
	}
	number, _ := v.(json.Number)
	n, err := strconv.ParseInt(string(number), 10, 64)
	return n, err == nil && n > 0 && n < timeLimit
}
