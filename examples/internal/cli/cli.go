// Package cli is the command line that the two programs share: subcommands, exit codes, and
// one line of input.
package cli

import (
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

	"github.com/qr-invalidita/attesta/examples/internal/words"
	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

// These are the exit codes common to both programs. A program's help explains 0, 1 and 2.
const (
	OK      = 0
	Failure = 1
	Usage   = 3 // wrong call, or a malformed codice fiscale
)

// Streams are a program's input and outputs: those of the process or of a test.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
	// Lang is the language of errors; empty means English. [Run] sets it if it is empty.
	Lang status.Language
}

// A Command is one subcommand. Run gets the arguments after the command's name and returns the
// exit code.
type Command struct {
	Name, Summary string
	// Actions are the possible first arguments, for [Completion]. If there are none, the first
	// argument is a file.
	Actions []string
	// Default marks the command that runs if the arguments name no command and do not only ask for
	// help.
	Default bool
	Run     func(ctx context.Context, args []string, s Streams) int
}

// Main runs the program with the arguments and streams of the process and exits. The first
// interrupt cancels the context; the second kills the process.
func Main(program, about string, commands []Command) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	os.Exit(Run(ctx, program, about, commands, os.Args[1:],
		Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}))
}

// Run runs the command that args names.
func Run(ctx context.Context, program, about string, commands []Command, args []string, s Streams) int {
	if s.Lang == "" {
		s.Lang = Language(args)
	}
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
		Fail(s, Usage, "%s: unknown command %q", program, name)
		fmt.Fprintln(s.Err)
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

// Parse parses flags, which may precede and follow the arguments, and returns the arguments.
// If ok is false, the program ends with the code: 0 after -h, which prints the usage to the
// output, otherwise Usage. Every command accepts -lang, if only for its errors.
func Parse(fs *flag.FlagSet, args []string, s Streams) (rest []string, code int, ok bool) {
	if fs.Lookup(langName) == nil {
		Lang(fs)
	}
	if len(args) == 1 && args[0] == listFlags {
		return nil, describe(fs, s), false
	}
	for {
		fs.SetOutput(io.Discard)
		err := fs.Parse(args)
		switch {
		case errors.Is(err, flag.ErrHelp):
			fs.SetOutput(s.Out)
			fs.Usage()
			return nil, OK, false
		case err != nil:
			return nil, Fail(s, Usage, "%v (-h explains)", flagFault(s.Lang, err)), false
		}
		args = fs.Args()
		if len(args) == 0 {
			return rest, OK, true
		}
		rest, args = append(rest, args[0]), args[1:]
	}
}

// choice is a flag with a fixed set of values.
type choice struct {
	value  *string
	values []string
}

// Choice defines a flag that accepts one of the values. The default may be another text, such
// as none.
func Choice(fs *flag.FlagSet, name, value, usage string, values ...string) *string {
	c := choice{&value, values}
	fs.Var(c, name, usage)
	return c.value
}

func (c choice) String() string {
	if c.value == nil { // package flag asks a zero value for its default
		return ""
	}
	return *c.value
}

func (c choice) Set(s string) error {
	if !slices.Contains(c.values, s) {
		return fmt.Errorf("it is one of %s", strings.Join(c.values, ", ")) // see flagFaults
	}
	*c.value = s
	return nil
}

// DataDir returns the folder for a program's data in the user's configuration folder.
func DataDir(program string) string {
	dir, err := os.UserConfigDir()
	if err != nil {
		dir = "."
	}
	return filepath.Join(dir, "attesta", program)
}

// maxLine is the maximum length of a typed line in bytes.
const maxLine = 100

// ReadLine returns one typed line without surrounding space. It reads no further, so the next
// reader starts at the next line. If a line is too long, ReadLine cuts it, and the rest is the
// next line.
func ReadLine(in io.Reader) (string, error) {
	var line []byte
	b := make([]byte, 1)
	for len(line) < maxLine {
		n, err := in.Read(b)
		if n == 1 && b[0] == '\n' {
			break
		}
		line = append(line, b[:n]...)
		if err != nil {
			return strings.TrimSpace(string(line)), err
		}
	}
	return strings.TrimSpace(string(line)), nil
}

// ReadCF parses a typed codice fiscale, which may contain spaces. If typed is "-", it reads
// the code from the terminal, so that no process list shows it.
func ReadCF(typed string, provisional bool, s Streams) (codicefiscale.Code, error) {
	if typed == "-" {
		fmt.Fprint(s.Err, "Codice fiscale: ")
		line, err := ReadLine(s.In)
		if err != nil && line == "" {
			return codicefiscale.Code{}, words.Errorf("no codice fiscale was typed")
		}
		typed = line
	}
	cf, err := ParseCF(typed, provisional)
	if err != nil {
		return cf, words.Errorf("malformed codice fiscale: %w", err)
	}
	return cf, nil
}

// ParseCF parses a codice fiscale as it is printed on a card or typed: in groups, with spaces
// between them.
func ParseCF(typed string, provisional bool) (codicefiscale.Code, error) {
	typed = strings.Join(strings.Fields(typed), "")
	if provisional {
		return codicefiscale.ParseProvisional(typed)
	}
	return codicefiscale.Parse(typed)
}
