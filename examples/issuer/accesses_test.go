package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/cli"
	"github.com/qr-invalidita/attesta/examples/issuer/internal/app"
	"github.com/qr-invalidita/attesta/verifier/service"
)

// accessed opens a data folder with an access about Mario.
func accessed(t *testing.T) (data string) {
	t.Helper()
	data = t.TempDir()
	must(t, "keys", "add", "-data", data, "-issuer-name", bodyName)
	l, _, closed, err := app.OpenAccesses(t.Context(), data, "", bodyName)
	require.NoError(t, err)
	cf, err := cli.ParseCF(mario, false)
	require.NoError(t, err)
	require.NoError(t, l.Append(t.Context(), service.Access{ID: "receipt", At: time.Now(), Person: cf,
		Operator: service.Operator{ID: "op"}, Organisation: "MUSEO", Purpose: "priority", Scope: "detail",
		Challenge: "challenge"}))
	require.NoError(t, closed())
	return data
}

func purposesOf(t *testing.T, data string) (list []string) {
	t.Helper()
	records, _ := staffRecords(t, data)
	for _, r := range records {
		list = append(list, r.Purpose)
	}
	return list
}

// An access is hidden by two members of the staff, each with their own key.
func TestSuppressByTwo(t *testing.T) {
	data, dir := accessed(t), t.TempDir()
	key := func(name string) string { return filepath.Join(dir, name) }
	public := must(t, "accesses", "new-key", "anna", "-key", key("anna")) +
		must(t, "accesses", "new-key", "bruno", "-key", key("bruno"))
	code, _, _ := run(t, "accesses", "new-key", "anna", "-key", key("anna"))
	assert.Equal(t, cli.Failure, code, "a key is not overwritten")
	suppress := []string{"accesses", "suppress", "receipt", "-data", data, "-until", "2099-01-01", "-key"}
	approve := []string{"accesses", "approve", "receipt", "-data", data, "-key"}
	code, _, errs := run(t, append(suppress, key("anna"))...)
	assert.Equal(t, cli.Failure, code)
	assert.Contains(t, errs, "not one of the staff's")

	require.NoError(t, os.WriteFile(filepath.Join(data, app.StaffKeys), []byte(public), 0o600))
	must(t, append(suppress, key("anna"))...)
	assert.Equal(t, []string{"priority"}, purposesOf(t, data))
	code, _, errs = run(t, append(approve, key("anna"))...)
	assert.Equal(t, cli.Failure, code)
	assert.Contains(t, errs, "another member")
	assert.Contains(t, must(t, append(approve, key("bruno"))...), "hidden until 2099-01-02")
	assert.Empty(t, purposesOf(t, data))
	assert.Contains(t, must(t, "accesses", "audit", "-data", data), "GOOD: 4 records in the tree")
	for _, wrong := range [][]string{append(suppress, ""), append(approve, key("none"))} {
		code, _, _ = run(t, wrong...)
		assert.Equal(t, cli.Usage, code, wrong)
	}
}

// A witness on another machine signs what continues the last checkpoint, and the person's file carries it.
func TestWitnessCommand(t *testing.T) {
	data, dir := accessed(t), t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	must(t, "accesses", "new-key", "museo.example/witness", "-key", at("key"))
	_, logKey, closed, err := app.OpenAccesses(t.Context(), data, "", bodyName)
	require.NoError(t, err)
	require.NoError(t, closed())
	witness := []string{"accesses", "witness", at("step"), "-log-key", logKey, "-seen", at("seen"),
		"-key", at("key")}
	step := func(from ...string) {
		t.Helper()
		text := must(t, append(append([]string{"accesses", "consistency"}, from...), "-data", data)...)
		require.NoError(t, os.WriteFile(at("step"), []byte(text), 0o600))
	}
	step()
	assert.Contains(t, must(t, witness...), "SIGNED: the first checkpoint, 2 records")
	must(t, "keys", "add", "-reference", "-data", data)
	step(at("seen"))
	assert.Contains(t, must(t, witness...), "SIGNED: 3 records, which continue the last 2")
	signed, err := os.ReadFile(at("seen"))
	require.NoError(t, err)
	assert.Contains(t, string(signed), "— museo.example/witness ")
	assert.Contains(t, must(t, "accesses", "audit", at("seen"), "-data", data), "go on from 1 published")

	require.NoError(t, os.WriteFile(filepath.Join(data, "cosigned.txt"), signed, 0o600))
	l, _, closed, err := app.OpenAccesses(t.Context(), data, "", bodyName)
	require.NoError(t, err)
	cf, err := cli.ParseCF(mario, false)
	require.NoError(t, err)
	file, err := l.Proof(t.Context(), cf, "receipt")
	require.NoError(t, err)
	require.NoError(t, closed())
	assert.Contains(t, string(file), "— museo.example/witness ")

	step() // not from the last one
	code, _, _ := run(t, witness...)
	assert.Equal(t, cli.Failure, code)
	other := accessed(t) // another history, with the keys of the first
	key, err := os.ReadFile(filepath.Join(data, "audit.key"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(other, "audit.key"), key, 0o600))
	must(t, "keys", "forget", "audit.key", "-data", other)
	must(t, "keys", "add", "-reference", "-data", other)
	code, _, errs := run(t, "accesses", "consistency", at("seen"), "-data", other)
	assert.Equal(t, cli.Failure, code)
	assert.Contains(t, errs, "tampered")
	data = other
	step()
	text, err := os.ReadFile(at("step"))
	require.NoError(t, err)
	lie := strings.Replace(string(text), `"from": 0`, `"from": 3`, 1)
	require.NoError(t, os.WriteFile(at("step"), []byte(lie), 0o600))
	code, _, errs = run(t, witness...)
	assert.Equal(t, cli.Failure, code)
	assert.Contains(t, errs, "does not continue")
	after, err := os.ReadFile(at("seen"))
	require.NoError(t, err)
	assert.Equal(t, signed, after, "nothing was signed")
}
