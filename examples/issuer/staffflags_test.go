package main

import (
	"database/sql"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/cli"
	"github.com/qr-invalidita/attesta/examples/issuer/internal/app"
)

// breakLog makes the access log unable to take a record.
func breakLog(t *testing.T, data string) {
	t.Helper()
	_, _, closed, err := app.OpenAccesses(t.Context(), data, "", bodyName)
	require.NoError(t, err)
	require.NoError(t, closed())
	db, err := sql.Open("sqlite", filepath.Join(data, "registry.db"))
	require.NoError(t, err)
	_, err = db.ExecContext(t.Context(), `DROP TABLE access_record`)
	require.NoError(t, err)
	require.NoError(t, db.Close())
}

// files returns the content of every file that a command of the staff may change.
func files(t *testing.T, data string) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, pattern := range []string{"keys/*", "*.key", "*.list"} {
		paths, err := filepath.Glob(filepath.Join(data, pattern))
		require.NoError(t, err)
		for _, path := range paths {
			text, err := os.ReadFile(path)
			require.NoError(t, err)
			all[path] = string(text)
		}
	}
	return all
}

// Every command of the staff says who and why, and does nothing if that cannot be written.
func TestStaffActs(t *testing.T) {
	data, people := t.TempDir(), filepath.Join(t.TempDir(), "people.csv")
	require.NoError(t, os.WriteFile(people, []byte("codice_fiscale,birth\n"+mario+",1980-01-01\n"), 0o600))
	must(t, "keys", "add", "-data", data, "-issuer-name", bodyName)
	id := published(t, data)[0].ID()
	must(t, "import", people, "-data", data)
	acts := [][]string{
		{"keys", "add", "-reference"}, {"keys", "add"}, {"keys", "retire", id}, {"keys", "revoke", id},
		{"keys", "replace", "service.key"}, {"keys", "forget", "audit.key"},
		{"registry", "void", "-cf", mario},
		{"registry", "add-title", "-cf", mario, "title_kind=inail",
			"title_percent=40", "title_held=true", "title_decision=2019-03-01", "title_effect=2019-01-01"},
		{"registry", "export", "-cf", mario}, {"registry", "add-key"}, {"registry", "rotate"},
		{"registry", "erase", "-cf", mario},
		{"import", people}, {"accesses", "operator", "none"},
		{"otp", "reports"},
	}
	for _, args := range acts {
		all := append(append([]string{}, args...), "-data", data)
		before := files(t, data)
		for _, missing := range [][]string{{"-as", ""}, {"-as", "anna"},
			{"-as", "anna\nverdi", "-reason", "x"}} {
			code, out, errs := run(t, append(append([]string{}, all...), missing...)...)
			assert.Equal(t, cli.Usage, code, "%v: %s%s", args, out, errs)
			assert.Contains(t, errs, " is needed", args)
		}
		assert.Equal(t, before, files(t, data), args)
	}
	audit := must(t, "accesses", "audit", "-data", data)
	assert.Contains(t, audit, "GOOD: 2 records in the tree", "key and import")
	assert.Contains(t, audit, ", 2 kept since ")

	breakLog(t, data)
	before := files(t, data)
	for _, args := range acts {
		all := append(append([]string{}, args...), "-data", data, "-as", "anna", "-reason", "test")
		code, out, errs := run(t, all...)
		assert.Equal(t, cli.Failure, code, args)
		assert.Empty(t, out, args)
		assert.Contains(t, errs, "access", args)
		assert.Equal(t, before, files(t, data), args)
	}
	for _, args := range [][]string{{"keys", "list"}, {"keys", "jwks"}, {"registry", "keys"},
		{"import", "-check", people}} {
		must(t, append(args, "-data", data)...)
	}
}
