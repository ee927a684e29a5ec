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
	"github.com/qr-invalidita/attesta/examples/internal/registry"
	"github.com/qr-invalidita/attesta/examples/issuer/internal/app"
	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

const peopleCSV = `codice_fiscale,given_name,verbale_id,domain,kind,decision,effect,definitive,degree,percent
RSSMRA80A01H501U,Mario,IC/1,civil_invalidity,first_assessment,2021-03-15,2021-03-15,true,ic_over_two_thirds,74
RSSMRA80A01H501X,Mario,IC/1,civil_invalidity,first_assessment,2021-03-15,2021-03-15,true,ic_over_two_thirds,74
VRDCRL68S07M999O,Carlo,CC/1,blindness,first_assessment,2012-10-04,2012-10-04,true,blind_total,
`

func inRegistry(t *testing.T, data, cf string) (*registry.Registry, codicefiscale.Code) {
	t.Helper()
	r, closed, err := app.OpenRegistry(t.Context(), data, "")
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, closed()) })
	code, err := codicefiscale.Parse(cf)
	require.NoError(t, err)
	return r, code
}

func TestImport(t *testing.T) {
	dir := t.TempDir()
	data, file, left := filepath.Join(dir, "data"), filepath.Join(dir, "people.csv"),
		filepath.Join(dir, "left.csv")
	require.NoError(t, os.WriteFile(file, []byte(peopleCSV), 0o600))

	code, out, errs := run(t, "import", file, "-data", data, "-rejects", left)
	assert.Equal(t, cli.Failure, code)
	assert.Equal(t, "2 entries stored, 1 left out.\n", out)
	assert.True(t,
		strings.HasPrefix(errs,
			"line 3: codice_fiscale: codice fiscale has a wrong check character\n100 %  2 entries, 1 left "+
				"out"), errs)
	list, err := os.ReadFile(left)
	require.NoError(t, err)
	assert.Equal(t, "line,reason\n3,codice_fiscale: codice fiscale has a wrong check character\n",
		string(list))

	code, out, errs = run(t, "import", file, "-data", data)
	assert.Equal(t, cli.Failure, code)
	assert.Equal(t, "2 entries stored, 1 left out.\n", out)
	assert.Equal(t, "This file was imported before.\n", errs)

	r, carlo := inRegistry(t, data, "VRDCRL68S07M999O")
	s, err := status.Lookup(t.Context(), r, carlo, 20261101)
	require.NoError(t, err)
	assert.Equal(t, status.DegreeBlindTotal, s.In(status.Blindness).Degree)
	info, err := os.Stat(filepath.Join(data, "registry.key"))
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
}

func TestImportRefuses(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "people.csv")
	require.NoError(t, os.WriteFile(file, []byte("birth\n"), 0o600))
	for name, test := range map[string]struct {
		args []string
		code int
		says string
	}{
		"no file":           {nil, cli.Usage, "one file"},
		"two files":         {[]string{file, file}, cli.Usage, "one file"},
		"an unknown format": {[]string{filepath.Join(dir, "people.xlsx")}, cli.Usage, "-format"},
		"no such file":      {[]string{filepath.Join(dir, "none.csv")}, cli.Failure, "no such file"},
		"a folder":          {[]string{dir, "-format", "csv"}, cli.Failure, "not a file"},
		"a bad header":      {[]string{file}, cli.Failure, "no column codice_fiscale"},
		"a bad database": {[]string{file, "-db", "postgres://a:secret@127.0.0.1:1/x"}, cli.Failure,
			"database"},
	} {
		t.Run(name, func(t *testing.T) {
			code, _, errs := run(t, append([]string{"import", "-data", filepath.Join(dir, "data")},
				test.args...)...)
			assert.Equal(t, test.code, code)
			assert.Contains(t, errs, test.says)
			assert.NotContains(t, errs, "secret")
		})
	}
	assert.Contains(t, must(t, "import", "-h"), "psychic_attendance_art_30_c7")
}

func TestRegistryAddVerbale(t *testing.T) {
	data := t.TempDir()
	add := func(args ...string) (int, string) {
		code, out, errs := run(t, append([]string{"registry", "add-verbale", "-data", data, "-cf",
			"BNCGLI16E52M999U"}, args...)...)
		assert.NotContains(t, out+errs, "BNCGLI")
		return code, errs
	}
	verbale := []string{"verbale_id=IC/1", "domain=civil_invalidity", "kind=first_assessment",
		"decision=2023-02-08", "degree=ic_minor_difficulty"}
	code, errs := add(verbale...)
	assert.Equal(t, cli.Failure, code)
	assert.Contains(t, errs, "give birth=")
	code, errs = add(append(verbale, "birth=2016-05-12", "given_name=Giulia", "family_name=Bianchi")...)
	assert.Equal(t, cli.OK, code, errs)
	code, errs = add("verbale_id=H/1", "domain=law_104", "kind=first_assessment", "decision=2024-02-08",
		"degree=law_104_c3")
	assert.Equal(t, cli.OK, code, errs)
	for _, wrong := range [][]string{{"verbale_id"}, {"colour=red"}, {"percent=many"},
		append(verbale, "degree=ic_over"), {}} {
		code, _ = add(wrong...)
		assert.Equal(t, cli.Usage, code, wrong)
	}
	code, errs = add("verbale_id=IC/1", "domain=civil_invalidity", "kind=worsening", "decision=2024-02-08",
		"degree=ic_minor_walking")
	assert.Equal(t, cli.Failure, code)
	assert.Contains(t, errs, "one identifier")

	must(t, "registry", "delegate", "-data", data, "-cf", "BNCLCU84P03M999U", "-ward", "BNCGLI16E52M999U",
		"-kind", "minor")
	code, _, _ = run(t, "registry", "delegate", "-data", data, "-cf", "BNCLCU84P03M999U", "-ward",
		"BNCGLI16E52M999U", "-kind", "friend")
	assert.Equal(t, cli.Failure, code)
	code, _, _ = run(t, "registry", "forget")
	assert.Equal(t, cli.Usage, code)

	r, giulia := inRegistry(t, data, "BNCGLI16E52M999U")
	_, luca := inRegistry(t, data, "BNCLCU84P03M999U")
	record, err := r.Lookup(t.Context(), giulia)
	require.NoError(t, err)
	assert.Len(t, record.Verbali, 2)
	ward, err := r.MayActFor(t.Context(), luca, giulia, 20261101)
	require.NoError(t, err)
	assert.Equal(t, "Giulia", ward.Given)
}

func TestRegistryVoid(t *testing.T) {
	data, file := filepath.Join(t.TempDir(), "data"), filepath.Join(t.TempDir(), "people.csv")
	require.NoError(t, os.WriteFile(file, []byte(peopleCSV), 0o600))
	run(t, "import", file, "-data", data)
	before := time.Now().Truncate(time.Second)
	must(t, "registry", "void", "-data", data, "-cf", "VRDCRL68S07M999O")
	r, carlo := inRegistry(t, data, "VRDCRL68S07M999O")
	at, err := r.VoidBefore(t.Context(), carlo)
	require.NoError(t, err)
	assert.False(t, at.Before(before))

	code, _, errs := run(t, "registry", "void", "-data", data, "-cf", "BNCGLI16E52M999U")
	assert.Equal(t, cli.Failure, code)
	assert.Contains(t, errs, "no such person")
	code, _, errs = run(t, "registry", "void", "now", "-data", data, "-cf", "VRDCRL68S07M999O")
	assert.Equal(t, cli.Usage, code)
	assert.Contains(t, errs, "an argument too many")
}
