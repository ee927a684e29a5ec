package benefit

import (
	"strconv"
	"strings"

	"github.com/qr-invalidita/attesta/status"
)

// An ageTable gives the age, in months, that counts for people born on a day.
type ageTable []ageLine

// An ageLine applies to people born up to that day; zero means everybody born later.
type ageLine struct {
	until  status.Date
	months int
}

// of returns the age for people born on the day.
func (t ageTable) of(birth status.Date) int {
	for _, line := range t {
		if line.until == 0 || birth <= line.until {
			return line.months
		}
	}
	return 0
}

// parseAges reads a list such as "67 until 1959-12-31, 67+1 until 1960-11-30, 67+3", in which the
// days increase and the last age has none.
func parseAges(text string) (ageTable, *fault) {
	var table ageTable
	at, last := 0, status.Date(0)
	for part := range strings.SplitSeq(text, ",") {
		if table != nil && last == 0 {
			return nil, &fault{at, part, ErrAges} // nothing may follow the last
		}
		age, day, limited := strings.Cut(strings.Trim(part, blanks), " until ")
		months, _, ok := parseAge(strings.Trim(age, blanks))
		if !ok {
			return nil, &fault{at, part, ErrAges}
		}
		var until status.Date
		if limited {
			var err error
			if until, err = status.ParseDate(strings.Trim(day, blanks)); err != nil || until <= last {
				return nil, &fault{at, part, ErrAges}
			}
		}
		table, last = append(table, ageLine{until, months}), until
		at += len(part) + 1
	}
	if last != 0 {
		return nil, &fault{at - 1, "", ErrAges}
	}
	return table, nil
}

// parseAge reads years, or years and months as in 67+1, and returns months. named reports whether
// the text has months.
func parseAge(text string) (months int, named, ok bool) {
	years, rest, named := strings.Cut(text, "+")
	y, ok := parseNumber(years)
	if !ok || !named {
		return y * monthsInYear, false, ok
	}
	m, ok := parseNumber(rest)
	return y*monthsInYear + m, true, ok && m < monthsInYear
}

func parseNumber(text string) (int, bool) {
	if text == "" || len(text) > maxDigits || strings.Trim(text, digits) != "" {
		return 0, false
	}
	n, err := strconv.Atoi(text)
	return n, err == nil
}

// age compares the possible ages of a person.
func (f *facts) age(n *node) value {
	switch {
	case f.ageHigh < 0:
		return unsaid
	case n.table == "" && !n.months:
		return compare(f.ageLow/monthsInYear, f.ageHigh/monthsInYear, n.operator, n.number)
	case n.table == "":
		return compare(f.ageLow, f.ageHigh, n.operator, n.number)
	}
	table := f.terms.age(n.table)
	switch {
	case table == nil:
		return unsaid
	case f.birth != 0:
		return compare(f.ageLow, f.ageHigh, n.operator, table.of(f.birth))
	}
	var result value
	for _, line := range table {
		result |= compare(f.ageLow, f.ageHigh, n.operator, line.months)
	}
	return result
}
