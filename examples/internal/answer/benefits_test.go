package answer_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/answer"
	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/benefit"
)

const local = `attesta-benefits 1 2026-11-01

benefit example.bus_card
  it: Tessera dell'autobus
  en: Bus card
  de: Buskarte
  fr: Carte de bus
  sl: Kartica za avtobus
  law: decision 12/2026 of the council
  as_of: 2026-11-01
  condition: percent >= 67
`

func TestGroups(t *testing.T) {
	catalogue, err := benefit.Default().Merge([]byte(local))
	require.NoError(t, err)
	groups := answer.Groups(status.German, catalogue)
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
	assert.Equal(t, []string{"picker.group_services", "picker.group_health", "picker.group_work", "picker.group_money",
		"picker.group_transport", "picker.group_vehicles", "picker.group_bills", "picker.group_rights", "picker.group_own"}, titles)
	assert.Len(t, seen, catalogue.Len())
	assert.Equal(t, []answer.Option{{ID: "example.bus_card", Title: "Buskarte"}}, groups[8].Benefits)
	assert.Empty(t, answer.Groups(status.German, benefit.Catalogue{}))
}

func TestBesideOf(t *testing.T) {
	b := answer.BesideOf(status.English, benefit.Default(), "targeted_employment")
	assert.NotEmpty(t, b.Law)
	assert.Len(t, b.Also, 3)
	assert.Empty(t, answer.BesideOf(status.English, benefit.Default(), "nothing"))
}
