package otp

import (
	"embed"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode"

	"github.com/qr-invalidita/attesta/internal/words"
	"github.com/qr-invalidita/attesta/otp/sms/gsm7"
)

// A Template is the text of a message in one language. [New] refuses a template that breaks
// one of these rules, so every message made from an accepted template keeps them:
//
//   - it begins with {code} and a space: screen readers, previews and one-time-code
//     detection want the code first;
//   - it has {display_name}, {organisation} and {number} (the comparison number) once
//     each, and {minutes} (the validity, which stands on the operator's screen) at most once;
//   - it has {scope} once, and a word for each [Extent]. A template that has neither is for
//     challenges after which nothing is disclosed, such as the proof of a telephone number;
//   - it has no digit outside the placeholders: no telephone number, no law by its number;
//   - it has nothing that a phone shows as a link, and no line break (the origin-bound
//     last line is a link too);
//   - it has no word for health or disability, because it is read on a lock screen;
//   - with the longest names and words it fits one part in GSM-7 after transliteration.
//
// Nothing of a message is ever cut. If names leave too little room, a body may give a text with a
// shorter warning; the code, who asks, what they will see and the number are in every text.
//
// New cannot check the meaning. Say whom the person may tell the code, and when not. "Never
// share this code" would be false here.
type Template struct {
	// Text is the text with the placeholders.
	Text string
	// Declared is the note, such as "(as declared)", that follows an unverified organisation's
	// name after a space. Required.
	Declared string
	// Everything, OneEntry and YesNo say what the organisation will see, one for each [Extent],
	// such as "only yes or no". {scope} stands for one of them.
	Everything string
	OneEntry   string `json:"one_entry"`
	YesNo      string `json:"yes_no"`
}

// extents returns the words for the extents, in the order of their constants.
func (t Template) extents() []string { return []string{t.Everything, t.OneEntry, t.YesNo} }

//go:embed words/*.json
var wordFiles embed.FS

// The templates are part of the program and never changed.
var defaultTemplates = sync.OnceValue(func() map[string]Template {
	return words.MustRead[Template](wordFiles)
})

// DefaultTemplates returns the texts in Italian, English, German, French and Slovene, by locale:
// it, en, de, fr, sl. They are in the folder words.
func DefaultTemplates() map[string]Template { return maps.Clone(defaultTemplates()) }

const placeholders = "code display_name organisation number minutes scope"

// healthWords are the beginnings of forbidden words, in lower case and transliterated.
var healthWords = strings.Fields(
	"invalid disab handicap verbal cecit ciec sord blind deaf behind schwerb gehorlos taub " +
		"pflege aveugl sourd medic salut sanit health gesund krank malat malad illness patient diagnos " +
		"slep gluh bolez bolan zdrav " +
		"perizi benefi agevolaz esenzion pension")

// longestPart is the number of units of GSM-7 in a message of one part (3GPP TS 23.038).
const longestPart = 160

// check checks the template with the display name, with an organisation's name of the given
// length in units, and with the most digits and minutes.
func (t Template) check(displayName string, organisation, digits int) error {
	plain, err := t.fixed()
	if err != nil {
		return err
	}
	for _, words := range append(t.extents(), t.Declared) {
		plain += " " + words
	}
	switch {
	case !strings.HasPrefix(t.Text, "{code} "):
		return errors.New("text does not begin with {code} and a space")
	case strings.TrimSpace(t.Declared) == "":
		return errors.New("declared mark is empty")
	case strings.ContainsFunc(plain, unicode.IsDigit):
		return errors.New("digit outside the placeholders")
	case strings.ContainsFunc(plain, unicode.IsControl):
		return errors.New("line break or control character")
	case linkLike(plain):
		return errors.New("looks like a link")
	}
	for _, word := range strings.FieldsFunc(strings.ToLower(gsm7.Transliterate(plain)),
		func(r rune) bool { return !unicode.IsLetter(r) }) {
		for _, h := range healthWords {
			if strings.HasPrefix(word, h) {
				return fmt.Errorf("%q is a word about health", word)
			}
		}
	}
	return t.fits(displayName, organisation, digits)
}

// fixed returns the text with X in place of each placeholder, so that "{organisation}.it" counts
// as the link that it makes. The error says which placeholder is unknown, missing or repeated.
func (t Template) fixed() (string, error) {
	rest := t.Text
	seen := map[string]int{}
	var fixed strings.Builder
	for {
		before, after, found := strings.Cut(rest, "{")
		fixed.WriteString(before)
		if !found {
			break
		}
		word, tail, found := strings.Cut(after, "}")
		if !found || !slices.Contains(strings.Fields(placeholders), word) {
			return "", errors.New("unknown placeholder")
		}
		seen[word]++
		fixed.WriteString("X")
		rest = tail
	}
	scoped := seen["scope"] > 0
	for _, words := range t.extents() {
		if scoped = scoped || words != ""; scoped && strings.TrimSpace(words) == "" {
			return "", errors.New("a word for an extent is empty")
		}
	}
	for _, word := range strings.Fields(placeholders) {
		optional := word == "minutes" || word == "scope" && !scoped
		if n := seen[word]; n > 1 || n == 0 && !optional {
			return "", fmt.Errorf("{%s} occurs %d times", word, n)
		}
	}
	return fixed.String(), nil
}

// fits returns an error if a message could need more than one part.
func (t Template) fits(displayName string, organisation, digits int) error {
	units := 0
	for extent := range t.extents() {
		longest := gsm7.Count(t.render(displayName, strings.Repeat("W", organisation), true, Extent(extent),
			"00", strings.Repeat("0", digits), 10))
		if !longest.GSM7 {
			return errors.New("character outside GSM-7 without a replacement")
		}
		units = max(units, longest.Units)
	}
	if units <= longestPart {
		return nil
	}
	name, _ := gsm7.Units(gsm7.Transliterate(inMessage(displayName)))
	if room := name + longestPart - units; room >= 2 {
		return fmt.Errorf("DisplayName has %d characters in GSM-7; with this text and OrganisationMax %d "+
			"at most %d fit one message", name, organisation, room)
	}
	return fmt.Errorf("%d units with the longest names, one part holds %d", units, longestPart)
}

// render returns the text of a message. The arguments are validated, so the text fits.
func (t Template) render(displayName, organisation string, declared bool, extent Extent, number, code string,
	minutes int) string {
	if declared {
		organisation += " " + t.Declared
	}
	var out strings.Builder
	for rest := t.Text; rest != ""; {
		var before, word string
		before, rest, _ = strings.Cut(rest, "{")
		word, rest, _ = strings.Cut(rest, "}")
		out.WriteString(before)
		switch word {
		case "code":
			out.WriteString(code)
		case "display_name":
			out.WriteString(inMessage(displayName))
		case "organisation":
			out.WriteString(inMessage(organisation))
		case "scope":
			out.WriteString(t.extents()[extent])
		case "number":
			out.WriteString(number)
		case "minutes":
			out.WriteString(strconv.Itoa(minutes))
		}
	}
	return gsm7.Transliterate(out.String())
}

func checkTemplates(templates map[string]Template, displayName string, organisation, digits int) error {
	if _, ok := templates["it"]; !ok {
		return errors.New("templates: no text for the default locale, it")
	}
	for _, locale := range slices.Sorted(maps.Keys(templates)) {
		if !token(locale, 2, 16) {
			return fmt.Errorf("templates: locale %q", locale)
		}
		if err := templates[locale].check(displayName, organisation, digits); err != nil {
			return fmt.Errorf("templates: %s: %w", locale, err)
		}
	}
	return nil
}
