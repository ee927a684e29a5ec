package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/cli"
	"github.com/qr-invalidita/attesta/examples/internal/database"
)

// The drill reports in the language of the terminal, and its exit code says whether the backup is good.
func TestDrill(t *testing.T) {
	dir := t.TempDir()
	data, expected := filepath.Join(dir, "data"), filepath.Join(dir, "expected.json")
	backup := filepath.Join(dir, "backup.db")
	start(t, "-data", data)
	assert.Regexp(t, `^Recorded \d\d answers\.`, must(t, "drill", "-data", data, "-record", expected))
	db, err := database.Open(t.Context(), filepath.Join(data, "registry.db"))
	require.NoError(t, err)
	_, err = db.Exec("VACUUM INTO '" + backup + "'")
	require.NoError(t, err)
	require.NoError(t, db.Close())
	drill := []string{"drill", "-data", data, "-expected", expected, "-backup", backup}
	assert.Equal(t, "ok        restore\nok        database and keys\nok        answers\n"+
		"ok        access log\n", must(t, drill...))

	require.NoError(t, os.WriteFile(backup, []byte("SQLite format 3\x00 and nothing else"), 0o600))
	code, out, _ := run(t, append(drill, "-lang", "it")...)
	assert.Equal(t, cli.Failure, code)
	assert.Regexp(t, `(?m)^errore    base di dati e chiavi: `, out)

	for _, args := range [][]string{
		{"drill"}, {"drill", "-record", expected, "-expected", expected}, {"drill", "-expected", expected},
		{"drill", "-record", expected, "-backup", backup}, {"drill", "-expected", backup, "-backup", backup},
		{"drill", "-expected", expected, "-backup", expected},
		{"serve", "-accept-rollback", "3"}, {"serve", "-journal", "redis://example.it"},
	} {
		code, _, errs := run(t, args...)
		assert.Equal(t, cli.Usage, code, "%v: %s", args, errs)
	}
}
