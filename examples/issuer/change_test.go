package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/cli"
	"github.com/qr-invalidita/attesta/examples/internal/registry"
	"github.com/qr-invalidita/attesta/examples/issuer/internal/app"
	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

const (
	contested = "verbale_id=IC/9 domain=civil_invalidity kind=first_assessment decision=2023-02-01 " +
		"effect=2023-02-01 degree=ic_over_third percent=60"
	overturns = "verbale_id=T/1 domain=civil_invalidity kind=court decision=2024-10-01 " +
		"degree=ic_total_walking percent=100 replaces=IC/9"
)

func registryRun(t *testing.T, data, action, in string, args ...string) (code int, said string) {
	t.Helper()
	var out strings.Builder
	all := append([]string{"registry", action, "-data", data}, args...)
	code = cli.Run(t.Context(), "issuer", about, commands(), asAnna(all),
		cli.Streams{In: strings.NewReader(in), Out: &out, Err: &out})
	assert.NotContains(t, out.String(), "RSSMRA")
	return code, out.String()
}

// If the effect of an event is missing, the program says which one it assumes.
func TestAddVerbaleSaysTheEffect(t *testing.T) {
	data := t.TempDir()
	add := func(columns string) (int, string) {
		return registryRun(t, data, "add-verbale", "",
			append([]string{"-cf", mario, "birth=1980-01-01"}, strings.Fields(columns)...)...)
	}
	code, said := add(contested)
	assert.Equal(t, cli.OK, code)
	assert.Equal(t, "Recorded.\n", said)
	code, said = add(
		"verbale_id=H/1 domain=law_104 kind=first_assessment decision=2023-02-01 degree=law_104_c1")
	assert.Equal(t, cli.OK, code)
	assert.Contains(t, said, "effect: taken as the day of the decision, 2023-02-01")
	code, said = add(overturns)
	assert.Equal(t, cli.Usage, code)
	assert.Contains(t, said, "effect= is needed")
	code, said = add(overturns + " effect=2022-11-15")
	assert.Equal(t, cli.OK, code, said)
	code, said = add(
		"verbale_id=H/1 version=2 domain=law_104 kind=first_assessment decision=2023-02-01 " +
			"effect=2022-11-15 degree=law_104_c3")
	assert.Equal(t, cli.OK, code, said)

	r, cf := inRegistry(t, data, mario)
	s, err := status.Lookup(t.Context(), r, cf, 20261115)
	require.NoError(t, err)
	assert.Equal(t, 100, s.In(status.CivilInvalidity).Percent)
	assert.Equal(t, status.DegreeLaw104C3, s.In(status.Law104).Degree)
	assert.EqualValues(t, 20221115, s.In(status.Law104).Since)
	events, err := r.Events(t.Context(), cf)
	require.NoError(t, err)
	assert.Len(t, events, 4, "what was corrected is kept")
}

func TestAddTitle(t *testing.T) {
	data := t.TempDir()
	title := []string{"-cf", mario, "title_kind=inail", "title_percent=40", "title_held=true",
		"title_decision=2019-03-01", "title_effect=2019-01-01"}
	code, said := registryRun(t, data, "add-title", "", title...)
	assert.Equal(t, cli.Failure, code)
	assert.Contains(t, said, "give birth=")
	code, said = registryRun(t, data, "add-title", "", append(title, "birth=1980-01-01")...)
	assert.Equal(t, cli.OK, code, said)
	code, said = registryRun(t, data, "add-title", "", append(title, "title_percent=45")...)
	assert.Equal(t, cli.OK, code, said)
	for _, wrong := range [][]string{{"-cf", mario}, append(title, "title_percent=400"),
		append(title, "verbale_id=A"), append(title, "title_kind=other")} {
		code, _ = registryRun(t, data, "add-title", "", wrong...)
		assert.Equal(t, cli.Usage, code)
	}
	r, cf := inRegistry(t, data, mario)
	record, err := r.Lookup(t.Context(), cf)
	require.NoError(t, err)
	require.Len(t, record.Titles, 1)
	assert.Equal(t, 45, record.Titles[0].Percent)
}

func TestChangeCF(t *testing.T) {
	const next = "RSSMRA80A01H50MM"
	data := t.TempDir()
	code, said := registryRun(t, data, "add-verbale", "",
		append([]string{"-cf", mario, "birth=1980-01-01"}, strings.Fields(contested)...)...)
	require.Equal(t, cli.OK, code, said)
	for range 2 {
		code, said = registryRun(t, data, "change-cf", mario+"\n"+next+"\n", "-cf", "-", "-to", "-")
		assert.Equal(t, cli.OK, code, said)
	}
	for name, test := range map[string]struct {
		args []string
		code int
		says string
	}{
		"back":        {[]string{"-cf", next, "-to", mario}, cli.Failure, "was replaced"},
		"to itself":   {[]string{"-cf", next, "-to", next}, cli.Failure, "are the same"},
		"unknown":     {[]string{"-cf", "VRDCRL68S07M999O", "-to", next}, cli.Failure, "no such person"},
		"malformed":   {[]string{"-cf", next, "-to", "RSSMRA80A01H501X"}, cli.Usage, "malformed"},
		"one of them": {[]string{"-cf", next}, cli.Usage, "-to"},
	} {
		t.Run(name, func(t *testing.T) {
			code, said := registryRun(t, data, "change-cf", "", test.args...)
			assert.Equal(t, test.code, code)
			assert.Contains(t, said, test.says)
		})
	}
	code, said = registryRun(t, data, "void", "", "-cf", mario)
	assert.Equal(t, cli.Failure, code)
	assert.Contains(t, said, "was replaced")

	r, old := inRegistry(t, data, mario)
	_, new := inRegistry(t, data, next)
	_, err := r.Person(t.Context(), old)
	assert.ErrorIs(t, err, registry.ErrReplaced)
	earlier, _, err := r.Codes(t.Context(), new)
	require.NoError(t, err)
	assert.Equal(t, []codicefiscale.Code{old}, earlier)

	locks, err := app.OpenLocks(t.Context(), data, "", app.Redis{})
	require.NoError(t, err)
	assert.NoError(t, locks.Move(t.Context(), old, new))
	assert.NoError(t, locks.Close())
	_, err = app.OpenLocks(t.Context(), data, "", app.Redis{URL: "http://127.0.0.1"})
	assert.ErrorContains(t, err, "redis")
}

// checkedCSV has a line to reject, one with a warning, one that leaves a question open and one that changes
// a code.
const checkedCSV = "codice_fiscale,previous_codice_fiscale,birth,verbale_id,domain,kind,decision,effect," +
	`definitive,degree
RSSMRA80A01H501U,,1980-01-02,A,civil_invalidity,first_assessment,2020-01-01,2020-01-01,true,ic_over_third
RSSMRA80A01H501U,,,B,civil_invalidity,worsening,2020-01-01,2020-01-01,true,ic_total
RSSMRA80A01H501U,,,C,law_104,application,2024-01-01,2024-01-01,,
RSSMRA80A01H501X,,,C,law_104,application,2024-01-01,2024-01-01,,
RSSMRA80A01H50MM,RSSMRA80A01H501U,,,,,,,,
`

func TestImportCheck(t *testing.T) {
	dir := t.TempDir()
	data, file := filepath.Join(dir, "data"), filepath.Join(dir, "people.csv")
	require.NoError(t, os.WriteFile(file, []byte(checkedCSV), 0o600))
	const left = "line 5: left out: codice_fiscale: codice fiscale has a wrong check character\n"
	want := left + "line 2: warning: birth: contradicts the codice fiscale; stored as it is\n" +
		"line 3: warning: civil_invalidity: undecided: tie\nline 6: warning: birth: contradicts the codice " +
		"fiscale; stored as it is\n"
	for range 2 {
		code, out, errs := run(t, "import", "-check", file, "-data", data)
		assert.Equal(t, cli.Failure, code)
		assert.True(t, strings.HasPrefix(out, want), out)
		assert.Contains(t, out, "line 3: leaves open: civil_invalidity: tie")
		assert.Contains(t, out, "line 4: leaves open: law_104: application_filed")
		assert.Contains(t, out,
			"4 entries would be stored, 1 left out, 3 with a warning; 2 questions are left open. Folded "+
				"with no registry")
		assert.NotContains(t, out+errs, "RSSMRA")
		assert.NoDirExists(t, data)
	}

	warnings := filepath.Join(dir, "warnings.csv")
	code, out, errs := run(t, "import", file, "-data", data, "-warnings", warnings)
	assert.Equal(t, cli.Failure, code)
	assert.Equal(t, "4 entries stored, 1 left out, 3 with a warning.\n", out)
	assert.Contains(t, errs, "line 2: warning: birth: contradicts the codice fiscale")
	text, err := os.ReadFile(warnings)
	require.NoError(t, err)
	assert.Equal(t,
		"line,reason\n2,birth: contradicts the codice fiscale; stored as it is\n3,civil_invalidity: "+
			"undecided: tie\n"+
			"6,birth: contradicts the codice fiscale; stored as it is\n", string(text))
	r, old := inRegistry(t, data, mario)
	_, replaced, err := r.Codes(t.Context(), old)
	require.NoError(t, err)
	assert.True(t, replaced)

	// In the registry the old code now belongs to nobody.
	code, out, _ = run(t, "import", "-check", file, "-data", data)
	assert.Equal(t, cli.Failure, code)
	assert.Contains(t, out, "line 2: left out: the codice fiscale was replaced by another one\n")
	assert.Contains(t, out,
		"1 entries would be stored, 4 left out, 1 with a warning; 0 questions are left open. Folded with "+
			"the registry")

	for _, wrong := range [][]string{{"-rejects", file}, {"-lang", "es"}} {
		code, _, _ = run(t, append([]string{"import", "-check", file, "-data", data}, wrong...)...)
		assert.Equal(t, cli.Usage, code)
	}
}
