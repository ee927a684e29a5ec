package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/qr-invalidita/attesta/examples/internal/cli"
	"github.com/qr-invalidita/attesta/examples/issuer/internal/app"
	"github.com/qr-invalidita/attesta/examples/issuer/internal/keybook"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/token"
)

const keysUsage = `Usage: issuer keys list|add|retire ID|revoke ID|jwks|replace FILE|forget ID [flags]

  list    signing keys and reference keys with their dates
  add     a new signing key, published at once and used after 24 hours (the first: at once)
  retire  stop signing with a key now; what it signed stays valid
  revoke  declare a key compromised: verifiers refuse what it signed once they have fetched the key set
  jwks    print the public key set, with its issuer
  replace make a new service.key or audit.key, and tell the database. Stop all processes before, and start
          them with the new file
  forget  make the database forget a key that it knows, because it is lost for good or must have another
          value. Papers of a lost reference key are not recognised any more, those of a lost signing key not
          confirmed. If several kinds have the ID: reference:ID, signing:ID, pepper:ID or file:ID. Stop all
          processes that have the key before

add, retire, revoke, replace and forget need -as and -reason.
` + staffUsage

func keys(ctx context.Context, args []string, s cli.Streams) int {
	fs := cli.Flags("keys", keysUsage, s)
	data := fs.String("data", cli.DataDir("issuer"), "`FOLDER` of the keys")
	name := fs.String("issuer-name", "",
		"add: the issuer's `NAME`, an https URL, for the first key (default "+exampleIssuer+")")
	db := fs.String("db", "", "add, retire, revoke, replace, forget: the database, a SQLite `FILE` or "+
		"postgres://...\n(default as ISSUER_DB says, otherwise registry.db in the data folder)")
	var staff staffFlags
	staff.add(fs, "add, retire, revoke, replace, forget: ")
	reference := fs.Bool("reference", false,
		"add: a reference key instead; new paper refers to people by it, old paper stays good")
	imported := fs.String("import", "",
		"add: take the private key in `FILE` (PKCS#8 PEM or JWK) instead of a new one")
	rest, code, ok := cli.Parse(fs, keyIDs(fs, args), s)
	if !ok {
		return code
	}
	want := 1
	if len(rest) > 0 && slices.Contains([]string{"retire", "revoke", "replace", "forget"}, rest[0]) {
		want = 2
	}
	if len(rest) != want {
		return cli.Fail(s, cli.Usage,
			"keys wants list, add, retire ID, revoke ID, jwks, replace FILE or forget ID (-h explains)")
	}
	*db = cmp.Or(*db, os.Getenv(settingName("db")))
	d := openData(*data, *name)
	record := func() error { return nil }
	if slices.Contains([]string{"add", "retire", "revoke", "replace", "forget"}, rest[0]) {
		act, err := staff.act("keys_"+rest[0], strings.Join(rest[1:], ""))
		if err != nil {
			return cli.Fail(s, cli.Usage, "keys: %v", err)
		}
		record = func() error { return place{*data, *db, *name}.record(ctx, act, codicefiscale.Code{}) }
	}
	err := record()
	// The log cannot open without a key of its own that is to be forgotten: the record follows then.
	var lacks *keybook.Fault
	later := rest[0] == "forget" && errors.As(err, &lacks)
	if err != nil && !later {
		return cli.Fail(s, cli.Failure, "keys: %v", err)
	}
	switch rest[0] {
	case "list":
		err = listKeys(ctx, d, s)
	case "add":
		err = addKey(ctx, d, *reference, *imported, s)
	case "retire":
		err = changeKey(ctx, d, d.keys.Retire, rest[1], s)
	case "revoke":
		err = changeKey(ctx, d, d.keys.Revoke, rest[1], s)
	case "jwks":
		err = printKeySet(ctx, d, s)
	case "replace":
		if err = app.ReplaceKey(ctx, *data, *db, rest[1]); err == nil {
			fmt.Fprintf(s.Out, "%s is new. Bring it to every machine, and start every process with it.\n",
				rest[1])
		}
	case "forget":
		if err = app.ForgetKey(ctx, *data, *db, rest[1]); err == nil {
			fmt.Fprintln(s.Out, "Forgotten.")
			if later {
				err = record()
			}
		}
	default:
		return cli.Fail(s, cli.Usage, "keys: unknown action %q (-h explains)", rest[0])
	}
	if err != nil {
		return cli.Fail(s, failure(err), "keys: %v", err)
	}
	return cli.OK
}

// keyID matches a key ID that begins with a hyphen. An ID is 8 bytes in base64url (token/FORMAT.md), so one
// in 64 does.
var keyID = regexp.MustCompile(`^-[A-Za-z0-9_-]{10}$`)

// keyIDs puts "--" before each ID that would be parsed as a flag.
func keyIDs(fs *flag.FlagSet, args []string) []string {
	var out []string
	for _, arg := range args {
		if keyID.MatchString(arg) && fs.Lookup(strings.TrimLeft(arg, "-")) == nil {
			out = append(out, "--")
		}
		out = append(out, arg)
	}
	return out
}

func listKeys(ctx context.Context, d dataFolder, s cli.Streams) error {
	signing, err := d.keys.SigningKeys(ctx)
	if err != nil {
		return err
	}
	references, err := d.keys.ReferenceKeys(ctx)
	if err != nil {
		return err
	}
	if len(signing)+len(references) == 0 {
		fmt.Fprintf(s.Out, "No keys in %s. They are made by \"issuer issue\" or \"issuer keys add\".\n",
			d.keys.Dir)
		return nil
	}
	w := tabwriter.NewWriter(s.Out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "SIGNING KEY\tALG\tSTATE\tSIGNS FROM\tUNTIL\tPUBLISHED UNTIL\tISSUER")
	now := time.Now()
	for _, k := range signing {
		p := k.Public()
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", p.ID(), p.Algorithm(), state(k.Dates, now),
			minute(k.NotBefore), minute(k.SignUntil), minute(k.PublishUntil), p.IssuerName())
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(s.Out)
	for n, k := range references {
		use := "recognises paper that is out"
		if n == 0 {
			use = "makes new references"
		}
		fmt.Fprintf(s.Out, "reference key %04x  %s\n", k.ID(), use)
	}
	return nil
}

func state(d token.Dates, now time.Time) string {
	switch {
	case !d.Revoked.IsZero():
		return "revoked " + minute(d.Revoked)
	case d.CanSign(now):
		return "signs"
	case now.Before(d.NotBefore):
		return "published, waits"
	case d.IsPublished(now):
		return "retired, published"
	}
	return "over"
}

func minute(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.Format("2006-01-02 15:04")
}

func addKey(ctx context.Context, d dataFolder, reference bool, imported string, s cli.Streams) error {
	if reference {
		key, err := d.keys.AddReferenceKey(ctx)
		if err != nil {
			return err
		}
		fmt.Fprintf(s.Out, "Added reference key %04x: it makes the references of new paper.\n", key.ID())
		return nil
	}
	key, err := d.addSigningKey(ctx, imported)
	if err != nil {
		return err
	}
	fmt.Fprintf(s.Out, "Added signing key %s of %s: signs from %s until %s.\n", key.Public().ID(),
		key.Public().IssuerName(), minute(key.NotBefore), minute(key.SignUntil))
	return d.publish(ctx)
}

func changeKey(ctx context.Context, d dataFolder,
	change func(context.Context, string) (*token.SigningKey, error),
	id string, s cli.Streams) error {
	key, err := change(ctx, id)
	if err != nil {
		return err
	}
	now := time.Now()
	fmt.Fprintf(s.Out, "Key %s: %s.\n", id, state(key.Dates, now))
	if err := d.publish(ctx); err != nil {
		return err
	}
	all, err := d.keys.SigningKeys(ctx)
	if err != nil {
		return err
	}
	for _, k := range all {
		if k.CanSign(now) {
			return nil
		}
	}
	fmt.Fprintln(s.Out, `No key can sign now. Add one with "issuer keys add".`)
	return nil
}

func printKeySet(ctx context.Context, d dataFolder, s cli.Streams) error {
	set, err := d.keySet(ctx)
	if err != nil {
		return err
	}
	_, err = s.Out.Write(set)
	return err
}
