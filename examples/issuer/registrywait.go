package main

import (
	"context"

	"github.com/qr-invalidita/attesta/examples/internal/cli"
	"github.com/qr-invalidita/attesta/examples/internal/registry"
	"github.com/qr-invalidita/attesta/examples/internal/words"
	"github.com/qr-invalidita/attesta/verifier/api"
)

// endWait lets a new number be used at once.
func (f *registryFlags) endWait(_ []string, s cli.Streams) (registryAct, error) {
	cf, err := f.readPerson(s)
	if err != nil {
		return nil, err
	}
	if f.caseNumber == "" || !api.CaseNumberAllowed(f.caseNumber) {
		return nil, words.Errorf(
			"-case is needed: at most 40 characters, and no codice fiscale, telephone or e-mail")
	}
	return func(ctx context.Context, r *registry.Registry) error {
		if from, err := r.UsableFrom(ctx, cf); err != nil {
			return err
		} else if from.IsZero() {
			return words.Errorf("no number of this person waits")
		}
		return r.EndWait(ctx, cf)
	}, nil
}
