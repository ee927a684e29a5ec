package codicefiscale

import "time"

// A Birth is the date of birth in a code, which lacks the century. Two people born a hundred
// years apart have the same two digits, and nothing else in the code distinguishes them. A Birth
// is therefore not a date; [Birth.Candidates] lists the possible dates. The zero Birth has no
// candidates.
type Birth struct {
	YearOfCentury int // 0 to 99
	Month         time.Month
	Day           int // 1 to 31, for women too
}

// Birth returns the date of birth without its century. ok is false for the zero Code and for a
// provisional code, which does not contain a date.
func (c Code) Birth() (Birth, bool) {
	b, ok := c.final()
	if !ok {
		return Birth{}, false
	}
	return decodeBirth(&b), true
}

// Candidates returns the possible dates of birth up to the calendar day of notAfter in its own
// location: none, one or two, in 19YY and 20YY, oldest first, each at midnight UTC. Usually
// notAfter is the current time. If there are two candidates, ask the person or a body that has
// the full date. The 1800s are left out, because nobody born then is alive.
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

// existsIn reports whether b is a date of that century. Package time alone would not tell: it
// accepts any numbers and turns 31 February into a day of March.
func (b Birth) existsIn(century int) bool {
	if b.YearOfCentury < 0 || b.YearOfCentury > 99 {
		return false
	}
	date := b.in(century)
	return date.Month() == b.Month && date.Day() == b.Day
}
