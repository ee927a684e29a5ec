package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/qr-invalidita/attesta/examples/internal/cli"
	"github.com/qr-invalidita/attesta/examples/internal/conformance"
	"github.com/qr-invalidita/attesta/examples/internal/terminal"
)

// conformanceTimeout is the default of -timeout. It is enough for a verifier that is started for each of the
// 575 vectors and takes three seconds.
const conformanceTimeout = 30 * time.Minute

// errTimeout is why the context of a run ends after -timeout.
var errTimeout = errors.New("the run took too long")

const conformanceUsage = `Usage: verifier conformance [flags] -- COMMAND...

Runs the test vectors, which are in this program, against a verifier in any language. The command is started
once. It reads one case per line, in JSON, from its standard input: a text, a token, a bundle, a receipt or
an issuer's answer, keys, the clock, a codice fiscale. It answers each within 10 seconds with one line on its
standard output: {"code":"expired"} for a refusal, {"claims":{...}} for a token, receipt or answer that is
accepted, {"content":{...}} for a bundle.
docs/verify-in-any-language.md has the whole protocol.

If the command ends, stays silent or writes something else, that case is wrong, and the command is started
again for the next one. If it has ended or stayed silent 10 times, the rest is not run and counts as wrong.
A run that takes longer than -timeout ends there, with a report of what was run.

Exit codes: 0 every case of the supported groups is right, 1 some are wrong, 2 cannot tell (interrupted, or
over -timeout), 3 wrong call, or the command cannot be started.
`

func conform(ctx context.Context, args []string, s cli.Streams) int {
	own, command := args, []string(nil)
	if at := slices.Index(args, "--"); at >= 0 {
		own, command = args[:at], args[at+1:]
	}
	fs := cli.Flags("conformance", conformanceUsage, s)
	each := fs.Bool("each", false,
		"start the command for each case (leaves out the group "+conformance.GroupChanged+")")
	asJSON := fs.Bool("json", false, "print the report as JSON")
	without := fs.String("without", "",
		"`GROUPS` that the verifier does not support, separated by commas; they are counted apart.\n"+
			"The groups are "+strings.Join(conformance.Groups(), ", "))
	timeout := fs.Duration("timeout", conformanceTimeout, "`TIME` for the whole run, such as 90s or 2h")
	rest, code, ok := cli.Parse(fs, own, s)
	switch {
	case !ok:
		return code
	case len(rest) > 0 || len(command) == 0:
		return cli.Fail(s, cli.Usage, "conformance wants -- and a command (-h explains)")
	case *timeout <= 0:
		return cli.Fail(s, cli.Usage, "-timeout must be more than zero")
	}
	var left []string
	for name := range strings.SplitSeq(*without, ",") {
		if name = strings.TrimSpace(name); name == "" {
			continue
		}
		if !slices.Contains(conformance.Groups(), name) {
			return cli.Fail(s, cli.Usage, "-without: there is no group %q", name)
		}
		left = append(left, name)
	}
	if *each && !slices.Contains(left, conformance.GroupChanged) {
		left = append(left, conformance.GroupChanged)
	}
	all, err := conformance.Cases()
	if err != nil {
		return cli.Fail(s, cannotTell, "%v", err)
	}
	cases := slices.DeleteFunc(slices.Clone(all), func(c conformance.Case) bool {
		return slices.Contains(left, c.Group)
	})
	if len(cases) == 0 {
		return cli.Fail(s, cli.Usage, "-without leaves no group")
	}
	bar := terminal.NewBar(s.Err, 0)
	done := 0
	progress := func() {
		text := fmt.Sprintf("%d/%d", done, len(cases))
		bar.Update(terminal.Progress{Done: int64(done), Total: int64(len(cases)), Items: int64(done),
			Text: text})
	}
	progress()
	run := conformance.Run{Command: command, Each: *each, Done: func(conformance.Result) {
		done++
		progress()
	}}
	ctx, cancel := context.WithTimeoutCause(ctx, *timeout, errTimeout)
	defer cancel()
	results, err := run.Cases(ctx, cases)
	bar.Clear()
	if err != nil && ctx.Err() == nil {
		return cli.Fail(s, cli.Usage, "the command cannot be started: %v", err)
	}
	report := conformance.NewReport(command, all, results, left)
	if *asJSON {
		err = json.NewEncoder(s.Out).Encode(report)
	} else {
		err = report.Print(s.Out)
	}
	switch {
	case err != nil:
		return cli.Fail(s, cannotTell, "%v", err)
	case report.Conforms():
		return cli.OK
	case !report.Complete && errors.Is(context.Cause(ctx), errTimeout):
		return cli.Fail(s, cannotTell, "the run did not end within %s: -timeout allows more", *timeout)
	case !report.Complete:
		return cannotTell
	}
	return cli.Failure
}
