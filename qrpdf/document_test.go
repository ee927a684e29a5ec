package qrpdf_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/qr-invalidita/attesta/qrpdf"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const pointsPerMM = 72 / 25.4

// box is where the content stream puts the symbol, in points from the lower left corner.
type box struct{ left, top, module, side float64 }

// symbolBox reads the one transformation of the page and checks the rectangles after it against the symbol.
func symbolBox(t testing.TB, content string, s *qrpdf.Symbol) box {
	t.Helper()
	_, drawing, ok := strings.Cut(content, "\nq ")
	require.True(t, ok)
	drawing, _, ok = strings.Cut(drawing, "f Q\n")
	require.True(t, ok, "one fill")
	var b box
	var down float64
	lines := strings.Split(strings.TrimSuffix(drawing, "\n"), "\n")
	_, err := fmt.Sscanf(lines[0], "%f 0 0 %f %f %f cm", &b.module, &down, &b.left, &b.top)
	require.NoError(t, err)
	require.Equal(t, -b.module, down)
	b.side = b.module * float64(s.Size())

	painted := 0
	for _, line := range lines[1:] {
		var x, y, w, h int
		if _, err := fmt.Sscanf(line, "%d %d %d %d re", &x, &y, &w, &h); err != nil || h != 1 {
			t.Fatalf("%s: %v", line, err)
		}
		if s.Dark(x-1, y) || s.Dark(x+w, y) {
			t.Fatalf("run not merged: %s", line)
		}
		for i := x; i < x+w; i++ {
			if !s.Dark(i, y) {
				t.Fatalf("paints a light module: %s", line)
			}
			painted++
		}
	}
	require.Equal(t, darkModules(s), painted)
	return b
}

func darkModules(s *qrpdf.Symbol) int {
	n := 0
	for y := range s.Size() {
		for x := range s.Size() {
			if s.Dark(x, y) {
				n++
			}
		}
	}
	return n
}

func TestDocumentStructure(t *testing.T) {
	s := encode(t, qrpdf.Encoder{}, address(300))
	b := write(t, page(), s)
	objects, trailer := readPDF(t, b)

	assert.Regexp(t, `^/Root 1 0 R /Info 8 0 R /ID \[<([0-9A-F]{32})> <[0-9A-F]{32}>\]$`, trailer)
	catalog := objects[1].text
	assert.Contains(t, catalog, "/Type /Catalog")
	assert.Contains(t, catalog, "/Lang (it)")
	assert.Contains(t, catalog, "/ViewerPreferences << /DisplayDocTitle true >>")
	assert.NotContains(t, catalog, "MarkInfo", "must not claim tags")
	assert.Contains(t, find(t, objects, "/MediaBox").text, "/MediaBox [0 0 595.2756 841.8898]")
	assert.NotContains(t, string(b), "/ObjStm")
	assert.NotContains(t, string(b), "/Encrypt")

	info := objects[8].text
	assert.Equal(t, page().Title, textAfter(t, info, "/Title"))
	assert.Equal(t, "D:20261122093000+00'00'", textAfter(t, info, "/CreationDate"))
	assert.Equal(t, "D:20261122093000+00'00'", textAfter(t, info, "/ModDate"))
	assert.Less(t, len(b), 10_000)
}

func TestDocumentLink(t *testing.T) {
	for _, text := range []string{
		address(300), "https://h/#a", "http://127.0.0.1:8080/v#" + strings.Repeat("A", 40), "http://[::1]/v#x",
		"https://attesta.example/(a)((b)#c)", "https://attesta.example/v?a=%28&b='*+,;!$@~",
	} {
		s := encode(t, qrpdf.Encoder{}, text)
		d := page()
		d.Title = `nothing here: /URI (https://evil.example) /URI /A \(`
		b := write(t, d, s)
		assert.Equal(t, text, scan(t, b))

		objects, _ := readPDF(t, b)
		link := find(t, objects, "/Subtype /Link").text
		assert.Equal(t, text, textAfter(t, link, "/S /URI /URI"))
		assert.Equal(t, d.Title, textAfter(t, link, "/Contents"))
		assert.Contains(t, link, " /F 4 ")
		assert.Contains(t, link, " /Border [0 0 0] ")
	}
}

// What the design asks of the place of the symbol, for every version that a Document may get.
func TestDocumentPlacement(t *testing.T) {
	for version := lowestVersion; version <= highestVersion; version++ {
		s := fullOf(t, version)
		if version < 3 { // too small for the usual address
			s = encode(t, qrpdf.Encoder{}, "https://a.it/#"+strings.Repeat("x", 10*(version-1)))
		}
		require.Equal(t, version, s.Version())
		objects, _ := readPDF(t, write(t, page(), s))
		b := symbolBox(t, find(t, objects, "\nstream\n").data, s)

		module, side, left := b.module/pointsPerMM, b.side/pointsPerMM, b.left/pointsPerMM
		fromTop := 297 - b.top/pointsPerMM
		quietZone := quiet * module
		assert.GreaterOrEqual(t, side, 35.0)
		assert.InDelta(t, 49, side, 4)
		assert.GreaterOrEqual(t, module, 0.4999)
		assert.GreaterOrEqual(t, left-quietZone, 10.0)
		for _, edge := range []float64{left, fromTop, 210 - left - side, 297 - fromTop - side} {
			assert.GreaterOrEqual(t, edge, 15.0)
		}
		assert.Less(t, left+side+quietZone, 105.0, "upright fold")
		assert.Less(t, fromTop+side+quietZone, 99.0, "fold in three")

		var x0, y0, x1, y1 float64
		_, rect, _ := strings.Cut(find(t, objects, "/Subtype /Link").text, "/Rect ")
		_, err := fmt.Sscanf(rect, "[%f %f %f %f]", &x0, &y0, &x1, &y1)
		require.NoError(t, err)
		for i, want := range []float64{b.left, b.top - b.side, b.left + b.side, b.top} {
			assert.InDelta(t, want, []float64{x0, y0, x1, y1}[i], 0.1)
		}
	}
}

func TestDocumentTextLayout(t *testing.T) {
	s := encode(t, qrpdf.Encoder{}, address(300))
	d := page()
	d.Title = "Attestazione della condizione di disabilità, codice di verifica bilingue"
	d.Note = "Vor der Prüfung “Fotokamera” öffnen – für 5 € œuvre, naïve (Šš Žž) " + strings.Repeat("parole ", 30) + strings.Repeat("W", 60)
	objects, _ := readPDF(t, write(t, d, s))
	content := find(t, objects, "\nstream\n").data
	title, rest, _ := strings.Cut(content, "ET\n")
	assert.Equal(t, 2, strings.Count(title, " Tj\n"))
	assert.Contains(t, title, `codice ) Tj`, "a broken line keeps its space")
	note := rest[strings.Index(rest, "BT "):]
	assert.Contains(t, note, "Pr\xFCfung \x93Fotokamera\x94 \xF6ffnen \x96 f\xFCr 5 \x80")
	assert.Contains(t, note, "(na\xEFve \\(\x8A\x9A \x8E\x9E\\)")

	// 86 letters fill the line; the space after them stays with them all the same.
	d.Title = strings.Repeat("i", 86) + " x"
	objects, _ = readPDF(t, write(t, d, s))
	assert.Contains(t, find(t, objects, "\nstream\n").data, "i ) Tj\nT* (x) Tj\n")

	d.Title, d.Note = page().Title, ""
	objects, _ = readPDF(t, write(t, d, s))
	assert.Equal(t, 1, strings.Count(find(t, objects, "\nstream\n").data, " Tj\n"), "no note, no line")
}

func TestDocumentRefuses(t *testing.T) {
	good := encode(t, qrpdf.Encoder{}, address(300))
	with := func(change func(*qrpdf.Document)) qrpdf.Document {
		d := page()
		change(&d)
		return d
	}
	title := func(s string) qrpdf.Document { return with(func(d *qrpdf.Document) { d.Title = s }) }
	note := func(s string) qrpdf.Document { return with(func(d *qrpdf.Document) { d.Note = s }) }
	tests := []struct {
		name string
		d    qrpdf.Document
		says string
	}{
		{"zero", qrpdf.Document{}, "no date of issue"},
		{"no title", title(""), "no title"},
		{"blank title", title(" \u00a0 "), "no title"},
		{"letter outside the font", title("Uporaba: pokaži, če"), `title: the font has no letter 'č' (U+010D)`},
		{"letter in the note", note("Ελλάδα"), `note: the font has no letter 'Ε' (U+0395)`},
		{"line break", title("a\nb"), `title: the font has no letter '\n' (U+000A)`},
		{"soft hyphen", title("a\u00adb"), `(U+00AD)`},
		{"code without a letter", title("a\u0081b"), `(U+0081)`},
		{"delete", title("a\x7fb"), `(U+007F)`},
		{"replacement character", title("a\uFFFDb"), `(U+FFFD)`},
		{"not UTF-8", title("a\xffb"), "title: not UTF-8 at byte 1"},
		{"long title", title(strings.Repeat("i", 201)), "title of 201 bytes, at most 200"},
		{"broad title", title(strings.Repeat("W", 100)), "title fills 4 lines, at most 2"},
		{"long note", note(strings.Repeat("i", 1001)), "note of 1001 bytes, at most 1000"},
		{"broad note", note(strings.Repeat("WWW ", 100)), "lines, at most 8"},
		{"unknown language", with(func(d *qrpdf.Document) { d.Lang = "es" }), `no language "es"`},
		{"language that breaks out", with(func(d *qrpdf.Document) { d.Lang = "it) /X (" }), "no language"},
		{"year 10000", with(func(d *qrpdf.Document) { d.Issued = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC) }), "year 10000"},
		{"year -1", with(func(d *qrpdf.Document) { d.Issued = time.Date(-1, 1, 1, 0, 0, 0, 0, time.UTC) }), "year -1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var out bytes.Buffer
			assert.ErrorContains(t, tt.d.Write(&out, good), tt.says)
			assert.Zero(t, out.Len())
		})
	}
}

func TestDocumentRefusesWhatIsNoAddress(t *testing.T) {
	for _, text := range []string{
		"eyJhbGciOiJFUzI1NiJ9.e30.c2ln", "attesta.example/v#x", "//attesta.example/v#x", "https:attesta.example", "https:///v#x",
		"https://", "ftp://attesta.example/#x", "javascript://attesta.example/%0Aalert(1)", "https://attesta.example/ #x",
		"https://attesta.example/\n#x", "https://attesta.example/à#x", `https://attesta.example/\#x`, "https://attesta.example/%zz",
		" https://attesta.example/", "https://attesta.example/<x>", "https://attesta.example:port/",
	} {
		var out bytes.Buffer
		assert.ErrorIs(t, page().Write(&out, encode(t, qrpdf.Encoder{}, text)), qrpdf.ErrNotURL, text)
		assert.Zero(t, out.Len())
	}
}

func TestDocumentLanguages(t *testing.T) {
	s := fullOf(t, 5)
	for lang, want := range map[string]string{"": "it", "it": "it", "en": "en", "de": "de", "fr": "fr", "sl": "sl"} {
		d := page()
		d.Lang = lang
		objects, _ := readPDF(t, write(t, d, s))
		assert.Contains(t, objects[1].text, "/Lang ("+want+")")
	}
}

func TestDocumentIdentifier(t *testing.T) {
	s := fullOf(t, 5)
	later := page()
	later.Issued = issued.Add(time.Second)
	_, one := readPDF(t, write(t, page(), s))
	_, two := readPDF(t, write(t, later, s))
	assert.NotEqual(t, one, two)

	inRome := page()
	inRome.Issued = issued.UTC()
	assert.Equal(t, write(t, page(), s), write(t, inRome, s), "the zone does not matter")
}

func TestDocumentQPDF(t *testing.T) {
	s := encode(t, qrpdf.Encoder{}, "https://attesta.example/(v)#"+strings.Repeat("a", 250))
	name := filepath.Join(t.TempDir(), "page.pdf")
	require.NoError(t, os.WriteFile(name, write(t, page(), s), 0o600))
	assert.Contains(t, run(t, "qpdf", "--check", name), "No syntax or stream encoding errors found")

	var file struct {
		Parts []json.RawMessage `json:"qpdf"` // about the file, and the objects in it
	}
	var objects map[string]struct {
		Value json.RawMessage `json:"value"`
	}
	require.NoError(t, json.Unmarshal([]byte(run(t, "qpdf", "--json", name)), &file))
	require.NoError(t, json.Unmarshal(file.Parts[1], &objects))
	var addresses []any
	for _, o := range objects {
		var annotation struct {
			Action map[string]any `json:"/A"`
		}
		if json.Unmarshal(o.Value, &annotation) == nil && annotation.Action != nil {
			addresses = append(addresses, annotation.Action["/URI"])
		}
	}
	assert.Equal(t, []any{"u:" + s.Text()}, addresses)
}

// Any fields give a clear error and no output, or a file that stands up to a strict reader and gives them back.
func FuzzDocument(f *testing.F) {
	f.Fuzz(func(t *testing.T, title, note, lang, text string, seconds int64) {
		s, err := qrpdf.Encoder{MaxVersion: highestVersion}.Encode(text)
		if err != nil {
			t.Skip()
		}
		d := qrpdf.Document{Title: title, Note: note, Lang: lang, Issued: time.Unix(seconds, 0)}
		var out, again bytes.Buffer
		if err := d.Write(&out, s); err != nil {
			require.Zero(t, out.Len())
			return
		}
		require.Equal(t, text, scan(t, out.Bytes()))
		objects, _ := readPDF(t, out.Bytes())
		require.Equal(t, title, textAfter(t, objects[8].text, "/Title"))
		require.Equal(t, text, textAfter(t, find(t, objects, "/Subtype /Link").text, "/S /URI /URI"))
		symbolBox(t, find(t, objects, "\nstream\n").data, s)
		require.NoError(t, d.Write(&again, s))
		require.Equal(t, out.Bytes(), again.Bytes())
	})
}
