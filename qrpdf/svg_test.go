package qrpdf_test

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/qrpdf"
)

type svgFile struct {
	XMLName xml.Name  `xml:"http://www.w3.org/2000/svg svg"`
	Width   string    `xml:"width,attr"`
	Height  string    `xml:"height,attr"`
	ViewBox string    `xml:"viewBox,attr"`
	Role    string    `xml:"role,attr"`
	Lang    string    `xml:"http://www.w3.org/XML/1998/namespace lang,attr"`
	Shapes  string    `xml:"shape-rendering,attr"`
	HTML    string    `xml:"lang,attr"`
	Label   string    `xml:"aria-labelledby,attr"`
	About   string    `xml:"aria-describedby,attr"`
	Title   []svgText `xml:"title"`
	Desc    []svgText `xml:"desc"`
	Rect    []struct {
		Width  int    `xml:"width,attr"`
		Height int    `xml:"height,attr"`
		Fill   string `xml:"fill,attr"`
	} `xml:"rect"`
	Path []struct {
		D string `xml:"d,attr"`
	} `xml:"path"`
}

type svgText struct {
	ID   string `xml:"id,attr"`
	Text string `xml:",chardata"`
}

func parseSVG(t testing.TB, b []byte) svgFile {
	t.Helper()
	var f svgFile
	d := xml.NewDecoder(bytes.NewReader(b))
	require.NoError(t, d.Decode(&f))
	require.Len(t, f.Path, 1)
	require.Len(t, f.Rect, 1)
	return f
}

// paint follows a path of the commands M, h, v and z and returns how often it covers each unit
// square, row by row. It supports only rectangles.
func paint(t testing.TB, path string, side int) []int {
	t.Helper()
	covered := make([]int, side*side)
	for _, rectangle := range strings.SplitAfter(strings.TrimSuffix(path, "z"), "z") {
		var x, y, w, h, back int
		_, err := fmt.Sscanf(rectangle, "M%d %dh%dv%dh%d", &x, &y, &w, &h, &back)
		if err != nil || back != -w || x < 0 || y < 0 || x+w > side || y+h > side {
			t.Fatalf("%s: %v", rectangle, err)
		}
		for j := y; j < y+h; j++ {
			for i := x; i < x+w; i++ {
				covered[j*side+i]++
			}
		}
	}
	return covered
}

func TestSVGModules(t *testing.T) {
	for version := lowestVersion; version <= highestVersion; version++ {
		s := fullOf(t, version)
		f := parseSVG(t, write(t, qrpdf.SVG{}, s))
		side := s.Size() + 2*quiet
		assert.Equal(t, fmt.Sprintf("0 0 %d %d", side, side), f.ViewBox)
		assert.Equal(t, side, f.Rect[0].Width)
		assert.Equal(t, side, f.Rect[0].Height)
		assert.Equal(t, "#fff", f.Rect[0].Fill)
		assert.Equal(t, "crispEdges", f.Shapes)
		for i, covered := range paint(t, f.Path[0].D, side) {
			want := 0
			if s.Dark(i%side-quiet, i/side-quiet) {
				want = 1
			}
			if covered != want {
				t.Fatalf("version %d, %d %d: covered %d times", version, i%side, i/side, covered)
			}
		}
	}
}

func TestSVGSize(t *testing.T) {
	s := fullOf(t, 13) // 77 modules with the quiet zone
	tests := []struct {
		module float64
		width  string
	}{{0, "38.5mm"}, {0.4, "30.8mm"}, {0.5, "38.5mm"}, {1, "77mm"}, {1.0 / 3 * 2, "51.3333mm"}, {10, "770mm"}}
	for _, tt := range tests {
		f := parseSVG(t, write(t, qrpdf.SVG{Module: tt.module}, s))
		assert.Equal(t, tt.width, f.Width)
		assert.Equal(t, tt.width, f.Height)
		mm, err := strconv.ParseFloat(strings.TrimSuffix(f.Width, "mm"), 64)
		require.NoError(t, err)
		assert.GreaterOrEqual(t, mm/77, 0.4-1e-9)
	}
	for _, module := range []float64{-1, 0.39, 10.1, math.NaN(), math.Inf(1), math.SmallestNonzeroFloat64} {
		var out bytes.Buffer
		err := qrpdf.SVG{Module: module}.Write(&out, s)
		assert.ErrorContains(t, err, "is not between 0.4 and 10 mm")
		assert.Zero(t, out.Len())
	}
}

func TestSVGText(t *testing.T) {
	s := fullOf(t, 1)
	f := parseSVG(t, write(t, qrpdf.SVG{}, s))
	assert.Empty(t, f.Title)
	assert.Empty(t, f.Desc)
	assert.Empty(t, f.Lang)
	assert.Empty(t, f.Label)
	assert.Empty(t, f.About)
	assert.Equal(t, "img", f.Role)

	title, desc := `Šola "A" & <b>più</b>`, "zwei\nZeilen ]]> &amp;"
	f = parseSVG(t, write(t, qrpdf.SVG{Title: title, Desc: desc, Lang: "de-AT"}, s))
	assert.Equal(t, []svgText{{"qr-title", title}}, f.Title)
	assert.Equal(t, []svgText{{"qr-desc", desc}}, f.Desc)
	assert.Equal(t, "qr-title", f.Label)
	assert.Equal(t, "qr-desc", f.About)
	assert.Equal(t, "de-AT", f.Lang)
	assert.Equal(t, "de-AT", f.HTML)
	f = parseSVG(t, write(t, qrpdf.SVG{Title: title, Desc: desc, ID: "qr_2-b"}, s))
	assert.Equal(t, []svgText{{"qr_2-b-title", title}}, f.Title)
	assert.Equal(t, "qr_2-b-title", f.Label)
	assert.Equal(t, "qr_2-b-desc", f.About)
}

// A symbol has a title and a description in every language, which say where it leads and not what it holds.
func TestDescribe(t *testing.T) {
	s := encode(t, qrpdf.Encoder{}, "https://attesta.example/q?secret#1234567890")
	seen := map[string]bool{}
	for _, lang := range languages[:5] {
		title, desc := s.Describe(lang)
		assert.Equal(t, qrpdf.BuiltIn(lang)["title"], title)
		assert.Contains(t, desc, "https://attesta.example/q")
		assert.NotContains(t, desc, "secret")
		assert.NotContains(t, desc, "1234567890")
		assert.NotContains(t, desc, "{")
		seen[title+desc] = true
		f := parseSVG(t, write(t, qrpdf.SVG{Title: title, Desc: desc, Lang: lang}, s))
		assert.Equal(t, desc, f.Desc[0].Text)
	}
	assert.Len(t, seen, 5)
	italian, _ := s.Describe("it+de")
	other, _ := s.Describe("es")
	assert.Equal(t, italian, other)
	_, desc := encode(t, qrpdf.Encoder{}, "eyJhbGciOiJFUzI1NiJ9.e30.c2ln").Describe("it")
	assert.Empty(t, desc)
}

func TestSVGRefuses(t *testing.T) {
	s := fullOf(t, 1)
	tests := []struct {
		name string
		svg  qrpdf.SVG
		says string
	}{
		{"long title", qrpdf.SVG{Title: strings.Repeat("a", 1001)}, "title of 1001 bytes, at most 1000"},
		{"long description", qrpdf.SVG{Desc: strings.Repeat("a", 1001)}, "desc of 1001 bytes, at most 1000"},
		{"control character", qrpdf.SVG{Title: "a\x00b"}, "title holds U+0000, which XML cannot"},
		{"no character", qrpdf.SVG{Desc: "a\uFFFEb"}, "desc holds U+FFFE, which XML cannot"},
		{"not UTF-8", qrpdf.SVG{Title: "a\xFFb"}, "title is not UTF-8"},
		{"quote in language", qrpdf.SVG{Lang: `it" x="`}, "is not a language tag"},
		{"empty part of language", qrpdf.SVG{Lang: "it-"}, "is not a language tag"},
		{"digits first", qrpdf.SVG{Lang: "1t"}, "is not a language tag"},
		{"quote in identifier", qrpdf.SVG{ID: `a" x="`}, "is not an identifier"},
		{"digit first in identifier", qrpdf.SVG{ID: "1a"}, "is not an identifier"},
		{"long identifier", qrpdf.SVG{ID: strings.Repeat("a", 41)}, "is not an identifier"},
		{"long part of language", qrpdf.SVG{Lang: "it-abcdefghi"}, "is not a language tag"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var out bytes.Buffer
			assert.ErrorContains(t, tt.svg.Write(&out, s), tt.says)
			assert.Zero(t, out.Len())
		})
	}
}

// Any texts give a clear error and no output, or well-formed XML that contains them.
func FuzzSVG(f *testing.F) {
	s := fullOf(f, 1)
	f.Fuzz(func(t *testing.T, title, desc, lang string, module float64) {
		var out bytes.Buffer
		if err := (qrpdf.SVG{Title: title, Desc: desc, Lang: lang, Module: module}).Write(&out,
			s); err != nil {
			require.Zero(t, out.Len())
			return
		}
		svg := parseSVG(t, out.Bytes())
		for text, got := range map[string][]svgText{title: svg.Title, desc: svg.Desc} {
			require.Equal(t, text != "", len(got) == 1)
			require.True(t, text == "" || got[0].Text == text)
		}
		require.Equal(t, lang, svg.Lang)
	})
}
