package status_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/status"
)

// testdata/codes.txt lists every code that was ever published, one per line. A withdrawn code
// stays in the list, with "retired" before it, because other bodies have stored it and it must
// not return with another meaning. Lines are added and never removed.
func TestCodesAreStable(t *testing.T) {
	data, err := os.ReadFile("testdata/codes.txt")
	require.NoError(t, err)
	listed, retired := map[string]bool{}, map[string]bool{}
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSpace(line)
		name, gone := strings.CutPrefix(line, "retired ")
		require.False(t, listed[name] || retired[name], "%s is listed twice", name)
		if gone {
			retired[name] = true
		} else {
			listed[name] = true
		}
	}
	got := map[string]bool{}
	note := func(group, code string) {
		assert.Regexp(t, `^[a-z][a-z0-9_]*$`, code, group)
		got[group+" "+code] = true
	}
	for _, d := range status.Domains() {
		note("domain", string(d))
		for _, degree := range status.Degrees(d) {
			note("degree", string(degree))
		}
	}
	noteAll(note, "category", status.Categories())
	noteAll(note, "sub_kind", status.SubKinds())
	noteAll(note, "state", status.States())
	noteAll(note, "kind", status.Kinds())
	noteAll(note, "class", status.Classes())
	noteAll(note, "annotation", status.AnnotationCodes())
	noteAll(note, "tri", []status.Tri{status.Yes, status.No})
	noteAll(note, "policy", []status.Policy{status.PolicyAny, status.PolicyCategories, status.PolicySubKinds})
	noteAll(note, "answer", []status.Answer{status.Confirmed, status.NotConfirmed, status.CannotTell})
	noteAll(note, "reason", []status.Reason{status.ReasonNotEntitled, status.ReasonClassNotHeld,
		status.ReasonNeedsSecondLevel, status.ReasonUndecided, status.ReasonNoStatusHere})
	noteAll(note, "title_kind", status.TitleKinds())
	noteAll(note, "doubt", status.Doubts())
	noteAll(note, "adult_rights", []status.AdultRights{status.AdultWithoutVisit, status.AdultApplied})
	for code := range got {
		assert.False(t, retired[code], "%s was retired and is used again", code)
		assert.True(t, listed[code], "%s is new: add it to testdata/codes.txt", code)
	}
	for code := range listed {
		assert.True(t, got[code], "%s is gone: mark it as retired", code)
	}
}

func noteAll[C ~string](note func(string, string), group string, codes []C) {
	for _, c := range codes {
		note(group, string(c))
	}
}

// The facts that the law attaches to the degrees, compared with a second list.
func TestDegreeFacts(t *testing.T) {
	attendance := []status.Degree{status.DegreeTotalWalking, status.DegreeTotalDailyActs,
		status.DegreeMinorWalking, status.DegreeMinorDailyActs, status.DegreeOver65Walking,
		status.DegreeOver65DailyActs}
	gravity := []status.Degree{status.DegreeLaw104C3, status.DegreeSupportHigh, status.DegreeSupportVeryHigh}
	for _, domain := range status.Domains() {
		for _, d := range status.Degrees(domain) {
			f := d.Facts()
			if d == status.DegreeNone {
				assert.Equal(t, status.Facts{High: 33}, f)
				continue
			}
			assert.Equal(t, domain, f.Domain, "%s", d)
			assert.Equal(t, strings.HasPrefix(string(d), "ic_minor_"), f.Minor, "%s", d)
			assert.Equal(t, strings.HasPrefix(string(d), "ic_over65_"), f.Over65, "%s", d)
			assert.Equal(t, domain == ic && !f.Minor, f.High > 0, "%s", d)
			assert.Equal(t, slices.Contains(attendance, d), f.Attendance, "%s", d)
			assert.Equal(t, slices.Contains(gravity, d), f.SubKind == status.SubKindLaw104C3, "%s", d)
			assert.Equal(t, domain == status.Law104, strings.HasPrefix(string(f.SubKind), "law_104"), "%s", d)
		}
	}
	assert.Zero(t, status.Degree("").Facts())
	assert.Zero(t, status.Degree("ic_half").Facts())
}
