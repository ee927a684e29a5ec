package status_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/status"
)

func good() status.Verbale {
	return with(first("VRB/2024-1", ic, 20240510, status.DegreeOverTwoThirds, 70), func(v *status.Verbale) {
		v.Outcome.Formula = status.Formula{Scheme: status.SchemeVerbale, Code: "5"}
		v.Outcome.Annotations = status.Annotations{Parking: status.Yes, Blind: status.No}
		v.Revision = 20270510
	})
}

func TestValidate(t *testing.T) {
	require.NoError(t, good().Validate())
	reform := judged("A", status.Law104, status.KindReform, 20250101, status.DegreeSupportHigh, 0)
	require.NoError(t, reform.Validate())
	suspension := event("A", ic, status.KindSuspension, 20240510)
	require.NoError(t, suspension.Validate())
	stub := notHeld(event("A", ic, status.KindCourt, 20240510), status.ClassCourt)
	require.NoError(t, stub.Validate())
	annulling := annuls(event("A", ic, status.KindAutotutela, 20240510), "B")
	require.NoError(t, annulling.Validate())
	elder := first("A", ic, 20240510, status.DegreeOver65Mild, 33)
	require.NoError(t, elder.Validate())

	for _, c := range []struct {
		name   string
		base   status.Verbale
		change func(*status.Verbale)
		field  string
		rule   status.Error
	}{
		{"no id", good(), func(v *status.Verbale) { v.ID = "" }, "id", status.ErrMissing},
		{"space in the id", good(), func(v *status.Verbale) { v.ID = "a b" }, "id", status.ErrForm},
		{"letter outside ASCII", good(), func(v *status.Verbale) { v.ID = "è" }, "id", status.ErrForm},
		{"id too long", good(), func(v *status.Verbale) { v.ID = strings.Repeat("a", 65) }, "id",
			status.ErrForm},
		{"codice fiscale in the id", good(), func(v *status.Verbale) { v.ID = "v-RSSMRA80A01H501U/1" }, "id",
			status.ErrPersonal},
		{"no domain", good(), func(v *status.Verbale) { v.Domain = "" }, "domain", status.ErrMissing},
		{"unknown domain", good(), func(v *status.Verbale) { v.Domain = "law_381" }, "domain",
			status.ErrUnknown},
		{"no kind", good(), func(v *status.Verbale) { v.Kind = "" }, "kind", status.ErrMissing},
		{"unknown kind", good(), func(v *status.Verbale) { v.Kind = "visit" }, "kind", status.ErrUnknown},
		{"coming of age outside civil invalidity", reform,
			func(v *status.Verbale) { v.Kind = status.KindComingOfAge }, "kind", status.ErrDomain},
		{"no decision", good(), func(v *status.Verbale) { v.Decision = 0 }, "decision", status.ErrMissing},
		{"30 February", good(), func(v *status.Verbale) { v.Decision = 20240230 }, "decision",
			status.ErrDate},
		{"certificate before the trial: DL 71/2024", reform,
			func(v *status.Verbale) { v.Decision = 20241231 }, "decision", status.ErrTooEarly},
		{"2010 is not before 2010", stub,
			func(v *status.Verbale) { v.NotHeld, v.Decision = status.ClassBefore2010, 20100101 }, "decision",
			status.ErrTooLate},
		{"no effect", good(), func(v *status.Verbale) { v.Effect = 0 }, "effect", status.ErrMissing},
		{"effect in the year 2924", good(), func(v *status.Verbale) { v.Effect = 29240510 }, "effect",
			status.ErrDate},
		{"unknown class", stub, func(v *status.Verbale) { v.NotHeld = "lost" }, "not_held",
			status.ErrUnknown},
		{"suspension of a class", suspension, func(v *status.Verbale) { v.NotHeld = status.ClassCourt },
			"not_held", status.ErrUnwanted},
		{"judgement without a degree", good(), func(v *status.Verbale) { v.Outcome = status.Outcome{} },
			"outcome.degree", status.ErrMissing},
		{"autotutela that does nothing", annulling, func(v *status.Verbale) { v.Annuls = "" },
			"outcome.degree", status.ErrMissing},
		{"suspension with a degree", suspension,
			func(v *status.Verbale) { v.Outcome.Degree = status.DegreeTotal }, "outcome.degree",
			status.ErrUnwanted},
		{"content of what is not held", stub,
			func(v *status.Verbale) { v.Outcome.Degree = status.DegreeTotal }, "outcome.degree",
			status.ErrUnwanted},
		{"unknown degree", good(), func(v *status.Verbale) { v.Outcome.Degree = "ic_half" }, "outcome.degree",
			status.ErrUnknown},
		{"degree of another domain", good(), func(v *status.Verbale) { v.Outcome.Degree = status.DegreeDeaf },
			"outcome.degree", status.ErrDomain},
		{"came of age as a minor", good(), func(v *status.Verbale) {
			v.Kind, v.Outcome = status.KindComingOfAge, status.Outcome{Degree: status.DegreeMinorDifficulty}
		}, "outcome.degree", status.ErrContradiction},
		{"late deafness on 17 December 2025: L. 182/2025 art. 63", good(), func(v *status.Verbale) {
			v.Domain, v.Decision, v.Outcome = status.Deafblindness, 20251217,
				status.Outcome{Degree: status.DegreeDeafblindLate}
		}, "outcome.degree", status.ErrTooEarly},
		{"level of support on 29 June 2024: D.Lgs. 62/2024", reform, func(v *status.Verbale) {
			v.Kind, v.Decision = status.KindFirst, 20240629
		}, "outcome.degree", status.ErrTooEarly},
		{"0 is stated as nothing, -1 is no number", good(),
			func(v *status.Verbale) { v.Outcome.Percent = -1 }, "outcome.percent", status.ErrBand},
		{"66 above two thirds", good(), func(v *status.Verbale) { v.Outcome.Percent = 66 }, "outcome.percent",
			status.ErrBand},
		{"100 below the total", good(), func(v *status.Verbale) { v.Outcome.Percent = 100 },
			"outcome.percent", status.ErrBand},
		{"34 and not recognised", good(),
			func(v *status.Verbale) { v.Outcome.Degree, v.Outcome.Percent = status.DegreeNone, 34 },
			"outcome.percent", status.ErrBand},
		{"32 over 65", elder, func(v *status.Verbale) { v.Outcome.Percent = 32 }, "outcome.percent",
			status.ErrBand},
		{"99 over 65, severe", elder,
			func(v *status.Verbale) { v.Outcome.Degree, v.Outcome.Percent = status.DegreeOver65Severe, 99 },
			"outcome.percent", status.ErrBand},
		{"minor with 101 %", elder, func(v *status.Verbale) {
			v.Outcome.Degree, v.Outcome.Percent = status.DegreeMinorDifficulty, 101
		}, "outcome.percent", status.ErrBand},
		{"percentage of handicap", reform, func(v *status.Verbale) { v.Outcome.Percent = 50 },
			"outcome.percent", status.ErrBand},
		{"percentage of no blindness", reform, func(v *status.Verbale) {
			v.Domain, v.Outcome = status.Blindness, status.Outcome{Degree: status.DegreeNone, Percent: 20}
		}, "outcome.percent", status.ErrBand},
		{"percentage of a suspension", suspension, func(v *status.Verbale) { v.Outcome.Percent = 50 },
			"outcome.percent", status.ErrUnwanted},
		{"formula without a scheme", good(), func(v *status.Verbale) { v.Outcome.Formula.Scheme = "" },
			"outcome.formula", status.ErrMissing},
		{"formula without a code", good(), func(v *status.Verbale) { v.Outcome.Formula.Code = "" },
			"outcome.formula", status.ErrMissing},
		{"a diagnosis, ICD-10", good(),
			func(v *status.Verbale) { v.Outcome.Formula = status.Formula{Scheme: "x", Code: "G35"} },
			"outcome.formula", status.ErrPersonal},
		{"a diagnosis, ICD-9", good(),
			func(v *status.Verbale) { v.Outcome.Formula = status.Formula{Scheme: "x", Code: "340"} },
			"outcome.formula", status.ErrPersonal},
		{"words for a scheme", good(),
			func(v *status.Verbale) { v.Outcome.Formula.Scheme = "Sclerosi multipla" }, "outcome.formula",
			status.ErrForm},
		{"a code that is too long", good(), func(v *status.Verbale) { v.Outcome.Formula.Code = "1bis2" },
			"outcome.formula", status.ErrForm},
		{"formula of a suspension", suspension, func(v *status.Verbale) { v.Outcome.Formula.Code = "4" },
			"outcome.formula", status.ErrUnwanted},
		{"unknown annotation", good(), func(v *status.Verbale) { v.Outcome.Annotations.Deaf = "perhaps" },
			"outcome.annotations", status.ErrUnknown},
		{"a no on 9 February 2012: DL 5/2012 art. 4", good(),
			func(v *status.Verbale) { v.Decision = 20120209 }, "outcome.annotations", status.ErrTooEarly},
		{"annotation of a suspension", suspension,
			func(v *status.Verbale) { v.Outcome.Annotations.Deaf = status.Yes }, "outcome.annotations",
			status.ErrUnwanted},
		{"revision that does not exist", good(), func(v *status.Verbale) { v.Revision = 20270532 },
			"revision", status.ErrDate},
		{"revision before decision and effect", good(), func(v *status.Verbale) { v.Revision = 20240509 },
			"revision", status.ErrTooEarly},
		{"revision of a suspension", suspension, func(v *status.Verbale) { v.Revision = 20270510 },
			"revision", status.ErrUnwanted},
		{"exempt and to be revised: DM 2 Aug 2007", good(),
			func(v *status.Verbale) { v.RevisionExempt = true }, "revision_exempt", status.ErrContradiction},
		{"exempt suspension", suspension, func(v *status.Verbale) { v.RevisionExempt = true },
			"revision_exempt", status.ErrUnwanted},
		{"aggravamento that annuls", good(), func(v *status.Verbale) { v.Annuls = "B" }, "annuls",
			status.ErrUnwanted},
		{"annuls itself", annulling, func(v *status.Verbale) { v.Annuls = v.ID }, "annuls",
			status.ErrContradiction},
		{"version 1000", good(), func(v *status.Verbale) { v.Version = 1000 }, "version", status.ErrForm},
		{"effective now, neither oncology nor L. 104", good(),
			func(v *status.Verbale) { v.EffectiveNow = true }, "effective_now", status.ErrUnwanted},
		{"an end without effective now", good(), func(v *status.Verbale) { v.Until = 20270101 }, "until",
			status.ErrUnwanted},
		{"an end before the decision", reform,
			func(v *status.Verbale) { v.EffectiveNow, v.Until = true, 20241231 }, "until",
			status.ErrTooEarly},
		{"an end that does not exist", reform,
			func(v *status.Verbale) { v.EffectiveNow, v.Until = true, 20250230 }, "until", status.ErrDate},
		{"two lines in the number", good(), func(v *status.Verbale) { v.Number = "1\n2" }, "number",
			status.ErrForm},
		{"codice fiscale in the number", good(), func(v *status.Verbale) { v.Number = "RSSMRA80A01H501U/1" },
			"number", status.ErrPersonal},
		{"a long name of a body", good(), func(v *status.Verbale) { v.Body = strings.Repeat("è", 65) },
			"body", status.ErrForm},
		{"an adult without an adult visit", good(), func(v *status.Verbale) { v.NoAdultVisit = true },
			"no_adult_visit", status.ErrUnwanted},
		{"replaces itself", good(), func(v *status.Verbale) { v.Replaces = status.IDs{"B", v.ID} },
			"replaces", status.ErrContradiction},
		{"replaces what is no id", good(), func(v *status.Verbale) { v.Replaces = status.IDs{""} },
			"replaces", status.ErrMissing},
		{"suspension that replaces", suspension, func(v *status.Verbale) { v.Replaces = status.IDs{"B"} },
			"replaces", status.ErrUnwanted},
		{"application with a degree", suspension, func(v *status.Verbale) {
			v.Kind, v.Outcome.Degree = status.KindApplication, status.DegreeTotal
		}, "outcome.degree", status.ErrUnwanted},
		{"annuls what is no id", annulling, func(v *status.Verbale) { v.Annuls = "a b" }, "annuls",
			status.ErrForm},
	} {
		t.Run(c.name, func(t *testing.T) {
			bad := with(c.base, c.change)
			err := bad.Validate()
			var field *status.FieldError
			require.ErrorAs(t, err, &field)
			assert.Equal(t, c.field, field.Field)
			assert.Equal(t, c.rule, field.Err)
			assert.Equal(t, bad.ID, field.Verbale)
			assert.ErrorIs(t, err, c.rule)
			if bad.ID != "" {
				assert.NotContains(t, err.Error(), bad.ID)
			}

			_, err = status.Current([]status.Verbale{bad}, 19400101, today)
			assert.ErrorIs(t, err, c.rule, "the fold refuses what Validate refuses")
		})
	}
}

// Both ends of every band, and one step beyond them.
func TestValidateBands(t *testing.T) {
	for _, degree := range status.Degrees(ic) {
		f := degree.Facts()
		low, high := f.Low, f.High
		switch {
		case f.Over65 && f.High < 100:
			low--
		case f.Minor:
			high = 100
		}
		for percent := -1; percent <= 102; percent++ {
			err := first("A", ic, 20240510, degree, percent).Validate()
			inside := percent == 0 || percent >= max(low, 1) && percent <= high
			assert.Equal(t, inside, err == nil, "%s %d", degree, percent)
			assert.Equal(t, !inside, errors.Is(err, status.ErrBand), "%s %d", degree, percent)
		}
	}
}

// Every degree is accepted in its own domain and refused in the others, except for the negative
// one.
func TestValidateDegreesOfDomains(t *testing.T) {
	for _, domain := range status.Domains() {
		own := map[status.Degree]bool{}
		for _, d := range status.Degrees(domain) {
			own[d] = true
		}
		for _, other := range status.Domains() {
			for _, d := range status.Degrees(other) {
				err := first("A", domain, 20260510, d, 0).Validate()
				assert.Equal(t, own[d], err == nil, "%s in %s", d, domain)
			}
		}
	}
	assert.Nil(t, status.Degrees("other"))
}
