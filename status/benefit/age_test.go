package benefit_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/benefit"
)

func day(d time.Time) status.Date { return status.DateOf(d) }

func TestAges(t *testing.T) {
	for _, c := range []struct {
		condition string
		birth, at status.Date
		want      benefit.Outcome
	}{
		{"age >= 67", 19600115, 20270114, benefit.NotSatisfied},
		{"age >= 67", 19600115, 20270115, benefit.Satisfied},
		{"age >= 67+1", 19600115, 20270214, benefit.NotSatisfied},
		{"age >= 67+1", 19600115, 20270215, benefit.Satisfied},
		{"age > 67", 19600115, 20271231, benefit.NotSatisfied},
		{"age = 67", 19600115, 20271231, benefit.Satisfied},
		{"age <= 67", 19600115, 20271231, benefit.Satisfied},
		{"age <= 67+1", 19600115, 20270315, benefit.NotSatisfied},
		{"age = 67+1", 19600115, 20270314, benefit.Satisfied},
		{"age < 18", 20081101, 20261031, benefit.Satisfied},
		{"age < 18", 20081101, 20261101, benefit.NotSatisfied},
	} {
		s := status.Status{Birth: c.birth, At: c.at, Complete: true}
		assert.Equal(t, c.want, asking(t, c.condition).SecondLevel(s, nil).Outcome, "%s, born %s, on %s",
			c.condition, c.birth, c.at)
	}
}

// pension reports whether a person has reached the age of old-age pensions.
func pension(t testing.TB) func(birth, at time.Time) bool {
	c, err := benefit.Default().Merge([]byte(`attesta-benefits 1 2026-11-29
benefit x.pension
  it: X
  law: DL 201/2011 art. 24 c. 6
  checked: 2026-11-29 read
  condition: age >= pension_age
`))
	require.NoError(t, err)
	b, _ := c.Lookup("x.pension", today)
	return func(birth, at time.Time) bool {
		outcome := b.SecondLevel(status.Status{Birth: day(birth), At: day(at), Complete: true}, nil).Outcome
		require.Contains(t, []benefit.Outcome{benefit.Satisfied, benefit.NotSatisfied}, outcome)
		return outcome == benefit.Satisfied
	}
}

// The limits of L. 199/2025: people born until 31 December 1959, until 30 November 1960, and
// later.
func TestPensionAge(t *testing.T) {
	reached := pension(t)
	for _, c := range []struct {
		birth         time.Time
		years, months int
	}{
		{time.Date(1959, 12, 31, 0, 0, 0, 0, time.UTC), 67, 0},
		{time.Date(1960, 1, 1, 0, 0, 0, 0, time.UTC), 67, 1},
		{time.Date(1960, 11, 30, 0, 0, 0, 0, time.UTC), 67, 1},
		{time.Date(1960, 12, 1, 0, 0, 0, 0, time.UTC), 67, 3},
	} {
		birthday := c.birth.AddDate(c.years, c.months, 0)
		assert.False(t, reached(c.birth, birthday.AddDate(0, 0, -1)), c.birth)
		assert.True(t, reached(c.birth, birthday), c.birth)
	}
}

// Nobody goes from over the age to under it, and nobody is under it on a day on which a younger
// person is over it.
func TestPensionAgeIsReachedOnce(t *testing.T) {
	reached := pension(t)
	var above time.Time // the last birth that was over it on some day
	for birth := time.Date(1959, 10, 1, 0, 0, 0, 0, time.UTC); birth.Year() < 1962; birth = birth.AddDate(0,
		0, 5) {
		over := false
		for at := birth.AddDate(66, 11, 0); at.Before(birth.AddDate(67, 5, 0)); at = at.AddDate(0, 0, 1) {
			now := reached(birth, at)
			assert.False(t, over && !now, "born %s, below again on %s", birth, at)
			if now && !over && !above.IsZero() {
				assert.True(t, reached(above, at), "born %s is below where %s is not", above, birth)
			}
			over = over || now
		}
		assert.True(t, over, birth)
		above = birth
	}
}
