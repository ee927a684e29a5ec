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

// The tables are brought up to date in a step of their own, and those of a newer program are refused by all.
func TestMigrate(t *testing.T) {
	postgres.Each(t, func(t *testing.T, dsn string) {
		data := t.TempDir()
		serve := []string{"serve", "-addr", "127.0.0.1:0", "-ops-addr", "", "-data", data, "-db", dsn}
		code, out, errs := run(t, "migrate", "-status", "-db", dsn)
		assert.Equal(t, cli.Usage, code, errs)
		assert.Regexp(t, `registry +has 0 +wants 1\n`, out)
		code, _, errs = run(t, append(serve, "-keep-tables")...)
		assert.Equal(t, cli.Usage, code, errs)
		assert.Contains(t, errs, `run "issuer migrate" first`)

		for range 2 {
			out = must(t, "migrate", "-db", "nowhere", "-migrate-db", dsn)
			assert.Regexp(t, `registry +has 1 +wants 1\n`, out)
		}
		assert.Equal(t, out, must(t, "migrate", "-status", "-db", dsn))

		db, err := database.Open(t.Context(), dsn)
		require.NoError(t, err)
		_, err = db.ExecContext(t.Context(),
			"INSERT INTO session_migration (version_id, is_applied) VALUES (99, TRUE)")
		require.NoError(t, err)
		require.NoError(t, db.Close())
		for _, args := range [][]string{{"migrate", "-db", dsn}, {"migrate", "-status", "-db", dsn}, serve} {
			code, _, errs := run(t, args...)
			assert.Equal(t, cli.Usage, code, errs)
			assert.Contains(t, errs, "newer version of this program")
		}
	})
	code, _, errs := run(t, "migrate", "x")
	assert.Equal(t, cli.Usage, code, errs)
	code, _, errs = run(t, "migrate", "-db", t.TempDir())
	assert.Equal(t, cli.Failure, code, errs)
}

// The commands for rotations, and a list that would be issued with other keys.
func TestReplaceAndForgetKeys(t *testing.T) {
	data := t.TempDir()
	must(t, "keys", "add", "-data", data)
	assert.Contains(t, must(t, "keys", "replace", "service.key", "-data", data), "service.key is new")
	assert.FileExists(t, filepath.Join(data, "service.key"))
	assert.Equal(t, "Forgotten.\n", must(t, "keys", "forget", "service.key", "-data", data))
	for _, args := range [][]string{{"forget", "service.key"}, {"replace", "names.key"}} {
		code, _, errs := run(t, "keys", args[0], args[1], "-data", data)
		assert.Equal(t, cli.Failure, code, errs)
	}
	code, _, errs := run(t, "keys", "forget", "-data", data)
	assert.Equal(t, cli.Usage, code, errs)
	assert.Contains(t, must(t, "accesses", "audit", "-data", data), "GOOD: 5 records in the tree",
		"each try, and the key that was added")

	// The log does not open with a lost key of its own, so the record follows.
	require.NoError(t, os.Remove(filepath.Join(data, "audit.key")))
	assert.Equal(t, "Forgotten.\n", must(t, "keys", "forget", "audit.key", "-data", data))
	assert.Contains(t, must(t, "keys", "forget", "audit.key", "-data", data), "Forgotten.")
}
