package main

import (
	"context"
	"fmt"

	"github.com/qr-invalidita/attesta/examples/internal/cli"
	"github.com/qr-invalidita/attesta/examples/internal/registry"
	"github.com/qr-invalidita/attesta/examples/internal/terminal"
	"github.com/qr-invalidita/attesta/examples/issuer/internal/app"
)

// listKeys lists the versions of the registry's key.
func (f *registryFlags) listKeys(_ []string, s cli.Streams) (registryAct, error) {
	f.answered = true
	return func(ctx context.Context, r *registry.Registry) error {
		versions, err := r.Versions(ctx)
		for i, v := range versions {
			about := "being replaced: issuer registry rotate"
			switch {
			case v.Current:
				about = "in use"
			case v.Unused && i == len(versions)-1:
				about = "not in use yet: issuer registry rotate"
			case v.Unused:
				about = "not used: only backups from before its end need it"
			}
			fmt.Fprintf(s.Out, "%d  %s data keys, %s\n", v.Version, thousands(v.People), about)
		}
		return err
	}, nil
}

// addKey adds a version to the file.
func (f *registryFlags) addKey(_ []string, s cli.Streams) (registryAct, error) {
	f.answered = true
	return func(context.Context, *registry.Registry) error {
		version, err := app.AddRegistryKey(f.data)
		if err == nil {
			fmt.Fprintf(s.Out, "Version %d is in registry.key. Start every process again with it, then: "+
				"issuer registry rotate\n", version)
		}
		return err
	}, nil
}

// rotate wraps the data keys again, with a bar.
func (f *registryFlags) rotate(_ []string, s cli.Streams) (registryAct, error) {
	f.answered = true
	return func(ctx context.Context, r *registry.Registry) error {
		version, err := r.Rotate(ctx)
		if err != nil {
			return err
		}
		bar := terminal.NewBar(s.Err, lineInterval)
		defer bar.Clear()
		err = r.Rewrap(ctx, func(done, all int64) {
			bar.Update(terminal.Progress{Done: done, Total: all, Items: done,
				Text: thousands(done) + " data keys"})
		})
		if err == nil {
			fmt.Fprintf(s.Out, "All data keys are wrapped under version %d.\n", version)
		}
		return err
	}, nil
}
