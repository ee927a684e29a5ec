package cli

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"strings"
)

// listFlags, as a command's only argument, prints the command's flags in JSON, as the tools of
// go vet do. The completion is made from it, so it always matches the command.
const listFlags = "-flags"

// flagOf describes a flag.
type flagOf struct {
	Name, Usage string
	Bool        bool
	Values      []string
}

// describe prints one flag in each line.
func describe(fs *flag.FlagSet, s Streams) int {
	out := json.NewEncoder(s.Out)
	code := OK
	fs.VisitAll(func(f *flag.Flag) {
		_, usage := flag.UnquoteUsage(f)
		d := flagOf{Name: f.Name, Usage: usage}
		if b, ok := f.Value.(interface{ IsBoolFlag() bool }); ok {
			d.Bool = b.IsBoolFlag()
		}
		if c, ok := f.Value.(choice); ok {
			d.Values = c.values
		}
		if err := out.Encode(d); err != nil {
			code = Fail(s, Failure, "%v", err)
		}
	})
	return code
}

const completionUsage = `Usage: %[1]s completion bash|zsh|fish

Prints what makes the shell complete the commands and flags of %[1]s. To have it now, or always:

  bash  source <(%[1]s completion bash)         the same line in ~/.bashrc
  zsh   source <(%[1]s completion zsh)          the same line in ~/.zshrc, after compinit
  fish  %[1]s completion fish | source          or: … completion fish > ~/.config/fish/completions/%[1]s.fish
`

// Completion returns the command that prints a shell's completion of the program's commands.
func Completion(program string, commands func() []Command) Command {
	shells := map[string]func(w io.Writer, program string, list []described){"bash": bash, "zsh": zsh,
		"fish": fish}
	return Command{Name: "completion", Summary: "print the completion for a shell: bash, zsh or fish",
		Actions: []string{"bash", "zsh", "fish"},
		Run: func(ctx context.Context, args []string, s Streams) int {
			fs := Flags("completion", fmt.Sprintf(completionUsage, program), s)
			rest, code, ok := Parse(fs, args, s)
			if !ok {
				return code
			}
			if len(rest) != 1 || shells[rest[0]] == nil {
				return Fail(s, Usage, "completion wants bash, zsh or fish (-h explains)")
			}
			list, err := describeAll(ctx, commands())
			if err != nil {
				return Fail(s, Failure, "completion: %v", err)
			}
			shells[rest[0]](s.Out, program, list)
			return OK
		}}
}

// described is a command with its flags.
type described struct {
	Command
	flags []flagOf
}

func describeAll(ctx context.Context, commands []Command) ([]described, error) {
	var list []described
	for _, c := range commands {
		var out, errs strings.Builder
		if code := c.Run(ctx, []string{listFlags},
			Streams{In: strings.NewReader(""), Out: &out, Err: &errs}); code != OK {
			return nil, fmt.Errorf("%s: %s", c.Name, errs.String())
		}
		d := described{Command: c}
		for in := json.NewDecoder(strings.NewReader(out.String())); in.More(); {
			var f flagOf
			if err := in.Decode(&f); err != nil {
				return nil, fmt.Errorf("%s: %w", c.Name, err)
			}
			d.flags = append(d.flags, f)
		}
		list = append(list, d)
	}
	return list, nil
}

func bash(w io.Writer, program string, list []described) {
	var names []string
	for _, c := range list {
		names = append(names, c.Name)
	}
	fmt.Fprintf(w, `_%[1]s() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} words=
  if ((COMP_CWORD == 1)); then
    COMPREPLY=($(compgen -W %[2]s -- "$cur"))
    return
  fi
  case "${COMP_WORDS[1]} $prev" in
`, program, quote(strings.Join(names, " ")))
	for _, c := range list {
		for _, f := range c.flags {
			if len(f.Values) > 0 {
				fmt.Fprintf(w, "  '%s -%s') words=%s ;;\n", c.Name, f.Name,
					quote(strings.Join(f.Values, " ")))
			}
		}
	}
	fmt.Fprint(w, "  *) case \"${COMP_WORDS[1]} $cur\" in\n")
	for _, c := range list {
		fmt.Fprintf(w, "    '%s -'*) words=%s ;;\n", c.Name, quote(strings.Join(dashed(c.flags), " ")))
		if len(c.Actions) > 0 {
			fmt.Fprintf(w, "    '%s '*) ((COMP_CWORD == 2)) && words=%s ;;\n", c.Name,
				quote(strings.Join(c.Actions, " ")))
		}
	}
	fmt.Fprintf(w, `    esac ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -o default -F _%[1]s %[1]s
`, program)
}

func zsh(w io.Writer, program string, list []described) {
	fmt.Fprintf(w, "#compdef %[1]s\n_%[1]s() {\n  local -a commands=(\n", program)
	for _, c := range list {
		fmt.Fprintf(w, "    %s\n", quote(c.Name+":"+c.Summary))
	}
	fmt.Fprint(w, `  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  shift words
  (( CURRENT-- ))
  case $words[1] in
`)
	for _, c := range list {
		fmt.Fprintf(w, "  %s) _arguments", c.Name)
		for _, f := range c.flags {
			text := "-" + f.Name + "[" + strings.NewReplacer("[", "(", "]", ")", ":", ";").Replace(f.Usage) +
				"]"
			switch {
			case len(f.Values) > 0:
				text += ":value:(" + strings.Join(f.Values, " ") + ")"
			case !f.Bool:
				text += ":value:_files"
			}
			fmt.Fprintf(w, " \\\n      %s", quote(text))
		}
		if len(c.Actions) > 0 {
			fmt.Fprintf(w, " \\\n      %s", quote("1:action:("+strings.Join(c.Actions, " ")+")"))
		}
		fmt.Fprintf(w, " \\\n      '*:file:_files' ;;\n")
	}
	fmt.Fprintf(w, "  esac\n}\ncompdef _%[1]s %[1]s\n", program)
}

func fish(w io.Writer, program string, list []described) {
	for _, c := range list {
		fmt.Fprintf(w, "complete -c %s -n __fish_use_subcommand -f -a %s -d %s\n", program, c.Name,
			quote(c.Summary))
		seen := "'__fish_seen_subcommand_from " + c.Name + "'"
		if len(c.Actions) > 0 {
			fmt.Fprintf(w, "complete -c %s -n %s -a %s\n", program, seen, quote(strings.Join(c.Actions, " ")))
		}
		for _, f := range c.flags {
			fmt.Fprintf(w, "complete -c %s -n %s -o %s -d %s", program, seen, f.Name, quote(f.Usage))
			switch {
			case len(f.Values) > 0:
				fmt.Fprintf(w, " -x -a %s", quote(strings.Join(f.Values, " ")))
			case !f.Bool:
				fmt.Fprint(w, " -r")
			}
			fmt.Fprintln(w)
		}
	}
}

func dashed(flags []flagOf) []string {
	var names []string
	for _, f := range flags {
		names = append(names, "-"+f.Name)
	}
	return names
}

// quote makes one word for any of the three shells. Only fish interprets a backslash within
// the quotes, so s must not contain one.
func quote(s string) string {
	return "'" + strings.NewReplacer(`\`, "/", "'", "’").Replace(s) + "'"
}
