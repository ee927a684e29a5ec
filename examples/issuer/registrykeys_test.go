package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/cli"
)

// A key is added, taken into use, and the old one can be removed afterwards.
func TestRotateRegistryKey(t *testing.T) {
	dir := t.TempDir()
	data, people := filepath.Join(dir, "data"), filepath.Join(dir, "people.csv")
	require.NoError(t, os.WriteFile(people, []byte(peopleCSV), 0o600))
	code, _, _ := run(t, "import", people, "-data", data)
	require.Equal(t, cli.Failure, code, "one of its lines is wrong")
	registry := func(action string) string {
		t.Helper()
		code, out, errs := run(t, "registry", action, "-data", data)
		require.Equal(t, cli.OK, code, errs)
		return out
	}
	assert.Equal(t, "1  2 data keys, in use\n", registry("keys"))
	assert.Contains(t, registry("add-key"), "Version 2 is in registry.key.")
	assert.Equal(t, "1  2 data keys, in use\n2  0 data keys, not in use yet: issuer registry rotate\n",
		registry("keys"))
	for range 2 {
		assert.Equal(t, "All data keys are wrapped under version 2.\n", registry("rotate"))
	}
	assert.Equal(t, "1  0 data keys, not used: only backups from before its end need it\n"+
		"2  2 data keys, in use\n", registry("keys"))

	path := filepath.Join(data, "registry.key")
	info, err := os.Stat(path)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, text[len(text)/2:], 0o600))
	assert.Equal(t, "2  2 data keys, in use\n", registry("keys"))
}
