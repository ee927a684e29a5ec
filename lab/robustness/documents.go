package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/qr-invalidita/attesta/qrpdf"
)

// cleanDPI is a low resolution of an office scanner.
const cleanDPI = 150

// langs are all languages and pairs of a document.
var langs = []string{"it", "en", "de", "fr", "sl", "it+de", "it+fr", "it+sl"}

// cleanReaders are the readers of clean documents.
var cleanReaders = []string{"zbar", "zxing-wasm", "python3-zxing-cpp"}

// writeDocuments reads clean documents of every layout and profile, in every language in turn.
func (b bench) writeDocuments(ctx context.Context, w io.Writer) error {
	type kind struct {
		layout  int
		profile string
		read    [][]int // for each reader
	}
	each := b.documents / len(layouts) / len(profiles)
	var kinds []kind
	for layout := range layouts {
		for _, profile := range profiles {
			kinds = append(kinds, kind{layout, profile, [][]int{{0}, {0}, {0}}})
		}
	}
	err := eachAtOnce(kinds, func(k kind) error {
		return b.with(ctx, (*bench).startThree, func(b *bench) error {
			for i := range each {
				l, lang := layouts[k.layout], langs[i%len(langs)]
				if err := b.readClean(ctx, l.layout, lang, k.profile, i, k.read); err != nil {
					return fmt.Errorf("%s %s %s %d: %w", l.name, lang, k.profile, i, err)
				}
			}
			return nil
		})
	})
	if err != nil {
		return err
	}

	var s strings.Builder
	fmt.Fprintf(&s, "\n## Clean documents\n\nFirst pages at %d dpi, of %d documents: different tokens, "+
		"all languages and pairs in turn.\n\n| layout | profile | %s |\n|---|---|%s\n",
		cleanDPI, each*len(kinds), strings.Join(cleanReaders, " | "), strings.Repeat("--:|", len(cleanReaders)))
	for _, k := range kinds {
		fmt.Fprintf(&s, "| %s | %s |", layouts[k.layout].name, k.profile)
		for _, read := range k.read {
			fmt.Fprintf(&s, " %d of %d |", read[0], each)
		}
		s.WriteString("\n")
	}
	_, err = io.WriteString(w, s.String())
	return err
}

// readClean lets every reader read a page as it is drawn.
func (b *bench) readClean(ctx context.Context, layout qrpdf.Layout, lang, profile string, sample int,
	read [][]int) error {
	p, err := newPage(ctx, layout, lang, profile, sample)
	if err != nil {
		return err
	}
	g, err := p.raster(ctx, cleanDPI)
	if err != nil {
		return err
	}
	file, err := encode(g, 0)
	if err != nil {
		return err
	}
	return b.count(ctx, p.text, file, 0, read)
}
