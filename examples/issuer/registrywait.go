package main

import (
	"context"
	"os/user"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/qr-invalidita/attesta/examples/internal/cli"
	"github.com/qr-invalidita/attesta/examples/internal/registry"
	"github.com/qr-invalidita/attesta/examples/internal/words"
	"github.com/qr-invalidita/attesta/examples/issuer/internal/citizen"
	"github.com/qr-invalidita/attesta/verifier/accesslog"
	"github.com/qr-invalidita/attesta/verifier/api"
	"github.com/qr-invalidita/attesta/verifier/service"
)

// staff is the identity provider of the users of this machine, in the access log.
const staff = "staff"

// endWait lets a new number be used at once, after the access log has recorded who wants it.
func (f *registryFlags) endWait(_ []string, s cli.Streams) (registryAct, error) {
	cf, err := cli.ReadCF(f.cf, f.provisional, s)
	if err != nil {
		return nil, err
	}
	if f.caseNumber == "" || !api.CaseNumberAllowed(f.caseNumber) {
		return nil, words.Errorf(
			"-case is needed: at most 40 characters, and no codice fiscale, telephone or e-mail")
	}
	who, err := user.Current()
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, r *registry.Registry) error {
		if from, err := r.UsableFrom(ctx, cf); err != nil {
			return err
		} else if from.IsZero() {
			return words.Errorf("no number of this person waits")
		}
		record := citizen.SecurityAct(service.Access{At: time.Now(), Person: cf, CaseNumber: f.caseNumber,
			Operator: service.Operator{IdentityProvider: staff, ID: who.Username},
			Purpose:  citizen.ActWaitEnded, Scope: citizen.ActByStaff})
		err := withAccesses(ctx, f.data, f.db, f.issuer,
			func(ctx context.Context, l *accesslog.Log, _ note.Verifier) error {
				return l.Append(ctx, record)
			})
		if err != nil {
			return err
		}
		return r.EndWait(ctx, cf)
	}, nil
}
