package main

import (
	"io"
	"time"

	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"github.com/qr-invalidita/attesta/examples/internal/registry"
	"github.com/qr-invalidita/attesta/examples/internal/terminal"
)

// lineInterval is the time between two lines of progress if the output is no terminal.
const lineInterval = 30 * time.Second

// An importBar is the progress bar of an import.
type importBar struct {
	*terminal.Bar
	size  int64 // of the file, in bytes
	begun bool
}

func newImportBar(w io.Writer, size int64) *importBar {
	return &importBar{Bar: terminal.NewBar(w, lineInterval), size: size}
}

// show draws the progress. The first time it reports what an earlier import of the file did.
func (b *importBar) show(p registry.Progress) {
	if !b.begun {
		b.begun = true
		switch {
		case p.Done:
			b.Line("This file was imported before.")
		case p.Position > 0:
			b.Line("Goes on after line %s.", thousands(p.Line))
		}
	}
	text := thousands(p.Stored) + " entries"
	if p.Rejected > 0 {
		text += ", " + thousands(p.Rejected) + " left out"
	}
	b.Update(terminal.Progress{Done: p.Position, Total: b.size, Items: p.Stored + p.Rejected, Text: text})
}

// thousands formats 1234567 as 1,234,567.
func thousands(n int64) string { return message.NewPrinter(language.English).Sprint(n) }
