package status_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/status"
)

func anna(t *testing.T) status.Status {
	s, err := status.Current([]status.Verbale{
		annotated(first("A", ic, 20240510, status.DegreeTotalWalking, 100),
			status.Annotations{Parking: status.Yes}),
		first("B", status.Blindness, 20240510, status.DegreeBlindPartial, 0),
		first("C", status.Law104, 20240510, status.DegreeLaw104C3, 0),
		first("D", status.Law68, 20240510, status.DegreeNone, 0),
		notHeld(event("E", status.Deafness, status.KindCourt, 20240510), status.ClassCourt),
	}, adult, today)
	require.NoError(t, err)
	return s
}

func TestFirstLevelPolicies(t *testing.T) {
	s := anna(t)
	categories := []status.Category{status.CategoryCivilInvalid, status.CategoryAttendance,
		status.CategoryBlind, status.CategoryLaw104}
	assert.Equal(t, status.FirstLevel{Answer: status.Confirmed}, s.FirstLevel(status.PolicyAny))
	assert.Equal(t, status.FirstLevel{Answer: status.Confirmed, Categories: categories},
		s.FirstLevel(status.PolicyCategories))
	assert.Equal(t, status.FirstLevel{
		Answer: status.Confirmed, Categories: categories,
		SubKinds: []status.SubKind{status.SubKindBlindPartial, status.SubKindLaw104C3},
	}, s.FirstLevel(status.PolicySubKinds))
	assert.Equal(t, s.FirstLevel(status.PolicyCategories), s.FirstLevel(""), "the default of the design")
	assert.Equal(t, s.FirstLevel(status.PolicyAny), s.FirstLevel("all"), "a slip discloses less, not more")
}

func TestFirstLevelComplete(t *testing.T) {
	s := anna(t)
	s.Complete = true
	assert.False(t, s.FirstLevel("").Complete, "one domain is of a class that is not held")
	s = s.With(status.DomainStatus{Domain: status.Deafness})
	assert.True(t, s.FirstLevel("").Complete)
}

func TestFirstLevelOfNobody(t *testing.T) {
	var s status.Status
	assert.Equal(t, status.FirstLevel{Answer: status.CannotTell, Reason: status.ReasonNoStatusHere},
		s.FirstLevel(""))
	assert.NotEqual(t, status.Confirmed, status.FirstLevel{}.Answer)
	assert.NotEqual(t, status.NotConfirmed, status.FirstLevel{}.Answer, "the zero value denies nothing")
	assert.Empty(t, s.SecondLevel())
}

func TestSecondLevel(t *testing.T) {
	s := anna(t)
	detail := func(d status.Domain, o status.Outcome) status.Detail {
		return status.Detail{Domain: d, State: valid, Outcome: o, Decision: 20240510, Since: 20240510}
	}
	civil := detail(ic, status.Outcome{
		Degree: status.DegreeTotalWalking, Percent: 100, Annotations: status.Annotations{Parking: status.Yes},
	})
	blind := detail(status.Blindness, status.Outcome{Degree: status.DegreeBlindPartial})
	none := detail(status.Law68, status.Outcome{Degree: status.DegreeNone})
	none.State = status.StateNotRecognised
	assert.Equal(t, []status.Detail{
		civil, blind,
		{Domain: status.Deafness, State: status.StateNotHeld, NotHeld: status.ClassCourt},
		detail(status.Law104, status.Outcome{Degree: status.DegreeLaw104C3}),
		none,
	}, s.SecondLevel())
	assert.Equal(t, []status.Detail{civil, blind}, s.SecondLevel(status.Blindness, ic),
		"in the order of the domains")
	assert.Equal(t, []status.Detail{blind}, s.SecondLevel(status.Blindness), "one domain shows no other")
	assert.Empty(t, s.SecondLevel(status.Deafblindness))
	assert.Empty(t, s.SecondLevel("other"))
}

// A judgement that has ended is not disclosed; a suspended one is.
func TestSecondLevelOfEndedJudgements(t *testing.T) {
	ended := map[status.State]bool{status.StateRevoked: true, status.StateCameOfAge: true,
		status.StateNotHeld: true, status.StateUndecided: true}
	for _, state := range status.States() {
		var s status.Status
		s = s.With(status.DomainStatus{Domain: ic, State: state,
			Outcome: status.Outcome{Degree: status.DegreeTotal, Percent: 100}})
		details := s.SecondLevel()
		require.Len(t, details, 1)
		assert.Equal(t, ended[state], details[0].Outcome == status.Outcome{}, "%s", state)
	}
}

func TestInForce(t *testing.T) {
	in := map[status.State]bool{status.StateValid: true, status.StateRevisionPending: true,
		status.StateSuspended: true}
	for _, state := range append(status.States(), status.StateAbsent, "other") {
		assert.Equal(t, in[state], status.DomainStatus{State: state}.InForce(), "%q", state)
	}
}

// The first level shows only judgements in force, in every domain.
func TestFirstLevelNeedsForce(t *testing.T) {
	for _, domain := range status.Domains() {
		for _, degree := range status.Degrees(domain)[1:] {
			for _, state := range status.States() {
				s := status.Status{Birth: 20200101, At: today}
				s = s.With(status.DomainStatus{Domain: domain, State: state,
					Outcome: status.Outcome{Degree: degree}})
				f := s.FirstLevel(status.PolicySubKinds)
				if !s.In(domain).InForce() {
					assert.Empty(t, f.Categories, "%s %s", degree, state)
					assert.Empty(t, f.SubKinds, "%s %s", degree, state)
					assert.Equal(t, status.CannotTell, f.Answer)
				}
			}
		}
	}
}

// The ISEE and tax forms ask for the act.
func TestSecondLevelNamesTheAct(t *testing.T) {
	v := with(effect(first("A", ic, 20240510, status.DegreeOverTwoThirds, 80), 20240203),
		func(v *status.Verbale) {
			v.Number, v.Body = "2024/000123", "INPS Roma"
		})
	s, err := status.Current([]status.Verbale{v}, adult, today)
	require.NoError(t, err)
	assert.Equal(t, []status.Detail{{
		Domain: ic, State: valid, Outcome: v.Outcome, Decision: 20240510, Since: 20240203,
		Number: "2024/000123", Body: "INPS Roma",
	}}, s.SecondLevel())
	s, err = status.Current([]status.Verbale{v, event("U", ic, status.KindRevocation, 20250610)}, adult,
		today)
	require.NoError(t, err)
	assert.Equal(t, []status.Detail{{Domain: ic, State: status.StateRevoked}}, s.SecondLevel(),
		"the act counts no more")
}

func TestOpen(t *testing.T) {
	open := map[status.State]bool{status.StateNotHeld: true, status.StateUndecided: true,
		status.StateCameOfAge: true}
	for _, state := range append(status.States(), status.StateAbsent) {
		assert.Equal(t, open[state], status.DomainStatus{State: state}.Open(), "%q", state)
	}
}
