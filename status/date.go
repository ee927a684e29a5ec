package status

import (
	"strconv"
	"time"
)

// A Date is a calendar day, without a time and without a time zone, written as a number: 20260630
// is 30 June 2026. Dates compare with ==, < and >. The zero Date is no date.
//
// The current day depends on the place. Italian law means the day in Rome, so pass
// DateOf(now.In(rome)) if the clock of the machine is in another zone.
type Date int32

// The first and the last year of a Date. Nobody alive was born before minYear; a year after
// maxYear is a typing error.
const (
	minYear = 1900
	maxYear = 2199
)

// DateOf returns the day of t in its own location.
func DateOf(t time.Time) Date {
	y, m, d := t.Date()
	return Date(y*10000 + int(m)*100 + d)
}

// ParseDate reads a date in the form 2006-01-02, from 1900 to 2199. The error is [ErrDate], and
// the Date is then zero.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil || !DateOf(t).Valid() {
		return 0, ErrDate
	}
	return DateOf(t), nil
}

// Valid reports whether d is a day that exists, from 1900 to 2199. The zero Date is not valid.
func (d Date) Valid() bool {
	y, m, day := d.split()
	return y >= minYear && y <= maxYear && m >= 1 && m <= 12 && day >= 1 && day <= daysIn(y, m)
}

// String returns the form 2006-01-02, or "no date" if the date is not [Date.Valid].
func (d Date) String() string {
	if !d.Valid() {
		return "no date"
	}
	digits := strconv.Itoa(int(d)) // eight
	return digits[:4] + "-" + digits[4:6] + "-" + digits[6:]
}

// MarshalText returns the form 2006-01-02, or nothing for the zero Date. It fails with [ErrDate]
// for a day that does not exist.
func (d Date) MarshalText() ([]byte, error) {
	if d == 0 {
		return nil, nil
	}
	if !d.Valid() {
		return nil, ErrDate
	}
	return []byte(d.String()), nil
}

// UnmarshalText reads the output of MarshalText. The error is [ErrDate], and d is then unchanged.
func (d *Date) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*d = 0
		return nil
	}
	date, err := ParseDate(string(text))
	if err != nil {
		return err
	}
	*d = date
	return nil
}

// Age returns the number of years that a person has completed on the day at; see [AgeInMonths].
// It is -1 if a date is not valid or at is before the birth.
func Age(birth, at Date) int {
	months := AgeInMonths(birth, at)
	if months < 0 {
		return -1
	}
	return months / 12
}

// AgeInMonths returns the number of months that a person has completed on the day at. If a month
// lacks the day of the birth, they are completed on its last day (art. 2963 c.c.): a person born
// on 29 February completes years on 28 February. It is -1 if a date is not valid or at is before
// the birth.
func AgeInMonths(birth, at Date) int {
	if !birth.Valid() || !at.Valid() || at < birth {
		return -1
	}
	by, bm, bd := birth.split()
	ay, am, ad := at.split()
	months := (ay-by)*12 + am - bm
	if ad < min(bd, daysIn(ay, am)) {
		months--
	}
	return months
}

func (d Date) split() (year, month, day int) {
	return int(d) / 10000, int(d) / 100 % 100, int(d) % 100
}

func daysIn(year, month int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}
