package pdf_test

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/internal/pdf"
)

func deflated(text string) string {
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	_, _ = w.Write([]byte(text))
	_ = w.Close()
	return b.String()
}

func TestRead(t *testing.T) {
	objects := deflated("5 0 6 9 (in it) << /K 5 0 R >>")
	meta := deflated("<xmp/>")
	f := pdf.Read([]byte("%PDF-1.7 a comment ( that opens nothing\n" +
		"1 0 obj << /Type /Catalog /A [1 -2.5 true (a\\(b) <6162> /N 2 0 R] >> endobj\n" +
		"2 0 obj (old) endobj 2 0 obj (new) endobj\n" +
		"4 0 obj << /Type /ObjStm /Filter [/FlateDecode] /N 2 >> stream\r\n" + objects + "endstream " +
		"endobj\n" +
		"7 0 obj << /Type /Metadata /Filter /FlateDecode >> stream\n" + meta + "endstream endobj\n" +
		"8 0 obj << /Type /Metadata /Filter /LZWDecode >> stream\nxendstream endobj\n" +
		"trailer << /Root 1 0 R /Size 9 >>"))
	assert.Equal(t, pdf.List{pdf.Number(1), pdf.Number(-2), pdf.Keyword("true"), []byte("a(b"), []byte("ab"),
		pdf.Name("N"), pdf.Ref(2)}, f.Catalog()["A"])
	assert.Equal(t, "new", pdf.Text(f.Resolve(pdf.Ref(2))))
	assert.Equal(t, "in it", pdf.Text(f.Resolve(f.Dict(pdf.Ref(6))["K"])))
	assert.Equal(t, pdf.Dict{"Root": pdf.Ref(1)}, f.Trailer)
	assert.Equal(t, "<xmp/>", string(f.Metadata[7]))
	assert.Empty(t, f.Metadata[8])
	assert.Nil(t, f.Dict(pdf.Ref(2)), "no dictionary")
}

func TestReadDamaged(t *testing.T) {
	for name, text := range map[string]string{
		"without a trailer":     "1 0 obj << /Type /Catalog /Lang (it) >>",
		"a dictionary cut off":  "1 0 obj << /Type /Catalog /Lang (it",
		"a key without a value": "1 0 obj << /Type /Catalog /Lang (it) /X >>",
		"no names for keys":     "1 0 obj << 7 /Type /Catalog (x) /Lang (it) >>",
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, "it", pdf.Text(pdf.Read([]byte(text)).Catalog()["Lang"]))
		})
	}
	assert.Nil(t, pdf.Read([]byte("1 0 obj << /Type /Catalog /Ki")).Catalog()["Kids"])
	assert.Nil(t, pdf.Read(nil).Catalog())
	long := pdf.Read([]byte("1 0 obj (" + strings.Repeat("a", 9000) + ") endobj 2 0 obj (b) endobj"))
	assert.Len(t, long.Objects[1], 8<<10)
	assert.Equal(t, []byte("b"), long.Objects[2])
}

func TestText(t *testing.T) {
	for in, want := range map[string]string{
		"\xfe\xff\x00\xe8\x20\xac": "è€", "\xef\xbb\xbf\xc3\xa8": "è", "\xe8": "è", "": "",
	} {
		assert.Equal(t, want, pdf.Text([]byte(in)))
	}
	assert.Empty(t, pdf.Text(pdf.Name("x")))
}

// utf16 writes ASCII in UTF-16, without the byte order mark.
func utf16(text string) string {
	var b strings.Builder
	for _, c := range []byte(text) {
		b.Write([]byte{0, c})
	}
	return b.String()
}

func TestLinks(t *testing.T) {
	const fragment, plain = "<</URI(https://e.it/#a)>>", "<</URI <68747470733a2f2f652e6974>>>"
	stream := fmt.Sprintf("<< /Type /ObjStm /Filter /FlateDecode >> stream\n%sendstream", deflated(fragment))
	for name, test := range map[string]struct {
		data      string
		want      []string
		encrypted bool
	}{
		"with a fragment": {plain + fragment + fragment, []string{"https://e.it/#a"}, false},
		"without":         {plain, []string{"https://e.it"}, false},
		"in a stream":     {stream + " /Encrypt 9 0 R", []string{"https://e.it/#a"}, true},
		"in UTF-16": {"/URI(\xfe\xff" + utf16("https://e.it/#a") + ")",
			[]string{"https://e.it/#a"}, false},
		"in UTF-16, long": {"/URI(\xfe\xff" + utf16("https://e.it/#"+strings.Repeat("a", 4083)) + ")",
			nil, false},
		"an object": {"9 0 obj (https://e.it/#a) endobj <</URI 9 0 R>>",
			[]string{"https://e.it/#a"}, false},
		"no such object":    {"<</URI 9 0 R>> <</URI 9>>", nil, false},
		"a portfolio":       {"<< /Type /Catalog /Collection << /D (x) >> >>", nil, false},
		"none":              {"<< /EncryptMetadata true >>", nil, false},
		"none, encrypted":   {"/Encrypt 9 0 R", nil, true},
		"an unclosed one":   {"/URI(https://e.it/#a", nil, false},
		"not a web address": {"/URI(mailto:a@e.it)", nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			found, err := pdf.Links(t.Context(), []byte(test.data))
			require.NoError(t, err)
			assert.Equal(t, test.want, found.Links())
			assert.Equal(t, test.encrypted, found.Encrypted)
			assert.Equal(t, name == "a portfolio", found.Portfolio)
		})
	}
}

// FuzzRead checks that no input panics and that no reference is followed for ever.
func FuzzRead(f *testing.F) {
	f.Add([]byte("1 0 obj << /Type /Catalog /Kids [1 0 R] >> endobj trailer << /Root 1 0 R >>"))
	f.Add([]byte("1 0 obj << /Type /ObjStm >> stream\n2 0 (a\\05) <6> endstream"))
	f.Fuzz(func(t *testing.T, data []byte) {
		file := pdf.Read(data)
		for _, v := range file.Objects {
			_, ref := file.Resolve(v).(pdf.Ref)
			assert.False(t, ref)
			_ = pdf.Text(v)
		}
		_ = file.Catalog()
	})
}
