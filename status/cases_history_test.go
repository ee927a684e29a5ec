package status_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/qr-invalidita/attesta/status"
)

func historyCases() []caseFile {
	civil := []status.Category{status.CategoryCivilInvalid}
	seventy := first("A", ic, 20240510, status.DegreeOverTwoThirds, 70)
	worse := judged("B", ic, status.KindWorsening, 20250310, status.DegreeTotal, 100)
	negative := effect(judged("B", ic, status.KindRevision, 20250310, status.DegreeNone, 20), 20250311)
	suspension := event("S", ic, status.KindSuspension, 20260603)
	ended := states{ic: status.StateNotRecognised}
	return []caseFile{
		{
			name: "aggravamento replaces the degree of its domain only: L. 118/1971, INPS press release " +
				"2020 and message 4019",
			birth: adult, at: today,
			verbali: []status.Verbale{seventy, worse,
				first("C", status.Law104, 20240510, status.DegreeLaw104C1, 0)},
			states: states{ic: valid, status.Law104: valid}, also: percentage(100, 100),
			categories: []status.Category{status.CategoryCivilInvalid, status.CategoryLaw104},
			subKinds:   []status.SubKind{status.SubKindLaw104C1},
		},
		{
			name:  "aggravamento counts from its effect, the day of the application: L. 118/1971",
			birth: adult, at: 20250201,
			verbali: []status.Verbale{seventy, effect(worse, 20250115)},
			states:  states{ic: valid}, categories: civil, also: percentage(70, 70),
		},
		{
			name:  "aggravamento that is not definitive changes nothing: INPS circ. 42/2025",
			birth: adult, at: today,
			verbali: []status.Verbale{seventy, with(worse, func(v *status.Verbale) { v.Definitive = false })},
			states:  states{ic: valid}, categories: civil, also: percentage(70, 70),
		},
		{
			name:  "first definitive verbale still to come: INPS circ. 42/2025",
			birth: adult, at: today,
			verbali: []status.Verbale{with(seventy, func(v *status.Verbale) { v.Definitive = false })},
			reason:  status.ReasonNoStatusHere,
		},
		{
			name:  "negative revision, last day of the rights: DL 90/2014 art. 25 c. 6-bis",
			birth: adult, at: 20250310, verbali: []status.Verbale{revision(seventy, 20250301), negative},
			states: states{ic: pending}, categories: civil,
		},
		{
			name:  "negative revision, the day after: DL 90/2014 art. 25 c. 6-bis",
			birth: adult, at: 20250311, verbali: []status.Verbale{revision(seventy, 20250301), negative},
			states: ended, reason: status.ReasonNotEntitled, complete: true,
		},
		{
			name:  "verifica straordinaria lowers the percentage: L. 118/1971",
			birth: adult, at: today,
			verbali: []status.Verbale{seventy,
				judged("B", ic, status.KindExtraordinary, 20250310, status.DegreeOverThird, 40)},
			states: states{ic: valid}, categories: civil, also: percentage(40, 40),
		},
		{
			name:  "plan of verification confirms: DL 112/2008 art. 80",
			birth: adult, at: today,
			verbali: []status.Verbale{revision(seventy, 20250101),
				judged("B", ic, status.KindPlan, 20250310, status.DegreeOverTwoThirds, 70)},
			states: states{ic: valid}, categories: civil,
		},
		{
			name:  "revision date is today, not passed: DL 90/2014 art. 25 c. 6-bis",
			birth: adult, at: today, verbali: []status.Verbale{revision(seventy, today)},
			states: states{ic: valid}, categories: civil,
		},
		{
			name:  "revision date was yesterday, all rights stay: DL 90/2014 art. 25 c. 6-bis",
			birth: adult, at: today, verbali: []status.Verbale{revision(seventy, 20261031)},
			states: states{ic: pending}, categories: civil,
		},
		{
			name:  "revision date passed eight years ago, all rights stay: DL 90/2014 art. 25 c. 6-bis",
			birth: adult, at: today,
			verbali: []status.Verbale{revision(first("A", ic, 20150510, status.DegreeTotalWalking, 100),
				20180501)},
			states:     states{ic: pending},
			categories: []status.Category{status.CategoryCivilInvalid, status.CategoryAttendance},
		},
		{
			name:  "exempt from revision: DM 2 Aug 2007",
			birth: adult, at: today,
			verbali: []status.Verbale{with(seventy, func(v *status.Verbale) { v.RevisionExempt = true })},
			states:  states{ic: valid}, categories: civil,
			also: func(t *testing.T, s status.Status) { assert.True(t, s.In(ic).RevisionExempt) },
		},
		{
			name: "suspended after a missed visit, which stops the payment only: L. 448/1998 art. 37, " +
				"INPS message 1835/2021",
			birth: adult, at: today, verbali: []status.Verbale{revision(seventy, 20260501), suspension},
			states: states{ic: status.StateSuspended}, categories: civil, also: percentage(70, 70),
		},
		{
			name:  "suspended in one domain, confirmed in another: L. 448/1998 art. 37",
			birth: adult, at: today,
			verbali: []status.Verbale{seventy, suspension,
				first("C", status.Law104, 20240510, status.DegreeLaw104C3, 0)},
			states:     states{ic: status.StateSuspended, status.Law104: valid},
			categories: []status.Category{status.CategoryCivilInvalid, status.CategoryLaw104},
			subKinds:   []status.SubKind{status.SubKindLaw104C3},
		},
		{
			name:  "suspension lifted, the absence was justified: INPS message 1835/2021",
			birth: adult, at: today,
			verbali: []status.Verbale{revision(seventy, 20260501), suspension,
				event("T", ic, status.KindLifting, 20260720)},
			states: states{ic: pending}, categories: civil,
		},
		{
			name:  "suspension ended by the revision itself: INPS message 1835/2021",
			birth: adult, at: today,
			verbali: []status.Verbale{revision(seventy, 20260501), suspension,
				judged("B", ic, status.KindRevision, 20260801, status.DegreeOverTwoThirds, 75)},
			states: states{ic: valid}, categories: civil, also: percentage(75, 75),
		},
		{
			name:  "revoked from the date of suspension: INPS message 1835/2021",
			birth: adult, at: today, complete: true,
			verbali: []status.Verbale{seventy, suspension,
				effect(event("U", ic, status.KindRevocation, 20260915), 20260603)},
			states: states{ic: status.StateRevoked}, reason: status.ReasonNotEntitled,
			also: func(t *testing.T, s status.Status) {
				assert.Equal(t, []status.Detail{{Domain: ic, State: status.StateRevoked}}, s.SecondLevel())
			},
		},
		{
			name:  "revoked and recognised anew: L. 118/1971 art. 2",
			birth: adult, at: today,
			verbali: []status.Verbale{seventy, event("U", ic, status.KindRevocation, 20250915),
				first("B", ic, 20260301, status.DegreeOverThird, 50)},
			states: states{ic: valid}, categories: civil, also: percentage(50, 50),
		},
		{
			name:  "assessed on papers: DL 76/2020 art. 29-ter",
			birth: adult, at: today,
			verbali: []status.Verbale{judged("A", ic, status.KindPapers, 20210510, status.DegreeTotal, 100)},
			states:  states{ic: valid}, categories: civil,
		},
		{
			name:  "oncology fast track, soon to be revised: L. 80/2006",
			birth: adult, at: today,
			verbali: []status.Verbale{revision(judged("A", ic, status.KindOncology, 20260610,
				status.DegreeTotal, 100), 20270610)},
			states: states{ic: valid}, categories: civil,
		},
	}
}

func limitCases() []caseFile {
	civil := []status.Category{status.CategoryCivilInvalid}
	denied := first("A", ic, 20240510, status.DegreeNone, 20)
	fifty := first("A", ic, 20240510, status.DegreeOverThird, 50)
	hundred := judged("B", ic, status.KindWorsening, 20250310, status.DegreeTotal, 100)
	autotutela := func(id string, on status.Date, what string) status.Verbale {
		return annuls(event(id, ic, status.KindAutotutela, on), what)
	}
	court := notHeld(event("C", ic, status.KindCourt, 20250610), status.ClassCourt)
	return []caseFile{
		{
			name:  "court recognises what was denied, decreto di omologa: art. 445-bis c.p.c.",
			birth: adult, at: today,
			verbali: []status.Verbale{denied,
				effect(judged("C", ic, status.KindCourt, 20251120, status.DegreeOverTwoThirds, 80),
					20240510)},
			states: states{ic: valid}, categories: civil, also: percentage(80, 80),
		},
		{
			name: "court outcome that names no act, decided after a visit and counting from before: art. " +
				"445-bis c.p.c.",
			birth: adult, at: today,
			verbali: []status.Verbale{denied,
				judged("R", ic, status.KindFirst, 20250301, status.DegreeOverThird, 40),
				effect(judged("C", ic, status.KindCourt, 20251120, status.DegreeOverTwoThirds, 80),
					20240510)},
			states: states{ic: status.StateUndecided}, reason: status.ReasonUndecided, complete: true,
			also: doubt(status.DoubtRuling),
		},
		{
			name:  "court outcome known to exist, content not held: INPS message 4019/2020",
			birth: adult, at: today, complete: true, verbali: []status.Verbale{denied, court},
			states: states{ic: status.StateNotHeld}, reason: status.ReasonClassNotHeld,
			also: func(t *testing.T, s status.Status) {
				assert.Equal(t, []status.Detail{{Domain: ic, State: status.StateNotHeld,
					NotHeld: status.ClassCourt}}, s.SecondLevel())
				assert.False(t, s.FirstLevel(status.PolicyAny).Complete)
			},
		},
		{
			name: "verbale held, then a court outcome that is not: not even the old number can be told, " +
				"INPS message 4019/2020",
			birth: adult, at: today, verbali: []status.Verbale{fifty, court},
			states: states{ic: status.StateNotHeld}, reason: status.ReasonClassNotHeld,
		},
		{
			name:  "court outcome that is not held, then a revision that is: INPS message 4019/2020",
			birth: adult, at: today,
			verbali: []status.Verbale{court,
				judged("R", ic, status.KindRevision, 20260301, status.DegreeOverThird, 60)},
			states: states{ic: valid}, categories: civil, also: percentage(60, 60),
		},
		{
			name:  "verbale of 2009, not held: INPS message 4019/2020",
			birth: adult, at: today,
			verbali: []status.Verbale{notHeld(event("A", ic, status.KindFirst, 20091231),
				status.ClassBefore2010)},
			states: states{ic: status.StateNotHeld}, reason: status.ReasonClassNotHeld,
		},
		{
			name:  "verbale of Bolzano, not held, beside L. 104 that is: L.P. Bolzano 46/1978",
			birth: adult, at: today,
			verbali: []status.Verbale{notHeld(event("A", ic, status.KindProvincial, 20200610),
				status.ClassProvincial), first("B", status.Law104, 20240510, status.DegreeLaw104C1, 0)},
			states:     states{ic: status.StateNotHeld, status.Law104: valid},
			categories: []status.Category{status.CategoryLaw104},
			subKinds:   []status.SubKind{status.SubKindLaw104C1},
		},
		{
			name:  "verbale of Trento that is held counts like any other: D.Lgs. 62/2024",
			birth: adult, at: today,
			verbali: []status.Verbale{judged("A", ic, status.KindProvincial, 20200610, status.DegreeOverThird,
				50)},
			states: states{ic: valid}, categories: civil,
		},
		{
			name: "autotutela annuls the aggravamento, the first verbale is in force again: INPS press " +
				"release and message 4019/2020",
			birth: adult, at: today, verbali: []status.Verbale{fifty, hundred,
				autotutela("X", 20250901, "B")},
			states: states{ic: valid}, categories: civil, also: percentage(50, 50),
		},
		{
			name:  "on the day before the autotutela the aggravamento still counts: INPS message 4019/2020",
			birth: adult, at: 20250831,
			verbali: []status.Verbale{fifty, hundred, autotutela("X", 20250901, "B")},
			states:  states{ic: valid}, categories: civil, also: percentage(100, 100),
		},
		{
			name:  "autotutela annuls the only verbale, nothing is left: INPS message 4019/2020",
			birth: adult, at: today, verbali: []status.Verbale{fifty, autotutela("X", 20250901, "A")},
			reason: status.ReasonNoStatusHere,
		},
		{
			name:  "autotutela annulled in autotutela, the aggravamento counts again: INPS message 4019/2020",
			birth: adult, at: today,
			verbali: []status.Verbale{fifty, hundred, autotutela("X", 20250901, "B"),
				autotutela("Y", 20251001, "X")},
			states: states{ic: valid}, categories: civil, also: percentage(100, 100),
		},
		{
			name:  "autotutela annuls and judges anew: INPS message 4019/2020",
			birth: adult, at: today,
			verbali: []status.Verbale{fifty, hundred,
				annuls(judged("X", ic, status.KindAutotutela, 20250901, status.DegreeOverTwoThirds, 90),
					"B")},
			states: states{ic: valid}, categories: civil, also: percentage(90, 90),
		},
		{
			name:  "autotutela annuls a suspension sent by mistake: INPS message 1835/2021",
			birth: adult, at: today,
			verbali: []status.Verbale{fifty, event("S", ic, status.KindSuspension, 20260603),
				autotutela("X", 20260701, "S")},
			states: states{ic: valid}, categories: civil,
		},
		{
			name:  "autotutela for a verbale that has not arrived: INPS message 4019/2020",
			birth: adult, at: today, verbali: []status.Verbale{fifty, autotutela("X", 20250901, "Z")},
			states: states{ic: valid}, categories: civil,
		},
		{
			name:  "nothing at all is no answer: INPS message 4019/2020",
			birth: adult, at: today, reason: status.ReasonNoStatusHere,
		},
	}
}
