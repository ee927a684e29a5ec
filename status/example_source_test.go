package status_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

// A registry is a table, a service or a file of the issuing body.
type registry struct {
	lines map[string]string // by codice fiscale: birth, day of the act, percentage
	down  bool
}

// Lookup implements [status.Source].
func (r registry) Lookup(_ context.Context, code codicefiscale.Code) (status.Record, error) {
	if r.down {
		return status.Record{}, errors.New("connection refused") // cannot tell
	}
	line, found := r.lines[code.Reveal()]
	if !found {
		return status.Record{}, status.ErrNoStatus
	}
	var birth, decision status.Date
	var percent int
	if _, err := fmt.Sscan(line, &birth, &decision, &percent); err != nil {
		return status.Record{}, errors.New("a line is damaged") // without its content
	}
	return status.Record{Birth: birth, Verbali: []status.Verbale{{
		ID: "1", Domain: status.CivilInvalidity, Kind: status.KindFirst, Decision: decision, Effect: decision,
		Definitive: true, Outcome: status.Outcome{Degree: status.DegreeOverTwoThirds, Percent: percent},
	}}}, nil
}

// A registry needs one method. Test it with [statustest.TestSource].
//
// [statustest.TestSource]: https://pkg.go.dev/github.com/qr-invalidita/attesta/status/statustest#TestSource
func ExampleSource() {
	mario, _ := codicefiscale.Parse("RSSMRA80A01H501U")
	lines := map[string]string{"RSSMRA80A01H501U": "19800101 20240510 74"}
	for _, source := range []status.Source{registry{lines: lines}, registry{down: true}} {
		s, err := status.Lookup(context.Background(), source, mario, 20261101)
		fmt.Println(s.In(status.CivilInvalidity).Percent, err)
	}
	// Output:
	// 74 <nil>
	// 0 status source unavailable
}

// The same history gives another status on another day.
func ExampleRecord_Status() {
	record := status.Record{Birth: 20080615, Verbali: []status.Verbale{{
		ID: "1", Domain: status.CivilInvalidity, Kind: status.KindFirst,
		Decision: 20200110, Effect: 20200110, Definitive: true,
		Outcome: status.Outcome{Degree: status.DegreeMinorDifficulty},
	}}}
	for _, day := range []status.Date{20260614, 20260615} {
		s, err := record.Status(day)
		if err != nil {
			fmt.Println(err)
			return
		}
		f := s.FirstLevel(status.PolicyCategories)
		fmt.Println(day, s.In(status.CivilInvalidity).State, f.Answer, f.Categories)
	}
	// Output:
	// 2026-06-14 valid confirmed [minor]
	// 2026-06-15 came_of_age cannot_tell []
}

// The day is that of Rome, wherever the machine is.
func ExampleDateOf() {
	rome, err := time.LoadLocation("Europe/Rome")
	if err != nil {
		fmt.Println(err)
		return
	}
	now := time.Date(2026, time.June, 30, 23, 30, 0, 0, time.UTC)
	fmt.Println(status.DateOf(now), status.DateOf(now.In(rome)))
	// Output:
	// 2026-06-30 2026-07-01
}

// A person completes years on the birthday, and on 28 February if the year has no 29.
func ExampleAge() {
	fmt.Println(status.Age(20080229, 20260227), status.Age(20080229, 20260228))
	// Output:
	// 17 18
}
