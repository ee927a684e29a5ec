package status_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/qr-invalidita/attesta/status"
)

func sensoryCases() []caseFile {
	sight := func(name string, degree status.Degree, kinds ...status.SubKind) caseFile {
		c := caseFile{
			name: name, birth: adult, at: today,
			verbali: []status.Verbale{first("A", status.Blindness, 20240510, degree, 0)},
			states:  states{status.Blindness: valid}, reason: status.ReasonNeedsSecondLevel,
		}
		if len(kinds) > 0 {
			c.reason, c.categories, c.subKinds = "", []status.Category{status.CategoryBlind}, kinds
		}
		return c
	}
	hearing := func(name string, degree status.Degree, kinds ...status.SubKind) caseFile {
		return caseFile{
			name: name, birth: adult, at: today,
			verbali: []status.Verbale{first("A", status.Deafness, 20240510, degree, 0)},
			states:  states{status.Deafness: valid}, categories: []status.Category{status.CategoryDeaf},
			subKinds: kinds,
		}
	}
	bothSenses := []status.Verbale{
		first("A", status.Blindness, 20240510, status.DegreeBlindPartial, 0),
		first("B", status.Deafness, 20240510, status.DegreeDeafCongenital, 0),
	}
	return []caseFile{
		sight("totally blind: L. 138/2001 art. 2", status.DegreeBlindTotal, status.SubKindBlindTotal),
		sight("partially blind, up to 1/20: L. 138/2001 art. 3", status.DegreeBlindPartial,
			status.SubKindBlindPartial),
		sight("decimista, recognised but not in the six: L. 66/1962", status.DegreeBlindTenth),
		sight("severe low vision, a class of tax law, not in the six: L. 138/2001 art. 4",
			status.DegreeLowVisionSevere),
		sight("medium-severe low vision: L. 138/2001 art. 5", status.DegreeLowVisionMedSevere),
		sight("mild low vision: L. 138/2001 art. 6", status.DegreeLowVisionMild),
		{
			name:  "total blindness is not the accompagnamento of civil invalids: L. 18/1980, L. 406/1968",
			birth: adult, at: today,
			verbali: []status.Verbale{
				first("A", status.Blindness, 20240510, status.DegreeBlindTotal, 0),
				first("B", ic, 20240510, status.DegreeTotal, 100),
			},
			states:     states{status.Blindness: valid, ic: valid},
			categories: []status.Category{status.CategoryCivilInvalid, status.CategoryBlind},
			subKinds:   []status.SubKind{status.SubKindBlindTotal},
		},
		{
			name:  "without the impairments of sight: L. 382/1970",
			birth: adult, at: today, complete: true,
			verbali: []status.Verbale{with(first("A", status.Blindness, 20240510, status.DegreeNone, 0),
				func(v *status.Verbale) {
					v.Outcome.Formula = status.Formula{Scheme: status.SchemeVerbale, Code: "2"}
				})},
			states: states{status.Blindness: status.StateNotRecognised}, reason: status.ReasonNotEntitled,
			also: func(t *testing.T, s status.Status) {
				_, _, ok := s.In(status.Blindness).Percentage()
				assert.False(t, ok, "no percentage outside civil invalidity")
			},
		},
		hearing("deaf from birth: L. 381/1970 art. 1", status.DegreeDeafCongenital,
			status.SubKindDeafCongenital),
		hearing("deaf since the developmental age: L. 381/1970 art. 1", status.DegreeDeafAcquired,
			status.SubKindDeafAcquired),
		hearing("deaf, the verbale does not say since when: L. 95/2006", status.DegreeDeaf),
		{
			name:  "deafness after the 12th birthday is ordinary civil invalidity, 80 %: DM 5 Feb 1992",
			birth: adult, at: today,
			verbali: []status.Verbale{
				first("A", status.Deafness, 20240510, status.DegreeNone, 0),
				first("B", ic, 20240510, status.DegreeOverTwoThirds, 80),
			},
			states:     states{status.Deafness: status.StateNotRecognised, ic: valid},
			categories: []status.Category{status.CategoryCivilInvalid},
		},
		{
			name:  "blind and deaf by two verbali is not deafblind: L. 107/2010, L. 182/2025 art. 63",
			birth: adult, at: today, verbali: bothSenses,
			states:     states{status.Blindness: valid, status.Deafness: valid},
			categories: []status.Category{status.CategoryBlind, status.CategoryDeaf},
			subKinds:   []status.SubKind{status.SubKindBlindPartial, status.SubKindDeafCongenital},
		},
		{
			name: "deafblind by the first text of the law was recognised as blind and as deaf: L. " +
				"107/2010 art. 2",
			birth: adult, at: 20251217 + 5,
			verbali: []status.Verbale{first("A", status.Deafblindness, 20251217, status.DegreeDeafblind,
				0)},
			states:     states{status.Deafblindness: valid},
			categories: []status.Category{status.CategoryBlind, status.CategoryDeaf},
		},
		{
			name:  "deafblind by the first text, later found not to be deaf: L. 107/2010 art. 2, L. 381/1970",
			birth: adult, at: today,
			verbali: []status.Verbale{first("A", status.Deafblindness, 20240510, status.DegreeDeafblind, 0),
				first("B", status.Deafness, 20250510, status.DegreeNone, 0)},
			states:     states{status.Deafblindness: valid, status.Deafness: status.StateNotRecognised},
			categories: []status.Category{status.CategoryBlind},
		},
		{
			name:  "deafblind by the new text may be neither blind nor deaf: L. 182/2025 art. 63",
			birth: adult, at: today, complete: true,
			verbali: []status.Verbale{first("A", status.Deafblindness, 20251218, status.DegreeDeafblind, 0)},
			states:  states{status.Deafblindness: valid}, reason: status.ReasonNeedsSecondLevel,
			also: func(t *testing.T, s status.Status) { assert.False(t, s.FirstLevel("").Complete) },
		},
		{
			name:  "deafblind with late deafness, possible since 18 December 2025: L. 182/2025 art. 63",
			birth: adult, at: today,
			verbali: []status.Verbale{first("A", status.Deafblindness, 20251218, status.DegreeDeafblindLate,
				0)},
			states: states{status.Deafblindness: valid}, reason: status.ReasonNeedsSecondLevel,
		},
		{
			name:  "deafblind on top of both verbali keeps all three apart: L. 182/2025 art. 63",
			birth: adult, at: today,
			verbali: append(bothSenses[:2:2],
				first("C", status.Deafblindness, 20260301, status.DegreeDeafblind, 0)),
			states:     states{status.Blindness: valid, status.Deafness: valid, status.Deafblindness: valid},
			categories: []status.Category{status.CategoryBlind, status.CategoryDeaf},
			subKinds:   []status.SubKind{status.SubKindBlindPartial, status.SubKindDeafCongenital},
		},
	}
}

func handicapCases() []caseFile {
	l104 := func(name string, on status.Date, kind status.Kind, degree status.Degree,
		sub status.SubKind) caseFile {
		return caseFile{
			name: name, birth: adult, at: today,
			verbali:    []status.Verbale{judged("A", status.Law104, kind, on, degree, 0)},
			states:     states{status.Law104: valid},
			categories: []status.Category{status.CategoryLaw104}, subKinds: []status.SubKind{sub},
		}
	}
	const reform = status.KindReform
	return []caseFile{
		l104("handicap: L. 104/1992 art. 3 c. 1", 20240510, status.KindFirst, status.DegreeLaw104C1,
			status.SubKindLaw104C1),
		l104("handicap with gravity: L. 104/1992 art. 3 c. 3", 20240510, status.KindFirst,
			status.DegreeLaw104C3, status.SubKindLaw104C3),
		l104("handicap and invalidity above two thirds stands under c. 1: L. 104/1992 art. 21", 20240510,
			status.KindFirst, status.DegreeLaw104C1Art21, status.SubKindLaw104C1),
		l104("certificate, mild support, stands under c. 1: D.Lgs. 62/2024 art. 3", 20260310, reform,
			status.DegreeSupportMild, status.SubKindLaw104C1),
		l104("certificate, medium support, stands under c. 1: D.Lgs. 62/2024 art. 3", 20260310, reform,
			status.DegreeSupportMedium, status.SubKindLaw104C1),
		l104("certificate, high support, stands under c. 3: D.Lgs. 62/2024 art. 3", 20260310, reform,
			status.DegreeSupportHigh, status.SubKindLaw104C3),
		l104("certificate on the first day of the trial, very high support: DL 71/2024 art. 9", 20250101,
			reform, status.DegreeSupportVeryHigh, status.SubKindLaw104C3),
		{
			name:  "one certificate for two domains replaces both old verbali: D.Lgs. 62/2024",
			birth: adult, at: today,
			verbali: []status.Verbale{
				first("A", ic, 20150510, status.DegreeOverThird, 50),
				first("B", status.Law104, 20150512, status.DegreeLaw104C1, 0),
				judged("C/ic", ic, reform, 20260310, status.DegreeTotal, 100),
				judged("C/104", status.Law104, reform, 20260310, status.DegreeSupportHigh, 0),
			},
			states:     states{ic: valid, status.Law104: valid},
			categories: []status.Category{status.CategoryCivilInvalid, status.CategoryLaw104},
			subKinds:   []status.SubKind{status.SubKindLaw104C3},
			also:       percentage(100, 100),
		},
		{
			name:  "invalidity known, handicap not yet: two papers of L. 118/1971 and L. 104/1992",
			birth: adult, at: today,
			verbali: []status.Verbale{first("A", ic, 20261020, status.DegreeOverTwoThirds, 70),
				with(first("B", status.Law104, 20261024, status.DegreeLaw104C3, 0),
					func(v *status.Verbale) { v.Definitive = false })},
			states: states{ic: valid}, categories: []status.Category{status.CategoryCivilInvalid},
		},
		{
			name:  "targeted employment alone is recognised but not in the six: L. 68/1999 art. 1",
			birth: adult, at: today,
			verbali: []status.Verbale{first("A", status.Law68, 20240510, status.DegreeTargetedEmployment, 0)},
			states:  states{status.Law68: valid}, reason: status.ReasonNeedsSecondLevel,
		},
	}
}
