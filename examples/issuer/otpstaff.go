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

// otpFlags are the flags of the actions for the staff.
type otpFlags struct {
	place
	personFlag
	redis redisFlags
	staff staffFlags
}

// change clears a person's failures or ends what is pending. The act is in the access log before it is done.
func (f *otpFlags) change(ctx context.Context, action string, s cli.Streams) int {
	what := citizen.StaffClear
	if action == "cancel" {
		what = citizen.StaffCancel
	}
	act, err := f.staff.act(what, "")
	if err != nil {
		return cli.Fail(s, cli.Usage, "otp %s: %v", action, err)
	}
	cf, err := f.personFlag.read(s)
	if err != nil {
		return cli.Fail(s, cli.Usage, "otp %s: %v", action, err)
	}
	n, err := f.act(ctx, act, cf)
	if err != nil {
		return cli.Fail(s, failure(err), "otp %s: %v", action, err)
	}
	if action == "cancel" {
		fmt.Fprintf(s.Out, "Ended: %d\n", n)
	} else {
		fmt.Fprintf(s.Out, "Cleared. Operators whom the person had barred: %d\n", n)
	}
	return cli.OK
}

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
func (f *otpFlags) reports(ctx context.Context, s cli.Streams) int {
	act, err := f.staff.act("otp_reports", "")
	if err != nil {
		return cli.Fail(s, cli.Usage, "otp %s: %v", "reports", err)
	}
	if err := f.record(ctx, act, codicefiscale.Code{}); err != nil {
		return cli.Fail(s, cli.Failure, "otp %s: %v", "reports", err)
	}
	r, closed, err := app.OpenRegistry(ctx, f.data, f.db)
	if err != nil {
		return cli.Fail(s, failure(err), "otp %s: %v", "reports", err)
	}
	list, err := r.AllReports(ctx)
	if err := errors.Join(err, closed()); err != nil {
		return cli.Fail(s, failure(err), "otp %s: %v", "reports", err)
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
	return cli.OK
}
