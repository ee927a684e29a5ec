package main

import (
	"cmp"
	"context"
	"fmt"

	"github.com/qr-invalidita/attesta/examples/internal/cli"
	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/verifier/page/scan"
)

const showUsage = `Usage: verifier show FILE.pdf|FILE.png|FILE.jpg|-

Prints the token in a QR as a JWS, so that it can be pasted into any tool for JWTs. The QR holds it as
digits. Nothing is checked: check says whether the paper is authentic.
Exit codes: 0 printed, 2 cannot tell (no QR, or not of this system or version), 3 wrong call.
`

func show(ctx context.Context, args []string, s cli.Streams) int {
	fs := cli.Flags("show", showUsage, s)
	rest, code, ok := cli.Parse(fs, args, s)
	switch {
	case !ok:
		return code
	case len(rest) != 1:
		return cli.Fail(s, cli.Usage, "show wants one file, or - for the standard input (-h explains)")
	}
	data, err := readInput(rest[0], s.In)
	if err != nil {
		return cli.Fail(s, cli.Usage, "%v", err)
	}
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	texts, err := scan.Read(ctx, data)
	if err != nil {
		return cli.Fail(s, cannotTell, "cannot tell: %v", err)
	}
	var shown int
	var refused error
	for _, text := range texts {
		around := scan.Strays(text)
		for _, kind := range around {
			cli.Say(s, "%v", hint(kind))
		}
		jws, err := token.FromQRText(scan.Meant(text))
		if err == nil && len(around) > 0 {
			err = token.ErrShape
		}
		if err != nil {
			refused = cmp.Or(refused, err)
			continue
		}
		fmt.Fprintln(s.Out, jws)
		shown++
	}
	if shown == 0 {
		return cli.Fail(s, cannotTell, "cannot tell: %v", refused)
	}
	return cli.OK
}
