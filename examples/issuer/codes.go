package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/qr-invalidita/attesta/examples/internal/cli"
	"github.com/qr-invalidita/attesta/examples/internal/paper"
	"github.com/qr-invalidita/attesta/examples/internal/registry"
	"github.com/qr-invalidita/attesta/examples/internal/words"
	"github.com/qr-invalidita/attesta/examples/issuer/internal/app"
	"github.com/qr-invalidita/attesta/examples/issuer/internal/citizen"
	"github.com/qr-invalidita/attesta/internal/file"
	"github.com/qr-invalidita/attesta/qrpdf"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/token"
)

const codesUsage = `Usage: issuer codes print -cf - -as NAME -reason TEXT [-o FILE] [flags]
       issuer codes activate -cf - -as NAME -reason TEXT [flags]
       issuer codes show -cf - -as NAME -reason TEXT [flags]
       issuer codes void -cf - -as NAME -reason TEXT [flags]

A printed list of codes is for a person without a phone: each row has a code for yes or no, one for a single
entry and one for everything, and the code that the person reads out is what they approve. First identify the
person.

  print     makes a list and writes it as PDF. It is valid from its first code on; a list that is in use stays
            valid until then
  activate  asks for the code of a row, which the person reads out, and makes the list valid
  show      says which lists the person has, and how many rows are used
  void      makes all lists of the person void

The person sees each act. "-cf -" asks for the code.
` + staffUsage

// codesFlags are the flags of all subcommands.
type codesFlags struct {
	otpFlags
	out   string
	sheet qrpdf.Document // without what is of the list
	days  *time.Location
}

func codesCommand(ctx context.Context, args []string, s cli.Streams) int {
	var f codesFlags
	fs := cli.Flags("codes", codesUsage, s)
	f.place.add(fs)
	f.redis.add(fs, "activate, show: ")
	f.personFlag.add(fs)
	fs.StringVar(&f.out, "o", "codes.pdf", "print: `FILE` to write, - for the standard output")
	zone := fs.String("zone", token.DefaultZone,
		"print: `NAME` of the time zone of the dates, such as Europe/Rome")
	head := letterheadFlags(fs, "print: ", " (default the issuer's name)")
	f.staff.add(fs, "")
	rest, code, ok := cli.Parse(fs, args, s)
	acts := map[string]func(context.Context, codicefiscale.Code, *registry.Registry, cli.Streams) error{
		"print": f.print, "activate": f.activate, "show": f.show, "void": f.void}
	switch {
	case !ok:
		return code
	case len(rest) != 1 || acts[rest[0]] == nil:
		return cli.Fail(s, cli.Usage, "codes wants print, activate, show or void (-h explains)")
	}
	return end(s, "codes "+rest[0], func() error {
		staff, cf, err := f.subject(citizen.StaffCodes+rest[0], s)
		if err != nil {
			return err
		}
		f.sheet, err = head.document()
		if err == nil {
			f.days, err = app.LoadZone(*zone)
		}
		if err != nil { // before the act is recorded
			return usageError{err}
		}
		if err := f.record(ctx, staff, cf); err != nil {
			return err
		}
		r, closed, err := app.OpenRegistry(ctx, f.data, f.db)
		if err != nil {
			return err
		}
		return errors.Join(acts[rest[0]](ctx, cf, r, s), closed())
	}())
}

func (f *codesFlags) print(ctx context.Context, cf codicefiscale.Code, r *registry.Registry,
	s cli.Streams) error {
	issuer, err := f.issuerName(ctx)
	if err != nil {
		return err
	}
	d := f.sheet
	d.DisplayName = cmp.Or(d.DisplayName, issuer)
	if d.Logo.Data != nil {
		d.Logo.Alt = cmp.Or(d.Logo.Alt, d.DisplayName)
	}
	list, err := r.MakeList(ctx, cf, time.Now())
	if err != nil {
		return err
	}
	d.Issued, d.Expires = list.Made.In(f.days), list.Expires.Add(-time.Second).In(f.days)
	var printed bytes.Buffer
	if err := paper.CodeSheet(d, list.Codes).Write(&printed); err != nil {
		return err
	}
	if f.out == "-" {
		_, err := s.Out.Write(printed.Bytes())
		return err
	}
	if err := file.Write(f.out, printed.Bytes(), 0o600); err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.Out, "Wrote    %s (list %s, to be activated)\n", f.out, list.Codes.ID)
	return err
}

func (f *codesFlags) activate(ctx context.Context, cf codicefiscale.Code, r *registry.Registry,
	s cli.Streams) (err error) {
	lists, err := r.Lists(ctx, cf)
	if err != nil {
		return err
	}
	for _, l := range lists {
		if l.Active {
			continue
		}
		locks, err := app.OpenLocks(ctx, f.data, f.db, f.redis.server())
		if err != nil {
			return err
		}
		err = locks.FirstCode(ctx, cf, l, f.staff.As, func(row int) (string, error) {
			fmt.Fprintf(s.Err, "List %s, row %d, code for yes or no: ", l.Codes.ID, row)
			return cli.ReadLine(s.In)
		})
		if err := errors.Join(err, locks.Close()); err != nil {
			return err
		}
		if err := r.ActivateList(ctx, cf, l.Codes.ID); err != nil {
			return err
		}
		_, err = fmt.Fprintf(s.Out, "Active   %s\n", l.Codes.ID)
		return err
	}
	return words.Errorf("no list of this person waits for its first code")
}

func (f *codesFlags) show(ctx context.Context, cf codicefiscale.Code, r *registry.Registry,
	s cli.Streams) error {
	lists, err := r.Lists(ctx, cf)
	if err != nil {
		return err
	}
	locks, err := app.OpenLocks(ctx, f.data, f.db, f.redis.server())
	if err != nil {
		return err
	}
	for _, l := range lists {
		used, err := locks.Asked(ctx, cf, l)
		if err != nil {
			return errors.Join(err, locks.Close())
		}
		state := "waits"
		if l.Active {
			state = "active"
		}
		fmt.Fprintf(s.Out, "%s\t%s\tmade %s\texpires %s\tused %d of %d\n", l.Codes.ID, state,
			l.Made.Format(time.DateOnly), l.Expires.Format(time.DateOnly), used, l.Codes.Count)
	}
	return locks.Close()
}

func (f *codesFlags) void(ctx context.Context, cf codicefiscale.Code, r *registry.Registry,
	s cli.Streams) error {
	err := r.VoidLists(ctx, cf)
	if errors.Is(err, registry.ErrUnknown) {
		return words.Errorf("this person has no list")
	}
	if err == nil {
		_, err = fmt.Fprintln(s.Out, "Void.")
	}
	return err
}
