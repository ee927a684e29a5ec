package scan_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/internal/wear"
	"github.com/qr-invalidita/attesta/verifier/page/scan"
)

func ExampleRead() {
	texts, err := scan.Read(context.Background(), []byte("https://qr.example.it/q#eyJhbGciOiJFUzI1NiJ9\n"))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(texts[0])
	// Output: https://qr.example.it/q#eyJhbGciOiJFUzI1NiJ9
}

func ExampleRead_unsupported() {
	_, err := scan.Read(context.Background(), []byte("GIF89a..."))
	fmt.Println(err)
	// Output: a GIF picture is not read here: save it as PNG or JPEG
}

func TestReadText(t *testing.T) {
	for name, c := range map[string]struct{ data, want string }{
		"address":           {"https://qr.example.it/q#AAAA", "https://qr.example.it/q#AAAA"},
		"space around":      {"\r\n\t a.b.c \n\n", "a.b.c"},
		"byte order mark":   {"\ufeffa.b.c", "a.b.c"},
		"not ASCII":         {"perché no", "perché no"},
		"two lines":         {"a\nb", "a\nb"},
		"as long as may be": {strings.Repeat("a", 4096) + "\n", strings.Repeat("a", 4096)},
	} {
		t.Run(name, func(t *testing.T) {
			texts, err := scan.Read(t.Context(), []byte(c.data))
			require.NoError(t, err)
			assert.Equal(t, []string{c.want}, texts)
		})
	}
}

func TestReadRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		data string
		want error
	}{
		"nothing":          {"", scan.ErrEmpty},
		"space":            {" \r\n\t", scan.ErrEmpty},
		"too large":        {strings.Repeat("a", scan.MaxBytes+1), scan.ErrTooLarge},
		"large":            {strings.Repeat("a", scan.MaxBytes), scan.ErrUnknownKind},
		"long text":        {strings.Repeat("a", 4097), scan.ErrUnknownKind},
		"control":          {"a\x00b", scan.ErrUnknownKind},
		"escape":           {"a\x1b[31mb", scan.ErrUnknownKind},
		"not UTF-8":        {"a\xffb", scan.ErrUnknownKind},
		"right to left":    {"a\u202eb", scan.ErrUnknownKind},
		"GIF":              {"GIF87a\x01\x00", scan.ErrUnsupported},
		"WebP":             {"RIFF\x24\x00\x00\x00WEBPVP8 ", scan.ErrUnsupported},
		"HEIC":             {"\x00\x00\x00\x24ftypheic", scan.ErrUnsupported},
		"AVIF":             {"\x00\x00\x00\x20ftypavif", scan.ErrUnsupported},
		"TIFF":             {"II*\x00\x08\x00\x00\x00", scan.ErrUnsupported},
		"TIFF, big-endian": {"MM\x00*\x00\x00\x00\x08", scan.ErrUnsupported},
		"BMP":              {"BM\x36\x00\x0c\x00\x00\x00\x00\x00\x36\x00", scan.ErrUnsupported},
		"office document":  {"PK\x03\x04\x14\x00", scan.ErrUnsupported},
		"SVG":              {`<svg xmlns="http://www.w3.org/2000/svg"/>`, scan.ErrUnsupported},
		"SVG with a head":  {`<?xml version="1.0"?><!-- x --><svg/>`, scan.ErrUnsupported},
		"PDF of nothing":   {"%PDF-1.7\n", scan.ErrNoLink},
		"PNG of nothing":   {"\x89PNG\r\n\x1a\n", scan.ErrPicture},
		"JPEG of nothing":  {"\xff\xd8\xff", scan.ErrPicture},
	} {
		t.Run(name, func(t *testing.T) {
			texts, err := scan.Read(t.Context(), []byte(c.data))
			assert.ErrorIs(t, err, c.want)
			assert.Nil(t, texts)
		})
	}
}

func TestUnsupportedError(t *testing.T) {
	_, err := scan.Read(t.Context(), []byte("PK\x03\x04"))
	var unsupported *scan.UnsupportedError
	require.ErrorAs(t, err, &unsupported)
	want := &scan.UnsupportedError{Kind: "ZIP archive or office document", Save: "PDF, PNG or JPEG"}
	assert.Equal(t, want, unsupported)
}

// endsAfter is a context that is cancelled after n calls of Err.
type endsAfter struct {
	context.Context
	n int
}

func (c *endsAfter) Err() error {
	if c.n--; c.n < 0 {
		return context.Canceled
	}
	return nil
}

// TestCancel cancels at each call of the context's Err. Read never returns ErrNoCode or ErrNoLink instead.
func TestCancel(t *testing.T) {
	objects := deflated("<< /Type /ObjStm /N 1 /First 4 /Filter /FlateDecode >>", "1 0 << /S /GoTo >>")
	for name, c := range map[string]struct {
		data []byte
		want error
		asks int
	}{
		"text":  {[]byte(" "), scan.ErrEmpty, 1},
		"PDF":   {[]byte("%PDF-1.7\n" + objects + objects), scan.ErrNoLink, 3},
		"white": {asPNG(t, wear.White(60, 60)), scan.ErrNoCode, 20},
		"noise": {asPNG(t, random(150, 150, 1)), scan.ErrNoCode, 30},
	} {
		t.Run(name, func(t *testing.T) {
			asked := 0
			for ; ; asked++ {
				texts, err := scan.Read(&endsAfter{t.Context(), asked}, c.data)
				assert.Nil(t, texts)
				if err == c.want {
					break
				}
				require.ErrorIs(t, err, context.Canceled)
				require.Less(t, asked, 10_000)
			}
			assert.GreaterOrEqual(t, asked, c.asks)
		})
	}
}

// TestReadKeepsData reads a PDF, a picture and a text and compares the bytes
// afterwards.
func TestReadKeepsData(t *testing.T) {
	for _, data := range [][]byte{
		[]byte("%PDF-1.7\n/URI (HTTP://example.it/\\(#A)"),
		asPNG(t, square(symbol(t, "https://example.it/#A"), 3)),
		[]byte(" text "),
	} {
		before := bytes.Clone(data)
		_, err := scan.Read(t.Context(), data)
		require.NoError(t, err)
		assert.True(t, bytes.Equal(before, data))
	}
}
