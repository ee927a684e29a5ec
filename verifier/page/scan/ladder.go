package scan

import (
	"context"
	"image"
	"math"

	"github.com/qr-invalidita/attesta/internal/resample"
)

const (
	// basePixels is the maximum size of a picture at scale 1: an A4 page at 200 dpi. There, the smallest
	// module of package qrpdf (0.4 mm) is three pixels wide.
	basePixels = 4_000_000
	// rungPixels is the maximum size of a picture for a decoder.
	rungPixels = 9_000_000
	// minSide is the side of the smallest symbol at one pixel for each module.
	minSide = 21
)

// ladder tries three decoders at several scales until one reads a text, because each decoder alone fails on
// some perfect pictures. Scale 1 is the picture, reduced to basePixels if it is larger. Each rung is made
// from the original picture (halved above 16 megapixels). So scales above 1 show more detail of a large
// picture, and help the decoders with a picture from a screen, where a module is little more than a pixel.
// All rungs together have at most 21 megapixels. This limits the work without a clock, so a slow machine
// reads what a fast one reads.
//
// Times on one core of an AMD EPYC, from file to text, best of five, for a symbol of 69 modules:
//
//	A4 page with modules of 0.45 mm     PNG or JPEG   turned, blurred, noisy, JPEG
//	 50, 60 dpi                         not read      not read
//	 72, 84 dpi                         190-330 ms    not read
//	 96 dpi                             70 ms         110 ms
//	150, 200 dpi                        20-45 ms      30-80 ms
//	300, 400 dpi                        90-200 ms     150 ms
//	600 dpi                             170-310 ms    330 ms
//
// Of the 123 damaged symbols of TestDegraded, all are read except three that are blurred by 0.6 modules.
// Without a symbol, 39 megapixels of white take 0.7 to 0.9 s, and 10 to 30 MB of noise take 0.4 to 0.6 s. The
// worst picture known, with faint stripes in the proportions of a finder pattern, takes 2 s.
func ladder(ctx context.Context, g *image.Gray) (string, error) {
	for len(g.Pix) > 4*basePixels {
		g = halve(g)
	}
	base := min(1, math.Sqrt(basePixels/float64(len(g.Pix))))
	for _, scale := range []float64{1, 0.5, 2, 0.75, 1.5, 3} {
		text, err := rung(ctx, g, base*scale)
		if text != "" || err != nil {
			return text, err
		}
	}
	text, err := rung(ctx, inverted(g), base)
	if text != "" || err != nil {
		return text, err
	}
	return "", ErrNoCode
}

// rung tries the decoders on g at a scale. If the scaled picture would be too small or too large for them, it
// returns "".
func rung(ctx context.Context, g *image.Gray, scale float64) (string, error) {
	w := int(float64(g.Rect.Dx())*scale + 0.5)
	h := int(float64(g.Rect.Dy())*scale + 0.5)
	if w < minSide || h < minSide || w*h > rungPixels {
		return "", nil
	}
	if err := ctx.Err(); err != nil {
		return "", err
	}
	if g.Rect.Dx() != w || g.Rect.Dy() != h {
		g = resample.Resize(g, w, h)
	}
	if runs(g) > maxRuns {
		return "", nil
	}
	for _, d := range []decoder{hybrid, histogram, piglig} {
		if text := attempt(ctx, d, g); text != "" && len(text) <= maxText {
			return text, nil
		}
		if err := ctx.Err(); err != nil {
			return "", err
		}
	}
	return "", nil
}
