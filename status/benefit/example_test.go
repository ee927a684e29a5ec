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
		Outcome: status.Outcome{Degree: status.DegreeOverTwoThirds, Percent: 80, Annotations: status.NoAnnotations()},
	}}, 19800115, 20261101)
	return s
}

// Two questions at both levels. The registry is not complete, so that it never says no.
func Example() {
	s := anna()
	for _, id := range []string{"priority", "ticket_c03", "ticket_c01"} {
		b, _ := benefit.Default().Lookup(id, today)
		first := b.FirstLevel(s.FirstLevel(status.PolicyCategories), nil)
		second := b.SecondLevel(s, nil)
		fmt.Println(b.ID, first.Outcome, second.Outcome)
	}
	s.Complete = true
	b, _ := benefit.Default().Lookup("ticket_c01", today)
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
	b, _ := benefit.Default().Lookup("monthly_allowance", today)
	s := anna()
	fmt.Println(b.SecondLevel(s, nil).Outcome)
	for _, code := range b.Condition.Evidence() {
		words, _ := benefit.Default().Evidence(code)
		fmt.Println(code, "-", words.In(status.English))
	}
	fmt.Println(b.SecondLevel(s, benefit.Evidence{"income_limit": status.Yes}).Outcome)
	// Output:
	// needs_evidence
	// income_limit - Income within the limit of the law
	// satisfied
}

// A listing of what a desk has to ask for.
func ExampleBenefit_Needs() {
	for _, id := range []string{"care_costs", "permits", "reserve_quota", "parking_badge", "home_vote"} {
		b, _ := benefit.Default().Lookup(id, today)
		n := b.Needs(status.PolicyCategories)
		fmt.Println(b.ID, n.Level, n.Annotation, n.Evidence)
	}
	// Output:
	// care_costs first false []
	// permits second false []
	// reserve_quota first_or_second false []
	// parking_badge first_or_second true [walking_certificate]
	// home_vote none false [home_vote_certificate]
}

// A Region replaces a row of the catalogue and adds one of its own.
func ExampleCatalogue_Merge() {
	file := `attesta-benefits 1 2026-11-01

benefit local_transport
  it: Tessera regionale di trasporto
  en: Transport card of the Region
  de: Regionaler Fahrausweis
  fr: Carte régionale de transport
  sl: Deželna prevozna kartica
  law: regional law 1/2026
  checked: 2026-11-01 read
  condition: percent >= 60 or category(blind, deaf)

benefit region.theatre
  it: Teatro a metà prezzo
  en: Theatre at half price
  de: Theater zum halben Preis
  fr: Théâtre à moitié prix
  sl: Gledališče po polovični ceni
  law: decision 12/2026 of the council
  checked: 2026-11-01 read
  condition: category(any)
`
	c, err := benefit.Default().Merge([]byte(file))
	fmt.Println(err, c.Len()-benefit.Default().Len())
	b, _ := c.Lookup("local_transport", today)
	fmt.Println(b.Title.In(status.German), "-", b.Condition)
	// Output:
	// <nil> 1
	// Regionaler Fahrausweis - percent >= 60 or category(blind, deaf)
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
