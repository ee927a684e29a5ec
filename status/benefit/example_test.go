package benefit_test

import (
	"errors"
	"fmt"

	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/benefit"
)

// anna was judged invalid at 80 %, on a verbale that denies the requirements of art. 4 DL
// 5/2012.
func anna() status.Status {
	s, _ := status.Current([]status.Verbale{{
		ID: "V1", Domain: status.CivilInvalidity, Kind: status.KindFirst,
		Decision: 20240510, Effect: 20240510, Definitive: true,
		Outcome: status.Outcome{Degree: status.DegreeOverTwoThirds, Percent: 80,
			Annotations: status.NoAnnotations()},
	}}, 19800115, 20261101)
	return s
}

// Two questions at both levels. The registry is not complete, so it never says no.
func Example() {
	s := anna()
	for _, id := range []string{"priority", "ticket_c03", "ticket_c01"} {
		b, _ := benefit.Default().Lookup(id, 20261101)
		first := b.FirstLevel(s.FirstLevel(status.PolicyCategories), nil)
		second := b.SecondLevel(s, nil)
		fmt.Println(b.ID, first.Outcome, second.Outcome)
	}
	s.Complete = true
	b, _ := benefit.Default().Lookup("ticket_c01", 20261101)
	d := b.SecondLevel(s, nil)
	fmt.Println(b.ID, d.Outcome, "by", d.Clause)
	fmt.Println(d)
	// Output:
	// priority satisfied satisfied
	// ticket_c03 needs_second_level satisfied
	// ticket_c01 needs_second_level cannot_tell
	// ticket_c01 not_satisfied by percent = 100
	// [health data]
}

// The desk adds what it has seen beside the status.
func ExampleEvidence() {
	b, _ := benefit.Default().Lookup("monthly_allowance", 20261101)
	s := anna()
	fmt.Println(b.SecondLevel(s, nil).Outcome)
	for _, code := range b.SecondLevel(s, nil).Needs {
		words, _ := benefit.Default().Evidence(code)
		fmt.Println(code, "-", words.In(status.English))
	}
	fmt.Println(b.SecondLevel(s, benefit.Evidence{"income_limit": status.Yes}).Outcome)
	// Output:
	// needs_evidence
	// income_limit - Income or ISEE within the limit of the law
	// satisfied
}

// A list of what a desk has to ask for.
func ExampleBenefit_Needs() {
	for _, id := range []string{"care_costs", "permits", "reserve_quota", "parking_badge", "home_vote"} {
		b, _ := benefit.Default().Lookup(id, 20261101)
		n := b.Needs(status.PolicyCategories)
		fmt.Println(b.ID, n.Level, n.Annotation, n.Evidence)
	}
	// Output:
	// care_costs first_or_second false [disability_other_commission]
	// permits second false []
	// reserve_quota first_or_second false [inail_over_33]
	// parking_badge first_or_second true [walking_certificate]
	// home_vote none false [home_vote_certificate]
}

// A Region replaces a row of the catalogue and adds one of its own.
func ExampleCatalogue_Merge() {
	file := `attesta-benefits 1 2026-11-01

benefit local_transport
  it: Tessera regionale di trasporto
  de: Regionaler Fahrausweis
  law: L.R. 1/2026
  checked: 2026-11-01 read
  condition: percent >= 60 or category(blind, deaf)

benefit region.theatre
  it: Teatro a metà prezzo
  law_it: Delibera 12/2026 della Giunta
  checked: 2026-11-01 read
  valid_from: 2027-01-01
  condition: category(any)
  other_titles: region.inail = inail percent > 33
  place: Valdirose
  companion_it: ingresso gratuito

evidence region.inail
  it: Invalidità del lavoro oltre il 33%
`
	c, err := benefit.Default().Merge([]byte(file))
	fmt.Println(err, c.Len()-benefit.Default().Len())
	b, _ := c.Lookup("local_transport", 20261101)
	fmt.Println(b.Title.In(status.German), "-", b.Condition)
	_, ok := c.Lookup("region.theatre", 20261231)
	b, _ = c.Lookup("region.theatre", 20270101)
	fmt.Println(ok, b.Title.In(status.German), b.Place, b.Companion.In(status.Italian),
		b.OtherTitles()[0].Rule)
	// Output:
	// <nil> 1
	// Regionaler Fahrausweis - percent >= 60 or category(blind, deaf)
	// false Teatro a metà prezzo Valdirose ingresso gratuito inail percent > 33
}

func ExampleParseCondition() {
	c, err := benefit.ParseCondition("(percent>45 or category( deaf )) and not age>=67")
	fmt.Println(c, err)

	_, err = benefit.ParseCondition("percent > 45\n  or category(deafness)")
	fmt.Println(err)
	var where *benefit.SyntaxError
	fmt.Println(errors.As(err, &where), where.Line, where.Column, errors.Is(err, benefit.ErrUnknown))
	// Output:
	// (percent > 45 or category(deaf)) and not age >= 67 <nil>
	// line 2, column 15: "deafness" is not a known code
	// true 2 15 true
}
