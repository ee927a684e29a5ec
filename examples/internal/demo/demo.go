// Package demo has the people of the demonstration. They are invented: but for Mario Rossi, whom all of Italy knows as an
// example, they are born in M999, a place that does not exist, so that their codici fiscali belong to nobody. Their
// telephone numbers lead nowhere as long as no real SMS provider is configured.
package demo

import (
	"time"

	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

// A Persona is somebody as whom one can log in.
type Persona struct {
	ID            string // a word of small letters
	Given, Family string
	CF            codicefiscale.Code
	Birth         status.Date
	Verbali       []status.Verbale
	// Phone, Email and Lang are what the registry has on file; of a minor and of somebody under guardianship the phone is
	// that of who acts for them. Lang is one of the codes of [status.Language].
	Phone, Email, Lang string
	// Organisation is the body that an operator's login vouches for; empty: none, the operator declares it.
	Organisation string
	Operator     bool
	// Wards are the IDs of the personas that this one may act for.
	Wards []string
	// Void: a paper was printed and later declared lost.
	Void bool
	// About says in a line, by language, what there is to see as this persona.
	About map[string]string
}

// Registered reports whether the registry knows the persona: it has a verbale or acts for somebody who has.
func (p Persona) Registered() bool { return len(p.Verbali) > 0 || len(p.Wards) > 0 }

// Minor reports whether the persona is under 18 on the day.
func (p Persona) Minor(at status.Date) bool { return status.Age(p.Birth, at) < 18 }

// Personas returns everybody, citizens first. The caller owns what it gets.
func Personas() []Persona {
	people := append(citizens(), operators()...)
	about := about()
	for i := range people {
		people[i].About = about[people[i].ID]
	}
	return people
}

// code reads one of the codes below, which a test checks.
func code(s string) codicefiscale.Code {
	c, err := codicefiscale.Parse(s)
	if err != nil {
		panic(err)
	}
	return c
}

// Lost is when the papers of who has [Persona.Void] were declared lost; those printed before it are void.
func Lost() time.Time { return time.Date(2026, time.February, 3, 10, 0, 0, 0, time.UTC) }
