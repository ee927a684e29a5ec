package benefit_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/benefit"
)

// Conditions that no benefit of the catalogue has but that a row of an embedder may have.
func TestMadeUpConditions(t *testing.T) {
	type answers struct{ any, categories, subKinds, second benefit.Outcome }
	const (
		yes   = benefit.Satisfied
		no    = benefit.NotSatisfied
		open  = benefit.NeedsSecondLevel
		paper = benefit.NeedsEvidence
		note  = benefit.NeedsAnnotation
		cant  = benefit.CannotTell
	)
	for _, c := range []struct {
		condition, person string
		want              answers
	}{
		// A minor has no percentage and is under 18; no other age is disclosed.
		{"age < 18", "ic_minor_difficulty, born 2015-05-05", answers{open, yes, yes, yes}},
		{"age <= 16", "ic_minor_difficulty, born 2015-05-05", answers{open, open, open, yes}},
		{"age > 17", "complete, ic_minor_difficulty, born 2015-05-05", answers{open, no, no, no}},
		{"age >= 18", "ic_over_third 50", answers{open, open, open, yes}},
		{"percent > 0", "complete, ic_minor_difficulty, born 2015-05-05", answers{open, open, open, no}},
		{"percent >= 34", "ic_over_third 34", answers{open, yes, yes, yes}},
		{"percent >= 35", "ic_over_third 34", answers{open, open, open, cant}},
		{"percent < 34", "complete, ic_over_third 34", answers{open, no, no, no}},
		{"percent > 0", "complete, refused civil_invalidity 20", answers{no, no, no, no}},
		{"percent <= 66", "ic_over_third", answers{open, open, open, yes}},
		{"percent = 50", "complete, ic_over_third", answers{open, open, open, cant}},
		{"percent = 33", "ic_over65_mild 33, born 1950-01-01", answers{open, open, open, yes}},

		// Sub-kinds, with verbali that state them and verbali that do not.
		{"subkind(deaf_congenital)", "complete, deaf", answers{open, open, open, cant}},
		{"subkind(deaf_congenital)", "complete, deaf_acquired", answers{open, open, no, no}},
		{"subkind(deaf_congenital, deaf_acquired)", "deaf_acquired", answers{open, open, yes, yes}},
		{"subkind(blind_total)", "complete, blind_tenth", answers{no, no, no, no}},
		{"degree(deaf)", "deaf, law_104_c3", answers{open, open, open, yes}}, // it may be implied
		{"degree(law_104_c3)", "law_104_c3", answers{open, open, open, yes}},
		{"degree(law_104_c1, law_104_c3)", "complete, blind_total", answers{open, no, no, no}},
		{"recognised(law_104)", "law_104_c3", answers{open, yes, yes, yes}},
		{"recognised(law_68)", "targeted_employment", answers{open, open, open, yes}},
		{"recognised(blindness)", "complete, blind_tenth", answers{open, open, open, yes}},

		// "not" reverses a known answer and leaves open what is open.
		{"not category(deaf)", "blind_total", answers{open, open, open, cant}},
		{"not category(deaf)", "complete, blind_total", answers{open, yes, yes, yes}},
		{"not category(attendance)", "ic_total 100", answers{open, yes, yes, yes}},
		{"not category(attendance)", "complete, ic_total_walking 100", answers{open, no, no, no}},
		{"not evidence(a)", "nothing", answers{paper, paper, paper, paper}},
		{"not annotation(parking_art_381)", "complete, ic_total 100, no_annotations",
			answers{open, open, open, yes}},
		{"not not category(deaf)", "deaf", answers{open, yes, yes, yes}},

		// The order of the reasons if several things are missing.
		{"annotation(deaf_art_6 in deafness) and evidence(a)", "deaf", answers{open, open, open, note}},
		{"annotation(deaf_art_6 in deafness) or evidence(a)", "deaf", answers{open, open, open, note}},
		{"category(blind) and evidence(a)", "deaf", answers{open, cant, cant, cant}},
		{"category(blind) or evidence(a)", "deaf", answers{open, paper, paper, paper}},
		{"category(blind) and annotation(deaf_art_6 in deafness)", "deaf", answers{open, cant, cant, cant}},
		{"category(blind) or annotation(deaf_art_6 in deafness)", "deaf", answers{open, open, open, note}},
		{"annotation(deaf_art_6 in blindness)", "complete, deaf, deaf_art_6=yes",
			answers{open, open, open, no}},

		// A confirmed first level is in some category, even if it names none.
		// Deafblindness of both laws.
		{"category(blind)", "complete, deafblind, on 2025-12-17", answers{open, yes, yes, yes}},
		{"subkind(blind_total)", "complete, deafblind, on 2025-12-17", answers{open, open, open, cant}},
		{"category(blind)", "complete, deafblind, on 2025-12-17, refused blindness",
			answers{open, no, no, no}},
		{"category(blind)", "complete, deafblind", answers{cant, cant, cant, cant}},
		{"category(deaf)", "complete, deafblind_late_deafness", answers{cant, cant, cant, no}},
		{"subkind(deaf_acquired)", "complete, deafblind_late_deafness", answers{cant, cant, cant, no}},
		{"category(blind)", "complete, deafblind, blind_tenth", answers{cant, cant, cant, no}},
		{"recognised(blindness)", "complete, deafblind, on 2025-12-17", answers{open, yes, yes, yes}},
		{"annotation(blind_art_6)", "complete, deafblind, on 2025-12-17, no_annotations", answers{open, open,
			open, no}},

		// Minors, and their judgements at 18.
		{"percent > 45", "complete, ic_minor_difficulty 60, born 2010-05-05", answers{open, open, open, yes}},
		{"percent >= 74", "complete, ic_minor_difficulty, no_adult_visit, on 2020-03-03, born 2008-03-03",
			answers{open, open, open, cant}},
		{"percent >= 34", "complete, ic_minor_difficulty, no_adult_visit, on 2020-03-03, born 2008-03-03",
			answers{open, yes, yes, yes}},
		{"percent >= 34", "complete, ic_minor_walking, on 2020-03-03, born 2008-03-03",
			answers{open, cant, cant, cant}},
		{"at_18(without_visit)", "complete, ic_minor_walking, on 2020-03-03, born 2008-03-03",
			answers{open, yes, yes, yes}},
		{"at_18(without_visit)", "complete, ic_total_walking 100", answers{open, no, no, no}},
		{"at_18(applied)",
			"complete, ic_minor_difficulty, on 2020-03-03, born 2008-06-03, applied 2026-03-03",
			answers{open, open, open, yes}},
		{"at_18(applied)", "complete, ic_minor_difficulty, on 2020-03-03, born 2008-06-03",
			answers{open, open, open, cant}},
		{"at_18(applied)", "complete, nothing", answers{no, no, no, no}},
		{"percent >= 34", "complete, ic_minor_difficulty, on 2020-03-03, born 2008-06-03",
			answers{cant, cant, cant, cant}},

		// Bands, undecided domains, suspensions.
		{"percent >= 67", "complete, ic_band_34_73", answers{open, open, open, cant}},
		{"percent > 73", "complete, ic_band_34_73", answers{open, open, open, no}},
		{"percent >= 74", "complete, ic_band_74_99", answers{open, open, open, yes}},
		{"category(civil_invalid)", "complete, ic_over65_mild, born 1950-01-01",
			answers{cant, cant, cant, cant}},
		{"category(civil_invalid)", "complete, ic_over65_medium, born 1950-01-01",
			answers{open, yes, yes, yes}},
		{"category(civil_invalid)", "complete, applied 2026-03-03", answers{cant, cant, cant, cant}},
		{"percent >= 67", "complete, ic_over_two_thirds 80, suspended civil_invalidity", answers{open, open,
			open, yes}},
		{"recognised(school_inclusion)", "complete, school_inclusion, born 2015-05-05", answers{open, open,
			open, yes}},

		{"category(any)", "deaf", answers{yes, yes, yes, yes}},
		{"category(any)", "complete, deafblind", answers{cant, cant, cant,
			cant}}, // it implies neither: L. 182/2025 art. 63
		{"category(any)", "complete, deafblind, on 2025-12-17", answers{yes, yes, yes, yes}},
		{"category(civil_invalid, minor, attendance, blind, deaf, law_104)", "deaf",
			answers{yes, yes, yes, yes}},
		{"category(civil_invalid)", "elsewhere civil_invalidity, complete", answers{cant, cant, cant, cant}},
		{"recognised(deafblindness)", "elsewhere civil_invalidity, deafblind",
			answers{open, open, open, yes}},
		{"recognised(deafblindness)", "elsewhere civil_invalidity, complete", answers{open, open, open, no}},
	} {
		t.Run(c.condition+"/"+c.person, func(t *testing.T) {
			b, s := asking(t, c.condition), person(t, c.person)
			assert.Equal(t, c.want, answers{
				any:        b.FirstLevel(s.FirstLevel(status.PolicyAny), nil).Outcome,
				categories: b.FirstLevel(s.FirstLevel(status.PolicyCategories), nil).Outcome,
				subKinds:   b.FirstLevel(s.FirstLevel(status.PolicySubKinds), nil).Outcome,
				second:     b.SecondLevel(s, nil).Outcome,
			})
			checkLevels(t, b, s, nil)
		})
	}
}

func TestAgeNeedsABirth(t *testing.T) {
	s := status.Status{Complete: true}
	for _, condition := range []string{"age < 67", "age > 0", "age = 0", "not age < 67"} {
		assert.Equal(t, benefit.CannotTell, asking(t, condition).SecondLevel(s, nil).Outcome, condition)
	}
}

// A first level that no status can have is neither a yes nor a no.
func TestForgedFirstLevel(t *testing.T) {
	for _, f := range []status.FirstLevel{
		{}, {Complete: true}, {Answer: status.NotConfirmed}, {Answer: status.NotConfirmed, Complete: true},
		{Answer: "maybe", Complete: true}, {Categories: []status.Category{status.CategoryDeaf}},
	} {
		for _, b := range benefit.Default().All() {
			if !b.Never {
				assert.Equal(t, benefit.CannotTell, b.FirstLevel(f, nil).Outcome, b.ID)
			}
		}
	}
}

func TestConditionEvidence(t *testing.T) {
	b := asking(t, "evidence(b) or evidence(a) and not evidence(b) or evidence(c.d)")
	assert.Equal(t, []string{"b", "a", "c.d"}, b.Condition.Evidence())
	seen := benefit.Evidence{"b": "perhaps", "a": status.No, "c.d": status.No}
	assert.Equal(t, benefit.NeedsEvidence, b.SecondLevel(status.Status{}, seen).Outcome,
		"what is neither yes nor no was not seen")
}
