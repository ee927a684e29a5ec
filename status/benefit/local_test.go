package benefit_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/benefit"
)

// A file of local and private benefits: a Region, a chain of museums, a cinema.
func TestLocalFile(t *testing.T) {
	file, err := os.ReadFile("testdata/local.txt")
	require.NoError(t, err)
	c, err := benefit.Default().Merge(file)
	require.NoError(t, err)
	local := slices.DeleteFunc(c.All(), func(b benefit.Benefit) bool { return b.Place == "" })
	require.NotEmpty(t, local)
	assert.Equal(t, benefit.Default().Len()+len(local), c.Len())
	for _, b := range local {
		assert.Contains(t, b.ID, ".")
		assert.False(t, b.Value.IsZero() && b.Companion.IsZero(), "%s says what there is", b.ID)
		for _, lang := range status.Languages() {
			assert.NotEmpty(t, b.Title.In(lang), b.ID)
			assert.NotEmpty(t, b.Law.In(lang), b.ID)
		}
		s := person(t, "ic_total_walking 100, law_104_c3, blind_total, deaf_congenital, no_annotations")
		s.At = max(b.ValidFrom, today)
		if b.ValidUntil != 0 {
			s.At = min(s.At, b.ValidUntil)
		}
		found, ok := c.Lookup(b.ID, s.At)
		require.True(t, ok, b.ID)
		all := benefit.Evidence{}
		for _, code := range found.Evidence() {
			all[code] = status.Yes
		}
		assert.Equal(t, benefit.Satisfied, found.SecondLevel(s, all).Outcome, b.ID)
		checkLevels(t, found, s, nil)
	}
	changes := func(id string) (list []string) {
		for _, b := range c.All() {
			if b.ID == id {
				list = append(list, strings.Join([]string{b.ValidFrom.String(), b.Value.In("")}, " "))
			}
		}
		return list
	}
	assert.Equal(t, []string{"2026-01-01 biglietto ridotto a 5 euro",
		"2027-01-01 biglietto ridotto a 6 euro"}, changes("cinemaluna.companion"))
	b, ok := c.Latest("cinemaluna.companion")
	assert.True(t, ok)
	assert.Equal(t, status.Date(20270101), b.ValidFrom)
	_, ok = c.Latest("cinemaluna.cinema")
	assert.False(t, ok)
}
