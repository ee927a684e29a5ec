package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/qr-invalidita/attesta/examples/internal/cli"
	"github.com/qr-invalidita/attesta/examples/internal/lint"
)

const lintUsage = `Usage: verifier lint [-card] [-json] FILE.pdf|FILE.png|FILE.jpg|-

Measures the QR on the page or in the picture and says what to fix, the most important first. It draws the
pages of a PDF with pdftoppm (poppler-utils), which must be on the PATH.

Exit codes: 0 nothing to fix, 1 something to fix, 2 cannot tell (no QR, or the file cannot be read),
3 wrong call.
`

// lintTimeout is the time allowed for drawing all pages.
const lintTimeout = 30 * time.Second

func lintFile(ctx context.Context, args []string, s cli.Streams) int {
	fs := cli.Flags("lint", lintUsage, s)
	card := fs.Bool("card", false, "the QR is on a wallet card: modules of 0.5 mm, 5 mm from the edges")
	asJSON := fs.Bool("json", false, "print the report as JSON")
	rest, code, ok := cli.Parse(fs, args, s)
	switch {
	case !ok:
		return code
	case len(rest) != 1:
		return cli.Fail(s, cli.Usage, "lint wants one file, or - for the standard input (-h explains)")
	}
	data, err := readInput(rest[0], s.In)
	if err != nil {
		return cli.Fail(s, cli.Usage, "%v", err)
	}
	ctx, cancel := context.WithTimeout(ctx, lintTimeout)
	defer cancel()
	report, err := lint.Check(ctx, data, lint.Options{Card: *card})
	if err != nil {
		return cli.Fail(s, cannotTell, "cannot tell: %v", err)
	}
	if *asJSON {
		if err := json.NewEncoder(s.Out).Encode(report); err != nil {
			return cli.Fail(s, cannotTell, "%v", err)
		}
	} else {
		printLint(s.Out, report)
	}
	switch {
	case len(report.Findings) > 0:
		return 1
	case len(report.Symbols) == 0:
		return cannotTell
	}
	return cli.OK
}

// cannotTell is the exit code for a file that cannot be judged.
const cannotTell = 2

// printLint writes the report for a person: first what to fix, then what was measured, then what could
// not be examined.
func printLint(w io.Writer, r lint.Report) {
	switch {
	case len(r.Findings) > 0:
		fmt.Fprintf(w, "TO FIX: %d\n", len(r.Findings))
	case len(r.Symbols) == 0:
		fmt.Fprintln(w, "CANNOT TELL")
	default:
		fmt.Fprintln(w, "NOTHING TO FIX")
	}
	for i, f := range r.Findings {
		page := ""
		if f.Page > 0 {
			page = fmt.Sprintf("page %d: ", f.Page)
		}
		fmt.Fprintf(w, "%2d. %s%s [%s]\n    Wanted: %s.\n    Fix: %s.\n", i+1, page, f.What, f.Rule, f.Want,
			f.Fix)
	}
	for _, s := range r.Symbols {
		printSymbol(w, s)
	}
	if d := r.Document; d != nil {
		printDocument(w, *d)
	}
	if len(r.Unseen) > 0 {
		fmt.Fprintf(w, "\nNot looked at: %s.\n", strings.Join(r.Unseen, "; "))
	}
}

func printSymbol(w io.Writer, s lint.Symbol) {
	line := func(label, format string, args ...any) {
		fmt.Fprintf(w, "  %-17s %s\n", label, fmt.Sprintf(format, args...))
	}
	where := "QR"
	if s.Page > 0 {
		where = fmt.Sprintf("QR on page %d", s.Page)
	}
	fmt.Fprintf(w, "\n%s\n", where)
	if s.Address != "" {
		line("address", "%s", s.Address)
	}
	line("text", "%d bytes, version %d-%s", s.Bytes, s.Version, s.Level)
	if s.Module > 0 {
		line("module", "%.2f mm (%.1f pixels)", s.Module, s.ModulePixels)
		line("side", "%.1f mm", s.Side)
	} else {
		line("module", "%.1f pixels", s.ModulePixels)
	}
	if s.QuietZone < 10 {
		line("quiet zone", "%.1f modules", s.QuietZone)
	} else {
		line("quiet zone", "10 modules or more")
	}
	if e := s.Edges; e != nil {
		line("from the edges", "top %.1f, right %.1f, bottom %.1f, left %.1f mm (sheet of %.0f x %.0f mm)",
			e.Top, e.Right, e.Bottom, e.Left, e.Width, e.Height)
	}
	line("contrast", "%.1f:1 (WCAG 2.1)", s.Contrast)
	if s.Rotation != 0 {
		line("turned", "by %.1f degrees", s.Rotation)
	}
	if s.ReadingDistance > 0 {
		line("reading distance",
			"up to about %.0f cm (rule of thumb: 10 x side x 25 / modules per side, QRStuff 2011)",
			s.ReadingDistance/10)
	}
	if s.LinkMatches != nil {
		line("link", "%s", map[bool]string{
			true:  "same text as the QR",
			false: "no link with the text of the QR",
		}[*s.LinkMatches])
	}
}

func printDocument(w io.Writer, d lint.Document) {
	line := func(label, format string, args ...any) {
		fmt.Fprintf(w, "  %-17s %s\n", label, fmt.Sprintf(format, args...))
	}
	yes := map[bool]string{true: "yes", false: "no"}
	fmt.Fprintln(w, "\nPDF")
	line("tagged", "%s", yes[d.Tagged])
	line("claims PDF/UA", "%s (lint does not validate)", yes[d.ClaimsUA])
	line("language", "%s", orNone(d.Lang))
	line("title", "%s, shown: %s", orNone(d.Title), yes[d.TitleShown])
	line("pictures", "%d, %d with alternative text", d.Figures, d.FiguresWithAlt)
	line("links", "%d", d.Links)
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return fmt.Sprintf("%q", s)
}
