package qrpdf_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"

	"github.com/qr-invalidita/attesta/qrpdf"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the golden files")

// What a file looks like today. A golden file of a PDF holds its stream inflated, and one of a PNG is compared by its
// pixels: another release of Go may compress otherwise.
func TestGolden(t *testing.T) {
	s := encode(t, qrpdf.Encoder{}, "https://attesta.example/v#eyJhbGciOiJFUzI1NiJ9.e30.c2ln")
	title := "Codice di verifica"
	for name, v := range map[string]writer{
		"symbol.png": qrpdf.PNG{Scale: 3},
		"symbol.svg": qrpdf.SVG{Title: title, Desc: "Da inquadrare per verificare l'attestazione", Lang: "it"},
		"page.pdf":   page(),
	} {
		t.Run(name, func(t *testing.T) {
			got := write(t, v, s)
			if name == "page.pdf" {
				got = inflated(t, got)
			}
			path := filepath.Join("testdata", "golden", name)
			if name == "page.pdf" {
				path += ".txt"
			}
			if *update {
				require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
				require.NoError(t, os.WriteFile(path, got, 0o644))
			}
			want, err := os.ReadFile(path)
			require.NoError(t, err)
			if name == "symbol.png" {
				requirePixels(t, s, decodePNG(t, want), 3)
				requirePixels(t, s, decodePNG(t, got), 3)
				return
			}
			assert.Equal(t, string(want), string(got))
		})
	}
}

var packedStream = regexp.MustCompile(`(?s)<< /Length \d+ /Filter /FlateDecode >>\nstream\n.*?\nendstream`)

// inflated is the body of a PDF with its streams in plain.
func inflated(t *testing.T, b []byte) []byte {
	t.Helper()
	body, _, ok := bytes.Cut(b, []byte("\nxref\n"))
	require.True(t, ok)
	return packedStream.ReplaceAllFunc(body, func(stream []byte) []byte {
		data := inflate(t, string(stream))
		return []byte("<< /Length " + strconv.Itoa(len(data)) + " >>\nstream\n" + data + "\nendstream")
	})
}
