package main

import (
	"context"
	"flag"
	"strings"

	"github.com/qr-invalidita/attesta/examples/internal/cli"
	"github.com/qr-invalidita/attesta/examples/issuer/internal/app"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

// staffUsage says what -as and -reason are for.
const staffUsage = `
-as and -reason, with the user of the operating system, are written to the access log before anything is done;
if they cannot be written, nothing is done. "issuer accesses operator ID" shows them. Who is root on this
machine can get around it.
`

// staffFlags are the flags of the commands by which the body's staff acts.
type staffFlags struct{ app.StaffAct }

// add adds the flags. Their texts begin with the subcommands that need them, if not all do.
func (f *staffFlags) add(fs *flag.FlagSet, of string) {
	fs.StringVar(&f.As, "as", "", of+"your `NAME`, as the body knows you")
	fs.StringVar(&f.Reason, "reason", "", of+"why, without health data")
}

// act returns what is to be recorded. If -as or -reason is missing, it is an error.
func (f *staffFlags) act(what, of string) (app.StaffAct, error) {
	act := f.StaffAct
	act.What, act.Of = what, of
	return act, act.Check()
}

// place is where the service keeps its data.
type place struct{ data, db, issuer string }

// add adds the flags.
func (p *place) add(fs *flag.FlagSet) {
	fs.StringVar(&p.data, "data", cli.DataDir("issuer"), "`FOLDER` of the service")
	fs.StringVar(&p.db, "db", "",
		"database: a SQLite `FILE` or postgres://... (default registry.db in the data folder)")
	fs.StringVar(&p.issuer, "issuer-name", "",
		"the issuer's `NAME`, if no key in the data folder names it")
}

// personFlag is the person of whom the staff acts.
type personFlag struct {
	cf          string
	provisional bool
}

// add adds the flags.
func (f *personFlag) add(fs *flag.FlagSet) {
	fs.StringVar(&f.cf, "cf", "",
		"codice fiscale of the person; - asks for it, to hide it from process lists")
	fs.BoolVar(&f.provisional, "provisional", false, "the code of -cf is a provisional one of 11 digits")
}

// read returns the code, and asks for it if -cf is "-".
func (f *personFlag) read(s cli.Streams) (codicefiscale.Code, error) {
	return cli.ReadCF(f.cf, f.provisional, s)
}

// record puts the act into the access log. Call it before the act. An act about no person has the zero code.
func (p place) record(ctx context.Context, act app.StaffAct, person codicefiscale.Code) error {
	issuer, err := p.issuerName(ctx)
	if err != nil {
		return err
	}
	l, _, closed, err := app.OpenAccesses(ctx, p.data, p.db, issuer)
	if err != nil {
		return err
	}
	body, _, _ := strings.Cut(strings.TrimPrefix(issuer, "https://"), "/")
	err = act.Record(ctx, l, person, body)
	if closeErr := closed(); err == nil {
		err = closeErr
	}
	return err
}

// issuerName returns the issuer's name, or "" if neither the flag nor a key tells it.
func (p place) issuerName(ctx context.Context) (string, error) {
	if p.issuer != "" {
		return p.issuer, nil
	}
	keys, err := openData(p.data, "").keys.Published(ctx)
	if err != nil || len(keys) == 0 {
		return "", err
	}
	return keys[0].IssuerName(), nil
}
