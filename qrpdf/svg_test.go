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
	XMLName xml.Name `xml:"http://www.w3.org/2000/svg svg"`
	Width   string   `xml:"width,attr"`
	Height  string   `xml:"height,attr"`
	ViewBox string   `xml:"viewBox,attr"`
	Role    string   `xml:"role,attr"`
	Lang    string   `xml:"http://www.w3.org/XML/1998/namespace lang,attr"`
	Shapes  string   `xml:"shape-rendering,attr"`
	Title   []string `xml:"title"`
	Desc    []string `xml:"desc"`
	Rect    []struct {
		Width  int    `xml:"width,attr"`
		Height int    `xml:"height,attr"`
		Fill   string `xml:"fill,attr"`
	} `xml:"rect"`
	Path []struct {
		D string `xml:"d,attr"`
	} `xml:"path"`
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
	assert.Equal(t, "img", f.Role)

	title, desc := `Šola "A" & <b>più</b>`, "zwei\nZeilen ]]> &amp;"
	f = parseSVG(t, write(t, qrpdf.SVG{Title: title, Desc: desc, Lang: "de-AT"}, s))
	assert.Equal(t, []string{title}, f.Title)
	assert.Equal(t, []string{desc}, f.Desc)
	assert.Equal(t, "de-AT", f.Lang)
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
		require.Equal(t, title, strings.Join(svg.Title, "|"))
		require.Equal(t, desc, strings.Join(svg.Desc, "|"))
		require.Equal(t, lang, svg.Lang)
	})
}
