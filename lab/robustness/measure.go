package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"

	"github.com/qr-invalidita/attesta/qrpdf"
)

// trial holds the results of one kind of sheet.
type trial struct {
	layout, profile string
	version         int
	side, module    float64 // mm
	rows            []row   // one for each hardship
}

// row counts, for each reader and each resolution, how many samples were read.
type row struct {
	hardship *hardship
	read     [][]int
}

// bench holds what all trials have in common.
type bench struct {
	readers     []reader
	resolutions []int
	hardships   []hardship
	samples     int
	folder      string // for the pictures, each of which is removed again
}

// try prints, wears and reads the samples of one layout and profile. It is an error if a reader returns a
// text other than the printed one.
func (b *bench) try(ctx context.Context, name string, layout qrpdf.Layout, profile string) (*trial, error) {
	t := &trial{layout: name, profile: profile}
	for i := range b.hardships {
		r := row{hardship: &b.hardships[i]}
		for range b.readers {
			r.read = append(r.read, make([]int, len(b.resolutions)))
		}
		t.rows = append(t.rows, r)
	}
	for sample := range b.samples {
		p, err := newPage(ctx, layout, profile, sample)
		if err != nil {
			return nil, err
		}
		t.version, t.side, t.module = p.version, p.side, p.module
		for i, r := range t.rows {
			rng := rand.New(rand.NewPCG(uint64(sample), uint64(i)))
			files, err := r.hardship.pictures(ctx, p, b.resolutions, rng)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", r.hardship.name, err)
			}
			for j, file := range files {
				if err := b.count(ctx, p.text, file, j, r.read); err != nil {
					return nil, fmt.Errorf("%s %s, %s at %d dpi: %w", name, profile, r.hardship.name,
						b.resolutions[j], err)
				}
			}
		}
	}
	return t, nil
}

// count lets every reader read a picture and adds to its counter for the resolution.
func (b *bench) count(ctx context.Context, want string, file []byte, resolution int, read [][]int) error {
	name := filepath.Join(b.folder, "picture")
	if err := os.WriteFile(name, file, 0o600); err != nil {
		return err
	}
	for i, reader := range b.readers {
		texts, err := reader.read(ctx, name)
		if err != nil {
			return err
		}
		for _, text := range texts {
			if text != want {
				return fmt.Errorf("reader %d gave another text: %q", i, text)
			}
		}
		if len(texts) > 0 {
			read[i][resolution]++
		}
	}
	return nil
}
