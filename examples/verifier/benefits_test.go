package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/cli"
	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/benefit"
	"github.com/qr-invalidita/attesta/verifier/page/answer"
)

const busCard = `attesta-benefits 1 2026-11-01

benefit example.bus_card
  it: Tessera dell'autobus
  en: Bus card
  de: Busausweis
  fr: Carte de bus
  sl: Avtobusna kartica
  law_it: Delibera 12/2026 della Giunta
  checked: 2026-11-01 read
  condition: percent >= 67
  place: Borgo Alto
  value_it: viaggi gratuiti
  companion_it: biglietto ridotto
  note_it: Solo per residenti.
`

func TestBenefitsListsTheCatalogue(t *testing.T) {
	code, out, errs := run(t, nil, "benefits", "-lang", "it")
	require.Equal(t, cli.OK, code, errs)
	for _, b := range benefit.Default().On(answer.Today()) {
		assert.Contains(t, out, b.ID+" ")
		assert.Contains(t, out, b.Title.In(status.Italian))
		assert.Contains(t, out, b.Law.In(status.Italian))
		assert.Contains(t, out, b.Note.In(status.Italian))
	}
}

// The list has the codes that -evidence takes, beside their words.
func TestBenefitsListsEvidence(t *testing.T) {
	_, out, _ := run(t, nil, "benefits", "-lang", "en", "parking_badge")
	assert.Contains(t, out, "(art. 381 DPR 495/1992) (annotation:parking_art_381)")
	assert.Contains(t, out, " (walking_certificate)")
}

func TestBenefitsSaysWhichLevelAnswers(t *testing.T) {
	levels := func(args ...string) map[string]string {
		code, out, errs := run(t, nil, append([]string{"benefits", "-lang", "it", "-json"}, args...)...)
		require.Equal(t, cli.OK, code, errs)
		found := make(map[string]string)
		for line := range strings.Lines(out) {
			var l listed
			require.NoError(t, json.Unmarshal([]byte(line), &l))
			found[l.ID] = l.Level
		}
		return found
	}
	path := filepath.Join(t.TempDir(), "rows.txt")
	require.NoError(t, os.WriteFile(path, []byte(busCard), 0o600))
	all := levels("-catalogue", path)
	assert.Len(t, all, len(benefit.Default().On(answer.Today()))+1)
	assert.Equal(t, "first", all["ticket_c02"])
	assert.Equal(t, "second", all["ticket_c03"], "a percentage")
	assert.Equal(t, "first_or_second", all["example.bus_card"], "who is in no category has no percentage")
	assert.NotEqual(t, "first", levels("-policy", "any")["ticket_c02"],
		"a category is not disclosed under this policy")
	assert.Equal(t, map[string]string{"example.bus_card": "first_or_second"},
		levels("-catalogue", path, "-lang", "de", "BUS", "ausweis"))
}

// The headings and labels around the catalogue's own texts are in the reader's language too.
func TestBenefitsInEachLanguage(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rows.txt")
	rows := strings.Replace(busCard, "  place:",
		"  valid_from: 2026-01-01\n  valid_until: 2099-12-31\n  place:", 1)
	require.NoError(t, os.WriteFile(path, []byte(rows), 0o600))
	for lang, want := range map[string][]string{
		"en": {
			"LEVEL", "BENEFIT", "ALSO NEEDS", "LAW", "1 or 2", "annotation on the verbale", "Place:",
			"Value:", "Companion:", "Note:", "Valid from:", "Valid until:", "Benefits: ", "edition of",
			"Not legal advice: read the law.",
		},
		"it": {
			"LIVELLO", "BENEFICIO", "SERVE ANCHE", "NORMA", "1 o 2", "annotazione sul verbale", "Luogo:",
			"Valore:", "Accompagnatore:", "Nota:", "Valido dal:", "Valido fino al:", "Benefici: ",
			"edizione del", "Non è una consulenza legale: legga la norma.",
		},
		"de": {
			"STUFE", "VERGÜNSTIGUNG", "ZUSÄTZLICH NÖTIG", "GESETZ", "1 oder 2", "Vermerk im Bescheid",
			"Ort:", "Wert:", "Begleitperson:", "Hinweis:", "Gültig ab:", "Gültig bis:",
			"Vergünstigungen: ", "Ausgabe vom", "Keine Rechtsberatung: Lesen Sie das Gesetz.",
		},
		"fr": {
			"NIVEAU", "AVANTAGE", "IL FAUT AUSSI", "LOI", "1 ou 2", "annotation sur le procès-verbal",
			"Lieu:", "Valeur:", "Accompagnateur:", "Remarque:", "Valable dès le:", "Valable jusqu’au:",
			"Avantages: ", "édition du", "Ceci n’est pas un conseil juridique\u00a0: lisez la loi.",
		},
		"sl": {
			"STOPNJA", "UGODNOST", "POTREBNO JE TUDI", "ZAKON", "1 ali 2", "zaznamek v zapisniku",
			"Kraj:", "Vrednost:", "Spremljevalec:", "Opomba:", "Velja od:", "Velja do:", "Ugodnosti: ",
			"izdaja z dne", "To ni pravni nasvet: preberite zakon.",
		},
	} {
		code, out, errs := run(t, nil, "benefits", "-lang", lang, "-catalogue", path)
		require.Equal(t, cli.OK, code, errs)
		for _, text := range want {
			assert.Contains(t, out, text, lang)
		}
	}
}

func TestBenefitsOfAPlace(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rows.txt")
	require.NoError(t, os.WriteFile(path, []byte(busCard), 0o600))
	for _, args := range [][]string{{"-place", "borgo"}, {"borgo", "alto"}, {"VIAGGIO", "tessere"},
		{"ridotto", "autobus"}} {
		code, out, errs := run(t, nil,
			append([]string{"benefits", "-lang", "it", "-catalogue", path}, args...)...)
		require.Equal(t, cli.OK, code, errs)
		assert.Contains(t, out, "\nBenefici: 1 (edizione del ", "%v", args)
		for _, line := range []string{"Luogo:           Borgo Alto\n", "Valore:          viaggi gratuiti\n",
			"Accompagnatore:  biglietto ridotto\n", "Nota:            Solo per residenti.\n"} {
			assert.Contains(t, out, line)
		}
	}
	code, _, errs := run(t, nil, "benefits", "-lang", "it", "-catalogue", path, "-place", "Borgo Basso")
	assert.Equal(t, cli.Failure, code, errs)
}

func TestBenefitsRefuses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rows.txt")
	require.NoError(t, os.WriteFile(path, []byte(strings.Replace(busCard, ">= 67", "=> 67", 1)), 0o600))
	tests := []struct {
		name, want string
		code       int
		args       []string
	}{
		{"language", "-lang", cli.Usage, []string{"-lang", "es"}},
		{"policy", "-policy", cli.Usage, []string{"-policy", "everything"}},
		{"no file", "rows.txtx: il file non esiste", cli.Usage, []string{"-catalogue", path + "x"}},
		{"line and column", path + ": line 11, column 23", cli.Usage, []string{"-catalogue", path}},
		{"nothing found", "nessun beneficio", cli.Failure, []string{"xyzzy"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			code, out, errs := run(t, nil, append([]string{"benefits", "-lang", "it"}, test.args...)...)
			assert.Equal(t, test.code, code)
			assert.Contains(t, errs, test.want)
			assert.Empty(t, out)
		})
	}
}
