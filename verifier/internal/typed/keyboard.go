// Package typed finds the text of a QR in what a scanner or a person typed or pasted: by key position where
// the computer has another keyboard than the scanner, and without quotation marks around it.
//
// # What is not checked
//
// The package judges no token: it only tells whether a text has the form of one.
package typed

import (
	_ "embed"
	"encoding/json"
	"regexp"
	"strings"
	"sync"

	"github.com/qr-invalidita/attesta/token"
)

// maxText is the maximum length of a text in bytes that is read by key position. A symbol has at most 2,953
// (ISO/IEC 18004), and a key may type two bytes.
const maxText = 8192

// keyboards are the 47 keys of a US keyboard, without and with Shift, as Windows' layouts of other countries
// type them.
//
//go:embed keyboards.json
var keyboards string

// Keyboards returns the keys of each layout as JSON: the name of the layout, and its characters in the order
// of the keys, without and with Shift. The first layout is "us", which scanners have.
func Keyboards() string { return keyboards }

// wholeJWS is the form of a token (token/FORMAT.md, "Serialisation"): header and payload begin with `{"`.
var wholeJWS = regexp.MustCompile(`^eyJ[A-Za-z0-9_-]+\.eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{86}$`)

// Carries reports whether a text is that of a token, whole or not, of this or of a later version.
func Carries(text string) bool {
	_, err := token.FromQRText(text)
	return err != token.ErrNotOurs
}

// IsWhole reports whether a text contains a token that is complete in form.
func IsWhole(text string) bool {
	jws, err := token.FromQRText(text)
	return err == nil && wholeJWS.MatchString(jws)
}

// Read returns the text that a scanner with a US keyboard meant to type. It is the given text if that has a
// token or nothing speaks for another keyboard. Otherwise it is the text by key position, on an Italian, a
// German or a French keyboard or with Caps Lock, if that has a whole token. If it has none, wrong is true:
// the text was typed with another keyboard, and is incomplete or of another system.
func Read(text string) (meant string, wrong bool) {
	_, err := token.FromQRText(text)
	if IsWhole(text) || err == token.ErrNewerVersion || len(text) > maxText {
		return text, false
	}
	for _, candidate := range byPosition(text) {
		_, other := token.FromQRText(candidate)
		if IsWhole(candidate) || isURL(candidate) && other == token.ErrNewerVersion {
			return candidate, false
		}
		wrong = wrong || err != nil && (other == nil || isURL(candidate) && !isURL(text))
	}
	return text, wrong
}

var url = regexp.MustCompile(`(?i)^\s*https?://`)

func isURL(text string) bool { return url.MatchString(text) }

// byPosition returns what a scanner may have meant, for each layout without and with Caps Lock.
func byPosition(text string) []string {
	var texts []string
	for _, l := range layouts() {
		for _, m := range []mapping{l.plain, l.locked} {
			texts = append(texts, strings.Map(m.of, text))
		}
	}
	return texts
}

// A mapping has the character of a US keyboard for each that is typed.
type mapping map[rune]rune

func (m mapping) of(typed rune) rune {
	if meant, ok := m[typed]; ok {
		return meant
	}
	return typed
}

// A layout reads the characters of a keyboard, without and with Caps Lock.
type layout struct{ plain, locked mapping }

// layouts are part of the program and never changed. The keyboard of the scanner is one, for Caps Lock.
var layouts = sync.OnceValue(func() []layout {
	var keys map[string][2]string
	if err := json.Unmarshal([]byte(keyboards), &keys); err != nil {
		panic(err)
	}
	us := [2][]rune{[]rune(keys["us"][0]), []rune(keys["us"][1])}
	var all []layout
	for _, name := range []string{"us", "it", "de", "fr"} {
		l := layout{mapping{}, mapping{}}
		for level, row := range keys[name] {
			for i, typed := range []rune(row) {
				l.plain[typed] = us[level][i]
				l.locked[typed] = us[level][i]
				if name == "fr" || isLetter(us[0][i]) { // on a French keyboard Caps Lock holds for all keys
					l.locked[typed] = us[1-level][i]
				}
			}
		}
		all = append(all, l)
	}
	return all
})

func isLetter(r rune) bool { return 'a' <= r && r <= 'z' }
