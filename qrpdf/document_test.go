package qrpdf_test

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/text/unicode/norm"

	"github.com/qr-invalidita/attesta/qrpdf"
)

func TestDocumentFile(t *testing.T) {
	s := encode(t, qrpdf.Encoder{}, address(300))
	for _, layout := range layouts {
		for _, lang := range languages {
			d := page()
			d.Layout, d.Lang = layout, lang
			b := write(t, d, s)
			objects, trailer := readPDF(t, b)
			main, _, _ := strings.Cut(lang, "+")
			assert.Regexp(t, `^/Root 1 0 R /Info 6 0 R /ID \[<([0-9A-F]{32})> <[0-9A-F]{32}>\]$`, trailer)
			catalog := objects[1].text
			assert.Contains(t, catalog, "/Lang ("+main+")")
			assert.Contains(t, catalog, "/ViewerPreferences << /DisplayDocTitle true >>")
			assert.Contains(t, catalog, "/MarkInfo << /Marked true >>")
			all, _ := pages(t, objects)
			for i, p := range all {
				assert.Contains(t, p.text, "/MediaBox [0 0 595.2756 841.8898]")
				assert.Contains(t, p.text, "/Tabs /S")
				assert.Equal(t, i == 0, strings.Contains(p.text, "/Annots"))
			}
			assert.NotContains(t, string(b), "/ObjStm")
			assert.NotContains(t, string(b), "/Encrypt")
			assert.Less(t, len(b)/len(all), 40_000, "%v %s", layout, lang)
			assert.Less(t, len(b), 50_000, "%v %s", layout, lang)
		}
	}
}

// The number of pages of a document with usual texts.
func TestDocumentPages(t *testing.T) {
	s := printedSymbol(t)
	eachDocument(func(name string, d qrpdf.Document) {
		d.SecondLevel, d.VoidPhone = true, "800 000000"
		objects, _ := readPDF(t, write(t, d, s))
		all, _ := pages(t, objects)
		want := map[bool]map[qrpdf.Layout]int{
			false: {qrpdf.Standard: 1, qrpdf.LargePrint: 2, qrpdf.Wallet: 1, qrpdf.Easy: 3},
			true:  {qrpdf.Standard: 1, qrpdf.LargePrint: 4, qrpdf.Wallet: 2, qrpdf.Easy: 5},
		}[strings.Contains(d.Lang, "+")][d.Layout]
		assert.LessOrEqual(t, len(all), want, name)
	})
}

// A sheet that follows another has more on it than a few lines.
func TestLastPageIsFilled(t *testing.T) {
	s := printedSymbol(t)
	name := filepath.Join(t.TempDir(), "page.pdf")
	eachDocument(func(what string, d qrpdf.Document) {
		for _, contact := range []string{"", d.Contact, strings.Repeat("Via Lunga 1, ", 20)} {
			d.Contact = contact
			require.NoError(t, os.WriteFile(name, write(t, d, s), 0o600))
			pages := strings.Split(run(t, "pdftotext", "-layout", "-enc", "UTF-8", name, "-"), "\f")
			pages = pages[:len(pages)-1] // behind the last form feed
			for i, page := range pages[1:] {
				assert.Greater(t, len(strings.Split(strings.TrimSpace(page), "\n")), 8, "%s, page %d", what,
					i+2)
			}
		}
	})
}

// The size of a letter: 30 KB in one language, 40 KB in two, and what a rare name, a logo and the pages
// of easy language add.
func TestDocumentSize(t *testing.T) {
	s := printedSymbol(t)
	eachDocument(func(name string, d qrpdf.Document) {
		most := 30 << 10
		if strings.Contains(d.Lang, "+") {
			most = 40 << 10
		}
		if d.Holder != "" {
			most += 8 << 10
		}
		if d.Layout == qrpdf.Easy {
			most += 2 << 10
		}
		assert.LessOrEqual(t, len(write(t, d, s)), most, name)
	})
}

// In large print the steps for people who check are on the first page, and the second language starts a page.
func TestLargePrintPages(t *testing.T) {
	s := printedSymbol(t)
	name := filepath.Join(t.TempDir(), "page.pdf")
	for lang, want := range map[string]struct {
		last   int
		first  string
		begins string
		ends   string
	}{
		"fr":    {2, "Pour qui contrôle", "", "Comment le trouver au toucher"},
		"it+de": {4, "Per chi controlla", "Für alle, die prüfen", "So finden Sie ihn durch Tasten"},
		"it+fr": {4, "Per chi controlla", "Pour qui contrôle", "Comment le trouver au toucher"},
		"it+sl": {4, "Per chi controlla", "Za tiste, ki preverjajo", "Kako jo najdete s tipom"},
	} {
		d := page()
		d.Layout, d.Lang, d.Holder = qrpdf.LargePrint, lang, "Đorđe Nguyễn-Müller"
		require.NoError(t, os.WriteFile(name, write(t, d, s), 0o600))
		text := strings.Split(run(t, "pdftotext", "-raw", "-enc", "UTF-8", name, "-"), "\f")
		require.Len(t, text, want.last+1, lang)
		assert.Contains(t, text[0], want.first)
		assert.True(t, strings.HasPrefix(text[2], want.begins), text[2])
		assert.Contains(t, text[want.last-1], want.ends)
	}
}

func TestDocumentLink(t *testing.T) {
	for _, text := range []string{
		address(300), "https://h/#a", "http://127.0.0.1:8080/v#" + strings.Repeat("A", 40),
		"http://[::1]/v#x",
		"https://attesta.example/(a)((b)#c)", "https://attesta.example/v?a=%28&b='*+,;!$@~",
	} {
		s := encode(t, qrpdf.Encoder{}, text)
		d := page()
		evil := `/URI (https://evil.example) /URI /A \(`
		d.DisplayName, d.Contact, d.Holder, d.VoidAt, d.Address = evil, evil, evil, evil, evil
		d.Logo = qrpdf.Logo{Data: pngLogo(), Alt: evil}
		b := write(t, d, s)
		assert.Equal(t, text, scan(t, b))

		objects, _ := readPDF(t, b)
		link := find(t, objects, "/Subtype /Link").text
		assert.Equal(t, text, textAfter(t, link, "/S /URI /URI"))
		assert.Contains(t, textAfter(t, link, "/Contents"), evil)
		assert.Contains(t, link, " /F 4 ")
		assert.Contains(t, link, " /Border [0 0 0] ")
	}
}

// The printed address is that of the symbol without the token, or the one that the caller gives.
func TestDocumentAddress(t *testing.T) {
	for _, tt := range []struct{ text, field, want string }{
		{"https://attesta.example/v#eyJ.secret", "", "https://attesta.example/v"},
		{"https://attesta.example/v?t=secret", "", "https://attesta.example/v"},
		{"https://attesta.example/v?a#secret", "", "https://attesta.example/v"},
		{"https://attesta.example/secret", "attesta.example", "attesta.example"},
	} {
		for _, layout := range layouts {
			d := page()
			d.Layout, d.Address, d.VoidAt = layout, tt.field, "numero verde"
			b := write(t, d, encode(t, qrpdf.Encoder{}, tt.text))
			root := readOutline(t, b)
			assert.Contains(t, root.all(), tt.want)
			assert.NotContains(t, root.String(), "secret")
			assert.Equal(t, 1, bytes.Count(b, []byte("secret")), "only in the link")
		}
	}
}

// A blank text is an absent one, in every layout: the same file, byte for byte.
func TestDocumentBlankTexts(t *testing.T) {
	s := encode(t, qrpdf.Encoder{}, address(300))
	for name, layout := range layouts {
		for _, lang := range []string{"it", "it+de"} {
			d := page()
			d.Layout, d.Lang, d.Contact, d.VoidAt = layout, lang, "", ""
			want := write(t, d, s)
			for _, blank := range []string{" ", "\u00ad", "\u00a0"} {
				d.Contact, d.Holder, d.Address, d.VoidAt, d.VoidPhone = blank, blank, blank, blank, blank
				assert.Equal(t, want, write(t, d, s), "%s %s %q", name, lang, blank)
			}
		}
	}
}

func TestDocumentIdentifier(t *testing.T) {
	s := fullOf(t, 5)
	later := page()
	later.Issued = issued.Add(time.Second)
	_, one := readPDF(t, write(t, page(), s))
	_, two := readPDF(t, write(t, later, s))
	assert.NotEqual(t, one, two)
}

// A day is printed in its own time zone.
func TestDocumentDays(t *testing.T) {
	s := fullOf(t, 5)
	d := page()
	d.Issued = time.Date(2026, 12, 31, 23, 30, 0, 0, time.UTC)
	d.Expires = time.Date(2031, 8, 1, 0, 0, 0, 0, time.UTC)
	for lang, want := range map[string]string{
		"it": "31 dicembre 2026 1º agosto 2031", "en": "31 December 2026 1 August 2031",
		"de": "31. Dezember 2026 1. August 2031", "fr": "31 décembre 2026 1er août 2031",
		"sl": "31. decembra 2026 1. avgusta 2031",
	} {
		d.Lang = lang
		var days []string
		readOutline(t, write(t, d, s)).walk("", func(n *node, _ string) {
			if n.role == "TD" && len(days) < 2 {
				days = append(days, strings.TrimSpace(n.text))
			}
		})
		assert.Equal(t, want, strings.Join(days, " "))
	}
	d.Lang, d.Issued = "it", d.Issued.In(time.FixedZone("CET", 3600))
	assert.Contains(t, readOutline(t, write(t, d, s)).all(), "1º gennaio 2027")
}

// Letters with several encodings are printed in one.
func TestDocumentLetters(t *testing.T) {
	s := fullOf(t, 5)
	d := page()
	for given, want := range map[string]string{
		"e\u0300 così": "è così", "co\u00ADop": "coop", "a\u2011b\u2010c": "a-b-c",
		"1\u202F000": "1\u00A0000", "  Ana  ": "Ana", "S\u0323\u0300o\u0323la": "Ṣ\u0300ọla",
		"Nguye\u0302\u0303n": "Nguyễn", "Ĥŭ Ŋ Ə ǎ": "Ĥŭ Ŋ Ə ǎ", "Đ Ð ŀ Ș ẞ": "Đ Ð ŀ Ș ẞ",
	} {
		d.Holder = given
		var got string
		readOutline(t, write(t, d, s)).walk("", func(n *node, _ string) {
			if n.role == "TD" && got == "" {
				got = strings.TrimSuffix(n.text, " ")
			}
		})
		assert.Equal(t, want, got)
	}
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
		if json.Unmarshal(o.Value, &annotation) == nil && annotation.Action["/URI"] != nil {
			addresses = append(addresses, annotation.Action["/URI"])
		}
	}
	assert.Equal(t, []any{"u:" + s.Text()}, addresses)
}

// The same fields give the same bytes, also from several goroutines.
func TestDocumentConcurrent(t *testing.T) {
	s := fullOf(t, 13)
	eachDocument(func(name string, d qrpdf.Document) {
		want := write(t, d, s)
		var wait sync.WaitGroup
		got := make([][]byte, 4)
		for i := range got {
			wait.Go(func() {
				var b bytes.Buffer
				if d.Write(&b, s) == nil {
					got[i] = b.Bytes()
				}
			})
		}
		wait.Wait()
		for _, b := range got {
			require.True(t, bytes.Equal(want, b), name)
		}
	})
}

// Many documents need no more memory than a few.
func TestDocumentMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	documents := 1000
	if many := os.Getenv("ATTESTA_DOCUMENTS"); many != "" {
		var err error
		documents, err = strconv.Atoi(many)
		require.NoError(t, err)
	}
	s := fullOf(t, 13)
	d := page()
	heap := func(documents int) int64 {
		for range documents {
			require.NoError(t, d.Write(io.Discard, s))
		}
		runtime.GC()
		runtime.GC() // pools survive the first
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	few := heap(50)
	more := heap(documents) - few
	t.Logf("the heap of %d bytes after 50 documents is %d bytes larger after %d more", few, more, documents)
	assert.Less(t, more, int64(1<<20))
}

// Any fields give a clear error and no output, or a file that a strict reader accepts and that
// contains them.
func FuzzDocument(f *testing.F) {
	f.Fuzz(func(t *testing.T, layout int, lang, issuer, holder, place, text string, seconds int64) {
		s, err := qrpdf.Encoder{MaxVersion: highestVersion}.Encode(text)
		if err != nil {
			t.Skip()
		}
		d := qrpdf.Document{
			Layout: qrpdf.Layout(layout), Lang: lang, DisplayName: issuer, Holder: holder, Contact: place,
			VoidAt: place, Address: place, Issued: time.Unix(seconds, 0).UTC(),
			Expires: time.Unix(seconds, 0).UTC().AddDate(5, 0, 0),
		}
		var out, again bytes.Buffer
		if err := d.Write(&out, s); err != nil {
			require.Zero(t, out.Len())
			return
		}
		require.Equal(t, text, scan(t, out.Bytes()))
		objects, _ := readPDF(t, out.Bytes())
		require.Equal(t, text, textAfter(t, find(t, objects, "/Subtype /Link").text, "/S /URI /URI"))
		_, contents := pages(t, objects)
		symbolBox(t, contents[0], s)
		said := readOutline(t, out.Bytes()).all()
		for _, field := range []string{issuer, holder, place} {
			require.Contains(t, said, printed(field))
		}
		require.NoError(t, d.Write(&again, s))
		require.Equal(t, out.Bytes(), again.Bytes())
	})
}

// printed returns a field in its printed form.
func printed(field string) string {
	return strings.Trim(strings.NewReplacer("\u00AD", "", "\u2010", "-", "\u2011", "-", "\u202F",
		"\u00A0").Replace(norm.NFC.String(field)), " \u00A0")
}

// The cost of a page: about 700 allocations, most of them for the texts.
func TestDocumentCost(t *testing.T) {
	s := fullOf(t, 13)
	d := page()
	assert.Less(t, testing.AllocsPerRun(20, func() {
		if err := d.Write(io.Discard, s); err != nil {
			t.Error(err)
		}
	}), 1200.0) // the race detector empties pools at random
}
