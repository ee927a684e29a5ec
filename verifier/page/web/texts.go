package web

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Languages returns the languages of the pages: Italian, which is the legal text, and four more.
func Languages() []string { return []string{"it", "en", "de", "fr", "sl"} }

// Texts are sentences by key and language. Make them with [ParseTexts].
type Texts struct {
	file     string
	byKey    map[string]map[string]string
	inUse    []string // keys in the order of the file
	position map[string]int
}

var (
	keyLine   = regexp.MustCompile(`^[a-z0-9_]+(\.[a-z0-9_-]+)*$`)
	textLine  = regexp.MustCompile(`^  ([a-z]{2}): (.+)$`)
	verbsLine = regexp.MustCompile(`%(\[\d+\])?[a-z]`)
)

// ParseTexts parses texts. It skips blank lines and lines that begin with #. A line that does not begin with
// a space is a key. Below it each language has a line: two spaces, the language, a colon and the text:
//
//	home.title
//	  it: Benvenuti
//	  en: Welcome
//	  de: Willkommen
//	  fr: Bienvenue
//	  sl: Dobrodošli
//
// A text may hold verbs of package fmt, the same in all languages. An error names the file and the line.
func ParseTexts(file, data string) (Texts, error) {
	t := Texts{file: file, byKey: make(map[string]map[string]string), position: make(map[string]int)}
	key := ""
	for i, line := range strings.Split(data, "\n") {
		wrong := func(what string) error { return fmt.Errorf("%s:%d: %s", file, i+1, what) }
		line = strings.TrimRight(line, " \r")
		if line == "" || line[0] == '#' {
			continue
		}
		if line[0] != ' ' {
			if !keyLine.MatchString(line) {
				return Texts{}, wrong("a key has small letters, digits, _ and - between dots")
			}
			if t.byKey[line] != nil {
				return Texts{}, wrong("the key " + line + " occurs twice")
			}
			key = line
			t.byKey[key], t.position[key] = make(map[string]string), i+1
			t.inUse = append(t.inUse, key)
			continue
		}
		m := textLine.FindStringSubmatch(line)
		switch {
		case m == nil || key == "":
			return Texts{}, wrong("a text is two spaces, a language, a colon, a space and the words, " +
				"below a key")
		case !slices.Contains(Languages(), m[1]):
			return Texts{}, wrong("unknown language " + m[1])
		case t.byKey[key][m[1]] != "":
			return Texts{}, wrong("the language " + m[1] + " occurs twice")
		}
		t.byKey[key][m[1]] = m[2]
	}
	if err := t.complete(); err != nil {
		return Texts{}, err
	}
	return t, nil
}

// complete checks that each key has a text in every language, with the same verbs.
func (t Texts) complete() error {
	for _, key := range t.inUse {
		var first []string
		for _, lang := range Languages() {
			text, ok := t.byKey[key][lang]
			if !ok {
				return fmt.Errorf("%s:%d: %s has no text in %s", t.file, t.position[key], key, lang)
			}
			verbs := verbsLine.FindAllString(strings.ReplaceAll(text, "%%", ""), -1)
			slices.Sort(verbs)
			if first == nil {
				first = verbs
			} else if !slices.Equal(first, verbs) {
				return fmt.Errorf("%s:%d: %s has other verbs in %s than in it", t.file, t.position[key], key,
					lang)
			}
		}
	}
	return nil
}

// Keys returns every key, in the order of the file.
func (t Texts) Keys() []string { return slices.Clone(t.inUse) }

// Say returns the text in the language, with args formatted into its verbs, or false if there is none. An
// unknown language reads as Italian.
func (t Texts) Say(lang, key string, args ...any) (string, bool) {
	text, ok := t.byKey[key][lang]
	if !ok {
		text, ok = t.byKey[key]["it"]
	}
	if len(args) > 0 {
		text = fmt.Sprintf(text, args...)
	} else {
		text = strings.ReplaceAll(text, "%%", "%")
	}
	return text, ok
}

// replace puts the texts of words in the place of those with the same key.
func (t Texts) replace(words Texts) error {
	for _, key := range words.inUse {
		if t.byKey[key] == nil {
			return fmt.Errorf("%s:%d: %s replaces no text", words.file, words.position[key], key)
		}
		t.byKey[key] = words.byKey[key]
	}
	return nil
}

func merge(all []Texts) (Texts, error) {
	sum := Texts{byKey: make(map[string]map[string]string)}
	for _, t := range all {
		for _, key := range t.inUse {
			if sum.byKey[key] != nil {
				return Texts{}, fmt.Errorf("%s:%d: %s is also in another file", t.file, t.position[key], key)
			}
			sum.byKey[key] = t.byKey[key]
			sum.inUse = append(sum.inUse, key)
		}
	}
	return sum, nil
}
