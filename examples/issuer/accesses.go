package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/qr-invalidita/attesta/examples/internal/cli"
	"github.com/qr-invalidita/attesta/examples/internal/words"
	"github.com/qr-invalidita/attesta/examples/issuer/internal/app"
	"github.com/qr-invalidita/attesta/verifier/accesslog"
	"github.com/qr-invalidita/attesta/verifier/accesslog/proof"
)

const accessesUsage = `Usage: issuer accesses audit [CHECKPOINT...] [flags]
       issuer accesses operator ID [flags]
       issuer accesses suppress ID -until DAY [flags]

  audit     recomputes the whole access log and compares it with checkpoints of earlier days: files with
            answers of /audit/checkpoint, kept where the administrators of the database cannot write
  operator  prints who made the access with that ID, for an inquiry within the body; the person never sees it
  suppress  hides the access from the person until the end of that day, during an inquiry that the person
            must not know of yet; a day in the past shows it again. The record does not change

Exit codes: 0 done, 1 the log was tampered with or does not answer, 3 wrong call.
`

func accessesCommand(ctx context.Context, args []string, s cli.Streams) int {
	fs := cli.Flags("accesses", accessesUsage, s)
	data := fs.String("data", cli.DataDir("issuer"), "`FOLDER` of the service")
	db := fs.String("db", "",
		"database: a SQLite `FILE` or postgres://... (default registry.db in the data folder)")
	name := fs.String("issuer-name", "", "the issuer's `NAME`, if no key in the data folder names it")
	until := fs.String("until", "", "suppress: last `DAY`, such as 2026-06-30")
	rest, code, ok := cli.Parse(fs, args, s)
	switch {
	case !ok:
		return code
	case len(rest) == 0, rest[0] != "audit" && len(rest) != 2:
		return cli.Fail(s, cli.Usage, "accesses wants audit, operator ID or suppress ID (-h explains)")
	}
	var act action
	switch rest[0] {
	case "audit":
		published, err := readFiles(rest[1:])
		if err != nil {
			return cli.Fail(s, cli.Usage, "accesses audit: %v", err)
		}
		act = func(ctx context.Context, l *accesslog.Log, v note.Verifier) error {
			c, err := l.Audit(ctx, v, published...)
			if err == nil {
				printAudit(s, c, len(published))
			}
			return err
		}
	case "operator":
		act = func(ctx context.Context, l *accesslog.Log, _ note.Verifier) error {
			o, err := l.Operator(ctx, rest[1])
			if err == nil {
				fmt.Fprintf(s.Out, "Login     %s\nOperator  %s\nBody      %s\n", o.IdentityProvider, o.ID,
					o.Organisation)
			}
			return err
		}
	case "suppress":
		day, err := time.ParseInLocation(time.DateOnly, *until, time.Local)
		if err != nil {
			return cli.Fail(s, cli.Usage, "accesses suppress: -until wants a day such as 2026-06-30")
		}
		act = func(ctx context.Context, l *accesslog.Log, _ note.Verifier) error {
			return l.Suppress(ctx, rest[1], day.AddDate(0, 0, 1))
		}
	default:
		return cli.Fail(s, cli.Usage, "accesses: unknown action %q (-h explains)", rest[0])
	}
	if err := withAccesses(ctx, *data, *db, *name, act); err != nil {
		return cli.Fail(s, failure(err), "accesses %s: %v", rest[0], err)
	}
	return cli.OK
}

// An action is the work of a subcommand on the log. It gets the key that verifies the checkpoints.
type action func(context.Context, *accesslog.Log, note.Verifier) error

func withAccesses(ctx context.Context, data, db, issuer string, act action) error {
	if issuer == "" {
		keys, err := openData(data, "").keys.Published(ctx)
		if err != nil {
			return err
		}
		if len(keys) == 0 {
			return words.Errorf("-issuer-name is needed: no key in the data folder tells the issuer's name")
		}
		issuer = keys[0].IssuerName()
	}
	l, text, closed, err := app.OpenAccesses(ctx, data, db, issuer)
	if err != nil {
		return err
	}
	verifier, err := note.NewVerifier(text)
	if err == nil {
		err = act(ctx, l, verifier)
	}
	return errors.Join(err, closed())
}

func printAudit(s cli.Streams, c proof.Checkpoint, published int) {
	fmt.Fprintf(s.Out, "GOOD: %d records under %s", c.Size, c.Root)
	if published > 0 {
		fmt.Fprintf(s.Out, ", which go on from %d published checkpoints", published)
	}
	fmt.Fprintln(s.Out)
}

func readFiles(paths []string) ([][]byte, error) {
	var texts [][]byte
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		texts = append(texts, text)
	}
	return texts, nil
}
