package main

import (
	"context"
	"encoding/json"

	"golang.org/x/mod/sumdb/note"

	"github.com/qr-invalidita/attesta/examples/internal/cli"
	"github.com/qr-invalidita/attesta/examples/internal/registry"
	"github.com/qr-invalidita/attesta/examples/issuer/internal/app"
	"github.com/qr-invalidita/attesta/verifier/accesslog"
)

// exported is everything that the body holds about a person.
type exported struct {
	registry.Export
	// Accesses are newest first.
	Accesses []accesslog.Record `json:"accesses"`
}

// export prints everything about the person.
func (f *registryFlags) export(_ []string, s cli.Streams) (registryAct, error) {
	cf, err := cli.ReadCF(f.cf, f.provisional, s)
	if err != nil {
		return nil, err
	}
	f.answered = true
	return func(ctx context.Context, r *registry.Registry) error {
		all := exported{Accesses: []accesslog.Record{}}
		var err error
		if all.Export, err = r.Export(ctx, cf); err != nil {
			return err
		}
		earlier, _, err := r.Codes(ctx, cf)
		if err != nil {
			return err
		}
		err = withAccesses(ctx, f.data, f.db, f.issuer,
			func(ctx context.Context, l *accesslog.Log, _ note.Verifier) error {
				list, err := l.ByPerson(ctx, cf, earlier...)
				all.Accesses = append(all.Accesses, list...)
				return err
			})
		if err != nil {
			return err
		}
		e := json.NewEncoder(s.Out)
		e.SetIndent("", "  ")
		e.SetEscapeHTML(false)
		return e.Encode(all)
	}, nil
}

// erase deletes everything about the person.
func (f *registryFlags) erase(_ []string, s cli.Streams) (registryAct, error) {
	cf, err := cli.ReadCF(f.cf, f.provisional, s)
	if err != nil {
		return nil, err
	}
	f.answered = true
	return func(ctx context.Context, r *registry.Registry) error {
		err := r.Erase(ctx, cf, app.Erasures(f.data))
		if err == nil {
			cli.Say(s, "Erased. Make a copy of erased.list: an older backup needs it.")
		}
		return err
	}, nil
}
