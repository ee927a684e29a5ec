package main

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/cli"
	"github.com/qr-invalidita/attesta/examples/internal/registry"
	"github.com/qr-invalidita/attesta/examples/issuer/internal/citizen"
	"github.com/qr-invalidita/attesta/otp"
)

// The staff prints a list at the counter, the person reads a first code out, and the list is in use; each act
// is in the access log.
func TestCodes(t *testing.T) {
	data := t.TempDir()
	r, cf := inRegistry(t, data, mario)
	require.NoError(t, r.Put(t.Context(), registry.Person{CF: cf, Birth: 19800101}))
	sheet := filepath.Join(data, "codes.pdf")
	run := func(in, action string, more ...string) (int, string) {
		var out strings.Builder
		code := cli.Run(t.Context(), "issuer", about, commands(), append([]string{"codes", action, "-cf", "-",
			"-data", data, "-issuer-name", bodyName, "-as", "anna verdi", "-reason", "at the counter"},
			more...), cli.Streams{In: strings.NewReader(mario + "\n" + in), Out: &out, Err: &out})
		assert.NotContains(t, out.String(), mario)
		return code, out.String()
	}
	code, said := run("", "print", "-as", "")
	assert.Equal(t, cli.Usage, code, said)
	for _, flag := range []string{"-zone", "-logo"} {
		code, said = run("", "print", flag, "Nowhere")
		assert.Equal(t, cli.Usage, code, said)
	}
	code, said = run("", "nothing")
	assert.Equal(t, cli.Usage, code, said)
	code, said = run("", "activate")
	assert.Equal(t, cli.Failure, code)
	assert.Contains(t, said, "no list of this person waits")

	code, said = run("", "print", "-o", sheet)
	require.Equal(t, cli.OK, code, said)
	lists, err := r.Lists(t.Context(), cf)
	require.NoError(t, err)
	list := lists[0]
	assert.Contains(t, said, "list "+list.Codes.ID+", to be activated")
	file, err := os.ReadFile(sheet)
	require.NoError(t, err)
	assert.Equal(t, "%PDF-1.7", string(file[:8]))
	info, err := os.Stat(sheet)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())

	code, said = run("1\n", "activate")
	assert.Equal(t, cli.Failure, code)
	assert.Contains(t, said, "the service has never run")
	key := base64.StdEncoding.EncodeToString(make([]byte, 32))
	require.NoError(t, os.WriteFile(filepath.Join(data, "service.key"), []byte(key), 0o600))
	wrong, _ := list.Codes.Code(1, otp.ExtentEverything)
	right, _ := list.Codes.Code(1, otp.ExtentYesNo)
	code, said = run("12\n"+wrong.Reveal()+"\n"+right.Reveal()+"\n", "activate")
	require.Equal(t, cli.OK, code, said)
	assert.Equal(t, 3, strings.Count(said, "row 1, code for yes or no: "))
	assert.NotContains(t, said, right.Reveal())
	contacts, err := r.Contacts(t.Context(), cf)
	require.NoError(t, err)
	assert.Equal(t, list.Codes.ID, contacts[len(contacts)-1].Codes.ID)

	code, said = run("", "show")
	require.Equal(t, cli.OK, code, said)
	assert.Contains(t, said, list.Codes.ID+"\tactive\tmade ")
	assert.Contains(t, said, "\tused 1 of 40\n")
	code, said = run("", "void")
	require.Equal(t, cli.OK, code, said)
	_, said = run("", "void")
	assert.Contains(t, said, "this person has no list")

	records, operators := staffRecords(t, data)
	var acts []string
	for i, rec := range records {
		acts = append(acts, rec.Purpose)
		assert.True(t, strings.HasSuffix(operators[i], " as anna verdi: at the counter"))
	}
	assert.Subset(t, acts, []string{citizen.StaffCodes + "print", citizen.StaffCodes + "activate",
		citizen.StaffCodes + "show", citizen.StaffCodes + "void"})
	prints := slices.DeleteFunc(acts, func(act string) bool { return act != citizen.StaffCodes+"print" })
	assert.Len(t, prints, 1, "what was refused did not happen")
}
