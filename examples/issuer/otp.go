package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/qr-invalidita/attesta/examples/internal/cli"
	"github.com/qr-invalidita/attesta/examples/issuer/internal/app"
	"github.com/qr-invalidita/attesta/examples/issuer/internal/citizen"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

const otpUsage = `Usage: issuer otp clear -cf CF -as NAME -reason TEXT [flags]
       issuer otp cancel -cf CF -as NAME -reason TEXT [flags]
       issuer otp reports -as NAME -reason TEXT [flags]

  clear    forgets the person's wrong codes and lifts what follows from them: waits, locks, and the bars of
           operators, those too that the person set by "it was not me". First identify the person
  cancel   ends the person's requests that still wait for a code
  reports  lists the operators of whom somebody said "it was not me": when, whether still barred, when they
           had asked, login, operator, organisation, purpose, challenge. It names no person

The person sees that their codes were cleared or their requests ended. "-cf -" asks for the code.
` + staffUsage

// otpFlags are the flags of the actions for the staff.
type otpFlags struct {
	place
	personFlag
	redis redisFlags
	staff staffFlags
}

func otpCommand(ctx context.Context, args []string, s cli.Streams) int {
	var f otpFlags
	fs := cli.Flags("otp", otpUsage, s)
	f.place.add(fs)
	f.redis.add(fs, "clear, cancel: ")
	f.personFlag.add(fs)
	f.staff.add(fs, "")
	rest, code, ok := cli.Parse(fs, args, s)
	acts := map[string]func(context.Context, cli.Streams) error{
		"clear":  f.change(citizen.StaffClear, "Cleared. Operators whom the person had barred: %d\n"),
		"cancel": f.change(citizen.StaffCancel, "Ended: %d\n"), "reports": f.reports}
	switch {
	case !ok:
		return code
	case len(rest) != 1 || acts[rest[0]] == nil:
		return cli.Fail(s, cli.Usage, "otp wants clear, cancel or reports (-h explains)")
	}
	return end(s, "otp "+rest[0], acts[rest[0]](ctx, s))
}

// subject returns what is to be recorded, and the person.
func (f *otpFlags) subject(what string, s cli.Streams) (app.StaffAct, codicefiscale.Code, error) {
	act, err := f.staff.act(what, "")
	if err != nil {
		return act, codicefiscale.Code{}, usageError{err}
	}
	cf, err := f.personFlag.read(s)
	if err != nil {
		err = usageError{err}
	}
	return act, cf, err
}

// change returns what clears a person's failures or ends what is pending, and says of how many.
func (f *otpFlags) change(what, said string) func(context.Context, cli.Streams) error {
	return func(ctx context.Context, s cli.Streams) error {
		act, cf, err := f.subject(what, s)
		if err != nil {
			return err
		}
		n, err := f.act(ctx, act, cf)
		if err == nil {
			fmt.Fprintf(s.Out, said, n)
		}
		return err
	}
}

// act does it. The act is in the access log before it is done.
func (f *otpFlags) act(ctx context.Context, act app.StaffAct, cf codicefiscale.Code) (n int, err error) {
	locks, err := app.OpenLocks(ctx, f.data, f.db, f.redis.server())
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, locks.Close()) }()
	err = f.record(ctx, act, cf)
	if err != nil {
		return 0, err
	}
	if act.What == citizen.StaffCancel {
		return locks.Cancel(ctx, cf)
	}
	if err := locks.Clear(ctx, cf); err != nil {
		return 0, err
	}
	r, closed, err := app.OpenRegistry(ctx, f.data, f.db)
	if err != nil {
		return 0, err
	}
	n, err = r.LiftBars(ctx, cf, time.Now())
	return n, errors.Join(err, closed())
}

// reports lists the operators of whom somebody said "it was not me". It names no person.
func (f *otpFlags) reports(ctx context.Context, s cli.Streams) error {
	act, err := f.staff.act("otp_reports", "")
	if err != nil {
		return usageError{err}
	}
	if err := f.record(ctx, act, codicefiscale.Code{}); err != nil {
		return err
	}
	r, closed, err := app.OpenRegistry(ctx, f.data, f.db)
	if err != nil {
		return err
	}
	list, err := r.AllReports(ctx)
	if err := errors.Join(err, closed()); err != nil {
		return err
	}
	for _, p := range list {
		o, state := p.Asked.Operator, "barred"
		if !p.LiftedAt.IsZero() {
			state = "lifted " + p.LiftedAt.Format(time.RFC3339)
		}
		fmt.Fprintf(s.Out, "%s\t%s\tasked %s\t%q\t%q\t%q\t%s\t%s\n", p.At.Format(time.RFC3339), state,
			p.Asked.At.Format(time.RFC3339), o.IdentityProvider, o.ID, o.Organisation, p.Asked.Purpose,
			p.Asked.Challenge)
	}
	return nil
}
