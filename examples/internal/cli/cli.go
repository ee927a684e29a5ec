// Package cli is what the two example programs share on the command line: subcommands, exit codes, one line of input.
package cli

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

// Exit codes common to both programs. What 0, 1 and 2 mean a program's own help says.
const (
	OK      = 0
	Failure = 1
	Usage   = 3 // wrong call, or a malformed codice fiscale
)

// Streams are where a program reads and writes: the process's own, or a test's.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
}

// Command is one subcommand. Run gets what follows the command's name and returns the exit code.
type Command struct {
	Name, Summary string
	// Default runs where the arguments name no command and are not only a call for help.
	Default bool
	Run     func(ctx context.Context, args []string, s Streams) int
}

// Main runs the program with the process's arguments and streams and exits. The first interrupt cancels the context, the
// second kills.
func Main(program, about string, commands []Command) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	os.Exit(Run(ctx, program, about, commands, os.Args[1:], Streams{os.Stdin, os.Stdout, os.Stderr}))
}

// Run chooses the command that args names.
func Run(ctx context.Context, program, about string, commands []Command, args []string, s Streams) int {
	name := ""
	if len(args) > 0 {
		name = args[0]
	}
	help := slices.Contains([]string{"-h", "-help", "--help", "help"}, name)
	for _, c := range commands {
		if c.Name == name {
			return c.Run(ctx, args[1:], s)
		}
		if c.Default && !help && (name == "" || strings.HasPrefix(name, "-")) {
			return c.Run(ctx, args, s)
		}
	}
	w, code, usual := s.Err, Usage, ""
	switch {
	case help:
		w, code = s.Out, OK
	case name == "":
	default:
		fmt.Fprintf(s.Err, "%s: unknown command %q\n\n", program, name)
	}
	fmt.Fprintf(w, "%s\n\nUsage: %s COMMAND [flags]\n\n", about, program)
	for _, c := range commands {
		fmt.Fprintf(w, "  %-12s %s\n", c.Name, c.Summary)
		if c.Default {
			usual = c.Name
		}
	}
	fmt.Fprintf(w, "\n%s COMMAND -h explains a command.\n", program)
	if usual != "" {
		fmt.Fprintf(w, "Without a command it is %s.\n", usual)
	}
	return code
}

// Flags returns a flag set that prints to s and never exits.
func Flags(name, usage string, s Streams) *flag.FlagSet {
	fs := flag.NewFlagSet(name, flag.ContinueOnError)
	fs.SetOutput(s.Err)
	fs.Usage = func() {
		fmt.Fprintln(fs.Output(), usage)
		fs.PrintDefaults()
	}
	return fs
}

// Parse reads flags that may stand before and after the arguments, which it returns. If ok is false the program ends with
// the code: 0 after -h, which prints the usage to the output, else Usage.
func Parse(fs *flag.FlagSet, args []string, s Streams) (rest []string, code int, ok bool) {
	for {
		fs.SetOutput(io.Discard)
		err := fs.Parse(args)
		switch {
		case errors.Is(err, flag.ErrHelp):
			fs.SetOutput(s.Out)
			fs.Usage()
			return nil, OK, false
		case err != nil:
			return nil, Fail(s, Usage, "%v (-h explains)", err), false
		}
		args = fs.Args()
		if len(args) == 0 {
			return rest, OK, true
		}
		rest, args = append(rest, args[0]), args[1:]
	}
}

// Fail prints one line to the error stream and returns the code.
func Fail(s Streams, code int, format string, args ...any) int {
	fmt.Fprintf(s.Err, format+"\n", args...)
	return code
}

// DataDir returns the folder of a program's data below the user's configuration folder.
func DataDir(program string) string {
	dir, err := os.UserConfigDir()
	if err != nil {
		dir = "."
	}
	return filepath.Join(dir, "attesta", program)
}

// ReadCF parses a typed codice fiscale; "-" asks for it on the terminal, so that it shows in no process list.
func ReadCF(typed string, provisional bool, s Streams) (codicefiscale.Code, error) {
	if typed == "-" {
		fmt.Fprint(s.Err, "Codice fiscale: ")
		line, err := bufio.NewReader(io.LimitReader(s.In, 100)).ReadString('\n')
		if err != nil && line == "" {
			return codicefiscale.Code{}, errors.New("no codice fiscale was typed")
		}
		typed = strings.TrimSpace(line)
	}
	parse := codicefiscale.Parse
	if provisional {
		parse = codicefiscale.ParseProvisional
	}
	cf, err := parse(typed)
	if err != nil {
		return cf, fmt.Errorf("malformed codice fiscale: %w", err)
	}
	return cf, nil
}
