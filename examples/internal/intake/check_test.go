package intake_test

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/crowd"
	"github.com/qr-invalidita/attesta/examples/internal/intake"
	"github.com/qr-invalidita/attesta/examples/internal/registry"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

const checkHeader = "codice_fiscale,previous_codice_fiscale,birth,verbale_id,domain,kind,decision," +
	"effect,definitive,degree,not_held\n"

// checked returns the report of a check, in comparable lines.
func checked(t *testing.T, known *registry.Registry, lines ...string) []string {
	t.Helper()
	var said []string
	checker := intake.Checker{Known: known, Noted: func(_ registry.Progress, b intake.Batch) {
		for _, r := range b.Rejects {
			said = append(said, fmt.Sprintf("%d out: %s", r.Line, r.Reason))
		}
		for _, r := range b.Remarks {
			if r.Warning() != "" {
				said = append(said, fmt.Sprintf("%d warning: %s", r.Line, r.Warning()))
			}
		}
	}}
	at, openings, err := checker.Run(t.Context(), strings.NewReader(checkHeader+strings.Join(lines, "\n")),
		intake.CSV)
	require.NoError(t, err)
	assert.True(t, at.Done)
	for _, o := range openings {
		said = append(said, fmt.Sprintf("%d open: %s %s %s%s", o.Line, o.Domain, o.State, o.Doubt, o.NotHeld))
	}
	return said
}

func TestCheck(t *testing.T) {
	const (
		who      = "RSSMRA80A01H501U,,1980-01-01,"
		verbale  = who + "A,civil_invalidity,first_assessment,2020-01-01,2020-01-01,true,ic_over_third,"
		same     = who + "B,civil_invalidity,worsening,2020-01-01,2020-01-01,true,ic_over_two_thirds,"
		ruling   = who + "C,civil_invalidity,court,2022-01-01,2019-01-01,true,ic_total,"
		later    = who + "D,civil_invalidity,worsening,2024-01-01,2024-01-01,true,ic_total,"
		filed    = who + "E,law_104,application,2024-01-01,2024-01-01,,,"
		before   = who + "F,blindness,first_assessment,2004-01-01,2004-01-01,true,,before_2010"
		decided  = who + "G,law_104,first_assessment,2024-02-01,2024-02-01,true,law_104_c1,"
		conflict = who + "A,civil_invalidity,first_assessment,2020-01-01,2020-01-01,true,ic_total,"
		moved    = "RSSMRA80A01H50MM,RSSMRA80A01H501U,,,,,,,,,"
		rectify  = "RSSMRA80A01H501U,,1980-01-02,,,,,,,,"
	)
	for name, test := range map[string]struct{ lines, want []string }{
		"nothing": {[]string{verbale}, nil},
		"two of one day": {[]string{verbale, same},
			[]string{"3 warning: civil_invalidity: undecided: tie",
				"3 open: civil_invalidity undecided tie"}},
		"filed, then two of one day": {[]string{strings.Replace(filed, "law_104", "civil_invalidity", 1),
			verbale, same}, []string{"4 warning: civil_invalidity: undecided: tie",
			"4 open: civil_invalidity undecided tie"}},
		"for another reason": {[]string{strings.Replace(filed, "law_104", "blindness", 1), before},
			[]string{"3 open: blindness not_held before_2010"}},
		"an act afterwards decides": {[]string{verbale, same, later},
			[]string{"3 warning: civil_invalidity: undecided: tie"}},
		"in another order": {[]string{later, verbale, same}, nil},
		"a ruling without a link": {[]string{verbale, ruling},
			[]string{"3 warning: civil_invalidity: undecided: ruling_without_link",
				"3 open: civil_invalidity undecided ruling_without_link"}},
		"filed, and not held": {[]string{filed, before},
			[]string{"2 open: law_104 undecided application_filed",
				"3 open: blindness not_held before_2010"}},
		"left out": {[]string{verbale, conflict},
			[]string{"3 out: two different verbali with one identifier and one version"}},
		"a code that takes the place": {[]string{filed, moved, verbale},
			[]string{"4 out: the codice fiscale was replaced by another one",
				"2 open: law_104 undecided application_filed"}},
		"a code that takes the place, then decides": {[]string{filed, moved,
			strings.Replace(decided, "501U,", "50MM,", 1)}, nil},
		"a rectified birth": {[]string{rectify}, []string{
			"2 warning: birth: contradicts the codice fiscale; stored as it is"}},
	} {
		t.Run(name, func(t *testing.T) { assert.Equal(t, test.want, checked(t, nil, test.lines...)) })
	}

	t.Run("with what is known", func(t *testing.T) {
		server.Each(t, func(t *testing.T, dsn string) {
			r := open(t, dsn)
			_, _, err := intake.Importer{Registry: r}.RunStream(t.Context(),
				strings.NewReader(checkHeader+verbale+"\n"+filed), intake.CSV)
			require.NoError(t, err)
			assert.Nil(t, checked(t, r, verbale, filed), "a file that is there already opens nothing")
			assert.Equal(t, []string{"2 warning: civil_invalidity: undecided: tie",
				"2 open: civil_invalidity undecided tie"}, checked(t, r, same))
			assert.Equal(t, []string{"2 out: two different verbali with one identifier and one version"},
				checked(t, r, conflict))
			assert.Nil(t, checked(t, r, moved))

			cf, err := codicefiscale.Parse("RSSMRA80A01H501U")
			require.NoError(t, err)
			p, err := r.Person(t.Context(), cf)
			require.NoError(t, err)
			assert.Len(t, p.Verbali, 2, "the check stored something")

			to, err := codicefiscale.Parse("RSSMRA80A01H50MM")
			require.NoError(t, err)
			require.NoError(t, r.ChangeCode(t.Context(), cf, to))
			assert.Equal(t, []string{"2 out: the codice fiscale was replaced by another one"},
				checked(t, r, verbale))
			assert.Nil(t, checked(t, r, moved))
		})
	})
}

// The findings of a check are what the import does.
func TestCheckSaysWhatTheImportDoes(t *testing.T) {
	path := crowdFile(t, 40)
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	at, openings, err := intake.Checker{}.Run(t.Context(), bytes.NewReader(text), intake.JSONL)
	require.NoError(t, err)
	assert.Empty(t, openings)
	dsn := t.TempDir() + "/x.db"
	name, done, err := intake.Importer{Registry: open(t, dsn)}.Run(t.Context(), mustOpen(t, path),
		intake.JSONL)
	require.NoError(t, err)
	assert.NotZero(t, name)
	assert.Equal(t, done, at)
	assert.EqualValues(t, 2, at.Rejected)
	assert.Zero(t, at.Warned)
}

// A check against a registry leaves out who was erased from it, as the import does.
func TestCheckKnowsWhoWasErased(t *testing.T) {
	path := crowdFile(t, 4)
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	r := open(t, t.TempDir()+"/x.db")
	importer := intake.Importer{Registry: r}
	_, _, err = importer.Run(t.Context(), mustOpen(t, path), intake.JSONL)
	require.NoError(t, err)
	cf, _ := crowd.Code(0)
	require.NoError(t, r.Erase(t.Context(), cf, registry.Erasures(t.TempDir()+"/erased.list")))

	at, _, err := intake.Checker{Known: r}.Run(t.Context(), bytes.NewReader(text), intake.JSONL)
	require.NoError(t, err)
	_, done, err := importer.RunStream(t.Context(), bytes.NewReader(text), intake.JSONL)
	require.NoError(t, err)
	assert.EqualValues(t, 3, at.Rejected)
	assert.Equal(t, done.Rejected, at.Rejected)
	assert.Equal(t, done.Stored, at.Stored)
}
