package main

import (
	"context"
	"errors"
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

// row counts, for each reader and each resolution, how many samples were read, and how many of them without
// another scale.
type row struct {
	hardship   *hardship
	read, full [][]int
}

// bench holds what all parts have in common, and the readers of one of the works that go on at once.
type bench struct {
	resolutions []int
	hardships   []hardship
	samples     int
	documents   int
	zxing       string // the folder of the scripts that read

	readers []reader
	folder  string // for the picture that is being read
}

// with calls work with a folder and readers of its own, which end with it.
func (b bench) with(ctx context.Context, start func(*bench, context.Context) error,
	work func(*bench) error) (err error) {
	if b.folder, err = os.MkdirTemp("", "robustness"); err != nil {
		return err
	}
	defer os.RemoveAll(b.folder)
	defer func() {
		for _, r := range b.readers {
			err = errors.Join(err, r.close())
		}
	}()
	if err := start(&b, ctx); err != nil {
		return err
	}
	return work(&b)
}

// startScaled starts zbar and zxing-wasm, which read pictures at the given scales.
func (b *bench) startScaled(ctx context.Context, scales ...float64) error {
	z, err := startScript(ctx, "node", filepath.Join(b.zxing, "read.mjs"))
	if err != nil {
		return err
	}
	b.readers = []reader{scaled{zbar{}, scales, b.folder}, scaled{z, scales, b.folder}}
	return nil
}

// startWorn starts the readers of worn prints: those two, at all scales, and ours.
func (b *bench) startWorn(ctx context.Context) error {
	if err := b.startScaled(ctx, scales...); err != nil {
		return err
	}
	b.readers = append(b.readers, ours{})
	return nil
}

// startThree starts zbar, zxing-wasm and zxing-cpp.
func (b *bench) startThree(ctx context.Context) error {
	if err := b.startScaled(ctx, 1); err != nil {
		return err
	}
	z, err := startScript(ctx, "/usr/bin/python3", filepath.Join(b.zxing, "read.py"))
	if err != nil {
		return err
	}
	b.readers = append(b.readers, scaled{z, []float64{1}, b.folder})
	return nil
}

// try prints, wears and reads one sample of a layout and profile. It is an error if a reader returns a text
// other than the printed one.
func (b *bench) try(ctx context.Context, name string, layout qrpdf.Layout, profile string,
	sample int) (*trial, error) {
	p, err := newPage(ctx, layout, "it", profile, sample)
	if err != nil {
		return nil, err
	}
	if err := p.locate(ctx); err != nil {
		return nil, err
	}
	t := &trial{layout: name, profile: profile, version: p.version, side: p.side, module: p.module}
	for i := range b.hardships {
		r := row{hardship: &b.hardships[i]}
		for range b.readers {
			r.read = append(r.read, make([]int, len(b.resolutions)))
			r.full = append(r.full, make([]int, len(b.resolutions)))
		}
		rng := rand.New(rand.NewPCG(uint64(sample), uint64(i)))
		pictures, err := r.hardship.pictures(ctx, p, b.resolutions, rng)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", r.hardship.name, err)
		}
		for j, pic := range pictures {
			found, err := b.read(ctx, p.text, pic)
			if err != nil {
				return nil, fmt.Errorf("%s %s, %s at %d dpi: %w", name, profile, r.hardship.name,
					b.resolutions[j], err)
			}
			for reader, f := range found {
				if f.read {
					r.read[reader][j]++
				}
				if f.full {
					r.full[reader][j]++
				}
			}
		}
		t.rows = append(t.rows, r)
	}
	return t, nil
}

// add adds the counts of another sample.
func (t *trial) add(other *trial) {
	for i, r := range other.rows {
		for reader := range r.read {
			for j, n := range r.read[reader] {
				t.rows[i].read[reader][j] += n
				t.rows[i].full[reader][j] += r.full[reader][j]
			}
		}
	}
}

// found is what a reader made of a picture.
type found struct{ read, full bool }

// read lets every reader read a picture.
func (b *bench) read(ctx context.Context, want string, p picture) ([]found, error) {
	var all []found
	for i, reader := range b.readers {
		texts, full, err := reader.read(ctx, p)
		if err != nil {
			return nil, err
		}
		for _, text := range texts {
			if text != want {
				return nil, fmt.Errorf("reader %d gave another text: %q", i, text)
			}
		}
		all = append(all, found{len(texts) > 0, full})
	}
	return all, nil
}

// count lets every reader read a picture and adds to its counter for the resolution.
func (b *bench) count(ctx context.Context, want string, p picture, resolution int, read [][]int) error {
	found, err := b.read(ctx, want, p)
	for i, f := range found {
		if f.read {
			read[i][resolution]++
		}
	}
	return err
}
