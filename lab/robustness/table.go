package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

const wornIntroduction = `
## After wear

What happens to paper, and how often the symbol is then still read.
Each cell is the number of symbols read, of %d different ones: real tokens under different keys.
The page is drawn at each resolution, or drawn at %d dpi, worn, and scanned at each resolution.
Seeds are fixed: the same programs give the same table.

zbar and zxing read as the program of a scanner does. They get the picture as it is. If they find nothing,
they get it at the other scales of package scan: at half the size, where noise averages out; at double size,
which helps where a module has two pixels; then at 0.75, 1.5 and 3 times the size. Nothing is enlarged above
9 megapixels. "scan" is that package (verifier/page/scan): the reader of the command line, and of the pages
for pictures that are sent.

| hardship | what it is |
|---|---|
`

// writeWear wears and reads documents of every layout and profile.
func (b bench) writeWear(ctx context.Context, w io.Writer) error {
	type one struct {
		layout  int
		profile string
		sample  int
		result  *trial
	}
	var all []*one
	for layout := range layouts {
		for _, profile := range profiles {
			for sample := range b.samples {
				all = append(all, &one{layout: layout, profile: profile, sample: sample})
			}
		}
	}
	err := eachAtOnce(all, func(o *one) error {
		return b.with(ctx, (*bench).startWorn, func(b *bench) (err error) {
			l := layouts[o.layout]
			o.result, err = b.try(ctx, l.name, l.layout, o.profile, o.sample)
			return err
		})
	})
	if err != nil {
		return err
	}
	var trials []*trial
	for _, o := range all {
		if o.sample == 0 {
			trials = append(trials, o.result)
		} else {
			trials[len(trials)-1].add(o.result)
		}
	}
	return b.write(w, trials)
}

// write writes the tables, the most important facts first.
func (b *bench) write(w io.Writer, trials []*trial) error {
	var s strings.Builder
	fmt.Fprintf(&s, wornIntroduction, b.samples, paperDPI)
	for _, h := range b.hardships {
		fmt.Fprintf(&s, "| %s | %s |\n", h.name, h.says)
	}
	b.summary(&s, trials)
	for _, t := range trials {
		b.table(&s, t)
	}
	_, err := io.WriteString(w, s.String())
	return err
}

const goalDPI = 100 // the least resolution of the goal

// fileReaders are the names of the readers that get files.
var fileReaders = []string{"zbar", "zxing"}

// names are those of the readers of worn prints.
var names = append(slices.Clip(fileReaders), "scan")

// summary writes the rates by resolution and by layout, and every cell that misses the goal.
func (b *bench) summary(s *strings.Builder, trials []*trial) {
	fmt.Fprintf(s,
		"\n### Summary\n\nThe goal: at %d dpi and more "+
			"every single hardship leaves every symbol readable.\n\n",
		goalDPI)
	s.WriteString("| |" + b.headings() + "|\n|---|" + strings.Repeat("--:|", len(names)*len(b.resolutions)) +
		"\n")
	for _, mixed := range []bool{false, true} {
		if mixed {
			s.WriteString("| mixture |")
		} else {
			s.WriteString("| single hardships |")
		}
		for reader := range names {
			for i := range b.resolutions {
				read, all := b.sum(trials, mixed, reader, i)
				fmt.Fprintf(s, " %d of %d |", read, all)
			}
		}
		s.WriteString("\n")
	}
	b.goal(s, trials)
	misses := b.misses(trials)
	if len(misses) == 0 {
		s.WriteString("\nThe goal is met by every reader.\n")
		return
	}
	s.WriteString("\nWhat misses the goal:\n\n")
	for _, miss := range misses {
		fmt.Fprintf(s, "- %s\n", miss)
	}
}

// goal writes how much of what the goal concerns was read, by layout.
func (b *bench) goal(s *strings.Builder, trials []*trial) {
	fmt.Fprintf(s, "\nPrints read at %d dpi and more after one hardship, and how many of them as they are, "+
		"without another scale:\n\n", goalDPI)
	fmt.Fprintf(s, "| layout | prints | %s | %s as it is |\n|---|--:|%s\n", strings.Join(names, " | "),
		strings.Join(fileReaders, " as it is | "), strings.Repeat("--:|", len(names)+len(fileReaders)))
	var layouts []string
	of := make(map[string][]*trial)
	for _, t := range trials {
		if of[t.layout] == nil {
			layouts = append(layouts, t.layout)
		}
		of[t.layout] = append(of[t.layout], t)
	}
	of["all"] = trials
	for _, layout := range append(layouts, "all") {
		all, read, full := b.reached(of[layout])
		fmt.Fprintf(s, "| %s | %d |", layout, all)
		for _, n := range append(read, full[:len(fileReaders)]...) {
			fmt.Fprintf(s, " %d |", n)
		}
		s.WriteString("\n")
	}
}

// reached returns how many prints the goal concerns, and how many of them each reader read, and read as they
// are.
func (b *bench) reached(trials []*trial) (all int, read, full []int) {
	read, full = make([]int, len(names)), make([]int, len(names))
	for _, t := range trials {
		for _, r := range t.rows {
			for i, dpi := range b.resolutions {
				if dpi < goalDPI || r.hardship.mixed {
					continue
				}
				all += b.samples
				for reader := range names {
					read[reader] += r.read[reader][i]
					full[reader] += r.full[reader][i]
				}
			}
		}
	}
	return all, read, full
}

// sum returns how many symbols a reader read at a resolution, and how many there were.
func (b *bench) sum(trials []*trial, mixed bool, reader, resolution int) (read, all int) {
	for _, t := range trials {
		for _, r := range t.rows {
			if r.hardship.mixed == mixed {
				read += r.read[reader][resolution]
				all += b.samples
			}
		}
	}
	return read, all
}

// misses returns the cells below the goal.
func (b *bench) misses(trials []*trial) []string {
	var all []string
	for _, t := range trials {
		for _, r := range t.rows {
			for reader, name := range names {
				for i, dpi := range b.resolutions {
					if read := r.read[reader][i]; read < b.samples && dpi >= goalDPI && !r.hardship.mixed {
						all = append(all, fmt.Sprintf("%s, %s, %s at %d dpi: %s reads %d of %d", t.layout,
							t.profile, r.hardship.name, dpi, name, read, b.samples))
					}
				}
			}
		}
	}
	return all
}

func (b *bench) headings() string {
	var all []string
	for _, name := range names {
		for _, dpi := range b.resolutions {
			all = append(all, fmt.Sprintf(" %s %d dpi ", name, dpi))
		}
	}
	return strings.Join(all, "|")
}

// table writes all cells of a sheet. A cell in which a symbol was lost is bold.
func (b *bench) table(s *strings.Builder, t *trial) {
	fmt.Fprintf(s, "\n### %s, %s profile\n\nVersion %d, %.0f mm wide, a module %.2f mm.\n\n", t.layout,
		t.profile, t.version, t.side, t.module)
	s.WriteString("| |" + b.headings() + "|\n|---|" + strings.Repeat("--:|", len(names)*len(b.resolutions)) +
		"\n")
	for _, r := range t.rows {
		fmt.Fprintf(s, "| %s |", r.hardship.name)
		for reader := range names {
			for i := range b.resolutions {
				cell := strconv.Itoa(r.read[reader][i])
				if r.read[reader][i] < b.samples {
					cell = "**" + cell + "**"
				}
				fmt.Fprintf(s, " %s |", cell)
			}
		}
		s.WriteString("\n")
	}
}
