package cli_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/cli"
	"github.com/qr-invalidita/attesta/examples/internal/words"
	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

func TestFailSaysItInTheLanguage(t *testing.T) {
	_, missing := os.Open(filepath.Join("no", "such"))
	_, noCF := codicefiscale.Parse("RSSMRA80A01H501X")
	tests := []struct {
		format string
		err    error
		want   string
	}{
		{"%v", missing, "no/such: il file non esiste"},
		{"key set: %v", missing, "chiavi dell’ente: no/such: il file non esiste"},
		{"%v", words.Errorf("malformed codice fiscale: %w", noCF),
			"codice fiscale non valido: l’ultimo carattere non torna: un carattere è sbagliato"},
		{"registry %s: %v", words.Errorf("line %d is too long", 7),
			"registry void: la riga 7 è troppo lunga"},
		{"%v", fmt.Errorf("100%% odd: %w", missing), "100% odd: no/such: il file non esiste"},
		{"%v", errors.Join(missing, words.Errorf("not three parts")),
			"no/such: il file non esiste\nnon ha tre parti"},
		{"%v", fmt.Errorf("%w: %w", errors.New("address of the page"), missing),
			"indirizzo della pagina: no/such: il file non esiste"},
		{"%v", errors.New("never heard of"), "never heard of"},
	}
	for _, test := range tests {
		t.Run(test.want, func(t *testing.T) {
			args := []any{test.err}
			if strings.Contains(test.format, "%s") {
				args = []any{"void", test.err}
			}
			s, out, errs := streams("")
			s.Lang = status.Italian
			assert.Equal(t, 7, cli.Fail(s, 7, test.format, args...))
			assert.Equal(t, test.want+"\n", errs.String())
			assert.Empty(t, out.String())

			for _, lang := range []status.Language{"", status.English} {
				s, _, errs = streams("")
				s.Lang = lang
				cli.Fail(s, 7, test.format, args...)
				assert.Equal(t, fmt.Sprintf(test.format, args...)+"\n", errs.String())
			}
		})
	}
}

// The language is that of -lang, wherever it occurs and even after a wrong argument; otherwise
// the terminal's.
func TestLanguageOfErrors(t *testing.T) {
	sing := cli.Command{Name: "sing", Run: func(_ context.Context, args []string, s cli.Streams) int {
		fs := cli.Flags("sing", "Usage: sing", s)
		fs.Bool("loud", false, "loudly")
		fs.Int("times", 1, "how often")
		cli.Choice(fs, "voice", "", "which", "alto", "bass")
		_, code, _ := cli.Parse(fs, args, s)
		return code
	}}
	tests := []struct{ locale, args, want string }{
		{"", "sing -x", "flag provided but not defined: -x (-h explains)"},
		{"it_IT.UTF-8", "sing -x", "l’opzione -x non esiste (-h spiega)"},
		{"it_IT.UTF-8", "sing -x -lang de", "die Option -x gibt es nicht (-h erklärt es)"},
		{"it_IT.UTF-8", "sing --lang=en -x", "flag provided but not defined: -x (-h explains)"},
		{"de_DE", "sing -lang la",
			`"la": die Option -lang nimmt einen dieser Werte: it, en, de, fr, sl (-h erklärt es)`},
		{"fr", "sing -voice tenor",
			"\"tenor\"\u00a0: l’option -voice prend une de ces valeurs\u00a0: alto, bass (-h explique)"},
		{"sl", "sing -times often", `"often" ni vrednost možnosti -times (-h pojasni)`},
		{"sl", "sing -loud=maybe", `"maybe" ni vrednost možnosti -loud (-h pojasni)`},
		{"it", "sing -voice", "l’opzione -voice vuole un valore (-h spiega)"},
		{"it", "sing ---x", "---x non è scritto come un’opzione (-h spiega)"},
		{"it", "dance", `program: comando sconosciuto "dance"`},
		{"it", "dance -lang sl", `program: neznan ukaz "dance"`},
		{"it", "dance -lang", `program: comando sconosciuto "dance"`},
	}
	for _, test := range tests {
		t.Run(test.locale+" "+test.args, func(t *testing.T) {
			t.Setenv("LC_ALL", test.locale)
			t.Setenv("LC_MESSAGES", "")
			t.Setenv("LANG", "")
			s, out, errs := streams("")
			assert.Equal(t, cli.Usage, cli.Run(t.Context(), "program", "about", []cli.Command{sing},
				strings.Fields(test.args), s))
			line, _, _ := strings.Cut(errs.String(), "\n")
			assert.Equal(t, test.want, line)
			assert.Empty(t, out.String())
		})
	}
}

var (
	spoken = regexp.MustCompile(`(?:Fail\(s, [^"\n]*\s*|Say\(s,\s+|Tell\([a-z.]+Lang,\s+|` +
		`words\.Errorf\(\s*|warn\(|wrong\("[a-z-]+",\s+)("(?:[^"\\]|\\.)*")`)
	split   = regexp.MustCompile(`" ?\+\n\s*"`) // within a long message
	message = regexp.MustCompile(`, "([^"]*)"\},?\n`)
	verbs   = regexp.MustCompile(`%[a-z]`)

	// composed matches the texts of scan.ErrUnsupported, which name the kind of file. A test of the verifier
	// has all of them.
	composed = regexp.MustCompile(`^an? .+ is not read here: save it as [A-Z, or]+$`)

	// neutral matches a message without words: a flag, a command or a file, and an error.
	neutral = regexp.MustCompile(`^(-?[a-z-]+( audit| suppress| %s)?: )*%[vw]$|^%s(: %[svw]|\.)$`)
)

// Every message of the two programs is translated into every language, and every translation
// belongs to a message.
func TestEveryMessageIsTranslated(t *testing.T) {
	root := filepath.Join("..", "..", "..")
	var all strings.Builder
	require.NoError(t, filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err == nil && d.IsDir() && (d.Name() == ".ci" || d.Name() == ".git") {
			return filepath.SkipDir
		}
		if err != nil || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		all.WriteString(split.ReplaceAllString(string(text), ""))
		return err
	}))
	var said []string
	for _, folder := range []string{".", "../paper", "../../issuer", "../../issuer/internal/app",
		"../../issuer/internal/bulk", "../../verifier"} {
		files, err := filepath.Glob(filepath.Join(folder, "*.go"))
		require.NoError(t, err)
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			for _, found := range spoken.FindAllStringSubmatch(split.ReplaceAllString(string(text), ""), -1) {
				format, err := strconv.Unquote(found[1])
				require.NoError(t, err)
				said = append(said, format)
			}
			if filepath.Base(file) == "fail.go" {
				for _, found := range message.FindAllStringSubmatch(string(text), -1) {
					said = append(said, found[1])
				}
			}
		}
	}
	require.Greater(t, len(said), 100)
	system := []string{"no such file or directory", "permission denied", "file exists", "is a directory",
		"not a directory", "no space left on device", "connection refused", "address already in use"}
	for _, lang := range status.Languages() {
		if lang == status.English {
			continue
		}
		for _, format := range said {
			if neutral.MatchString(format) {
				continue
			}
			translated := words.Message(lang, format)
			assert.NotEqual(t, format, translated, "%s", lang)
			assert.Equal(t, verbs.FindAllString(format, -1), verbs.FindAllString(translated, -1), "%s: %s",
				lang, format)
		}
		for _, english := range append(words.Messages(lang), system...) {
			assert.NotEqual(t, english, words.Message(lang, english))
			if !strings.Contains(all.String(), strconv.Quote(english)) && !composed.MatchString(english) {
				assert.Contains(t, system, english, "%s: no program says it", lang)
			}
		}
	}
}

// A name with control characters is quoted; other names and texts stay as they are.
func TestSayQuotesNames(t *testing.T) {
	const name = "a\nCONFIRMED  b\x1b[1A"
	path := &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	link := &os.LinkError{Op: "rename", Old: "old", New: name, Err: fs.ErrExist}
	for _, arg := range []any{name, path, fmt.Errorf("-resume: %w", path), link} {
		for _, lang := range status.Languages() {
			var errs strings.Builder
			cli.Say(cli.Streams{Err: &errs, Lang: lang}, "%v", arg)
			assert.Contains(t, errs.String(), strconv.Quote(name))
			assert.Equal(t, len(errs.String())-1, strings.Index(errs.String(), "\n"), "one line")
		}
	}
	var errs strings.Builder
	cli.Say(cli.Streams{Err: &errs}, "%v %s", errors.New("perché\u00a0: no"), "à b")
	assert.Equal(t, "perché\u00a0: no à b\n", errs.String())
}
