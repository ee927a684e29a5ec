package examples_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// addressWords are the words of the paths, form fields and query parameters of the pages: English, lower
// case, joined by hyphens. A new one is added here.
func addressWords() []string {
	return strings.Fields(`
		about accesses act acting address after again answer area assets audit auth authorize back benefit
		benefits callback card case cells cf challenge channel check checkpoint citizen clear cns code
		computer configuration confirm contacts debug declared deep delegates delivery desk detail dev
		domain done draft email end error file for format go guardian guide healthz holder id idp inquiry js
		jwks kept key kind known language layout list live locale login logout lost mail me metrics new
		nonce not number offline openid operator organisation page person persona phone photo place pprof
		present profile proof purpose q qr readyz receipt receipts registry remove resend return save scope
		second security sessions shift show situation sound status symbol tab token trace txt until userinfo
		v1 via viewport voice void wait well withdraw word worker`)
}

var (
	pathPattern  = regexp.MustCompile(`^(?:(?:GET|POST|HEAD) )?(/(?:[A-Za-z0-9._-]+|\{[a-z.$]+\}|/)*)$`)
	wildcard     = regexp.MustCompile(`\{[^}]*\}`)
	placePattern = regexp.MustCompile(`(?:href|action)="(/[^"{?#]*)`)
	fieldPattern = regexp.MustCompile(`\sname="([^"{]+)"|"Name" "([a-z_-]+)"`)
	queryPattern = regexp.MustCompile(`(?:href|action|data-live)="/[^"{?]*\?([a-z-]+)`)
)

// words returns the words of a path, but those of its wildcards, or of the name of a field.
func words(text string) []string {
	return strings.FieldsFunc(wildcard.ReplaceAllString(text, ""), func(r rune) bool {
		return strings.ContainsRune("/.-", r)
	})
}

// goWords finds the paths and the names of fields in a file of Go.
func goWords(t *testing.T, name string) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
	require.NoError(t, err)
	literal := func(e ast.Expr) string {
		if l, ok := e.(*ast.BasicLit); ok && l.Kind == token.STRING {
			text, err := strconv.Unquote(l.Value)
			require.NoError(t, err)
			return text
		}
		return ""
	}
	var list []string
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BasicLit:
			if m := pathPattern.FindStringSubmatch(literal(n)); m != nil {
				list = append(list, words(m[1])...)
			}
		case *ast.CallExpr:
			f, ok := n.Fun.(*ast.SelectorExpr)
			if ok && len(n.Args) == 1 && slices.Contains([]string{"PostFormValue", "FormValue"}, f.Sel.Name) {
				list = append(list, words(literal(n.Args[0]))...)
			}
		case *ast.CompositeLit:
			s, ok := n.Type.(*ast.SelectorExpr)
			if !ok || s.Sel.Name != "Values" {
				break
			}
			for _, e := range n.Elts {
				if pair, ok := e.(*ast.KeyValueExpr); ok {
					list = append(list, words(literal(pair.Key))...)
				}
			}
		}
		return true
	})
	return list
}

// templateWords finds the paths and the names of fields in a page.
func templateWords(t *testing.T, name string) []string {
	t.Helper()
	text, err := os.ReadFile(name)
	require.NoError(t, err)
	var list []string
	for _, pattern := range []*regexp.Regexp{placePattern, fieldPattern, queryPattern} {
		for _, m := range pattern.FindAllStringSubmatch(string(text), -1) {
			list = append(list, words(strings.Join(m[1:], ""))...)
		}
	}
	return list
}

// Each path, form field and query parameter of the pages consists of words of the list.
func TestAddressesAreEnglish(t *testing.T) {
	seen := 0
	roots := []string{
		"issuer", "verifier", "internal/signin", "internal/devidp", "internal/login", "../verifier/page",
	}
	for _, root := range roots {
		if _, err := os.Stat(root); err != nil {
			continue
		}
		require.NoError(t, filepath.WalkDir(root, func(name string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() {
				return err
			}
			var found []string
			switch {
			case strings.HasSuffix(name, "_test.go"), strings.Contains(filepath.ToSlash(name), "/page/scan/"):
			case strings.HasSuffix(name, ".go"):
				found = goWords(t, name)
			case strings.HasSuffix(name, ".gohtml"):
				found = templateWords(t, name)
			}
			for _, word := range found {
				seen++
				assert.Contains(t, addressWords(), word, name)
			}
			return nil
		}))
	}
	assert.Greater(t, seen, 200, "the patterns still find the addresses")
}
