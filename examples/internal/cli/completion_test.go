package cli_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/cli"
)

// sings returns commands with every feature that a completion knows.
func sings() []cli.Command {
	return []cli.Command{
		{Name: "sing", Summary: "sing it: don't [shout]",
			Run: func(_ context.Context, args []string, s cli.Streams) int {
				fs := cli.Flags("sing", "Usage: sing", s)
				fs.Bool("loud", false, "sing it [very] loudly: don't")
				fs.String("song", "", "`FILE` of the song")
				cli.Choice(fs, "voice", "alto", "which voice", "alto", "bass")
				_, code, _ := cli.Parse(fs, args, s)
				return code
			}},
		{Name: "score", Summary: "the score", Actions: []string{"show", "print"},
			Run: func(_ context.Context, args []string, s cli.Streams) int {
				_, code, _ := cli.Parse(cli.Flags("score", "Usage: score", s), args, s)
				return code
			}},
		cli.Completion("singer", sings),
	}
}

// completion writes a shell's completion to a file.
func completion(t *testing.T, shell string) string {
	t.Helper()
	s, out, errs := streams("")
	require.Equal(t, cli.OK, cli.Run(t.Context(), "singer", "about", sings(), []string{"completion", shell},
		s), errs)
	path := filepath.Join(t.TempDir(), "_singer")
	require.NoError(t, os.WriteFile(path, []byte(out.String()), 0o600))
	return path
}

// in runs a script in a shell, with the completion as $1. Without the shell the test is
// skipped, but not in CI.
func in(t *testing.T, shell, script string, args ...string) string {
	t.Helper()
	path, err := exec.LookPath(shell)
	if err != nil && os.Getenv("CI") == "" {
		t.Skipf("no %s here", shell)
	}
	require.NoError(t, err)
	args = append([]string{completion(t, shell)}, args...)
	if shell != "fish" {
		args = append([]string{shell}, args...)
	}
	command := exec.Command(path, append([]string{"-c", script}, args...)...)
	command.Env = append(os.Environ(), "HOME="+t.TempDir(), "XDG_CONFIG_HOME="+t.TempDir(),
		"XDG_DATA_HOME="+t.TempDir())
	out, err := command.CombinedOutput()
	require.NoError(t, err, string(out))
	return strings.TrimSpace(string(out))
}

func TestCompletion(t *testing.T) {
	tests := []struct {
		line string
		want []string
	}{
		{"singer ", []string{"sing", "score", "completion"}},
		{"singer s", []string{"sing", "score"}},
		{"singer sing -", []string{"-lang", "-loud", "-song", "-voice"}},
		{"singer sing -v", []string{"-voice"}},
		{"singer sing -voice ", []string{"alto", "bass"}},
		{"singer sing -loud -voice b", []string{"bass"}},
		{"singer score ", []string{"show", "print"}},
		{"singer score p", []string{"print"}},
		{"singer completion z", []string{"zsh"}},
	}
	for _, test := range tests {
		t.Run("bash "+test.line, func(t *testing.T) {
			out := in(t, "bash",
				`source "$1"; COMP_WORDS=("${@:2}"); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _singer;`+
					` echo "${COMPREPLY[@]}"`,
				strings.Split(test.line, " ")...)
			assert.Equal(t, test.want, strings.Fields(out))
		})
		t.Run("fish "+test.line, func(t *testing.T) {
			out := in(t, "fish", `cd (mktemp -d); source $argv[1]; complete -C $argv[2]`, test.line)
			var got []string
			for _, l := range strings.Split(out, "\n") {
				word, _, _ := strings.Cut(l, "\t")
				got = append(got, word)
			}
			assert.ElementsMatch(t, test.want, got)
		})
	}
}

// zsh completes only in a terminal. Here it reads the file, knows the function and has the
// specifications of a command.
func TestCompletionOfZsh(t *testing.T) {
	out := in(t, "zsh",
		`autoload -Uz compinit; compinit -u -d "$HOME/dump"; source "$1"; print ${_comps[singer]}; zsh -n "$1"
		_arguments() { print -l -- "$@" }; _describe() { print -l -- $commands }
		words=(singer ''); CURRENT=2; _singer
		words=(singer sing ''); CURRENT=3; _singer`)
	assert.Equal(t, []string{"_singer", "sing:sing it: don’t [shout]", "score:the score",
		"completion:print the completion for a shell: bash, zsh or fish",
		"-lang[LANGUAGE of answers and errors; unless given, that of LC_ALL, LC_MESSAGES or LANG, " +
			"else en]:value:(it en de fr sl)",
		"-loud[sing it (very) loudly; don’t]", "-song[FILE of the song]:value:_files",
		"-voice[which voice]:value:(alto bass)", "*:file:_files"}, strings.Split(out, "\n"))
}

func TestCompletionUsage(t *testing.T) {
	for _, args := range []string{"completion", "completion tcsh", "completion bash zsh"} {
		s, out, errs := streams("")
		assert.Equal(t, cli.Usage, cli.Run(t.Context(), "singer", "about", sings(), strings.Fields(args), s))
		assert.Empty(t, out.String())
		assert.Contains(t, errs.String(), "wants bash, zsh or fish")
	}
}

func TestChoice(t *testing.T) {
	s, _, errs := streams("")
	fs := cli.Flags("sing", "Usage: sing", s)
	voice := cli.Choice(fs, "voice", "", "which voice", "alto", "bass")
	_, _, ok := cli.Parse(fs, []string{"-voice", "bass"}, s)
	require.True(t, ok)
	assert.Equal(t, "bass", *voice)
	_, code, ok := cli.Parse(fs, []string{"-voice", "tenor"}, s)
	assert.False(t, ok)
	assert.Equal(t, cli.Usage, code)
	assert.Contains(t, errs.String(), "alto, bass")
}

func TestReadLine(t *testing.T) {
	in := strings.NewReader("one\r\n\n  two \nlast")
	for _, want := range []string{"one", "", "two"} {
		line, err := cli.ReadLine(in)
		assert.NoError(t, err)
		assert.Equal(t, want, line)
	}
	line, err := cli.ReadLine(in)
	assert.Error(t, err)
	assert.Equal(t, "last", line)
}
