package citizen

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/qr-invalidita/attesta/status"
)

// TestHeadline covers what a page says first. An open case is never described as nothing in force.
func TestHeadline(t *testing.T) {
	in := func(domain status.Domain, state status.State) status.DomainStatus {
		return status.DomainStatus{Domain: domain, State: state}
	}
	valid := in(status.Law104, status.StateValid)
	over := in(status.CivilInvalidity, status.StateRevoked)
	no := in(status.Blindness, status.StateNotRecognised)
	open := in(status.Deafness, status.StateUndecided)
	elsewhere := in(status.Deafness, status.StateNotHeld)
	for name, test := range map[string]struct {
		domains     []status.DomainStatus
		tone, title string
	}{
		"in force":                 {[]status.DomainStatus{valid}, "yes", "area.in_force_title"},
		"in force beside others":   {[]status.DomainStatus{over, open, valid}, "yes", "area.in_force_title"},
		"open":                     {[]status.DomainStatus{open}, "unknown", "area.open_title"},
		"open beside what is over": {[]status.DomainStatus{over, no, open}, "unknown", "area.open_title"},
		"kept elsewhere":           {[]status.DomainStatus{no, elsewhere}, "unknown", "area.open_title"},
		"over":                     {[]status.DomainStatus{over, no}, "unknown", "area.not_in_force_title"},
		"titles alone":             {nil, "unknown", "area.titles_title"},
	} {
		t.Run(name, func(t *testing.T) {
			var s standing
			var of status.Status
			for _, d := range test.domains {
				of = of.With(d)
				s.Judgements = append(s.Judgements, judge(d, status.Italian))
			}
			s.headline(of)
			assert.Equal(t, test.tone, s.Tone)
			assert.Equal(t, test.title, s.Title)
			_, said := Texts().Say("it", s.Text)
			assert.True(t, said, s.Text)
		})
	}
}

// TestFirstLevel covers what the page says that a desk sees: each answer and each reason, and no other.
func TestFirstLevel(t *testing.T) {
	cannotTell := func(reason status.Reason) status.FirstLevel {
		return status.FirstLevel{Answer: status.CannotTell, Reason: reason}
	}
	for name, test := range map[string]struct {
		level status.FirstLevel
		want  string
	}{
		"yes": {status.FirstLevel{Answer: status.Confirmed}, "area.sees_confirmed"},
		"no": {status.FirstLevel{Answer: status.NotConfirmed, Reason: status.ReasonNotEntitled},
			"area.sees_not_confirmed"},
		"second":       {cannotTell(status.ReasonNeedsSecondLevel), "area.sees_second"},
		"not held":     {cannotTell(status.ReasonClassNotHeld), "area.sees_not_held"},
		"undecided":    {cannotTell(status.ReasonUndecided), "area.sees_undecided"},
		"nothing here": {cannotTell(status.ReasonNoStatusHere), "area.sees_unknown"},
		"zero":         {status.FirstLevel{}, "area.sees_unknown"},
	} {
		var s standing
		s.firstLevel(test.level, status.Italian)
		assert.Equal(t, test.want, s.Sees, name)
		assert.Empty(t, s.Categories, name)
	}
	var s standing
	s.firstLevel(status.FirstLevel{Answer: status.Confirmed,
		Categories: []status.Category{status.CategoryMinor},
		SubKinds:   status.SubKinds()[:1]}, status.German)
	assert.Equal(t, []term{say(status.CategoryMinor, status.German),
		say(status.SubKinds()[0], status.German)},
		s.Categories)
}

func TestJudge(t *testing.T) {
	known := status.DomainStatus{Domain: status.CivilInvalidity, State: status.StateRevisionPending,
		Outcome: status.Outcome{Degree: status.DegreeOverTwoThirds, Percent: 74}, Since: 20210315,
		Revision: 20260315, Decision: 20210301, Number: "7", Body: "Commissione"}
	j := judge(known, status.Italian)
	assert.True(t, j.Judged)
	assert.True(t, j.InForce, "a visit that is due ends nothing")
	assert.Equal(t, 74, j.Percent)
	assert.Equal(t, "2026-03-15", status.DateOf(j.Revision).String())
	assert.Empty(t, j.Annotations)
	assert.Zero(t, j.Class)
	assert.Zero(t, j.Doubt)
	assert.Empty(t, j.Adult)

	known.Annotations.Parking = status.Yes
	assert.Len(t, judge(known, status.Italian).Annotations, len(status.AnnotationCodes()),
		"all of them, or none")

	elsewhere := judge(status.DomainStatus{Domain: status.Blindness, State: status.StateNotHeld,
		NotHeld: status.ClassBefore2010}, status.Italian)
	assert.False(t, elsewhere.Judged)
	assert.False(t, elsewhere.InForce)
	assert.Equal(t, say(status.ClassBefore2010, status.Italian), elsewhere.Class)
	assert.True(t, elsewhere.Since.IsZero())

	grown := judge(status.DomainStatus{Domain: status.CivilInvalidity, State: status.StateCameOfAge,
		AdultRights: status.AdultApplied, Doubt: status.DoubtAge}, status.Italian)
	assert.Equal(t, "area.adult.applied", grown.Adult)
	assert.Equal(t, say(status.DoubtAge, status.Italian), grown.Doubt)
}

func TestEvents(t *testing.T) {
	old := status.Verbale{ID: "1", Kind: status.KindFirst, Domain: status.CivilInvalidity, Decision: 20150611,
		Effect: 20150611, Outcome: status.Outcome{Degree: status.DegreeOverThird, Percent: 46}}
	new := status.Verbale{ID: "2", Kind: status.KindWorsening, Domain: status.CivilInvalidity,
		Decision: 20220920, Effect: 20220101, NotHeld: status.ClassCourt}
	gone := status.Verbale{ID: "3", Kind: status.KindWithdrawn, Domain: status.CivilInvalidity,
		Decision: 20230101, Effect: 20230101}
	given := []status.Verbale{old, gone, new}
	list := events(given, status.Italian)
	assert.Equal(t, []string{"1", "3", "2"}, []string{given[0].ID, given[1].ID, given[2].ID},
		"left as they were")
	if assert.Len(t, list, 2, "what was entered in error is not shown") {
		assert.Equal(t, "2", list[0].ID, "the newest first")
		assert.Equal(t, "2022-01-01", status.DateOf(list[0].Effect).String())
		assert.Equal(t, say(status.ClassCourt, status.Italian), list[0].Degree)
		assert.True(t, list[1].Effect.IsZero(), "an effect of the same day is not said twice")
		assert.Equal(t, 46, list[1].Percent)
		assert.Equal(t, say(status.DegreeOverThird, status.Italian), list[1].Degree)
	}
}

// A code of a later release is shown as it is.
func TestSayUnknown(t *testing.T) {
	assert.Equal(t, term{Legal: "new_domain"}, say(status.Domain("new_domain"), status.Italian))
	for _, domain := range status.Domains() {
		word := say(domain, status.Italian)
		assert.NotEmpty(t, word.Plain)
		assert.NotEqual(t, word.Legal, word.Reform, "the same words are not shown twice")
	}
}
