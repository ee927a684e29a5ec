package attesta_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The length of an array is part of its type. An array with one element for each domain, category or language
// would make each new one a break for importers, so the exported types have arrays of bytes only.
func TestNoArraysInTheAPI(t *testing.T) {
	files := 0
	require.NoError(t, filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "internal" ||
			d.Name() == "examples" || d.Name() == "lab" || d.Name() == "testdata"):
			return fs.SkipDir
		case d.IsDir() || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		files++
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, at := range arrays(file) {
			t.Errorf("%s: an array in the API", set.Position(at))
		}
		return nil
	}))
	assert.Greater(t, files, 200)
}

// arrays returns the places of the arrays, other than of bytes, in what a file exports.
func arrays(file *ast.File) (list []token.Pos) {
	ast.FileExports(file)
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BlockStmt, *ast.BasicLit:
			return false
		case *ast.ArrayType:
			if element, ok := n.Elt.(*ast.Ident); n.Len != nil && (!ok || element.Name != "byte") {
				list = append(list, n.Pos())
			}
		}
		return true
	})
	return list
}

func TestArraysAreFound(t *testing.T) {
	for text, want := range map[string]int{
		"type Status struct { Domains [6]int }":              1,
		"type Status struct { domains [6]int }":              0,
		"type status struct { Domains [6]int }":              0,
		"type Text [5]string":                                1,
		"type Key [32]byte":                                  0,
		"type List []string":                                 0,
		"func Words(codes [n]string) {}":                     1,
		"func Words() (m map[string][2][]string) { return }": 1,
		"func words(codes [6]string) {}":                     0,
		"func Words() { var months [12]string; _ = months }": 0,
		"var Names [3]string":                                1,
		"func (Text) Words() [5]string { return x }":         1,
	} {
		file, err := parser.ParseFile(token.NewFileSet(), "x.go", "package x\n"+text, 0)
		require.NoError(t, err)
		assert.Len(t, arrays(file), want, text)
	}
}
