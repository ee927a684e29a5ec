package citizen_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/registry"
	"github.com/qr-invalidita/attesta/examples/issuer/internal/citizen"
	"github.com/qr-invalidita/attesta/status/benefit"
)

// Everybody sees all benefits, by situation and place; what was chosen is in no address.
func TestBenefits(t *testing.T) {
	local, err := benefit.Default().Merge([]byte("attesta-benefits 1 2026-11-01\n\n" +
		"benefit ente.bus\n  it: Tessera dell'autobus\n  law: L.R. 1/2026\n  checked: 2026-11-01 read\n" +
		"  condition: category(any)\n  place: Valdirose\n\n" +
		"benefit ente.tram\n  it: Tessera del tram\n  law: L.R. 2/2026\n  checked: 2026-11-01 read\n" +
		"  condition: category(any)\n  place: Montelago\n"))
	require.NoError(t, err)
	w := newWorld(t, func(p *citizen.Pages) { p.Benefits = local })
	all := w.get("/benefits")
	require.Equal(t, http.StatusOK, all.StatusCode)
	wellFormed(t, "benefits", all.body)
	for _, b := range local.On(w.today()) {
		assert.Contains(t, all.text, b.Title.In("it"))
	}
	assert.Contains(t, all.text, "DPR 633/1972")
	assert.Contains(t, all.text, "Non esiste, anche se molti lo chiedono")
	count := func(a answer) int { return strings.Count(a.body, "<summary>") }
	choices := regexp.MustCompile(`<option value="([a-z0-9_]+)">`).FindAllStringSubmatch(all.body, -1)
	require.Len(t, choices, 13)
	shown := ""
	for _, s := range choices {
		a := w.send("/benefits", "situation", s[1])
		shown += a.text
		assert.Equal(t, http.StatusOK, a.StatusCode)
		wellFormed(t, s[1], a.body)
		assert.Less(t, 10, count(a), s[1])
		assert.Less(t, count(a), count(all), s[1])
	}
	for _, b := range local.On(w.today()) { // also for a child, and from 80
		assert.True(t, b.Never || strings.Contains(shown, b.Title.In("it")), "%s is in no situation", b.ID)
	}
	blind := w.send("/benefits", "situation", "blind_total", "place", "Valdirose")
	german := w.send("/benefits?lang=de", "situation", "blind_total")
	assert.Contains(t, german.body, `value="blind_total" selected`, "another language keeps the choice")
	w.get("/benefits?lang=it")
	assert.Contains(t, blind.text, "Tessera dell'autobus")
	assert.NotContains(t, blind.text, "Tessera del tram")
	assert.Contains(t, blind.text, benefitTitle(t, "guide_dog_irpef"))
	assert.NotContains(t, blind.text, benefitTitle(t, "deaf_pension"))
	assert.NotContains(t, w.send("/benefits", "situation", "from_34").text, benefitTitle(t, "blind_pension"))
	assert.Equal(t, count(all), count(w.send("/benefits", "situation", "x")))
	assert.Empty(t, w.log.String())
}

// section returns the part of a page from one heading to the next.
func section(text, id string) string {
	_, after, _ := strings.Cut(text, `<h2 id="`+id+`">`)
	part, _, _ := strings.Cut(after, "<h2")
	return part
}

// The own answers are those of package benefit, and a delegate without the detail gets those of a desk.
func TestEntitled(t *testing.T) {
	w := newWorld(t)
	mario := w.login("mario")
	page := w.get("/area/benefits")
	wellFormed(t, "entitled", page.body)
	// 74 %: exempt from the ticket; the monthly allowance needs a paper on income; blindness is not known.
	assert.Contains(t, section(page.text, "yes"), benefitTitle(t, "ticket_c03"))
	assert.Contains(t, section(page.text, "yes"), "poi il codice che arriva sul telefono")
	paper := section(page.text, "paper")
	assert.Contains(t, paper, benefitTitle(t, "monthly_allowance"))
	assert.Contains(t, paper, "Reddito o ISEE")
	assert.Contains(t, section(page.text, "maybe"), benefitTitle(t, "blind_pension"))
	assert.NotContains(t, page.text, "I giudizi")
	acts, err := w.Registry.Acts(t.Context(), mario.CF)
	require.NoError(t, err)
	assert.Empty(t, acts, "looking is no act and discloses nothing")

	require.NoError(t, w.Registry.Delegate(t.Context(), registry.Delegation{Guardian: w.people["helene"].CF,
		Ward: mario.CF, Kind: registry.Voluntary, Until: w.today()}))
	w.login("helene")
	w.actFor("Mario Rossi")
	page = w.get("/area/benefits")
	assert.NotContains(t, section(page.text, "yes"), benefitTitle(t, "ticket_c03"))
	assert.Contains(t, section(page.text, "yes"), benefitTitle(t, "museums"))
	assert.Contains(t, section(page.text, "maybe"), "Si vede solo con il codice che la persona riceve")

	w.login("emma")
	assert.Contains(t, w.get("/area/benefits").text, "Questo non è un no")
}

func benefitTitle(t *testing.T, id string) string {
	t.Helper()
	b, ok := benefit.Default().Latest(id)
	require.True(t, ok, id)
	return "<summary>" + b.Title.In("it")
}
