package main

import (
	"context"
	"flag"
	"fmt"

	"github.com/qr-invalidita/attesta/examples/internal/cli"
	"github.com/qr-invalidita/attesta/examples/issuer/internal/app"
	"github.com/qr-invalidita/attesta/internal/file"
)

const drillUsage = `Usage: issuer drill -record FILE [flags]
       issuer drill -expected FILE -backup FILE [-scratch URL] [flags]
       issuer drill -expected FILE -scratch DATABASE [flags]

Shows that a backup is good. With -record, just before a backup is made, it asks the service with the settings
of "issuer serve" about 100 of its people at random, and writes the answers to FILE as keyed digests, which
name nobody. With -expected it restores the backup where nobody uses it, asks the same with the keys of the
data folder, recomputes the access log from the recorded checkpoint on, and says how far behind the journal
the backup is. It prints a line for each, ok, warning or failed, as "issuer doctor" does, and removes what it
restored.

  -backup FILE   of SQLite, or of pg_dump -Fc. pg_restore must be installed, and -scratch is then
                 postgres://... of a server on which a database may be made
  -scratch DB    without -backup, a file or postgres://... in which somebody has restored the backup; it is
                 changed, so it is never the service's own

Exit codes: 0 nothing failed (there may be warnings), 1 something failed, 3 a setting is wrong.
`

func drill(ctx context.Context, args []string, s cli.Streams) int {
	var record, expected, backup, scratch string
	flags := func(fs *flag.FlagSet) {
		fs.StringVar(&record, "record", "", "`FILE` to write with the answers of the service")
		fs.StringVar(&expected, "expected", "", "`FILE` of -record")
		fs.StringVar(&backup, "backup", "", "`FILE` of SQLite or of pg_dump -Fc")
		fs.StringVar(&scratch, "scratch", "", "`DATABASE` with a restored backup, or server for a new one")
	}
	return withSettings("drill", drillUsage, args, s, func(v *serving) int {
		switch {
		case (record == "") == (expected == ""), record != "" && backup+scratch != "",
			expected != "" && backup+scratch == "", scratch != "" && scratch == v.DB:
			return cli.Fail(s, cli.Usage,
				"drill wants -record, or -expected with -backup or -scratch (-h explains)")
		case expected != "":
			code, tell := report(s)
			if err := app.Drill(ctx, v.Config, expected, backup, scratch, tell); err != nil {
				return cli.Fail(s, failure(err), "%v", err)
			}
			return *code
		}
		text, people, err := app.RecordDrill(ctx, v.Config)
		if err == nil {
			err = file.Write(record, text, 0o600)
		}
		if err != nil {
			return cli.Fail(s, failure(err), "%v", err)
		}
		fmt.Fprintf(s.Out, "Recorded %d answers.\n", people)
		return cli.OK
	}, flags)
}
