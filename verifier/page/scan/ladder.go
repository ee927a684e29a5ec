package scan

import (
	"context"
	"image"
	"math"
	"slices"

	"github.com/qr-invalidita/attesta/internal/resample"
	"github.com/qr-invalidita/attesta/verifier/internal/typed"
)

const (
	// basePixels is the maximum size of a picture at scale 1: an A4 page at 200 dpi. There, the smallest
	// module of package qrpdf (0.4 mm) is three pixels wide.
	basePixels = 4_000_000
	// rungPixels is the maximum size of a picture for a decoder.
	rungPixels = 9_000_000
	// minSide is the side of the smallest symbol at one pixel for each module.
	minSide = 21
	// maxErased limits the symbols of other systems that are erased in one picture. Each costs one more try.
	maxErased = 8
)

// A search is what was found so far in one picture.
type search struct {
	texts []string // distinct; none carries a token, except the last
	found []place  // the symbols of texts that are erased
}

// ladder returns the text of the first symbol that carries a token, or else the texts of all symbols that
// it found. It tries three decoders at several scales, because each decoder alone fails on some perfect
// pictures. Scale 1 is the picture, reduced to basePixels if it is larger. Each rung is made from the
// original picture (halved above 16 megapixels). So scales above 1 show more detail of a large picture,
// and help the decoders with a picture from a screen, where a module is little more than a pixel. All
// rungs together have at most 21 megapixels. This limits the work without a clock, so a slow machine reads
// what a fast one reads.
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
func ladder(ctx context.Context, g *image.Gray) ([]string, error) {
	for len(g.Pix) > 4*basePixels {
		g = halve(g)
	}
	var s search
	base := min(1, math.Sqrt(basePixels/float64(len(g.Pix))))
	for _, scale := range []float64{1, 0.5, 2, 0.75, 1.5, 3} {
		if done, err := s.rung(ctx, g, base*scale); done || err != nil {
			return s.texts, err
		}
	}
	if _, err := s.rung(ctx, inverted(g), base); err != nil {
		return nil, err
	}
	if len(s.texts) == 0 {
		return nil, ErrNoCode
	}
	return s.texts, nil
}

// rung tries the decoders on g at a scale, and reports whether one found a token. If one finds a symbol of
// another system, rung erases it and tries again. If the scaled picture would be too small or too large for
// the decoders, rung finds nothing.
func (s *search) rung(ctx context.Context, g *image.Gray, scale float64) (done bool, err error) {
	w := int(float64(g.Rect.Dx())*scale + 0.5)
	h := int(float64(g.Rect.Dy())*scale + 0.5)
	if w < minSide || h < minSide || w*h > rungPixels {
		return false, nil
	}
	if err := ctx.Err(); err != nil {
		return false, err
	}
	switch {
	case g.Rect.Dx() != w || g.Rect.Dy() != h:
		g = resample.Resize(g, w, h)
	case len(s.found) > 0:
		g = copyOf(g)
	}
	for _, p := range s.found {
		erase(g, p)
	}
	if runs(g) > maxRuns {
		return false, nil
	}
	for _, d := range []decoder{hybrid, histogram, piglig} {
		for again := true; again; {
			text, where := attempt(ctx, d, g)
			if err := ctx.Err(); err != nil {
				return false, err
			}
			if again = s.add(text, where); again {
				g = copyOf(g)
				erase(g, where)
			}
			if typed.Carries(text) && len(text) <= maxText {
				return true, nil
			}
		}
	}
	return false, nil
}

// add keeps a text, and reports whether its symbol can be erased to look for others.
func (s *search) add(text string, where place) bool {
	if text == "" || len(text) > maxText {
		return false
	}
	if !slices.Contains(s.texts, text) {
		s.texts = append(s.texts, text)
	}
	if where == (place{}) || len(s.found) == maxErased {
		return false
	}
	s.found = append(s.found, where)
	return true
}

func copyOf(g *image.Gray) *image.Gray {
	return &image.Gray{Pix: slices.Clone(g.Pix), Stride: g.Stride, Rect: g.Rect}
}
