package qrpdf_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/qrpdf"
)

var update = flag.Bool("update", false, "write the golden files")

// golden compares got with a file, or writes it first if asked to.
func golden(t *testing.T, name string, got []byte) []byte {
	t.Helper()
	path := filepath.Join("testdata", "golden", name)
	if *update {
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, got, 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	return want
}

// The current pictures. A PNG is compared by its pixels, because another release of
// the compressor may give other bytes.
func TestGoldenPictures(t *testing.T) {
	s := encode(t, qrpdf.Encoder{}, "https://attesta.example/v#eyJhbGciOiJFUzI1NiJ9.e30.c2ln")
	title, desc := "Codice di verifica", "Da inquadrare per verificare l'attestazione"
	svg := write(t, qrpdf.SVG{Title: title, Desc: desc, Lang: "it"}, s)
	assert.Equal(t, string(golden(t, "symbol.svg", svg)), string(svg))
	png := write(t, qrpdf.PNG{Scale: 3, Title: title, Desc: desc, Lang: "it"}, s)
	requirePixels(t, s, decodePNG(t, golden(t, "symbol.png", png)), 3)
	requirePixels(t, s, decodePNG(t, png), 3)
}

// What a person hears, with the language of each text.
func TestGoldenDocuments(t *testing.T) {
	s := printedSymbol(t)
	eachDocument(func(name string, d qrpdf.Document) {
		if d.Logo.Data != nil || d.Holder == "" {
			return
		}
		t.Run(name, func(t *testing.T) {
			d.SecondLevel, d.VoidPhone = true, "800 000000"
			b := write(t, d, s)
			said := readOutline(t, b).String()
			file := strings.ReplaceAll(strings.TrimSuffix(name, " with a name"), " ", "-") + ".txt"
			assert.Equal(t, string(golden(t, file, []byte(said))), said)
		})
	})
}

// A second reader finds the same structure.
func TestPopplerReadsStructure(t *testing.T) {
	s := printedSymbol(t)
	path := filepath.Join(t.TempDir(), "page.pdf")
	eachDocument(func(name string, d qrpdf.Document) {
		if d.Logo.Data != nil && d.Lang != "it" || d.Holder == "" {
			return
		}
		b := write(t, d, s)
		require.NoError(t, os.WriteFile(path, b, 0o600))
		var want []string
		readOutline(t, b).walk("", func(n *node, _ string) {
			want = append(want, n.role)
		})
		var got []string
		words := ""
		for _, line := range strings.Split(run(t, "pdfinfo", "-struct-text", path), "\n") {
			line = strings.TrimSpace(line)
			switch {
			case line == "" || line[0] == '/' || strings.HasPrefix(line, "Object "):
			case line[0] == '"':
				words += strings.Trim(line, `"`)
			default:
				got = append(got, strings.TrimSuffix(strings.Fields(line)[0], ":"))
			}
		}
		assert.Equal(t, want, got, name)
		assert.Equal(t, strings.ReplaceAll(readOutline(t, b).all(), " ", ""),
			strings.ReplaceAll(words, " ", ""), name)
	})
}
