package main

import (
	"context"
	"image"
	"math/rand/v2"

	"github.com/qr-invalidita/attesta/internal/wear"
)

// hardship is one kind of damage to a page or to the picture of it.
type hardship struct {
	name, says string

	// paper wears the printed page at paperDPI before it is scanned. If it is nil, the page stays as it was
	// drawn.
	paper func(p *page, rng *rand.Rand) *image.Gray

	// look changes the picture of the page. If it is nil, the picture stays as it is.
	look func(g *image.Gray, dpi float64, rng *rand.Rand) *image.Gray

	jpeg int // quality; 0 for no loss

	mixed bool // more than one thing at once
}

const mm = paperDPI / 25.4

var hardships = []hardship{
	{name: "none", says: "the page as drawn"},
	{name: "JPEG", says: "quality 40", jpeg: 40},
	{name: "blur", says: "out of focus: a Gaussian of 0.1 mm", look: blurred(0.1)},
	{name: "strong blur", says: "a Gaussian of 0.2 mm", look: blurred(0.2)},
	{name: "noise", says: "each pixel off by 20 of 255 levels (standard deviation)", look: noisy(20)},
	{name: "strong noise", says: "each pixel off by 40 of 255 levels", look: noisy(40)},
	{name: "light", says: "weak toner under slanting light: 110 on 245 in one corner, 60 on 160 in the other",
		look: func(g *image.Gray, _ float64, _ *rand.Rand) *image.Gray {
			return wear.Light(g, 110, 245, 60, 160)
		}},
	{name: "crop", says: "5 % of the sheet missing at each edge",
		look: func(g *image.Gray, _ float64, _ *rand.Rand) *image.Gray { return wear.Crop(g, 0.05) }},
	{name: "skew", says: "turned by up to 5° to either side",
		paper: func(p *page, rng *rand.Rand) *image.Gray {
			return wear.Turn(p.printed, 10*rng.Float64()-5)
		}},
	{name: "rotation", says: "turned by any angle", paper: func(p *page, rng *rand.Rand) *image.Gray {
		return wear.Turn(p.printed, 360*rng.Float64())
	}},
	{name: "fold",
		says:  "through the symbol at any height, 0.8 mm of toner gone, though no usual fold meets it",
		paper: func(p *page, rng *rand.Rand) *image.Gray { return folded(p, p.printed, rng) }},
	{name: "stain", says: "coffee, 30 mm across, its middle in the symbol",
		paper: func(p *page, rng *rand.Rand) *image.Gray {
			return stained(p, p.printed, rng)
		}},
	{name: "blot", says: "ink, 5 mm across, anywhere in the symbol but on its three finder patterns",
		paper: blotted},
	{name: "photocopy", says: "of a photocopy, by a worn copier: see `wear.Photocopy`",
		paper: func(p *page, rng *rand.Rand) *image.Gray {
			return copied(p.printed, rng)
		}},
	{name: "mixture", says: "folded, stained, photocopied twice, skewed and JPEG 40",
		paper: func(p *page, rng *rand.Rand) *image.Gray {
			return wear.Turn(copied(stained(p, folded(p, p.printed, rng), rng), rng), 10*rng.Float64()-5)
		}, jpeg: 40, mixed: true},
}

func blurred(sigma float64) func(*image.Gray, float64, *rand.Rand) *image.Gray {
	return func(g *image.Gray, dpi float64, _ *rand.Rand) *image.Gray { return wear.Blur(g, sigma*dpi/25.4) }
}

func noisy(deviation float64) func(*image.Gray, float64, *rand.Rand) *image.Gray {
	return func(g *image.Gray, _ float64, rng *rand.Rand) *image.Gray { return wear.Noise(g, deviation, rng) }
}

func folded(p *page, g *image.Gray, rng *rand.Rand) *image.Gray {
	return wear.Fold(g, (p.top+p.side*rng.Float64())*mm, 0.8*mm, rng)
}

func stained(p *page, g *image.Gray, rng *rand.Rand) *image.Gray {
	return wear.Stain(g, (p.left+p.side*rng.Float64())*mm, (p.top+p.side*rng.Float64())*mm, 15*mm, 170)
}

func copied(g *image.Gray, rng *rand.Rand) *image.Gray {
	return wear.Photocopy(wear.Photocopy(g, paperDPI, rng), paperDPI, rng)
}

func blotted(p *page, rng *rand.Rand) *image.Gray {
	const radius = 2.5
	finder := 8*p.module + radius
	for {
		x, y := p.side*rng.Float64(), p.side*rng.Float64()
		left, right, above, below := x < finder, x > p.side-finder, y < finder, y > p.side-finder
		if !(above && (left || right) || below && left) {
			return wear.Blot(p.printed, (p.left+x)*mm, (p.top+y)*mm, radius*mm)
		}
	}
}

// pictures returns the worn page at each resolution.
func (h *hardship) pictures(ctx context.Context, p *page, resolutions []int,
	rng *rand.Rand) ([]picture, error) {
	var worn *image.Gray
	if h.paper != nil {
		worn = h.paper(p, rng)
	}
	var all []picture
	for _, dpi := range resolutions {
		var g *image.Gray
		switch {
		case worn == nil:
			var err error
			if g, err = p.raster(ctx, dpi); err != nil {
				return nil, err
			}
		case dpi == paperDPI:
			g = worn
		default:
			g = wear.Resize(worn, float64(dpi)/paperDPI)
		}
		if h.look != nil {
			g = h.look(g, float64(dpi), rng)
		}
		pic, err := newPicture(g, h.jpeg)
		if err != nil {
			return nil, err
		}
		all = append(all, pic)
	}
	return all, nil
}
