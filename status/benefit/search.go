package benefit

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"github.com/qr-invalidita/attesta/status"
)

// A topic is a list of words that people use for some benefits.
type topic struct {
	id       string
	text     Text
	benefits []string
}

func (in *file) addTopic(r *row) *fault {
	if slices.ContainsFunc(in.topics, func(t topic) bool { return t.id == r.id }) {
		return &fault{r.at, r.id, ErrRepeated}
	}
	text, f := r.words("")
	if f == nil && text.IsZero() {
		f = r.missing(string(status.Italian))
	}
	if f != nil {
		return f
	}
	list, f := in.codes(r.fields["benefits"], isBenefit)
	if f == nil && list == "" {
		f = r.missing("benefits")
	}
	in.topics = append(in.topics, topic{r.id, text, strings.Fields(list)})
	return f
}

func mergeTopics(below, above []topic) []topic {
	list := slices.DeleteFunc(slices.Clone(below), func(t topic) bool {
		return slices.ContainsFunc(above, func(a topic) bool { return a.id == t.id })
	})
	return append(list, above...)
}

// Words returns what [Catalogue.Search] compares a query with, so that a page can search in the browser:
// words has those of the identifier, the title, the place, the value, the companion and the rows "search"
// in the language, and law those of the law. They are in lower case, without accents, each once, with one
// space between them.
func (c Catalogue) Words(b Benefit, lang status.Language) (words, law string) {
	text := []string{b.ID, b.Title.In(lang), b.Place, b.Value.In(lang), b.Companion.In(lang)}
	for _, t := range c.topics {
		if slices.Contains(t.benefits, b.ID) {
			text = append(text, t.text.In(lang))
		}
	}
	return distinct(strings.Join(text, " ")), distinct(b.Law.In(lang))
}

func distinct(text string) string {
	var list []string
	for _, w := range fold(text) {
		if !slices.Contains(list, w) {
			list = append(list, w)
		}
	}
	return strings.Join(list, " ")
}

// How like a word is to the one that was asked for.
const (
	unlike = iota
	inside // or in the law
	begins
	same
)

// Search returns the benefits of the day that have the most words of the query: the likest first, otherwise
// in the order of the catalogue. An empty query returns all.
//
// A word of a benefit is like a word of the query if both are the same but for case, accents and two letters
// at the end ("musei", "museo"), if it begins with it, or if it contains it and that has five letters or
// more ("Parkausweis", "Ausweis"). Words of the law count least, and must begin with that of the query.
func (c Catalogue) Search(lang status.Language, query string, day status.Date) []Benefit {
	asked := fold(query)
	type hit struct {
		b              Benefit
		words, quality int
	}
	var hits []hit
	most := min(1, len(asked))
	for _, b := range c.On(day) {
		words, law := c.Words(b, lang)
		h := hit{b: b}
		for _, a := range asked {
			q := unlike
			for w := range strings.FieldsSeq(words) {
				q = max(q, likeness(w, a))
			}
			if q == unlike && strings.Contains(" "+law, " "+a) {
				q = inside
			}
			h.words += min(q, 1)
			h.quality += q
		}
		hits = append(hits, h)
		most = max(most, h.words)
	}
	hits = slices.DeleteFunc(hits, func(h hit) bool { return h.words < most })
	slices.SortStableFunc(hits, func(a, b hit) int { return cmp.Compare(b.quality, a.quality) })
	found := make([]Benefit, len(hits))
	for i, h := range hits {
		found[i] = h.b
	}
	return found
}

// likeness compares folded words. Its numbers are for the endings and the compounds of the five languages.
func likeness(word, asked string) int {
	const stem, ending, part = 4, 2, 5
	n := 0
	for n < min(len(word), len(asked)) && word[n] == asked[n] {
		n++
	}
	switch {
	case word == asked || n >= stem && len(word)-n <= ending && len(asked)-n <= ending:
		return same
	case n == len(asked):
		return begins
	case len(asked) >= part && strings.Contains(word, asked):
		return inside
	}
	return unlike
}

// fold splits a text into words of small letters without accents, and of digits.
func fold(text string) []string {
	text = plainLetters.Replace(strings.ToLower(text))
	text = strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) { // a letter and its accent may be two characters
			return -1
		}
		return r
	}, text)
	return strings.FieldsFunc(text, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
}

// plainLetters replaces the letters with marks of the five languages.
var plainLetters = strings.NewReplacer("à", "a", "â", "a", "ä", "a", "ç", "c", "č", "c", "è", "e", "é", "e",
	"ê", "e", "ë", "e", "ì", "i", "î", "i", "ï", "i", "ò", "o", "ô", "o", "ö", "o", "œ", "oe", "š", "s",
	"ß", "ss", "ù", "u", "û", "u", "ü", "u", "ž", "z")
