package benefit_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/benefit"
)

// rich has every field, on top of good.
const rich = good + `
benefit town.pension
  it: Pensione
  law_it: Nessuna legge
  law_de: Kein Gesetz
  checked: 2026-11-02 known
  valid_from: 2026-01-01
  valid_until: 2026-12-31
  condition: class(town.class, town.other) and age >= town.ages or age < 17+6
  other_titles: town.inail = inail percent > 33; town.war
    = war grade 1-3 or service;
    town.age
  payment: yes
  place: Città
  value_it: 100 euro
  value_en: 100 euros
  companion_it: nulla
  note_it: Una nota

benefit town.pension
  it: Pensione
  law: L. 2/2026
  checked: 2026-11-02 read
  valid_from: 2027-01-01
  condition: never

class town.class
  law: L. 3/2026
  checked: 2026-11-03 read
  condition: percent >= 67
    and class(town.other)

class town.other
  law: L. 4/2026
  checked: 2026-11-03 read
  condition: category(blind)

age town.ages
  law: L. 5/2026
  checked: 2026-11-03 known
  ages: 67 until 1959-12-31, 67+1 until 1960-11-30,
    # for all others
    67+3

evidence town.inail
  it: INAIL
  title: inail

evidence town.war
  it: Guerra

evidence payment_resumed
  it: Pagamento ripreso
`

func TestRichFile(t *testing.T) {
	c, err := benefit.Catalogue{}.Merge([]byte(rich))
	require.NoError(t, err)
	require.Equal(t, 3, c.Len())
	b, ok := c.Lookup("town.pension", 20261231)
	require.True(t, ok)
	assert.Equal(t, "Kein Gesetz", b.Law.In(status.German))
	assert.Equal(t, "Nessuna legge", b.Law.In(status.French))
	assert.Equal(t, []any{status.Date(20261102), benefit.Known, status.Date(20260101), status.Date(20261231),
		"Città", true, false},
		[]any{b.Checked, b.Source, b.ValidFrom, b.ValidUntil, b.Place, b.Payment, b.Never})
	assert.Equal(t, "100 euros", b.Value.In(status.English))
	assert.Equal(t, "nulla", b.Companion.In(status.English))
	assert.Equal(t, "Una nota", b.Note.In(status.English))
	var rules []string
	for _, o := range b.OtherTitles() {
		rules = append(rules, o.Code+":"+o.Rule)
	}
	assert.Equal(t, []string{"town.inail:inail percent > 33", "town.war:war grade 1-3 or service",
		"town.age:"}, rules)
	assert.Equal(t, []string{"town.inail", "town.war", "town.age", benefit.PaymentResumed}, b.Evidence())
	assert.Equal(t, "class(town.class, town.other) and age >= town.ages or age < 17+6", b.Condition.String())

	b, ok = c.Lookup("town.pension", 20270101)
	require.True(t, ok)
	assert.True(t, b.Never)
	assert.Empty(t, b.Condition.String())
	_, ok = c.Lookup("town.pension", 20251231)
	assert.False(t, ok)
	assert.Len(t, c.On(20251231), 1)
	assert.Len(t, c.On(20261231), 2)

	var names []string
	for _, term := range c.Terms() {
		names = append(names, term.ID+": "+term.Condition.String()+term.Ages)
	}
	assert.Equal(t, []string{"town.class: percent >= 67 and class(town.other)", "town.other: category(blind)",
		"town.ages: 67 until 1959-12-31, 67+1 until 1960-11-30, 67+3"}, names)
}

func TestRichFileErrors(t *testing.T) {
	for _, c := range []struct {
		name, old, new string
		found          string
		err            benefit.Error
	}{
		{"by nothing", "2026-11-02 known", "2026-11-02", "2026-11-02", benefit.ErrSource},
		{"by hearsay", "2026-11-02 known", "2026-11-02 heard", "2026-11-02 heard", benefit.ErrSource},
		{"first day", "2026-01-01", "2026-1-1", "2026-1-1", benefit.ErrDate},
		{"last before first", "valid_until: 2026-12-31", "valid_until: 2025-12-31", "2025-12-31",
			benefit.ErrPeriod},
		{"two rows for a day", "valid_until: 2026-12-31", "valid_until: 2027-01-01", "town.pension",
			benefit.ErrPeriod},
		{"no end", "  valid_until: 2026-12-31\n", "", "town.pension", benefit.ErrPeriod},
		{"law in two ways", "  law_it: Nessuna legge", "  law: L. 1/1\n  law_it: Nessuna legge", "L. 1/1",
			benefit.ErrRepeated},
		{"note without Italian", "note_it", "note_fr", "note_it", benefit.ErrMissing},
		{"unknown language", "note_it", "note_es", "note_es", benefit.ErrField},
		{"condition of an age", "  ages:", "  condition:", "condition", benefit.ErrField},
		{"class without law", "  law: L. 4/2026\n", "", "law", benefit.ErrMissing},
		{"class without condition", "  condition: category(blind)\n", "", "condition", benefit.ErrMissing},
		{"class twice", "class town.other", "class town.class", "town.class", benefit.ErrRepeated},
		{"unknown class", "class(town.class, town.other)", "class(town.clas, town.other)", "town.clas",
			benefit.ErrUnknown},
		{"age as a class", "class(town.class, town.other)", "class(town.ages, town.other)", "town.ages",
			benefit.ErrUnknown},
		{"class as an age", "age >= town.ages", "age >= town.class", "town.class", benefit.ErrUnknown},
		{"class that asks for itself", "category(blind)\n\nage", "class(town.class)\n\nage", "town.class",
			benefit.ErrCircle},
		{"evidence of a class", "category(blind)\n\nage", "evidence(a)\n\nage", "a", benefit.ErrEvidence},
		{"payment", "payment: yes", "payment: no", "no", benefit.ErrYes},
		{"card", "payment: yes", "card: passport", "passport", benefit.ErrCard},
		{"payment without words", "evidence payment_resumed", "evidence payment_resume", "payment_resumed",
			benefit.ErrEvidence},
		{"title without words", "town.inail =", "town.inal =", "town.inal", benefit.ErrEvidence},
		{"title twice", "    town.age\n  payment", "    town.inail\n  payment", "town.inail",
			benefit.ErrRepeated},
		{"title without a code", "town.inail =", " =", "", benefit.ErrID},
		{"unknown kind", "inail percent > 33", "inal percent > 33", "inal percent > 33", benefit.ErrTitle},
		{"percentage of a war title", "inail percent > 33", "war percent > 33", "war percent > 33",
			benefit.ErrTitle},
		{"grade of an INAIL title", "inail percent > 33", "inail grade 1-3", "inail grade 1-3",
			benefit.ErrTitle},
		{"grade that there is not", "war grade 1-3", "war grade 1-9", "war grade 1-9 or service",
			benefit.ErrTitle},
		{"grades the other way round", "war grade 1-3", "war grade 3-1", "war grade 3-1 or service",
			benefit.ErrTitle},
		{"three words", "war grade 1-3", "war grade 1 3", "war grade 1 3 or service", benefit.ErrTitle},
		{"title of an evidence", "  title: inail", "  title: INAIL", "INAIL", benefit.ErrTitle},
		{"day without an age", "67 until 1959", "until 1959", "until 1959-12-31", benefit.ErrAges},
		{"thirteen months", "67+1 until", "67+13 until", " 67+13 until 1960-11-30", benefit.ErrAges},
		{"born earlier", "1960-11-30", "1950-11-30", " 67+1 until 1950-11-30", benefit.ErrAges},
		{"nobody born later", "\n    67+3\n", "\n    67+3 until 1970-01-01\n", "", benefit.ErrAges},
		{"behind the last", "67 until 1959-12-31", "67", " 67+1 until 1960-11-30", benefit.ErrAges},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.Contains(t, rich, c.old)
			file := strings.Replace(rich, c.old, c.new, 1)
			got, err := benefit.Catalogue{}.Merge([]byte(file))
			var e *benefit.SyntaxError
			require.ErrorAs(t, err, &e)
			assert.Equal(t, c.found, e.Found)
			assert.ErrorIs(t, err, c.err)
			assert.Zero(t, got)
			pointsInto(t, file, err)
		})
	}
}
