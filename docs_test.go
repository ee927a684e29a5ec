package attesta_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/qrpdf"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/token"
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

	"examples/consent/main.go": "go",
	"lab/embed/region/page.go": "go",
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
	list["symbols"] = symbols(t)
	list["ExampleClient_Answer"] = example(t, "verifier/example_test.go", "ExampleClient_Answer")
	return list
}

// example returns the body of an example, as a program that imports the package has it.
func example(t *testing.T, file, name string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	_, rest, found := strings.Cut(string(text), "\nfunc "+name+"() {\n")
	require.True(t, found, name)
	body, _, _ := strings.Cut(rest, "\n}\n")
	body, output, _ := strings.Cut("\n"+body, "\n\t// Output:")
	return "```go" + strings.ReplaceAll(body, "\n\t", "\n") + "\n```\n\n```\n" +
		strings.ReplaceAll(strings.TrimSpace(output), "\t// ", "")[len("// "):] + "\n```\n"
}

// symbols returns the table of the symbols by the length of the issuer's host.
func symbols(t *testing.T) string {
	t.Helper()
	const module, quiet = 0.6, 4 // mm, and modules on each side
	var b strings.Builder
	b.WriteString("| characters of the host | online | side | with the offline profile | side |\n" +
		"|--:|---|--:|---|--:|\n")
	for _, length := range []int{13, 18, 28, 40, 60} {
		name := "https://" + strings.Repeat("a", length-len(".it")) + ".it"
		fmt.Fprintf(&b, "| %d |", length)
		for _, offline := range []bool{false, true} {
			symbol, err := new(qrpdf.Encoder).Encode(qrText(t, name, offline))
			require.NoError(t, err)
			side := float64(symbol.Size()+2*quiet) * module
			fmt.Fprintf(&b, " V%d, %d modules | %.1f mm |", symbol.Version(), symbol.Size(), side)
		}
		b.WriteString("\n")
	}
	return b.String()
}

// qrText returns the text of the QR on a document of the issuer.
func qrText(t *testing.T, name string, offline bool) string {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	reference, err := token.NewReferenceKey(1, make([]byte, 32))
	require.NoError(t, err)
	key, err := token.NewSigningKey(t.Context(), name, private)
	require.NoError(t, err)
	signer := token.Signer{Keys: []*token.SigningKey{key},
		References: []token.ReferenceKey{reference}}
	person, err := codicefiscale.Parse("RSSMRA80A01H501U")
	require.NoError(t, err)
	var jws string
	if offline {
		jws, _, err = signer.IssueOffline(t.Context(), person)
	} else {
		jws, _, err = signer.Issue(t.Context(), person)
	}
	require.NoError(t, err)
	text, err := token.QRText(name+"/q", jws)
	require.NoError(t, err)
	return text
}

func TestPagesQuoteTheFiles(t *testing.T) {
	list := quotes(t)
	for page, names := range map[string][]string{
		"docs/verify-in-any-language.md": {"docs/verify/verify.mjs", "docs/verify/verify.py", "codes",
			"problem codes"},
		"docs/embed-issuer.md":   {"examples/issue/main.go", "examples/page/main.go"},
		"docs/embed-verifier.md": {"examples/desk/main.go", "examples/check/main.go"},
		"docs/embed-second-level.md": {"examples/consent/main.go", "ExampleClient_Answer",
			"lab/embed/region/page.go"},
		"docs/operations.md": {"symbols"},
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
	for _, page := range append(pages, "docs/duties/README.md", "README.md", "CONTRIBUTING.md") {
		text, err := os.ReadFile(page)
		require.NoError(t, err)
		for _, link := range links.FindAllStringSubmatch(code.ReplaceAllString(string(text), ""), -1) {
			_, err := os.Stat(filepath.Join(filepath.Dir(page), link[1]))
			assert.NoError(t, err, "%s links to %s", page, link[1])
		}
	}
}
