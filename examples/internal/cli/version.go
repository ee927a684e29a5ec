package cli

import (
	"context"
	"fmt"
	"runtime"

	"github.com/qr-invalidita/attesta/examples/internal/build"
)

const versionUsage = `Usage: %s version

Prints which version this is: of the program, its commit, the Go release that built it, and %s.
Exit codes: 0 printed, 3 wrong call.
`

// Version returns the command that says which version of the program runs. what names the versions of more,
// which text returns, such as those of tables.
func Version(program, what string, text func() (string, error)) Command {
	return Command{Name: "version", Summary: "say which version this is",
		Run: func(_ context.Context, args []string, s Streams) int {
			fs := Flags("version", fmt.Sprintf(versionUsage, program, what), s)
			rest, code, ok := Parse(fs, args, s)
			switch {
			case !ok:
				return code
			case len(rest) > 0:
				return Fail(s, Usage, "unexpected argument %q (-h explains)", rest[0])
			}
			versions, err := text()
			if err != nil {
				return Fail(s, Failure, "%v", err)
			}
			b := build.Read()
			fmt.Fprintf(s.Out, "%s %s\ncommit %s\n%s %s/%s\n%s %s\n", program, b.Version, b.Commit, b.Go,
				runtime.GOOS, runtime.GOARCH, what, versions)
			return OK
		}}
}
