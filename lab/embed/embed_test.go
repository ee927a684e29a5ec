package embed_test

import (
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The first attempts, before the library was made for embedders, had 104 and 382 lines of Go.
func TestServicesAreShort(t *testing.T) {
	for folder, most := range map[string]int{"museum": 103, "region": 381} {
		files, err := filepath.Glob(filepath.Join(folder, "*.go"))
		require.NoError(t, err)
		lines := 0
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			for line := range strings.Lines(string(text)) {
				if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "//") {
					lines++
				}
			}
			parsed, err := parser.ParseFile(token.NewFileSet(), file, text, parser.ImportsOnly)
			require.NoError(t, err)
			for _, i := range parsed.Imports {
				assert.NotContains(t, i.Path.Value, "/examples/", file)
				assert.NotContains(t, i.Path.Value, "/internal/", file)
			}
		}
		assert.LessOrEqual(t, lines, most, folder)
		assert.Positive(t, lines, folder)
	}
}
