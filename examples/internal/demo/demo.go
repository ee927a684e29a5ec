// Package demo has the people of the demonstration. They are invented. Except for Mario Rossi,
// whom all of Italy knows as an example, they are born in M999, a place that does not exist,
// so their codici fiscali belong to nobody. Their telephone numbers lead nowhere as long as no
// real SMS provider is configured.
package demo

import (
	"embed"
	"time"

	"github.com/qr-invalidita/attesta/internal/words"
	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

// A Persona is a person as whom a visitor can log in.
type Persona struct {
	ID            string // a word of small letters
	Given, Family string
	CF            codicefiscale.Code
	Birth         status.Date
	Verbali       []status.Verbale
	// Phone, Email and Lang are those in the registry. The phone of a minor or of a person under
	// guardianship is the guardian's. Lang is one of the codes of [status.Language].
	Phone, Email, Lang string
	// Organisation is the body in an operator's login. If it is empty, the operator declares it.
	Organisation string
	// OrganisationCode is the body's code in the sample of the Indice PA.
	OrganisationCode string
	Operator         bool
	// Wards are the IDs of the personas for whom this one may act.
	Wards []string
	// Void reports that a paper was printed and later declared lost.
	Void bool
	// About describes in one line, by language, what this persona shows.
	About map[string]string
}

// Registered reports whether the registry knows the persona: because it has a verbale or acts
// for a persona with one.
func (p Persona) Registered() bool { return len(p.Verbali) > 0 || len(p.Wards) > 0 }

// Minor reports whether the persona is under 18 on the day.
func (p Persona) Minor(at status.Date) bool { return status.Age(p.Birth, at) < 18 }

// Personas returns all personas, citizens first. The caller owns the result.
func Personas() []Persona {
	people := append(citizens(), operators()...)
	about := words.MustRead[map[string]string](wordFiles) // by language and ID
	for i := range people {
		people[i].About = make(map[string]string)
		for lang, texts := range about {
			people[i].About[lang] = texts[people[i].ID]
		}
	}
	return people
}

//go:embed words/*.json
var wordFiles embed.FS

// code parses one of the codes below, which a test checks.
func code(s string) codicefiscale.Code {
	c, err := codicefiscale.Parse(s)
	if err != nil {
		panic(err)
	}
	return c
}

// Lost returns the time at which the papers of each persona with [Persona.Void] were declared
// lost. Papers printed before it are void.
func Lost() time.Time { return time.Date(2026, time.February, 3, 10, 0, 0, 0, time.UTC) }
