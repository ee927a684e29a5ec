package scan_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/verifier/page/scan"
)

// FuzzRead checks that Read does not panic, that it returns texts or an error but not both, and that each
// text has 1 byte to 4 KiB.
func FuzzRead(f *testing.F) {
	f.Setenv("PATH", f.TempDir()) // without pdftoppm, whose start would take all the time
	f.Add([]byte("https://qr.example.it/q#AAAA"))
	f.Add([]byte("RIFF\x00\x00\x00\x00WEBP"))
	f.Add(pngHead(40, 40, 1, 0))
	f.Fuzz(func(t *testing.T, data []byte) {
		checkTexts(t, data, 1)
	})
}

// FuzzPDF checks the same for files that begin like a PDF. They give at most 1,000 texts, which are distinct
// web addresses.
func FuzzPDF(f *testing.F) {
	f.Setenv("PATH", f.TempDir()) // as in FuzzRead
	f.Add([]byte(link(`(https://e.it/\(\)\101#a\`)))
	f.Add([]byte(link("<68747470733a2f2f652e6974>")))
	f.Add([]byte(objectStream(link("(http://e.it/#a)"))))
	f.Add([]byte("/ObjStm/FlateDecode stream\r\n/Encrypt /URI((()"))
	f.Fuzz(func(t *testing.T, data []byte) {
		texts := checkTexts(t, append([]byte("%PDF-1.7\n"), data...), 1000)
		seen := make(map[string]bool)
		for _, text := range texts {
			assert.Regexp(t, `^(?i:https?)://[!-~]*$`, text)
			assert.False(t, seen[text], "twice")
			seen[text] = true
		}
	})
}

func checkTexts(t *testing.T, data []byte, most int) []string {
	texts, err := scan.Read(t.Context(), data)
	if err != nil {
		assert.Nil(t, texts)
		return nil
	}
	assert.NotEmpty(t, texts)
	assert.LessOrEqual(t, len(texts), most)
	for _, text := range texts {
		assert.NotEmpty(t, text)
		assert.LessOrEqual(t, len(text), 4096)
	}
	return texts
}

// TestSeeds counts the seeds, because a missing folder counts as an empty one.
func TestSeeds(t *testing.T) {
	for target, atLeast := range map[string]int{"FuzzRead": 4, "FuzzPDF": 3} {
		seeds, err := filepath.Glob(filepath.Join("testdata", "fuzz", target, "*"))
		require.NoError(t, err)
		assert.GreaterOrEqual(t, len(seeds), atLeast, target)
		for _, seed := range seeds {
			data, err := os.ReadFile(seed)
			require.NoError(t, err)
			assert.Contains(t, string(data), "go test fuzz v1\n")
		}
	}
}
