package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/cli"
	"github.com/qr-invalidita/attesta/examples/issuer/internal/app"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/verifier/service"
)

// Everything about a person is exported, the accesses included. After the erasure the accesses and their tree
// are left; an import leaves the person out; and the database of before, put back, knows of the erasure.
func TestExportAndErase(t *testing.T) {
	dir := t.TempDir()
	data, people := filepath.Join(dir, "data"), filepath.Join(dir, "people.csv")
	require.NoError(t, os.WriteFile(people, []byte(peopleCSV), 0o600))
	code, _, errs := run(t, "keys", "add", "-data", data)
	require.Equal(t, cli.OK, code, errs)
	run(t, "import", people, "-data", data)
	cf, err := codicefiscale.Parse(mario)
	require.NoError(t, err)
	l, _, closed, err := app.OpenAccesses(t.Context(), data, "", exampleIssuer)
	require.NoError(t, err)
	require.NoError(t, l.Append(t.Context(), service.Access{ID: "access-1", At: time.Now(), Person: cf,
		Operator:     service.Operator{Tenant: "a", IdentityProvider: "https://login.example", ID: "op-7"},
		Organisation: "MUSEO CIVICO", Purpose: "museum", Scope: "detail", Channel: "sms", Challenge: "c"}))
	require.NoError(t, closed())

	on := func(action string) (out string, code int) {
		var printed, said strings.Builder
		code = cli.Run(t.Context(), "issuer", about, commands(),
			[]string{"registry", action, "-cf", "-", "-data", data},
			cli.Streams{In: strings.NewReader(mario + "\n"), Out: &printed, Err: &said})
		assert.NotContains(t, said.String(), mario)
		return printed.String(), code
	}
	export := func() map[string]any {
		t.Helper()
		out, code := on("export")
		require.Equal(t, cli.OK, code)
		all := map[string]any{}
		require.NoError(t, json.Unmarshal([]byte(out), &all), out)
		assert.Contains(t, out, "MUSEO CIVICO")
		assert.NotContains(t, out, "op-7", "who the operator is stays with the body")
		return all
	}
	all := export()
	assert.Equal(t, mario, all["codice_fiscale"])
	assert.Equal(t, "Mario", all["given_name"])
	assert.Len(t, all["verbali"], 1)
	assert.Len(t, all["events"], 1)
	assert.Len(t, all["accesses"], 1)

	database := filepath.Join(data, "registry.db")
	before, err := os.ReadFile(database)
	require.NoError(t, err)
	_, code = on("erase")
	assert.Equal(t, cli.OK, code)
	gone := func() {
		t.Helper()
		all := export()
		assert.NotContains(t, all, "given_name")
		assert.NotContains(t, all, "events")
		assert.Contains(t, all, "erased")
		code, out, errs := run(t, "accesses", "audit", "-data", data)
		assert.Equal(t, cli.OK, code, errs)
		assert.Contains(t, out, "GOOD: 1 records")
	}
	gone()
	again := filepath.Join(dir, "again.csv")
	require.NoError(t, os.WriteFile(again, []byte(peopleCSV+"\n"), 0o600))
	code, out, errs := run(t, "import", again, "-data", data)
	assert.Equal(t, cli.Failure, code)
	assert.Equal(t, "1 entries stored, 2 left out.\n", out)
	assert.Contains(t, errs, "line 2: the person was erased from this registry")

	for _, side := range []string{"-wal", "-shm"} {
		os.Remove(database + side)
	}
	require.NoError(t, os.WriteFile(database, before, 0o600))
	gone()
}
