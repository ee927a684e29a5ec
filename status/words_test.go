package status_test

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/status"
)

// described collects the words of every code, by group and code.
func described(t *testing.T, lang status.Language) map[string]status.Words {
	all := map[string]status.Words{}
	for _, d := range status.Domains() {
		add(t, all, "domain", d, lang)
		for _, degree := range status.Degrees(d) {
			add(t, all, "degree", degree, lang)
		}
	}
	addAll(t, all, "category", status.Categories(), lang)
	addAll(t, all, "sub_kind", status.SubKinds(), lang)
	addAll(t, all, "state", append(status.States(), status.StateAbsent), lang)
	addAll(t, all, "annotation", status.AnnotationCodes(), lang)
	addAll(t, all, "tri", []status.Tri{status.Yes, status.No, status.NotRecorded}, lang)
	addAll(t, all, "class", status.Classes(), lang)
	addAll(t, all, "title_kind", status.TitleKinds(), lang)
	addAll(t, all, "doubt", status.Doubts(), lang)
	addAll(t, all, "adult_rights", []status.AdultRights{status.AdultWithoutVisit, status.AdultApplied}, lang)
	return all
}

type coded interface {
	status.Domain | status.Category | status.SubKind | status.Degree | status.State |
		status.Annotation | status.Tri | status.Class | status.TitleKind | status.Doubt | status.AdultRights
}

func add[C coded](t *testing.T, all map[string]status.Words, group string, code C, lang status.Language) {
	w, ok := status.Describe(code, lang)
	require.True(t, ok, "%s %s has no words in %s", group, code, lang)
	all[group+"."+string(code)] = w
}

func addAll[C coded](t *testing.T, all map[string]status.Words, group string, codes []C,
	lang status.Language) {
	for _, code := range codes {
		add(t, all, group, code, lang)
	}
}

var (
	placeholder = regexp.MustCompile(`(?i)todo|fixme|xxx|tbd|\?\?|lorem|[{}<>_|]|%[a-z]|\.\.\.|  `)
	citation    = regexp.MustCompile(
		`(L\.|DL|D\.Lgs\.|DPR|DM|L\.P\. Bolzano) [0-9]+/[0-9]{4}|INPS msg [0-9]+/[0-9]{4}|art\. [0-9a-z-]+` +
			` c\.p\.c\.`)
)

func TestWordsAreComplete(t *testing.T) {
	italian := described(t, status.Italian)
	assert.Len(t, italian, 7+6+6+37+9+6+3+4+4+7+2)
	for _, lang := range status.Languages() {
		words := described(t, lang)
		require.Len(t, words, len(italian))
		for key, w := range words {
			for _, text := range []string{w.Legal, w.Reform, w.Plain, w.Law} {
				assert.NotEmpty(t, text, "%s %s", lang, key)
				assert.Equal(t, strings.TrimSpace(text), text, "%s %s", lang, key)
				assert.NotRegexp(t, placeholder, text, "%s %s", lang, key)
			}
			assert.Regexp(t, citation, w.Law, "%s has its law", key)
			assert.Equal(t, italian[key].Law, w.Law, "one law in all languages")
			assert.Regexp(t, `[.]$`, w.Plain, "%s %s", lang, key)
			assert.Equal(t, italian[key].Legal != italian[key].Reform, w.Legal != w.Reform,
				"%s %s: the reform changes the same words in every language", lang, key)
			if lang != status.Italian && len(w.Plain) > 12 {
				assert.NotEqual(t, italian[key].Plain, w.Plain, "%s %s is not translated", lang, key)
			}
		}
	}
}

// The new wording contains nothing that D.Lgs. 62/2024 art. 4 replaced in all laws.
func TestReformWords(t *testing.T) {
	old := regexp.MustCompile(`(?i)handicap|disabile|disabili\b|gravità`)
	for key, w := range described(t, status.Italian) {
		assert.NotRegexp(t, old, w.Reform, key)
		if old.MatchString(w.Legal) {
			assert.NotEqual(t, w.Legal, w.Reform, key)
		}
	}
	c3, _ := status.Describe(status.SubKindLaw104C3, status.Italian)
	assert.Contains(t, c3.Legal, "in situazione di gravità")
	assert.Contains(t, c3.Reform, "necessità di sostegno elevato o molto elevato")
}

// Plain words: short sentences, few of them, and no percentages.
func TestPlainWordsArePlain(t *testing.T) {
	for _, lang := range status.Languages() {
		for key, w := range described(t, lang) {
			sentences := strings.Split(strings.TrimSuffix(w.Plain, "."), ". ")
			assert.LessOrEqual(t, len(sentences), 2, "%s %s", lang, key)
			for _, s := range sentences {
				assert.LessOrEqual(t, len(strings.Fields(s)), 25, "%s %s: %s", lang, key, s)
			}
			assert.NotContains(t, w.Plain, "%", "%s %s", lang, key)
			assert.NotRegexp(t, `\b[Aa]rt\.|comma [0-9].*comma`, w.Plain, "%s %s", lang, key)
		}
	}
}

// The files have a text and a law for every code, and no unknown code. A test at the root of the project
// compares the languages.
func TestWordFiles(t *testing.T) {
	want := described(t, status.Italian)
	for _, file := range []string{"words/it.json", "laws.json"} {
		data, err := os.ReadFile(file)
		require.NoError(t, err)
		var groups map[string]map[string]any
		require.NoError(t, json.Unmarshal(data, &groups), file)
		n := 0
		for group, codes := range groups {
			for code := range codes {
				key := group + "." + strings.NewReplacer("absent", "", "not_recorded", "").Replace(code)
				assert.Contains(t, want, key, file)
				n++
			}
		}
		assert.Equal(t, len(want), n, file)
	}
}

func TestDescribeUnknown(t *testing.T) {
	for _, lang := range []status.Language{"", "IT", "it-IT", "lld"} {
		w, ok := status.Describe(status.CategoryBlind, lang)
		assert.False(t, ok)
		assert.Zero(t, w)
	}
	_, ok := status.Describe(status.Degree("ic_half"), status.Italian)
	assert.False(t, ok)
	_, ok = status.Describe(status.Class(""), status.Italian)
	assert.False(t, ok, "what is held has no class to describe")
}
