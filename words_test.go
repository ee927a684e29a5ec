package attesta_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/internal/words"
)

// wordFolders returns each folder of the project that holds texts in five languages: each that is called words
// and has a JSON file.
func wordFolders(t *testing.T) []string {
	t.Helper()
	var folders []string
	require.NoError(t, filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && path != "." && strings.HasPrefix(entry.Name(), "."):
			return fs.SkipDir
		case filepath.Ext(path) == ".json" && filepath.Base(filepath.Dir(path)) == "words":
			folders = append(folders, filepath.Dir(path))
		}
		return nil
	}))
	return slices.Compact(folders)
}

// Every text stands in every language, with the same placeholders. The messages name each that does not.
func TestEveryWordInEveryLanguage(t *testing.T) {
	folders := wordFolders(t)
	require.NotEmpty(t, folders)
	for _, folder := range folders {
		t.Run(folder, func(t *testing.T) {
			assert.NoError(t, words.Check(os.DirFS(filepath.Dir(folder))))
			files, err := filepath.Glob(filepath.Join(folder, "*.json"))
			require.NoError(t, err)
			for _, file := range files {
				lang := strings.TrimSuffix(filepath.Base(file), ".json")
				assert.Contains(t, words.Languages(), lang, "%s is no language", file)
			}
		})
	}
}
