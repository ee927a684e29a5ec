package codicefiscale

import "time"

// A Birth is the date of birth as a code holds it: without its century. The same
// two digits serve for people born a hundred years apart and nothing else in the
// code tells them apart, so a Birth is not a date; [Birth.Candidates] lists the
// dates it may be. The zero Birth is no date and has no candidates.
type Birth struct {
	YearOfCentury int // 0 to 99
	Month         time.Month
	Day           int // 1 to 31, for women too
}

// Birth returns the date of birth without its century. It is false for the zero
// Code and for a provisional code, which does not hold it.
func (c Code) Birth() (Birth, bool) {
	b, ok := c.final()
	if !ok {
		return Birth{}, false
	}
	return decodeBirth(&b), true
}

// Candidates returns the dates that b may be, not after the calendar day that
// notAfter shows in its own location: none, one or two, in 19YY and 20YY, oldest
// first, each at midnight UTC. Usually notAfter is today. Two candidates stay two:
// ask the person, or whoever holds a full date. The 1800s are left out, although
// codes were given to people born then: none of them is alive.
func (b Birth) Candidates(notAfter time.Time) []time.Time {
	y, m, d := notAfter.Date()
	last := time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	var dates []time.Time
	for _, century := range [...]int{1900, 2000} {
		if !b.existsIn(century) {
			continue
		}
		if date := b.in(century); !date.After(last) {
			dates = append(dates, date)
		}
	}
	return dates
}

func (b Birth) in(century int) time.Time {
	return time.Date(century+b.YearOfCentury, b.Month, b.Day, 0, 0, 0, 0, time.UTC)
}

// existsIn reports whether b is a date of that century: package time accepts any
// numbers and rolls them over, 31 February to March.
func (b Birth) existsIn(century int) bool {
	if b.YearOfCentury < 0 || b.YearOfCentury > 99 {
		return false
	}
	date := b.in(century)
	return date.Month() == b.Month && date.Day() == b.Day
}
