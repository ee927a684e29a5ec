package attesta_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/status"
)

// said holds the texts for people, by language, each with the name of its file.
type said map[status.Language][]struct{ where, text string }

func (s said) add(lang status.Language, where, text string) {
	s[lang] = append(s[lang], struct{ where, text string }{where, text})
}

// addJSON adds every string below v.
func (s said) addJSON(lang status.Language, where string, v any) {
	switch v := v.(type) {
	case string:
		s.add(lang, where, v)
	case map[string]any:
		for key, member := range v {
			s.addJSON(lang, where+" "+key, member)
		}
	case []any:
		for _, member := range v {
			s.addJSON(lang, where, member)
		}
	}
}

// rowText is a text of a benefit.
var rowText = regexp.MustCompile(`(?m)^  (?:[a-z]+_)?([a-z]{2}): (.+)$`)

// wordFiles reads all texts: those in the folders called words, of the paper, and of the benefits.
func wordFiles(t *testing.T) said {
	t.Helper()
	all := said{}
	for _, lang := range status.Languages() {
		for _, folder := range wordFolders(t) {
			file := filepath.Join(folder, string(lang)+".json")
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			var v any
			require.NoError(t, json.Unmarshal(text, &v), file)
			all.addJSON(lang, file, v)
		}
	}
	files, err := filepath.Glob("status/benefit/catalogue/*.txt")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		if filepath.Base(file) == "search.txt" {
			continue // what people type, which nobody reads
		}
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, m := range rowText.FindAllStringSubmatch(string(text), -1) {
			all.add(status.Language(m[1]), file, m[2])
		}
	}
	return all
}

// Each thing has one word in each language: status/words/TERMS.md.
func TestForbiddenWords(t *testing.T) {
	list, err := os.ReadFile("status/testdata/forbidden.txt")
	require.NoError(t, err)
	all := wordFiles(t)
	n := 0
	for line := range strings.Lines(string(list)) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		fields := strings.Split(line, "\t")
		require.Len(t, fields, 3, line)
		lang, instead := status.Language(fields[0]), fields[2]
		require.Contains(t, status.Languages(), lang, line)
		word, err := regexp.Compile(`(?i)` + fields[1])
		require.NoError(t, err, line)
		for _, s := range all[lang] {
			assert.Empty(t, word.FindString(s.text), "%s: write %s", s.where, instead)
		}
		n++
	}
	assert.Greater(t, n, 30)
}

// The table of terms has a word for each in every language.
func TestTermsAreComplete(t *testing.T) {
	table, err := os.ReadFile("status/words/TERMS.md")
	require.NoError(t, err)
	n := 0
	for line := range strings.Lines(string(table)) {
		if !strings.HasPrefix(line, "|") {
			continue
		}
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		require.Len(t, cells, 1+len(status.Languages()), line)
		for _, c := range cells {
			assert.NotEmpty(t, strings.TrimSpace(c), line)
		}
		n++
	}
	assert.Greater(t, n, 30)
}
