package main

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"io"
	"math"
	"math/rand/v2"
	"strings"

	"github.com/qr-invalidita/attesta/internal/resample"
	"github.com/qr-invalidita/attesta/internal/wear"
	"github.com/qr-invalidita/attesta/qrpdf"
	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/verifier/page/scan"
)

const (
	distanceSamples = 40 // symbols for each side
	leastSide       = 90 // pixels
	sideStep        = 10
	sideSteps       = 17
)

// formerSides are the sides in mm of the symbol that held the JWS as text.
var formerSides = map[string]float64{"standard": 50, "large-print": 50, "wallet": 44, "easy": 50}

// forms are the two ways to write a JWS into a symbol: as text, which was before, and as digits.
var forms = []struct {
	name  string
	write func(page, jws string) (string, error)
}{
	{"JWS as text", func(page, jws string) (string, error) { return page + "#" + jws, nil }},
	{"digits", token.QRText},
}

// approach holds how many symbols of one form and profile were read at each side.
type approach struct {
	form          int // of forms
	profile       string
	version, size int
	read          [][]int // for each reader and each side
}

// half returns the width from which on at least half of the symbols are read, between two steps in
// proportion. It is not a number if the steps do not hold it.
func half(read []int, samples int) float64 {
	for i := len(read) - 1; i > 0 && 2*read[i] >= samples; i-- {
		if below := read[i-1]; 2*below < samples {
			part := (float64(samples)/2 - float64(below)) / float64(read[i]-below)
			return leastSide + sideStep*(float64(i-1)+part)
		}
	}
	return math.NaN()
}

// writeDistances reads ever smaller pictures of symbols, and compares the distances that follow.
func (b bench) writeDistances(ctx context.Context, w io.Writer) error {
	var all []*approach
	for _, profile := range profiles {
		for form := range forms {
			all = append(all, &approach{form: form, profile: profile})
		}
	}
	err := eachAtOnce(all, func(a *approach) error {
		return b.with(ctx, (*bench).startTwo, func(b *bench) error {
			return b.approach(ctx, a, distanceSamples)
		})
	})
	if err != nil {
		return err
	}
	var s strings.Builder
	fmt.Fprintf(&s, `
## Reading distance

The same tokens as they were written before, the JWS as text, and as digits.
Pictures as of a camera: the symbol with its quiet zone is a given number of pixels wide,
turned by up to 4°, in uneven light, out of focus (a Gaussian of 0.8 pixels),
with noise of 8 of 255 levels (standard deviation).
Each cell is the number of symbols read, of %d different ones.

`, distanceSamples)
	s.WriteString("| profile | form | version | reader |")
	for i := range sideSteps {
		fmt.Fprintf(&s, " %d px |", leastSide+sideStep*i)
	}
	s.WriteString("\n|---|---|--:|---|" + strings.Repeat("--:|", sideSteps) + "\n")
	for _, a := range all {
		for reader, name := range fileReaders {
			fmt.Fprintf(&s, "| %s | %s | %d | %s |", a.profile, forms[a.form].name, a.version, name)
			for _, read := range a.read[reader] {
				fmt.Fprintf(&s, " %d |", read)
			}
			s.WriteString("\n")
		}
	}
	if err := writeHalves(ctx, &s, all); err != nil {
		return err
	}
	_, err = io.WriteString(w, s.String())
	return err
}

// writeHalves writes the widths at which half are read, and the distances that follow from them.
func writeHalves(ctx context.Context, s *strings.Builder, all []*approach) error {
	s.WriteString(`
The width at which half are read, and how many times as far as before a symbol is read:
at the same width on paper, and at those of the layouts, which were 50 mm and on the card 44 mm.

| profile | reader | before | now | same width |`)
	for _, layout := range layouts {
		fmt.Fprintf(s, " %s |", layout.name)
	}
	s.WriteString("\n|---|---|--:|--:|--:|" + strings.Repeat("--:|", len(layouts)) + "\n")
	for i := 0; i < len(all); i += len(forms) {
		before, now := all[i], all[i+1]
		var widths []float64 // mm, by layout
		for _, layout := range layouts {
			p, err := newPage(ctx, layout.layout, "it", now.profile, 0)
			if err != nil {
				return err
			}
			if err := p.locate(ctx); err != nil {
				return err
			}
			widths = append(widths, p.side)
		}
		for reader, name := range fileReaders {
			old, is := half(before.read[reader], distanceSamples), half(now.read[reader], distanceSamples)
			fmt.Fprintf(s, "| %s | %s | %.0f px | %.0f px | %.2f |", now.profile, name, old, is, old/is)
			for j, layout := range layouts {
				// the pixels count the quiet zone too, the millimetres do not
				wider := widths[j] * quiet(now.size) / (formerSides[layout.name] * quiet(before.size))
				fmt.Fprintf(s, " %.2f (%.0f mm) |", old/is*wider, widths[j])
			}
			s.WriteString("\n")
		}
	}
	return nil
}

// quiet returns how many times as wide a symbol is with its quiet zone of four modules on either side.
func quiet(size int) float64 { return float64(size+8) / float64(size) }

// approach reads the pictures of one form and profile.
func (b *bench) approach(ctx context.Context, a *approach, samples int) error {
	for range b.readers {
		a.read = append(a.read, make([]int, sideSteps))
	}
	for sample := range samples {
		jws, _, err := issue(ctx, a.profile, sample)
		if err != nil {
			return err
		}
		text, err := forms[a.form].write(issuer+"/q", jws)
		if err != nil {
			return err
		}
		symbol, err := qrpdf.Encoder{}.Encode(text)
		if err != nil {
			return err
		}
		a.version, a.size = symbol.Version(), symbol.Size()
		drawn, err := draw(symbol)
		if err != nil {
			return err
		}
		rng := rand.New(rand.NewPCG(uint64(sample), uint64(a.form)))
		for i := range sideSteps {
			pic, err := newPicture(photograph(drawn, leastSide+sideStep*i, rng), 0)
			if err != nil {
				return err
			}
			if err := b.count(ctx, text, pic, i, a.read); err != nil {
				return fmt.Errorf("%s %s, %d: %w", a.profile, forms[a.form].name, sample, err)
			}
		}
	}
	return nil
}

// draw returns a symbol with its quiet zone, large.
func draw(s *qrpdf.Symbol) (*image.Gray, error) {
	var file bytes.Buffer
	if err := (qrpdf.PNG{Scale: 12}).Write(&file, s); err != nil {
		return nil, err
	}
	img, err := scan.Picture(file.Bytes())
	if err != nil {
		return nil, err
	}
	return scan.Gray(img), nil
}

// photograph returns the picture of a symbol that is side pixels wide with its quiet zone.
func photograph(g *image.Gray, side int, rng *rand.Rand) *image.Gray {
	g = wear.Turn(resample.Resize(g, side, side), 8*rng.Float64()-4)
	return wear.Noise(wear.Blur(wear.Light(g, 40, 235, 60, 180), 0.8), 8, rng)
}
