package qrpdf_test

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/qrpdf"
)

// grayLogo has 16 bits per pixel and is much finer than paper.
func grayLogo(t *testing.T) []byte {
	img := image.NewGray16(image.Rect(0, 0, 1500, 900))
	for y := range 900 {
		for x := range 1500 {
			img.SetGray16(x, y, color.Gray16{Y: uint16(40 * x)})
		}
	}
	var b bytes.Buffer
	require.NoError(t, png.Encode(&b, img))
	return b.Bytes()
}

func withLogo(data string) qrpdf.Document {
	d := page()
	d.Logo = qrpdf.Logo{Data: []byte(data), Alt: "Esempio"}
	return d
}

// Transparent parts become white, and colours stay.
func TestLogoPNG(t *testing.T) {
	s := fullOf(t, 13)
	d := withLogo(string(pngLogo()))
	before := bytes.Clone(d.Logo.Data)
	objects, _ := readPDF(t, write(t, d, s))
	assert.Equal(t, before, d.Logo.Data)
	picture := find(t, objects, "/Subtype /Image")
	assert.Contains(t, picture.text, "/Width 120 /Height 40 /ColorSpace /DeviceRGB /BitsPerComponent 8")
	assert.NotContains(t, picture.text, "SMask")
	require.Len(t, picture.data, 3*120*40)
	assert.Equal(t, "\xFF\xFF\xFF", picture.data[:3])
	at := 3 * (120*10 + 30)
	assert.Equal(t, []byte{60, 80, 60}, []byte(picture.data[at:at+3]))

	d.Logo.Data = grayLogo(t)
	objects, _ = readPDF(t, write(t, d, s))
	picture = find(t, objects, "/Subtype /Image")
	assert.Contains(t, picture.text, "/Width 300 /Height 180 /ColorSpace /DeviceGray",
		"five by five pixels are one")
	assert.Len(t, picture.data, 300*180)
}

// The figure of the logo comes first and has the issuer's text.
func TestLogoFigure(t *testing.T) {
	for _, data := range []string{string(pngLogo()), svgLogo} {
		root := readOutline(t, write(t, withLogo(data), fullOf(t, 13)))
		assert.Equal(t, "Figure", root.kids[0].role)
		assert.Equal(t, "Logo: Esempio", root.kids[0].alt)
	}
}

// drawnLogo renders a page at 150 dpi and cuts out the frame of the logo.
func drawnLogo(t *testing.T, svg string) (pixmap, [4]float64) {
	b := write(t, withLogo(svg), fullOf(t, 13))
	objects, _ := readPDF(t, b)
	var box [4]float64
	for _, o := range objects {
		if strings.Contains(o.text, "/S /Figure") && strings.Contains(o.text, "Logo: ") {
			_, rest, _ := strings.Cut(o.text, "/BBox ")
			_, err := fmt.Sscanf(rest, "[%f %f %f %f]", &box[0], &box[1], &box[2], &box[3])
			require.NoError(t, err)
		}
	}
	_, p := rasterise(t, b, 150)
	for i := range box {
		box[i] *= 150.0 / 72
	}
	box[1], box[3] = float64(p.height)-box[3], float64(p.height)-box[1]
	return p, box
}

// Every kind of shape paints the same square: black in the middle, white around.
func TestLogoSVGShapes(t *testing.T) {
	tool(t, "pdftoppm")
	const open, end = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="10 20 40 40">`, `</svg>`
	for name, shapes := range map[string]string{
		"rect":          `<rect x="20" y="30" width="20" height="20"/>`,
		"rounded rect":  `<rect x="20" y="30" width="20" height="20" rx=".1"/>`,
		"polygon":       `<polygon points="20,30 40,30 40,50 20,50"/>`,
		"polyline":      `<polyline points="20 30 40 30 40 50 20 50"/>`,
		"line":          `<line x1="20" y1="40" x2="40" y2="40" stroke="black" stroke-width="20"/>`,
		"absolute path": `<path d="M20 30H40V50L20 50Z"/>`,
		"relative path": `<path d="m20 30 20 0 0 20h-20z"/>`,
		"run together":  `<path d="M20,30l20-0v20-0h-20v-20z"/>`,
		"curves": `<path d="M20 30C25 30 40 30 40 30S40 43 40 50Q30 50 20 50Q20 50 20 50T20` +
			` 30z"/>`,
		"group": `<g transform="translate(20 30)"><g transform="scale(2)"><rect width="10"` +
			` height="10"/></g></g>`,
		"rotated": `<rect x="-10" y="-10" width="20" height="20" transform="translate(30,40)` +
			` rotate(90)"/>`,
		"rotated around": `<rect x="20" y="30" width="20" height="20" transform="rotate(180 30 40)"/>`,
		"matrix":         `<rect width="20" height="20" transform="matrix(1 0 0 1 20 30)"/>`,
		"style": `<rect x="20" y="30" width="20" height="20" fill="white"` +
			` style="fill:#000;stroke:none"/>`,
		"inherited": `<g fill="rgb(0, 0, 0)"><rect x="20" y="30" width="20" height="20"/></g>`,
		"hole": `<path fill-rule="evenodd" d="M10 20h40v40h-40zM10 20h40v40h-40zM20` +
			` 30h20v20h-20z"/>`,
		"covered": `<rect x="10" y="20" width="40" height="40" fill="#000"/><path fill="#fff"` +
			` d="M10 20h40v10h-40zm0 30h40v10h-40zM10 20h10v40h-10zm30 0h10v40h-10z"/>`,
		"clipped": `<rect x="20" y="30" width="20" height="20"/><rect x="60" y="20" width="20"` +
			` height="20"/>`,
		"definitions": `<defs><linearGradient id="a"/></defs><rect x="20" y="30" width="20"` +
			` height="20"/><metadata><x xmlns="urn:x"/></metadata>`,
		"large arc": `<path d="M30 40m-10 0a10 10 0 1 0 20 0a10 10 0 1 0-20 0"/><rect x="20"` +
			` y="30" width="20" height="20"/>`,
		"arc flags": `<path d="M20 40a10 10 0 1020 0a10 10 0 10-20 0z"/><rect x="20" y="30"` +
			` width="20" height="20"/>`,
		"foreign attribute": `<rect x="20" y="30" width="20" height="20" xmlns:i="urn:i" i:label="x"` +
			` data-x="1" class="c" id="d"/>`,
	} {
		t.Run(name, func(t *testing.T) {
			p, box := drawnLogo(t, open+shapes+end)
			width, height := box[2]-box[0], box[3]-box[1]
			for y := 0.05; y < 1; y += 0.05 {
				for x := 0.05; x < 1; x += 0.05 {
					if near(x, 0.25) || near(x, 0.75) || near(y, 0.25) || near(y, 0.75) {
						continue
					}
					inside := x > 0.25 && x < 0.75 && y > 0.25 && y < 0.75
					got := p.gray[int(box[1]+y*height)*p.width+int(box[0]+x*width)]
					require.Equal(t, inside, got < 128, "%.2f %.2f", x, y)
				}
			}
		})
	}
}

func near(a, b float64) bool { return a-b < 0.04 && b-a < 0.04 }

// An arc goes through the points of its circle.
func TestLogoSVGArc(t *testing.T) {
	tool(t, "pdftoppm")
	for _, ring := range []string{
		`<path d="M10 50A40 40 0 0 1 90 50A40 40 0 0 1 10 50z"/>`,
		`<path d="M50 10A40 40 0 1 1 49.99 10z"/>`,
		`<path d="M10 50a20 20 0 0 1 80 0a1 1 90 0 1 -80 0z"/>`, // radii too small grow
		`<circle cx="50" cy="50" r="40"/>`,
		`<ellipse cx="50" cy="50" rx="40" ry="40"/>`,
	} {
		p, box := drawnLogo(
			t, `<svg xmlns="http://www.w3.org/2000/svg" width="100" height="100px">`+ring+`</svg>`)
		side := box[2] - box[0]
		for _, v := range []struct {
			x, y float64
			dark bool
		}{{.5, .12, true}, {.5, .07, false}, {.12, .5, true}, {.07, .5, false}, {.5, .88, true},
			{.88, .5, true}, {.93, .5, false}, {.24, .24, true}, {.2, .2, false}, {.8, .8, false},
			{.76, .76, true}} {
			got := p.gray[int(box[1]+v.y*side)*p.width+int(box[0]+v.x*side)] < 128
			require.Equal(t, v.dark, got, "%s %v", ring, v)
		}
	}
}

func TestLogoRefuses(t *testing.T) {
	s := fullOf(t, 5)
	const open, end = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">`,
		`<rect width="9" height="9"/></svg>`
	cut := pngLogo()[:100]
	for _, tt := range []struct{ name, data, says string }{
		{"text", "hello", "logo: neither PNG nor"},
		{"HTML", "<html></html>", "logo: neither PNG nor SVG"},
		{"no namespace", "<svg/>", "logo: neither PNG nor SVG"},
		{"JPEG", "\xFF\xD8\xFF\xE0", "logo: neither PNG nor"},
		{"cut PNG", string(cut), "logo: "},
		{"broken PNG", "\x89PNG\r\n\x1a\n", "logo: "},
		{"large file", strings.Repeat(" ", 512<<10+1), "logo of 524289 bytes, at most 524288"},
		{"no size", `<svg xmlns="http://www.w3.org/2000/svg"/>`, "SVG without a viewBox"},
		{"empty", open + `</svg>`, "SVG without a shape"},
		{"zero size", `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 0 9"/>`, "SVG without a size"},
		{"not closed", open, "neither PNG nor well-formed SVG"},
		{"entity", `<!DOCTYPE svg [<!ENTITY a "b">]>` + open + `<title>&a;</title>` + end,
			"SVG is not well-formed"},
		{"letters", open + `<text>x</text>` + end, `SVG element "text" cannot be drawn`},
		{"picture", open + `<image width="9"/>` + end, `SVG element "image" cannot be drawn`},
		{"reference", open + `<path xmlns:xlink="http://www.w3.org/1999/xlink" xlink:href="#a"/>` + end,
			"SVG with a reference"},
		{"use", open + `<use href="#a"/>` + end, "SVG with a reference"},
		{"style sheet", open + `<style>rect{fill:red}</style>` + end, `SVG element "style" cannot be drawn`},
		{"style sheet in definitions", open + `<defs><style>rect{fill:red}</style></defs>` + end,
			`SVG element "style" cannot be drawn`},
		{"style sheet outside", `<?xml-stylesheet href="a.css"?>` + open + end, "processing instruction"},
		{"script", open + `<script>alert(1)</script>` + end, `SVG element "script" cannot be drawn`},
		{"gradient", open + `<rect fill="url(#a)" width="9" height="9"/>` + end, `SVG colour "url(#a)"`},
		{"colour", open + `<rect fill="currentColor"/>` + end, `SVG colour "currentColor"`},
		{"short colour", open + `<rect fill="#12"/>` + end, `SVG colour "#12"`},
		{"colour out of range", open + `<rect fill="rgb(1,2,256)"/>` + end, `SVG colour "rgb(1,2,256)"`},
		{"transparency", open + `<rect opacity=".5"/>` + end, `SVG with opacity ".5"`},
		{"clip", open + `<rect clip-path="url(#a)"/>` + end, `SVG with clip-path`},
		{"filter", open + `<rect style="filter:url(#a)"/>` + end, `SVG with filter`},
		{"hidden", open + `<rect display="none"/>` + end, `SVG with display "none"`},
		{"blend", open + `<rect style="mix-blend-mode:multiply"/>` + end,
			`SVG attribute "mix-blend-mode" is not known`},
		{"dashes", open + `<rect stroke-dasharray="1 2"/>` + end, `SVG with stroke-dasharray`},
		{"inner SVG", open + `<svg/>` + end, "SVG in an SVG"},
		{"path", open + `<path d="M0 0 X"/>` + end, "SVG path that cannot be read"},
		{"path without a start", open + `<path d="L0 0"/>` + end, "SVG path that cannot be read"},
		{"path cut off", open + `<path d="M0 0 L1"/>` + end, "SVG path that cannot be read"},
		{"arc flag", open + `<path d="M0 0 A1 1 0 2 1 3 3"/>` + end, "SVG path that cannot be read"},
		{"infinite", open + `<path d="M1e300 0 L1e300 1e300"/>` + end, "SVG with a number out of range"},
		{"not a number", open + `<rect width="NaN" height="9"/>` + end, `SVG length "NaN"`},
		{"percent", open + `<rect width="100%" height="9"/>` + end, `SVG length "100%"`},
		{"transformation", open + `<rect transform="skewX(3)"/>` + end, `SVG transformation "skewX"`},
		{"distorted stroke", open + `<path d="M0 0L1 1" stroke="red" transform="scale(1 2)"/>` + end,
			"SVG with a distorted stroke"},
		{"deep", open + strings.Repeat("<g>", 200) + strings.Repeat("</g>", 200) + end,
			"SVG with too many elements"},
		{"many shapes", open + strings.Repeat(`<path d="M0 0L1 1"/>`, 5001) + end,
			"SVG of more than 5000 shapes"},
		{"long path", open + `<path d="M0 0` + strings.Repeat("1 1 ", 20001) + `"/>` + end,
			"SVG path that cannot be read"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var out bytes.Buffer
			err := withLogo(tt.data).Write(&out, s)
			assert.ErrorContains(t, err, tt.says)
			assert.Zero(t, out.Len())
		})
	}
	silent := withLogo(svgLogo)
	silent.Logo.Alt = " "
	assert.EqualError(t, silent.Write(io.Discard, s), "logo: no alternative text")
	silent.Logo = qrpdf.Logo{Alt: "Esempio"}
	assert.EqualError(t, silent.Write(io.Discard, s), "logo: no picture for the alternative text")
}

// A PNG that claims to be huge is refused before memory is allocated for it.
func TestLogoHuge(t *testing.T) {
	b := bytes.Clone(pngLogo())
	copy(b[16:], "\x00\x01\x00\x00\x00\x01\x00\x00")
	var out bytes.Buffer
	err := withLogo(string(b)).Write(&out, fullOf(t, 5))
	require.Error(t, err)
	var huge bytes.Buffer
	require.NoError(t, png.Encode(&huge, image.NewGray(image.Rect(0, 0, 4096, 1025))))
	assert.ErrorContains(t, withLogo(huge.String()).Write(&out, fullOf(t, 5)),
		"4096 × 1025 pixels, at most 4194304")
}

// Any file is refused with a clear error, or drawn in a file that a strict reader accepts.
func FuzzLogo(f *testing.F) {
	f.Fuzz(func(t *testing.T, data []byte) {
		d := withLogo(string(data))
		s := fullOf(t, 3)
		var out bytes.Buffer
		if err := d.Write(&out, s); err != nil {
			require.Zero(t, out.Len())
			return
		}
		require.Equal(t, s.Text(), scan(t, out.Bytes()))
		objects, _ := readPDF(t, out.Bytes())
		_, contents := pages(t, objects)
		require.NotContains(t, contents[0], "NaN")
		require.NotContains(t, contents[0], "Inf")
		symbolBox(t, contents[0], s)
	})
}
