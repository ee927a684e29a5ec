package main

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"github.com/qr-invalidita/attesta/examples/internal/cli"
	"github.com/qr-invalidita/attesta/examples/internal/intake"
	"github.com/qr-invalidita/attesta/examples/internal/registry"
	"github.com/qr-invalidita/attesta/examples/internal/terminal"
	"github.com/qr-invalidita/attesta/examples/issuer/internal/app"
)

func importUsage() string {
	return `Usage: issuer import FILE.csv|FILE.jsonl|- [flags]

Puts people and their verbali into the registry. What is known is brought up to date and nothing is deleted. A line that is
wrong is left out and told by its number and the reason. An import that was ended, by whatever, goes on where it was when
the same command is given again. The service may run meanwhile. "-" reads the standard input, for which -format is needed
and which always begins at the beginning.

Exit codes: 0 everything is stored, 1 something is not, 3 wrong call.

` + intake.Format()
}

func importCommand(ctx context.Context, args []string, s cli.Streams) int {
	fs := cli.Flags("import", importUsage(), s)
	data := fs.String("data", cli.DataDir("issuer"), "`FOLDER` of the service")
	db := fs.String("db", "", "database: a SQLite `FILE` or postgres://... (default registry.db in the data folder)")
	format := fs.String("format", "", "csv or jsonl (default by the file's name)")
	rejects := fs.String("rejects", "", "`FILE` to write at the end: the number and the reason of every line that was left out, as CSV")
	rest, code, ok := cli.Parse(fs, args, s)
	switch {
	case !ok:
		return code
	case len(rest) != 1:
		return cli.Fail(s, cli.Usage, "import wants one file (-h explains)")
	}
	if *format == "" {
		*format = strings.TrimPrefix(filepath.Ext(rest[0]), ".")
	}
	if *format != intake.CSV && *format != intake.JSONL {
		return cli.Fail(s, cli.Usage, "import: -format csv or -format jsonl is needed")
	}
	done, err := importing{path: rest[0], format: *format, rejects: *rejects, Streams: s}.run(ctx, *data, *db)
	switch {
	case err != nil:
		return cli.Fail(s, cli.Failure, "import: %v", err)
	case done.Rejected > 0:
		return cli.Failure
	}
	return cli.OK
}

// importing is one import on the command line.
type importing struct {
	path, format, rejects string
	cli.Streams
}

// lineInterval is how often the progress is printed where there is no terminal.
const lineInterval = 30 * time.Second

// toldRejects is how many rejected lines are told one by one.
const toldRejects = 20

func (i importing) run(ctx context.Context, data, dsn string) (at registry.Progress, err error) {
	input, size, err := i.open()
	if err != nil {
		return at, err
	}
	defer input.Close()
	r, closed, err := app.OpenRegistry(ctx, data, dsn)
	if err != nil {
		return at, err
	}
	defer func() { err = errors.Join(err, closed()) }()

	bar := terminal.NewBar(i.Err, lineInterval)
	told, begun := int64(0), false
	importer := intake.Importer{Registry: r, Noted: func(p registry.Progress, rejects []registry.Reject) {
		for _, reject := range rejects {
			if told++; told <= toldRejects {
				bar.Line("line %d: %s", reject.Line, reject.Reason)
			} else if told == toldRejects+1 {
				bar.Line("more lines were left out, which are only counted here (-rejects lists them)")
			}
		}
		if !begun {
			begun = true
			sayBeginning(bar, p)
		}
		text := thousands(p.Stored) + " entries"
		if p.Rejected > 0 {
			text += ", " + thousands(p.Rejected) + " left out"
		}
		bar.Update(terminal.Progress{Done: p.Position, Total: size, Items: p.Stored + p.Rejected, Text: text})
	}}
	var name registry.File
	if i.path == "-" {
		name, at, err = importer.RunStream(ctx, input, i.format)
	} else {
		name, at, err = importer.Run(ctx, input, i.format)
	}
	bar.End()
	if i.rejects != "" {
		err = errors.Join(err, writeRejects(context.WithoutCancel(ctx), r, name, i.rejects))
	}
	switch {
	case err == nil:
		fmt.Fprintf(i.Out, "%s entries stored, %s left out.\n", thousands(at.Stored), thousands(at.Rejected))
	case at.Position > 0 && i.path != "-":
		err = fmt.Errorf("ended after line %s; the same command goes on from there: %w", thousands(at.Line), err)
	}
	return at, err
}

// sayBeginning says what an earlier import of the file did.
func sayBeginning(bar *terminal.Bar, p registry.Progress) {
	switch {
	case p.Done:
		bar.Line("This file was imported before.")
	case p.Position > 0:
		bar.Line("Goes on after line %s.", thousands(p.Line))
	}
}

// thousands writes 1234567 as 1,234,567.
func thousands(n int64) string { return message.NewPrinter(language.English).Sprint(n) }

// open returns the input and its size, zero if that is not known.
func (i importing) open() (*os.File, int64, error) {
	if i.path == "-" {
		in, ok := i.In.(*os.File)
		if !ok {
			return nil, 0, errors.New("the standard input is not a file")
		}
		return in, 0, nil
	}
	f, err := os.Open(i.path)
	if err != nil {
		return nil, 0, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is not a file; pipe it and read it with -", i.path)
	}
	if err != nil {
		return nil, 0, errors.Join(err, f.Close())
	}
	return f, info.Size(), nil
}

// writeRejects never writes over a file that is there.
func writeRejects(ctx context.Context, r *registry.Registry, name registry.File, path string) (err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	w := csv.NewWriter(f)
	w.Write([]string{"line", "reason"})
	for reject, err := range r.Rejects(ctx, name) {
		if err != nil {
			return err
		}
		w.Write([]string{strconv.FormatInt(reject.Line, 10), reject.Reason})
	}
	w.Flush()
	return w.Error()
}
