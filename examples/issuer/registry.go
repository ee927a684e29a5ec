package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/qr-invalidita/attesta/examples/internal/cli"
	"github.com/qr-invalidita/attesta/examples/internal/registry"
	"github.com/qr-invalidita/attesta/examples/internal/words"
	"github.com/qr-invalidita/attesta/examples/issuer/internal/app"
	"github.com/qr-invalidita/attesta/examples/issuer/internal/citizen"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/token"
)

const registryUsage = `Usage: issuer registry add-verbale -cf CF COLUMN=value... [flags]
       issuer registry add-title -cf CF COLUMN=value... [flags]
       issuer registry change-cf -cf OLD -to NEW [flags]
       issuer registry delegate -cf CF -ward CF -kind KIND [flags]
       issuer registry void -cf CF [flags]
       issuer registry end-wait -cf CF -case CASE [flags]
       issuer registry export|erase -cf CF [flags]
       issuer registry keys|add-key|rotate [flags]

  add-verbale  records one event of a person. "issuer import -h" explains the columns, which are those of
               the CSV. The default of definitive is true. The default of effect is the day of the decision,
               and a line says so, since most judgements count from the day of the application; a ruling
               (kind=court) needs it. To correct an entry, give the same verbale_id with a higher version=.
               A person not yet in the registry needs birth= and may have the other columns about people:

                 issuer registry add-verbale -cf - verbale_id=IC/2026/7 domain=civil_invalidity \
                   kind=worsening decision=2026-06-30 effect=2026-02-11 degree=ic_over_two_thirds percent=80

  add-title    records what another law recognised, in the columns title_*. It replaces the title of the same
               kind, decision and effect.

  change-cf    replaces the code of -cf by that of -to: a provisional code became final, an omocodia was
               resolved, or data were rectified. Everything moves to the new code, including the lock after
               wrong codes; papers under the old code must be issued again. If both codes have a history,
               the histories are merged. The change cannot be undone. Repeating it changes nothing.
               "-cf - -to -" asks for both codes.

  delegate     lets the person of -cf act for the ward, who must be in the registry. To end a delegation,
               give -until with a day in the past. A voluntary delegation and one for the counter of a
               patronato or CAF, which people otherwise give in their area, need -until, at most three years
               later.

  void         declares every paper issued to the person until now lost. It cannot be undone: the person
               downloads a new paper.

  end-wait     lets a new number of the person be used at once, which would wait because nobody typed a code
               of the old number. Make sure whose it is before. The access log records the case too, and
               the person sees it.
  export       prints everything about the person as JSON, the accesses included that are kept and not
               suppressed (GDPR arts. 15 and 20).

  erase        deletes everything about the person from the registry, for good, under every code (art. 17).
               Imports leave the person out from then on. The accesses stay for their retention.
               docs/operations.md says what a body has to keep, and what backups still hold.

  keys         lists the versions of the key in registry.key, and how many data keys each wraps.

  add-key      adds a version with a new key to registry.key. To use a key in a device instead, add a line
               with the next number and a pkcs11: URI as for -signer, whose object is an AES key. Bring the
               file to every machine, and start every process again.

  rotate       wraps the data keys under the newest version, while the service runs. If it is interrupted,
               repeat it; the service goes on by itself too. When a version wraps nothing any more, it is
               dropped, and "keys" says so.

All but "keys" need -as and -reason.
` + staffUsage

// registryFlags are the flags common to all subcommands.
type registryFlags struct {
	place
	personFlag
	to, ward, kind, from, until, caseNumber string

	staff staffFlags

	redis    redisFlags
	answered bool               // the subcommand printed a result
	person   codicefiscale.Code // of -cf, once it was read
}

func registryCommand(ctx context.Context, args []string, s cli.Streams) int {
	var f registryFlags
	fs := cli.Flags("registry", registryUsage, s)
	f.place.add(fs)
	f.personFlag.add(fs)
	fs.StringVar(&f.to, "to", "", "change-cf: the person's new codice fiscale, or \"-\"")
	f.redis.add(fs, "change-cf: ")
	fs.StringVar(&f.ward, "ward", "", "delegate: codice fiscale of the person for whom another acts")
	fs.StringVar(&f.kind, "kind", "",
		"delegate: minor (a parent; ends on the 18th birthday), guardianship, voluntary or counter")
	fs.StringVar(&f.from, "from", "", "delegate: first `DAY`, such as 2026-06-30 (default no limit)")
	fs.StringVar(&f.until, "until", "", "delegate: last `DAY` (default no limit for minor and guardianship)")
	fs.StringVar(&f.caseNumber, "case", "", "end-wait: the body's own `NUMBER` of the case")
	f.staff.add(fs, "")
	rest, code, ok := cli.Parse(fs, args, s)
	acts := map[string]func([]string, cli.Streams) (registryAct, error){
		"add-verbale": f.addVerbale, "add-title": f.addTitle, "change-cf": f.changeCF, "delegate": f.delegate,
		"void": f.void, "end-wait": f.endWait, "export": f.export, "erase": f.erase, "keys": f.listKeys,
		"add-key": f.addKey, "rotate": f.rotate,
	}
	switch {
	case !ok:
		return code
	case len(rest) == 0 || acts[rest[0]] == nil:
		return cli.Fail(s, cli.Usage,
			"registry wants add-verbale, add-title, change-cf, delegate, void, end-wait, export, erase, "+
				"keys, add-key or rotate (-h explains)")
	case !strings.HasPrefix(rest[0], "add-") && len(rest) > 1:
		return cli.Fail(s, cli.Usage, "registry %s: an argument too many (-h explains)", rest[0])
	}
	act, err := acts[rest[0]](rest[1:], s)
	if err != nil {
		return cli.Fail(s, cli.Usage, "registry %s: %v", rest[0], err)
	}
	staff, err := f.staff.act(citizen.StaffRegistry+rest[0], f.caseNumber)
	if err != nil && rest[0] != "keys" {
		return cli.Fail(s, cli.Usage, "registry %s: %v", rest[0], err)
	}
	if err := f.do(ctx, staff, act); err != nil {
		return cli.Fail(s, failure(err), "registry %s: %v", rest[0], err)
	}
	if !f.answered {
		fmt.Fprintln(s.Out, "Recorded.")
	}
	return cli.OK
}

// do records the act of the staff, then does it. To list the versions of the key is no such act.
func (f *registryFlags) do(ctx context.Context, staff app.StaffAct, act registryAct) error {
	if staff.What != "registry_keys" {
		if err := f.record(ctx, staff, f.person); err != nil {
			return err
		}
	}
	r, closed, err := app.OpenRegistry(ctx, f.data, f.db)
	if err != nil {
		return err
	}
	return errors.Join(act(ctx, r), closed())
}

// readPerson reads the code of -cf.
func (f *registryFlags) readPerson(s cli.Streams) (_ codicefiscale.Code, err error) {
	f.person, err = f.personFlag.read(s)
	return f.person, err
}

// registryAct is the work of a subcommand on the open registry.
type registryAct func(context.Context, *registry.Registry) error

func (f *registryFlags) delegate(_ []string, s cli.Streams) (registryAct, error) {
	d := registry.Delegation{Kind: registry.Kind(f.kind)}
	var err error
	if d.Guardian, err = f.readPerson(s); err != nil {
		return nil, err
	}
	if d.Ward, err = cli.ReadCF(f.ward, false, s); err != nil {
		return nil, words.Errorf("-ward: %w", err)
	}
	err = errors.Join(d.From.UnmarshalText([]byte(f.from)), d.Until.UnmarshalText([]byte(f.until)))
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, r *registry.Registry) error { return r.Delegate(ctx, d) }, nil
}

func (f *registryFlags) void(_ []string, s cli.Streams) (registryAct, error) {
	cf, err := f.readPerson(s)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, r *registry.Registry) error {
		// Without this a mistyped code would void nobody's papers and no error would say so.
		if _, err := r.Person(ctx, cf); err != nil {
			return err
		}
		_, err := token.VoidAll(ctx, r, cf, time.Now())
		return err
	}, nil
}
