package attesta_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/verifier/api"
)

var update = flag.Bool("update", false, "write into the pages under docs what they quote")

// programs are the files that pages quote whole, with the language of their mark.
var programs = map[string]string{
	"docs/verify/verify.mjs": "js",
	"docs/verify/verify.py":  "python",
	"examples/issue/main.go": "go",
	"examples/check/main.go": "go",
	"examples/desk/main.go":  "go",
	"examples/page/main.go":  "go",
}

// quotes returns what pages quote, by the name in the comment before and after each quote.
func quotes(t *testing.T) map[string]string {
	t.Helper()
	list := map[string]string{}
	for file, language := range programs {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		list[file] = "```" + language + "\n" + string(text) + "```\n"
	}
	var b strings.Builder
	b.WriteString("| code | verdict |\n|---|---|\n")
	for _, c := range api.Codes() {
		fmt.Fprintf(&b, "| `%s` | %s |\n", c, strings.ReplaceAll(c.Outcome().String(), "_", " "))
	}
	list["codes"] = b.String()
	b.Reset()
	b.WriteString("| code | HTTP | meaning |\n|---|--:|---|\n")
	for _, c := range api.ProblemCodes() {
		fmt.Fprintf(&b, "| `%s` | %d | %s |\n", c, c.Status(), c.Title())
	}
	list["problem codes"] = b.String()
	return list
}

func TestPagesQuoteTheFiles(t *testing.T) {
	list := quotes(t)
	for page, names := range map[string][]string{
		"docs/verify-in-any-language.md": {"docs/verify/verify.mjs", "docs/verify/verify.py", "codes", "problem codes"},
		"docs/embed-issuer.md":           {"examples/issue/main.go", "examples/page/main.go"},
		"docs/embed-verifier.md":         {"examples/desk/main.go", "examples/check/main.go"},
	} {
		text, err := os.ReadFile(page)
		require.NoError(t, err)
		for _, name := range names {
			begin, end := "<!-- "+name+" -->\n", "<!-- end of "+name+" -->\n"
			before, rest, found := strings.Cut(string(text), begin)
			require.True(t, found, "%s: %s", page, name)
			got, after, found := strings.Cut(rest, end)
			require.True(t, found, "%s: %s", page, name)
			if *update {
				text = []byte(before + begin + list[name] + end + after)
				continue
			}
			assert.Equal(t, list[name], got, "go test . -update writes it into %s", page)
		}
		if *update {
			require.NoError(t, os.WriteFile(page, text, 0o644))
		}
	}
}

// A program that a page quotes is short.
func TestQuotedProgramsAreShort(t *testing.T) {
	for file := range programs {
		if strings.HasPrefix(file, "examples/") {
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			assert.LessOrEqual(t, strings.Count(string(text), "\n"), 60, file)
		}
	}
}

func TestDocsLinkToFiles(t *testing.T) {
	links := regexp.MustCompile(`\]\(([^)#:]+)(#[^)]*)?\)`) // those to files of the repository
	code := regexp.MustCompile("(?s)```.*?```")
	pages, err := filepath.Glob("docs/*.md")
	require.NoError(t, err)
	require.NotEmpty(t, pages)
	for _, page := range append(pages, "README.md", "CONTRIBUTING.md") {
		text, err := os.ReadFile(page)
		require.NoError(t, err)
		for _, link := range links.FindAllStringSubmatch(code.ReplaceAllString(string(text), ""), -1) {
			_, err := os.Stat(filepath.Join(filepath.Dir(page), link[1]))
			assert.NoError(t, err, "%s links to %s", page, link[1])
		}
	}
}
