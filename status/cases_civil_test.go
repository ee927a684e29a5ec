package status_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/qr-invalidita/attesta/status"
)

func civilInvalidityCases() []caseFile {
	civil := []status.Category{status.CategoryCivilInvalid}
	attendance := []status.Category{status.CategoryCivilInvalid, status.CategoryAttendance}
	// band builds the cases on both sides of a limit: same person, another number.
	band := func(name string, degree status.Degree, percent int) caseFile {
		return caseFile{
			name: name, birth: adult, at: today,
			verbali: []status.Verbale{first("A", ic, 20240510, degree, percent)},
			states:  states{ic: valid}, categories: civil, also: percentage(percent, percent),
		}
	}
	return []caseFile{
		{
			name:  "33 %, one point below the limit, complete registry: L. 118/1971 art. 2",
			birth: adult, at: today, complete: true,
			verbali: []status.Verbale{first("A", ic, 20240510, status.DegreeNone, 33)},
			states:  states{ic: status.StateNotRecognised}, reason: status.ReasonNotEntitled,
			also: percentage(33, 33),
		},
		{
			name:  "33 % in a registry that may miss a deafness: cannot deny, INPS message 4019/2020",
			birth: adult, at: today,
			verbali: []status.Verbale{first("A", ic, 20240510, status.DegreeNone, 33)},
			states:  states{ic: status.StateNotRecognised}, reason: status.ReasonNoStatusHere,
		},
		{
			name:  "not invalid, without a number, is 0 to 33 %: L. 118/1971 art. 2",
			birth: adult, at: today, complete: true,
			verbali: []status.Verbale{first("A", ic, 20240510, status.DegreeNone, 0)},
			states:  states{ic: status.StateNotRecognised}, reason: status.ReasonNotEntitled,
			also: percentage(0, 33),
		},
		band("34 %, the limit of the first category: L. 118/1971 art. 2", status.DegreeOverThird, 34),
		band("45 %, not yet above 45: L. 68/1999 art. 1", status.DegreeOverThird, 45),
		band("46 %, above 45: L. 68/1999 art. 1", status.DegreeOverThird, 46),
		band("66 %, the last of the lower band: L. 118/1971 art. 2", status.DegreeOverThird, 66),
		band("67 %, the first of the upper band: DM 1 Feb 1991 art. 6", status.DegreeOverTwoThirds, 67),
		band("74 %, assegno mensile: L. 118/1971 art. 13", status.DegreeOverTwoThirds, 74),
		band("75 %, above 74: L. 388/2000 art. 80 c. 3", status.DegreeOverTwoThirds, 75),
		band("99 %, the last of the upper band: L. 118/1971 art. 13", status.DegreeOverTwoThirds, 99),
		band("100 %, pensione di inabilità: L. 118/1971 art. 12", status.DegreeTotal, 100),
		{
			name:  "formula above two thirds, no number on an old verbale, is 67 to 99 %: D.Lgs. 509/1988",
			birth: adult, at: today,
			verbali: []status.Verbale{with(first("A", ic, 20110510, status.DegreeOverTwoThirds, 0),
				func(v *status.Verbale) {
					v.Outcome.Formula = status.Formula{Scheme: status.SchemeVerbale, Code: "5"}
				})},
			states: states{ic: valid}, categories: civil, also: percentage(67, 99),
		},
		{
			name:  "100 % and cannot walk, accompagnamento: L. 18/1980 art. 1",
			birth: adult, at: today,
			verbali: []status.Verbale{first("A", ic, 20240510, status.DegreeTotalWalking, 100)},
			states:  states{ic: valid}, categories: attendance,
		},
		{
			name:  "100 % and cannot do the acts of daily life, accompagnamento: L. 508/1988",
			birth: adult, at: today,
			verbali: []status.Verbale{first("A", ic, 20240510, status.DegreeTotalDailyActs, 100)},
			states:  states{ic: valid}, categories: attendance,
		},
		{
			name:  "art. 4 denied in one sentence is six times no: DL 5/2012 art. 4",
			birth: adult, at: today,
			verbali: []status.Verbale{annotated(first("A", ic, 20240510, status.DegreeTotal, 100),
				status.NoAnnotations())},
			states: states{ic: valid}, categories: civil,
			also: func(t *testing.T, s status.Status) {
				for _, a := range status.AnnotationCodes() {
					assert.Equal(t, status.No, s.In(ic).Annotations.Value(a))
				}
			},
		},
		{
			name:  "verbale of 2011 without annotations is not recorded, which is no no: DL 5/2012 art. 4",
			birth: adult, at: today,
			verbali: []status.Verbale{first("A", ic, 20110510, status.DegreeTotal, 100)},
			states:  states{ic: valid}, categories: civil,
			also: func(t *testing.T, s status.Status) {
				for _, a := range status.AnnotationCodes() {
					assert.Equal(t, status.NotRecorded, s.In(ic).Annotations.Value(a))
				}
			},
		},
		{
			name:  "parking yes, the rest not stated: DPR 495/1992 art. 381",
			birth: adult, at: today,
			verbali: []status.Verbale{annotated(first("A", ic, 20240510, status.DegreeTotal, 100),
				status.Annotations{Parking: status.Yes})},
			states: states{ic: valid}, categories: civil,
			also: func(t *testing.T, s status.Status) {
				assert.Equal(t, status.Yes, s.In(ic).Annotations.Value(status.AnnotationParking))
				assert.Equal(t, status.NotRecorded, s.In(ic).Annotations.Value(status.AnnotationGraveWalking))
			},
		},
	}
}
