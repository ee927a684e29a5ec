package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/qr-invalidita/attesta/internal/words"
	"github.com/qr-invalidita/attesta/qrpdf"
)

// cleanDPI is a low resolution of an office scanner.
const cleanDPI = 150

// langs are all languages and pairs of a document.
var langs = append(words.Languages(), "it+de", "it+fr", "it+sl")

// cleanReaders are the readers of clean documents.
var cleanReaders = []string{"zbar", "zxing-wasm", "python3-zxing-cpp"}

// writeDocuments reads clean documents of every layout, language and profile.
func (b bench) writeDocuments(ctx context.Context, w io.Writer) error {
	type kind struct {
		layout, lang int
		read         [][]int // for each reader
	}
	var kinds []kind
	for layout := range layouts {
		for lang := range langs {
			kinds = append(kinds, kind{layout, lang, [][]int{{0}, {0}, {0}}})
		}
	}
	err := eachAtOnce(kinds, func(k kind) error {
		return b.with(ctx, (*bench).startThree, func(b *bench) error {
			for i := range b.documents * len(profiles) {
				l, lang, profile := layouts[k.layout], langs[k.lang], profiles[i%len(profiles)]
				sample := k.lang*b.documents + i/len(profiles)
				if err := b.readClean(ctx, l.layout, lang, profile, sample, k.read); err != nil {
					return fmt.Errorf("%s %s %s %d: %w", l.name, lang, profile, sample, err)
				}
			}
			return nil
		})
	})
	if err != nil {
		return err
	}

	var s strings.Builder
	each := b.documents * len(profiles) * len(langs)
	fmt.Fprintf(&s, "\n## Clean documents\n\nFirst pages at %d dpi, of %d documents: %d of each layout, "+
		"profile, language and pair.\n\n| layout | %s |\n|---|%s\n", cleanDPI, each*len(layouts), b.documents,
		strings.Join(cleanReaders, " | "), strings.Repeat("--:|", len(cleanReaders)))
	for layout, l := range layouts {
		fmt.Fprintf(&s, "| %s |", l.name)
		for reader := range cleanReaders {
			read := 0
			for _, k := range kinds {
				if k.layout == layout {
					read += k.read[reader][0]
				}
			}
			fmt.Fprintf(&s, " %d of %d |", read, each)
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
	pic, err := newPicture(g, 0)
	if err != nil {
		return err
	}
	return b.count(ctx, p.text, pic, 0, read)
}
