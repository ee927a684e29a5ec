package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/qr-invalidita/attesta/examples/internal/cli"
	"github.com/qr-invalidita/attesta/examples/internal/words"
	"github.com/qr-invalidita/attesta/examples/issuer/internal/app"
)

const doctorUsage = `Usage: issuer doctor [flags]

Looks at what "issuer serve" with the same settings depends on: modes of files, certificates, database, keys,
clocks, Redis, journal. It prints a line for each, ok, warning or failed, with what to do. It makes no keys
and no tables, and can run beside the service, with its user.

Exit codes: 0 nothing failed (there may be warnings), 1 something failed, 3 a setting is wrong.
`

func doctor(ctx context.Context, args []string, s cli.Streams) int {
	return withSettings("doctor", doctorUsage, args, s, func(v *serving) int {
		code, tell := report(s)
		if err := app.Doctor(ctx, v.Config, tell); err != nil {
			return cli.Fail(s, cli.Usage, "%v", err)
		}
		return *code
	})
}

// report returns what prints a line for each part, and the exit code that follows.
func report(s cli.Streams) (code *int, tell func(part string, err error)) {
	code = new(int)
	return code, func(part string, err error) {
		grade, part := "ok", words.Message(s.Lang, part)
		switch {
		case errors.As(err, new(app.Warning)):
			grade = "warning"
		case err != nil:
			grade, *code = "failed", cli.Failure
		}
		line := fmt.Sprintf("%-9s %s", words.Message(s.Lang, grade), part)
		if err != nil {
			line += ": " + strings.Join(strings.Fields(words.Tell(s.Lang, "%v", err)), " ")
		}
		fmt.Fprintln(s.Out, line)
	}
}
