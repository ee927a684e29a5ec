package scan_test

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/internal/race"
	"github.com/qr-invalidita/attesta/verifier/page/scan"
)

// pdf joins objects into a file that a viewer opens: a page whose annotations
// are the objects given, numbered from 4 on.
func pdf(annotations ...string) []byte {
	var refs strings.Builder
	for i := range annotations {
		fmt.Fprintf(&refs, "%d 0 R ", i+4)
	}
	objects := append([]string{
		"<< /Type /Catalog /Pages 2 0 R >>",
		"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Annots [" + refs.String() + "] >>",
	}, annotations...)
	b := []byte("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
	var table strings.Builder
	for i, object := range objects {
		fmt.Fprintf(&table, "%010d 00000 n \n", len(b))
		b = fmt.Appendf(b, "%d 0 obj\n%s\nendobj\n", i+1, object)
	}
	start := len(b)
	b = fmt.Appendf(b, "xref\n0 %d\n0000000000 65535 f \n%s", len(objects)+1, table.String())
	return fmt.Appendf(b, "trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n",
		len(objects)+1, start)
}

// link is an annotation with that URI, written as a PDF string.
func link(uri string) string {
	return "<< /Type /Annot /Subtype /Link /Rect [50 50 150 150] /A << /S /URI /URI " + uri + " >> >>"
}

// deflated is a stream object with that dictionary (without /Length) and
// content.
func deflated(dict, content string) string {
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	_, _ = w.Write([]byte(content))
	_ = w.Close()
	dict = strings.TrimSuffix(dict, ">>") + fmt.Sprintf("/Length %d >>", b.Len())
	return dict + "\nstream\r\n" + b.String() + "\nendstream"
}

func objectStream(content string) string {
	return deflated("<< /Type /ObjStm /N 1 /First 4 /Filter /FlateDecode >>", "4 0 "+content)
}

// TestPDFString reads one address in the ways in which a PDF may write it.
func TestPDFString(t *testing.T) {
	for name, c := range map[string]struct{ written, want string }{
		"literal":              {"(https://e.it/q#AAAA)", "https://e.it/q#AAAA"},
		"escaped for nothing":  {`(https:\/\/e.it/q#A)`, "https://e.it/q#A"},
		"octal":                {`(https:\057\057e.it/q#\1012\60)`, "https://e.it/q#A20"},
		"octal, high bit over": {`(https://e.it/q#\501)`, "https://e.it/q#A"},
		"line goes on, LF":     {"(https://e.\\\nit/q#A)", "https://e.it/q#A"},
		"line goes on, CR":     {"(https://e.\\\rit/q#A)", "https://e.it/q#A"},
		"line goes on, CR LF":  {"(https://e.\\\r\nit/q#A)", "https://e.it/q#A"},
		"balanced parentheses": {"(https://e.it/a(b(c))#d)", "https://e.it/a(b(c))#d"},
		"escaped parentheses":  {`(https://e.it/\)a\(#d)`, "https://e.it/)a(#d"},
		"escaped backslash":    {`(https://e.it/\\#d)`, `https://e.it/\#d`},
		"hexadecimal":          {"<68747470733A2F2F652e69742f2361>", "https://e.it/#a"},
		"hexadecimal, spaced":  {"< 68 74 74 70 73\r\n3A2F2F652e69742f2361\x00>", "https://e.it/#a"},
		"hexadecimal, odd":     {"<68747470733A2F2F652e69742f235>", "https://e.it/#P"},
		"scheme in capitals":   {"(HTTPS://E.IT/#a)", "HTTPS://E.IT/#a"},
		"http":                 {"(http://127.0.0.1:8080/q#a)", "http://127.0.0.1:8080/q#a"},
		"no fragment":          {"(https://e.it/q)", "https://e.it/q"},
		"as long as it may be": {"(https://e.it/#" + strings.Repeat("a", 4082) + ")",
			"https://e.it/#" + strings.Repeat("a", 4082)},
		"too long":              {"(https://e.it/#" + strings.Repeat("a", 4083) + ")", ""},
		"too long, hexadecimal": {"<68747470733A2F2F" + strings.Repeat("61", 4089) + ">", ""},
		"no end":                {"(https://e.it/#a", ""},
		"no end after escape":   {`(https://e.it/#a\`, ""},
		"no end, hexadecimal":   {"<68747470733A2F2F61", ""},
		"not hexadecimal":       {"<68747470733A2F2F61x>", ""},
		"dictionary":            {"<</URL (https://e.it/#a)>>", ""},
		"reference":             {"9 0 R (https://e.it/#a)", ""},
		"another scheme":        {"(mailto:a@e.it#a)", ""},
		"script":                {"(javascript:https://e.it/#a)", ""},
		"a space inside":        {"(https://e.it/ #a)", ""},
		"a line feed inside":    {"(https://e.it/\n#a)", ""},
		"CR LF inside":          {"(https://e.it/\r\n#a)", ""},
		"escaped control":       {`(https://e.it/\b#a)`, ""},
		"not ASCII":             {"(https://e.it/\xe8#a)", ""},
		"UTF-16":                {"(\xfe\xff\x00h\x00t\x00t\x00p)", ""},
		"empty":                 {"()", ""},
	} {
		t.Run(name, func(t *testing.T) {
			file := []byte("%PDF-1.7\n<< /S /URI /URI " + c.written)
			if c.want == "" {
				texts, err := scan.Read(t.Context(), file)
				assert.ErrorIs(t, err, scan.ErrNoLink)
				assert.Nil(t, texts)
				return
			}
			// What follows must not change it, nor be lost after it.
			file = append(file, "/URI(https://e.it/next#)"...)
			texts, err := scan.Read(t.Context(), file)
			require.NoError(t, err)
			if !strings.Contains(c.want, "#") {
				assert.Equal(t, []string{"https://e.it/next#"}, texts)
				texts, err = scan.Read(t.Context(), file[:len(file)-len("#)")])
				require.NoError(t, err)
				assert.Equal(t, []string{c.want}, texts)
				return
			}
			assert.Equal(t, []string{c.want, "https://e.it/next#"}, texts)
		})
	}
}

func TestReadPDF(t *testing.T) {
	a, b := link("(https://e.it/#a)"), link("(https://e.it/#b)")
	const linkA, linkB = "https://e.it/#a", "https://e.it/#b"
	for name, c := range map[string]struct {
		data []byte
		want []string
	}{
		"one link":       {pdf(a), []string{linkA}},
		"twice the same": {pdf(a, a, objectStream(a)), []string{linkA}},
		"in order":       {pdf(b, a), []string{linkB, linkA}},
		"fragments only": {pdf(link("(https://e.it/)"), a), []string{linkA}},
		"no fragment": {pdf(link("(https://e.it/2)"), link("(https://e.it/1)")),
			[]string{"https://e.it/2", "https://e.it/1"}},
		"other schemes":      {pdf(link("(mailto:a@e.it)"), a, link("(javascript:x#y)")), []string{linkA}},
		"object stream":      {pdf(objectStream(a)), []string{linkA}},
		"two object streams": {pdf(objectStream(b), objectStream(a)), []string{linkB, linkA}},
		"filter before type": {pdf(deflated("<< /Filter [/FlateDecode] /N 1 /First 4 /Type/ObjStm >>",
			"4 0 "+a)), []string{linkA}},
		"space before it":    {pdf(link(" \t\r\n\f\x00(https://e.it/#a)")), []string{linkA}},
		"no space before it": {pdf("<</S/URI/URI(https://e.it/#a)>>"), []string{linkA}},
		"line feed only": {pdf(strings.Replace(objectStream(a), "stream\r\n", "stream\n", 1)),
			[]string{linkA}},
		"stream without an end": {pdf(objectStream(a + strings.Repeat(" ", 1000)))[:570], []string{linkA}},
		"after a broken stream": {pdf(
			"<< /Type /ObjStm /Filter /FlateDecode >>\nstream\nno zlib\nendstream", objectStream(a),
		), []string{linkA}},
		"after an open string": {pdf(link("("+strings.Repeat("a", 5000)), a), []string{linkA}},
		"junk before the head": {append(bytes.Repeat([]byte("\x00\xff"), 500), pdf(a)...), []string{linkA}},
		"encrypted, not links": {append(pdf(a), "trailer << /Encrypt 9 0 R >>"...), []string{linkA}},
		"cut off":              {bytes.SplitAfter(pdf(a, b), []byte("#a)"))[0], []string{linkA}},
	} {
		t.Run(name, func(t *testing.T) {
			texts, err := scan.Read(t.Context(), c.data)
			require.NoError(t, err)
			assert.Equal(t, c.want, texts)
		})
	}
}

// TestReadSavedPDF reads what qpdf made of pdf(link(...)): once with
// object streams, once encrypted with a password as well.
func TestReadSavedPDF(t *testing.T) {
	for name, want := range map[string]error{"resaved.pdf": nil, "encrypted.pdf": scan.ErrEncrypted} {
		data, err := os.ReadFile(filepath.Join("testdata", name))
		require.NoError(t, err)
		assert.NotContains(t, string(data), "qr.example.it")
		texts, err := scan.Read(t.Context(), data)
		require.ErrorIs(t, err, want)
		if want == nil {
			assert.Equal(t, []string{"https://qr.example.it/q#abc"}, texts)
		}
	}
}

func TestReadPDFRefuses(t *testing.T) {
	content := link("(https://e.it/#a)")
	for name, c := range map[string]struct {
		data []byte
		want error
	}{
		"no link":        {pdf(), scan.ErrNoLink},
		"mail link only": {pdf(link("(mailto:a@e.it)")), scan.ErrNoLink},
		"longer name":    {pdf("<< /URIs (https://e.it/#a) >>"), scan.ErrNoLink},
		"other stream": {pdf(deflated("<< /Type /XObject /Filter /FlateDecode >>", content)),
			scan.ErrNoLink},
		"other filter": {pdf("<< /Type /ObjStm /Filter /LZWDecode >>\nstream\n" + content[:20] +
			"\nendstream"), scan.ErrNoLink},
		"no stream": {pdf("<< /Type /ObjStm /Filter /FlateDecode >>"), scan.ErrNoLink},
		"cut off":   {pdf(content)[:300], scan.ErrNoLink},
		"encrypted": {append(pdf(link("(\x8a\x11\xf0)")),
			"trailer\n<< /Root 1 0 R /Encrypt 9 0 R >>"...), scan.ErrEncrypted},
		"encrypted in place": {append(pdf(), "<</Type/XRef/Encrypt<</Filter/Standard/V 5>>>>"...),
			scan.ErrEncrypted},
		"encrypted, new line":  {append(pdf(), "<<\n/Encrypt\r\n9 0 R>>"...), scan.ErrEncrypted},
		"metadata not crypted": {append(pdf(), "<< /EncryptMetadata false >>"...), scan.ErrNoLink},
	} {
		t.Run(name, func(t *testing.T) {
			texts, err := scan.Read(t.Context(), c.data)
			assert.ErrorIs(t, err, c.want)
			assert.Nil(t, texts)
		})
	}
}

// TestPDFBounds reads files that ask for more work than Links does.
func TestPDFBounds(t *testing.T) {
	if race.Enabled {
		t.Skip("runs without -race: large files, read by one goroutine")
	}
	t.Run("1,000 pages", func(t *testing.T) {
		rng := rand.New(rand.NewPCG(1, 1))
		want := qrText(rng, online)
		noise := make([]byte, 12<<10)
		objects := make([]string, 0, 2001)
		for i := range 1000 {
			for j := range noise {
				noise[j] = byte(rng.Uint32())
			}
			objects = append(objects, "<< /Length 12288 >>\nstream\n"+string(noise)+"\nendstream",
				link(fmt.Sprintf("(https://e.it/page/%d)", i)))
		}
		file := pdf(append(objects, objectStream(link("("+want+")")))...)
		require.Greater(t, len(file), 12_000_000)
		var texts []string
		var err error
		spent := allocated(func() { texts, err = scan.Read(t.Context(), file) })
		require.NoError(t, err)
		assert.Equal(t, []string{want}, texts)
		assert.Less(t, spent, 4<<20)
	})
	t.Run("links", func(t *testing.T) {
		var objects []string
		for i := range 1500 {
			objects = append(objects, link(fmt.Sprintf("(https://e.it/%d)", i)),
				link(fmt.Sprintf("(https://e.it/#%d)", i)))
		}
		texts, err := scan.Read(t.Context(), pdf(objects...))
		require.NoError(t, err)
		assert.Len(t, texts, 1000)
		assert.Equal(t, "https://e.it/#999", texts[999])
	})
	t.Run("one large stream", func(t *testing.T) {
		far := strings.Repeat(" ", 4<<20) + link("(https://e.it/#a)")
		var err error
		spent := allocated(func() { _, err = scan.Read(t.Context(), pdf(objectStream(far))) })
		assert.ErrorIs(t, err, scan.ErrNoLink)
		assert.Less(t, spent, 200<<20, "with the pixels of the page")
	})
	t.Run("many large streams", func(t *testing.T) {
		large := objectStream(strings.Repeat(" ", 4<<20))
		file := pdf(large, large, large, large, large, large, large, large,
			objectStream(link("(https://e.it/#a)")))
		_, err := scan.Read(t.Context(), file)
		assert.ErrorIs(t, err, scan.ErrNoLink, "32 MiB are spent before the link")
		file = pdf(large, large, large, large, large, large, large,
			objectStream(link("(https://e.it/#a)")), large)
		texts, err := scan.Read(t.Context(), file)
		require.NoError(t, err)
		assert.Equal(t, []string{"https://e.it/#a"}, texts)
	})
	t.Run("many streams", func(t *testing.T) {
		empty := strings.Repeat("<</Type/ObjStm/Filter/FlateDecode>>stream\nendstream", 4096)
		_, err := scan.Read(t.Context(), pdf(empty, objectStream(link("(https://e.it/#a)"))))
		assert.ErrorIs(t, err, scan.ErrNoLink)
	})
	t.Run("many compressed bytes", func(t *testing.T) {
		// Empty stored blocks inflate to nothing.
		block := "\x00\x00\x00\xff\xff"
		stream := func(size int) string {
			return "<</Type/ObjStm/Filter/FlateDecode>>stream\n\x78\x9c" +
				strings.Repeat(block, size/len(block)) + "\nendstream"
		}
		behind := objectStream(link("(https://e.it/#a)"))
		_, err := scan.Read(t.Context(), pdf(stream(1<<20), stream(2<<20), behind))
		assert.ErrorIs(t, err, scan.ErrNoLink, "2 MiB are spent before the link")
		texts, err := scan.Read(t.Context(), pdf(stream(1<<20), stream(1<<19), behind))
		require.NoError(t, err)
		assert.Equal(t, []string{"https://e.it/#a"}, texts)
	})
	t.Run("streams in a stream", func(t *testing.T) {
		// Each stream begins in a stored block of the one before, so each goes through the rest of the file.
		head := "/ObjStm/FlateDecode stream\n\x78\x9c"
		size := byte(len(head))
		nested := strings.Repeat(string([]byte{0, size, 0, ^size, 0xff})+head, 100)
		file := pdf("<</Type" + head + nested + strings.Repeat("\x00\x00\x00\xff\xff", 100<<10))
		_, err := scan.Read(t.Context(), append(file, objectStream(link("(https://e.it/#a)"))...))
		assert.ErrorIs(t, err, scan.ErrNoLink, "2 MiB are spent before the link")
	})
	t.Run("many names of streams", func(t *testing.T) {
		for count, want := range map[int]error{3000: nil, 5000: scan.ErrNoLink} {
			_, err := scan.Read(t.Context(), pdf(strings.Repeat("/ObjStm ", count),
				objectStream(link("(https://e.it/#a)"))))
			assert.ErrorIs(t, err, want, count)
		}
	})
	// Each of these is gone through once, or this test takes minutes.
	size := scan.MaxBytes
	if brief() {
		size /= 32
	}
	for name, unit := range map[string]string{
		"open strings":     "/URI(",
		"open hexadecimal": "/URI<68",
		"names":            "/URI",
		"streams":          "/ObjStm",
		"filters":          "/ObjStm/FlateDecode",
		"empty streams":    "/ObjStm/FlateDecode stream\n",
		"longer names":     "/EncryptX",
		"objects":          "obj",
	} {
		t.Run(name, func(t *testing.T) {
			file := "%PDF-1.7\n" + strings.Repeat(unit, (size-9)/len(unit))
			var err error
			spent := allocated(func() { _, err = scan.Read(t.Context(), []byte(file)) })
			assert.ErrorIs(t, err, scan.ErrNoLink)
			assert.Less(t, spent, 8*scan.MaxBytes)
		})
	}
}
