package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/qr-invalidita/attesta/examples/internal/intake"
	"github.com/qr-invalidita/attesta/examples/internal/registry"
	"github.com/qr-invalidita/attesta/examples/internal/words"
	"github.com/qr-invalidita/attesta/examples/issuer/internal/app"
	"github.com/qr-invalidita/attesta/status"
)

// check reports what an import would do without doing it.
func (i importing) check(ctx context.Context) (at registry.Progress, err error) {
	input, size, err := i.open()
	if err != nil {
		return at, err
	}
	defer input.Close()
	known, closed, err := app.FindRegistry(ctx, i.data, i.db)
	if err != nil {
		return at, err
	}
	defer func() { err = errors.Join(err, closed()) }()

	bar := newImportBar(i.Err, size)
	checker := intake.Checker{Known: known, Noted: func(p registry.Progress, b intake.Batch) {
		for _, reject := range b.Rejects {
			fmt.Fprintln(i.Out, words.Tell(i.Lang, "line %d: left out: %s", reject.Line,
				words.TellText(i.Lang, reject.Reason)))
		}
		for _, remark := range b.Remarks {
			if text := remark.Warning(); text != "" {
				fmt.Fprintln(i.Out, words.Tell(i.Lang, "line %d: warning: %s", remark.Line,
					words.TellText(i.Lang, text)))
			}
		}
		bar.show(p)
	}}
	at, openings, err := checker.Run(ctx, input, i.format)
	bar.End()
	if err != nil {
		return at, err
	}
	for _, o := range openings {
		fmt.Fprintln(i.Out, words.Tell(i.Lang, "line %d: leaves open: %s: %s", o.Line, o.Domain,
			why(o, i.Lang)))
	}
	with := "the registry"
	if known == nil {
		with = "no registry, since there is none in the data folder"
	}
	fmt.Fprintf(i.Out,
		"%s entries would be stored, %s left out%s; %s questions are left open. Folded with %s. Nothing "+
			"was stored.\n",
		thousands(at.Stored), thousands(at.Rejected), withWarnings(at.Warned),
		thousands(int64(len(openings))), with)
	return at, nil
}

// why returns the code and its wording.
func why(o intake.Opening, lang status.Language) string {
	code := string(o.Doubt)
	said, ok := status.Describe(o.Doubt, lang)
	if o.State == status.StateNotHeld {
		code = string(o.State) + " " + string(o.NotHeld)
		said, ok = status.Describe(o.NotHeld, lang)
	}
	if !ok {
		return code
	}
	return code + ". " + said.Plain
}
