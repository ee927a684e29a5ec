package status_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/status"
)

func TestCurrentErrors(t *testing.T) {
	a := first("A", ic, 20240510, status.DegreeOverThird, 50)
	annulling := func(id string, on status.Date, what string) status.Verbale {
		return annuls(event(id, ic, status.KindAutotutela, on), what)
	}
	long := make([]status.Verbale, 321)
	for i := range long {
		long[i] = first(fmt.Sprintf("V%d", i), ic, 20240510, status.DegreeOverThird, 50)
	}
	for _, c := range []struct {
		name      string
		verbali   []status.Verbale
		birth, at status.Date
		want      status.Error
	}{
		{"too long", long, adult, today, status.ErrHistoryLength},
		{"no birth", nil, 0, today, status.ErrBirth},
		{"no such birth", nil, 20250229, today, status.ErrBirth},
		{"birth tomorrow", nil, today + 1, today, status.ErrBirth},
		{"no day", nil, adult, 0, status.ErrDate},
		{"judged before birth", []status.Verbale{a}, 20240511, today, status.ErrTooEarly},
		{"one id, two degrees", []status.Verbale{a, first("A", ic, 20240510, status.DegreeOverThird, 51)},
			adult, today, status.ErrConflict},
		{"one id, two days", []status.Verbale{a, first("B", ic, 20240601, status.DegreeOverThird, 50),
			first("A", ic, 20250510, status.DegreeOverThird, 50)}, adult, today, status.ErrConflict},
		{"annuls a later one", []status.Verbale{a, annulling("X", 20240509, "A")}, adult, today,
			status.ErrAnnulment},
		{"annuls one of another domain", []status.Verbale{a,
			annuls(event("X", status.Law104, status.KindAutotutela, 20250509), "A")}, adult, today,
			status.ErrAnnulment},
		{"two annul each other on one day",
			[]status.Verbale{a, annulling("X", 20250101, "Y"), annulling("Y", 20250101, "X")}, adult, today,
			status.ErrAnnulment},
		{"three in a circle, and a fourth that hangs on it", []status.Verbale{
			annulling("W", 20250101, "X"), annulling("X", 20250101, "Y"), annulling("Y", 20250101, "Z"),
			annulling("Z", 20250101, "X")}, adult, today, status.ErrAnnulment},
	} {
		t.Run(c.name, func(t *testing.T) {
			for range 5 {
				s, err := status.Current(c.verbali, c.birth, c.at)
				require.ErrorIs(t, err, c.want)
				assert.Zero(t, s, "an error comes alone")
				rand.Shuffle(len(c.verbali),
					func(i, j int) { c.verbali[i], c.verbali[j] = c.verbali[j], c.verbali[i] })
			}
		})
	}
	_, err := status.Current(long[1:], adult, today)
	assert.NoError(t, err, "the longest history")
}

func TestCurrentLeavesTheHistoryAlone(t *testing.T) {
	history := []status.Verbale{
		annuls(event("X", ic, status.KindAutotutela, 20250901), "B"),
		judged("B", ic, status.KindWorsening, 20250310, status.DegreeTotal, 100),
		first("A", ic, 20240510, status.DegreeOverThird, 50),
	}
	before := slices.Clone(history)
	s, err := status.Current(history, adult, today)
	require.NoError(t, err)
	assert.Equal(t, before, history)

	twice, err := status.Current(append(history, history...), adult, today)
	require.NoError(t, err)
	assert.Equal(t, s, twice, "an event that arrives twice counts once")
}

// A version that is not yet definitive has the same identifier as the definitive one.
func TestCurrentDefinitiveAfterProvisional(t *testing.T) {
	draft := with(first("A", ic, 20240510, status.DegreeOverThird, 40),
		func(v *status.Verbale) { v.Definitive = false })
	s, err := status.Current([]status.Verbale{draft, first("A", ic, 20240510, status.DegreeOverThird, 50)},
		adult, today)
	require.NoError(t, err)
	assert.Equal(t, 50, s.In(ic).Percent)
}

// A draft is ignored, so it cannot make a history an error either.
func TestCurrentIgnoresFaultyDrafts(t *testing.T) {
	s, err := status.Current([]status.Verbale{{}, first("A", ic, 20240510, status.DegreeOverThird, 50)},
		adult, today)
	require.NoError(t, err)
	assert.Equal(t, status.StateValid, s.In(ic).State)
}

func TestCurrentDates(t *testing.T) {
	v := revision(effect(first("A", ic, 20240510, status.DegreeOverThird, 50), 20240201), 20270510)
	s, err := status.Current([]status.Verbale{v}, adult, today)
	require.NoError(t, err)
	d := s.In(ic)
	assert.Equal(t, status.Date(20240201), d.Since)
	assert.Equal(t, status.Date(20270510), d.Revision)
	assert.Equal(t, adult, s.Birth)
	assert.Equal(t, today, s.At)
	assert.Equal(t, status.DomainStatus{Domain: status.Law68}, s.In(status.Law68))
	assert.Equal(t, status.DomainStatus{Domain: "other"}, s.In("other"))
	assert.Equal(t, status.DomainStatus{Domain: ic}, status.Status{}.In(ic),
		"the zero status knows its domains too")
}

// The first day of a life, and the day of an annulled decision itself.
func TestCurrentFirstDays(t *testing.T) {
	a := first("A", status.Deafness, 20260510, status.DegreeDeafCongenital, 0)
	s, err := status.Current([]status.Verbale{a}, 20260510, 20260510)
	require.NoError(t, err)
	assert.Equal(t, status.StateValid, s.In(status.Deafness).State)

	s, err = status.Current([]status.Verbale{a,
		annuls(event("X", status.Deafness, status.KindAutotutela, 20260510), "A")}, 20260510, 20260510)
	require.NoError(t, err)
	assert.Equal(t, status.StateAbsent, s.In(status.Deafness).State)
}

// Two decisions in effect from one day: the later one decides, whatever its ID.
func TestCurrentSameEffect(t *testing.T) {
	earlier := first("Z", ic, 20240510, status.DegreeOverThird, 40)
	later := effect(judged("A", ic, status.KindCourt, 20250610, status.DegreeOverThird, 60), 20240510)
	s, err := status.Current([]status.Verbale{earlier, later}, adult, today)
	require.NoError(t, err)
	assert.Equal(t, 60, s.In(ic).Percent)
}

// A known revocation decides even if the judgement is not held.
func TestCurrentRevokedAndNotHeld(t *testing.T) {
	revoked := event("B", ic, status.KindRevocation, 20250610)
	for _, history := range [][]status.Verbale{
		{notHeld(event("A", ic, status.KindCourt, 20240510), status.ClassCourt), revoked},
		{revoked},
	} {
		s, err := status.Current(history, adult, today)
		require.NoError(t, err)
		assert.Equal(t, status.StateRevoked, s.In(ic).State)
		assert.Empty(t, s.In(ic).NotHeld)
	}
}

// Every case file gives the same result in any order of arrival, and so does every error.
func TestCurrentOrder(t *testing.T) {
	for _, c := range allCases() {
		want, err := status.Current(c.verbali, c.birth, c.at)
		require.NoError(t, err)
		for range 20 {
			shuffled := slices.Clone(c.verbali)
			rand.Shuffle(len(shuffled),
				func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
			got, err := status.Current(shuffled, c.birth, c.at)
			require.NoError(t, err)
			assert.Equal(t, want, got, c.name)
		}
	}
}
