package qrpdf_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/qrpdf"
)

// sheets are documents of every layout and language, one with texts that look like references.
func sheets(t *testing.T) [][]byte {
	t.Helper()
	var all [][]byte
	eachDocument(func(_ string, d qrpdf.Document) { all = append(all, write(t, d, fullOf(t, 8))) })
	odd := page()
	odd.Contact, odd.Holder = "2 0 R (3 0 R) [1 0 R", `1 0 obj\ ) 2 0 R`
	return append(all, write(t, odd, fullOf(t, 13)))
}

func join(t *testing.T, documents ...[]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	read := func(i int) ([]byte, error) { return documents[i], nil }
	require.NoError(t, qrpdf.Join(&b, len(documents), read))
	return b.Bytes()
}

var linkAddress = regexp.MustCompile(`/URI /URI \((.*?[^\\])\)`)

func TestJoin(t *testing.T) {
	documents := sheets(t)
	file := join(t, documents...)
	readPDF(t, file)
	path := filepath.Join(t.TempDir(), "one.pdf")
	require.NoError(t, os.WriteFile(path, file, 0o600))

	var texts strings.Builder
	var addresses [][]byte
	for i, d := range documents {
		part := filepath.Join(t.TempDir(), "part.pdf")
		require.NoError(t, os.WriteFile(part, d, 0o600))
		texts.WriteString(run(t, "pdftotext", part, "-"))
		addresses = append(addresses, linkAddress.FindSubmatch(d)[1])
		require.NotEmpty(t, addresses[i])
	}
	assert.Equal(t, texts.String(), run(t, "pdftotext", path, "-"), "the pages in their order")
	var joined [][]byte
	for _, m := range linkAddress.FindAllSubmatch(file, -1) {
		joined = append(joined, m[1])
	}
	assert.Equal(t, addresses, joined)
	run(t, "qpdf", "--check", path)
}

// What a screen reader says of the joined file is what it says of the documents, one after the other.
func TestJoinKeepsTheStructure(t *testing.T) {
	all := sheets(t)
	documents := [][]byte{all[0], all[len(all)/2], all[len(all)-1]} // pdfinfo takes long
	path := filepath.Join(t.TempDir(), "one.pdf")
	require.NoError(t, os.WriteFile(path, join(t, documents...), 0o600))
	object := regexp.MustCompile(`Object \d+ 0`) // of the link, which has another number
	structure := func(path string) string {
		return object.ReplaceAllString(strings.TrimSpace(run(t, "pdfinfo", "-struct-text", path)), "Object")
	}
	var want []string
	for _, d := range documents {
		part := filepath.Join(t.TempDir(), "part.pdf")
		require.NoError(t, os.WriteFile(part, d, 0o600))
		want = append(want, structure(part))
	}
	assert.Equal(t, strings.Join(want, "\n"), structure(path))
}

func TestJoinSharesStreams(t *testing.T) {
	one := write(t, page(), fullOf(t, 8))
	file := join(t, one, one, one)
	assert.Less(t, len(file), 2*len(one))
	assert.Equal(t, 1, bytes.Count(file, []byte("/N 3 ")), "one colour profile")
	assert.Equal(t, bytes.Count(one, []byte("/Length1 ")), bytes.Count(file, []byte("/Length1 ")), "fonts")
	assert.Equal(t, join(t, one, one, one), file, "the same input gives the same bytes")
}

// contents matches the reference of a page to its first stream.
var contents = regexp.MustCompile(`/Contents \[ \d+ 0 R`)

func TestJoinRefuses(t *testing.T) {
	one := write(t, page(), fullOf(t, 8))
	read := func(int) ([]byte, error) { return one, nil }
	assert.Error(t, qrpdf.Join(io.Discard, 0, read))
	broken := errors.New("broken")
	assert.ErrorIs(t, qrpdf.Join(io.Discard, 1, func(int) ([]byte, error) { return nil, broken }), broken)
	assert.ErrorIs(t, qrpdf.Join(&limited{room: 1000, err: errFull}, 1, read), errFull)
	for name, b := range map[string][]byte{
		"nothing":       nil,
		"another file":  []byte("%PDF-1.7\nstartxref\n3\n%%EOF\n"),
		"cut off":       one[:len(one)-3000],
		"shifted":       append([]byte("x"), one...),
		"another table": bytes.Replace(one, []byte("xref\n0 "), []byte("xref\n0 9"), 1),
		"no tree":       bytes.Replace(one, []byte("/StructTreeRoot /K"), []byte("/StructTreeRxxt /K"), 1),
		"a lost object": contents.ReplaceAll(one, []byte("/Contents [ 99999 0 R")),
	} {
		err := qrpdf.Join(io.Discard, 1, func(int) ([]byte, error) { return b, nil })
		assert.ErrorContains(t, err, "document 1: not a file that a Document has written", name)
	}
}

func FuzzJoin(f *testing.F) {
	f.Add(write(f, page(), fullOf(f, 8)))
	f.Add([]byte("startxref\n0\n%%EOF\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		var out bytes.Buffer
		read := func(int) ([]byte, error) { return b, nil }
		if qrpdf.Join(&out, 2, read) == nil {
			assert.NotEmpty(t, out.Bytes())
		}
	})
}
