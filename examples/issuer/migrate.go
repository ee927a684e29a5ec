package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"text/tabwriter"

	"github.com/qr-invalidita/attesta/examples/internal/cli"
	"github.com/qr-invalidita/attesta/examples/issuer/internal/app"
)

const migrateUsage = `Usage: issuer migrate [-status] [flags]

Brings the database's tables up to date, as a step of its own before a new version of the program is started,
so that the service's user of the database needs no right to change tables. With -status it changes nothing
and lists the versions of the tables: what the database has, and what this program wants. ISSUER_MIGRATE_DB
and ISSUER_DB in the environment are the flags of these names, and keep a password out of process lists.

Exit codes: 0 the tables are those of this program; 1 the database does not answer; 3 they are newer than this
program, or with -status older.
`

// failure returns the exit code for the error of a command.
func failure(err error) int {
	if app.IsSetting(err) {
		return cli.Usage
	}
	return cli.Failure
}

// usageError is an error of the call.
type usageError struct{ error }

// end says how a command ended, and returns its exit code.
func end(s cli.Streams, command string, err error) int {
	var usage usageError
	switch {
	case err == nil:
		return cli.OK
	case errors.As(err, &usage):
		return cli.Fail(s, cli.Usage, "%s: %v", command, usage.error)
	}
	return cli.Fail(s, failure(err), "%s: %v", command, err)
}

func migrate(ctx context.Context, args []string, s cli.Streams) int {
	fs := cli.Flags("migrate", migrateUsage, s)
	data := fs.String("data", cli.DataDir("issuer"), "`FOLDER` of the service")
	db := fs.String("db", "", "a SQLite `FILE` or postgres://... (default registry.db in the data folder)")
	owner := fs.String("migrate-db", "",
		"the same database for the user who may change its tables, postgres://... (default -db)")
	status := fs.Bool("status", false, "change nothing, and list the versions of the tables")
	rest, code, ok := cli.Parse(fs, args, s)
	switch {
	case !ok:
		return code
	case len(rest) > 0:
		return cli.Fail(s, cli.Usage, "migrate: unexpected argument %q (-h explains)", rest[0])
	}
	dsn := cmp.Or(*owner, os.Getenv(settingName("migrate-db")), *db, os.Getenv(settingName("db")),
		filepath.Join(*data, "registry.db"))
	work := app.Migrate
	if *status {
		work = app.Tables
	}
	states, err := work(ctx, dsn)
	w := tabwriter.NewWriter(s.Out, 0, 0, 2, ' ', 0)
	for _, t := range states {
		fmt.Fprintf(w, "%s\thas %d\twants %d\n", t.Name, t.Have, t.Want)
	}
	w.Flush()
	if err != nil {
		return cli.Fail(s, failure(err), "migrate: %v", err)
	}
	return cli.OK
}
