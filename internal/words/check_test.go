package words

import (
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestCheck(t *testing.T) {
	const placeholder = "title has other placeholders than in Italian"
	tests := map[string]struct {
		lang, text string
		want       string // after the name of the file; empty: no error
	}{
		"all there":         {"de", `{"title": "x %d {name}", "steps": ["a", "b"]}`, ""},
		"another order":     {"de", `{"steps": ["a", "b"], "title": "{name} x %d"}`, ""},
		"a percent sign":    {"de", `{"title": "100%% %d {name}", "steps": ["100 % a", "b"]}`, ""},
		"a width":           {"de", `{"title": "x %-3d {name}", "steps": ["a", "b"]}`, ""},
		"by its number":     {"de", `{"title": "x %[1]d, %[1]d {name}", "steps": ["a", "b"]}`, ""},
		"a missing text":    {"de", `{"steps": ["a", "b"]}`, "title is missing"},
		"a shorter list":    {"sl", `{"title": "x %d {name}", "steps": ["a"]}`, "steps/1 is missing"},
		"no verb":           {"fr", `{"title": "x {name}", "steps": ["a", "b"]}`, placeholder},
		"another verb":      {"fr", `{"title": "x %s {name}", "steps": ["a", "b"]}`, placeholder},
		"another argument":  {"fr", `{"title": "x %[2]d {name}", "steps": ["a", "b"]}`, placeholder},
		"another name":      {"fr", `{"title": "x %d {nom}", "steps": ["a", "b"]}`, placeholder},
		"empty":             {"it", `{"title": " ", "steps": ["a", "b"]}`, "title is empty"},
		"twice":             {"it", `{"title": "x", "title": "x"}`, "title stands twice"},
		"twice in a group":  {"it", `{"a": {"b": "x", "b": {"c": "y"}}}`, "a/b stands twice"},
		"a number":          {"it", `{"title": 7}`, "title is no text"},
		"a number alone":    {"it", `7`, "no JSON object"},
		"a text alone":      {"it", `""`, "no JSON object"},
		"cut off":           {"it", `{"title": "x"`, "EOF"},
		"cut off in a name": {"it", `{"tit`, "unexpected EOF"},
		"nothing":           {"it", "", "no JSON object"},
		"two values":        {"it", `{} {}`, "more than one"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			files := fstest.MapFS{}
			for _, lang := range Languages() {
				files[fileOf(lang)] = &fstest.MapFile{
					Data: []byte(`{"title": "x %d {name}", "steps": ["a", "b"]}`)}
			}
			files[fileOf(test.lang)].Data = []byte(test.text)
			err := Check(files)
			if test.want == "" {
				require.NoError(t, err)
			} else {
				require.ErrorContains(t, err, fileOf(test.lang)+": "+test.want)
			}
		})
	}
	require.ErrorContains(t, Check(fstest.MapFS{}), "words/it.json")
}

// Every fault is named, not only the first.
func TestCheckNamesAll(t *testing.T) {
	files := fstest.MapFS{}
	for _, lang := range Languages() {
		files[fileOf(lang)] = &fstest.MapFile{Data: []byte(`{"a": "x", "b": "%s %d"}`)}
	}
	files[fileOf("fr")].Data = []byte(`{"b": "%d %s"}`)
	files[fileOf("sl")].Data = []byte(`{"a": "x"}`)
	files[fileOf("en")].Data = []byte(`{"a": "x", "b": "%s %d", "c": "one too many"}`)
	assert.EqualError(t, Check(files), "words: words/fr.json: a is missing\n"+
		"words: words/fr.json: b has other placeholders than in Italian\n"+
		"words: words/sl.json: b is missing\n"+
		"words: words/it.json: c is missing\nwords: words/de.json: c is missing\n"+
		"words: words/fr.json: c is missing\nwords: words/sl.json: c is missing")
}

func TestCheckMessages(t *testing.T) {
	files := fstest.MapFS{fileOf("en"): {Data: []byte(`{}`)}}
	for _, lang := range []string{"it", "de", "fr", "sl"} {
		files[fileOf(lang)] = &fstest.MapFile{Data: []byte(`{"message": {"line %d: %s": "x %d %s"}}`)}
	}
	require.NoError(t, Check(files))
	files[fileOf("de")].Data = []byte(`{}`)
	require.EqualError(t, Check(files), "words: words/de.json: message/line %d: %s is missing")
	for _, lang := range []string{"it", "de", "fr", "sl"} {
		files[fileOf(lang)].Data = []byte(`{"message": {"line %d: %s": "x %s %d"}}`)
	}
	require.ErrorContains(t, Check(files), "has other placeholders")
}
