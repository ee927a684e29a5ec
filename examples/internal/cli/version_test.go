package cli_test

import (
	"errors"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/qr-invalidita/attesta/examples/internal/cli"
)

func TestVersion(t *testing.T) {
	tables := func() (string, error) { return "registry 7", nil }
	for name, tt := range map[string]struct {
		args []string
		text func() (string, error)
		code int
		out  string
	}{
		"plain": {nil, tables, cli.OK, `^singer \S+\ncommit \S+\n` + runtime.Version() + ` ` +
			runtime.GOOS + `/` + runtime.GOARCH + `\ntables registry 7\n$`},
		"help":     {[]string{"-h"}, tables, cli.OK, "^Usage: singer version\n(?s:.*)Exit codes: 0"},
		"argument": {[]string{"now"}, tables, cli.Usage, "^$"},
		"failure":  {nil, func() (string, error) { return "", errors.New("no tables") }, cli.Failure, "^$"},
	} {
		t.Run(name, func(t *testing.T) {
			s, out, _ := streams("")
			command := cli.Version("singer", "tables", tt.text)
			assert.Equal(t, tt.code, command.Run(t.Context(), tt.args, s))
			assert.Regexp(t, tt.out, out.String())
		})
	}
}
