package answer_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/benefit"
	"github.com/qr-invalidita/attesta/verifier/page/answer"
)

const local = `attesta-benefits 1 2026-11-01

benefit example.bus_card
  it: Tessera dell'autobus
  en: Bus card
  de: Buskarte
  fr: Carte de bus
  sl: Kartica za avtobus
  law_it: Delibera 12/2026 della Giunta
  checked: 2026-11-01 read
  place: Borgo Alto
  value_it: viaggi gratuiti
  value_en: free travel
  companion_it: viaggi gratuiti
  condition: percent >= 67
`

const day status.Date = 20261115

func TestGroups(t *testing.T) {
	catalogue, err := benefit.Default().Merge([]byte(local))
	require.NoError(t, err)
	groups := answer.Groups(status.German, catalogue, day)
	var titles []string
	seen := map[string]bool{}
	for _, g := range groups {
		titles = append(titles, g.Title)
		assert.NotEmpty(t, g.Benefits, g.Title)
		for _, b := range g.Benefits {
			assert.False(t, seen[b.ID], b.ID)
			seen[b.ID] = true
			assert.NotEmpty(t, b.Title)
		}
	}
	assert.Equal(
		t,
		[]string{"picker.group_services", "picker.group_health", "picker.group_work", "picker.group_money",
			"picker.group_transport", "picker.group_vehicles", "picker.group_bills", "picker.group_rights",
			"picker.group_own"},
		titles,
	)
	assert.Len(t, seen, len(catalogue.On(day)))
	assert.Equal(
		t,
		[]answer.Option{{ID: "example.bus_card", Title: "Buskarte (Borgo Alto)",
			Words: "example bus card buskarte borgo alto viaggi gratuiti",
			Law:   "delibera 12 2026 della giunta"}},
		groups[8].Benefits,
	)
	assert.Empty(t, answer.Groups(status.German, benefit.Catalogue{}, day))
}

func TestBesideOf(t *testing.T) {
	b := answer.BesideOf(status.English, benefit.Default(), "targeted_employment", day)
	assert.Equal(t, "it", b.Law.Lang, "a citation is Italian")
	assert.NotEmpty(t, b.Law.Text)
	for _, also := range b.Also {
		assert.Equal(t, "en", also.Lang)
	}
	assert.Len(t, b.Also, 6)
	catalogue, err := benefit.Default().Merge([]byte(local))
	require.NoError(t, err)
	b = answer.BesideOf(status.English, catalogue, "example.bus_card", day)
	assert.Equal(t, answer.Said{Text: "free travel", Lang: "en"}, b.Value)
	assert.Equal(t, answer.Said{Text: "viaggi gratuiti", Lang: "it"}, b.Companion)
	assert.Zero(t, b.Note)
	assert.Empty(t, answer.BesideOf(status.English, benefit.Default(), "nothing", day))
}
