package attesta_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/internal/words"
)

// filesOf returns the paths of all files of the project with that extension.
func filesOf(t *testing.T, extension string) []string {
	t.Helper()
	var files []string
	require.NoError(t, filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && path != "." && strings.HasPrefix(entry.Name(), "."):
			return fs.SkipDir
		case filepath.Ext(path) == extension:
			files = append(files, path)
		}
		return nil
	}))
	return files
}

// wordFolders returns each folder of the project that holds texts in five languages: each that is called
// words and has a JSON file.
func wordFolders(t *testing.T) []string {
	t.Helper()
	var folders []string
	for _, file := range filesOf(t, ".json") {
		if folder := filepath.Dir(file); filepath.Base(folder) == "words" {
			folders = append(folders, folder)
		}
	}
	require.NotEmpty(t, folders)
	return slices.Compact(folders)
}

// Every text stands in every language, with the same placeholders. The messages name each that does not.
func TestEveryWordInEveryLanguage(t *testing.T) {
	for _, folder := range wordFolders(t) {
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

// No line of a French text breaks before a mark or inside the quotation marks: the space is U+00A0.
func TestFrenchSpaces(t *testing.T) {
	for _, folder := range wordFolders(t) {
		file := filepath.Join(folder, "fr.json")
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		assert.Empty(t, regexp.MustCompile(`.{0,20}( [:;!?»]|« ).{0,20}`).FindAllString(string(text), -1), file)
	}
}

// No Go code has texts in several languages, which belong in a folder words, or a list of the languages beside
// words.Languages.
func TestNoWordsInCode(t *testing.T) {
	literal := regexp.MustCompile(`"(de|fr|sl)": *"|"it", *"en"`)
	for _, file := range filesOf(t, ".go") {
		if strings.HasSuffix(file, "_test.go") || file == filepath.Join("internal", "words", "words.go") {
			continue
		}
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		assert.Empty(t, literal.FindString(string(text)), file)
	}
}
