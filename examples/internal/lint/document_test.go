package lint_test

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/lint"
	"github.com/qr-invalidita/attesta/qrpdf"
)

const mm = 72 / 25.4 // in points

// document is a PDF in parts.
type document struct {
	catalog string            // what the catalog holds beside /Type and /Pages
	info    string            // of the information dictionary
	link    string            // where the page links to
	objects map[string]string // further ones, by number from 10 on
	symbol  *qrpdf.Symbol
	left    float64 // of the symbol from the page's lower left corner, in mm, and its width
	bottom  float64
	side    float64
	pages   int // 0 means 1; the symbol stands on the last one
	box     string
}

func (d document) bytes() []byte {
	var content strings.Builder
	if s := d.symbol; s != nil {
		module := d.side * mm / float64(s.Size())
		fmt.Fprintf(&content, "%f 0 0 %f %f %f cm\n", module, -module, d.left*mm, (d.bottom+d.side)*mm)
		for y := range s.Size() {
			for x := range s.Size() {
				if s.Dark(x, y) {
					fmt.Fprintf(&content, "%d %d 1 1 re\n", x, y)
				}
			}
		}
		content.WriteString("f\n")
	}
	box := d.box
	if box == "" {
		box = "0 0 595.28 841.89"
	}
	annots := ""
	if d.link != "" {
		annots = "/Annots [<< /Type /Annot /Subtype /Link /Border [0 0 0] /Rect [9 9 99 99] /A << " +
			"/S /URI /URI (" + d.link + ") >> >>]"
	}
	kids := strings.Repeat("6 0 R ", max(d.pages, 1)-1) + "3 0 R"
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n")
	object := func(number, body string) { fmt.Fprintf(&b, "%s 0 obj\n%s\nendobj\n", number, body) }
	object("1", "<< /Type /Catalog /Pages 2 0 R "+d.catalog+" >>")
	object("2", fmt.Sprintf("<< /Type /Pages /Kids [%s] /Count %d /MediaBox [%s] >>", kids, max(d.pages, 1),
		box))
	object("3", "<< /Type /Page /Parent 2 0 R /Contents 4 0 R "+annots+" >>")
	object("4", fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", content.Len(), content.String()))
	object("5", "<< "+d.info+" >>")
	object("6", "<< /Type /Page /Parent 2 0 R >>")
	for number, body := range d.objects {
		object(number, body)
	}
	b.WriteString("trailer\n<< /Root 1 0 R /Info 5 0 R /Size 30 >>\n%%EOF\n") // readers rebuild the table
	return b.Bytes()
}

// accessible returns a document in which lint finds nothing that a blind person would miss.
func accessible(tb testing.TB) document {
	s := encode(tb, 316, qrpdf.M)
	return document{
		catalog: "/MarkInfo << /Marked true >> /Lang (it-IT) /StructTreeRoot 10 0 R " +
			"/ViewerPreferences << /DisplayDocTitle true >>",
		info: "/Title (Attestazione)",
		link: s.Text(),
		objects: map[string]string{
			"10": "<< /Type /StructTreeRoot /K 11 0 R >>",
			"11": "<< /Type /StructElem /S /Figure /P 10 0 R /Pg 3 0 R /Alt (Codice QR in alto a " +
				"sinistra) >>",
		},
		symbol: s, left: 20, bottom: 200, side: 50,
	}
}

// requireTool skips a test if pdftoppm is missing, but fails in CI.
func requireTool(t *testing.T) {
	t.Helper()
	_, err := exec.LookPath("pdftoppm")
	if err != nil && os.Getenv("CI") == "true" {
		t.Fatal("pdftoppm is not installed")
	}
	if err != nil {
		t.Skip("pdftoppm is not installed")
	}
}

// seeing are the rules for people who do not see the page.
var seeing = []string{"tagged", "alt", "link", "language", "title"}

// A page of qrpdf has no findings on paper in any layout, and the measures equal its own geometry.
func TestOurPDF(t *testing.T) {
	requireTool(t)
	tests := []struct {
		layout qrpdf.Layout
		bytes  int
	}{
		{qrpdf.Standard, 331}, {qrpdf.Standard, 40}, {qrpdf.Standard, 213}, {qrpdf.Standard, 560},
		{qrpdf.LargePrint, 180}, {qrpdf.Easy, 180}, {qrpdf.Wallet, 150}, {qrpdf.Wallet, 180},
		{qrpdf.Wallet, 504},
	}
	if brief() {
		tests = tests[:1]
	}
	for _, test := range tests {
		s := encode(t, test.bytes, qrpdf.M)
		t.Run(fmt.Sprint(test.layout, s), func(t *testing.T) {
			var b bytes.Buffer
			require.NoError(t, qrpdf.Document{Layout: test.layout, DisplayName: "Ente di prova",
				Issued: time.Unix(1e9, 0), Expires: time.Unix(2e9, 0)}.Write(&b, s))
			r, err := lint.Check(t.Context(), b.Bytes(), lint.Options{Card: test.layout == qrpdf.Wallet})
			got := one(t, r, err)
			assert.Subset(t, seeing, append(rules(r), "tagged"))
			assert.Equal(t, []any{1, test.bytes, s.Version(), "M"},
				[]any{got.Page, got.Bytes, got.Version, got.Level})
			assert.InDelta(t, got.Side, got.Module*float64(s.Size()), 0.1)
			assert.InDelta(t, 210, got.Edges.Width, 0.1)
			assert.InDelta(t, 297, got.Edges.Height, 0.1)
			assert.True(t, *got.LinkMatches)
			assert.InDelta(t, 21, got.Contrast, 0)
			assert.Empty(t, r.Unseen)
			require.NotNil(t, r.Document)
			assert.Equal(t, "it", r.Document.Lang[:2])
			assert.NotEmpty(t, r.Document.Title)
			assert.True(t, r.Document.TitleShown)
		})
	}
}

func TestDrawnPDF(t *testing.T) {
	requireTool(t)
	with := func(change func(*document)) document {
		d := accessible(t)
		change(&d)
		return d
	}
	other := qrText(300)
	tests := []struct {
		name string
		file document
		want []string
		left float64
		side float64
	}{
		{"as it should be", accessible(t), nil, 20, 50},
		{"small", with(func(d *document) { d.side = 41.4 }), nil, 20, 41.4},
		{"small modules", with(func(d *document) { d.side = 40 }), []string{"module"}, 20, 40},
		{"near the edge", with(func(d *document) { d.left = 6 }), []string{"edge"}, 6, 50},
		{"on the fold", with(func(d *document) { d.bottom = 120 }), []string{"fold"}, 20, 50},
		{"a card", with(func(d *document) { d.box, d.left, d.bottom, d.side = "0 0 242.6 153", 6, 6, 35 }),
			nil, 6, 35},
		{"a small one", with(func(d *document) {
			d.box, d.left, d.bottom, d.side = "0 0 242.6 153", 6, 6, 33
		}),
			[]string{"module"}, 6, 33},
		{"a card, at its edge", with(func(d *document) {
			d.box, d.left, d.bottom, d.side = "0 0 242.6 153", 3,
				6, 35
		}), []string{"edge"}, 3, 35},
		{"cropped", with(func(d *document) {
			d.box, d.left, d.bottom = "0 0 1000 1000] /CropBox [100 100 695.28 941.89", 20+100/mm, 200+100/mm
		}), nil, 20, 50},
		{"a poster", with(func(d *document) { d.box, d.side = "0 0 1700 2400", 200 }), nil, 20, 200},
		{"on the third page", with(func(d *document) { d.pages = 3 }), nil, 20, 50},
		{"another link", with(func(d *document) { d.link = other }), []string{"link_differs"}, 20, 50},
		{"another link and small", with(func(d *document) { d.link, d.side = other, 20 }),
			[]string{"link_differs", "module"}, 20, 20},
		{"no link", with(func(d *document) { d.link = "" }), []string{"link"}, 20, 50},
		{"not tagged", with(func(d *document) { d.catalog, d.objects = "/Lang (it)", nil }),
			[]string{"tagged", "alt", "title"}, 20, 50},
	}
	for i, test := range tests {
		if brief() && i%5 != 1 {
			continue
		}
		t.Run(test.name, func(t *testing.T) {
			r, err := lint.Check(t.Context(), test.file.bytes(), lint.Options{})
			got := one(t, r, err)
			assert.Equal(t, test.want, rules(r))
			assert.Equal(t, max(test.file.pages, 1), got.Page)
			assert.InDelta(t, test.side, got.Side, 0.15)
			assert.InDelta(t, test.left, got.Edges.Left, 0.3)
			if test.file.box == "" {
				assert.InDelta(t, 297-test.file.bottom-test.side, got.Edges.Top, 0.2)
			}
			assert.Empty(t, r.Unseen)
		})
	}
}

func TestManyPages(t *testing.T) {
	requireTool(t)
	for _, c := range []struct {
		pages, symbols int
		unseen         []string
	}{
		{2, 1, []string{}},
		{12, 1, []string{}},
		{13, 0, []string{"the pages after page 12"}},
	} {
		if brief() && c.pages > 2 {
			break
		}
		d := accessible(t)
		d.pages, d.box, d.left, d.bottom = c.pages, "0 0 300 300", 20, 20
		r, err := lint.Check(t.Context(), d.bytes(), lint.Options{})
		require.NoError(t, err)
		assert.Len(t, r.Symbols, c.symbols)
		assert.Equal(t, c.unseen, r.Unseen)
	}
}

// A page that pdftoppm does not draw is not passed over in silence.
func TestPageNotDrawn(t *testing.T) {
	requireTool(t)
	tool, err := exec.LookPath("pdftoppm")
	require.NoError(t, err)
	folder := t.TempDir()
	script := "#!/bin/sh\ncase \"$*\" in *\"-f 2 \"*) exit 1;; esac\nexec " + tool + " \"$@\"\n"
	require.NoError(t, os.WriteFile(filepath.Join(folder, "pdftoppm"), []byte(script), 0o755))
	t.Setenv("PATH", folder+":"+os.Getenv("PATH"))
	s := encode(t, 316, qrpdf.M)
	picture := paper(t, sheet(300, placed{symbol: s, left: 20, top: 40, module: 0.7}).draw(), 0)
	r, err := lint.Check(t.Context(), scannedPages(picture, picture), lint.Options{})
	require.NoError(t, err)
	assert.Len(t, r.Symbols, 1)
	assert.Equal(t, []string{"the pages from page 2 on: it is damaged or takes more than 5 seconds"},
		r.Unseen)
}

// TestDocument checks the structure of a PDF without its pages.
func TestDocument(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	good := lint.Document{Tagged: true, Lang: "it-IT", Title: "Attestazione", TitleShown: true, Figures: 1,
		FiguresWithAlt: 1, Links: 1}
	xmp := func(content string) string {
		return "<< /Type /Metadata /Subtype /XML /Length 1 >>\nstream\n" + content + "\nendstream"
	}
	const titled = "<dc:title><rdf:Alt><rdf:li xml:lang=\"x-default\">Perch\u00e9 &amp; " +
		"come</rdf:li></rdf:Alt></dc:title><pdfuaid:part>1</pdfuaid:part>"
	tests := []struct {
		name   string
		change func(*document)
		want   func(*lint.Document)
		rules  []string
	}{
		{"as it should be", func(*document) {}, func(*lint.Document) {}, nil},
		{"in an object stream", func(d *document) {
			d.objects = map[string]string{"12": objectStream(d.objects["10"], d.objects["11"])}
		}, func(*lint.Document) {}, nil},
		{"by reference", func(d *document) {
			d.catalog = "/MarkInfo 13 0 R /Lang 14 0 R /StructTreeRoot 10 0 R /ViewerPreferences 15 0 R"
			d.objects["13"], d.objects["14"], d.objects["15"] = "<< /Marked true >>", "(it-IT)",
				"<< /DisplayDocTitle true >>"
		}, func(*lint.Document) {}, nil},
		{"figure under another name", func(d *document) {
			d.objects["10"] = "<< /Type /StructTreeRoot /K 11 0 R /RoleMap << /QR /Picture /Picture " +
				"/Figure >> >>"
			d.objects["11"] = "<< /S /QR /P 10 0 R /Alt <FEFF00510052> >>"
		}, func(*lint.Document) {}, nil},
		{"figure inside a list", func(d *document) {
			d.objects["11"] = "<< /S /Document /K [<< /S /P >> << /S /Figure /Alt (QR) >> 3] >>"
		}, func(*lint.Document) {}, nil},
		{"title in the metadata", func(d *document) {
			d.info = ""
			d.catalog += " /Metadata 16 0 R"
			d.objects["16"] = xmp(titled)
		}, func(d *lint.Document) { d.Title, d.ClaimsUA = "Perch\u00e9 & come", true }, nil},
		{"marked false", func(d *document) { d.catalog = strings.Replace(d.catalog, "true", "false", 1) },
			func(d *lint.Document) { d.Tagged = false }, []string{"tagged"}},
		{"no structure tree", func(d *document) {
			d.catalog = strings.Replace(d.catalog, "10 0 R", "17 0 R",
				1)
		},
			func(d *lint.Document) { d.Tagged = false }, []string{"tagged"}},
		{"no alternative text", func(d *document) { d.objects["11"] = "<< /S /Figure /P 10 0 R >>" },
			func(d *lint.Document) { d.FiguresWithAlt = 0 }, []string{"alt"}},
		{"empty alternative text", func(d *document) {
			d.objects["11"] = "<< /S /Figure /P 10 0 R /Alt ( ) >>"
		},
			func(d *lint.Document) { d.FiguresWithAlt = 0 }, []string{"alt"}},
		{"a logo without", func(d *document) { d.objects["12"] = "<< /S /Figure /P 10 0 R >>" },
			func(d *lint.Document) { d.Figures = 2 }, []string{"alt"}},
		{"no figure", func(d *document) { d.objects["11"] = "<< /S /P /Alt (x) >>" },
			func(d *lint.Document) { d.Figures, d.FiguresWithAlt = 0, 0 }, []string{"alt"}},
		{"no language", func(d *document) { d.catalog = strings.Replace(d.catalog, "/Lang (it-IT)", "", 1) },
			func(d *lint.Document) { d.Lang = "" }, []string{"language"}},
		{"no title", func(d *document) { d.info = "/Title ()" },
			func(d *lint.Document) { d.Title = "" }, []string{"title"}},
		{"title not shown", func(d *document) {
			d.catalog = strings.Replace(d.catalog, "DisplayDocTitle true", "DisplayDocTitle false", 1)
		},
			func(d *lint.Document) { d.TitleShown = false }, []string{"title"}},
		{"no link", func(d *document) { d.link = "" },
			func(d *lint.Document) { d.Links = 0 }, []string{"link"}},
		{"strings with everything", func(d *document) {
			d.info = `/Title (a\(b\)(c)\\\163\n\
) % comment ( << ` + "\n"
		},
			func(d *lint.Document) { d.Title = "a(b)(c)\\s" }, nil},
		{"changed later", func(d *document) { d.objects["11"] += "\nendobj\n11 0 obj << /S /Figure >>" },
			func(d *lint.Document) { d.FiguresWithAlt = 0 }, []string{"alt"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d, want := accessible(t), good
			test.change(&d)
			test.want(&want)
			r, err := lint.Check(t.Context(), d.bytes(), lint.Options{})
			require.NoError(t, err)
			assert.Equal(t, &want, r.Document)
			assert.Equal(t, test.rules, rules(r))
			assert.Empty(t, r.Symbols)
			assert.Equal(t, []string{"the pages: pdftoppm (poppler-utils) is not on the PATH"}, r.Unseen)
		})
	}
}

// objectStream holds the objects 10 and 11, compressed.
func objectStream(ten, eleven string) string {
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	fmt.Fprintf(z, "10 0 11 %d\n%s %s", len(ten)+1, ten, eleven)
	z.Close()
	return fmt.Sprintf(
		"<< /Type /ObjStm /N 2 /First 11 /Filter [/FlateDecode] /Length %d >>\nstream\r\n%s\nendstream",
		b.Len(), b.String())
}

func TestEncrypted(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	data := bytes.Replace(accessible(t).bytes(), []byte("/Size 30"), []byte("/Encrypt 9 0 R"), 1)
	r, err := lint.Check(t.Context(), data, lint.Options{})
	require.NoError(t, err)
	assert.Nil(t, r.Document)
	assert.Empty(t, r.Findings)
	assert.Len(t, r.Unseen, 2)
}
