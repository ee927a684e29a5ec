package benefit_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/benefit"
)

var update = flag.Bool("update", false, "write testdata/catalogue.golden and docs/law.md")

var (
	placeholder = regexp.MustCompile(`(?i)todo|fixme|xxx|tbd|\?\?|lorem|[{}<>_|]|\.\.\.|  `)
	citation    = regexp.MustCompile(
		`(L\.|DL|D\.Lgs\.|DPR|RD|circ\.|msg|messaggio|Ris\.|AGCOM|Reg\.) .*[0-9]+/[A-Z]?/?[0-9]{2,4}|(DM` +
			`|DPCM) [0-9.]+`)
)

func TestEveryRowIsComplete(t *testing.T) {
	c := benefit.Default()
	require.GreaterOrEqual(t, c.Len(), 75)
	used := map[string]bool{}
	for _, b := range c.All() {
		checkText(t, b.ID, b.Title)
		assert.NotContains(t, b.ID, ".", "a dot is for the rows of embedders")
		checkLaw(t, b.ID, b.Law)
		assert.True(t, b.Checked.Valid(), b.ID)
		assert.Contains(t, []benefit.Source{benefit.Read, benefit.Known}, b.Source, b.ID)
		assert.Empty(t, b.Place, "%s: local rows are in files of their own", b.ID)
		for _, text := range []benefit.Text{b.Value, b.Companion, b.Note} {
			if !text.IsZero() {
				checkText(t, b.ID, text)
			}
		}
		if !b.Never {
			again, err := benefit.ParseCondition(b.Condition.String())
			require.NoError(t, err, b.ID)
			assert.Equal(t, b.Condition, again, b.ID)
		}
		for _, code := range slices.Concat(b.Accepts(), b.Unchecked()) {
			words, ok := c.Evidence(code)
			assert.True(t, ok, code)
			checkText(t, code, words)
			used[code] = true
		}
		found, ok := c.Lookup(b.ID, max(b.ValidFrom, today))
		assert.True(t, ok || b.ValidUntil != 0)
		if !found.ValidFrom.Valid() && !b.ValidFrom.Valid() {
			assert.Equal(t, b.Title, found.Title)
		}
	}
	for _, term := range c.Terms() {
		checkLaw(t, term.ID, term.Law)
		for _, code := range term.Condition.Evidence() {
			used[code] = true
		}
	}
	files, err := filepath.Glob("catalogue/*.txt")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, name := range files {
		file, err := os.ReadFile(name)
		require.NoError(t, err)
		for line := range strings.Lines(string(file)) {
			if code, ok := strings.CutPrefix(line, "evidence "); ok {
				assert.True(t, used[strings.TrimSpace(code)], "no benefit asks for %s", code)
			}
		}
	}
}

func checkText(t *testing.T, id string, text benefit.Text) {
	assert.Equal(t, status.Languages(), text.Languages(), id)
	seen := map[string]bool{}
	for _, lang := range status.Languages() {
		words := text.In(lang)
		assert.NotEmpty(t, words, "%s in %s", id, lang)
		assert.NotRegexp(t, placeholder, words, "%s in %s", id, lang)
		assert.False(t, seen[words], "%s has the same words in two languages", id)
		seen[words] = true
	}
}

// checkLaw requires a citation or, if there is no law, a sentence in five languages.
func checkLaw(t *testing.T, id string, law benefit.Text) {
	if len(law.Languages()) > 1 {
		checkText(t, id, law)
		return
	}
	assert.Regexp(t, citation, law.In(status.Italian), id)
}

func TestTextFallsBackToItalian(t *testing.T) {
	c, err := benefit.Catalogue{}.Merge([]byte(`attesta-benefits 1 2026-11-01
benefit town.bus
  it: Autobus
  de: Bus
  law: L. 1/2026
  checked: 2026-11-01 read
  condition: percent >= 67
`))
	require.NoError(t, err)
	b, _ := c.Lookup("town.bus", today)
	assert.Equal(t, []status.Language{status.Italian, status.German}, b.Title.Languages())
	for lang, want := range map[status.Language]string{"it": "Autobus", "de": "Bus", "en": "Autobus",
		"es": "Autobus", "": "Autobus"} {
		assert.Equal(t, want, b.Title.In(lang), lang)
	}
	assert.Empty(t, benefit.Text{}.In(status.Italian))
	assert.True(t, b.Note.IsZero())
}

// On each of these days each benefit occurs once, and only rows for a period change the
// catalogue.
func TestDaysOfTheCatalogue(t *testing.T) {
	c := benefit.Default()
	for _, day := range []status.Date{20261231, 20270101, 20280101} {
		seen := map[string]bool{}
		for _, b := range c.On(day) {
			assert.False(t, seen[b.ID], "%s twice on %s", b.ID, day)
			seen[b.ID] = true
			found, ok := c.Lookup(b.ID, day)
			assert.True(t, ok)
			assert.Equal(t, b, found)
			assert.True(t, b.ValidOn(day))
			for _, words := range []string{"nothing", "complete, nothing", "ic_total_walking 100, law_104_c3",
				"complete, blind_total"} {
				s := person(t, words)
				s.At = day
				checkLevels(t, b, s, nil)
			}
		}
		for _, b := range c.All() {
			if !b.ValidOn(day) {
				s := person(t, "complete, ic_total_walking 100")
				s.At = day
				want := benefit.CannotTell
				if b.Never {
					want = benefit.NotSatisfied
				}
				assert.Equal(t, want, b.SecondLevel(s, nil).Outcome, "%s is not for %s", b.ID, day)
			}
		}
	}
}

// The golden file shows how a change of the catalogue or of the first level affects a desk. A
// published benefit is never removed, because a configuration may contain its identifier.
func TestGolden(t *testing.T) {
	var out strings.Builder
	for _, b := range benefit.Default().All() {
		fmt.Fprintf(&out, "%s\n  %s\n", b.ID, asked(b))
		for _, p := range []status.Policy{status.PolicyAny, status.PolicyCategories, status.PolicySubKinds} {
			n := b.Needs(p)
			fmt.Fprintf(&out, "  %-10s %-15s annotation %-5t evidence %v unchecked %v\n",
				p, n.Level, n.Annotation, n.Evidence, b.Unchecked())
		}
		for _, title := range b.OtherTitles() {
			fmt.Fprintf(&out, "  or %s\n", strings.TrimSuffix(title.Code+" = "+title.Rule, " = "))
		}
	}
	const golden = "testdata/catalogue.golden"
	if *update {
		require.NoError(t, os.WriteFile(golden, []byte(out.String()), 0o644))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	assert.Equal(t, string(want), out.String())
}

// asked returns the condition, or the text in its place.
func asked(b benefit.Benefit) string {
	if b.Never {
		return "never"
	}
	return b.Condition.String()
}

// go doc lists the benefits, in the order of the catalogue.
func TestDefaultNamesItsBenefits(t *testing.T) {
	text, err := os.ReadFile("catalogue.go")
	require.NoError(t, err)
	doc, _, ok := strings.Cut(string(text), "\nfunc Default(")
	require.True(t, ok)
	doc = doc[strings.LastIndex(doc, "Its benefits are:"):]
	var got, want []string
	for _, word := range strings.Fields(strings.ReplaceAll(doc, "//", "")) {
		if b, ok := benefit.Default().Latest(strings.TrimSuffix(word, ",")); ok {
			got = append(got, b.ID)
		}
	}
	for _, b := range benefit.Default().All() {
		if !slices.Contains(want, b.ID) {
			want = append(want, b.ID)
		}
	}
	assert.Equal(t, want, got)
}

func TestNeedsOfPolicies(t *testing.T) {
	b, _ := benefit.Default().Lookup("permits", today)
	assert.Equal(t, b.Needs(status.PolicyCategories), b.Needs(""))
	assert.Equal(t, b.Needs(status.PolicyAny), b.Needs("everything"))
	assert.Equal(t, benefit.LevelFirst, b.Needs(status.PolicySubKinds).Level)
	assert.Equal(t, benefit.Needs{Level: benefit.LevelNone}, benefit.Benefit{}.Needs(""))
}

const overlay = `attesta-benefits 1 2027-01-15

benefit ticket_c03
  it: A
  en: B
  de: C
  fr: D
  sl: E
  law: L. 1/2027
  checked: 2027-01-10 read
  condition: percent >= 60 and evidence(income_limit)

benefit region.bus
  it: A
  en: B
  de: C
  fr: D
  sl: E
  law: L.R. 1/2027
  checked: 2027-01-11 known
  # the limit is that of the Region
  condition:
    percent >= 67
    # and where people live
    and evidence(region.resident)
  unchecked: region.resident, provider_conditions

evidence region.resident
  it: A
  en: B
  de: C
  fr: D
  sl: E
`

func TestMerge(t *testing.T) {
	base := benefit.Default()
	before := base.All()
	c, err := base.Merge([]byte(overlay))
	require.NoError(t, err)

	assert.Equal(t, status.Date(20270115), c.Edition())
	assert.Equal(t, base.Len()+1, c.Len())
	all := c.All()
	for i, b := range before {
		if b.ID != "ticket_c03" {
			assert.Equal(t, b, all[i], "a row that the file does not have stays")
			continue
		}
		assert.Equal(t, "percent >= 60 and evidence(income_limit)", all[i].Condition.String(),
			"replaced in its place")
		assert.Equal(t, status.Date(20270110), all[i].Checked)
	}
	added := all[len(all)-1]
	assert.Equal(t, "region.bus", added.ID)
	assert.Equal(t, "L.R. 1/2027", added.Law.In(status.German))
	assert.Equal(t, benefit.Known, added.Source)
	assert.Equal(t, status.Languages(), added.Title.Languages())
	assert.Equal(t, "C", added.Title.In(status.German))
	assert.Equal(t, []string{"region.resident", "provider_conditions"}, added.Unchecked())
	assert.Equal(t, []string{"region.resident"}, added.Condition.Evidence())
	words, ok := c.Evidence("region.resident")
	assert.True(t, ok)
	assert.Equal(t, "B", words.In(status.English))

	assert.Equal(t, before, base.All(), "the catalogue below stays as it was")
	_, ok = base.Lookup("region.bus", today)
	assert.False(t, ok)
	_, ok = base.Evidence("region.resident")
	assert.False(t, ok)
	again, err := c.Merge([]byte(overlay))
	require.NoError(t, err)
	assert.Equal(t, c.All(), again.All(), "twice is once")
	old, err := c.Merge([]byte("attesta-benefits 1 2020-01-01\n"))
	require.NoError(t, err)
	assert.Equal(t, c.Edition(), old.Edition(), "an older file does not make it older")
}

func TestCatalogueIsImmutable(t *testing.T) {
	c := benefit.Default()
	before := fmt.Sprintf("%+v", c.All())
	for i, b := range c.All() {
		for _, list := range [][]string{b.Unchecked(), b.Evidence(), b.Accepts(), b.Condition.Evidence(),
			b.Needs("").Evidence} {
			for k := range list {
				list[k] = "forged"
			}
		}
		titles := b.OtherTitles()
		for k := range titles {
			titles[k] = benefit.OtherTitle{}
		}
		c.All()[i] = benefit.Benefit{ID: "forged"}
	}
	for i := range c.Terms() {
		c.Terms()[i] = benefit.Term{}
	}
	assert.Equal(t, before, fmt.Sprintf("%+v", c.All()))
	assert.NotEmpty(t, c.Terms()[0].ID)
}

func TestZeroValues(t *testing.T) {
	var c benefit.Catalogue
	assert.Zero(t, c.Len())
	assert.Empty(t, c.All())
	assert.Zero(t, c.Edition())
	_, ok := c.Lookup("museums", today)
	assert.False(t, ok)
	_, ok = c.Evidence("income_limit")
	assert.False(t, ok)

	var b benefit.Benefit
	assert.Equal(t, benefit.Decision{Outcome: benefit.CannotTell},
		b.SecondLevel(status.Status{Complete: true}, nil))
	assert.Equal(t, benefit.Decision{Outcome: benefit.CannotTell},
		b.FirstLevel(status.Status{Complete: true}.FirstLevel(""), nil))
	assert.Empty(t, b.Condition.String())
	assert.Empty(t, b.Condition.Evidence())
	assert.Empty(t, b.Unchecked())

	// The zero first level and the zero status cannot tell, whatever the benefit.
	for _, b := range benefit.Default().All() {
		if b.Never {
			continue
		}
		assert.Equal(t, benefit.CannotTell, b.FirstLevel(status.FirstLevel{}, nil).Outcome, b.ID)
		assert.Contains(t, []benefit.Outcome{benefit.CannotTell, benefit.NeedsEvidence},
			b.SecondLevel(status.Status{}, nil).Outcome, b.ID)
	}
}
