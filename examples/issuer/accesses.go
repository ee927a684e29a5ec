package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/qr-invalidita/attesta/examples/internal/cli"
	"github.com/qr-invalidita/attesta/examples/internal/words"
	"github.com/qr-invalidita/attesta/examples/issuer/internal/app"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/verifier/accesslog"
	"github.com/qr-invalidita/attesta/verifier/accesslog/proof"
)

const accessesUsage = `Usage: issuer accesses audit [CHECKPOINT...] [flags]
       issuer accesses operator ID -as NAME -reason TEXT [flags]
       issuer accesses suppress ID -until DAY -key FILE -as NAME -reason TEXT [flags]
       issuer accesses approve ID -key FILE -as NAME -reason TEXT [flags]
       issuer accesses consistency [CHECKPOINT] [flags]
       issuer accesses witness STEP -log-key KEY -seen FILE -key FILE
       issuer accesses new-key NAME -key FILE

  audit        recomputes the whole access log and compares it with checkpoints of earlier days: files with
               answers of /audit/checkpoint, kept where the administrators of the database cannot write
  operator     prints who made the access with that ID, for an inquiry within the body; the person never
               sees it
  suppress     proposes to hide the access from the person until the end of that day, during an inquiry that
               the person must not know of yet; a day in the past shows it again. The record does not change
  approve      approves the proposal, within 24 hours, with the key of another member of the staff. In the
               end the person sees both acts and the names of both keys
  consistency  prints the file for a witness: the present checkpoint, and the proof that it continues that of
               the file, which the witness signed last
  witness      is for a witness, on a machine of its own: checks that the file of "consistency" continues the
               checkpoint in -seen, and puts the new one there, signed with -key too. Without -seen it is the
               first. Give the file back to the body, which puts it into its data folder as cosigned.txt
  new-key      makes a key of a member of the staff or a witness, writes it to -key and prints the public
               one. Those of the staff belong into staff.keys in the data folder, one in a line
` + staffUsage + `
Exit codes: 0 done, 1 the log was tampered with or does not answer, 3 wrong call.
`

// accessesFlags are the flags common to all subcommands.
type accessesFlags struct {
	place
	until, key, logKey, seen string

	staff staffFlags
}

func accessesCommand(ctx context.Context, args []string, s cli.Streams) int {
	var f accessesFlags
	fs := cli.Flags("accesses", accessesUsage, s)
	f.place.add(fs)
	fs.StringVar(&f.until, "until", "", "suppress: last `DAY`, such as 2026-06-30")
	fs.StringVar(&f.key, "key", "", "suppress, approve, witness, new-key: `FILE` of your own private key")
	fs.StringVar(&f.logKey, "log-key", "", "witness: the log's public `KEY`, as in /audit/key")
	fs.StringVar(&f.seen, "seen", "", "witness: `FILE` of the last checkpoint, replaced by the new one")
	f.staff.add(fs, "operator, suppress, approve: ")
	rest, code, ok := cli.Parse(fs, args, s)
	actions := map[string]func(context.Context, []string, cli.Streams) error{
		"audit": f.audit, "operator": f.operator, "suppress": f.suppress, "approve": f.approve,
		"consistency": f.consistency, "witness": f.witness, "new-key": f.newKey,
	}
	switch {
	case !ok:
		return code
	case len(rest) == 0 || actions[rest[0]] == nil:
		return cli.Fail(s, cli.Usage, "accesses wants audit, operator, suppress, approve, consistency, "+
			"witness or new-key (-h explains)")
	case rest[0] == "consistency" && len(rest) > 2,
		rest[0] != "audit" && rest[0] != "consistency" && len(rest) != 2:
		return cli.Fail(s, cli.Usage, "accesses %s wants one argument (-h explains)", rest[0])
	}
	return end(s, "accesses "+rest[0], actions[rest[0]](ctx, rest[1:], s))
}

func (f *accessesFlags) audit(ctx context.Context, paths []string, s cli.Streams) error {
	var published [][]byte
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			return usageError{err}
		}
		published = append(published, text)
	}
	return withAccesses(ctx, f.place, func(ctx context.Context, l *accesslog.Log, v note.Verifier) error {
		c, err := l.Audit(ctx, v, published...)
		if err == nil {
			printAudit(s, c, len(published))
		}
		return err
	})
}

func printAudit(s cli.Streams, c proof.Checkpoint, published int) {
	fmt.Fprintf(s.Out, "GOOD: %d records in the tree under %s, %d kept", c.Size, c.Root, c.Size-c.Kept)
	if !c.KeptDay.IsZero() {
		fmt.Fprintf(s.Out, " since %s", c.KeptDay.Format(time.DateOnly))
	}
	if published > 0 {
		fmt.Fprintf(s.Out, ", which go on from %d published checkpoints", published)
	}
	fmt.Fprintln(s.Out)
}

func (f *accessesFlags) operator(ctx context.Context, args []string, s cli.Streams) error {
	act, err := f.staff.act("accesses_operator", args[0])
	if err != nil {
		return usageError{err}
	}
	if err := f.record(ctx, act, codicefiscale.Code{}); err != nil {
		return err
	}
	return withAccesses(ctx, f.place, func(ctx context.Context, l *accesslog.Log, _ note.Verifier) error {
		o, err := l.Operator(ctx, args[0])
		if err == nil {
			fmt.Fprintf(s.Out, "Login     %s\nOperator  %s\nBody      %s\n", o.IdentityProvider, o.ID,
				o.Organisation)
		}
		return err
	})
}

// member returns who acts, with their key.
func (f *accessesFlags) member(v note.Verifier) (accesslog.Staff, error) {
	act, err := f.staff.act("", "")
	if err != nil {
		return accesslog.Staff{}, usageError{err}
	}
	signer, err := readSigner(f.key)
	if err != nil {
		return accesslog.Staff{}, usageError{err}
	}
	body, _, _ := strings.Cut(v.Name(), "/")
	operator, err := act.Operator(body)
	return accesslog.Staff{Operator: operator, Signer: signer}, err
}

func (f *accessesFlags) suppress(ctx context.Context, args []string, s cli.Streams) error {
	day, err := time.ParseInLocation(time.DateOnly, f.until, time.Local)
	if err != nil {
		return usageError{words.Errorf("-until wants a day such as 2026-06-30")}
	}
	return withAccesses(ctx, f.place, func(ctx context.Context, l *accesslog.Log, v note.Verifier) error {
		by, err := f.member(v)
		if err != nil {
			return err
		}
		if err := l.Propose(ctx, args[0], day.AddDate(0, 0, 1), by); err != nil {
			return err
		}
		fmt.Fprintf(s.Out, "Proposed. It waits 24 hours for: issuer accesses approve %s\n", args[0])
		return nil
	})
}

func (f *accessesFlags) approve(ctx context.Context, args []string, s cli.Streams) error {
	return withAccesses(ctx, f.place, func(ctx context.Context, l *accesslog.Log, v note.Verifier) error {
		by, err := f.member(v)
		if err != nil {
			return err
		}
		until, err := l.Approve(ctx, args[0], by)
		if err == nil {
			fmt.Fprintf(s.Out, "Approved: hidden until %s\n", until.Local().Format(time.RFC3339))
		}
		return err
	})
}

// An action is the work of a subcommand on the log. It gets the key that verifies the checkpoints.
type action func(context.Context, *accesslog.Log, note.Verifier) error

func withAccesses(ctx context.Context, p place, act action) error {
	issuer, err := p.issuerName(ctx)
	if err != nil {
		return err
	}
	if issuer == "" {
		return words.Errorf("-issuer-name is needed: no key in the data folder tells the issuer's name")
	}
	l, text, closed, err := app.OpenAccesses(ctx, p.data, p.db, issuer)
	if err != nil {
		return err
	}
	verifier, err := note.NewVerifier(text)
	if err == nil {
		err = act(ctx, l, verifier)
	}
	return errors.Join(err, closed())
}
