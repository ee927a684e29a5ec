package codicefiscale_test

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

func date(y int, m time.Month, d int) time.Time {
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

func TestCandidates(t *testing.T) {
	rome := time.FixedZone("CEST", 2*60*60)
	newYork := time.FixedZone("EST", -5*60*60)
	for _, tt := range []struct {
		name     string
		birth    codicefiscale.Birth
		notAfter time.Time
		want     []time.Time
	}{
		{"only in the 1900s", codicefiscale.Birth{80, time.January, 1}, date(2026, 7, 1),
			[]time.Time{date(1980, 1, 1)}},
		{"a child or a centenarian", codicefiscale.Birth{20, time.May, 4}, date(2026, 7, 1),
			[]time.Time{date(1920, 5, 4), date(2020, 5, 4)}},
		{"50 is not 2050", codicefiscale.Birth{50, time.January, 1}, date(2026, 7, 1),
			[]time.Time{date(1950, 1, 1)}},
		{"50 is 2050 as well when that has come", codicefiscale.Birth{50, time.January, 1}, date(2050, 1, 1),
			[]time.Time{date(1950, 1, 1), date(2050, 1, 1)}},
		{"born today", codicefiscale.Birth{26, time.July, 1}, time.Date(2026, 7, 1, 23, 59, 0, 0, time.UTC),
			[]time.Time{date(1926, 7, 1), date(2026, 7, 1)}},
		{"born tomorrow", codicefiscale.Birth{26, time.July, 2},
			time.Date(2026, 7, 1, 23, 59, 0, 0, time.UTC), []time.Time{date(1926, 7, 2)}},
		{"today is the day on the caller's calendar, ahead of UTC", codicefiscale.Birth{26, time.July, 1},
			time.Date(2026, 7, 1, 0, 30, 0, 0, rome),
			[]time.Time{date(1926, 7, 1), date(2026, 7, 1)}},
		{"today is the day on the caller's calendar, behind UTC", codicefiscale.Birth{26, time.July, 2},
			time.Date(2026, 7, 1, 23, 30, 0, 0, newYork),
			[]time.Time{date(1926, 7, 2)}},
		{"29 February 1900 did not exist", codicefiscale.Birth{0, time.February, 29}, date(2026, 7, 1),
			[]time.Time{date(2000, 2, 29)}},
		{"29 February 2000 is still to come", codicefiscale.Birth{0, time.February, 29}, date(2000, 2, 28),
			nil},
		{"29 February of a leap year", codicefiscale.Birth{4, time.February, 29}, date(2026, 7, 1),
			[]time.Time{date(1904, 2, 29), date(2004, 2, 29)}},
		{"the 1800s are left out", codicefiscale.Birth{99, time.December, 31}, date(1999, 12, 30), nil},
		{"no 2100", codicefiscale.Birth{0, time.January, 1}, date(2150, 1, 1),
			[]time.Time{date(1900, 1, 1), date(2000, 1, 1)}},
		{"the zero time", codicefiscale.Birth{80, time.January, 1}, time.Time{}, nil},
		{"the zero Birth", codicefiscale.Birth{}, date(2026, 7, 1), nil},
		{"29 February of a common year", codicefiscale.Birth{81, time.February, 29}, date(2026, 7, 1), nil},
		{"31 April", codicefiscale.Birth{80, time.April, 31}, date(2026, 7, 1), nil},
		{"day 0", codicefiscale.Birth{80, time.April, 0}, date(2026, 7, 1), nil},
		{"day 41", codicefiscale.Birth{80, time.April, 41}, date(2026, 7, 1), nil},
		{"day 367, again in January", codicefiscale.Birth{80, time.January, 367}, date(2026, 7, 1), nil},
		{"month 0", codicefiscale.Birth{80, 0, 1}, date(2026, 7, 1), nil},
		{"month 13", codicefiscale.Birth{80, 13, 1}, date(2026, 7, 1), nil},
		{"year -1", codicefiscale.Birth{-1, time.January, 1}, date(2026, 7, 1), nil},
		{"year 100", codicefiscale.Birth{100, time.January, 1}, date(2026, 7, 1), nil},
		{"huge numbers", codicefiscale.Birth{99, math.MaxInt, math.MaxInt}, date(2026, 7, 1), nil},
		{"a huge year", codicefiscale.Birth{math.MaxInt, 1, 1}, date(2026, 7, 1), nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			assert.Equal(t, tt.want, tt.birth.Candidates(tt.notAfter))
		})
	}
}

// Every date of two centuries is among the candidates of its code's Birth, and no candidate is
// shifted to another day.
func TestEveryDateIsACandidate(t *testing.T) {
	end := date(2099, 12, 31)
	for d := date(1900, 1, 1); !d.After(end); d = d.AddDate(0, 0, 1) {
		b := codicefiscale.Birth{YearOfCentury: d.Year() % 100, Month: d.Month(), Day: d.Day()}
		candidates := b.Candidates(end)
		assert.Contains(t, candidates, d)
		for _, c := range candidates {
			assert.Equal(t, b, codicefiscale.Birth{YearOfCentury: c.Year() % 100, Month: c.Month(),
				Day: c.Day()})
		}
	}
}
