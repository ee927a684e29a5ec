package main

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/qr-invalidita/attesta/examples/internal/cli"
	"github.com/qr-invalidita/attesta/examples/internal/intake"
	"github.com/qr-invalidita/attesta/examples/internal/registry"
	"github.com/qr-invalidita/attesta/examples/internal/terminal"
	"github.com/qr-invalidita/attesta/examples/internal/words"
	"github.com/qr-invalidita/attesta/examples/issuer/internal/app"
	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

func importUsage() string {
	return `Usage: issuer import FILE.csv|FILE.jsonl|- -as NAME -reason TEXT [flags]
       issuer import -check FILE.csv|FILE.jsonl|- [flags]

Stores people and their verbali in the registry. It updates what the registry knows and deletes nothing.
It rejects a wrong line and reports its number and the reason. It stores a doubtful line and reports a
warning. The same command continues an interrupted import where it stopped. The service may run meanwhile.
"-" reads the standard input, which needs -format and always starts at the beginning.

With -check nothing is stored. The report lists the lines that would be rejected, the warnings, and the
lines that leave open whether a person has a status: two acts that contradict each other, a ruling that
names no act, an application without a judgement, a judgement that is kept elsewhere… The file is combined
with the registry in the data folder, or checked alone if there is none.

Exit codes: 0 every line was stored, or would be; 1 a line was not, or would not be; 3 wrong call.

` + intake.Format() + staffUsage
}

func importCommand(ctx context.Context, args []string, s cli.Streams) int {
	fs := cli.Flags("import", importUsage(), s)
	data := fs.String("data", cli.DataDir("issuer"), "`FOLDER` of the service")
	db := fs.String("db", "",
		"database: a SQLite `FILE` or postgres://... (default registry.db in the data folder)")
	format := fs.String("format", "", "csv or jsonl (default by the file's name)")
	rejects := fs.String("rejects", "",
		"`FILE` to write at the end: the number and the reason of every line that was left out, as CSV")
	warnings := fs.String("warnings", "",
		"`FILE` to write at the end: the same of every line that was stored with a warning")
	var redis redisFlags
	redis.add(fs, "")
	var staff staffFlags
	staff.add(fs, "without -check: ")
	name := fs.String("issuer-name", "", "the issuer's `NAME`, if no key in the data folder names it")
	check := fs.Bool("check", false, "store nothing, and report what is wrong or leaves a question open")
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
	aimMemory(importAim)
	if *format != intake.CSV && *format != intake.JSONL {
		return cli.Fail(s, cli.Usage, "import: -format csv or -format jsonl is needed")
	}
	i := importing{
		path: rest[0], format: *format, rejects: *rejects, warnings: *warnings, data: *data, db: *db,
		redis: redis.server(), Streams: s,
	}
	var done registry.Progress
	var err error
	switch {
	case !*check:
		act, wrong := staff.act("import", "")
		if wrong != nil {
			return cli.Fail(s, cli.Usage, "import: %v", wrong)
		}
		if err = (place{*data, *db, *name}).record(ctx, act, codicefiscale.Code{}); err == nil {
			done, err = i.run(ctx)
		}
	case *rejects != "" || *warnings != "":
		return cli.Fail(s, cli.Usage,
			"import: -check writes its report to the standard output, and no -rejects or -warnings")
	default:
		done, err = i.check(ctx)
	}
	switch {
	case err != nil:
		return cli.Fail(s, failure(err), "import: %v", err)
	case done.Rejected > 0:
		return cli.Failure
	}
	return cli.OK
}

// importing is an import from the command line.
type importing struct {
	path, format, rejects, warnings, data, db string
	redis                                     app.Redis
	cli.Streams
}

// told is the number of lines reported one by one.
const told = 20

func (i importing) run(ctx context.Context) (at registry.Progress, err error) {
	input, size, err := i.open()
	if err != nil {
		return at, err
	}
	defer input.Close()
	r, closed, err := app.OpenRegistry(ctx, i.data, i.db)
	if err != nil {
		return at, err
	}
	defer func() { err = errors.Join(err, closed()) }()
	locks := lazyLocks{importing: i}
	defer func() { err = errors.Join(err, locks.close()) }()

	bar := newImportBar(i.Err, size)
	left := teller{bar: bar.Bar, lang: i.Lang, line: "line %d: %s",
		more: "more lines were left out, which are only counted here (-rejects lists them)"}
	warned := teller{bar: bar.Bar, lang: i.Lang, line: "line %d: warning: %s",
		more: "more lines were stored with a warning, which are only counted here (-warnings lists them)"}
	importer := intake.Importer{Registry: r, Moving: locks.move,
		Noted: func(p registry.Progress, b intake.Batch) {
			for _, reject := range b.Rejects {
				left.tell(reject.Line, reject.Reason)
			}
			for _, remark := range b.Remarks {
				warned.tell(remark.Line, remark.Warning())
			}
			bar.show(p)
		}}
	var name registry.File
	if i.path == "-" {
		name, at, err = importer.RunStream(ctx, input, i.format)
	} else {
		name, at, err = importer.Run(ctx, input, i.format)
	}
	bar.End()
	after := context.WithoutCancel(ctx)
	err = errors.Join(err, writeLines(r.Rejects(after, name), i.rejects),
		writeLines(r.Warnings(after, name), i.warnings))
	switch {
	case err == nil:
		fmt.Fprintf(i.Out, "%s entries stored, %s left out%s.\n", thousands(at.Stored),
			thousands(at.Rejected), withWarnings(at.Warned))
	case at.Position > 0 && i.path != "-":
		err = words.Errorf("ended after line %s; the same command goes on from there: %w", thousands(at.Line),
			err)
	}
	return at, err
}

func withWarnings(n int64) string {
	if n == 0 {
		return ""
	}
	return ", " + thousands(n) + " with a warning"
}

// A teller reports the first lines of a kind.
type teller struct {
	bar        *terminal.Bar
	lang       status.Language
	line, more string
	n          int
}

func (t *teller) tell(line int64, text string) {
	if text == "" {
		return
	}
	if t.n++; t.n <= told {
		t.bar.Line("%s", words.Tell(t.lang, t.line, line, words.TellText(t.lang, text)))
	} else if t.n == told+1 {
		t.bar.Line("%s", words.Tell(t.lang, t.more))
	}
}

// lazyLocks open the locks when the first code changes.
type lazyLocks struct {
	importing
	opened *app.Locks
}

func (l *lazyLocks) move(ctx context.Context, from, to codicefiscale.Code) (err error) {
	if l.opened == nil {
		if l.opened, err = app.OpenLocks(ctx, l.data, l.db, l.redis); err != nil {
			return err
		}
	}
	return l.opened.Move(ctx, from, to)
}

func (l *lazyLocks) close() error {
	if l.opened == nil {
		return nil
	}
	return l.opened.Close()
}

// open returns the input and its size, or zero if the size is unknown.
func (i importing) open() (*os.File, int64, error) {
	if i.path == "-" {
		in, ok := i.In.(*os.File)
		if !ok {
			return nil, 0, words.Errorf("the standard input is not a file")
		}
		return in, 0, nil
	}
	f, err := os.Open(i.path)
	if err != nil {
		return nil, 0, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = words.Errorf("%s is not a file; pipe it and read it with -", i.path)
	}
	if err != nil {
		return nil, 0, errors.Join(err, f.Close())
	}
	return f, info.Size(), nil
}

// writeLines never overwrites a file. It writes nothing if path is empty.
func writeLines(lines iter.Seq2[registry.Reject, error], path string) (err error) {
	if path == "" {
		return nil
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	w := csv.NewWriter(f)
	w.Write([]string{"line", "reason"})
	for line, err := range lines {
		if err != nil {
			return err
		}
		w.Write([]string{strconv.FormatInt(line.Line, 10), line.Reason})
	}
	w.Flush()
	return w.Error()
}
