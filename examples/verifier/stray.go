package main

import (
	"regexp"
	"strings"

	"github.com/qr-invalidita/attesta/examples/internal/words"
	"github.com/qr-invalidita/attesta/token"
)

// A stray is something around a pasted text that is not part of it. Such a text is refused, and the stray is
// named, so that the user can remove it.
type stray string

const (
	strayDot      stray = "final_dot"
	strayQuotes   stray = "quotation_marks"
	strayBrackets stray = "angle_brackets"
)

// strays are the characters of each kind. A dot is one at the end only.
var strays = [...]struct {
	kind        stray
	left, right string
}{
	{strayDot, "", "."},
	{strayQuotes, "\"'`«»‹›“”„‟‘’‚‛", "\"'`«»‹›“”„‟‘’‚‛"},
	{strayBrackets, "<", ">"},
}

// wholeJWS is the form of a token that is not written as digits (FORMAT.md, "Serialisation").
var wholeJWS = regexp.MustCompile(`^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{86}$`)

// findStrays returns what the user has to remove at both ends of a text so that the text of a document is
// left. If that is not enough, it returns nothing.
func findStrays(text string) []stray {
	found := map[stray]bool{}
	for rest := strings.TrimSpace(text); ; rest = strings.TrimSpace(rest) {
		if jws, err := token.FromQRText(rest); err == nil && wholeJWS.MatchString(jws) {
			break
		}
		before := rest
		for _, s := range strays {
			rest = strings.TrimRight(strings.TrimLeft(rest, s.left), s.right)
			if rest != before {
				found[s.kind] = true
				break
			}
		}
		if rest == before {
			return nil
		}
	}
	var kinds []stray
	for _, s := range strays {
		if found[s.kind] {
			kinds = append(kinds, s.kind)
		}
	}
	return kinds
}

// hint says what to do, for [words.Tell].
func (s stray) hint() error {
	switch s {
	case strayDot:
		return words.Errorf(
			"The text ends with a dot that is not part of it. Remove the dot, then check again.")
	case strayQuotes:
		return words.Errorf("There are quotation marks around the text. Remove them, then check again.")
	}
	return words.Errorf("There are angle brackets around the text. Remove them, then check again.")
}
