// Package conformance runs the test vectors of the formats against a program in any language. The program
// reads one case per line and answers each with one line. docs/verify-in-any-language.md has the protocol.
//
// What is not checked: how fast the program is, and what it does with an issuer's answers.
package conformance

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/qr-invalidita/attesta/token"
)

// GroupChanged is the group of the accepted tokens with one character changed. A token has no second form, so
// each must be refused. The cases, some 16,000, are made here.
const GroupChanged = "changed"

// groups are those of the vectors in the order in which they are run, that of the checks.
var groups = [...]string{"good", "size", "shape", "header", "key", "signature", "claims", "issuer", "times",
	"offline", "reference", "qrtext", "bundle", "receipt"}

// Groups returns the names of all groups, in the order in which they are run.
func Groups() []string { return append(slices.Clone(groups[:]), GroupChanged) }

// A Case is one question with its right answer.
type Case struct {
	// ID is unique and begins with the name of the vector's file. Comment is the point of the case.
	ID, Group, Comment string
	// Expected is the code of the refusal. It is empty if the program must accept, and [AnyCode] in the group
	// changed.
	Expected string

	line   []byte // the question, with its line feed
	answer json.RawMessage
}

// AnyCode stands for the code of a refusal whose cause does not matter.
const AnyCode = "any code"

// vector is what a file holds of a case; token/testdata/vectors/README.md describes it.
type vector struct {
	question
	Comment  string          `json:"comment"`
	Pad      int             `json:"pad"`
	Expected string          `json:"expected"`
	Claims   json.RawMessage `json:"claims"`
	Content  json.RawMessage `json:"content"`
}

// question is what the program gets. Texts stay JSON, because some are not valid UTF-8 once they are decoded.
type question struct {
	ID            string          `json:"id"`
	Text          json.RawMessage `json:"text,omitempty"`
	Token         json.RawMessage `json:"token,omitempty"`
	JWKS          json.RawMessage `json:"jwks,omitempty"`
	Bundle        json.RawMessage `json:"bundle,omitempty"`
	Trusted       json.RawMessage `json:"trusted,omitempty"`
	Receipt       json.RawMessage `json:"receipt,omitempty"`
	Answer        json.RawMessage `json:"answer,omitempty"`
	Asked         json.RawMessage `json:"asked,omitempty"`
	Now           int64           `json:"now"`
	CodiceFiscale string          `json:"codice_fiscale,omitempty"`
	ReferenceKeys json.RawMessage `json:"reference_keys,omitempty"`
}

// Cases returns all cases, in the order of [Groups].
func Cases() ([]Case, error) {
	var cases, changed []Case
	for _, group := range groups {
		vectors, err := read(group)
		if err != nil {
			return nil, err
		}
		for _, v := range vectors {
			cases = append(cases, v.ask(group))
			if v.Expected == "" && v.Token != nil {
				changed = append(changed, v.changed()...)
			}
		}
	}
	return append(cases, changed...), nil
}

// read returns the vectors of a group.
func read(group string) (vectors []vector, err error) {
	data, err := fs.ReadFile(token.Vectors(), group+".json")
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(data, &vectors); err != nil {
		return nil, fmt.Errorf("%s: %w", group, err)
	}
	return vectors, nil
}

// groupOffline is the group of the comparisons with the commitment, which need an Argon2id.
const groupOffline = "offline"

// ask returns the case of a vector in the file of a group.
func (v vector) ask(group string) Case {
	q := v.question
	if q.CodiceFiscale != "" && q.ReferenceKeys == nil {
		group = groupOffline // also those in the file good: a program without Argon2id answers the rest
	}
	if q.Text != nil {
		q.Token = nil // the program has to find it
	}
	if v.Pad > 0 {
		text := strings.TrimSuffix(string(q.Bundle), `"`) + strings.Repeat("A", v.Pad) + `"`
		q.Bundle = json.RawMessage(text)
	}
	answer := v.Claims
	if v.Content != nil {
		answer = v.Content
	}
	return Case{v.ID, group, v.Comment, v.Expected, q.line(), answer}
}

// changed returns the cases in which one character of an accepted token is another one.
func (v vector) changed() []Case {
	q := v.question
	q.Text = nil
	text := []byte(v.Token)
	var cases []Case
	for i := 1; i < len(text)-1; i++ { // between the quotation marks; an accepted token has no escape
		q.ID = fmt.Sprintf("%s-%s-%d", GroupChanged, v.ID, i-1)
		other := bytes.Clone(text)
		other[i] = 'A'
		if text[i] == 'A' {
			other[i] = 'B'
		}
		q.Token = other
		comment := fmt.Sprintf("%s with another character at %d", v.ID, i-1)
		cases = append(cases, Case{q.ID, GroupChanged, comment, AnyCode, q.line(), nil})
	}
	return cases
}

// line returns the question as one line of ASCII. A program then needs no encoding, and no character looks
// like the end of a line to its library.
func (q question) line() []byte {
	text, err := json.Marshal(q)
	if err != nil {
		panic(err) // the members were read from JSON
	}
	line := make([]byte, 0, len(text)+1)
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		switch {
		case r < utf8.RuneSelf:
			line = append(line, text[0])
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			line = fmt.Appendf(line, `\u%04x\u%04x`, high, low)
		default:
			line = fmt.Appendf(line, `\u%04x`, r)
		}
		text = text[size:]
	}
	return append(line, '\n')
}
