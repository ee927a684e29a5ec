package status_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/qr-invalidita/attesta/status"
)

func linkCases() []caseFile {
	civil := []status.Category{status.CategoryCivilInvalid}
	attended := []status.Category{status.CategoryCivilInvalid, status.CategoryAttendance}
	undecided := states{ic: status.StateUndecided}
	contested := first("A", ic, 20230201, status.DegreeOverThird, 60)
	ruling := effect(judged("C", ic, status.KindCourt, 20241001, status.DegreeTotalWalking, 100), 20221115)
	lower := judged("B", ic, status.KindRevision, 20250310, status.DegreeOverThird, 40)
	return []caseFile{
		{
			name: "decreto di omologa that names the contested verbale, which counts from a later day: " +
				"art. 445-bis c.p.c.",
			birth: adult, at: today, verbali: []status.Verbale{contested, replaces(ruling, "A")},
			states: states{ic: valid}, categories: attended, also: percentage(100, 100),
		},
		{
			name:  "the same without the link, nothing says which act it overturned: art. 445-bis c.p.c.",
			birth: adult, at: today, verbali: []status.Verbale{contested, ruling}, complete: true,
			states: undecided, reason: status.ReasonUndecided, also: doubt(status.DoubtRuling),
		},
		{
			name:  "the same with a link to a verbale that is not there: art. 445-bis c.p.c.",
			birth: adult, at: today, verbali: []status.Verbale{contested, replaces(ruling, "Z")},
			complete: true, states: undecided, reason: status.ReasonUndecided,
			also: doubt(status.DoubtRuling),
		},
		{
			name:  "a ruling without a link that says the same leaves nothing open: art. 445-bis c.p.c.",
			birth: adult, at: today,
			verbali: []status.Verbale{contested,
				effect(judged("C", ic, status.KindCourt, 20241001, status.DegreeOverThird, 60), 20221115)},
			states: states{ic: valid}, categories: civil, also: percentage(60, 60),
		},
		{
			name:  "before the ruling the contested verbale counts: art. 445-bis c.p.c.",
			birth: adult, at: 20240930, verbali: []status.Verbale{contested, replaces(ruling, "A")},
			states: states{ic: valid}, categories: civil, also: percentage(60, 60),
		},
		{
			name:  "a revision after the ruling decides: art. 445-bis c.p.c., DL 90/2014 art. 25",
			birth: adult, at: today, verbali: []status.Verbale{contested, replaces(ruling, "A"), lower},
			states: states{ic: valid}, categories: civil, also: percentage(40, 40),
		},
		{
			name: "a revision after a ruling without a link settles it: art. 445-bis c.p.c., DL 90/2014 " +
				"art. 25",
			birth: adult, at: today, verbali: []status.Verbale{contested, ruling, lower},
			states: states{ic: valid}, categories: civil, also: percentage(40, 40),
		},
		{
			name: "the ruling counts from the verbale that it replaces, a visit in between decides: art. " +
				"445-bis c.p.c.",
			birth: adult, at: today,
			verbali: []status.Verbale{contested,
				judged("R", ic, status.KindFirst, 20240301, status.DegreeOverTwoThirds, 70),
				replaces(ruling, "A")},
			states: states{ic: valid}, categories: civil, also: percentage(70, 70),
		},
		{
			name:  "a ruling stands where its verbale stood, after an older act: art. 445-bis c.p.c.",
			birth: adult, at: today,
			verbali: []status.Verbale{first("R", ic, 20221201, status.DegreeOverThird, 40), contested,
				replaces(ruling, "A")},
			states: states{ic: valid}, categories: attended, also: percentage(100, 100),
		},
		{
			name:  "a ruling that replaces two verbali: art. 445-bis c.p.c.",
			birth: adult, at: today,
			verbali: []status.Verbale{contested,
				judged("R", ic, status.KindFirst, 20240301, status.DegreeOverTwoThirds, 70),
				replaces(ruling, "A", "R")},
			states: states{ic: valid}, categories: attended, also: percentage(100, 100),
		},
		{
			name:  "appeal replaces the ruling that replaced the verbale: art. 445-bis c.p.c.",
			birth: adult, at: today,
			verbali: []status.Verbale{contested, replaces(ruling, "A"),
				replaces(effect(judged("D", ic, status.KindCourt, 20251001, status.DegreeOverTwoThirds, 80),
					20221115), "C")},
			states: states{ic: valid}, categories: civil, also: percentage(80, 80),
		},
		{
			name:  "two rulings replace one verbale: art. 445-bis c.p.c.",
			birth: adult, at: today, complete: true,
			verbali: []status.Verbale{contested, replaces(ruling, "A"),
				replaces(effect(judged("D", ic, status.KindCourt, 20250201, status.DegreeOverTwoThirds, 80),
					20221115), "A")},
			states: undecided, reason: status.ReasonUndecided, also: doubt(status.DoubtTwice),
		},
		{
			name:  "a later act settles what two rulings left open: art. 445-bis c.p.c.",
			birth: adult, at: today,
			verbali: []status.Verbale{contested, replaces(ruling, "A"),
				replaces(effect(judged("D", ic, status.KindCourt, 20250201, status.DegreeOverTwoThirds, 80),
					20221115), "A"), lower},
			states: states{ic: valid}, categories: civil, also: percentage(40, 40),
		},
		{
			name:  "two acts replace each other: L. 241/1990",
			birth: adult, at: today, complete: true,
			verbali: []status.Verbale{replaces(contested, "C"), replaces(ruling, "A")},
			states:  undecided, reason: status.ReasonUndecided, also: doubt(status.DoubtCircle),
		},
		{
			name: "autotutela replaces, and the ruling is annulled, so that the verbale is in force " +
				"again: L. 241/1990",
			birth: adult, at: today,
			verbali: []status.Verbale{contested, replaces(ruling, "A"),
				annuls(event("X", ic, status.KindAutotutela, 20250901), "C")},
			states: states{ic: valid}, categories: civil, also: percentage(60, 60),
		},
		{
			name:  "two verbali of one day and one effect that differ: L. 118/1971",
			birth: adult, at: today, complete: true,
			verbali: []status.Verbale{first("IC/9", ic, 20240301, status.DegreeOverThird, 50),
				first("IC/10", ic, 20240301, status.DegreeOverTwoThirds, 80)},
			states: undecided, reason: status.ReasonUndecided, also: doubt(status.DoubtTie),
		},
		{
			name:  "two verbali of one day that say the same: L. 118/1971",
			birth: adult, at: today,
			verbali: []status.Verbale{first("IC/9", ic, 20240301, status.DegreeOverThird, 50),
				first("IC/10", ic, 20240301, status.DegreeOverThird, 50)},
			states: states{ic: valid}, categories: civil, also: percentage(50, 50),
		},
		{
			name:  "a ruling of the day of the verbale and of its effect decides: art. 445-bis c.p.c.",
			birth: adult, at: today,
			verbali: []status.Verbale{first("Z", ic, 20240301, status.DegreeOverThird, 50),
				judged("A", ic, status.KindCourt, 20240301, status.DegreeOverTwoThirds, 80)},
			states: states{ic: valid}, categories: civil, also: percentage(80, 80),
		},
		{
			name:  "the registry corrects its own entry, kept as version 2: L. 241/1990",
			birth: adult, at: today,
			verbali: []status.Verbale{first("A", ic, 20240301, status.DegreeOverThird, 47),
				with(first("A", ic, 20240301, status.DegreeOverTwoThirds, 74),
					func(v *status.Verbale) { v.Version = 2 })},
			states: states{ic: valid}, categories: civil, also: percentage(74, 74),
		},
		{
			name:  "the registry takes an entry back that was somebody else's: L. 241/1990",
			birth: adult, at: today,
			verbali: []status.Verbale{first("A", ic, 20240301, status.DegreeOverThird, 47),
				with(event("A", ic, status.KindWithdrawn, 20240301),
					func(v *status.Verbale) { v.Version = 2 })},
			reason: status.ReasonNoStatusHere,
		},
		{
			name: "a title of INAIL that is not held erases no civil judgement: L. 118/1971 art. 2, DPR " +
				"1124/1965",
			birth: adult, at: today,
			verbali: []status.Verbale{first("A", ic, 20150301, status.DegreeOverTwoThirds, 80),
				notHeld(event("B", ic, status.KindFirst, 20200601), status.ClassOtherBody)},
			states: states{ic: valid}, categories: civil,
			also: func(t *testing.T, s status.Status) {
				assert.Equal(t, []status.Title{{Decision: 20200601, Effect: 20200601}}, s.Titles)
			},
		},
	}
}

func provisionalCases() []caseFile {
	civil := []status.Category{status.CategoryCivilInvalid}
	law104 := []status.Category{status.CategoryLaw104}
	c3 := []status.SubKind{status.SubKindLaw104C3}
	now := func(v status.Verbale, until status.Date) status.Verbale {
		return with(v, func(v *status.Verbale) { v.Definitive, v.EffectiveNow, v.Until = false, true, until })
	}
	eighty := first("A", ic, 20180301, status.DegreeOverTwoThirds, 80)
	suspension := event("S", ic, status.KindSuspension, 20260310)
	revocation := event("U", ic, status.KindRevocation, 20260620)
	const born, birthday status.Date = 20081102, 20261102
	frequenza := first("A", ic, 20200301, status.DegreeMinorDifficulty, 0)
	application := func(on status.Date) status.Verbale { return event("D", ic, status.KindApplication, on) }
	rights := func(want status.AdultRights) func(*testing.T, status.Status) {
		return func(t *testing.T, s status.Status) { assert.Equal(t, want, s.In(ic).AdultRights) }
	}
	return []caseFile{
		{
			name:  "oncology, in force before it is definitive: L. 80/2006 art. 6 c. 3-bis",
			birth: adult, at: today, verbali: []status.Verbale{now(judged("A", ic, status.KindOncology,
				20261001, status.DegreeTotal, 100), 0)},
			states: states{ic: valid}, categories: civil,
		},
		{
			name: "the definitive verbale takes the place of the outcome that was in force before it: L. " +
				"80/2006",
			birth: adult, at: today,
			verbali: []status.Verbale{now(judged("A", ic, status.KindOncology, 20261001, status.DegreeTotal,
				100), 0), effect(judged("B", ic, status.KindOncology, 20261020, status.DegreeOverTwoThirds,
				80), 20260901)},
			states: states{ic: valid}, categories: civil, also: percentage(80, 80),
		},
		{
			name:  "the same event comes again once it is definitive: L. 80/2006",
			birth: adult, at: today,
			verbali: []status.Verbale{judged("A", ic, status.KindOncology, 20261001,
				status.DegreeOverTwoThirds, 80),
				now(judged("A", ic, status.KindOncology, 20261001, status.DegreeTotal, 100), 0)},
			states: states{ic: valid}, categories: civil, also: percentage(80, 80),
		},
		{
			name:  "provisional certificate on its last day: DL 324/1993 art. 2 c. 3-quater",
			birth: adult, at: today, verbali: []status.Verbale{now(first("H", status.Law104, 20260502,
				status.DegreeLaw104C3, 0), today)},
			states: states{status.Law104: valid}, categories: law104, subKinds: c3,
		},
		{
			name: "provisional certificate that has ended, the definitive act is not here: DL 324/1993 " +
				"art. 2 c. 3-quater",
			birth: adult, at: today, complete: true,
			verbali: []status.Verbale{now(first("H", status.Law104, 20260502, status.DegreeLaw104C3, 0),
				20261031)},
			states: states{status.Law104: status.StateUndecided}, reason: status.ReasonUndecided,
		},
		{
			name:  "application filed, nothing decided: DPR 698/1994",
			birth: adult, at: today, complete: true, verbali: []status.Verbale{application(20260901)},
			states: states{ic: status.StateUndecided}, reason: status.ReasonUndecided,
			also: doubt(status.DoubtApplication),
		},
		{
			name:  "application for more leaves what is in force: DPR 698/1994",
			birth: adult, at: today, verbali: []status.Verbale{eighty, application(20260901)},
			states: states{ic: valid}, categories: civil,
		},
		{
			name:  "ripristino after a revocation: INPS message 1835/2021",
			birth: adult, at: today,
			verbali: []status.Verbale{eighty, suspension, effect(revocation, 20260310),
				effect(event("T", ic, status.KindLifting, 20260801), 20260310)},
			states: states{ic: valid}, categories: civil,
		},
		{
			name:  "ripristino that counts from before the revocation: INPS message 1835/2021",
			birth: adult, at: today,
			verbali: []status.Verbale{eighty, suspension, revocation,
				effect(event("T", ic, status.KindLifting, 20260801), 20260310)},
			states: states{ic: valid}, categories: civil,
		},
		{
			name:  "revoked and lifted on one day: INPS message 1835/2021",
			birth: adult, at: today, complete: true,
			verbali: []status.Verbale{eighty, revocation, event("T", ic, status.KindLifting, 20260620)},
			states:  states{ic: status.StateUndecided}, reason: status.ReasonUndecided,
		},
		{
			name:  "revoked and recognised on one day, which came first is unknown: L. 448/1998 art. 37",
			birth: adult, at: today, complete: true,
			verbali: []status.Verbale{revocation, first("B", ic, 20260620, status.DegreeOverThird, 50)},
			states:  states{ic: status.StateUndecided}, reason: status.ReasonUndecided,
			also: doubt(status.DoubtTie),
		},
		{
			name:  "revoked on the day of a judgement that counts from before: L. 448/1998 art. 37",
			birth: adult, at: today, complete: true,
			verbali: []status.Verbale{revocation,
				effect(first("B", ic, 20260620, status.DegreeOverThird, 50), 20260601)},
			states: states{ic: status.StateRevoked}, reason: status.ReasonNotEntitled,
		},
		{
			name:  "a revocation that counts from before the judgement ends it: L. 448/1998 art. 37",
			birth: adult, at: today, complete: true,
			verbali: []status.Verbale{eighty, effect(revocation, 20180201)},
			states:  states{ic: status.StateRevoked}, reason: status.ReasonNotEntitled,
		},
		{
			name: "a ruling given after a revocation that counts from before it: art. 445-bis c.p.c., L. " +
				"448/1998 art. 37",
			birth: adult, at: today, complete: true,
			verbali: []status.Verbale{eighty, revocation,
				replaces(effect(judged("C", ic, status.KindCourt, 20260901, status.DegreeTotal, 100),
					20180301), "A")},
			states: states{ic: status.StateUndecided}, reason: status.ReasonUndecided,
		},
		{
			name:  "18 since today, applied on the first day of the six months: DL 90/2014 art. 25 c. 5",
			birth: born, at: birthday, complete: true,
			verbali: []status.Verbale{frequenza, application(20260502)},
			states:  states{ic: status.StateCameOfAge}, reason: status.ReasonUndecided,
			also: rights(status.AdultApplied),
		},
		{
			name:  "18 since today, applied a day too early: DL 90/2014 art. 25 c. 5",
			birth: born, at: birthday, verbali: []status.Verbale{frequenza, application(20260501)},
			states: states{ic: status.StateCameOfAge}, reason: status.ReasonUndecided, also: rights(""),
		},
		{
			name: "18 since today, no further assessment is due: DL 90/2014 art. 25 c. 6, DL 69/2013 art. " +
				"42-ter",
			birth: born, at: birthday,
			verbali: []status.Verbale{with(frequenza, func(v *status.Verbale) { v.NoAdultVisit = true })},
			states:  states{ic: valid}, categories: civil, also: rights(status.AdultWithoutVisit),
		},
		{
			name:  "16 years old, with a percentage for work, is a minor: L. 68/1999 art. 1",
			birth: 20100505, at: today,
			verbali: []status.Verbale{first("A", ic, 20260601, status.DegreeMinorDifficulty, 60)},
			states:  states{ic: valid}, categories: []status.Category{status.CategoryMinor},
			also: percentage(60, 60),
		},
		{
			name:  "the printed band 34 to 73 without a number: L. 118/1971 art. 13",
			birth: adult, at: today, verbali: []status.Verbale{first("A", ic, 20240510,
				status.DegreeBand34To73, 0)},
			states: states{ic: valid}, categories: civil, also: percentage(34, 73),
		},
		{
			name:  "disabled for inclusion at school, which is none of the six: D.Lgs. 66/2017 art. 5",
			birth: 20150505, at: today, complete: true,
			verbali: []status.Verbale{first("A", status.SchoolInclusion, 20240510,
				status.DegreeSchoolInclusion, 0)},
			states: states{status.SchoolInclusion: valid}, reason: status.ReasonNeedsSecondLevel,
		},
		{
			name:  "court decree whose expert set a revision that has passed: art. 445-bis c.p.c.",
			birth: adult, at: today,
			verbali: []status.Verbale{revision(effect(judged("C", ic, status.KindCourt, 20241001,
				status.DegreeOverTwoThirds, 80), 20220615), 20240615)},
			states: states{ic: pending}, categories: civil,
		},
	}
}
