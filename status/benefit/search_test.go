package benefit_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/benefit"
)

func ids(list []benefit.Benefit) []string {
	var out []string
	for _, b := range list {
		out = append(out, b.ID)
	}
	return out
}

// What a desk types first, and the benefits that are at the top of the list.
func TestSearch(t *testing.T) {
	for lang, queries := range map[status.Language]map[string]string{
		status.Italian: {
			"museo": "museums", "MUSEI": "museums", "treno": "carta_blu rail_concession_iii",
			"bus":    "local_transport",
			"sconto": "priority", "fila": "priority", "cinema": "priority", "104": "permits two_year_leave",
			"permessi 104": "permits", "carta per il treno": "carta_blu", "parcheg": "parking_badge",
			"carrozzine": "aids",
			"macchina":   "car_vat", "bolletta luce": "electricity_bonus", "non vedenti": "ticket_c05",
			"università": "university_fees",
			"universita": "university_fees", "universita\u0300": "university_fees",
			"concorso":      "competition_preselection",
			"parking_badge": "parking_badge", "388/2000": "isee_severe",
		},
		status.English: {
			"museum": "museums", "trains": "carta_blu rail_concession_iii", "bus": "local_transport",
			"discounts": "priority",
			"queue":     "priority", "cinema": "priority", "104": "permits two_year_leave",
			"wheelchairs": "aids",
			"parking":     "parking_badge", "hearing aid": "aids",
		},
		status.German: {
			"Museum": "museums", "Zug": "carta_blu rail_concession_iii", "Züge": "carta_blu",
			"zuge": "carta_blu",
			"Bus":  "local_transport", "Rabatt": "priority", "Schlange": "priority", "Kino": "priority",
			"104": "permits two_year_leave", "Ausweis": "ced parking_badge", "Straßenbahn": "local_transport",
			"strassenbahn": "local_transport", "Hörgeräte": "aids",
		},
		status.French: {
			"musée": "museums", "musees": "museums", "train": "carta_blu rail_concession_iii",
			"bus":       "local_transport",
			"réduction": "priority", "file": "priority", "cinéma": "priority",
			"104":      "permits two_year_leave",
			"fauteuil": "aids", "stationnement": "parking_badge",
		},
		status.Slovene: {
			"muzej": "museums", "muzeji": "museums", "vlak": "carta_blu rail_concession_iii",
			"vlakom":  "carta_blu",
			"avtobus": "local_transport", "popust": "priority", "vrsta": "priority", "kino": "priority",
			"104": "permits two_year_leave", "parkiranje": "parking_badge", "sola": "school_support",
		},
	} {
		assert.GreaterOrEqual(t, len(queries), 8)
		for query, want := range queries {
			found := ids(benefit.Default().Search(lang, query, today))
			for _, id := range strings.Fields(want) {
				assert.Contains(t, found[:min(5, len(found))], id, "%s %s", lang, query)
			}
			assert.Less(t, len(found), 30, "%s %s", lang, query)
		}
	}
	all := benefit.Default().On(today)
	assert.Equal(t, all, benefit.Default().Search(status.Italian, " ", today))
	assert.Empty(t, benefit.Default().Search(status.Italian, "xyzzy", today))
	assert.Empty(t, benefit.Catalogue{}.Search(status.Italian, "museo", today))
}

// Each benefit has words that its title does not have, in each language.
func TestSearchWordsAreComplete(t *testing.T) {
	c := benefit.Default()
	for _, b := range c.All() {
		for _, lang := range status.Languages() {
			words, _ := c.Words(b, lang)
			bare, _ := benefit.Catalogue{}.Words(b, lang)
			assert.Greater(t, len(words), len(bare)+5, "%s in %s", b.ID, lang)
		}
	}
}

func TestSearchRowsOfAFile(t *testing.T) {
	const head = "attesta-benefits 1 2026-11-01\n"
	c, err := benefit.Default().Merge([]byte(head + `search museum
  it: pinacoteca
  benefits: museums, priority
search x.dance
  it: ballo
  benefits: priority
`))
	require.NoError(t, err)
	assert.Equal(t, []string{"museums", "priority"}, ids(c.Search(status.Italian, "pinacoteca", today)))
	assert.Equal(t, []string{"priority"}, ids(c.Search(status.French, "ballo", today)), "fallback")
	assert.Empty(t, c.Search(status.Italian, "castello", today), "replaced")
	const good = "search x\n  it: a\n  benefits: museums\n"
	for text, want := range map[string]benefit.Error{
		"search x\n  it: a\n  benefits: museums, nothing\n": benefit.ErrUnknown,
		"search x\n  it: a\n":                               benefit.ErrMissing,
		"search x\n  benefits: museums\n":                   benefit.ErrMissing,
		good + good:                                         benefit.ErrRepeated,
		good + "  law: L. 1/2026\n":                         benefit.ErrField,
	} {
		_, err := benefit.Default().Merge([]byte(head + text))
		require.ErrorIs(t, err, want, text)
	}
}
