package qrpdf

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"math"
)

// Logo is the logo of the issuing body, printed at most 40 mm wide and 15 mm high.
type Logo struct {
	// Data is a PNG or an SVG file of at most 512 KiB; empty means no logo. A PNG has at most 4
	// million pixels; its transparent parts become white, and details finer than 300 dpi are
	// averaged. Of an SVG, the shapes are drawn (path, rect, circle, ellipse, line, polyline,
	// polygon, in groups with transformations) with plain colours for fill and stroke. Any other
	// visible part of an SVG, such as text, gradients, pictures, style sheets or transparency, is
	// an error that names it: a logo is drawn completely or not at all.
	Data []byte

	// Alt is what screen readers say instead of the picture, such as the name on it. It must not
	// be empty if there is Data.
	Alt string
}

const (
	maxLogoBytes  = 512 << 10
	maxLogoPixels = 4 << 20
	maxLogoWidth  = 40 * mm
	maxLogoHeight = 15 * mm
	logoDensity   = 300.0 / 72 // pixels in a point
)

// picture is a logo that is ready to be drawn: pixels or shapes. Documents share it, so it does not
// change.
type picture struct {
	width, height float64 // in its own units
	pixels        []byte  // compressed
	gray          bool
	columns, rows int
	shapes        []shape
}

// pictures holds logos that were read.
var pictures cache[*picture]

// readLogo reads a logo. It returns nil if there is none.
func readLogo(logo Logo) (*picture, error) {
	data := logo.Data
	switch {
	case len(data) == 0 && logo.Alt == "":
		return nil, nil
	case len(data) == 0:
		return nil, errors.New("logo: no picture for the alternative text")
	case logo.Alt == "":
		return nil, errors.New("logo: no alternative text")
	case len(data) > maxLogoBytes:
		return nil, fmt.Errorf("logo of %d bytes, at most %d", len(data), maxLogoBytes)
	}
	p, err := pictures.get(data, func() (*picture, error) {
		if bytes.HasPrefix(data, []byte("\x89PNG\r\n\x1a\n")) {
			return readPNG(data)
		}
		return readSVG(data)
	})
	if err != nil {
		return nil, fmt.Errorf("logo: %w", err)
	}
	return p, nil
}

// readPNG reads a PNG and draws it on white.
func readPNG(data []byte) (*picture, error) {
	config, err := png.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	if config.Width < 1 || config.Height < 1 || config.Width > maxLogoPixels/config.Height {
		return nil, fmt.Errorf("%d × %d pixels, at most %d", config.Width, config.Height, maxLogoPixels)
	}
	source, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	canvas := image.NewRGBA(image.Rect(0, 0, config.Width, config.Height))
	draw.Draw(canvas, canvas.Bounds(), image.NewUniform(color.White), image.Point{}, draw.Src)
	draw.Draw(canvas, canvas.Bounds(), source, source.Bounds().Min, draw.Over)

	p := &picture{width: float64(config.Width), height: float64(config.Height)}
	width, height := p.fit(maxLogoWidth, maxLogoHeight)
	block := max(1, int(min(p.width/(width*logoDensity), p.height/(height*logoDensity))))
	p.average(canvas, block)
	p.pixels = deflated(p.pixels, good)
	return p, nil
}

// average replaces each block of block × block pixels by one pixel.
func (p *picture) average(canvas *image.RGBA, block int) {
	size := canvas.Bounds().Size()
	p.columns, p.rows, p.gray = (size.X+block-1)/block, (size.Y+block-1)/block, true
	p.pixels = make([]byte, 0, 3*p.columns*p.rows)
	for y := 0; y < size.Y; y += block {
		for x := 0; x < size.X; x += block {
			var sum [3]int
			n := 0
			for dy := y; dy < min(y+block, size.Y); dy++ {
				for dx := x; dx < min(x+block, size.X); dx++ {
					at := canvas.PixOffset(dx, dy)
					for i := range sum {
						sum[i] += int(canvas.Pix[at+i])
					}
					n++
				}
			}
			for i := range sum {
				sum[i] = (sum[i] + n/2) / n
				p.pixels = append(p.pixels, byte(sum[i]))
			}
			p.gray = p.gray && sum[0] == sum[1] && sum[1] == sum[2]
		}
	}
	if p.gray {
		for i := range p.columns * p.rows {
			p.pixels[i] = p.pixels[3*i]
		}
		p.pixels = p.pixels[:p.columns*p.rows]
	}
}

// fit returns the size of the picture within a frame.
func (p *picture) fit(width, height float64) (float64, float64) {
	scale := math.Min(width/p.width, height/p.height)
	return p.width * scale, p.height * scale
}

// placedPicture is a box with a picture.
type placedPicture struct {
	*picture
	in            *element
	x             float64
	wide, upright float64 // on the page
}

func (p *picture) box(in *element, alt string, x float64) *placedPicture {
	in.alt = alt
	wide, upright := p.fit(maxLogoWidth, maxLogoHeight)
	return &placedPicture{picture: p, in: in, x: x, wide: wide, upright: upright}
}

func (l *placedPicture) height() float64 { return l.upright }

func (l *placedPicture) draw(p *page, top float64) {
	l.in.bound(l.x, top, l.wide, l.upright)
	p.begin(l.in, "")
	p.content = append(p.content, "q "...)
	if l.shapes == nil {
		p.put("cm /Logo Do Q", l.wide, 0, 0, l.upright, l.x, pageHeight-top-l.upright)
	} else {
		p.put("re W n", l.x, pageHeight-top-l.upright, l.wide, l.upright)
		scale := l.wide / l.width
		for i := range l.shapes {
			l.shapes[i].draw(p, matrix{scale, 0, 0, -scale, l.x, pageHeight - top})
		}
		p.content = append(p.content, "Q\n"...)
		p.ink = unknownInk
	}
	p.end()
}

// write writes the pixels as an object.
func (p *picture) write(f *pdfFile, number int) {
	space := "DeviceRGB"
	if p.gray {
		space = "DeviceGray"
	}
	f.packed(number, p.pixels,
		fmt.Sprintf(
			"/Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /%s /BitsPerComponent 8 ",
			p.columns, p.rows, space))
}
