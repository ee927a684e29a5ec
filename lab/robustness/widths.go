package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/qr-invalidita/attesta/qrpdf"
)

// widthSteps are how many times as wide as it is the symbol of the card is tried, in percent.
var widthSteps = []int{100, 106, 112, 118, 125, 138, 150}

// worst is the hardship after which zbar misses the card.
const worst = "strong blur"

// widening holds how often the symbols of one profile were read at each width.
type widening struct {
	profile      string
	side, module float64 // mm, of the card as it is
	read         [][]int // for each reader and each width
}

// writeWidths writes how wide the symbol of the card would have to be. A wider symbol has as many more pixels
// at the same resolution, so that the page is drawn at a higher one and worn as if it were at goalDPI.
func (b bench) writeWidths(ctx context.Context, w io.Writer) error {
	var all []*widening
	for _, profile := range profiles {
		all = append(all, &widening{profile: profile})
	}
	err := eachAtOnce(all, func(a *widening) error {
		return b.with(ctx, (*bench).startWorn, func(b *bench) error { return b.widen(ctx, a) })
	})
	if err != nil {
		return err
	}
	var s strings.Builder
	last := all[len(all)-1]
	fmt.Fprintf(&s, "\n### How wide a card\n\nThe card after a %s at %d dpi, if its symbol were wider: "+
		"the number of symbols read, of %d.\nA module of the card of %.0f mm in the %s profile has %.2f mm, "+
		"which are %.1f pixels.\n\n| profile | reader |", worst, goalDPI, b.samples, last.side, last.profile,
		last.module, last.module*goalDPI/25.4)
	for _, percent := range widthSteps {
		fmt.Fprintf(&s, " %.0f mm |", all[0].side*float64(percent)/100)
	}
	s.WriteString("\n|---|---|" + strings.Repeat("--:|", len(widthSteps)) + "\n")
	for _, a := range all {
		for reader, name := range names {
			fmt.Fprintf(&s, "| %s | %s |", a.profile, name)
			for _, n := range a.read[reader] {
				fmt.Fprintf(&s, " %d |", n)
			}
			s.WriteString("\n")
		}
	}
	_, err = io.WriteString(w, s.String())
	return err
}

// widen reads the cards of one profile.
func (b *bench) widen(ctx context.Context, a *widening) error {
	for range b.readers {
		a.read = append(a.read, make([]int, len(widthSteps)))
	}
	i := slices.IndexFunc(hardships, func(h hardship) bool { return h.name == worst })
	for sample := range b.samples {
		p, err := newPage(ctx, qrpdf.Wallet, "it", a.profile, sample)
		if err != nil {
			return err
		}
		if err := p.locate(ctx); err != nil {
			return err
		}
		a.side, a.module = p.side, p.module
		for j, percent := range widthSteps {
			g, err := p.raster(ctx, goalDPI*percent/100)
			if err != nil {
				return err
			}
			rng := rand.New(rand.NewPCG(uint64(sample), uint64(j)))
			pic, err := newPicture(hardships[i].look(g, goalDPI, rng), 0)
			if err != nil {
				return err
			}
			if err := b.count(ctx, p.text, pic, j, a.read); err != nil {
				return fmt.Errorf("%s, %d %%: %w", a.profile, percent, err)
			}
		}
	}
	return nil
}
