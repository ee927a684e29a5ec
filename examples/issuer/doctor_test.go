package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/cli"
)

// The doctor says what is wrong, in the language of the terminal, and makes nothing.
func TestDoctor(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	out := must(t, "doctor", "-data", data)
	assert.Contains(t, out, "warning   database: the file is missing")
	assert.NoDirExists(t, data)

	start(t, "-data", data)
	out = must(t, "doctor", "-data", data)
	assert.Contains(t, out, "ok        database\nok        keys\n")

	require.NoError(t, os.Chmod(filepath.Join(data, "names.key"), 0o644))
	code, out, errs := run(t, "doctor", "-data", data, "-lang", "it")
	assert.Equal(t, cli.Failure, code)
	assert.Empty(t, errs)
	assert.Regexp(t, `(?m)^errore    permessi dei file: .*names\.key: .*chmod 600`, out)
	assert.Regexp(t, `(?m)^errore    chiavi: .*names\.key`, out)
	assert.Regexp(t, `(?m)^attenzione messaggi SMS: il telefono di sviluppo`, out)

	for _, args := range [][]string{{"x"}, {"-policy", "none"}, {"-nothing"}} {
		code, _, errs := run(t, append([]string{"doctor"}, args...)...)
		assert.Equal(t, cli.Usage, code, errs)
	}
	assert.Regexp(t, `^issuer \S+\ncommit \S+\ngo1\S+ \S+\ntables keybook \d+, registry \d+, `,
		must(t, "version"))
}
