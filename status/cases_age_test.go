package status_test

import "github.com/qr-invalidita/attesta/status"

func ageCases() []caseFile {
	minor := []status.Category{status.CategoryMinor}
	both := []status.Category{status.CategoryMinor, status.CategoryAttendance}
	const born, birthday status.Date = 20081102, 20261102
	const leap status.Date = 20080229
	frequenza := first("A", ic, 20200301, status.DegreeMinorDifficulty, 0)
	attended := first("A", ic, 20200301, status.DegreeMinorDailyActs, 0)
	over65 := func(name string, degree status.Degree, percent int) caseFile {
		return caseFile{
			name: name, birth: senior, at: today,
			verbali: []status.Verbale{first("A", ic, 20240510, degree, percent)},
			states:  states{ic: valid}, reason: status.ReasonNeedsSecondLevel,
		}
	}
	confirmed := func(c caseFile, low, high int, categories ...status.Category) caseFile {
		c.reason, c.categories, c.also = "", categories, percentage(low, high)
		return c
	}
	bounds := func(c caseFile, low, high int) caseFile {
		c.also = percentage(low, high)
		return c
	}
	return []caseFile{
		{
			name:  "minor with persistent difficulties: L. 289/1990",
			birth: born, at: today, verbali: []status.Verbale{frequenza},
			states: states{ic: valid}, categories: minor,
		},
		{
			name:  "minor with a hearing loss above 60 dB: L. 289/1990 art. 1",
			birth: born, at: today, verbali: []status.Verbale{first("A", ic, 20200301,
				status.DegreeMinorHearing, 0)},
			states: states{ic: valid}, categories: minor,
		},
		{
			name:  "minor on the eve of the 18th birthday: L. 289/1990",
			birth: born, at: birthday - 1, verbali: []status.Verbale{frequenza},
			states: states{ic: valid}, categories: minor,
		},
		{
			name:  "minor on the 18th birthday, no new verbale: DL 90/2014 art. 25 c. 5",
			birth: born, at: birthday, verbali: []status.Verbale{frequenza}, complete: true,
			states: states{ic: status.StateCameOfAge}, reason: status.ReasonUndecided,
			also: doubt(status.DoubtAge),
		},
		{
			name:  "the same in a registry that may miss the new verbale: DL 90/2014 art. 25 c. 5",
			birth: born, at: birthday, verbali: []status.Verbale{frequenza},
			states: states{ic: status.StateCameOfAge}, reason: status.ReasonUndecided,
		},
		{
			name:  "born on 29 February, eve of the birthday: art. 2963 c.c.",
			birth: leap, at: 20260227, verbali: []status.Verbale{frequenza},
			states: states{ic: valid}, categories: minor,
		},
		{
			name:  "born on 29 February, 18 on the 28th: art. 2963 c.c.",
			birth: leap, at: 20260228, verbali: []status.Verbale{frequenza},
			states: states{ic: status.StateCameOfAge}, reason: status.ReasonUndecided,
		},
		{
			name:  "minor with accompagnamento is in two categories: L. 18/1980",
			birth: born, at: today, verbali: []status.Verbale{attended},
			states: states{ic: valid}, categories: both,
		},
		{
			name:  "accompagnamento goes on after the 18th birthday without a visit: DL 90/2014 art. 25 c. 6",
			birth: born, at: birthday, verbali: []status.Verbale{attended},
			states: states{ic: valid}, categories: []status.Category{status.CategoryAttendance},
		},
		{
			name:  "judged as an adult before the birthday, in effect from it: DL 90/2014 art. 25 c. 5",
			birth: born, at: birthday,
			verbali: []status.Verbale{frequenza,
				effect(judged("B", ic, status.KindComingOfAge, 20260901, status.DegreeOverTwoThirds, 80),
					birthday)},
			states: states{ic: valid}, categories: []status.Category{status.CategoryCivilInvalid},
			also: percentage(80, 80),
		},
		{
			name:  "the same on the eve, still a minor: DL 90/2014 art. 25 c. 5",
			birth: born, at: birthday - 1,
			verbali: []status.Verbale{frequenza,
				effect(judged("B", ic, status.KindComingOfAge, 20260901, status.DegreeOverTwoThirds, 80),
					birthday)},
			states: states{ic: valid}, categories: minor,
		},
		{
			name:  "L. 104 of a minor does not end at 18: L. 104/1992 art. 3 c. 3",
			birth: born, at: birthday,
			verbali: []status.Verbale{frequenza,
				first("B", status.Law104, 20200301, status.DegreeLaw104C3, 0)},
			states:     states{ic: status.StateCameOfAge, status.Law104: valid},
			categories: []status.Category{status.CategoryLaw104},
			subKinds:   []status.SubKind{status.SubKindLaw104C3},
		},
		{
			name:  "suspended as a minor, then 18, nothing left to suspend: L. 289/1990",
			birth: born, at: birthday,
			verbali: []status.Verbale{frequenza, event("B", ic, status.KindSuspension, 20260601)},
			states:  states{ic: status.StateCameOfAge}, reason: status.ReasonUndecided,
		},
		bounds(over65("over 65, mild, no number, is not in the six: D.Lgs. 124/1998 art. 5 c. 7",
			status.DegreeOver65Mild, 0), 34, 66),
		confirmed(over65("over 65, medium, no number, is above 34 %: D.Lgs. 124/1998 art. 5 c. 7",
			status.DegreeOver65Medium, 0), 67, 99, status.CategoryCivilInvalid),
		confirmed(over65("over 65, severe, no number, is above 34 %: D.Lgs. 124/1998 art. 5 c. 7",
			status.DegreeOver65Severe, 0), 100, 100, status.CategoryCivilInvalid),
		bounds(over65("over 65, mild, printed as 33 %, one below the limit: D.Lgs. 124/1998 art. 5 c. 7",
			status.DegreeOver65Mild, 33), 33, 33),
		confirmed(over65("over 65, mild, with 34 %: D.Lgs. 124/1998 art. 5 c. 7", status.DegreeOver65Mild,
			34), 34, 34, status.CategoryCivilInvalid),
		confirmed(over65("over 65, medium, printed as 66 %: D.Lgs. 124/1998 art. 5 c. 7",
			status.DegreeOver65Medium, 66), 66, 66, status.CategoryCivilInvalid),
		confirmed(over65("over 65 who cannot walk, no number: L. 18/1980 has no age limit",
			status.DegreeOver65Walking, 0), 100, 100, status.CategoryCivilInvalid, status.CategoryAttendance),
		confirmed(over65("over 65 in need of daily help, with 100 %: L. 508/1988",
			status.DegreeOver65DailyActs, 100), 100, 100, status.CategoryCivilInvalid,
			status.CategoryAttendance),
	}
}
