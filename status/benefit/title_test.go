package benefit_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/benefit"
)

// The effect of another title on an answer at the second level, and what the desk has to ask for.
func TestOtherTitles(t *testing.T) {
	const titles = "  other_titles: x.a = inail percent > 33; x.b = war grade 1-3 or service grade 1-3\n"
	const yes, no = status.Yes, status.No
	for _, c := range []struct {
		name, person string
		seen         benefit.Evidence
		want         benefit.Outcome
		needs        []string
	}{
		{"nothing seen", "complete, refused civil_invalidity 20", nil,
			benefit.NeedsEvidence, []string{"x.a", "x.b"}},
		{"one seen", "complete, refused civil_invalidity 20", benefit.Evidence{"x.a": no},
			benefit.NeedsEvidence, []string{"x.b"}},
		{"no to each", "complete, nothing", benefit.Evidence{"x.a": no, "x.b": no}, benefit.NotSatisfied,
			nil},
		{"yes to one", "complete, nothing", benefit.Evidence{"x.a": no, "x.b": yes}, benefit.Satisfied, nil},
		{"the condition suffices", "ic_over_two_thirds 80", benefit.Evidence{"x.a": no, "x.b": no},
			benefit.Satisfied, nil},

		{"a registry that may miss something", "refused civil_invalidity 20", nil, benefit.CannotTell, nil},
		{"the same, no to each", "refused civil_invalidity 20", benefit.Evidence{"x.a": no, "x.b": no},
			benefit.CannotTell, nil},
		{"the same, yes to one", "refused civil_invalidity 20", benefit.Evidence{"x.a": yes},
			benefit.Satisfied, nil},
		{"the same, one held", "refused civil_invalidity 20, title war grade 3", nil, benefit.Satisfied, nil},
		{"the same, others held", "refused civil_invalidity 20, title inail 33, title war grade 4", nil,
			benefit.CannotTell, nil},
		{"undecided", "complete, applied 2026-06-01", nil, benefit.CannotTell, nil},

		{"held, above the limit", "complete, nothing, title inail 34", nil, benefit.Satisfied, nil},
		{"held wins over the desk's no", "complete, nothing, title inail 34", benefit.Evidence{"x.a": no},
			benefit.Satisfied, nil},
		{"held, at the limit", "complete, nothing, title inail 33", nil, benefit.NeedsEvidence,
			[]string{"x.b"}},
		{"held wins over the desk's yes", "complete, nothing, title inail 33", benefit.Evidence{"x.a": yes,
			"x.b": no}, benefit.NotSatisfied, nil},
		{"held without a percentage", "complete, nothing, title inail", nil,
			benefit.NeedsEvidence, []string{"x.a", "x.b"}},
		{"the same, and the desk says yes", "complete, nothing, title inail", benefit.Evidence{"x.a": yes},
			benefit.Satisfied, nil},
		{"two of a kind, one without a percentage", "complete, nothing, title inail 20, title inail", nil,
			benefit.NeedsEvidence, []string{"x.a", "x.b"}},
		{"two of a kind", "complete, nothing, title inail 20, title inail 50", nil, benefit.Satisfied, nil},
		{"held, third category", "complete, nothing, title service grade 3", nil, benefit.Satisfied, nil},
		{"held, fourth category of one kind of two", "complete, nothing, title war grade 4", nil,
			benefit.NeedsEvidence, []string{"x.a", "x.b"}},
		{"held, fourth category of both", "complete, nothing, title war grade 4, title service grade 4", nil,
			benefit.NeedsEvidence, []string{"x.a"}},
		{"held, of an unknown kind", "complete, nothing, title unknown", nil,
			benefit.NeedsEvidence, []string{"x.a", "x.b"}},
		{"the same beside one that rules it out", "complete, nothing, title unknown, title inail 20", nil,
			benefit.NeedsEvidence, []string{"x.a", "x.b"}},
		{"held, of a kind that the law does not name", "complete, nothing, title l222 grade 1",
			benefit.Evidence{"x.a": no, "x.b": no}, benefit.NotSatisfied, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			b, s := madeUp(t, "  condition: percent >= 74\n"+titles), person(t, c.person)
			d := b.SecondLevel(s, c.seen)
			assert.Equal(t, c.want, d.Outcome)
			assert.Equal(t, c.needs, d.Needs)
			checkLevels(t, b, s, c.seen)
		})
	}
}

// The first level does not know the titles of a registry.
func TestOtherTitlesAtTheFirstLevel(t *testing.T) {
	for _, c := range []struct {
		name, titles, person string
		seen                 benefit.Evidence
		want                 benefit.Outcome
	}{
		{"a registry may hold it", "x.a = inail percent > 33", "complete, law_104_c1", nil,
			benefit.NeedsSecondLevel},
		{"whatever the desk has seen", "x.a = inail percent > 33", "complete, law_104_c1",
			benefit.Evidence{"x.a": status.Yes}, benefit.NeedsSecondLevel},
		{"no registry holds it", "x.a", "complete, law_104_c1", nil, benefit.NeedsEvidence},
		{"no registry holds it, the desk does not either", "x.a", "complete, law_104_c1",
			benefit.Evidence{"x.a": status.No}, benefit.NotSatisfied},
		{"no registry holds it, the desk does", "x.a", "law_104_c1", benefit.Evidence{"x.a": status.Yes},
			benefit.Satisfied},
		{"the condition suffices", "x.a = inail percent > 33", "deaf", nil, benefit.Satisfied},
		{"a registry that may miss something", "x.a", "refused deafness", nil, benefit.CannotTell},
	} {
		t.Run(c.name, func(t *testing.T) {
			b, s := madeUp(t, "  condition: category(deaf)\n  other_titles: "+c.titles+"\n"),
				person(t, c.person)
			for _, held := range []string{"", ", title inail 50", ", title inail 20", ", title unknown"} {
				s := person(t, c.person+held)
				assert.Equal(t, c.want, b.FirstLevel(s.FirstLevel(""), c.seen).Outcome, held)
			}
			checkLevels(t, b, s, c.seen)
		})
	}
}

// An evidence in a condition may be a title of a registry as well.
func TestTitlesInConditions(t *testing.T) {
	b := asking(t, "percent >= 67 and evidence(x.title)")
	assert.Equal(t, "inail percent > 50 or l222", b.Rule("x.title"))
	assert.Empty(t, b.Rule("x.a"))
	for words, want := range map[string]benefit.Outcome{
		"ic_over_two_thirds 80":                              benefit.NeedsEvidence,
		"ic_over_two_thirds 80, title inail 51":              benefit.Satisfied,
		"ic_over_two_thirds 80, title inail 50":              benefit.NeedsEvidence,
		"ic_over_two_thirds 80, title l222 grade 1":          benefit.Satisfied,
		"complete, ic_over_third 40, title l222 grade 1":     benefit.NotSatisfied,
		"complete, ic_over_two_thirds 80, title war grade 1": benefit.NeedsEvidence,
	} {
		s := person(t, words)
		assert.Equal(t, want, b.SecondLevel(s, nil).Outcome, words)
		assert.Equal(t, benefit.NeedsSecondLevel, b.FirstLevel(s.FirstLevel(""), nil).Outcome, words)
		checkLevels(t, b, s, nil)
	}
	held := person(t, "ic_over_two_thirds 80, title inail 51")
	assert.Equal(t, benefit.Satisfied, b.SecondLevel(held, benefit.Evidence{"x.title": status.No}).Outcome)
}

// A suspension stops only a payment.
func TestPayments(t *testing.T) {
	resumed := func(
		answer status.Tri) benefit.Evidence {
		return benefit.Evidence{benefit.PaymentResumed: answer}
	}
	for _, c := range []struct {
		name, condition, person string
		seen                    benefit.Evidence
		first, second           benefit.Outcome
	}{
		{"in force", "category(attendance)", "ic_total_walking 100", nil,
			benefit.NeedsSecondLevel, benefit.Satisfied},
		{"suspended", "category(attendance)", "ic_total_walking 100, suspended civil_invalidity", nil,
			benefit.NeedsSecondLevel, benefit.NeedsEvidence},
		{"suspended, paid again", "category(attendance)", "ic_total_walking 100, suspended civil_invalidity",
			resumed(status.Yes), benefit.Satisfied, benefit.Satisfied},
		{"suspended, not paid", "category(attendance)", "ic_total_walking 100, suspended civil_invalidity",
			resumed(status.No), benefit.NeedsSecondLevel, benefit.CannotTell},
		{"suspended, not paid, complete", "category(attendance)",
			"complete, ic_total_walking 100, suspended civil_invalidity", resumed(status.No),
			benefit.NeedsSecondLevel, benefit.NotSatisfied},
		{"another domain is suspended", "category(attendance)",
			"ic_total_walking 100, law_104_c3, suspended law_104", nil, benefit.NeedsSecondLevel,
			benefit.Satisfied},
		{"one of two domains is", "category(deaf) or percent >= 74",
			"deaf, ic_over_two_thirds 80, suspended deafness", nil, benefit.NeedsSecondLevel,
			benefit.Satisfied},
		{"both are", "category(deaf) or percent >= 74",
			"deaf, ic_over_two_thirds 80, suspended deafness, suspended civil_invalidity", nil,
			benefit.NeedsSecondLevel, benefit.NeedsEvidence},
		{"deafblindness that implies it is", "category(deaf)",
			"deafblind, on 2025-12-17, suspended deafblindness", nil, benefit.NeedsSecondLevel,
			benefit.NeedsEvidence},
		{"not recognised", "category(deaf)", "complete, law_104_c1, suspended law_104", nil,
			benefit.NotSatisfied, benefit.NotSatisfied},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := person(t, c.person)
			b := madeUp(t, "  condition: "+c.condition+"\n  payment: yes\n")
			assert.Equal(t, c.first, b.FirstLevel(s.FirstLevel(""), c.seen).Outcome)
			d := b.SecondLevel(s, c.seen)
			assert.Equal(t, c.second, d.Outcome)
			if d.Outcome == benefit.NeedsEvidence {
				assert.Equal(t, []string{benefit.PaymentResumed}, d.Needs)
			}
			checkLevels(t, b, s, c.seen)

			other := asking(t, c.condition).SecondLevel(s, c.seen).Outcome
			assert.NotEqual(t, benefit.NeedsEvidence, other, "what is no payment goes on")
		})
	}
}

// The card says nothing but the attendance allowance, so it alone must meet the condition.
func TestCards(t *testing.T) {
	var rows []string
	for _, b := range benefit.Default().All() {
		if b.Card == "" {
			continue
		}
		rows = append(rows, b.ID)
		for _, holder := range []string{"ic_total_walking 100", "blind_total"} {
			assert.Equal(t, benefit.Satisfied, b.SecondLevel(person(t, holder), nil).Outcome, b.ID)
		}
	}
	assert.Equal(t, []string{"museums", "priority", "carta_blu"}, rows)
}

// A payment may need other papers as well.
func TestPaymentsNeedMore(t *testing.T) {
	b := madeUp(t,
		"  condition: percent >= 74 and evidence(x.a) or category(deaf) and evidence(x.b)\n  payment: yes\n")
	needs := func(words string, seen benefit.Evidence) []string {
		return b.SecondLevel(person(t, words),
			seen).Needs
	}
	const suspended = "ic_over_two_thirds 80, suspended civil_invalidity"
	assert.Equal(t, []string{"x.a"}, needs("ic_over_two_thirds 80", nil))
	assert.Equal(t, []string{"x.a", benefit.PaymentResumed}, needs(suspended, nil))
	assert.Equal(t, []string{benefit.PaymentResumed}, needs(suspended, benefit.Evidence{"x.a": status.Yes}))
	assert.Equal(t, []string{"x.b", benefit.PaymentResumed}, needs(suspended+", deaf",
		benefit.Evidence{"x.a": status.Yes}))
	not := benefit.Evidence{"x.a": status.Yes, benefit.PaymentResumed: status.No}
	assert.Equal(t, []string{"x.b"}, needs(suspended+", deaf", not))
}

// Needs lists what is missing, in the order of the condition, and nothing that is present.
func TestNeedsOfDecisions(t *testing.T) {
	for _, c := range []struct {
		condition, person string
		seen              benefit.Evidence
		want              []string
	}{
		{"percent >= 67 and evidence(x.a)", "ic_over_two_thirds 80", nil, []string{"x.a"}},
		{"percent >= 67 and evidence(x.a) and evidence(x.b)", "ic_over_two_thirds 80",
			benefit.Evidence{"x.a": status.Yes}, []string{"x.b"}},
		{"evidence(x.a) or evidence(x.b) and percent >= 67", "complete, nothing", nil, []string{"x.a"}},
		{"evidence(x.a) or evidence(x.b) and evidence(x.a)", "complete, nothing", nil,
			[]string{"x.a", "x.b"}},
		{"annotation(deaf_art_6) and evidence(x.a)", "complete, deaf", nil, []string{"annotation:deaf_art_6",
			"x.a"}},
		{"class(x.class)", "complete, blind_total", nil, []string{"x.b"}},
		{"not evidence(x.a)", "complete, nothing", nil, []string{"x.a"}},
		{"percent >= 67", "ic_over_two_thirds 80", nil, nil},
		{"percent >= 67 and evidence(x.a)", "complete, nothing", nil, nil},
	} {
		assert.Equal(t, c.want, asking(t, c.condition).SecondLevel(person(t, c.person), c.seen).Needs,
			c.condition)
	}
}

func TestNever(t *testing.T) {
	b := madeUp(t, "  condition: never\n")
	for _, words := range []string{"nothing", "complete, nothing", "ic_total_walking 100",
		"elsewhere deafness"} {
		s := person(t, words)
		want := benefit.Decision{Outcome: benefit.NotSatisfied, Clause: "never"}
		assert.Equal(t, want, b.SecondLevel(s, nil))
		for _, p := range policies() {
			assert.Equal(t, want, b.FirstLevel(s.FirstLevel(p), nil))
		}
	}
	assert.Equal(t, benefit.LevelNone, b.Needs("").Level)
}
