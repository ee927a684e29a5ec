package cli_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/cli"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

func streams(input string) (cli.Streams, *strings.Builder, *strings.Builder) {
	var out, err strings.Builder
	return cli.Streams{In: strings.NewReader(input), Out: &out, Err: &err}, &out, &err
}

func TestRun(t *testing.T) {
	echo := cli.Command{Name: "echo", Summary: "say it again",
		Run: func(_ context.Context, args []string, s cli.Streams) int {
			fs := cli.Flags("echo", "Usage: echo [-loud] WORD...", s)
			loud := fs.Bool("loud", false, "say it loudly")
			rest, code, ok := cli.Parse(fs, args, s)
			if !ok {
				return code
			}
			said := strings.Join(rest, " ")
			if *loud {
				said = strings.ToUpper(said)
			}
			s.Out.Write([]byte(said))
			return cli.OK
		}}
	tests := []struct {
		args     string
		code     int
		out, err string // the content of each stream
	}{
		{"echo a b", cli.OK, "a b", ""},
		{"echo a -loud b", cli.OK, "A B", ""},
		{"echo -loud a", cli.OK, "A", ""},
		{"echo -h", cli.OK, "say it loudly", ""},
		{"echo -quiet", cli.Usage, "", "-quiet"},
		{"", cli.Usage, "", "say it again"},
		{"-h", cli.OK, "say it again", ""},
		{"help", cli.OK, "Usage: program COMMAND", ""},
		{"sing", cli.Usage, "", `unknown command "sing"`},
	}
	for _, test := range tests {
		t.Run(test.args, func(t *testing.T) {
			s, out, errs := streams("")
			code := cli.Run(t.Context(), "program", "about it", []cli.Command{echo},
				strings.Fields(test.args), s)
			assert.Equal(t, test.code, code)
			for text, want := range map[*strings.Builder]string{out: test.out, errs: test.err} {
				if want == "" {
					assert.Empty(t, text.String())
				} else {
					assert.Contains(t, text.String(), want)
				}
			}
		})
	}
}

func TestDefault(t *testing.T) {
	var got []string
	serve := cli.Command{Name: "serve", Summary: "serve it", Default: true,
		Run: func(_ context.Context, args []string, _ cli.Streams) int {
			got = append(args, "served")
			return cli.OK
		}}
	for args, want := range map[string][]string{
		"":              {"served"},
		"-addr :1":      {"-addr", ":1", "served"},
		"serve -addr x": {"-addr", "x", "served"},
		"-h":            nil,
		"sing":          nil,
	} {
		got = nil
		s, out, _ := streams("")
		cli.Run(t.Context(), "program", "about it", []cli.Command{serve}, strings.Fields(args), s)
		assert.Equal(t, want, got, args)
		if args == "-h" {
			assert.Contains(t, out.String(), "Without a command it is serve.")
		}
	}
}

func TestReadCF(t *testing.T) {
	tests := []struct {
		name, typed, input string
		provisional        bool
		want               string
		err                error
	}{
		{"typed", "rssmra80a01h501u", "", false, "RSSMRA80A01H501U", nil},
		{"asked for", "-", " RSSMRA80A01H501U\r\nmore", false, "RSSMRA80A01H501U", nil},
		{"asked for, no line end", "-", "RSSMRA80A01H501U", false, "RSSMRA80A01H501U", nil},
		{"in groups", "RSS MRA 80A01 H501U", "", false, "RSSMRA80A01H501U", nil},
		{"in groups, lower case, pasted", "\u200brss\u00a0mra 80a01\th501u \u00a0\r\n", "", false,
			"RSSMRA80A01H501U", nil},
		{"asked for, in groups", "-", "RSS MRA 80A01 H501U\n", false, "RSSMRA80A01H501U", nil},
		{"asked for, with a byte order mark", "-", "\ufeffRSSMRA80A01H501U\r\n", false, "RSSMRA80A01H501U",
			nil},
		{"invisible character inside", "RSSMRA\u200b80A01H501U", "", false, "", codicefiscale.ErrAlphabet},
		{"provisional", "12345671510", "", true, "12345671510", nil},
		{"provisional, in groups", "123 456 715 10", "", true, "12345671510", nil},
		{"of a body", "80078750587", "", true, "", codicefiscale.ErrPerson},
		{"provisional without saying so", "12345671510", "", false, "", codicefiscale.ErrLength},
		{"wrong check letter", "RSSMRA80A01H501X", "", false, "", codicefiscale.ErrCheck},
		{"endless line", "-", strings.Repeat("R", 1000), false, "", codicefiscale.ErrLength},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s, _, _ := streams(test.input)
			cf, err := cli.ReadCF(test.typed, test.provisional, s)
			require.ErrorIs(t, err, test.err)
			assert.Equal(t, test.want, cf.Reveal())
		})
	}
	s, _, _ := streams("")
	_, err := cli.ReadCF("-", false, s)
	assert.ErrorContains(t, err, "no codice fiscale was typed")
}
