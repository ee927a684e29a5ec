package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/note"

	"github.com/qr-invalidita/attesta/examples/internal/cli"
	"github.com/qr-invalidita/attesta/verifier/accesslog/proof"
)

const accessesUsage = `Usage: verifier accesses verify -key KEY [flags] FILE.json|-

Checks the file that the issuer's page gave a person about one access to their data: whether the issuer's
log holds this record unchanged. KEY is the log's public key, which the issuer publishes: NAME+HASH+KEY.

The check does not show that everybody sees the same log: compare the checkpoint in the file with one that
was published, or give the public key of a witness whom you trust.

Exit codes: 0 good, 1 not good, 2 cannot tell (the file is of another log, or the witness did not sign it),
3 wrong call.
`

func accesses(_ context.Context, args []string, s cli.Streams) int {
	fs := cli.Flags("accesses", accessesUsage, s)
	key := fs.String("key", "", "the log's public `KEY`")
	asJSON := fs.Bool("json", false, "print the record as JSON")
	witness := fs.String("witness", "", "public `KEY` of a witness who must have signed the checkpoint")
	rest, code, ok := cli.Parse(fs, args, s)
	switch {
	case !ok:
		return code
	case len(rest) != 2 || rest[0] != "verify" || *key == "":
		return cli.Fail(s, cli.Usage, "accesses wants verify, -key and one file (-h explains)")
	}
	log, err := note.NewVerifier(*key)
	if err != nil {
		return cli.Fail(s, cli.Usage, "-key: %v", err)
	}
	var witnesses []note.Verifier
	if *witness != "" {
		w, err := note.NewVerifier(*witness)
		if err != nil {
			return cli.Fail(s, cli.Usage, "-witness: %v", err)
		}
		witnesses = append(witnesses, w)
	}
	file, err := readInput(rest[1], s.In)
	if err != nil {
		return cli.Fail(s, cli.Usage, "%v", err)
	}
	r, c, err := proof.Verify(file, log, witnesses...)
	var foreign *note.UnverifiedNoteError
	switch {
	case errors.As(err, &foreign):
		return cli.Fail(s, cannotTell,
			"CANNOT TELL: the file is of another log, or -key is not the key of its log")
	case errors.Is(err, proof.ErrWitness):
		return cli.Fail(s, cannotTell, "CANNOT TELL: the witness did not sign the checkpoint of this file")
	case err != nil:
		return cli.Fail(s, 1, "NOT GOOD: %v", err)
	}
	if *asJSON {
		if err := json.NewEncoder(s.Out).Encode(r); err != nil {
			return cli.Fail(s, cannotTell, "%v", err)
		}
		return cli.OK
	}
	printAccess(s, r, c)
	return cli.OK
}

func printAccess(s cli.Streams, r proof.Record, c proof.Checkpoint) {
	organisation := r.Organisation
	if r.Declared {
		organisation += " (as the operator declared)"
	}
	fmt.Fprintf(s.Out, "GOOD: the log holds this record.\n\n")
	for _, line := range [][2]string{
		{"time", r.At.Local().Format("2006-01-02 15:04:05 -0700")},
		{"organisation", organisation},
		{"purpose", r.Purpose},
		{"scope", r.Scope},
		{"evidence", r.Evidence},
		{"case", r.CaseNumber},
		{"id", r.ID},
		{"log", fmt.Sprintf("%s, %d records", c.Origin, c.Size)},
		{"root", c.Root.String()},
	} {
		if line[1] != "" {
			fmt.Fprintf(s.Out, "  %-13s %s\n", line[0], line[1])
		}
	}
}
