package benefit_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/benefit"
)

//revive:disable:line-length-limit the lines of the page, with the quotes that Go needs in between
const lawHead = `# The law of each benefit

This page is made from the catalogue of package status/benefit by ` + "`go test ./status/benefit -update`" + `; do not
edit it. It is for people who compare the rows with the law. Each row says when somebody last did so, and with what: *read*
is the text of the law or a summary by an authority, *known* is general knowledge. It is not legal advice.

A condition is met by judgements in force, suspended ones included:

- ` + "`percent`" + ` is the percentage of civil invalidity, with the operator of the law: "over 45" is ` + "`> 45`" + `; ` + "`age`" + ` the age in years, or
  in years and months as in ` + "`67+1`" + `;
- ` + "`category`" + ` is one of the six of the first level, ` + "`subkind`" + ` partial or total blindness, congenital or acquired deafness, or
  art. 3 c. 1 or c. 3 of L. 104/1992;
- ` + "`degree`" + ` is a judgement of exactly this degree, ` + "`recognised`" + ` any in this domain, ` + "`annotation`" + ` one of art. 4 DL 5/2012;
- ` + "`evidence`" + ` is a paper that the desk has seen, ` + "`class`" + ` one of the conditions at the end of this page, ` + "`at_18`" + ` what DL 90/2014
  art. 25 gives to people who have turned 18.

If the registry misses nothing and the condition is not met, the answer is "no" only if the desk has said no to each of the
other titles. A payment by the State that a suspension holds back needs a paper that says that it goes on.

*Card in a wallet* says that the attendance allowance on a European Disability Card suffices, and what the desk compares with
the person: [wallet.md](wallet.md). For the other rows no card does.

`

//revive:enable:line-length-limit

// law writes the catalogue as a page.
func law(c benefit.Catalogue) string {
	var out strings.Builder
	out.WriteString(lawHead)
	ids := map[string]bool{}
	for _, b := range c.All() {
		ids[b.ID] = true
	}
	fmt.Fprintf(&out, "%d benefits in %d rows, edition of %s.\n", len(ids), c.Len(), c.Edition())
	for _, b := range c.All() {
		fmt.Fprintf(&out, "\n## %s\n\n%s / %s\n\n", b.ID, b.Title.In(status.Italian),
			b.Title.In(status.English))
		line := func(name, text string) {
			if text != "" {
				fmt.Fprintf(&out, "- %s: %s\n", name, text)
			}
		}
		line("law", b.Law.In(status.Italian))
		line("condition", code(asked(b)))
		for _, e := range b.Condition.Evidence() {
			line("evidence "+code(e), words(c, e)+inRegistry(b, e))
		}
		for _, o := range b.OtherTitles() {
			line("other title "+code(o.Code), words(c, o.Code)+inRegistry(b, o.Code))
		}
		if b.Payment {
			line("payment", "held back by a suspension")
		}
		line("card in a wallet", string(b.Card))
		for _, e := range b.Unchecked() {
			line("not looked at", words(c, e))
		}
		line("value", b.Value.In(status.Italian))
		line("companion", b.Companion.In(status.Italian))
		line("note", b.Note.In(status.Italian))
		line("valid", period(b))
		line("checked", fmt.Sprintf("%s, %s", b.Checked, b.Source))
	}
	out.WriteString("\n## Classes and ages\n")
	for _, term := range c.Terms() {
		asks := term.Condition.String() + term.Ages
		fmt.Fprintf(&out, "\n### %s\n\n- law: %s\n- is: %s\n- checked: %s, %s\n",
			term.ID, term.Law.In(status.Italian), code(asks), term.Checked, term.Source)
	}
	return out.String()
}

func code(s string) string { return "`" + s + "`" }

// inRegistry returns the titles of a registry that the evidence covers.
func inRegistry(b benefit.Benefit, e string) string {
	if rule := b.Rule(e); rule != "" {
		return "; in a registry " + code(rule)
	}
	return ""
}

func words(c benefit.Catalogue, code string) string {
	text, _ := c.Evidence(code)
	return text.In(status.Italian)
}

func period(b benefit.Benefit) string {
	var parts []string
	if b.ValidFrom != 0 {
		parts = append(parts, "from "+b.ValidFrom.String())
	}
	if b.ValidUntil != 0 {
		parts = append(parts, "until "+b.ValidUntil.String())
	}
	return strings.Join(parts, " ")
}

// The page for lawyers agrees with the catalogue.
func TestLawPage(t *testing.T) {
	const page = "../../docs/law.md"
	want := law(benefit.Default())
	if *update {
		require.NoError(t, os.WriteFile(page, []byte(want), 0o644))
	}
	got, err := os.ReadFile(page)
	require.NoError(t, err)
	assert.True(t, want == string(got),
		"docs/law.md is not that of the catalogue: go test ./status/benefit -update")
	for _, b := range benefit.Default().All() {
		assert.Contains(t, want, "\n## "+b.ID+"\n")
	}
}
