package cli

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/qr-invalidita/attesta/examples/internal/words"
	texts "github.com/qr-invalidita/attesta/internal/words"
	"github.com/qr-invalidita/attesta/status"
)

// langName is the name of the language flag in both programs.
const langName = "lang"

// Lang defines the flag for the language of answers and errors. The default is the terminal's
// language.
func Lang(fs *flag.FlagSet) *string {
	return Choice(fs, langName, string(terminal()),
		"`LANGUAGE` of answers and errors; unless given, that of LC_ALL, LC_MESSAGES or LANG, else en",
		texts.Languages()...)
}

func terminal() status.Language {
	return words.FromLocale(os.Getenv("LC_ALL"), os.Getenv("LC_MESSAGES"), os.Getenv("LANG"))
}

// Language finds -lang in the arguments before they are parsed, because parsing may fail.
// Without it, it returns the terminal's language.
func Language(args []string) status.Language {
	lang := terminal()
	for i, arg := range args {
		name, value, found := strings.Cut(arg, "=")
		if name != "-"+langName && name != "--"+langName {
			continue
		}
		if !found && i+1 < len(args) {
			value = args[i+1]
		}
		if slices.Contains(status.Languages(), status.Language(value)) {
			lang = status.Language(value)
		}
	}
	return lang
}

// Fail prints one line to the error stream, in the language of s, and returns the code.
func Fail(s Streams, code int, format string, args ...any) int {
	Say(s, format, args...)
	return code
}

// Say prints one line to the error stream, in the language of s. It quotes the names of files and other
// arguments that do not print, so that they cannot steer a terminal or look like a line of their own.
func Say(s Streams, format string, args ...any) {
	text := words.Tell(s.Lang, format, args...)
	for _, arg := range args {
		for _, name := range names(arg) {
			if strings.ContainsFunc(name, steers) {
				text = strings.ReplaceAll(text, name, strconv.Quote(name))
			}
		}
	}
	fmt.Fprintln(s.Err, text)
}

// steers reports whether a rune does not print, except for the space that French has before a colon.
func steers(r rune) bool { return !unicode.IsPrint(r) && r != '\u00a0' }

// names returns the argument if it is a text, or the names of files in it if it is an error.
func names(arg any) []string {
	switch a := arg.(type) {
	case string:
		return []string{a}
	case error:
		var path *fs.PathError
		if errors.As(a, &path) {
			return []string{path.Path}
		}
		var link *os.LinkError
		if errors.As(a, &link) {
			return []string{link.Old, link.New}
		}
	}
	return nil
}

// flagFaults maps the errors of package flag and of [Choice] to messages with the same
// meaning.
var flagFaults = []struct{ sentence, message string }{
	{`^flag provided but not defined: -(.*)$`, "there is no flag -%s"},
	{`^flag needs an argument: -(.*)$`, "the flag -%s wants a value"},
	{`^bad flag syntax: (.*)$`, "%s is not written as a flag is"},
	{`^invalid (?:boolean )?value (".*") for (?:flag )?-([^:]*): it is one of (.*)$`,
		"%s: the flag -%s is one of %s"},
	{`^invalid (?:boolean )?value (".*") for (?:flag )?-([^:]*): .*$`, "%s is no value of the flag -%s"},
}

// flagFault translates an error of package flag. In English it stays unchanged.
func flagFault(lang status.Language, err error) string {
	for _, f := range flagFaults {
		found := regexp.MustCompile(f.sentence).FindStringSubmatch(err.Error())
		if said := words.Message(lang, f.message); found != nil && said != f.message {
			args := make([]any, len(found)-1)
			for i := range args {
				args[i] = found[i+1]
			}
			return fmt.Sprintf(said, args...)
		}
	}
	return err.Error()
}
