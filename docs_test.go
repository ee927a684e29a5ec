package attesta_test

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/api"
)

var update = flag.Bool("update", false, "write what docs/verify-in-any-language.md quotes into it")

// quotes are what docs/verify-in-any-language.md quotes, by the name in the comment before and after each.
func quotes(t *testing.T) map[string]string {
	t.Helper()
	list := map[string]string{}
	for file, language := range map[string]string{"docs/verify/verify.mjs": "js", "docs/verify/verify.py": "python"} {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		list[file] = "```" + language + "\n" + string(text) + "```\n"
	}
	var b strings.Builder
	b.WriteString("| code | verdict |\n|---|---|\n")
	for _, c := range verifier.Codes() {
		fmt.Fprintf(&b, "| `%s` | %s |\n", c, strings.ReplaceAll(c.Verdict().String(), "_", " "))
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

func TestVerifyInAnyLanguageQuotesTheFiles(t *testing.T) {
	const path = "docs/verify-in-any-language.md"
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	for name, want := range quotes(t) {
		begin, end := "<!-- "+name+" -->\n", "<!-- end of "+name+" -->\n"
		before, rest, found := strings.Cut(string(text), begin)
		require.True(t, found, name)
		got, after, found := strings.Cut(rest, end)
		require.True(t, found, name)
		if *update {
			text = []byte(before + begin + want + end + after)
			continue
		}
		assert.Equal(t, want, got, "go test . -update writes it")
	}
	if *update {
		require.NoError(t, os.WriteFile(path, text, 0o644))
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

// program builds the one Go program that a page holds and returns its path.
func program(t *testing.T, page string) string {
	t.Helper()
	text, err := os.ReadFile(page)
	require.NoError(t, err)
	_, rest, found := strings.Cut(string(text), "```go\n")
	require.True(t, found, page)
	source, rest, found := strings.Cut(rest, "```\n")
	require.True(t, found, page)
	require.NotContains(t, rest, "```go\n", "one program a page")
	assert.Less(t, strings.Count(source, "\n"), 60, "%s: a program that is read at once", page)
	dir := t.TempDir()
	file, binary := filepath.Join(dir, "main.go"), filepath.Join(dir, "program.exe")
	require.NoError(t, os.WriteFile(file, []byte(source), 0o600))
	formatted, err := exec.Command("gofmt", "-l", file).CombinedOutput()
	require.NoError(t, err, string(formatted))
	assert.Empty(t, string(formatted), "%s: not as gofmt writes it", page)
	for _, args := range [][]string{{"vet", file}, {"build", "-o", binary, file}} {
		out, err := exec.Command("go", args...).CombinedOutput() // here, so that the imports are this module's
		require.NoError(t, err, "%s: %s", page, out)
	}
	return binary
}

// started runs a program that listens at an address until the test ends.
func started(t *testing.T, binary string, args ...string) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := listener.Addr().String()
	require.NoError(t, listener.Close())
	command := exec.Command(binary, append([]string{address}, args...)...)
	var said bytes.Buffer
	command.Stdout, command.Stderr = &said, &said
	require.NoError(t, command.Start())
	t.Cleanup(func() {
		_ = command.Process.Kill()
		_ = command.Wait()
		if t.Failed() {
			t.Log(said.String())
		}
	})
	require.Eventually(t, func() bool {
		c, err := net.Dial("tcp", address)
		if err == nil {
			c.Close()
		}
		return err == nil
	}, time.Minute, 20*time.Millisecond)
	return "http://" + address
}

// The two programs of the pages about embedding work together: one prints a paper, the other checks it.
func TestEmbeddedProgramsWork(t *testing.T) {
	issuer := started(t, program(t, "docs/embed-issuer.md"), filepath.Join(t.TempDir(), "keys"))
	desk := started(t, program(t, "docs/embed-verifier.md"), issuer, t.TempDir())
	answer, err := http.Post(issuer+"/my/qr.pdf", "", nil)
	require.NoError(t, err)
	defer answer.Body.Close()
	pdf, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	link := regexp.MustCompile(`\((https://qr\.example\.it/q#[A-Za-z0-9._-]+)\)`).FindSubmatch(pdf)
	require.NotNil(t, link, "the PDF has no link with the text of the QR")
	qr := string(link[1])
	for _, test := range []struct{ qr, cf, want string }{
		{qr, "RSSMRA80A01H501U", "free ticket; receipt: eyJ"},
		{qr, "RSSMRA77L18H501W", "full price: cf_mismatch"},
		{qr[:100], "RSSMRA80A01H501U", "full price: shape"},
		{"https://example.org/menu", "RSSMRA80A01H501U", "cannot tell: not_ours"},
		{qr, "RSSMRA80A01H501X", "type the codice fiscale again"},
	} {
		answer, err := http.PostForm(desk+"/ticket", url.Values{"qr": {test.qr}, "codice_fiscale": {test.cf}})
		require.NoError(t, err)
		text, err := io.ReadAll(answer.Body)
		answer.Body.Close()
		require.NoError(t, err)
		assert.Contains(t, string(text), test.want)
	}
}
