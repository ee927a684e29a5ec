package scan

import (
	"strings"

	"github.com/qr-invalidita/attesta/verifier/internal/typed"
)

// A Stray is something around a pasted text that is not part of it. The format does not allow it, so such a
// text is refused; a program names the stray, so that the person can remove it.
type Stray string

// The strays that mailers and people add.
const (
	StrayDot      Stray = "final_dot"
	StrayQuotes   Stray = "quotation_marks"
	StrayBrackets Stray = "angle_brackets"
)

// strays are the characters of each kind. A dot is one at the end only.
var strays = [...]struct {
	kind        Stray
	left, right string
}{
	{StrayDot, "", "."},
	{StrayQuotes, "\"'`«»‹›“”„‟‘’‚‛", "\"'`«»‹›“”„‟‘’‚‛"},
	{StrayBrackets, "<", ">"},
}

// Strays returns what a person has to remove at both ends of a text so that a text with a token is left. If
// there is nothing to remove, or that is not enough, it returns nil.
func Strays(text string) []Stray {
	found := map[Stray]bool{}
	for rest := strings.TrimSpace(text); !typed.IsWhole(rest); rest = strings.TrimSpace(rest) {
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
	var kinds []Stray
	for _, s := range strays {
		if found[s.kind] {
			kinds = append(kinds, s.kind)
		}
	}
	return kinds
}
